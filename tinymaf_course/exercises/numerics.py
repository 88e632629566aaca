"""What judges compute by brute force: Jacobians by central differences, grids to integrate over."""

import numpy as np


def slopes(f, z, step=1e-5):
    """The Jacobian of each row of `f: (N, D) -> (N, D)`, shape (N, D, D)."""
    columns = [(f(z + step * e) - f(z - step * e)) / (2 * step) for e in np.eye(z.shape[1])]
    return np.stack(columns, axis=2)


def log_abs_det(f, z):
    """log|det| of the Jacobian of each row of `f: (N, D) -> (N, D)`, shape (N,)."""
    return np.linalg.slogdet(slopes(f, z))[1]


def grid(reach, steps):
    """A grid from -r to r for each r of `reach`: its points, (steps^D, D), and the room of each."""
    axes = [np.linspace(-r, r, steps) for r in reach]
    points = np.stack([a.ravel() for a in np.meshgrid(*axes)], axis=1)
    return points, np.prod([a[1] - a[0] for a in axes])
