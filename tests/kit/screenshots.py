"""The README's screenshots: `PYTHONPATH=tests python -m kit.screenshots` writes figures/shots/.

They are taken in Chromium, on JupyterLab and the playground as a learner has them, at the size of a
laptop's screen. Fonts differ from machine to machine, so no test compares their pixels.
"""

import contextlib
import io
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image

from tinymaf_course.pictures import reduce_colors
from tinymaf_course.source import METADATA

from . import ROOT
from .lab import a_browser, a_page, end, lab, run_all, settled, wait_for
from .ring import RING

SHOTS = ROOT / "figures" / "shots"
MORPH = """from tinymaf_course.explorers import morph

morph()"""
CARD = """import numpy as np

from tinymaf_course import check


def maf_x_to_u(mu_alpha, x):
    mu, alpha = mu_alpha(x)
    return (x - mu) / alpha, -np.sum(alpha, axis=1)


maf_x_to_u = check("maf-x-to-u", maf_x_to_u)"""


@contextlib.contextmanager
def app(folder):
    """The address of the playground as a page without code."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{kind}_DIR": str(Path(folder) / kind) for kind in ("DATA", "RUNTIME")}
    start = ROOT / "tinymaf_course" / "lab" / "start.py"
    with open(Path(folder) / "app.log", "wb") as log:
        server = subprocess.Popen(
            [sys.executable, start, "app", "--no-browser", f"--port={port}"],
            cwd=ROOT,
            env={**os.environ, **folders, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_for(f"{address}voila/static/voila.js", server, Path(folder) / "app.log")
        yield address
    finally:
        end(server)


def stroke(page, places=RING):
    """Draw on the playground's sheet with the mouse. Places are in the units of the data."""
    sheet = page.locator(".tp-easel")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    dots = [
        (box["x"] + (x + 4) / 8 * box["width"], box["y"] + (4 - y) / 8 * box["height"])
        for x, y in places
    ]
    page.mouse.move(*dots[0])
    page.mouse.down()
    for dot in dots:
        page.mouse.move(*dot)
    page.mouse.up()
    settled(page, page.locator(".tm-says"))


def train(page, steps):
    """Press Train, and pause after so many steps."""
    page.get_by_role("button", name="Train").click()
    page.wait_for_function(
        "steps => parseInt(document.querySelector('.tm-says').innerText.split('step ')[1]"
        "?.replace(',', '')) >= steps",
        arg=steps,
        timeout=180_000,
    )
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused: step").first.wait_for()
    settled(page, page.locator(".tm-says"))


def compare(page, steps):
    """Draw a ring, let a MAF learn it, keep that as A, and train a RealNVP."""
    stroke(page)
    train(page, steps)
    page.get_by_role("button", name="Keep as A").click()
    page.get_by_label("Model", exact=True).select_option("RealNVP")
    train(page, steps)


def playground(browser, folder, steps=900):
    with app(folder) as address, a_page(browser, 1280, 800) as (page, _):
        page.goto(address, timeout=120_000)
        page.locator("canvas.tm-canvas[data-frame]").wait_for(timeout=120_000)
        compare(page, steps)
        page.evaluate("window.scrollTo(0, 0)")
        page.mouse.move(5, 795)
        return page.screenshot()


def cell(browser, folder, source, seen):
    """The cell with this source, once it has run in JupyterLab, from `seen` on."""
    notebook = Path(folder) / "shot.ipynb"
    cells = [nbformat.v4.new_code_cell(source)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), notebook)
    with lab(Path(folder) / "lab") as jupyter, a_page(browser, 1280, 1000) as (page, _):
        run_all(page, jupyter.add(notebook), sliders=0)
        shown = page.locator(seen).first
        shown.wait_for()
        page.wait_for_timeout(1000)
        return shown.screenshot()


def main():
    SHOTS.mkdir(parents=True, exist_ok=True)
    shots = {
        "playground": playground,
        "explorer": lambda *where: cell(*where, MORPH, ".jp-OutputArea-output:has(canvas)"),
        "card": lambda *where: cell(*where, CARD, ".jp-Cell"),
    }
    with a_browser() as browser:
        for name in sys.argv[1:] or shots:
            with tempfile.TemporaryDirectory() as folder:
                picture = Image.open(io.BytesIO(shots[name](browser, folder)))
            (SHOTS / f"{name}.png").write_bytes(reduce_colors(picture, 200))
            print(f"figures/shots/{name}.png", flush=True)


if __name__ == "__main__":
    main()
