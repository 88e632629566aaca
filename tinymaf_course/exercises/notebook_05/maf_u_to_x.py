"""From noise to data (MAF, section 3.1): the variables one after another, D network calls."""

import numpy as np

from .. import edit, right, wrong
from ..networks import networks
from ._maf import complaint_about_map

OPTIONAL = False
HINTS = (
    "Which of the x_i can you compute when you know nothing but u? And once you know that one, "
    "which next?",
    "Start with `x = np.zeros_like(u)`. In a loop over i call `mu_alpha(x)` and write column i "
    "of x. What the network says about later columns is nonsense at that moment: take column i "
    "alone.",
    "`for i in range(D): mu, alpha = mu_alpha(x); x[:, i] = mu[:, i] + np.exp(alpha[:, i]) * "
    "u[:, i]`. After the loop alpha is right in every column, and `log_det = "
    "+alpha.sum(axis=1)`.",
)


def maf_u_to_x(mu_alpha, u):
    """From noise to data, one variable after another, in D network calls.

    mu_alpha(x) -> mu, alpha, each (N, D), where column i depends on x_1 .. x_{i-1} alone.
    u has shape (N, D). Return x (N, D) and log_det = log|det dx/du| (N,).
    """
    x = np.zeros_like(u)
    for i in range(u.shape[1]):
        mu, alpha = mu_alpha(x)
        x[:, i] = mu[:, i] + np.exp(alpha[:, i]) * u[:, i]
    return x, np.sum(alpha, axis=1)


def cases():
    return networks(np.random.default_rng(52), (1, 2, 3, 6))


def judge(answer, mu_alpha, u):
    return complaint_about_map(answer, mu_alpha, u, to="x")


WRONG_EDITS = [
    edit(
        "x_never_updated",
        "The network never sees what you computed: its input stays zero. Write each new column "
        "into x before the next call.",
        ("mu_alpha(x)", "mu_alpha(np.zeros_like(u))"),
    ),
    edit(
        "three_rounds",
        "Three rounds for every D, and the rest left to luck. Nothing needs approximating here: "
        "after call k the first k variables are exact, so D calls are enough, and fewer are not.",
        ("for i in range(u.shape[1])", "for _ in range(3)"),
        ("x[:, i] = mu[:, i] + np.exp(alpha[:, i]) * u[:, i]", "x = mu + np.exp(alpha) * u"),
        misconception="maf-no-sampling",
    ),
    edit(
        "exp_forgotten",
        "The exp is missing: alpha is the LOG of the scale, so noise is multiplied by exp(alpha).",
        ("np.exp(alpha[:, i])", "alpha[:, i]"),
    ),
    edit(
        "log_det_of_x_to_u",
        "x is right. The log_det is that of the other direction: dx/du has slopes exp(alpha), so "
        "the sign here is +.",
        ("np.sum(", "-np.sum("),
    ),
    edit(
        "over_the_batch",
        "x is right. log_det is summed over the batch: it needs one number a row, axis=1.",
        ("np.sum(alpha, axis=1)", "np.sum(alpha)"),
        misconception="log-det-per-batch",
    ),
    edit(
        "last_first",
        "The loop runs backwards: the last variable needs all others, so it comes last. Start "
        "with the first, which needs nothing.",
        ("range(u.shape[1])", "reversed(range(u.shape[1]))"),
    ),
    edit(
        "there_again",
        "You applied (u - mu) exp(-alpha), which leads from x to u. The way back is mu + "
        "exp(alpha) u.",
        ("mu[:, i] + np.exp(alpha[:, i]) * u[:, i]", "(u[:, i] - mu[:, i]) * np.exp(-alpha[:, i])"),
        ("np.sum(", "-np.sum("),
    ),
    edit(
        "begun_with_nan",
        "x began as NaN, as if that stood for nothing known yet. But a mask multiplies by 0 what "
        "must not count, and 0 times NaN is NaN: begin with zeros.",
        ("np.zeros_like(u)", "np.full_like(u, np.nan)"),
    ),
    edit(
        "one_short",
        "One call too few: the loop must end with the last variable, index D - 1.",
        ("for i in range(u.shape[1])", "mu, alpha = mu_alpha(x)\nfor i in range(u.shape[1] - 1)"),
    ),
]


@wrong(
    "One call, with u where the network wants x: that is another model (it has a name, IAF). The "
    "way back is not the way there: mu_2 needs x_1, which does not exist before the first call.",
    misconception="directions-cost-same",
)
def one_call(mu_alpha, u):
    mu, alpha = mu_alpha(u)
    return mu + np.exp(alpha) * u, np.sum(alpha, axis=1)


@right
def whole_rounds(mu_alpha, u):
    x = u
    for _ in range(u.shape[1]):
        mu, alpha = mu_alpha(x)
        x = mu + np.exp(alpha) * u
    return x, alpha @ np.ones(u.shape[1])


@right
def columns_in_a_list(mu_alpha, u):
    columns, log_det = [], 0
    for i in range(u.shape[1]):
        later = [np.zeros(len(u))] * (u.shape[1] - i)
        mu, alpha = mu_alpha(np.stack(columns + later, axis=1))
        columns.append(mu[:, i] + np.exp(alpha[:, i]) * u[:, i])
        log_det = log_det + alpha[:, i]
    return np.stack(columns, axis=1), log_det


@right
def by_where(mu_alpha, u):
    x, log_det = np.zeros(u.shape), np.zeros(len(u))
    for i in range(u.shape[1]):
        mu, alpha = mu_alpha(x)
        here = np.arange(u.shape[1]) == i
        x = np.where(here, mu + u * np.exp(alpha), x)
        log_det = log_det + np.sum(alpha * here, axis=1)
    return x, log_det
