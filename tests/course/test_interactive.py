"""The explorer, driven as the kernel drives it: by setting traitlets."""

import io
import sys

import numpy as np
import pytest

pytest.importorskip("anywidget")

from ipywidgets import IntSlider, ToggleButtons, Widget  # noqa: E402
from matplotlib.colors import to_rgb  # noqa: E402
from PIL import Image  # noqa: E402

from tinymaf.plotting import BLUE, GREEN, GREY, INK, ORANGE, PINK  # noqa: E402
from tinymaf_course.interactive import (  # noqa: E402
    Explorer,
    Handle,
    Panel,
    Picture,
    Scrub,
    cells,
    contact_sheet,
    corners,
    matrix,
    plane,
    render,
    wheel,
)
from tinymaf_course.interactive.colors import levels, table  # noqa: E402
from tinymaf_course.interactive.layout import fitting, layout  # noqa: E402
from tinymaf_course.interactive.wire import decode, encode, pack, substance  # noqa: E402
from tinymaf_course.pictures import png, reduce_colors  # noqa: E402

SHEET = [{"k": 0}, {"k": 2}, {"k": 4}]
BOX = ((-2.0, 2.0), (-1.0, 1.0))


def draw(k):
    return Panel((0, 30), (0, 1)).lines([np.array([[0, 0], [k, 1]])])


def explorer(function=draw, sheet=SHEET, say=None, **controls):
    return Explorer(function, controls or {"k": IntSlider(1, 0, 5)}, sheet, "a line", say)


def sent(live, k=0):
    """The panels that the browser has."""
    return decode(live.canvas.frames, k)["rows"][0]


def end_of_line(live):
    return sent(live)[0]["layers"][0]["xy"][2]


# Pictures as data


def test_row_0_of_a_density_is_the_lowest_x2_and_column_0_the_lowest_x1():
    x = cells(BOX, 10)
    values = (x @ [1.0, 10.0]).reshape(10, 10)
    assert (
        values[0, 0] == values.min()
        and values[-1, -1] == values.max()
        and values[0, -1] < values[-1, 0]
    )
    layer = decode(pack([Picture(plane(BOX).density(values, vmin=None))]))["rows"][0][0]["layers"][
        0
    ]
    level = layer["values"].reshape(layer["shape"])
    assert level[0, 0] == 0 and level[-1, -1] == 254 and level[0, -1] < level[-1, 0]


@pytest.mark.parametrize("name", ["density", "greys", "balance"])
def test_colour_maps_are_matplotlibs_the_right_way_up(name):
    from matplotlib import colormaps

    from tinymaf_course.interactive.colors import MAPS

    assert table(name).shape == (256, 4) and table(name).dtype == np.uint8
    for level, share in ((0, 0.0), (127, 0.5), (254, 1.0)):
        np.testing.assert_allclose(
            table(name)[level] / 255, colormaps[MAPS[name]](share), atol=0.01
        )
    assert table(name)[255, 3] == 0, "no value is transparent"


PAGES = {"white": "#FFFFFF", "JupyterLab's dark": "#111111", "GitHub's dark": "#0D1117"}


def luminance(rgb):
    """WCAG's, of sRGB in 0..1 (..., 3)."""
    rgb = np.asarray(rgb, float)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    a, b = luminance(one) + 0.05, luminance(other) + 0.05
    return np.maximum(a, b) / np.minimum(a, b)


@pytest.mark.parametrize("page", PAGES)
def test_ink_palette_and_densities_show_on_white_and_on_dark(page):
    page = np.array(to_rgb(PAGES[page]))
    for color in (INK, BLUE, ORANGE, GREEN, PINK, GREY):
        assert contrast(to_rgb(color), page) >= 3, color
    assert contrast(to_rgb(INK), page) >= 4
    rgba = table("density")[:255] / 255
    seen = rgba[:, :3] * rgba[:, 3:] + page * (1 - rgba[:, 3:])
    away = contrast(seen, page)
    assert away[0] == 1, "no density is the page itself"
    assert (np.diff(away[::10]) > 0).all() and away[-1] >= 3, (
        "the higher, the further from the page"
    )


