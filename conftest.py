"""Tests and doctests: no progress bars, no windows. The notebooks' kernels draw inline all the same."""

import os

os.environ.setdefault("TINYMAF_QUIET", "1")

collect_ignore_glob = ["notebooks/instructor/*"]      # their code is the solutions': tests/test_notebooks.py proves it

try:
    import matplotlib

    matplotlib.use("Agg")
except ImportError:  # the library's own tests need no matplotlib
    pass
