"""Every control of every explorer in a real JupyterLab, by keyboard and by mouse: the canvas shows what it should."""

import importlib

import pytest

pytest.importorskip("anywidget")
pytest.importorskip("playwright")
pytest.importorskip("jupyterlab")

import nbformat  # noqa: E402
from lab import ROOT, browser_page, cell_errors, chromium, lab, run_all, settled  # noqa: E402
from moves import Figure, press  # noqa: E402

from tinymaf.course.explore import Explorer  # noqa: E402

pytestmark = pytest.mark.skipif(not chromium(), reason="no Chromium")
ARTEFACTS = ROOT / ".artefacts"
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}

# The notebook's first cell, also run here, for the twins: small models, trained for a moment, the same in both.
MODELS = '''
import importlib
import numpy as np
from tinymaf import maf
from tinymaf.course import explorers
from tinymaf.course.explorers._flows import record
from tinymaf.datasets import TOYS
from tinymaf.training import fit

moons = TOYS["two moons"]
x = moons.sample(np.random.default_rng(1), 400)
flow = maf(2, 2, (16, 16), activation="tanh")
stages, history = record(flow, moons.sample(np.random.default_rng(0), 2000), np.random.default_rng(0), range(7),
                         batch_size=100, lr=1e-2)
depth = importlib.import_module("tinymaf.course.explorers.depth")
depth.fit = lambda *given, **options: fit(*given, **{**options, "epochs": 1})
'''
NO_SHEETS = '''
from tinymaf.course.pictures import reduce_colors
from PIL import Image
for name in ("explore.explorer", "explorers.live_training"):
    module = importlib.import_module(f"tinymaf.course.{name}")
    module.contact_sheet = lambda *_, **__: reduce_colors(Image.new("L", (1, 1)))
'''
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
}
# Faults that the checks must find, planted in explorers of their own.
SHOWN = '''
from tinymaf.course.explore import Explorer
from tinymaf.course.explore.canvas import Canvas
shown = []
Explorer.show = lambda self, show=Explorer.show: (shown.append(self), show(self))[1]
right = Canvas._esm
'''
RAISES = '''
explorers.sampling()
shown[-1].cache.clear()
shown[-1].draw = lambda dim, calls: 1 / 0
'''
UPSIDE_DOWN = '''
Canvas._esm = right.replace("ctx.translate(s.px(x0), s.py(y0))", "ctx.translate(s.px(x0), s.py(y1))").replace(
    "ctx.scale(s.px(x1) - s.px(x0), s.py(y1) - s.py(y0))", "ctx.scale(s.px(x1) - s.px(x0), s.py(y0) - s.py(y1))")
assert Canvas._esm != right
explorers.density(flow, stages[6], moons.box)
Canvas._esm = right
'''
UNWIRED = '''
explorers.equal_mass()
shown[-1].controls["slope"].unobserve(shown[-1]._moved, "value")
'''


FAULTS = {"raises": RAISES, "upside down": UPSIDE_DOWN, "not wired": UNWIRED}


@pytest.fixture(scope="module")
def twin_of():
    """A function from a name to that explorer of `CELLS`, not shown, in this process."""
    live_training = importlib.import_module("tinymaf.course.explorers.live_training")
    depth, made, space = importlib.import_module("tinymaf.course.explorers.depth"), [], {}
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Explorer, live_training.LiveTraining):
            patch.setattr(kind, "show", lambda self: made.append(self))
        patch.setattr(depth, "fit", depth.fit)          # so that it is put back
        depth.models.cache_clear()
        exec(MODELS, space)
        yield lambda name: (exec(CELLS[name], space), made.pop())[1]
        depth.models.cache_clear()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explorers")
    path, cells = folder / "explorers.ipynb", [MODELS, NO_SHEETS, *CELLS.values(), SHOWN, *FAULTS.values()]
    nbformat.write(nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)), metadata=KERNEL), path)
    ARTEFACTS.mkdir(exist_ok=True)
    with lab(folder / "lab", [path]) as address, browser_page() as (page, errors):
        try:
            run_all(page, address(path.name), sliders=1)
            count = len(CELLS) + len(FAULTS)
            page.wait_for_function(f"document.querySelectorAll('canvas.tm-canvas[data-frame]').length === {count}")
            assert cell_errors(page) == []
            page.errors = errors
            yield page
        finally:
            page.screenshot(path=ARTEFACTS / "explorers.png")


@pytest.mark.parametrize("name", CELLS)
def test_every_control_of(name, page, twin_of):
    figure = Figure(page, list(CELLS).index(name), twin_of(name))
    for how in ("keyboard", "mouse"):
        try:
            figure.move_all(how)
            if name == "live_training":
                train(figure, how)
        finally:
            figure.box.screenshot(path=ARTEFACTS / f"{name}_{how}.png")
    assert page.errors == []


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
    page.wait_for_function("canvas => parseInt(canvas.dataset.says) > 40", arg=figure.canvas.element_handle())
    click("pause")
    settled(page, figure.root.locator(".tm-says"))
    update(int(figure.canvas.get_attribute("data-says").split()[0]) - len(twin.training.losses))
    figure.shows()
    click("reset")
    twin.training.reset()
    figure.shows()


@pytest.mark.parametrize("fault, name, says", [
    ("raises", "sampling", "ZeroDivisionError"),
    ("upside down", "density", "panels are not what they should be|the brightest pixel is at"),
    ("not wired", "equal_mass", "the figure says 'From u"),
])
def test_the_check_finds_a_figure_that(fault, name, says, page, twin_of):
    figure = Figure(page, len(CELLS) + list(FAULTS).index(fault), twin_of(name), patience=6)
    with pytest.raises(AssertionError, match=says):
        figure.move_all("keyboard")