def test_8_bits_are_within_half_a_level():
    values = np.random.default_rng(0).uniform(0, 3, 1000)
    assert np.abs(levels(values, 0, 3) / 254 * 3 - values).max() <= 0.5001 * 3 / 254


def test_float32_sends_the_values_themselves():
    values = np.random.default_rng(0).normal(size=(4, 5))
    layer = decode(pack([Picture(plane(BOX).density(values, float32=True))]))["rows"][0][0][
        "layers"
    ][0]
    np.testing.assert_array_equal(layer["values"].reshape(4, 5), values.astype(np.float32))


def test_equal_arrays_are_sent_once():
    x = np.random.default_rng(0).normal(size=(50, 2))
    frames = pack(
        [Picture(plane(BOX).points(x + k, color=wheel(x), palette="wheel")) for k in range(4)]
    )
    assert len(frames["buffers"]) == 5 and len(frames["specs"]) == 4


def test_a_picture_is_plain_data():
    import json

    picture = Picture(
        [
            [draw(1), matrix(np.eye(3), marks=np.eye(3) > 0)],
            [plane(BOX).text(0, 0, "x₁").bars([1], [2])],
        ]
    )
    spec, buffers = encode(picture)
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert all(isinstance(b, bytes) for b in buffers)
    assert spec["rows"][0][1]["layers"][0]["marks"] == [[0, 0, "●"], [1, 1, "●"], [2, 2, "●"]]


@pytest.mark.parametrize(
    "fault, message",
    [
        (lambda p: p.density(np.zeros(3)), "values must be an array of numbers, 2-D, got shape"),
        (lambda p: p.density(np.zeros((2, 2)), cmap="jet"), "cmap must be one of density"),
        (
            lambda p: p.points(np.zeros((3, 3))),
            r"xy must be an array of numbers, 2-D, \(N, 2\), got shape \(3, 3\)",
        ),
        (
            lambda p: p.points(np.zeros((3, 2)), color=[0, 1]),
            "color must be a colour or 3 whole numbers",
        ),
        (lambda p: p.points(np.zeros((1, 2)), color=[9]), "indices must be from 0 to 6, got 9"),
        (lambda p: p.points(np.zeros((1, 2)), marker="?"), "marker must be one of o s"),
        (lambda p: p.handle("a", (0, 0), axis="z"), "axis must be None, 'x' or 'y'"),
        (lambda p: p.image(np.eye(2), marks=[[1]]), r"marks must have shape \(2, 2\)"),
        (lambda p: Panel((0, np.nan)), "x must be two finite different numbers"),
        (lambda p: Scrub([1], "one"), "two values at least"),
    ],
)
def test_faults_in_a_picture_are_named(fault, message):
    with pytest.raises(ValueError, match=message):
        fault(Panel())


# Moving


def test_moving_the_control_changes_the_picture_and_the_sentence():
    live = explorer()
    live.rehearse()
    live.controls["k"].value = 5
    assert end_of_line(live) == 5 and live.canvas.says == ["k: 5"]


def test_a_frame_is_drawn_once():
    calls = []
    live = explorer(lambda k: calls.append(k) or draw(k))
    live.rehearse()
    drawn = len(calls)
    for k in (0, 2, 4, 1, 0, 2):
        live.controls["k"].value = k
    assert len(calls) == drawn <= 3 * len(set(calls))


def test_after_a_burst_the_last_value_stands_and_nothing_was_blank():
    live, seen = explorer(k=IntSlider(0, 0, 60)), []
    live.rehearse()
    live.canvas.observe(lambda change: seen.append(len(change["new"].get("specs", []))), "frames")
    for k in range(1, 61):
        live.controls["k"].value = k
    assert end_of_line(live) == 60 and live.canvas.says == ["k: 60"]
    assert seen == [1] * 60


def test_one_move_is_one_message(monkeypatch):
    live, messages = explorer(), []
    live.rehearse()
    monkeypatch.setattr(
        type(live.canvas), "send_state", lambda self, key=None: messages.append(set(key))
    )
    live.controls["k"].value = 3
    assert messages == [{"frames", "says"}]


def test_the_rehearsal_gives_the_sheets_pictures_and_leaves_the_control_alone():
    live = explorer()
    assert [substance(pack([p])) for p in live.rehearse()] == [
        substance(pack([Picture(draw(k))])) for k in (0, 2, 4)
    ]
    assert live.controls["k"].value == 1 and end_of_line(live) == 1


