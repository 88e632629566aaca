"""The log-density of a flow: the change of variables in one line (MAF, section 2.2)."""

import copy

import numpy as np

from tinymaf import maf
from tinymaf.checks import jacobians, random_params

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "The formula above has two terms. Both are there already, under the names `log_p_u` and "
    "`log_det`.",
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
    """Against the Jacobian by autograd, which knows nothing of flows."""
    tested = f"a flow with random parameters in {x.shape[1]} dimensions, {len(x)} rows"
    log_p = answer(flow, params, x)
    look = "Nothing is to be summed or averaged over the batch."
    if said := phrases.each_row(log_p, len(x), tested, look=look):
        return said
    u = flow.to_noise(params, x)
    log_volume = np.linalg.slogdet(jacobians(lambda x: flow.to_noise(params, x), x))[1]
    due = -0.5 * np.sum(u**2 + np.log(2 * np.pi), axis=1) + log_volume
    if not np.allclose(log_p, due, rtol=0, atol=1e-9):
        return Complaint(
            "This is not the log-density of x.",
            tested,
            got=(
                f"{log_p[0]:.4f} in the first row, where log p_u(u) is "
                f"{due[0] - log_volume[0]:.4f} and log|det du/dx| is {log_volume[0]:.4f}"
            ),
            look="The formula has two terms, and both are logarithms.",
        )
    dud = copy.copy(flow)
    dud.log_prob = flow.base.log_prob  # bijection and base are as they were
    if not np.allclose(answer(dud, params, x), due, rtol=0, atol=1e-9):
        return Complaint(
            "You asked the flow for its own log_prob. That is the number, and not yet the formula: "
            "the exercise is to write the line that stands inside it.",
            "the same flow, its method `log_prob` replaced by another",
            look="`log_p_u` and `log_det` are all that you need.",
        )
    return None


WRONG_EDITS = [
    edit(
        "without_log_det",
        "log_det is missing: this is the density of u, not of x.",
        ("log_p_u + log_det", "log_p_u"),
    ),
    edit(
        "wrong_sign",
        "log_det has the wrong sign: where du/dx is large, a lot of noise lands in a small "
        "space, so p(x) is high.",
        ("log_p_u + log_det", "log_p_u - log_det"),
    ),
    edit(
        "log_det_alone",
        "That is log_det alone: add the log-density of u.",
        ("log_p_u + log_det", "log_det"),
    ),
    edit(
        "base_at_x",
        "The base density belongs at u, the point that x came from, not at x.",
        ('log_prob(params["base"], u)', 'log_prob(params["base"], x)'),
    ),
    edit(
        "product",
        "Add the two, do not multiply them: these are logarithms.",
        ("log_p_u + log_det", "log_p_u * log_det"),
    ),
    edit(
        "summed_over_the_batch",
        "Each row has a log_det of its own: do not sum them over the batch.",
        ("log_p_u + log_det", "log_p_u + log_det.sum()"),
        misconception="log-det-per-batch",
    ),
    edit(
        "averaged_over_the_batch",
        "Each row has a log_det of its own: do not average them over the batch.",
        ("log_p_u + log_det", "log_p_u + log_det.mean()"),
    ),
    edit(
        "no_logarithm",
        "That is the density itself: log_prob is its logarithm.",
        ("log_p_u + log_det", "np.exp(log_p_u + log_det)"),
    ),
]


@right
def row_by_row(flow, params, x):
    log_p = []
    for row in x:
        u, log_det = flow.bijection.x_to_u(params["bijection"], row[None])
        log_p.append((flow.base.log_prob(params["base"], u) + log_det)[0])
    return np.array(log_p)


@right
def normal_by_hand(flow, params, x):
    u, log_det = flow.bijection.x_to_u(params["bijection"], x)
    return log_det - 0.5 * np.einsum("nd,nd->n", u, u) - 0.5 * u.shape[1] * np.log(2 * np.pi)


@right
def by_the_jacobian(flow, params, x):
    J = jacobians(lambda rows: flow.bijection.x_to_u(params["bijection"], rows)[0], x)
    u = flow.bijection.x_to_u(params["bijection"], x)[0]
    return np.linalg.slogdet(J)[1] + flow.base.log_prob(params["base"], u)
