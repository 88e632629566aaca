"""A pytest plugin: tests with the marker `browser` have a Chromium, or are skipped, loudly.

One place looks for it, and installs Debian's where that takes no asking (as root, with apt), once
for all worker processes and before anything is skipped. A run in which a browser was to be had and
such a test was skipped all the same has failed.
"""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

RUN = "TINYMAF_TEST_RUN"  # names a folder that all processes of one run of pytest share
NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
APT = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]
COMMANDS = [[*APT, "update"], [*APT, "install", "-y", "--no-install-recommends", "chromium"]]
SECONDS = 240
LOUD = "*** NO CHROMIUM: {} browser tests were NOT run ({}) ***"
SHAM = "*** A BROWSER IS THERE, AND {} browser tests were skipped: that counts as a failure ***"


def chromium():
    """The path of an installed Chromium or Chrome, else None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def _install():
    """Why there is no Chromium; "" where there is one now."""
    if chromium():
        return ""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return "none is installed, and only root may install one, with apt"
    for command in COMMANDS:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
        except (subprocess.SubprocessError, OSError) as error:
            return f"apt-get: {error}"
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["failed"]
            return f"apt-get {command[3]}: {said[-1]}"
    return "" if chromium() else "apt-get installed none"


def missing():
    """Why there is no Chromium, "" where there is one. The first process of a run that asks
    installs it; the others wait for it.
    """
    folder = Path(os.environ[RUN])
    told = folder / "chromium"
    try:
        (folder / "chromium.lock").mkdir()
    except FileExistsError:
        end = time.monotonic() + 2 * SECONDS
        while not told.exists():
            if time.monotonic() > end:
                return "its installation does not end"
            time.sleep(0.1)
        return told.read_text(encoding="utf-8")
    why = _install()
    (folder / "chromium.new").write_text(why, encoding="utf-8")
    (folder / "chromium.new").rename(told)
    return why


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.addinivalue_line("markers", "browser: needs a Chromium")
    if not hasattr(config, "workerinput"):  # the process that starts the others
        folder = tempfile.TemporaryDirectory(prefix="tinymaf-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ[RUN] = folder.name
        config.pluginmanager.register(Skipped())


def pytest_collection_finish(session):
    """Look for it while other tests run."""
    if (
        any(item.get_closest_marker("browser") for item in session.items)
        and not session.config.option.collectonly
    ):
        threading.Thread(target=missing, daemon=True).start()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if item.get_closest_marker("browser") and (why := missing()):
        pytest.skip(f"no Chromium: {why}")


class Skipped:
    """Counts the browser tests that were skipped."""

    def __init__(self):
        self.reports = []

    def pytest_runtest_logreport(self, report):
        if report.skipped and "browser" in report.keywords:
            self.reports.append(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        if self.reports and not missing():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self.reports:
            why = missing()
            line = LOUD.format(len(self.reports), why) if why else SHAM.format(len(self.reports))
            terminalreporter.write_line(line, red=True, bold=True)