def test_the_first_frame_of_the_sheet_may_be_where_the_control_stands():
    assert len(explorer(k=IntSlider(0, 0, 5)).rehearse()) == 3


def test_what_the_engine_does_for_a_move_does_not_grow_with_the_picture():
    """One call of `draw`, and as many calls of functions for 200 x 200 cells as for 4; the time is
    for benchmarks.
    """

    def calls(n):
        p, x, drawn, count = np.random.default_rng(0).random((n, n)), np.zeros((5 * n, 2)), [], [0]
        live = explorer(
            lambda k: (drawn.append(k), plane(BOX).density(p + k).points(x + k))[1],
            k=IntSlider(0, 0, 100),
        )
        live.rehearse()
        drawn.clear()

        def look(frame, event, function):
            count[0] += event == "call"

        before = sys.getprofile()
        sys.setprofile(look)
        live.controls["k"].value = 50
        live.canvas.get_state("frames")
        sys.setprofile(before)
        assert drawn == [50]
        return count[0]

    calls(2)  # what is imported and remembered at the first time
    assert calls(200) == calls(2) < 3000


def test_fine_pictures_come_when_asked_for_and_only_for_the_newest():
    live = explorer(lambda k, fine: draw(k + (0.5 if fine else 0)))
    live.rehearse()
    assert end_of_line(live) == 1.5 and live.canvas.coarse == 0
    live.controls["k"].value = 3
    old = live.canvas.coarse
    assert end_of_line(live) == 3 and old > 0
    live.controls["k"].value = 4
    live._asked(live.canvas, {"kind": "refine", "serial": old}, [])
    assert end_of_line(live) == 4, "a late request for an older picture is not answered"
    live._asked(live.canvas, {"kind": "refine", "serial": live.canvas.coarse}, [])
    assert end_of_line(live) == 4.5 and live.canvas.coarse == 0


# Handles and scrubs


def with_handle(function=None):
    return Explorer(
        function or (lambda a: plane(BOX).handle("a", a).points(np.array([a]))),
        {"a": Handle(0.5, 0)},
        [{"a": (0, 0)}, {"a": (1, 0.5)}],
        "a point",
    )


def test_a_dragged_handle_reaches_draw_and_the_answer_says_which_drag_it_answers():
    live = with_handle()
    live.rehearse()
    live.canvas.held = {"places": {"a": [1.5, -0.25]}, "count": 7}
    (panel,) = sent(live)
    assert panel["handles"][0]["at"] == [1.5, -0.25] and live.canvas.answered == 7
    assert live.canvas.says == ["a: (1.5, -0.25)"]


def test_a_handle_that_no_picture_shows_is_an_error():
    with pytest.raises(RuntimeError, match=r"handles \[\], the controls are \['a'\]"):
        with_handle(lambda a: plane(BOX).points(np.array([a]))).rehearse()


def test_a_scrub_sends_all_frames_at_once_with_their_sentences():
    live = Explorer(
        draw, {"k": Scrub(range(6), "step", value=1)}, SHEET, "a line", lambda k: f"step {k} of 5"
    )
    live.rehearse()
    assert len(live.canvas.frames["specs"]) == 6 and live.canvas.says[5] == "step 5 of 5"
    assert live.canvas.scrub == {"label": "step", "texts": list("012345"), "start": 1}
    assert [sent(live, k)[0]["layers"][0]["xy"][2] for k in range(6)] == list(range(6))


def test_another_control_makes_all_frames_of_a_scrub_anew():
    live = Explorer(
        lambda k, m: draw(k + 10 * m),
        {"k": Scrub(range(3), "step"), "m": IntSlider(0, 0, 2)},
        [{"k": 0, "m": 0}, {"k": 2, "m": 1}],
        "a line",
    )
    live.rehearse()
    live.controls["m"].value = 2
    assert [sent(live, k)[0]["layers"][0]["xy"][2] for k in range(3)] == [20, 21, 22]


# The controls' look


