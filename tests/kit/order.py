"""A pytest plugin: which tests run (`--quick`, `--full`, by markers), and which of them stay
together in one process.

Without an option everything runs but what has the marker `full`: what is slow, or proven by other
tests as well. `--quick` leaves out `long` and `browser` too.
"""

import os
from pathlib import Path

import pytest

try:
    from xdist.scheduler import LoadFileScheduling
except ImportError:  # one process, then
    LoadFileScheduling = object

# What takes longest, first: two processes end together if the small ones come last.
FIRST = (
    "tests/browser",
    "tests/course/test_exercises.py",
    "tests/course/test_grading_attacks.py",
    "tests/course/test_grading.py",
    "11_flows_inside_a_vae",
    "tests/course/test_build.py",
    "tests/library/test_vae.py",
    "09_realnvp",
    "04_made_as_a_density",
    "tests/course/test_explorers_of_trained_flows.py",
    "07_training",
    "08_iaf",
)


def pytest_addoption(parser):
    parser.addoption(
        "--quick",
        action="store_true",
        help="leave out what takes long, as markers say: 90 s on two cores",
    )
    parser.addoption(
        "--full",
        action="store_true",
        help="also what is slow or redundant; solutions on another processor's BLAS kernels",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "long: left out by --quick")
    config.addinivalue_line("markers", "full: run by --full alone")


def room(nodeid):
    """What runs in one process, in order: a file; all browser tests, which share a JupyterLab; both
    notebooks of a chapter, which share what their cells give.

    >>> room("notebooks/solutions/05_maf.ipynb::Cell 3") == room("notebooks/05_maf.ipynb::Cell 0")
    True
    """
    path = Path(nodeid.split("::", 1)[0])
    if path.suffix == ".ipynb":
        return path.stem
    return "tests/browser" if path.parts[:2] == ("tests", "browser") else path.as_posix()


class Rooms(LoadFileScheduling):
    """xdist's scheduler by files, with these rooms for files."""

    def _split_scope(self, nodeid):
        return room(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Rooms(config, log) if config.getoption("dist") == "loadfile" else None


def left_out(config):
    """The markers of tests that do not run."""
    if config.getoption("full"):
        return set()
    return {"full", "long", "browser"} if config.getoption("quick") else {"full"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    markers = left_out(config)
    out = [any(item.get_closest_marker(marker) for marker in markers) for item in items]
    if any(out):
        config.hook.pytest_deselected(items=[item for item, gone in zip(items, out) if gone])
        items[:] = [item for item, gone in zip(items, out) if not gone]
    if "PYTEST_XDIST_WORKER" in os.environ:
        rank = {name: k for k, name in enumerate(FIRST)}
        items.sort(key=lambda item: rank.get(room(item.nodeid), len(FIRST)))
