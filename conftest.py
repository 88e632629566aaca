"""Tests and doctests: no progress bars, no windows.

The notebooks' kernels draw inline all the same.
What else the run does is in tests/kit: order.py (`--quick`, `--full`, what runs in one process),
browser.py, sandbox.py, notebooks.py.
"""

import importlib.util
import os

os.environ.setdefault("TINYMAF_QUIET", "1")
# Every process computes at once: they share the cores.
if "PYTEST_XDIST_WORKER_COUNT" in os.environ:
    share = max(1, (os.cpu_count() or 1) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(share))

collect_ignore_glob = [
    "notebooks/instructor/*",  # the code of the solutions, as test_notebooks.py proves
    "tinymaf_course/grading/instead/*",  # to be imported from another place
]
# The library's own tests run beside NumPy and autograd alone; two of its files need more.
collect_ignore = [
    file
    for module, file in (("sklearn", "tinymaf/estimator"), ("matplotlib", "tinymaf/plotting.py"))
    if importlib.util.find_spec(module) is None
]
pytest_plugins = ["kit.browser", "kit.claims", "kit.order", "kit.sandbox"]
if importlib.util.find_spec("nbval"):
    pytest_plugins.append("kit.notebooks")

try:
    import matplotlib

    matplotlib.use("Agg")
except ImportError:  # the library's own tests need no matplotlib
    pass
