"""The log-density of a flow: the change of variables in one line (MAF, equation 1)."""

import numpy as np

from tinymaf import maf
from tinymaf.checks import jacobians, random_params

from .. import Complaint, wrong

OPTIONAL = False
HINTS = (
    "The formula above has two terms. Both are there already, under the names `log_p_u` and `log_det`.",
    "`log_det` is log|det du/dx|, the very term of the formula: no sign to change.",
    "Add them up, row by row: nothing is summed over the batch.",
)


def flow_log_prob(flow, params, x):
    """log p(x) of each row: x has the shape (N, D), return shape (N,)."""
    u, log_det = flow.bijection.x_to_u(params["bijection"], x)
    log_p_u = flow.base.log_prob(params["base"], u)
    return log_p_u + log_det


STUB = '''
def flow_log_prob(flow, params, x):
    """log p(x) of each row: x has the shape (N, D), return shape (N,)."""
    u, log_det = flow.bijection.x_to_u(params["bijection"], x)
    log_p_u = flow.base.log_prob(params["base"], u)
    return ...              # your line
'''


def cases():
    rng, found = np.random.default_rng(5), []
    for dim in (2, 3):
        flow = maf(dim, n_layers=2, hidden=(8,))
        found.append((flow, random_params(flow, rng), rng.standard_normal((6, dim))))
    return found


def judge(answer, flow, params, x):
    """Against the Jacobian that autograd computes, with no idea of flows."""
    tested = f"a flow with random parameters in {x.shape[1]} dimensions, {len(x)} rows"
    log_p = np.asarray(answer(flow, params, x))
    if log_p.shape != (len(x),):
        return Complaint(
            "The answer needs one number a row.",
            tested,
            got=f"the shape {log_p.shape}",
            look="Nothing is to be summed or averaged over the batch.",
        )
    u = flow.to_noise(params, x)
    log_volume = np.linalg.slogdet(jacobians(lambda x: flow.to_noise(params, x), x))[1]
    due = -0.5 * np.sum(u**2 + np.log(2 * np.pi), axis=1) + log_volume
    if not np.allclose(log_p, due, rtol=0, atol=1e-9):
        return Complaint(
            "This is not the log-density of x.",
            tested,
            got=f"{log_p[0]:.4f} in the first row, where log p_u(u) is {due[0] - log_volume[0]:.4f} and "
            f"log|det du/dx| is {log_volume[0]:.4f}",
            look="The formula has two terms, and both are logarithms.",
        )


def _parts(flow, params, x):
    u, log_det = flow.bijection.x_to_u(params["bijection"], x)
    return flow.base.log_prob(params["base"], u), log_det


@wrong("log_det is missing: this is the density of u, not of x.")
def without_log_det(flow, params, x):
    return _parts(flow, params, x)[0]


@wrong(
    "log_det has the wrong sign: where du/dx is large, much noise falls on little room, so p(x) is high."
)
def wrong_sign(flow, params, x):
    base, log_det = _parts(flow, params, x)
    return base - log_det


@wrong("That is log_det alone: add the log-density of u.")
def log_det_alone(flow, params, x):
    return _parts(flow, params, x)[1]


@wrong("The base density belongs at u, the point that x came from, not at x.")
def base_at_x(flow, params, x):
    return flow.base.log_prob(params["base"], x) + _parts(flow, params, x)[1]


@wrong("Add the two, do not multiply them: these are logarithms.")
def product(flow, params, x):
    base, log_det = _parts(flow, params, x)
    return base * log_det


@wrong(
    "Each row has a log_det of its own: do not sum them over the batch.",
    misconception="log-det-per-batch",
)
def summed_over_the_batch(flow, params, x):
    base, log_det = _parts(flow, params, x)
    return base + log_det.sum()


@wrong("Each row has a log_det of its own: do not average them over the batch.")
def averaged_over_the_batch(flow, params, x):
    base, log_det = _parts(flow, params, x)
    return base + log_det.mean()


@wrong("That is the density itself: log_prob is its logarithm.")
def no_logarithm(flow, params, x):
    base, log_det = _parts(flow, params, x)
    return np.exp(base + log_det)
