"""The playground as a page without code, as `course.py app` serves it: it fits on a laptop and asks
nobody but this machine.
"""

from urllib.parse import urlsplit

import pytest

for name in ("anywidget", "playwright", "voila"):
    pytest.importorskip(name)

from kit.browser import chromium  # noqa: E402
from kit.lab import FLAGS, ROOT, a_page  # noqa: E402
from kit.screenshots import app, compare, stroke  # noqa: E402

# Every name but the machine's own is unknown, as without a network.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


@pytest.fixture
def offline(browser):
    """A Chromium that finds no other machine."""
    found = browser.browser_type.launch(executable_path=chromium(), args=[*FLAGS, OFFLINE])
    yield found
    found.close()


def test_the_app_compares_two_models_above_the_fold_and_asks_for_nothing(offline, tmp_path):
    (ROOT / ".artefacts").mkdir(exist_ok=True)
    with app(tmp_path) as address, a_page(offline, 1280, 800) as (page, errors):
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
        try:
            page.goto(address, timeout=120_000)
            canvas = page.locator("canvas.tm-canvas[data-frame]")
            canvas.wait_for(timeout=120_000)
            compare(page, 50)
            assert "import" not in page.locator("body").inner_text(), "no code on the page"
            page.evaluate("window.scrollTo(0, 0)")
            pictures, controls = canvas.bounding_box(), page.locator(".tp-cards").bounding_box()
            assert pictures["y"] + pictures["height"] <= 800, "pictures are above the fold"
            assert controls["x"] + controls["width"] <= pictures["x"], "controls are at the left"
        finally:
            page.screenshot(path=ROOT / ".artefacts" / "app.png")
        assert any(url.startswith("ws://127.0.0.1") for url in asked), "the page has a kernel"
        strangers = [
            url
            for url in asked
            if urlsplit(url).scheme not in ("data", "blob")
            and urlsplit(url).hostname not in ("127.0.0.1", "localhost")
        ]
        assert strangers == []
        assert errors == []
    said = (tmp_path / "app.log").read_text().splitlines()
    assert len(said) == 2 and "http://" in said[0] and "Ctrl-C" in said[1], said


def test_a_stroke_that_leaves_the_sheet_ends_at_its_border(browser, tmp_path):
    with app(tmp_path) as address, a_page(browser, 1280, 800) as (page, _):
        page.goto(address, timeout=120_000)
        page.locator("canvas.tm-canvas[data-frame]").wait_for(timeout=120_000)
        inside = [(-3 + k / 10, 0.0) for k in range(10)]
        stroke(page, inside)
        points = int(page.locator(".tm-says").inner_text().split(": ")[1].split(" ")[0])
        outside = [(4.6, -3 + k / 5) for k in range(30)]
        stroke(page, [(3.9, 3.5), (4.6, 3.5), *outside])
        more = int(page.locator(".tm-says").inner_text().split(": ")[1].split(" ")[0])
        assert more - points < 150, "no line along the border"
