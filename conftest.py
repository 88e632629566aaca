"""Figures of tests and doctests open no window; the notebooks' kernels inherit nothing of this and draw inline."""

try:
    import matplotlib

    matplotlib.use("Agg")
except ImportError:  # the library's own tests need no matplotlib
    pass
