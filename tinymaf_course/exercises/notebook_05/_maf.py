"""What the exercises of notebook 05 share: how a direction of the map is judged."""

import numpy as np

from .. import Complaint, phrases
from ..numerics import log_abs_det


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
    look = "Each row has a log_det of its own."
    if said := phrases.results(out, {to: (n, dim), "log_det": (n,)}, tested, look):
        return said
    there, log_det = out
    x, u = (z, there) if to == "u" else (there, z)
    mu, alpha = mu_alpha.network(np.asarray(x, float))
    error = np.abs(mu + np.exp(alpha) * u - x)
    if not error.max() < 1e-9:
        return Complaint(
            "x_i = mu_i + exp(alpha_i) u_i must hold, with mu and alpha computed at x.",
            tested,
            got=_columns(error.max(axis=0)),
            look="The first variable that is off. What had the network seen when you computed it?",
        )
    exact = log_abs_det(lambda rows: answer(mu_alpha, rows)[0], z)
    look = "The sign, the axis of the sum, and the direction that it belongs to."
    of = "u by x" if to == "u" else "x by u"
    if said := phrases.log_det(log_det, exact, of, tested, look):
        return said
    enough = f"{dim} calls are enough." if to == "x" else "All of x is known: one call is enough."
    if calls > calls_allowed(dim):
        return Complaint(
            "The network is called too often.",
            tested,
            got=f"{calls} calls",
            look=enough,
        )
    return None


def _columns(errors):
    """Which variables are right, in words."""
    return ", ".join(
        f"x_{i + 1} {'right' if e < 1e-9 else f'off by {e:.3g}'}" for i, e in enumerate(errors)
    )
