"""What the exercises of notebook 05 share: how a direction of the map is judged."""

import numpy as np

from ...values import brief
from .. import Complaint
from ..differences import log_abs_det


def complaint_about_map(answer, mu_alpha, z, to, calls_allowed):
    """Judge a direction of the map by the relation of its two ends and by the Jacobian of `answer`
    itself.

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
            return Complaint(
                f"{name} must have shape {'(N, D)' if name == to else '(N,)'}.",
                tested,
                got=f"shape {np.shape(value)}, expected {shape}",
                look="Each row has a log_det of its own."
                if name == "log_det"
                else "One row for one row.",
            )
    x, u = (z, there) if to == "u" else (there, z)
    mu, alpha = mu_alpha.network(np.asarray(x, float))
    error = np.abs(mu + np.exp(alpha) * u - x)
    if not error.max() < 1e-9:
        return Complaint(
            "x_i = mu_i + exp(alpha_i) u_i must hold, mu and alpha at x.",
            tested,
            got=_columns(error.max(axis=0)),
            look="The first variable that is off. What had the network seen when you computed it?",
        )
    exact = log_abs_det(lambda rows: answer(mu_alpha, rows)[0], z)
    if not np.abs(log_det - exact).max() < 1e-5:
        into = f"{to} by {'x' if to == 'u' else 'u'}"
        return Complaint(
            f"log_det must be log|det| of the Jacobian of {into}.",
            tested,
            got=f"first row: {log_det[0]:.4f}, log|det| by differences {exact[0]:.4f}",
            look="The sign, the axis of the sum, and the direction that it belongs to.",
        )
    if calls > calls_allowed(dim):
        return Complaint(
            "The network is called too often.",
            tested,
            got=f"{calls} calls",
            look=f"{dim} calls are enough."
            if to == "x"
            else "All of x is known: one call is enough.",
        )
    return None


def _columns(errors):
    """Which variables are right, in words."""
    return ", ".join(
        f"x_{i + 1} {'right' if e < 1e-9 else f'off by {e:.3g}'}" for i, e in enumerate(errors)
    )
