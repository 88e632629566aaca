"""The importance-weighted bound: the log of a mean of weights (Burda, Grosse, Salakhutdinov 2016,
section 3)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = False
HINTS = (
    "log of the mean over the K draws of w = exp(log_w), for each row. But exp(-1000) is 0 in "
    "floats.",
    "log mean_k w_k = log sum_k exp(log w_k) - log K, and `np.logaddexp.reduce` adds in the "
    "logarithm.",
    "`np.logaddexp.reduce(log_w, axis=0) - np.log(len(log_w))`",
)


def importance_bound(log_w):
    """log (1/K sum_k w_k) of each row, shape (N,), from log w of K draws: log_w (K, N). Values
    like -1000 occur.
    """
    return np.logaddexp.reduce(log_w, axis=0) - np.log(len(log_w))


def cases():
    rng = np.random.default_rng(8)
    return [
        (far + spread * rng.standard_normal((k, n)),)
        for k, n, far, spread in (
            (5, 3, 0, 1),
            (1, 4, -2, 1),
            (8, 2, -1000, 3),
            (4, 5, 900, 2),
            (30, 3, -20, 1),
        )
    ]


def judge(answer, log_w):
    k, n = log_w.shape
    out = answer(log_w)
    tested = f"K = {k} draws, {n} rows, log w around {log_w.mean():.0f}"
    if said := phrases.each_row(out, n, tested, look="the draws are along axis 0"):
        return said
    look = "exp over- or underflows here: np.logaddexp, or take the largest out first"
    if said := phrases.finite(out, "The bound must be finite.", tested, look):
        return said
    relative = np.exp(log_w - out).mean(axis=0)  # the mean of w / (the mean of w)
    if not np.abs(relative - 1).max() < 1e-8:
        return Complaint(
            "exp of the bound must be the mean of the weights.",
            tested,
            got=f"the mean weight is {relative[0]:.4g} times that, in the first row",
            look="log of a mean: the sum, and the 1/K",
        )
    return None


WRONG_EDITS = [
    edit(
        "sum_instead_of_mean",
        "1/K is missing: this grows by log K, and is not a bound. Subtract log K.",
        ("axis=0) - np.log(len(log_w))", "axis=0)"),
    ),
    edit(
        "over_the_rows",
        "The mean runs over the rows. The K draws of one row belong together: axis=0.",
        ("axis=0) - np.log(len(log_w))", "axis=1) - np.log(log_w.shape[1])"),
    ),
    edit(
        "best_draw_alone",
        "The best draw less log K: near the truth when one weight outweighs all others, too low "
        "otherwise. Sum.",
        ("np.logaddexp.reduce(log_w, axis=0)", "log_w.max(axis=0)"),
    ),
]


@wrong(
    "A mean of logarithms: that is the ELBO, for any K. First the mean of the weights, then the "
    "logarithm."
)
def mean_of_logs(log_w):
    return log_w.mean(axis=0)


@wrong(
    "Right on paper. But exp(-1000) is 0 in floats, and exp(900) infinite. Take the largest out, "
    "or use np.logaddexp.reduce."
)
def underflows(log_w):
    return np.log(np.exp(log_w).mean(axis=0))


@wrong("The best draw alone. That is above the mean of the weights, and no bound.")
def best_draw(log_w):
    return log_w.max(axis=0)


@wrong(
    "One number for all rows: each x has a bound of its own. Average over the rows afterwards, if "
    "at all.",
    misconception="log-det-per-batch",
)
def over_everything(log_w):
    return np.logaddexp.reduce(log_w.ravel()) - np.log(log_w.size)


@right
def largest_out_first(log_w):
    top = log_w.max(axis=0)
    return top + np.log(np.exp(log_w - top).mean(axis=0))


@right
def draw_by_draw(log_w):
    total = log_w[0]
    for one in log_w[1:]:
        total = np.logaddexp(total, one)
    return total - np.log(len(log_w))


@right
def weights_shared_out(log_w):
    return np.logaddexp.accumulate(log_w - np.log(log_w.shape[0]), axis=0)[-1]
