"""From data to noise (MAF, section 3.1): u, and the map's log-determinant, in one
network call."""

import numpy as np

from .. import edit, right, wrong
from ..networks import networks
from ._maf import complaint_about_map

OPTIONAL = False
HINTS = (
    "Solve x = mu + exp(alpha) u for u. All of x is known, so one call of mu_alpha gives every "
    "mu and alpha.",
    "u shrinks where alpha is large: the slope du_i/dx_i is exp(-alpha_i), and log_det sums the"
    " log slopes.",
    "`u = (x - mu) * np.exp(-alpha)`, and `log_det = -alpha.sum(axis=1)`: over the variables, "
    "never over the rows.",
)


def maf_x_to_u(mu_alpha, x):
    """From data to noise, in one network call.

    mu_alpha(x) -> mu, alpha, each (N, D), where column i depends on x_1 .. x_{i-1} alone.
    x has shape (N, D). Return u (N, D) and log_det = log|det du/dx| (N,).
    """
    mu, alpha = mu_alpha(x)
    return (x - mu) * np.exp(-alpha), -np.sum(alpha, axis=1)


def cases():
    return networks(np.random.default_rng(51), (1, 2, 3, 5))


def judge(answer, mu_alpha, x):
    return complaint_about_map(answer, mu_alpha, x, to="u")


WRONG_EDITS = [
    edit(
        "other_sign",
        "The sign of log_det: exp(alpha) stretches noise into data, so the way from x to u "
        "shrinks. Its log slopes are -alpha. (The other sign belongs to u_to_x.)",
        ("-np.sum(", "np.sum("),
    ),
    edit(
        "over_the_batch",
        "You summed over the batch as well: that is one number for all rows. Each row has a "
        "Jacobian, and a log_det, of its own: sum over axis=1 alone.",
        ("np.sum(alpha, axis=1)", "np.sum(alpha)"),
        misconception="log-det-per-batch",
    ),
    edit(
        "wrong_axis",
        "You summed over the rows (axis=0) and kept the variables. It is the other way round: one "
        "number a row, axis=1.",
        ("axis=1", "axis=0"),
    ),
    edit(
        "exp_forgotten",
        "The exp is missing: alpha is the LOG of the scale. It may be negative or zero, so "
        "do not divide by it.",
        ("* np.exp(-alpha)", "/ alpha"),
    ),
    edit(
        "scaled_the_wrong_way",
        "You multiplied by exp(alpha). From noise to data that is right; on the way to u undo it: "
        "exp(-alpha).",
        ("np.exp(-alpha)", "np.exp(alpha)"),
    ),
    edit(
        "shift_after_scale",
        "Shift and scale are undone in the wrong order: x was scaled first and shifted last, so "
        "take mu off first: (x - mu) exp(-alpha), not x exp(-alpha) - mu.",
        ("(x - mu) * np.exp(-alpha)", "x * np.exp(-alpha) - mu"),
    ),
    edit(
        "log_variance",
        "alpha is the log of the standard deviation, not of the variance: no factor of one half.",
        ("np.exp(-alpha)", "np.exp(-0.5 * alpha)"),
        ("-np.sum(", "-0.5 * np.sum("),
    ),
    edit(
        "to_data",
        "That is the way from noise to data, mu + exp(alpha) x. Here x is there, and the noise is "
        "wanted: solve x = mu + exp(alpha) u for u.",
        ("(x - mu) * np.exp(-alpha)", "mu + np.exp(alpha) * x"),
    ),
    edit(
        "to_data_with_its_log_det",
        "Both are of the way from noise to data. Here x is there, and the noise is wanted: solve "
        "x = mu + exp(alpha) u for u, and the sign of the sum turns with it.",
        ("(x - mu) * np.exp(-alpha), -np", "mu + np.exp(alpha) * x, np"),
    ),
    edit(
        "swapped_results",
        "The two results have changed places: u comes first, log_det second.",
        (
            "return (x - mu) * np.exp(-alpha), -np.sum(alpha, axis=1)",
            "return -np.sum(alpha, axis=1), (x - mu) * np.exp(-alpha)",
        ),
    ),
    edit(
        "determinant_itself",
        "That is the determinant. log_det is its logarithm: the log of a product of exp(-alpha_i) "
        "is the sum of the -alpha_i, and no exp is needed.",
        ("-np.sum(alpha, axis=1)", "np.exp(-np.sum(alpha, axis=1))"),
    ),
    edit(
        "mean_over_variables",
        "You took the mean over the variables. The determinant is the product of all D slopes, so "
        "its logarithm is the sum of their logarithms.",
        ("-np.sum(", "-np.mean("),
    ),
    edit(
        "axis_left_over",
        "The numbers are right, their shape is not: keepdims=True leaves an axis of length 1, and "
        "(N, 1) plus (N,) would make (N, N). Leave it out.",
        ("axis=1)", "axis=1, keepdims=True)"),
    ),
    edit(
        "not_summed",
        "Nothing is summed: that is one log slope for each entry. log_det is one number for each "
        "row, their sum over the variables, axis=1.",
        ("-np.sum(alpha, axis=1)", "-alpha"),
    ),
]


@wrong(
    "That is log p(x), not log_det: the base density is not part of the map. Return log|det du/dx| "
    "alone."
)
def whole_log_prob(mu_alpha, x):
    mu, alpha = mu_alpha(x)
    u = (x - mu) * np.exp(-alpha)
    return u, np.sum(-0.5 * (u**2 + np.log(2 * np.pi)) - alpha, axis=1)


@wrong(
    "You gave the network each variable alone, as if there were D flows of one number each. A MAF "
    "is one map of the whole row: mu_i and alpha_i need x_1 .. x_{i-1}. Hand it x as it is.",
    misconception="maf-only-1d",
)
def each_alone(mu_alpha, x):
    mu, alpha = np.zeros_like(x), np.zeros_like(x)
    for i in range(x.shape[1]):
        alone = np.zeros_like(x)
        alone[:, i] = x[:, i]
        m, a = mu_alpha(alone)
        mu[:, i], alpha[:, i] = m[:, i], a[:, i]
    return (x - mu) * np.exp(-alpha), -np.sum(alpha, axis=1)


@right
def by_division(mu_alpha, x):
    mu, alpha = mu_alpha(x)
    return (x - mu) / np.exp(alpha), -alpha.sum(axis=1)


@right
def by_slopes(mu_alpha, x):
    mu, alpha = mu_alpha(x)
    slopes = np.exp(-alpha)
    return slopes * x - slopes * mu, np.log(slopes).sum(axis=1)


@right
def column_by_column(mu_alpha, x):
    mu, alpha = mu_alpha(x)
    columns, log_det = [], np.zeros(len(x))
    for i in range(x.shape[1]):
        columns.append((x[:, i] - mu[:, i]) * np.exp(-alpha[:, i]))
        log_det = log_det - alpha[:, i]
    return np.stack(columns, axis=1), log_det
