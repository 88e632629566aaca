"""A long session at the playground in a real JupyterLab, 12 s a round: `python -m kit.session
[rounds]` in tests/.

It draws, trains, pauses, redraws, switches the model, compares, takes files home, and prints how
long a drawn ring took to be learned, and the kernel's memory and threads after each round.
"""

import json
import re
import sys
import tempfile
import time
from pathlib import Path

from .lab import ROOT, browser_page, cell_errors, lab, run_all, settled
from .ring import RING, RING_LIGHT, learned

KINDS = "MAF", "RealNVP", "MADE", "MAF", "NSF"


def kernel(folder):
    """`/proc/<pid>` of the kernel whose folder this is."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if b"ipykernel" in command and (process / "cwd").resolve() == folder.resolve():
                return process
        except OSError:
            continue
    raise RuntimeError("no kernel found")


def usage(process):
    """Megabytes in memory, threads."""
    lines = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return round(int(lines["VmRSS"].split()[0]) / 1024, 1), int(lines["Threads"])


def stroke(page, canvas, points):
    box, panel = canvas.bounding_box(), json.loads(canvas.get_attribute("data-panels"))[0]
    places = [
        (
            box["x"] + panel["x"] + (x + 4) / 8 * panel["width"],
            box["y"] + panel["y"] + (4 - y) / 8 * panel["height"],
        )
        for x, y in points
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places:
        page.mouse.move(*place)
    page.mouse.up()
    return settled(page, page.locator(".tm-says"), quiet=0.5)


def train(page, seconds):
    page.locator(".tp-train").click()
    page.get_by_text(re.compile("(Training|Finished): step")).first.wait_for()
    page.wait_for_timeout(1000 * seconds)
    if "Pause" in page.locator(".tp-train").inner_text():
        page.locator(".tp-train").click()
    page.get_by_text(re.compile("(Paused|Finished): step")).first.wait_for()
    return settled(page, page.locator(".tm-says"), quiet=0.5)


def main(rounds=5):
    notebook = ROOT / "notebooks" / "playground.ipynb"
    with (
        tempfile.TemporaryDirectory() as folder,
        lab(Path(folder) / "lab", [notebook]) as address,
        browser_page(1400, 1250) as (page, errors),
    ):
        run_all(page, address(notebook.name), sliders=2)
        page.set_default_timeout(20_000)
        canvas = page.locator("canvas.tm-canvas[data-frame]")
        canvas.scroll_into_view_if_needed()
        process = kernel(Path(folder) / "lab" / "work")
        print("opened:", usage(process))
        print(stroke(page, canvas, RING))
        start = time.monotonic()
        page.locator(".tp-train").click()
        while not learned(canvas.evaluate(RING_LIGHT)):
            page.wait_for_timeout(100)
            if time.monotonic() - start > 120:
                raise TimeoutError(canvas.evaluate(RING_LIGHT))
        print(f"ring learned after {time.monotonic() - start:.1f} s")
        page.locator(".tp-train").click()
        for k in range(rounds):
            page.screenshot(path=ROOT / ".artefacts" / "session.png")
            page.get_by_label("Model", exact=True).select_option(KINDS[k % len(KINDS)])
            print(train(page, 2))
            page.get_by_role("button", name="Keep as A").click()
            for title in ("Samples (CSV)", "Model (.npz)", "Picture (PNG)"):
                with page.expect_download():
                    page.get_by_role("button", name=title).click()
            page.get_by_role("button", name="Clear").click()
            stroke(page, canvas, RING * (0.7 + 0.1 * (k % 4)))
            print(train(page, 2))
            page.get_by_label("Show samples").click()
            assert cell_errors(page) == [] and errors == [], (cell_errors(page), errors)
            print(f"round {k + 1}:", usage(process))
        page.screenshot(path=ROOT / ".artefacts" / "session.png")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
