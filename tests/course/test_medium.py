"""Pictures for slides and handouts: an explorer's frames one by one, letters large enough."""

import io

import numpy as np
import pytest

pytest.importorskip("anywidget")

from ipywidgets import IntSlider  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from PIL import Image  # noqa: E402

from tinymaf.plotting import new_figure  # noqa: E402
from tinymaf_course import handouts, medium, pictures, slides  # noqa: E402
from tinymaf_course.interactive import Explorer, Panel, Picture, render  # noqa: E402

TITLE = "a title that is much too long for the place above a small panel"


def shown(fig, name):
    """How large the smallest letters are where the figure is shown."""
    chosen = medium.MEDIA[name]
    return medium.letters(fig) * chosen.scale(*(medium.INCH * fig.get_size_inches()))


PICTURES = {
    "one": Picture(Panel(title=TITLE).lines([np.eye(2)])),
    "three": Picture([Panel(title=TITLE, x_label="x", y_label="density") for _ in range(3)]),
    "rows": Picture([[Panel(title="a"), Panel(title="b")], [Panel(title="c"), Panel(title="d")]]),
}


@pytest.mark.parametrize("name", medium.MEDIA)
@pytest.mark.parametrize("picture", PICTURES.values(), ids=list(PICTURES))
def test_a_frame_has_letters_that_can_be_read(picture, name):
    fig = medium.frame(picture, medium.MEDIA[name], render)
    assert shown(fig, name) >= medium.MEDIA[name].letters - 0.01
    inside(fig)


def test_rows_that_are_too_many_for_a_slide_have_one_each():
    slide, page = (medium.MEDIA[name] for name in ("slides", "paper"))
    assert len(medium.frames(PICTURES["rows"], slide, render)) == 2
    assert len(medium.frames(PICTURES["three"], slide, render)) == 1
    assert len(medium.frames(PICTURES["rows"], page, render)) == 1


def inside(fig):
    """Titles do not leave the paper, nor meet their neighbours."""
    fig.draw_without_rendering()
    boxes = [ax.title.get_window_extent() for ax in fig.axes if ax.get_title()]
    for box in boxes:
        assert box.x0 >= -1 and box.x1 <= fig.bbox.width + 1 and box.y1 <= fig.bbox.height + 1
    for k, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[k + 1 :])


def test_small_numbers_in_cells_are_enlarged():
    wide = Picture([Panel(title="a").text(0.5, 0.5, "tiny", size=4), Panel(title="b")])
    assert shown(render(wide), "slides") < 18
    assert shown(medium.frame(wide, medium.MEDIA["slides"], render), "slides") >= 18


@pytest.mark.parametrize("columns, size", [(2, (4.4, 2.5)), (3, (2.9, 3.0)), (4, (3.2, 2.4))])
def test_a_figure_of_a_notebook_is_fitted(columns, size):
    fig, axes = new_figure(columns, size=size)
    for ax in np.atleast_1d(axes):
        ax.set(title=TITLE, xlabel="input")
        ax.tick_params(labelsize=3)
    assert shown(fig, "slides") < 18
    medium.fitted(fig, medium.MEDIA["slides"])
    assert shown(fig, "slides") >= 18
    inside(fig)


def test_what_is_large_enough_keeps_its_size():
    fig = Figure(figsize=(3, 2))
    fig.subplots().set(title="short")
    medium.fitted(fig, medium.MEDIA["slides"])
    assert tuple(fig.get_size_inches()) == (3, 2)


@pytest.fixture
def displayed(monkeypatch):
    found = []
    monkeypatch.setattr(
        pictures, "display", lambda data, raw, metadata: found.append((data, metadata))
    )
    return found


def explorer():
    sheet = [{"k": k} for k in (0, 1, 2)]
    return Explorer(
        draw=lambda k: Panel((0, 9)).lines([np.array([[0, 0], [k, 1]])]),
        controls={"k": IntSlider(value=0, max=5)},
        sheet=sheet,
        alt="A line that leans over to the right, step by step.",
        say=lambda k: f"step {k}",
    )


def test_an_explorer_shows_a_frame_at_a_time(displayed, monkeypatch):
    explorer().show()
    assert len(displayed) == 1 and "caption" not in displayed[0][1]["image/png"]
    displayed.clear()
    monkeypatch.setenv("TINYMAF_MEDIUM", "slides")
    explorer().show()
    assert [m["image/png"]["caption"] for _, m in displayed] == ["step 0", "step 1", "step 2"]
    for data, metadata in displayed:
        about = metadata["image/png"]
        image = Image.open(io.BytesIO(data["image/png"]))
        assert image.size == (2 * about["width"], 2 * about["height"])
        assert about["letters"] >= 10
    assert "leans over" in displayed[0][1]["image/png"]["alt"]


def test_frames_become_slides_and_figures(displayed, monkeypatch):
    import nbformat

    monkeypatch.setenv("TINYMAF_MEDIUM", "paper")
    explorer().show()
    outputs = [
        nbformat.v4.new_output(
            "display_data",
            {k: v if isinstance(v, str) else "UE5H\n" for k, v in data.items()},
            metadata=metadata,
        )
        for data, metadata in displayed
    ]
    made = [slides.figure("Section", one) for one in outputs]
    assert ["<p class=caption>step 1</p>" in one.extra for one in made] == [False, True, False]
    assert all('data-letters="' in one.extra and 'data-width="' in one.extra for one in made)
    other = nbformat.v4.new_output("stream", text="words")
    first, last = handouts.framed([other, *outputs])
    assert first is other and last.data["text/html"].count("<figure") == 3
    assert handouts.framed([other]) == [other]


def test_a_figure_is_as_ever_where_no_medium_is_asked_for(displayed, monkeypatch):
    fig, ax = new_figure()
    pictures.show(fig, "a picture of nothing")
    monkeypatch.setenv("TINYMAF_MEDIUM", "slides")
    pictures.show(fig, "a picture of nothing")
    (_, plain), (_, fitted) = displayed
    assert plain == {"image/png": {"alt": "a picture of nothing", "width": 320}}
    assert {"letters", "height"} <= fitted["image/png"].keys()
