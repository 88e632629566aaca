"""Jacobians of functions that autograd cannot see, by central differences."""

import numpy as np


def slopes(f, z, step=1e-5):
    """The Jacobian of each row of `f: (N, D) -> (N, D)`, shape (N, D, D)."""
    columns = [(f(z + step * e) - f(z - step * e)) / (2 * step) for e in np.eye(z.shape[1])]
    return np.stack(columns, axis=2)


def log_abs_det(f, z):
    """log|det| of the Jacobian of each row of `f: (N, D) -> (N, D)`, shape (N,)."""
    return np.linalg.slogdet(slopes(f, z))[1]
