"""Every control of every explorer in a real JupyterLab, by keyboard and by mouse: the canvas shows
what it should.
"""

import importlib
import json
import pkgutil

import pytest

pytest.importorskip("anywidget")
pytest.importorskip("playwright")
pytest.importorskip("jupyterlab")

import nbformat  # noqa: E402
from kit import ARTEFACTS  # noqa: E402
from kit.eyes import pixels_of  # noqa: E402
from kit.lab import a_page, cell_errors, run_all, settled  # noqa: E402
from kit.moves import Figure, place_of, press  # noqa: E402
from playwright.sync_api import expect  # noqa: E402

from tinymaf_course import explorers  # noqa: E402
from tinymaf_course.interactive import Explorer  # noqa: E402

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}

# The notebook's first cell, also run here, for the twins: small models, the same in both, one of
# them trained.
MODELS = """
import importlib
import warnings
from types import SimpleNamespace

import numpy as np
from tinymaf import MADE, Bernoulli, MixtureOfGaussians, maf
from tinymaf.checks import random_params
from tinymaf_course import explorers
from tinymaf_course.explorers._flows import record
from tinymaf_course.explorers.latent_space import NAMES, combination
from tinymaf_course.explorers.overfitting import Runs
from tinymaf.datasets import TOYS, digits
from tinymaf.trees import map_tree

moons = TOYS["two moons"]
x = moons.sample(np.random.default_rng(1), 400)
flow = maf(2, 2, (16, 16), activation="tanh")
data = moons.sample(np.random.default_rng(0), 2000)
stages, history = record(flow, data, np.random.default_rng(0), range(7), batch_size=100, lr=1e-2)

def at_random(model, seed=0, scale=0.3):
    return model, random_params(model, np.random.default_rng(seed), scale)

def no_reverse_kl(flow, target, rng, params, steps, callback, **options):
    for step in range(1, steps + 1):
        params = map_tree(lambda a: a + 0.003 * rng.standard_normal(a.shape), params)
        callback({"step": step}, params)
    return SimpleNamespace(column=lambda name: np.linspace(9, 2, steps))

importlib.import_module("tinymaf_course.explorers.posterior").fit_reverse_kl = no_reverse_kl

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # layers of one order, narrow networks: as asked for
    strips = {}
    for name, second in dict(same="natural", reversed="reversed").items():
        for depth in (1, 2):
            in_turn = (["natural", second] * depth)[:depth]
            strips[name, depth] = at_random(maf(2, depth, (8,), orders=in_turn), depth)
    orders = {"along": np.arange(25), "shuffled": np.random.default_rng(5).permutation(25)}
    pixel_by_pixel = {name: at_random(MADE(25, hidden=(16,), order=order, conditional=Bernoulli()))
                      for name, order in orders.items()}
    grey = *at_random(maf(64, 1, (16,), context_dim=10)), digits(a=0.05)
heads = {C: MADE(2, hidden=(8,), conditional=MixtureOfGaussians(C)) for C in (1, 2, 3)}
mixtures = {C: at_random(made) for C, made in heads.items()}
black = (np.random.default_rng(6).random((200, 25)) < 0.4).astype(float)
runs = Runs(maf(2, 2, (16,), activation="tanh"), moons, (10, 30, 300), (1, 10, 40, 120))
latent = {name: at_random(combination(name, 25, (8,), layers=1), 3) for name in NAMES}
trainings = {
    f"run {k}": {
        "history": [[9 / n + 2, 9 / n + 2.2 + 7**k * n**2 % 11 / 15] for n in range(1, 50 + k)]
    }
    for k in (1, 2, 3)
}
"""
NO_SHEETS = """
from tinymaf_course.pictures import reduce_colors
from PIL import Image
for name in ("interactive.explorer", "explorers.live_training"):
    module = importlib.import_module(f"tinymaf_course.{name}")
    module.contact_sheet = lambda *_, **__: reduce_colors(Image.new("L", (1, 1)))
"""
CELLS = {
    "slice_density": "explorers.slice_density()",
    "equal_mass": "explorers.equal_mass()",
    "warp": "explorers.warp()",
    "made_masks": "explorers.made_masks()",
    "layers": "explorers.layers(flow, stages[6], x, moons.box)",
    "sampling": "explorers.sampling()",
    "depth": "explorers.depth()",
    "density": "explorers.density(flow, stages[6], moons.box)",
    "morph": "explorers.morph()",
    "training_film": "explorers.training_film(flow, stages, history)",
    "live_training": "explorers.live_training(flow)",
    "anomaly": "explorers.anomaly(*grey)",
    "components": "explorers.components(mixtures, TOYS['figure1'])",
    "couplings": "explorers.couplings()",
    "digit_classes": "explorers.digit_classes(*grey)",
    "digit_path": "explorers.digit_path(*grey)",
    "equal_parameters": "explorers.equal_parameters()",
    "film_strip": "explorers.film_strip(strips)",
    "latent_space": "explorers.latent_space(latent, black, np.arange(200) % 10)",
    "overfitting": "explorers.overfitting(runs)",
    "patience": "explorers.patience(trainings)",
    "pixels": "explorers.pixels(pixel_by_pixel, black)",
    "posterior": "explorers.posterior()",
    "price": "explorers.price()",
}
# What models without training put into the modules, and what is remembered of them.
REPLACED = {"posterior": "fit_reverse_kl"}
REMEMBERED = {"posterior": ["recorded", "bound"]}
# Faults that the checks must find, planted in explorers of their own.
SHOWN = """
from tinymaf_course.interactive import Explorer
from tinymaf_course.interactive.canvas import Canvas
shown = []
Explorer.show = lambda self, show=Explorer.show: (shown.append(self), show(self))[1]
right = Canvas._esm
"""
RAISES = """
explorers.sampling()
shown[-1].cache.clear()
shown[-1].draw = lambda dim, calls: 1 / 0
"""
UPSIDE_DOWN = """
for upright, turned in (
    ("ctx.translate(s.px(x0), s.py(y0))", "ctx.translate(s.px(x0), s.py(y1))"),
    (
        "ctx.scale(s.px(x1) - s.px(x0), s.py(y1) - s.py(y0))",
        "ctx.scale(s.px(x1) - s.px(x0), s.py(y0) - s.py(y1))",
    ),
):
    Canvas._esm = Canvas._esm.replace(upright, turned)
assert Canvas._esm != right
explorers.density(flow, stages[6], moons.box)
Canvas._esm = right
"""
UNWIRED = """
explorers.equal_mass()
shown[-1].controls["slope"].unobserve(shown[-1]._moved, "value")
"""


