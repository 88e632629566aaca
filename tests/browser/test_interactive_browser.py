"""The live figures in a real JupyterLab: what the pixels show, by mouse and by keyboard, with a
kernel and without.
"""

import json
import statistics

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("playwright")
pytest.importorskip("jupyterlab")

import nbformat  # noqa: E402
from kit import ARTEFACTS  # noqa: E402
from kit.lab import a_page, cell_errors, run_all  # noqa: E402
from playwright.sync_api import TimeoutError  # noqa: E402

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}

DENSITY = """
import numpy as np
from ipywidgets import FloatSlider
from tinymaf_course.interactive import Explorer, Handle, Scrub, cells, corners, plane

box, n = ((-3.0, 3.0), (-2.0, 2.0)), 200
x = cells(box, n)
cloud = np.random.default_rng(0).normal(size=(1000, 2)) * 0.1 + [-2.5, 1.5]

def bump(centre):
    return np.exp(-4 * ((x - centre) ** 2).sum(axis=1)).reshape(n, n)

def density(shift):
    if shift == 1.25:
        raise ValueError("1.25 is too much")
    panel = plane(box, "a density").density(bump([shift, shift / 2]), bar=True, label="p", vmax=1)
    heights = corners(box, 9)[:, 1].reshape(9, 9) * 10
    return panel.points(cloud, color="#000000").readout("u", heights)

one = Explorer(
    density,
    {"shift": FloatSlider(0, min=-2, max=2, step=0.25)},
    [{"shift": s} for s in (-2, 0, 2)],
    "A bright spot moves from the lower left to the upper right.",
    lambda shift: f"the spot is at {shift:g}",
)
one.show()
"""
HANDLES = """
def dragged(a, b):
    panel = plane(box, "drag").density(bump([a[0], b[1]]), vmax=1)
    return panel.handle("a", a, label="the spot").handle("b", b, axis="y", color="#0072B2")

two = Explorer(
    dragged,
    {"a": Handle(0, 0), "b": Handle(-2, 0)},
    [{"a": (0, 0), "b": (-2, 0)}, {"a": (1, 0), "b": (-2, 1)}],
    "A bright spot where the handles say.",
)
two.show()
"""
SCRUB = """
def frame(t):
    return plane(box, f"frame {t}").density(bump([-2 + t / 5, 1 - t / 10]), vmax=1)

states = [{"t": t} for t in (0, 10, 20)]
three = Explorer(frame, {"t": Scrub(range(21), "time")}, states, "A bright spot sinks.")
three.show()
"""
# Where the density on the canvas is highest (opaque, and red), in data units of its first panel.
BRIGHTEST = """canvas => {
  const place = JSON.parse(canvas.dataset.panels)[0], ratio = canvas.width / canvas.clientWidth;
  const [x, y, w, h] = [place.x, place.y, place.width, place.height].map(v => Math.round(v * ratio))
    .map((v, k) => v + (k < 2 ? 3 : -6));       // without the axes' own lines
  const data = canvas.getContext("2d").getImageData(x, y, w, h).data;
  let best = -1, sums = [0, 0, 0];
  for (let k = 0; k < w * h; k++) {
    const light = 4 * data[4 * k + 3] + data[4 * k];
    if (light > best) { best = light; sums = [0, 0, 0]; }
    if (light === best) { sums[0] += k % w; sums[1] += Math.floor(k / w); sums[2] += 1; }
  }
  const [i, j] = [(sums[0] / sums[2] + 3.5) / (w + 6), (sums[1] / sums[2] + 3.5) / (h + 6)];
  const [left, right] = place.xlim, [bottom, top] = place.ylim;
  return [left + i * (right - left), top - j * (top - bottom)];
}"""
# Each key's delay until the canvas has been drawn anew.
WATCH = """canvas => {
  window.watched?.disconnect();
  window.delays = []; window.blank = 0; window.watching = true;
  let pressed = null;
  document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
  window.watched = new MutationObserver(() => {
    if (pressed !== null) { window.delays.push(performance.now() - pressed); pressed = null; }
  });
  window.watched.observe(canvas, { attributes: true, attributeFilter: ["data-frame"] });
  const look = () => {
    const ctx = canvas.getContext("2d");
    const ratio = canvas.width / canvas.clientWidth;
    const { x, y, height } = JSON.parse(canvas.dataset.panels)[0];
    const [left, middle] = [x, y + height / 2].map((v) => Math.round(v * ratio));
    const axis = ctx.getImageData(left - 2, middle, 4, 1).data;
    if (![3, 7, 11, 15].some((k) => axis[k] > 60)) window.blank += 1;
    if (window.watching) requestAnimationFrame(look);
  };
  look();
}"""


