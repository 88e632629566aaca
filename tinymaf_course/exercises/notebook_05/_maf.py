"""What the exercises of notebook 05 share: how a direction of the map is judged."""

import numpy as np

from .. import Complaint, phrases
from ..numerics import log_abs_det

ENOUGH = {
    "u": "All of x is known, and one call gives mu and alpha together.",
    "x": "Call k makes variable k right. By the last one every alpha is right, too.",
}


def complaint_about_map(answer, mu_alpha, z, to, spare=0):
    """Judge a direction of the map by the relation of its two ends and by the Jacobian of `answer`
    itself. To u one call is enough, to x one for each variable, and `spare` ones.

    `to` is what it leads to: "u" (z is x then) or "x" (z is u).
    """
    n, dim = z.shape
    tested = f"D = {dim}, {n} rows"
    mu_alpha.forget()
    out = answer(mu_alpha, z.copy())
    if said := phrases.results(out, {to: (n, dim), "log_det": (n,)}, tested):
        return said
    enough = (1 if to == "u" else dim) + spare
    # At D = 1 there is nothing to learn from it.
    too_often = phrases.calls(mu_alpha, n, enough, tested, ENOUGH[to]) if dim > 1 else None
    there, log_det = out
    x, u = (z, there) if to == "u" else (there, z)
    mu, alpha = mu_alpha.network(np.asarray(x, float))
    if not np.isfinite(mu).all():
        return Complaint(phrases.AS_NAN, tested, "NaN in x")
    error = np.abs(mu + np.exp(alpha) * u - x)
    if not error.max() < 1e-9:
        return Complaint(
            "x_i = mu_i + exp(alpha_i) u_i must hold, with mu and alpha computed at x.",
            tested,
            got=_columns(error.max(axis=0)),
            look=(
                "Solve x_i = mu_i + exp(alpha_i) u_i for u_i: what comes off first, and how?"
                if to == "u"
                else "The first variable that is off: what had the network seen by then?"
            ),
        )
    exact = log_abs_det(lambda rows: answer(mu_alpha, rows)[0], z)
    look = "The sign, the axis of the sum, and the direction that it belongs to."
    of = "u by x" if to == "u" else "x by u"
    return phrases.log_det(log_det, exact, of, tested, look) or too_often


def _columns(errors):
    """Which variables are right, in words."""
    return ", ".join(
        f"x_{i + 1} {'right' if e < 1e-9 else f'off by {e:.3g}'}" for i, e in enumerate(errors)
    )