FAULTS = {"raises": RAISES, "upside down": UPSIDE_DOWN, "not wired": UNWIRED}
FORMULAS = ["equal_mass", "warp", "sampling", "morph"]
# Explorers that stand a second time on the page, for what is touched in their pictures.
TOUCHED = ["slice_density", "made_masks", "training_film", *FORMULAS]


@pytest.fixture(scope="module")
def twin_of():
    """A function from a name to that explorer of `CELLS`, not shown, in this process."""
    made, space = [], {}

    def forget():
        for name, functions in REMEMBERED.items():
            for function in functions:
                getattr(module(name), function).cache_clear()

    with pytest.MonkeyPatch.context() as patch:
        for kind in (Explorer, module("live_training").LiveTraining):
            patch.setattr(kind, "show", lambda self: made.append(self))
        for name, function in REPLACED.items():  # so that it is put back
            patch.setattr(module(name), function, getattr(module(name), function))
        forget()
        exec(MODELS, space)
        yield lambda name: (exec(CELLS[name], space), made.pop())[1]
        forget()


def module(name):
    return importlib.import_module(f"tinymaf_course.explorers.{name}")


def test_no_explorer_is_forgotten():
    assert {
        each.name for each in pkgutil.iter_modules(explorers.__path__) if each.name[0] != "_"
    } == set(CELLS)


@pytest.fixture(scope="module")
def page(jupyter, browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explorers")
    path = folder / "explorers.ipynb"
    cells = [MODELS, NO_SHEETS, *CELLS.values(), SHOWN, *FAULTS.values(), *map(CELLS.get, TOUCHED)]
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=list(map(nbformat.v4.new_code_cell, cells)), metadata=KERNEL
        ),
        path,
    )
    ARTEFACTS.mkdir(exist_ok=True)
    with a_page(browser) as (page, errors):
        try:
            run_all(page, jupyter.add(path), sliders=1)
            assert cell_errors(page) == []
            count = len(CELLS) + len(FAULTS) + len(TOUCHED)
            page.wait_for_function(
                f"document.querySelectorAll('canvas.tm-canvas[data-frame]').length === {count}"
            )
            page.errors = errors
            yield page
        finally:
            page.screenshot(path=ARTEFACTS / "explorers.png")
            jupyter.end_kernels()