class Page:
    """The running notebook."""

    def __init__(self, page, errors):
        self.page, self.errors = page, errors

    def canvas(self, k):
        found = self.page.locator("canvas.tm-canvas").nth(k)
        found.scroll_into_view_if_needed()
        return found

    def brightest(self, k):
        return np.array(self.canvas(k).evaluate(BRIGHTEST))

    def waits_for(self, k, says):
        self.page.wait_for_function(
            "([k, says]) => document.querySelectorAll('canvas.tm-canvas')[k].dataset.says === says",
            arg=[k, says],
        )

    def expect(self, k, x, y):
        np.testing.assert_allclose(self.brightest(k), [x, y], atol=0.06)


def notebook(folder, *cells):
    path = folder / "figures.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(c) for c in cells], metadata=KERNEL
        ),
        path,
    )
    return path


@pytest.fixture(scope="module")
def live(jupyter, browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    path = notebook(folder, DENSITY, HANDLES, SCRUB)
    ARTEFACTS.mkdir(exist_ok=True)
    with a_page(browser) as (page, errors):
        try:
            run_all(page, jupyter.add(path), sliders=1)
            page.wait_for_function(
                "document.querySelectorAll('canvas.tm-canvas[data-frame]').length === 3"
            )
            assert cell_errors(page) == [], cell_errors(page)
            yield Page(page, errors)
            assert errors == []
        finally:
            page.screenshot(path=ARTEFACTS / "figures.png")
            jupyter.end_kernels()


def test_the_density_follows_the_slider_by_keyboard(live):
    live.expect(0, 0, 0)
    slider = live.page.get_by_role("slider").first
    slider.focus()
    for key, at in (("Home", -2), ("End", 2), ("ArrowLeft", 1.75)):
        live.page.keyboard.press(key)
        live.waits_for(0, f"the spot is at {at:g}")
        live.expect(0, at, at / 2)


def test_and_by_mouse(live):
    track = live.page.locator(".widget-slider .noUi-target").first
    for share, at in ((0.02, -2), (0.5, 0), (0.98, 2)):
        track.scroll_into_view_if_needed()
        # the last click's animation
        live.page.wait_for_function("document.querySelector('.noUi-state-tap') === null")
        box = track.bounding_box()
        live.page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        live.waits_for(0, f"the spot is at {at:g}")
        live.expect(0, at, at / 2)


def test_an_error_shows_in_the_figure_and_goes(live):
    slider = live.page.get_by_role("slider").first
    slider.focus()
    live.page.keyboard.press("End")
    for at in ("1.75", "1.5"):
        live.page.keyboard.press("ArrowLeft")
        live.waits_for(0, f"the spot is at {at}")
    live.page.keyboard.press("ArrowLeft")
    alert = live.page.locator(".tm-error").first
    alert.wait_for(state="visible")
    assert "ValueError: 1.25 is too much" in alert.inner_text()
    assert alert.get_attribute("role") == "alert"
    live.expect(0, 1.5, 0.75)
    live.page.keyboard.press("ArrowLeft")
    alert.wait_for(state="hidden")
    live.expect(0, 1, 0.5)


def test_the_pointer_reads_the_density_and_what_else_there_is(live):
    live.page.get_by_role("slider").first.focus()
    live.page.keyboard.press("End")
    live.waits_for(0, "the spot is at 2")
    canvas = live.canvas(0)
    place = json.loads(canvas.get_attribute("data-panels"))[0]
    canvas.hover(
        position={"x": place["x"] + place["width"] * 5 / 6, "y": place["y"] + place["height"] / 4}
    )
    words = live.page.locator(".tm-readout").first.inner_text()
    read = dict(part.replace("≈", "=").split(" = ") for part in words.split(",  "))
    assert float(read["x₁"]) == pytest.approx(2, abs=0.03)
    assert float(read["x₂"]) == pytest.approx(1, abs=0.03)
    assert float(read["p"]) == pytest.approx(1, abs=0.02)
    assert float(read["u"]) == pytest.approx(10, abs=0.2)


def test_a_burst_ends_at_the_last_value_and_no_frame_is_blank(live):
    live.page.get_by_role("slider").first.focus()
    live.canvas(0).evaluate(WATCH)
    keys = (
        ["ArrowLeft"] * 10
        + ["ArrowRight"] * 3
        + ["Home"]
        + ["ArrowRight", "ArrowLeft"] * 21
        + ["ArrowRight"] * 4
    )
    assert len(keys) == 60
    for key in keys:
        live.page.keyboard.press(key)
    live.waits_for(0, "the spot is at -1")
    live.expect(0, -1, -0.5)
    live.page.wait_for_timeout(300)
    live.expect(0, -1, -0.5)
    assert live.page.evaluate("window.watching = false, window.blank") == 0


def test_from_key_to_picture(live, record_property):
    live.page.get_by_role("slider").first.focus()
    live.page.keyboard.press("Home")
    live.waits_for(0, "the spot is at -2")
    live.canvas(0).evaluate(WATCH)
    places = [*range(-7, 5), *range(3, -9, -1)]  # in quarters
    for before, place in zip([-8, *places], places):
        live.page.keyboard.press("ArrowRight" if place > before else "ArrowLeft")
        live.waits_for(0, f"the spot is at {place / 4:g}")
    delays = live.page.evaluate("window.watching = false, window.delays")
    record_property("median ms from key to pixels", statistics.median(delays))
    print(
        f"from key to pixels: median {statistics.median(delays):.0f} ms of {len(delays)}, worst "
        f"{max(delays):.0f}"
    )
    assert len(delays) == len(places)


def test_a_handle_is_dragged(live):
    canvas, handle = live.canvas(1), live.page.get_by_role("slider", name="the spot")
    place, box = json.loads(canvas.get_attribute("data-panels"))[0], canvas.bounding_box()
    start = handle.bounding_box()
    live.page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    live.page.mouse.down()
    left, quarter = box["x"] + place["x"], box["y"] + place["y"] + place["height"] / 4
    for share in np.linspace(0.5, 5 / 6, 8):
        live.page.mouse.move(left + share * place["width"], quarter)
    live.page.mouse.up()
    live.page.wait_for_function(
        "document.querySelectorAll('canvas.tm-canvas')[1].dataset.says.startsWith('a: (2')"
    )
    live.page.wait_for_timeout(300)
    live.expect(1, 2, 0)
    x, y = (float(part.split()[1]) for part in handle.get_attribute("aria-valuetext").split(", "))
    assert (x, y) == (pytest.approx(2, abs=0.05), pytest.approx(1, abs=0.05))


def test_a_handle_on_an_axis_moves_by_keys_and_along_it_alone(live):
    handle = live.page.get_by_role("slider", name="b", exact=True)
    handle.focus()
    for key in ["ArrowUp"] * 5 + ["ArrowRight"] * 3:
        live.page.keyboard.press(key)
    live.page.wait_for_function(
        "document.querySelectorAll('canvas.tm-canvas')[1].dataset.says.endsWith('b: (-2, 0.4)')"
    )
    live.expect(1, live.brightest(1)[0], 0.4)
    assert handle.get_attribute("aria-valuetext") == "x₂ 0.4"


def test_one_message_is_one_paint(live):
    live.page.get_by_role("slider").first.focus()
    live.page.keyboard.press("Home")
    live.waits_for(0, "the spot is at -2")
    painted = [int(live.canvas(0).get_attribute("data-frame"))]
    for at in ("-1.75", "-1.5", "-1.25"):
        live.page.keyboard.press("ArrowRight")
        live.waits_for(0, f"the spot is at {at}")
        painted.append(int(live.canvas(0).get_attribute("data-frame")))
    assert painted == [painted[0] + k for k in range(4)]


# The darkest and the lightest pixel of the title above the first panel and of the numbers at its
# left.
INK = """canvas => {
  const { x, y } = JSON.parse(canvas.dataset.panels)[0], ratio = canvas.width / canvas.clientWidth;
  return [[x, 0, 200, y - 4], [0, y, x - 8, 200]].map((box) => {
    const [a, b, w, h] = box.map((v) => Math.round(v * ratio));
    const { data } = canvas.getContext("2d").getImageData(a, b, w, h), grey = [];
    for (let k = 0; k < data.length; k += 4) if (data[k + 3] > 190) grey.push(data[k]);
    return [grey.length, Math.min(...grey), Math.max(...grey)];
  });
}"""


def test_both_themes_and_a_zoomed_narrow_page(live):
    def theme(name, light, right):
        live.page.evaluate(
            f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: '{name}'}})"
        )
        live.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{light}'")
        for k in range(3):
            canvas = live.canvas(k)  # in sight: what nobody sees may wait
            try:
                live.page.wait_for_function(
                    f"""canvas => ({INK})(canvas).every(
                    ([count, darkest, lightest]) => count > 5 && {right})""",
                    arg=canvas.element_handle(),
                )
            except TimeoutError as failure:
                color = canvas.evaluate(
                    "canvas => getComputedStyle(canvas.closest('.tm-figure')).color"
                )
                raise AssertionError(
                    f"figure {k}: {canvas.evaluate(INK)}, where the text is {color}, {live.errors}"
                ) from failure

    theme("JupyterLab Dark", "false", "darkest > 150")
    live.page.screenshot(path=ARTEFACTS / "figures_dark.png")
    live.expect(2, -2, 1)
    live.page.set_viewport_size({"width": 640, "height": 800})
    live.page.wait_for_function(
        "document.querySelectorAll('canvas.tm-canvas')[2].clientWidth < 440"
    )
    live.expect(2, -2, 1)
    live.page.screenshot(path=ARTEFACTS / "figures_narrow.png")
    live.page.set_viewport_size({"width": 1280, "height": 1000})
    theme("JupyterLab Light", "true", "lightest < 150")


def test_the_scrub_lives_on_without_a_kernel(live):  # it ends the kernel
    live.page.evaluate("window.jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    live.page.wait_for_timeout(1000)
    scrub = live.page.get_by_role("slider", name="time")
    live.canvas(2)
    scrub.focus()
    live.canvas(2).evaluate(WATCH)
    for k in range(1, 21):
        live.page.keyboard.press("ArrowRight")
        assert scrub.get_attribute("aria-valuetext") == str(k)
        live.expect(2, -2 + k / 5, 1 - k / 10)
    delays = live.page.evaluate("window.watching = false, window.delays")
    print(f"scrubbing: median {statistics.median(delays):.1f} ms of {len(delays)}")
    assert len(delays) == 20
    live.expect(0, *live.brightest(0))  # the other figures keep their last picture


# the last one: the figures are gone
def test_saved_and_opened_again_it_shows_its_contact_sheet(live):
    live.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    live.page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
    live.page.wait_for_timeout(500)
    live.page.reload()
    live.page.wait_for_function("document.querySelectorAll('.jp-OutputArea img').length === 3")
    assert "Error displaying widget" not in live.page.inner_text("body")
