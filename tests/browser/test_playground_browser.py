"""The playground in a real JupyterLab, by mouse and keyboard."""

import json

import pytest

for name in ("anywidget", "playwright", "jupyterlab"):
    pytest.importorskip(name)

from kit.lab import ROOT, a_page, cell_errors, run_all, settled  # noqa: E402
from kit.ring import RING, RING_LIGHT, learned  # noqa: E402


def test_a_drawn_ring_becomes_a_density(jupyter, browser, tmp_path):
    (ROOT / ".artefacts").mkdir(exist_ok=True)
    notebook = ROOT / "notebooks" / "playground.ipynb"
    with a_page(browser, 1400, 1250) as (page, errors):
        try:
            run_all(page, jupyter.add(notebook), sliders=2)
            canvas = page.locator("canvas.tm-canvas[data-frame]")
            canvas.scroll_into_view_if_needed()
            box, panel = canvas.bounding_box(), json.loads(canvas.get_attribute("data-panels"))[0]
            places = [
                (
                    box["x"] + panel["x"] + (x + 4) / 8 * panel["width"],
                    box["y"] + panel["y"] + (4 - y) / 8 * panel["height"],
                )
                for x, y in RING
            ]
            page.mouse.move(*places[0])
            page.mouse.down()
            for place in places:
                page.mouse.move(*place)
            page.mouse.up()
            page.get_by_text("Press Train.").first.wait_for()
            page.locator(".tp-easel").focus()  # and a puff by keyboard, off the ring
            says = settled(page, page.locator(".tm-says"))  # the whole stroke has become points
            points = int(says.split(": ")[1].split(" ")[0].replace(",", ""))
            page.keyboard.press("Space")
            page.get_by_text(f"{points + 16:,} points").first.wait_for()
            page.get_by_role("radio", name="erase").check()
            page.locator(".tp-easel").focus()
            page.keyboard.press("Space")
            page.get_by_text(f"{points:,} points").first.wait_for()
            page.get_by_role("button", name="Train").click()
            page.wait_for_function(
                "parseInt(document.querySelector('.tm-says').innerText.split('step ')[1]"
                "?.replace(',', '')) > 500"
            )
            page.get_by_role("button", name="Pause").click()
            page.get_by_text("Paused: step").first.wait_for()
            settled(page, page.locator(".tm-says"))
            light = canvas.evaluate(RING_LIGHT)
            assert learned(light), light
            for title, start in (
                ("Samples (CSV)", b"x1,x2\n"),
                ("Model (.npz)", b"PK"),
                ("Picture (PNG)", b"\x89PNG"),
            ):
                with page.expect_download() as download:
                    page.get_by_role("button", name=title).click()
                saved = tmp_path / download.value.suggested_filename
                download.value.save_as(saved)
                assert saved.read_bytes().startswith(start)
                page.get_by_text(f"Saved {saved.name} to your downloads").wait_for()
        finally:
            page.screenshot(path=ROOT / ".artefacts" / "playground.png")
        assert cell_errors(page) == [] and errors == []
