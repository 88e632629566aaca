"""A pytest plugin: tests with the marker `browser` have a Chromium, or are skipped, loudly.

One place looks for it, and installs Debian's where that takes no asking (as root, with apt), once
for all worker processes and before anything is skipped. A run in which a browser was to be had and
such a test was skipped all the same has failed.
"""

import shutil
import threading

import pytest

from . import apt

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
LOUD = "*** NO CHROMIUM: {} browser tests were NOT run ({}) ***"
SHAM = "*** A BROWSER IS THERE, AND {} browser tests were skipped: that counts as a failure ***"


def chromium():
    """The path of an installed Chromium or Chrome, else None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def missing():
    """Why there is no Chromium, "" where there is one."""
    return apt.missing("chromium", chromium)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.addinivalue_line("markers", "browser: needs a Chromium")
    if not hasattr(config, "workerinput"):  # the process that starts the others
        apt.folder_of(config)
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
