"""The playground as a page without code, as `course.py app` serves it: it works, and asks nobody
but this machine.
"""

import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

for name in ("anywidget", "playwright", "voila"):
    pytest.importorskip(name)

from kit.lab import ROOT, a_page, end, wait_for  # noqa: E402

import course  # noqa: E402


@pytest.fixture
def address(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {
        f"JUPYTER_{kind}_DIR": str(tmp_path / kind.lower())
        for kind in ("CONFIG", "DATA", "RUNTIME")
    }
    environment = {**os.environ, **folders, **course.CONF, "IPYTHONDIR": str(tmp_path / "ipython")}
    command = [sys.executable, "-m", *course.COMMANDS["app"], "--no-browser", f"--port={port}"]
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/voila/static/voila.js", server, tmp_path / "log")
        yield f"http://127.0.0.1:{port}/"
    finally:
        end(server)


def test_the_app_learns_and_loads_nothing_from_the_network(address, browser):
    (ROOT / ".artefacts").mkdir(exist_ok=True)
    with a_page(browser, 1400, 1100) as (page, errors):
        asked, refused = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
        page.on(
            "requestfailed",
            lambda request: refused.append(request.url) if request.failure == "csp" else None,
        )
        try:
            page.goto(address, timeout=120_000)
            page.locator("canvas.tm-canvas[data-frame]").wait_for(timeout=120_000)
            page.get_by_label("Points", exact=True).select_option("two moons")
            page.get_by_role("button", name="Train").click()
            page.wait_for_function(
                "parseInt(document.querySelector('.tm-says').innerText.split('step ')[1]) > 0"
            )
            page.get_by_role("button", name="Pause").click()
            page.get_by_text("Paused: step").first.wait_for()
            assert "import" not in page.locator("body").inner_text(), "no code on the page"
        finally:
            page.screenshot(path=ROOT / ".artefacts" / "app.png")
        assert any(url.startswith("ws://127.0.0.1") for url in asked), "the page has a kernel"
        # Voila's template names two style sheets of a CDN; the page's policy keeps the browser from
        # asking for them.
        assert all("font-awesome" in url or "fontawesome" in url for url in refused), refused
        strangers = [
            url
            for url in asked
            if url not in refused
            and urlsplit(url).scheme not in ("data", "blob")
            and urlsplit(url).hostname != "127.0.0.1"
        ]
        assert strangers == []
        assert [error for error in errors if "Content Security Policy" not in error] == []
