"""The integral of a density in several dimensions, by importance sampling."""

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = True
HINTS = (
    "Draw x from a known wide density q. Then the integral of p is the mean of p(x) / q(x) over"
    " these draws. Why? Write the mean as an integral over q.",
    "Here q is a normal density of standard deviation 2 in each variable: `x = 2 * "
    "rng.standard_normal((n, dim))`, and log q(x) = sum over the variables of -1/2 (x/2)^2 - "
    "log 2 - 1/2 log(2 pi).",
    "`log_q = np.sum(-0.5 * (x / 2) ** 2 - np.log(2) - 0.5 * np.log(2 * np.pi), axis=1)`; the "
    "answer is `np.mean(np.exp(log_prob(x) - log_q))`.",
)


def total_mass(log_prob, dim, rng, n):
    """The integral of exp(log_prob(x)) over all x, estimated from n draws x, each variable
    normal (0, 2^2).

    log_prob: a function (n, dim) -> (n,). Draw with rng. Return one number.
    """
    x = 2 * rng.standard_normal((n, dim))
    log_q = np.sum(-0.5 * (x / 2) ** 2 - np.log(2) - 0.5 * np.log(2 * np.pi), axis=1)
    return np.mean(np.exp(log_prob(x) - log_q))


class _Hill:
    """A normal density around `center`, times `mass`."""

    def __init__(self, center, spread, mass):
        self.center, self.spread, self.mass, self.__name__ = (
            np.array(center),
            np.array(spread),
            mass,
            "log_prob",
        )

    def __call__(self, x):
        u = (x - self.center) / self.spread
        return np.sum(-0.5 * u**2 - np.log(self.spread) - 0.5 * np.log(2 * np.pi), axis=1) + np.log(
            self.mass
        )


def cases():
    return [
        (_Hill([0.5], [1.0], 1.0), 1, np.random.default_rng(1), 2000),
        (_Hill([0.0, 1.0], [0.8, 1.5], 0.4), 2, np.random.default_rng(2), 8000),
        (
            _Hill([0.0, -0.5, 0.5, 0.3], [1.0, 1.2, 0.8, 1.4], 3.0),
            4,
            np.random.default_rng(3),
            8000,
        ),
    ]


def judge(answer, log_prob, dim, rng, n):
    tested = f"a function on {dim} variables that integrates to {log_prob.mass:g}"
    mass = answer(log_prob, dim, rng, n)
    if said := phrases.number(mass, tested=tested):
        return said
    if not abs(mass / log_prob.mass - 1) < 0.08:
        return Complaint(
            "The integral is another one.",
            tested,
            got=f"{float(mass):.4g}",
            look=(
                "The mean of p(x) / q(x), both with all their constants, over draws from that very "
                "q."
            ),
        )
    return None


WRONG_EDITS = [
    edit(
        "not_divided",
        "You took the mean of p(x) alone. Draws from q crowd where q is high: divide by q(x).",
        ("log_prob(x) - log_q", "log_prob(x)"),
    ),
    edit(
        "log_of_the_mean",
        "log p - log q was averaged, and its exponential taken after that. The integral is the "
        "mean of the ratios, not the exponential of the mean of their logs.",
        ("np.mean(np.exp(log_prob(x) - log_q))", "np.exp(np.mean(log_prob(x) - log_q))"),
    ),
    edit(
        "another_q",
        "You divided by the standard normal density, but the draws are twice as wide: their "
        "density is lower by the factor 2 for each variable, and flatter.",
        ("(x / 2) ** 2 - np.log(2)", "x**2"),
    ),
    edit(
        "stretch_forgotten",
        "log q lacks -log 2 for each variable: what the stretching by 2 does to the density is "
        "forgotten. It is a log_det, after all.",
        ("log_prob(x) - log_q", "log_prob(x) - log_q - dim * np.log(2)"),
    ),
    edit(
        "summed",
        "The sum of the ratios, not their mean: it grows with the number of draws.",
        ("np.mean(", "np.sum("),
    ),
]


@right
def with_other_draws(log_prob, dim, rng, n):
    x = 3 * rng.standard_normal((n, dim))
    q = np.prod(np.exp(-0.5 * (x / 3) ** 2) / (3 * np.sqrt(2 * np.pi)), axis=1)
    return np.mean(np.exp(log_prob(x)) / q)


@right
def in_logs(log_prob, dim, rng, n):
    u = rng.standard_normal((n, dim))
    log_q = -0.5 * np.einsum("nd,nd->n", u, u) - dim * np.log(2 * np.sqrt(2 * np.pi))
    return np.exp(np.logaddexp.reduce(log_prob(2 * u) - log_q) - np.log(n))


@right
def by_rng_normal(log_prob, dim, rng, n):
    x = rng.normal(0, 2, (n, dim))
    log_q = np.zeros(n)
    for column in x.T:
        log_q -= 0.5 * np.log(2 * np.pi * 4) + column**2 / 8
    return float(np.exp(log_prob(x) - log_q).sum() / n)
