"""Batch normalisation as an invertible layer, with its log-determinant (MAF, appendix B; RealNVP,
section 3.7)."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right
from ..numerics import log_abs_det

OPTIONAL = True
HINTS = (
    "Read u_i as a straight line in x_i. Its slope is all that log_det asks for.",
    "The slope is exp(gamma_i) / sqrt(var_i + eps). Take its logarithm, and sum over the "
    "variables.",
    "log_det is `np.sum(gamma - 0.5 * np.log(var + eps))`, the same for each row: "
    "`np.full(len(x), that_number)`.",
)


def batch_norm(x, gamma, beta, mean, var, eps):
    """Batch normalisation with given statistics, from x to u:

        u = (x - mean) / sqrt(var + eps) * exp(gamma) + beta

    x has shape (N, D); gamma, beta, mean, var have shape (D,), eps is a small number.
    Return u (N, D) and log_det = log|det du/dx| (N,).
    """
    u = (x - mean) / np.sqrt(var + eps) * np.exp(gamma) + beta
    return u, np.full(len(x), np.sum(gamma - 0.5 * np.log(var + eps)))


def cases():
    rng = np.random.default_rng(64)
    return [
        (
            rng.standard_normal((5, dim)),
            0.5 * rng.standard_normal(dim),
            rng.standard_normal(dim),
            rng.standard_normal(dim),
            rng.uniform(0.1, 3, dim),
            eps,
        )
        for dim, eps in ((1, 0.01), (3, 0.5), (4, 0.1))
    ]


def judge(answer, x, gamma, beta, mean, var, eps):
    tested = f"D = {x.shape[1]}, eps = {eps:g}, gamma = {brief(gamma)}"
    out = answer(x.copy(), gamma, beta, mean, var, eps)
    if said := phrases.parts(out, ("u", "log_det"), tested):
        return said
    u, log_det = out
    look = "NumPy stretches (D,) over the rows of (N, D) by itself."
    if said := phrases.shape(u, x.shape, "u must have shape (N, D).", tested, look):
        return said
    back = (u - beta) * np.exp(-gamma) * np.sqrt(var + eps) + mean
    if not np.abs(back - x).max() < 1e-9:
        return Complaint(
            "Solved for x, the formula must give your x again.",
            tested,
            got=f"first row: {brief(back[0])} for {brief(x[0])}",
            look="Take off the mean, divide by sqrt(var + eps), multiply by exp(gamma), add beta.",
        )
    look = "It is the same for each row, but there is one for each."
    if said := phrases.shape(log_det, (len(x),), "log_det must have shape (N,).", tested, look):
        return said
    exact = log_abs_det(lambda rows: answer(rows, gamma, beta, mean, var, eps)[0], x)
    look = "The slope of u_i in x_i, its logarithm, the sum over i."
    if said := phrases.log_det(log_det, exact, "u by x", tested, look):
        return said
    return None


WRONG_EDITS = [
    edit(
        "other_sign",
        "log_det has the other direction's sign: where the variance is large, x is squeezed on "
        "its way to u, so -1/2 log(var + eps).",
        ("gamma - 0.5 * np.log(var + eps)", "0.5 * np.log(var + eps) - gamma"),
    ),
    edit(
        "half_forgotten",
        "The one half is missing: you divide by the square root of the variance, and the log of a "
        "square root is half the log.",
        ("0.5 * np.log(var + eps)", "np.log(var + eps)"),
    ),
    edit(
        "eps_forgotten",
        "eps is in u but not in log_det. With a tiny eps it does not show until a variance is tiny "
        "as well.",
        ("np.log(var + eps)", "np.log(var)"),
    ),
    edit(
        "of_this_batch",
        "You normalised with the mean and variance of the rows that you were handed. At "
        "evaluation the statistics are given, else one row's density would depend on its "
        "neighbours in the batch.",
        ("u = (x", "mean, var = np.mean(x, axis=0), np.var(x, axis=0)\nu = (x"),
    ),
    edit(
        "gamma_itself",
        "gamma is the LOG of the scale here, as alpha is in MAF: multiply by exp(gamma). Other "
        "code multiplies by gamma itself, and then it must never be 0.",
        ("* np.exp(gamma)", "* gamma"),
        ("gamma - 0.5", "np.log(np.abs(gamma)) - 0.5"),
    ),
    edit(
        "divided_by_variance",
        "Divide by the standard deviation, sqrt(var + eps), not by the variance.",
        ("np.sqrt(var + eps)", "(var + eps)"),
        ("0.5 * np.log(var + eps)", "np.log(var + eps)"),
    ),
    edit(
        "one_number",
        "One number is not enough: log_det has one entry for each row, even where all of them are "
        "equal. Else a layer that follows cannot add its own.",
        (
            "np.full(len(x), np.sum(gamma - 0.5 * np.log(var + eps)))",
            "np.sum(gamma - 0.5 * np.log(var + eps))",
        ),
        misconception="log-det-per-batch",
    ),
    edit(
        "mean_over_variables",
        "u is right. log_det is the mean over the variables where the sum belongs: the "
        "determinant is the product of all D slopes, and its logarithm the sum of their "
        "logarithms.",
        ("np.sum(", "np.mean("),
    ),
]


@right
def by_slopes(x, gamma, beta, mean, var, eps):
    slope = np.exp(gamma) / np.sqrt(var + eps)
    return slope * (x - mean) + beta, np.sum(np.log(slope)) * np.ones(len(x))


@right
def column_by_column(x, gamma, beta, mean, var, eps):
    columns, log_det = [], 0.0
    for i in range(x.shape[1]):
        sd = np.sqrt(var[i] + eps)
        columns.append(np.exp(gamma[i]) * (x[:, i] - mean[i]) / sd + beta[i])
        log_det = log_det + gamma[i] - np.log(sd)
    return np.stack(columns, axis=1), np.repeat(log_det, len(x))


@right
def in_logs(x, gamma, beta, mean, var, eps):
    log_slope = gamma - np.log(var + eps) / 2
    u = beta + np.einsum("nd,d->nd", x - mean, np.exp(log_slope))
    return u, np.tile(log_slope, (len(x), 1)).sum(axis=1)