def test_labels_are_whole_whatever_they_say_and_controls_as_wide_as_they_need():
    short, long = IntSlider(1, 0, 5), IntSlider(0, 0, 2, description="a rather long description")
    own = IntSlider(0, 0, 2, description="own", style={"description_width": "33px"})
    buttons = ToggleButtons(options=["a", "b"], description="buttons")
    explorer(lambda **values: draw(1), k=short, m=long, n=own, o=buttons)
    assert short.description == "k" and own.style.description_width == "33px"
    for control in (short, long, buttons):
        room = float(control.style.description_width.removesuffix("em"))
        assert 0.5 * len(control.description) < room < 0.5 * len(control.description) + 2
    assert buttons.layout.width == "auto"
    assert float(short.layout.width[:-2]) < float(long.layout.width[:-2]) < 600


def test_controls_stand_at_the_left_of_a_narrow_picture_and_above_a_wide_one():
    def beside(width):
        live = explorer(lambda k: Picture(draw(k), width=width))
        live.rehearse()
        return "tm-beside" in live.desk._dom_classes

    assert beside(460) and not beside(800)


@pytest.mark.parametrize("tallest", [300, 500, 5000])
def test_a_picture_is_as_wide_as_its_height_allows(tallest):
    rows = Picture([[plane(BOX)], [plane(BOX), draw(1)]]).rows
    width = fitting(rows, 900, tallest)
    assert layout(rows, width)[1] <= tallest
    assert width == 900 or layout(rows, width + 1)[1] > tallest


# Errors


def test_an_exception_is_raised_by_the_rehearsal():
    def fails(k):
        raise ZeroDivisionError("no such picture")

    with pytest.raises(ZeroDivisionError, match="no such picture"):
        explorer(fails).rehearse()


def test_so_is_one_in_the_sentence():
    with pytest.raises(KeyError):
        explorer(say=lambda k: {}[k]).rehearse()


def test_an_exception_in_a_live_figure_is_said_and_the_last_picture_stays_until_it_is_gone():
    def fails_at_five(k):
        if k == 5:
            raise ValueError("5 is <too much>")
        return draw(k)

    live = explorer(fails_at_five)
    live.rehearse()
    live.controls["k"].value = 5
    assert live.canvas.error == "This picture could not be drawn. ValueError: 5 is <too much>"
    assert end_of_line(live) == 1
    live.controls["k"].value = 4
    assert live.canvas.error == "" and end_of_line(live) == 4


def test_what_is_no_picture_is_named():
    with pytest.raises(
        TypeError, match="draw must return a Picture, a Panel or a list of Panels, got Figure"
    ):
        explorer(lambda k: render(Picture(draw(k)))).rehearse()


@pytest.mark.parametrize(
    "still", [lambda k: draw(3), lambda k: Panel((0, 9), (0, 1), title=f"k = {k}")]
)
def test_a_picture_that_does_not_change_is_an_error_whatever_its_title(still):
    with pytest.raises(RuntimeError, match="is the same as for {'k': 0}"):
        explorer(still).rehearse()


def test_a_control_that_is_not_wired_is_an_error():
    live = explorer()
    live.controls["k"].unobserve_all()
    with pytest.raises(RuntimeError, match="'k' is not wired"):
        live.rehearse()


def test_every_control_must_move_in_the_sheet():
    with pytest.raises(RuntimeError, match="two values of the control 'm'"):
        explorer(
            draw, [{"k": 0, "m": 1}, {"k": 2, "m": 1}], k=IntSlider(), m=IntSlider()
        ).rehearse()


def test_the_second_of_two_controls_is_tried_on_its_own():
    live = explorer(
        lambda k, m: draw(k + 10 * m),
        [{"k": 0, "m": 1}, {"k": 2, "m": 2}],
        k=IntSlider(),
        m=IntSlider(),
    )
    assert len(live.rehearse()) == 2
    live.controls["m"].unobserve_all()
    with pytest.raises(RuntimeError, match="'m' is not wired"):
        live.rehearse()


# The end


def test_closing_frees_frames_and_widgets_and_leaves_the_control():
    from ipywidgets.widgets import widget

    live = explorer()
    live.rehearse()
    before = set(widget._instances)
    live.close()
    gone = before - set(widget._instances)
    assert {live.canvas.comm, live.view.comm} == {None} and len(gone) >= 3 and not live.cache
    live.controls["k"].value = 5
    assert live.drawn is None and isinstance(live.controls["k"], Widget)