@pytest.mark.parametrize("name", CELLS)
def test_fits_into_a_laptops_window(name, page, twin_of):
    """With its controls, its sentence and its read-out, in the notebook's cell, at 1280 x 800."""
    page.set_viewport_size({"width": 1280, "height": 800})
    figure = Figure(page, list(CELLS).index(name), twin_of(name))
    figure.shows()
    box = figure.box.bounding_box()
    assert box["height"] <= 640, f"{name} is {box['height']:.0f} px high"
    canvas = figure.canvas.bounding_box()
    assert canvas["width"] >= 450, "large enough to be read"


@pytest.mark.parametrize("name", CELLS)
def test_every_control_of(name, page, twin_of):
    figure = Figure(page, list(CELLS).index(name), twin_of(name))
    try:
        figure.move_all("keyboard", "mouse")
        for how in ("keyboard", "mouse") if name == "live_training" else ():
            train(figure, how)
    except BaseException:
        figure.box.screenshot(path=ARTEFACTS / f"{name}.png")
        raise
    assert page.errors == []


def touched(name, page, twin_of):
    """The second figure of that name."""
    return Figure(page, len(CELLS) + len(FAULTS) + TOUCHED.index(name), twin_of(name))


@pytest.mark.parametrize("share", [0.1, 0.75])
def test_the_cut_is_dragged_from_anywhere_and_a_click_moves_it(share, page, twin_of):
    figure = touched("slice_density", page, twin_of)
    figure.canvas.scroll_into_view_if_needed()
    box, panel = (
        figure.canvas.bounding_box(),
        json.loads(figure.canvas.get_attribute("data-panels"))[0],
    )

    def to(part):  # the twin moves along, by what the pixels mean
        x = round(box["x"] + panel["x"] + part * panel["width"])
        low, high = panel["xlim"]
        at = low + (x - box["x"] - panel["x"]) / panel["width"] * (high - low)
        figure.set("place", (at, figure.twin.controls["place"].value[1]))
        return x

    y = box["y"] + panel["y"] + share * panel["height"]
    page.mouse.click(to(0.3), y)
    figure.shows()
    page.mouse.move(to(0.8), y)
    page.mouse.down()
    page.mouse.move(to(0.6), y + 9, steps=4)
    page.mouse.up()
    figure.shows()
    cursor = figure.canvas.evaluate("canvas => canvas.style.cursor")
    assert cursor == "ew-resize"
    page.keyboard.press("Shift+ArrowLeft")  # a click has given it the focus
    x, low, high = figure.twin.controls["place"].value[0], *panel["xlim"]
    figure.set("place", (x - 0.1 * (high - low), figure.twin.controls["place"].value[1]))
    figure.shows()


def test_units_and_wires_are_touched(page, twin_of):
    figure = touched("made_masks", page, twin_of)
    figure.canvas.scroll_into_view_if_needed()
    figure.shows()
    spots = figure.twin._picture(figure.twin._values(), fine=True).panels[0].spots
    readout = figure.root.locator(".tm-readout")

    def point(start, share=0.0):
        (spot,) = [spot for spot in spots if spot["says"].startswith(start)]
        first, last = spot["at"][0], spot["at"][-1]
        x, y = place_of(figure, 0, [a + share * (b - a) for a, b in zip(first, last)])
        page.mouse.move(x, y)
        expect(readout).to_have_text(spot["says"])
        return spot, x, y

    before = pixels_of(figure.canvas)
    point("hidden 1, degree 1")
    lit = pixels_of(figure.canvas)
    assert lit != before, "the web of a unit is lit"
    wire, x, y = point("x₃ → hidden 1:", 0.3)
    assert wire["barred"] and "forbidden" in wire["says"]
    page.mouse.click(x, y)
    page.mouse.move(1, 1)
    expect(readout).to_have_text(wire["says"])  # what was clicked stays to be read
    assert pixels_of(figure.canvas) not in (before, lit)
    page.mouse.click(*place_of(figure, 0, (1.5, -0.2)))
    page.mouse.move(1, 1)
    expect(readout).to_contain_text("Point at a unit")
    unit, x, y = point("hidden 6, degree 2")
    page.mouse.click(x, y)
    page.mouse.move(1, 1)
    figure.set("degrees", ((1, 1, 1, 2, 2, 0),))
    figure.shows()
    figure.canvas.focus()
    for key, says in (("ArrowDown", "x₁,"), ("ArrowRight", "hidden"), ("Shift+ArrowDown", "x₁ →")):
        page.keyboard.press(key)
        expect(readout).to_contain_text(says)
    page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("output")
    page.keyboard.press("Enter")
    output = int(readout.inner_text().split(",")[0].removeprefix("output "))
    figure.canvas.blur()
    figure.set("output", output)
    figure.shows()


