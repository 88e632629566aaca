"""A pytest plugin: tests with the marker `sandbox` have a bubblewrap that works, or are skipped,
loudly.

Where it is missing it is installed, as Chromium is. Where user namespaces are forbidden, as in some
containers, it is of no use.
"""

import contextlib
import shutil
import sys
from pathlib import Path

import pytest

from . import apt

LOUD = "*** NO SANDBOX: {} tests of what it holds against were NOT run ({}) ***"


def commands():
    """The command lines of all processes that can be seen, on Linux."""
    found = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found += path.read_bytes() + b"\n"
    return found


def _there():
    return shutil.which("bwrap")


def missing():
    """Why there is no sandbox, "" where there is one."""
    if sys.platform != "linux":
        return "this is not Linux"
    from tinymaf_course.grading import sandbox  # the library's own tests run without the course

    return apt.missing("bubblewrap", _there) or sandbox.missing("bwrap")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.addinivalue_line("markers", "sandbox: needs bubblewrap")
    if not hasattr(config, "workerinput"):
        apt.folder_of(config)
        config.pluginmanager.register(Skipped())


def pytest_runtest_setup(item):
    if item.get_closest_marker("sandbox") and (why := missing()):
        pytest.skip(f"no sandbox: {why}")


class Skipped:
    """Counts the tests that were skipped."""

    def __init__(self):
        self.count = 0

    def pytest_runtest_logreport(self, report):
        self.count += report.skipped and "sandbox" in report.keywords

    def pytest_terminal_summary(self, terminalreporter):
        if self.count:
            terminalreporter.write_line(LOUD.format(self.count, missing()), red=True, bold=True)
