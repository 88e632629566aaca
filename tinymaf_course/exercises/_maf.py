"""What the exercises of notebook 05 share: networks to invert, and Jacobians of functions that autograd cannot see."""

import numpy as np

from tinymaf.checks import random_params
from tinymaf.layers import AffineAutoregressive

from ..values import brief
from . import Complaint


class Counted:
    """`x (N, D) -> mu, alpha`, each (N, D), column i seeing x_1 .. x_{i-1} alone; it counts its calls."""

    def __init__(self, dim, rng):
        layer = AffineAutoregressive(dim, hidden=(16, 16), activation="tanh")
        params = random_params(layer, rng, scale=1.5)
        self.network, self.calls, self.__name__ = lambda x: layer.mu_alpha(params, x), 0, "mu_alpha"

    def __call__(self, x):
        self.calls += 1
        return self.network(x)


def networks(rng, dims, n=6):
    """One `(mu_alpha, rows)` for each D: a random network and n random rows."""
    return [(Counted(dim, rng), rng.standard_normal((n + dim, dim))) for dim in dims]


def slopes(f, z, step=1e-5):
    """The Jacobian of each row of `f: (N, D) -> (N, D)` by central differences: shape (N, D, D)."""
    columns = [(f(z + step * e) - f(z - step * e)) / (2 * step) for e in np.eye(z.shape[1])]
    return np.stack(columns, axis=2)


def complaint_about_map(answer, mu_alpha, z, to, calls_allowed):
    """Judge a direction of the map by the relation of its two ends and by the Jacobian of `answer` itself.

    `to` is what it leads to: "u" (z is x then) or "x" (z is u).
    """
    n, dim = z.shape
    tested = f"D = {dim}, {n} rows"
    mu_alpha.calls = 0
    out = answer(mu_alpha, z.copy())
    calls = mu_alpha.calls
    if not isinstance(out, (tuple, list)) or len(out) != 2:
        return Complaint(f"Return two things: {to}, log_det.", tested, got=brief(out))
    there, log_det = out
    for name, value, shape in [(to, there, (n, dim)), ("log_det", log_det, (n,))]:
        if np.shape(value) != shape:
            return Complaint(f"{name} must have shape {'(N, D)' if name == to else '(N,)'}.", tested,
                             got=f"shape {np.shape(value)}, expected {shape}",
                             look="Each row has a log_det of its own." if name == "log_det" else "One row for one row.")
    x, u = (z, there) if to == "u" else (there, z)
    mu, alpha = mu_alpha.network(np.asarray(x, float))
    error = np.abs(mu + np.exp(alpha) * u - x)
    if not error.max() < 1e-9:
        return Complaint("x_i = mu_i + exp(alpha_i) u_i must hold, mu and alpha at x.", tested,
                         got=_columns(error.max(axis=0)),
                         look="The first variable that is off. What had the network seen when you computed it?")
    sign, exact = np.linalg.slogdet(slopes(lambda rows: answer(mu_alpha, rows)[0], z))
    if not np.abs(log_det - exact).max() < 1e-5:
        into = f"{to} by {'x' if to == 'u' else 'u'}"
        return Complaint(f"log_det must be log|det| of the Jacobian of {into}.", tested,
                         got=f"first row: {log_det[0]:.4f}, log|det| by differences {exact[0]:.4f}",
                         look="The sign, the axis of the sum, and the direction that it belongs to.")
    if calls > calls_allowed(dim):
        return Complaint("The network is called too often.", tested, got=f"{calls} calls",
                         look=f"{dim} calls are enough." if to == "x" else "All of x is known: one call is enough.")
    return None


def _columns(errors):
    """Which variables are right, in words."""
    return ", ".join(f"x_{i + 1} {'right' if e < 1e-9 else f'off by {e:.3g}'}" for i, e in enumerate(errors))