@pytest.mark.parametrize("name", FORMULAS)
def test_the_terms_of_a_formula_light_their_parts(name, page, twin_of):
    figure = touched(name, page, twin_of)
    figure.canvas.scroll_into_view_if_needed()
    figure.shows()
    dark, seen = pixels_of(figure.canvas), {}
    terms = [term for term in figure.twin._picture(figure.twin._values(), True).formula if term[1:]]
    assert len(terms) >= 3
    for k, (text, part, says) in enumerate(terms):
        term = figure.root.locator(".tm-term").nth(k)
        expect(term).to_have_text(text)
        for light in (term.hover, term.focus):
            light()
            expect(figure.canvas).to_have_attribute("data-lit", part)
            expect(figure.root.locator(".tm-readout")).to_have_text(says)
            seen.setdefault(part, pixels_of(figure.canvas))
            assert pixels_of(figure.canvas) == seen[part]
            page.mouse.move(1, 1)
            term.blur()
            expect(figure.canvas).to_have_attribute("data-lit", "")
            assert pixels_of(figure.canvas) == dark
    assert len({dark, *seen.values()}) == len(seen) + 1, "every part looks different when it is lit"


def test_a_film_plays_pauses_and_begins_anew(page, twin_of):
    figure = touched("training_film", page, twin_of)
    row, film = figure.root.locator(".tm-scrub"), figure.twin.controls["epoch"]
    row.scroll_into_view_if_needed()
    play, loop, speed = (row.locator(what) for what in (".tm-play", "[type=checkbox]", "select"))
    place = row.locator("[type=range]")

    def waits_for(value):
        expect(place).to_have_value(str(value), timeout=20_000)

    speed.select_option("2 ×")
    play.click()
    expect(row).to_have_attribute("data-playing", "true")
    waits_for(2)
    page.keyboard.press("Space")  # the button has the focus
    expect(row).to_have_attribute("data-playing", "false")
    at = place.input_value()
    page.wait_for_timeout(1500 * film.seconds / len(film.values))
    assert place.input_value() == at != "0", "it stands still"
    place.focus()
    page.keyboard.press("Space")
    waits_for(len(film.values) - 1)
    expect(row).to_have_attribute("data-playing", "false")  # without a loop it ends there
    figure.set("epoch", film.values[-1])
    figure.shows()
    loop.check()
    place.focus()
    page.keyboard.press("Space")
    waits_for(len(film.values) - 1)
    waits_for(1)
    play.click()
    expect(row).to_have_attribute("data-playing", "false")


def train(figure, how):
    """The four buttons, each beside what the twin does."""
    twin, page = figure.twin, figure.page
    figure.move("lr", how, 1)
    figure.move("speed", how, 1)

    def click(name):
        press(figure, figure.box.locator("button", has_text=name), how)

    def update(count):
        for _ in range(count):
            twin.training.update(twin.controls["lr"].value)

    click("step")
    update(twin.controls["speed"].value)
    figure.shows()
    click("start")
    page.wait_for_function(
        "canvas => parseInt(canvas.dataset.says) > 40", arg=figure.canvas.element_handle()
    )
    click("pause")
    settled(page, figure.root.locator(".tm-says"))
    update(int(figure.canvas.get_attribute("data-says").split()[0]) - len(twin.training.losses))
    figure.shows()
    click("reset")
    twin.training.reset()
    figure.shows()


@pytest.mark.parametrize(
    "fault, name, control, says",
    [
        ("raises", "sampling", "dim", "ZeroDivisionError"),
        (
            "upside down",
            "density",
            None,
            "panels are not what they should be|the brightest pixel is at",
        ),
        ("not wired", "equal_mass", "slope", "the figure says 'From u"),
    ],
)
def test_the_check_finds_a_figure_that(fault, name, control, says, page, twin_of):
    figure = Figure(page, len(CELLS) + list(FAULTS).index(fault), twin_of(name))
    figure.patience = 60 if fault == "raises" else 3
    with pytest.raises(AssertionError, match=says):
        figure.shows() if control is None else figure.move(control, "keyboard", 0)
