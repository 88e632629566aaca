"""A real JupyterHub on this machine, set up as the guide says, and two users who work at once."""

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("playwright")

from kit import ARTEFACTS, ROOT  # noqa: E402
from kit.lab import a_page, cell_errors, end, run_all, wait_for, write_settings  # noqa: E402

GUIDE = (ROOT / "notebooks" / "instructor" / "GUIDE.md").read_text(encoding="utf-8")
(SETTINGS,) = re.findall(r"```python\n(c\.Spawner\.cmd.*?)```", GUIDE, re.DOTALL)
VIEW = "application/vnd.jupyter.widget-view+json"
BIN = Path(sys.executable).parent
# The one for Node: that of the same name in Python does not pass on which protocol a kernel speaks.
PROXY = shutil.which("configurable-http-proxy")
CONFIG = """
c.JupyterHub.ip = "127.0.0.1"
c.JupyterHub.port, c.JupyterHub.hub_port = {ports[0]}, {ports[1]}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class, c.Authenticator.allow_all = "dummy", True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.environment = {{"PYTHONPATH": {root!r}, "JUPYTERLAB_SETTINGS_DIR": {settings!r}}}
c.Spawner.args = ["--allow-root", "--LabApp.expose_app_in_browser=True"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 240
"""

pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        importlib.util.find_spec("jupyterhub") is None or PROXY is None,
        reason="*** NO JUPYTERHUB, or no proxy (by npm): the guide's settings were NOT tried ***",
    ),
]


def free_ports(count):
    """Ports that nothing listens on."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """`(address, homes)` of a running hub with the guide's settings."""
    folder, ports = tmp_path_factory.mktemp("hub"), free_ports(3)
    homes = folder / "homes"
    homes.mkdir()
    write_settings(folder, "JupyterLab Light")  # every cell is in the page, seen or not
    places = {"homes": homes, "root": ROOT, "settings": folder / "settings"}
    text = CONFIG.format(ports=ports, proxy=PROXY, **{k: str(v) for k, v in places.items()})
    (folder / "jupyterhub_config.py").write_text(text + SETTINGS)
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("JUPYTER", "TINYMAF"))}
    kept["PATH"] = f"{BIN}{os.pathsep}{kept['PATH']}"
    log = folder / "hub.log"
    with open(log, "wb") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub"], cwd=folder, env=kept, stdout=file, stderr=file
        )
    address = f"http://127.0.0.1:{ports[0]}"
    try:
        wait_for(f"{address}/hub/login", server, log)
        yield address, homes
    finally:
        end(server)


def log_in(page, address, user):
    """Log in, and wait for the user's own server."""
    page.set_default_timeout(240_000)
    page.goto(f"{address}/hub/login")
    page.locator("#username_input").fill(user)
    page.locator("#password_input").fill("any")
    page.locator("#login_submit").click()
    page.wait_for_url(f"**/user/{user}/**")


def outputs(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [out for cell in notebook["cells"] for out in cell.get("outputs", [])]


def test_two_users_work_at_once(hub, browser):
    address, homes = hub
    ARTEFACTS.mkdir(exist_ok=True)
    lesson = "lab/workspaces/lesson/tree/tinymaf-course/notebooks"  # with no other tab open
    with a_page(browser) as (anna, _), a_page(browser) as (ben, _):
        pages = {"anna": anna, "ben": ben}
        for user, page in pages.items():
            log_in(page, address, user)
        for user, page in pages.items():
            try:
                lab = f"{address}/user/{user}/{lesson}/03_made.ipynb"
                run_all(page, lab, sliders=1, seconds=300)
                assert cell_errors(page) == []
                page.locator("canvas.tm-canvas[data-frame]").first.scroll_into_view_if_needed()
            finally:
                page.screenshot(path=ARTEFACTS / f"hub_{user}.png")
        for user, page in pages.items():
            path = homes / user / "tinymaf-course" / "notebooks" / "03_made.ipynb"
            before = path.stat().st_mtime_ns
            page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
            page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")
            assert path.stat().st_mtime_ns > before
            pictures = [out for out in outputs(path) if "image/png" in out.get("data", {})]
            assert pictures and not any(VIEW in out["data"] for out in pictures), "a dead widget"
            page.goto(f"{address}/user/{user}/{lesson}/glossary.md")
            page.locator(".jp-MarkdownViewer h1").first.wait_for()
    assert sorted(path.name for path in homes.iterdir()) == ["anna", "ben"]
