"""The loss of a flow: the mean negative log-density of a batch, in nats, for autograd to
differentiate."""

import autograd.numpy as anp
import numpy as np
from autograd import grad

from ...values import brief
from .. import Complaint, edit, phrases, right, wrong
from ..numerics import log_abs_det

OPTIONAL = False
SETUP = "import autograd.numpy as anp        # NumPy that autograd can differentiate"
HINTS = (
    "log p(x) = log p_u(u) + log_det, and p_u is a standard normal in D dimensions: one number "
    "for each row.",
    "Sum the D normal log-densities along axis 1, add log_det, take the mean over the rows, and"
    " turn the sign.",
    "`log_p = anp.sum(-0.5 * u ** 2 - 0.5 * anp.log(2 * anp.pi), axis=1) + log_det`, and then "
    "`-anp.mean(log_p)`",
)


def flow_loss(x_to_u, params, x):
    """The mean of -log p(x) over the rows of x, in nats: one number, made of autograd's NumPy
    alone.

    x_to_u(params, x) returns u (N, D) and log_det = log|det du/dx| (N,). The noise is standard
    normal.
    """
    u, log_det = x_to_u(params, x)
    log_p_u = anp.sum(-0.5 * u**2 - 0.5 * anp.log(2 * anp.pi), axis=1)
    return -anp.mean(log_p_u + log_det)


def _map(params, x):
    """A MAF layer of `D` variables by hand: mu and alpha of each are polynomials in the variable
    before it."""
    dim = x.shape[1]
    a, b, c, d = anp.reshape(params, (4, dim))
    before = anp.concatenate([0 * x[:, :1], x[:, :-1]], axis=1)
    alpha = c + d * before
    return (x - a - b * before**2) * anp.exp(-alpha), -anp.sum(alpha, axis=1)


_map.__name__ = "x_to_u"


def cases():
    rng = np.random.default_rng(71)
    return [
        (_map, 0.4 * rng.standard_normal(4 * dim), rng.standard_normal((n, dim)))
        for dim, n in ((1, 5), (2, 7), (3, 4))
    ]


def judge(answer, x_to_u, params, x):
    tested = f"{len(x)} rows, D = {x.shape[1]}"
    value = answer(x_to_u, params, x)
    look = "The sum over the variables, then the mean over the rows."
    if said := phrases.number(value, "The loss must be one finite number.", tested, look):
        return said
    u = x_to_u(params, x)[0]
    log_det = log_abs_det(lambda rows: x_to_u(params, rows)[0], x)
    density = np.prod(np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi), axis=1) * np.exp(log_det)
    exact = -np.mean(np.log(density))
    if not abs(value - exact) < 1e-5:
        return Complaint(
            "The loss must be the mean of -log p(x), p by its Jacobian.",
            tested,
            got=f"{float(value):.4f} nats, by the Jacobian {exact:.4f}",
            look="The signs, the log_det, the axis of the sum, the constant of the normal density.",
        )
    try:
        gradient = grad(answer, 1)(x_to_u, params, x)
    except Exception as error:
        return Complaint(
            "autograd must be able to differentiate it.",
            tested,
            got=f"{type(error).__name__}: {error}",
            look="anp instead of np, and no float(...): autograd follows only its own functions.",
        )
    step = 1e-5
    by_hand = [
        (answer(x_to_u, params + e, x) - answer(x_to_u, params - e, x)) / (2 * step)
        for e in step * np.eye(len(params))
    ]
    if not np.abs(gradient - by_hand).max() < 1e-5:
        return Complaint(
            "autograd's gradient must be the slope of your loss.",
            tested,
            got=brief(gradient),
            look="Is part of the loss computed with arrays that autograd does not see?",
        )
    return None


WRONG_EDITS = [
    edit(
        "other_sign_of_log_det",
        "The log_det has the wrong sign. Where the map squeezes, noise is thinned; where du/dx is "
        "large, density is high: log p(x) = log p_u(u) + log_det.",
        ("log_p_u + log_det", "log_p_u - log_det"),
    ),
    edit(
        "no_log_det",
        "log_det is missing. Then the best thing to do would be to squeeze all data to u = 0, and "
        "the loss would never pay for it: the volume is what keeps a flow honest.",
        ("log_p_u + log_det", "log_p_u"),
    ),
    edit(
        "log_likelihood",
        "That is the log-density, to be made large. A loss is to be made small: turn the sign.",
        ("-anp.mean(", "anp.mean("),
    ),
    edit(
        "sum_over_rows",
        "You took the sum over the rows. Then the loss, and with it every step, grows with the "
        "batch: take the mean.",
        ("anp.mean(", "anp.sum("),
    ),
    edit(
        "one_constant",
        "The constant 1/2 log(2 pi) is there once for each of the D variables, not once for the "
        "row. (It is easily miscounted: the MAF paper has an erratum that is due to a wrong count "
        "in this very term.)",
        ("- 0.5 * anp.log(2 * anp.pi), axis=1)", ", axis=1) - 0.5 * anp.log(2 * anp.pi)"),
    ),
    edit(
        "no_constant",
        "The constant is missing. Training would not notice, as it has no gradient, but the "
        "number would not be nats, and could not be compared with anybody else's.",
        ("-0.5 * u**2 - 0.5 * anp.log(2 * anp.pi)", "-0.5 * u**2"),
    ),
    edit(
        "base_at_x",
        "The noise density belongs at u, the place that the row is taken to, not at x.",
        ("u**2", "x**2"),
    ),
    edit(
        "turned_into_float",
        "The value is right, but float(...) cuts the thread that autograd follows: leave the "
        "number as it is.",
        ("-anp.mean(log_p_u + log_det)", "float(-anp.mean(log_p_u + log_det))"),
    ),
]


@wrong(
    "You averaged over the variables, too. log p of a row is the SUM over its variables; only the "
    "rows are averaged. And log_det has not been divided by D: the two do not fit together any "
    "more."
)
def mean_over_variables(x_to_u, params, x):
    u, log_det = x_to_u(params, x)
    return -anp.mean(-0.5 * u**2 - 0.5 * anp.log(2 * anp.pi)) - anp.mean(log_det)


@right
def by_means(x_to_u, params, x):
    u, log_det = x_to_u(params, x)
    constant = 0.5 * x.shape[1] * anp.log(2 * anp.pi)
    return 0.5 * anp.mean(anp.sum(u**2, axis=1)) + constant - anp.mean(log_det)


@right
def by_einsum(x_to_u, params, x):
    u, log_det = x_to_u(params, x)
    log_p = log_det - 0.5 * anp.einsum("nd,nd->n", u, u) - u.shape[1] / 2 * anp.log(2 * anp.pi)
    return -anp.sum(log_p) / len(x)


@right
def column_by_column(x_to_u, params, x):
    u, log_p = x_to_u(params, x)
    for i in range(x.shape[1]):
        log_p = log_p - 0.5 * (u[:, i] ** 2 + anp.log(2 * anp.pi))
    return anp.mean(-log_p)
