"""The explorer, driven as the kernel drives it: by setting traitlets."""

import io

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

from ipywidgets import IntSlider  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from PIL import Image  # noqa: E402

from tinymaf.course.explore import Explorer, contact_sheet  # noqa: E402
from tinymaf.course.pictures import png  # noqa: E402

SHEET = [{"k": 0}, {"k": 2}, {"k": 4}]


def draw(k):
    fig = Figure(figsize=(1, 1), dpi=50, layout="none")
    fig.add_axes((0.1, 0.1, 0.8, 0.8), xlim=(0, 30)).plot([0, k], [0, 1])
    return fig


def explorer(function=draw, sheet=SHEET, **controls):
    return Explorer(function, controls or {"k": IntSlider(1, 0, 5)}, sheet, "a line")


def test_moving_the_control_changes_the_picture_and_the_sentence():
    live = explorer()
    live.rehearse()
    before, said = bytes(live.image.value), live.line.value
    live.controls["k"].value = 5
    assert bytes(live.image.value) == png(draw(5)) != before
    assert "k: 5" in live.line.value != said


def test_a_frame_is_drawn_once():
    calls = []
    live = explorer(lambda k: calls.append(k) or draw(k))
    live.rehearse()
    drawn = len(calls)
    for k in (0, 2, 4, 1, 0, 2):
        live.controls["k"].value = k
    assert len(calls) == drawn == len(set(calls))


def test_the_rehearsal_gives_the_sheets_frames_and_leaves_the_control_alone():
    live = explorer()
    assert live.rehearse() == [png(draw(k)) for k in (0, 2, 4)]
    assert live.controls["k"].value == 1 and live.image.value == png(draw(1))


def test_the_first_frame_of_the_sheet_may_be_where_the_control_stands():
    assert explorer(k=IntSlider(0, 0, 5)).rehearse()[0] == png(draw(0))


def test_an_exception_is_raised_by_the_rehearsal():
    def fails(k):
        raise ZeroDivisionError("no such picture")
    with pytest.raises(ZeroDivisionError, match="no such picture"):
        explorer(fails).rehearse()


def test_an_exception_in_a_live_figure_is_said_beside_the_control_until_it_is_gone():
    def fails_at_five(k):
        if k == 5:
            raise ValueError("5 is <too much>")
        return draw(k)
    live = explorer(fails_at_five)
    live.rehearse()
    live.controls["k"].value = 5
    assert 'role="alert"' in live.line.value and "5 is &lt;too much&gt;" in live.line.value
    live.controls["k"].value = 4
    assert "alert" not in live.line.value


def test_a_picture_that_does_not_change_is_an_error():
    with pytest.raises(RuntimeError, match="is the same as for {'k': 0}"):
        explorer(lambda k: draw(3)).rehearse()


def test_a_control_that_is_not_wired_is_an_error():
    live = explorer()
    live.controls["k"].unobserve_all()
    with pytest.raises(RuntimeError, match="'k' is not wired"):
        live.rehearse()


def test_every_control_must_move_in_the_sheet():
    with pytest.raises(RuntimeError, match="two values of the control 'm'"):
        explorer(draw, [{"k": 0, "m": 1}, {"k": 2, "m": 1}], k=IntSlider(), m=IntSlider()).rehearse()


def test_the_second_of_two_controls_is_tried_on_its_own():
    live = explorer(lambda k, m: draw(k + 10 * m), [{"k": 0, "m": 1}, {"k": 2, "m": 2}], k=IntSlider(), m=IntSlider())
    assert len(live.rehearse()) == 2
    live.controls["m"].unobserve_all()
    with pytest.raises(RuntimeError, match="'m' is not wired"):
        live.rehearse()


def test_one_display_with_widget_picture_and_words(monkeypatch):
    shown = []
    monkeypatch.setattr("tinymaf.course.pictures.display", lambda bundle, **options: shown.append((bundle, options)))
    explorer().show()
    (bundle, options), = shown
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert bundle["text/plain"] == "a line" == options["metadata"]["image/png"]["alt"] and options["raw"]
    assert Image.open(io.BytesIO(bundle["image/png"])).size == (3 * 400 + 2 * 12, 400)


def test_the_sheet_holds_the_frames_side_by_side():
    black, white = (png(Figure(figsize=(1, 1), dpi=50, facecolor=c, layout="none")) for c in ("black", "white"))
    sheet = np.asarray(Image.open(io.BytesIO(contact_sheet([black, white], width=20, gap=4))).convert("L"))
    assert sheet.shape == (20, 44) and (sheet[:, :20] < 10).all() and (sheet[:, 24:] > 245).all()
