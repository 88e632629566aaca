"""Tests and doctests: no progress bars, no windows. The notebooks' kernels draw inline all the same.

`--quick` leaves out what takes long: browsers, grading, mutants, all notebooks but the first, most of the battery.
"""

import os

os.environ.setdefault("TINYMAF_QUIET", "1")

collect_ignore_glob = ["notebooks/instructor/*"]      # their code is the solutions': tests/test_notebooks.py proves it

try:
    import matplotlib

    matplotlib.use("Agg")
except ImportError:  # the library's own tests need no matplotlib
    pass

LONG = ("browser", "tests/test_grade.py", "tests/test_playground", "tests/test_checkpoint.py", "tests/test_handouts.py",
        "tests/test_explorers_", "mutant", "a_cluster_loses", "canar", "notebooks/solutions/", "notebooks/playground",
        *(f"notebooks/{k:02}_" for k in range(1, 20)))
THINNED = "tests/test_battery.py"         # 1,600 small tests: every eighth of them


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="leave out what takes long: under three minutes on two cores")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--quick"):
        return
    battery = [item for item in items if item.nodeid.startswith(THINNED)]
    out = {item for k, item in enumerate(battery) if k % 8}
    out |= {item for item in items if any(part in item.nodeid for part in LONG)}
    config.hook.pytest_deselected(items=[item for item in items if item in out])
    items[:] = [item for item in items if item not in out]
