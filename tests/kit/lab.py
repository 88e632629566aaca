"""JupyterLab in a headless Chromium, for tests: its own port, token, folders and settings, nothing
of the user's.
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from . import ROOT
from .browser import chromium

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # every cell is in the page, seen or not
    "notebook-extension/tracker": {"windowingMode": "none"},
}
NOTEBOOK = "window.jupyterapp?.shell?.currentWidget"
FAILED = ", ".join(
    f"[data-mime-type='application/vnd.jupyter.{kind}']" for kind in ("error", "stderr")
)
IDLE = f"{NOTEBOOK}?.context?.sessionContext?.session?.kernel?.status === 'idle'"


class Lab:
    """A running JupyterLab: `lab(name)` is the address of a notebook in its folder."""

    def __init__(self, folder, theme, address, token):
        self.folder, self.theme, self.address, self.token = Path(folder), theme, address, token
        self.work = self.folder / "work"

    def __call__(self, name):
        return f"{self.address}/lab/tree/{name}?token={self.token}"

    def add(self, notebook):
        """The address of a copy of a notebook, in a folder and a workspace (open tabs, layout) of
        its own.

        The settings are as in the beginning: an earlier page may have left its theme.
        """
        write_settings(self.folder, self.theme)
        folder = Path(tempfile.mkdtemp(dir=self.work, prefix="a"))
        shutil.copy(notebook, folder)
        return (
            f"{self.address}/lab/workspaces/{folder.name}/tree/{folder.name}/{Path(notebook).name}"
            f"?token={self.token}"
        )

    def end_kernels(self):
        """End all kernels that run: nobody looks at them any more."""
        for session in json.loads(self._ask("GET", "sessions")):
            self._ask("DELETE", f"sessions/{session['id']}")

    def _ask(self, method, what):
        request = urllib.request.Request(
            f"{self.address}/api/{what}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()


def write_settings(folder, theme):
    """JupyterLab's settings for tests, in the folder of a `lab`."""
    for name, values in {**SETTINGS, "apputils-extension/themes": {"theme": theme}}.items():
        path = Path(folder) / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


@contextlib.contextmanager
def lab(folder, notebooks=(), theme="JupyterLab Light"):
    """A running JupyterLab, a `Lab`, on copies of `notebooks` in `folder`."""
    folder = Path(folder)
    work = folder / "work"
    work.mkdir(parents=True)
    for notebook in notebooks:
        shutil.copy(notebook, work)
    write_settings(folder, theme)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    environment = {
        name: value for name, value in os.environ.items() if name not in ("CI", "TINYMAF_QUIET")
    }
    environment.update(
        {
            f"JUPYTER_{kind}_DIR": str(folder / kind.lower())
            for kind in ("CONFIG", "DATA", "RUNTIME")
        },
        IPYTHONDIR=str(folder / "ipython"),
        TINYMAF_PROGRESS=str(folder / "progress.json"),
        JUPYTER_CONFIG_PATH=str(ROOT / "tinymaf_course" / "lab"),
        PYTHONPATH=str(ROOT),
    )
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={work}",
        "--LabApp.expose_app_in_browser=True",
        f"--LabApp.user_settings_dir={folder / 'settings'}",
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
    ]
    with open(folder / "server.log", "wb") as log:
        server = subprocess.Popen(command, cwd=work, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api?token={token}", server, folder / "server.log")
        yield Lab(folder, theme, address, token)
    finally:
        end(server)


def end(server):
    """End a process, by force where it does not listen."""
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def wait_for(address, server, log, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"the server did not answer within {seconds} s:\n{log.read_text()}")


@contextlib.contextmanager
def a_browser():
    """A running Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def a_page(browser, width=1280, height=1000):
    """`(page, errors)`: a fresh page that shares nothing with others, and the list that its errors
    go to.
    """
    page = browser.new_page(viewport={"width": width, "height": height})
    try:
        page.set_default_timeout(60_000)  # for machines that do something else at the same time
        errors = []
        page.on("pageerror", lambda error: errors.append(f"page error: {error}"))
        page.on(
            "console",
            lambda message: (
                errors.append(f"console: {message.text} ({message.location['url']})")
                if message.type == "error"
                else None
            ),
        )
        yield page, errors
    finally:
        page.close()


@contextlib.contextmanager
def browser_page(width=1280, height=1000):
    """`(page, errors)`: a page in a fresh Chromium."""
    with a_browser() as browser, a_page(browser, width, height) as found:
        yield found


def run_all(page, address, sliders, seconds=180):
    """Open a notebook, run it to its end, and wait for so many sliders (or an error) and an idle
    kernel.
    """
    page.goto(address)
    page.wait_for_function(IDLE, timeout=90_000)  # the toolbar says "idle" before there is a kernel
    # its promise never ends
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    shown = f"document.querySelectorAll('.widget-slider').length >= {sliders}"
    page.wait_for_function(f'{shown} || document.querySelector("{FAILED}")', timeout=seconds * 1000)
    waiting = (
        "[...document.querySelectorAll('.jp-InputPrompt')].some(prompt => prompt.innerText === "
        "'[*]:')"
    )
    page.wait_for_function(f"{IDLE} && !{waiting}", timeout=seconds * 1000)


def settled(page, locator, quiet=1.0, seconds=60):
    """The text of an element, once it has stayed the same for `quiet` seconds: what was asked for
    has been done.
    """
    end, text, since = time.monotonic() + seconds, None, time.monotonic()
    while time.monotonic() < end:
        now = locator.inner_text()
        if now != text:
            text, since = now, time.monotonic()
        elif time.monotonic() - since > quiet:
            return text
        page.wait_for_timeout(100)
    raise TimeoutError(f"still changing after {seconds} s: {text}")


def cell_errors(page):
    """The text of every error and stderr output on the page."""
    return page.locator(FAILED).all_inner_texts()
