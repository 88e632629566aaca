"""What the tests in a real browser share: one JupyterLab for all, one Chromium for a file."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    """A running JupyterLab; `jupyter.add(notebook)` gives an address to open."""
    from kit.lab import lab

    folder = tmp_path_factory.mktemp("jupyter") / "lab"
    with lab(folder) as running:
        log = (folder / "server.log").read_text()
        assert "Warning" not in log, log  # what a learner would read on the terminal at the start
        yield running


@pytest.fixture(scope="module")
def browser():
    """A running Chromium. It ends with its file: other tests have an event loop of their own."""
    from kit.lab import a_browser

    with a_browser() as running:
        yield running
