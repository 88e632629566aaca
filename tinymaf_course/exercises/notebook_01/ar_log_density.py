"""The log-density of an autoregressive model with Gaussian conditionals (MAF, section 3.1; MADE,
section 3)."""

from statistics import NormalDist

import numpy as np

from .. import Complaint, edit, phrases, right
from ..numerics import grid
from ._conditionals import hand_made, watched

OPTIONAL = False
HINTS = (
    "log p(x) is a sum with one term for each variable. Start from `np.zeros(N)` and loop over "
    "i = 0, ..., D-1.",
    "One term is the log-density of a normal with mean mu and standard deviation exp(alpha), at"
    " `x[:, i]`: -log(2 pi)/2 - log(sd) - ((x_i - mu) / sd)^2 / 2.",
    "In the loop: `mu, alpha = conditional(i, x)`, then add `-0.5 * np.log(2 * np.pi) - alpha -"
    " 0.5 * ((x[:, i] - mu) * np.exp(-alpha)) ** 2`.",
)


def ar_log_density(x, conditional):
    """log p(x) = sum_i log N(x_i; mu_i, exp(alpha_i)^2), in nats, shape (N,).

    x: (N, D), one point a row.
    conditional: `mu, alpha = conditional(i, x)` are two arrays (N,), mean and log standard
        deviation of variable i, for i = 0, ..., D-1. It wants whole rows, and looks only
        at the variables that come before variable i.
    """
    log_p = np.zeros(len(x))
    for i in range(x.shape[1]):
        mu, alpha = conditional(i, x)
        u = (x[:, i] - mu) * np.exp(-alpha)
        log_p = log_p - 0.5 * np.log(2 * np.pi) - alpha - 0.5 * u**2
    return log_p


def cases():
    rng = np.random.default_rng(0)
    orders = [(0, 1), (1, 0), (0,), (2, 0, 1), (1, 3, 0, 2)]
    return [
        (rng.normal(0, 1.5, (6 + k, len(order))), hand_made(order, seed=k))
        for k, order in enumerate(orders)
    ]


def judge(answer, x, conditional):
    n, dim = x.shape
    where = f"{n} rows of {phrases.count(dim, 'variable')}"
    got = answer(x, watched(conditional, dim))
    if said := phrases.each_row(got, n, where, look="Sum over the variables, not over the rows."):
        return said
    if dim == 2:
        points, room = grid([16, 16], 321)
        total = float(np.sum(np.exp(answer(points, conditional))) * room)
        look = "Each term must be the log of a whole normal density, with its factor in front."
        if said := phrases.mass(total, "the sum over a fine grid of the plane", look):
            return said
    for row in range(n):
        found = [conditional(i, x) for i in range(dim)]
        terms = [
            NormalDist(mu[row], np.exp(alpha[row])).pdf(x[row, i])
            for i, (mu, alpha) in enumerate(found)
        ]
        if not abs(got[row] - np.log(terms).sum()) < 1e-8:
            return Complaint(
                "log p(x) is not the sum of the log-densities of the conditionals.",
                tested=f"the row {x[row].round(2).tolist()}",
                got=f"{got[row]:.4f} nats",
                look=f"The {dim} conditional densities there are {np.round(terms, 4).tolist()}.",
            )
    return None


WRONG_EDITS = [
    edit(
        "no_two_pi",
        "The factor 1/sqrt(2 pi) of the normal density is missing. There is one for each "
        "variable, so each term of the sum needs its own -log(2 pi)/2.",
        ("log_p - 0.5 * np.log(2 * np.pi)", "log_p"),
    ),
    edit(
        "one_two_pi",
        "-log(2 pi)/2 stands outside your loop, so it is counted once in all. Each of the D "
        "conditionals brings its own.",
        ("log_p - 0.5 * np.log(2 * np.pi)", "log_p"),
        ("return log_p", "return log_p - 0.5 * np.log(2 * np.pi)"),
    ),
    edit(
        "alpha_as_log_variance",
        "You took exp(alpha) for the variance. In this course alpha is the log of the standard "
        "deviation.",
        ("- alpha - 0.5 * u**2", "- 0.5 * alpha - 0.5 * (x[:, i] - mu) ** 2 * np.exp(-alpha)"),
    ),
    edit(
        "alpha_as_sd",
        "You took alpha for the standard deviation. It is the log of it, and may be negative: the "
        "standard deviation is exp(alpha).",
        ("np.exp(-alpha)", "(1 / alpha)"),
        ("- alpha -", "- np.log(np.abs(alpha)) -"),
    ),
    edit(
        "plus_alpha",
        "The sign of alpha is flipped. A wider normal is a lower one: its density has 1/sd in "
        "front, so the log has -alpha.",
        ("- alpha", "+ alpha"),
    ),
    edit(
        "no_alpha",
        "alpha is missing in front: a normal density has 1/sd before the exponential, and its log "
        "is -alpha.",
        ("- alpha - 0.5", "- 0.5"),
    ),
    edit(
        "not_the_log",
        "This is the density itself. The log of a product is the sum of the logs: add "
        "log-densities, and do not exponentiate.",
        ("return log_p", "return np.exp(log_p)"),
    ),
    edit(
        "one_number_in_all",
        "You summed over the rows too. Every row is a point of its own and has its own log p: "
        "shape (N,).",
        ("return log_p", "return np.sum(log_p)"),
    ),
    edit(
        "only_lower_numbers",
        "You blanked out the columns from i on, as if the variables had to come as they are "
        "numbered. What comes before what is the model's order, not time and not the numbering. "
        "Hand over whole rows: conditional knows its order.",
        ("conditional(i, x)", "conditional(i, np.where(np.arange(x.shape[1]) < i, x, 0.0))"),
        misconception="autoregressive-time-series",
    ),
]


@right
def by_variances(x, conditional):
    log_p = 0
    for i in range(x.shape[1]):
        mu, alpha = conditional(i, x)
        variance = np.exp(2 * alpha)
        log_p = log_p - (np.log(2 * np.pi * variance) + (x[:, i] - mu) ** 2 / variance) / 2
    return log_p


@right
def all_in_one_array(x, conditional):
    found = np.array([conditional(i, x) for i in range(x.shape[1])])  # (D, 2, N)
    u = (x.T - found[:, 0]) / np.exp(found[:, 1])
    constant = x.shape[1] * np.log(2 * np.pi) / 2
    return -np.einsum("dn,dn->n", u, u) / 2 - found[:, 1].sum(axis=0) - constant


@right
def by_a_generator(x, conditional):
    def term(i):
        mu, alpha = conditional(i, x)
        return -0.5 * (np.log(2 * np.pi) + 2 * alpha + ((x[:, i] - mu) / np.exp(alpha)) ** 2)

    return sum(term(i) for i in range(x.shape[1]))
