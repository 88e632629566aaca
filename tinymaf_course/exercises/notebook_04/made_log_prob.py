"""The log-density of a MADE with Gaussian conditionals, from its outputs (MADE, section 3; MAF,
section 3.1)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong
from ..numerics import grid

OPTIONAL = False
HINTS = (
    "Everything is there at once: x, mu and alpha have the same shape (N, D). Write the "
    "log-density of one Gaussian elementwise, then sum. Along which axis?",
    "log N(x; mu, s^2) = -log(2 pi) / 2 - log s - ((x - mu) / s)^2 / 2, and log s is alpha.",
    "`np.sum(-0.5 * np.log(2 * np.pi) - alpha - 0.5 * ((x - mu) * np.exp(-alpha)) ** 2, axis=1)`",
)


def made_log_prob(x, mu, alpha):
    """log p(x) = sum_i log N(x_i; mu_i, exp(alpha_i)^2), in nats: shape (N,).

    x, mu, alpha: (N, D). Row n of mu and alpha holds what the network said for row n of x. No
    loop is needed.
    """
    u = (x - mu) * np.exp(-alpha)
    return np.sum(-0.5 * np.log(2 * np.pi) - alpha - 0.5 * u**2, axis=1)


def cases():
    rng = np.random.default_rng(3)
    return [
        tuple(scale * rng.normal(0, 1, (n, dim)) for scale in (2, 1.5, 0.8))
        for n, dim in ((4, 1), (6, 2), (5, 3), (7, 7), (3, 12))
    ]


def _network(x):
    """Parameters that depend on the variable before, for any row of one or two."""
    mu = np.stack([np.full(len(x), 0.7), np.sin(x[:, 0])], axis=1)
    alpha = np.stack([np.full(len(x), -0.4), 0.5 * np.tanh(x[:, 0])], axis=1)
    return mu[:, : x.shape[1]], alpha[:, : x.shape[1]]


def judge(answer, x, mu, alpha):
    n, dim = x.shape
    tested = f"{n} rows of D = {dim}"
    out = answer(x, mu, alpha)
    look = "the axis of the sum: rows are points, columns are variables"
    if said := phrases.each_row(out, n, tested, look=look):
        return said
    if dim <= 2:
        points, room = grid([12] * dim, 301)
        found = _network(points)
        total = float(np.sum(np.exp(answer(points, *found))) * room)
        dims = phrases.count(dim, "dimension")
        where = f"a grid in {dims}, conditionals that depend on the variable before"
        look = "which factor belongs to each normalised Gaussian, and how often?"
        what = "exp(log p) must integrate to 1."
        if said := phrases.mass(total, where, look, error=1e-6, what=what):
            return said
    parts = sum(answer(x[:, i : i + 1], mu[:, i : i + 1], alpha[:, i : i + 1]) for i in range(dim))
    if not np.abs(parts - out).max() < 1e-9:
        return Complaint(
            "log p(x) must be the sum of its D conditionals, each computed alone.",
            tested,
            got=f"{out[0]:.4f} for row 0, the conditionals sum to {parts[0]:.4f}",
            look="does every term appear once a variable?",
        )
    steps = np.sqrt(np.sum(((x - mu) * np.exp(-alpha)) ** 2, axis=1))
    drop = answer(mu, mu, alpha) - out  # the top, less the value here
    if not np.abs(drop - 0.5 * steps**2).max() < 1e-9:
        return Complaint(
            "From the top, x = mu, log p must fall by half the squared distance in standard "
            "deviations.",
            tested,
            got=f"row 0 falls by {drop[0]:.4f}, {0.5 * steps[0] ** 2:.4f} is right",
            look="divide by exp(alpha) before squaring",
        )


WRONG_EDITS = [
    edit(
        "one_constant_a_row",
        "The constant log(2 pi) / 2 stands outside the sum: it is counted once a row, and should "
        "be counted once a variable. It is easy to miss: it changes no gradient. An error of "
        "this kind stood in published results.",
        ("-0.5 * np.log(2 * np.pi) - alpha", "-alpha"),
        ("axis=1)", "axis=1) - 0.5 * np.log(2 * np.pi)"),
    ),
    edit(
        "no_constant",
        "The constant -log(2 pi) / 2 of each variable is missing. Training would not notice. The "
        "integral does.",
        ("-0.5 * np.log(2 * np.pi) - alpha", "-alpha"),
    ),
    edit(
        "plus_alpha",
        "The sign of alpha is turned around. A wide Gaussian is a low one: -alpha.",
        ("- alpha", "+ alpha"),
    ),
    edit(
        "no_alpha",
        "-alpha is missing: the height of a Gaussian is 1 / (sqrt(2 pi) s), and log s is alpha. "
        "Without it a network makes every s enormous and calls it a success.",
        ("- alpha - 0.5", "- 0.5"),
    ),
    edit(
        "alpha_as_log_variance",
        "This takes exp(alpha) for the variance. In this course alpha is the log of the standard "
        "deviation.",
        ("np.exp(-alpha)", "np.exp(-alpha / 2)"),
        ("- alpha", "- 0.5 * alpha"),
    ),
    edit(
        "multiplied",
        "Here you multiply by exp(alpha). The distance is measured in standard deviations: "
        "divide, so exp(-alpha).",
        ("np.exp(-alpha)", "np.exp(alpha)"),
    ),
    edit(
        "alpha_as_scale",
        "alpha itself is used as the standard deviation. It is the log of it, and it may be "
        "negative.",
        ("np.exp(-alpha)", "(1 / alpha)"),
    ),
    edit(
        "mean_over_variables",
        "The mean over the variables, not the sum. log of a product is the *sum* of logs; a mean "
        "is the log of something that does not integrate to 1.",
        ("return np.sum", "return np.mean"),
    ),
    edit(
        "negative",
        "A loss, with its sign turned for a minimiser. Asked for is log p itself.",
        ("return np.sum", "return -np.sum"),
    ),
]


@wrong(
    "Summed over everything: one number for the whole batch. Each row is a point with a "
    "log-density of its own."
)
def summed_over_the_batch(x, mu, alpha):
    return np.sum(made_log_prob(x, mu, alpha))


@wrong(
    "This is p(x), not log p(x). With hundreds of variables it would be 0 by rounding: stay with "
    "the logarithm."
)
def density_itself(x, mu, alpha):
    return np.exp(made_log_prob(x, mu, alpha))


@right
def by_variances(x, mu, alpha):
    variance = np.exp(2 * alpha)
    return -0.5 * np.sum(np.log(2 * np.pi * variance) + (x - mu) ** 2 / variance, axis=1)


@right
def column_by_column(x, mu, alpha):
    log_p = np.zeros(len(x))
    for i in range(x.shape[1]):
        u = (x[:, i] - mu[:, i]) / np.exp(alpha[:, i])
        log_p += -0.5 * u**2 - alpha[:, i] - 0.5 * np.log(2 * np.pi)
    return log_p


@right
def by_einsum(x, mu, alpha):
    u = (x - mu) / np.exp(alpha)
    constant = x.shape[1] / 2 * np.log(2 * np.pi)
    return -0.5 * np.einsum("nd,nd->n", u, u) - alpha.sum(axis=1) - constant