def test_running_a_cell_again_closes_what_it_showed_before(monkeypatch):
    from tinymaf_course.interactive import rerun

    closed, now = [], ["cell", "run 1"]
    monkeypatch.setattr(rerun, "_now", lambda: tuple(now))

    class Shown:
        def __init__(self, name):
            self.name = name

        def close(self):
            closed.append(self.name)

    for name in "ab":
        rerun.close_former(Shown(name))
    assert closed == [], "a cell may show two"
    now[1] = "run 2"
    rerun.close_former(Shown("c"))
    assert closed == ["a", "b"]


# Paper


def test_one_display_with_widget_picture_and_words(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "tinymaf_course.pictures.display", lambda bundle, **options: shown.append((bundle, options))
    )
    explorer().show()
    ((bundle, options),) = shown
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert (
        bundle["text/plain"] == "a line" == options["metadata"]["image/png"]["alt"]
        and options["raw"]
    )
    assert Image.open(io.BytesIO(bundle["image/png"])).width == 3 * 340 + 2 * 16


def test_paper_shows_a_density_the_same_way_up():
    x = cells(BOX, 40)
    p = np.exp(-4 * ((x - [1.0, 0.5]) ** 2).sum(axis=1)).reshape(40, 40)
    pixels = np.asarray(
        Image.open(io.BytesIO(png(render(Picture(Panel(*BOX, axes=False).density(p)))))).convert(
            "L"
        )
    )
    inner = pixels[20:-20, 20:-20].astype(int)
    row, column = np.unravel_index(inner.argmin(), inner.shape)
    assert row < inner.shape[0] * 0.4 and column > inner.shape[1] * 0.6


def test_paper_knows_every_layer_and_gives_the_same_bytes():
    picture = Picture(
        [
            plane(BOX, "title $x")
            .density(np.eye(4), bar=True)
            .points(np.zeros((2, 2)), marker="x", label="p")
            .readout("u", corners(BOX, 3)[:, 0].reshape(3, 3))
            .handle("a", (0, 0)),
            Panel()
            .lines(np.zeros((2, 3, 2)), dash=(4, 2), label="l")
            .polygons(np.eye(3)[:, :2], edge="ink")
            .bars([0.5], [1.0], edge="ink", label="b")
            .text(0.5, 0.5, "here $"),
            matrix(np.eye(2), marks=np.array([["a", ""], ["", "b"]])),
        ]
    )
    assert png(render(picture)) == png(render(picture))


def test_paper_knows_the_themes_names_in_a_palette():
    panel = Panel(axes=False).points(
        np.array([[0.2, 0.5], [0.8, 0.5]]), [0, 1], ["muted", "#FF0000"], size=20, alpha=1
    )
    pixels = (
        np.asarray(Image.open(io.BytesIO(png(render(Picture(panel))))).convert("RGB"))
        .reshape(-1, 3)
        .tolist()
    )
    assert [0x6B] * 3 in pixels and [255, 0, 0] in pixels


def test_few_colours_keep_a_rare_hue():
    ramp = np.tile(
        np.arange(256, dtype=np.uint8)[:, None, None] * [1.0, 0.6, 0.2], (1, 600, 1)
    ).astype(np.uint8)
    ramp[100:103, 50:80], ramp[:40] = (0, 90, 255), 255
    small = Image.open(io.BytesIO(reduce_colors(Image.fromarray(ramp))))
    found = np.asarray(small.convert("RGB"), int)
    assert (
        len(small.getcolors()) <= 128
        and np.abs(found - ramp).max() < 12
        and (found[:40] == 255).all()
    )


def test_the_sheet_holds_the_frames_in_order():
    black, white = (
        Picture(Panel(axes=False).polygons(np.array([[-1, -1], [2, -1], [2, 2], [-1, 2]]), c, 1.0))
        for c in ("#000000", "paper")
    )
    sheet = np.asarray(Image.open(io.BytesIO(contact_sheet([black, white]))).convert("RGBA"))
    middle = sheet.shape[1] // 2
    assert np.median(sheet[:, :middle, 0]) < 20 and np.median(sheet[:, middle:, 0]) > 235
    assert (sheet[..., 3] == 0).any(), "it has no ground of its own"
