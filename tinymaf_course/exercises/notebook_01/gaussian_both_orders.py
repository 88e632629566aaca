"""Both factorisations of one Gaussian in the plane."""

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = True
HINTS = (
    "Call the variables a = first and b = 1 - first. The first factor is a normal with mean "
    "`mean[a]` and variance `cov[a, a]`.",
    "The mean of x_b moves with x_a along a line of slope `cov[a, b] / cov[a, a]`. Knowing x_a "
    "takes away `cov[a, b]^2 / cov[a, a]` of the variance of x_b.",
    "`mu = mean[b] + cov[a, b] / cov[a, a] * (x[:, a] - mean[a])`, `var = cov[b, b] - cov[a, b]"
    " ** 2 / cov[a, a]`; then log N is `-0.5 * np.log(2 * np.pi * var) - 0.5 * (x[:, b] - mu) "
    "** 2 / var`.",
)


def gaussian_both_orders(x, mean, cov, first):
    """The factors of a Gaussian in the plane, log p(x_a) and log p(x_b | x_a): two arrays (N,).

    x: (N, 2). mean: (2,). cov: (2, 2), variances on the diagonal, the covariance beside it.
    first: 0 or 1, the variable a that comes first; b is the other one.
    """
    a, b = first, 1 - first
    mu = mean[b] + cov[a, b] / cov[a, a] * (x[:, a] - mean[a])
    var = cov[b, b] - cov[a, b] ** 2 / cov[a, a]
    return (
        -0.5 * np.log(2 * np.pi * cov[a, a]) - 0.5 * (x[:, a] - mean[a]) ** 2 / cov[a, a],
        -0.5 * np.log(2 * np.pi * var) - 0.5 * (x[:, b] - mu) ** 2 / var,
    )


def cases():
    rng = np.random.default_rng(3)
    made = []
    for first in (0, 1, 0, 1):
        root = rng.uniform(0.5, 1.5, (2, 2)) * [[1, 0.2], [-0.9, 1.2]]
        made.append((rng.normal(0, 2, (7, 2)), rng.normal(0, 1, 2), root @ root.T, first))
    return made


def judge(answer, x, mean, cov, first):
    where = f"mean {mean.round(2).tolist()}, cov {cov.round(2).tolist()}, x{first + 1} first"
    got = answer(x, mean, cov, first)
    shapes = {"log p(x_a)": (len(x),), "log p(x_b | x_a)": (len(x),)}
    if said := phrases.results(got, shapes, where):
        return said
    other = x.copy()
    other[:, 1 - first] += 1.5
    if not np.allclose(answer(other, mean, cov, first)[0], got[0], atol=1e-10):
        return Complaint(
            f"The first factor, log p(x{first + 1}), changes when x{2 - first} does.",
            tested=where,
            look="It is the density of one variable alone.",
        )
    for part in (0, 1):  # along the variable that it is a density of, each factor integrates to 1
        which = (first, 1 - first)[part]
        t = np.linspace(-60, 60, 24001)
        line = np.repeat(x[:1], len(t), axis=0)
        line[:, which] = t
        total = float(np.sum(np.exp(answer(line, mean, cov, first)[part])) * (t[1] - t[0]))
        what = f"Factor {part + 1} does not integrate to 1 over x{which + 1}."
        if said := phrases.mass(total, where, error=1e-6, what=what):
            return said
    d = x - mean
    joint = (
        -0.5 * np.sum(d.T * np.linalg.solve(cov, d.T), axis=0)
        - np.log(2 * np.pi)
        - 0.5 * np.linalg.slogdet(cov)[1]
    )
    error = np.abs(got[0] + got[1] - joint)
    if not error.max() < 1e-8:
        row = int(error.argmax())
        return Complaint(
            "The two factors do not multiply to the joint density.",
            tested=where + f", x = {x[row].round(2).tolist()}",
            got=(
                f"log-factors add up to {got[0][row] + got[1][row]:.4f}, the joint log-density is "
                f"{joint[row]:.4f}"
            ),
            look="Mean and variance of x_b once x_a is known.",
        )
    return None


WRONG_EDITS = [
    edit(
        "independent",
        "You treated the two variables as independent. Given x_a, the mean of x_b moves and its "
        "variance shrinks.",
        ("mean[b] + cov[a, b] / cov[a, a] * (x[:, a] - mean[a])", "mean[b]"),
        ("cov[b, b] - cov[a, b] ** 2 / cov[a, a]", "cov[b, b]"),
    ),
    edit(
        "full_variance",
        "The mean moves, as it should, but the variance is still cov[b, b]. Knowing x_a takes "
        "cov[a, b]^2 / cov[a, a] away.",
        ("cov[b, b] - cov[a, b] ** 2 / cov[a, a]", "cov[b, b]"),
    ),
    edit(
        "wrong_slope",
        "You divided the covariance by the variance of the wrong variable. The slope is cov[a, b] "
        "/ cov[a, a]: the variance of the one that is known.",
        ("cov[a, b] / cov[a, a]", "cov[a, b] / cov[b, b]"),
    ),
    edit(
        "always_the_first",
        "`first` is not used: x1 came first every time. The sum of the two logs is right all the "
        "same, and that is the point of this exercise. But the factors are not the ones asked for.",
        ("first, 1 - first", "0, 1"),
    ),
    edit(
        "mean_not_taken_off",
        "You put x_a itself into the mean of x_b, not its distance from mean[a].",
        ("cov[a, a] * (x[:, a] - mean[a])", "cov[a, a] * x[:, a]"),
    ),
    edit(
        "squared_variance",
        "Variances stand where standard deviations should, or the other way: cov[a, a] is a "
        "variance, so (x - mean)^2 is divided by it once, and log(2 pi var) / 2 stands in front.",
        ("cov[b, b] - cov[a, b] ** 2 / cov[a, a]", "(cov[b, b] - cov[a, b] ** 2 / cov[a, a]) ** 2"),
        ("np.pi * cov[a, a]", "np.pi * cov[a, a] ** 2"),
        ("** 2 / cov[a, a],", "** 2 / cov[a, a] ** 2,"),
    ),
]


@right
def by_the_precision(x, mean, cov, first):
    a, b = first, 1 - first
    P = np.linalg.inv(cov)
    u = (x[:, a] - mean[a]) / np.sqrt(cov[a, a])
    v = (x[:, b] - mean[b] + P[b, a] / P[b, b] * (x[:, a] - mean[a])) * np.sqrt(P[b, b])
    constant = 0.5 * np.log(2 * np.pi)
    return (
        -0.5 * u**2 - 0.5 * np.log(cov[a, a]) - constant,
        -0.5 * v**2 + 0.5 * np.log(P[b, b]) - constant,
    )


@right
def the_joint_less_the_first(x, mean, cov, first):
    d, var = x - mean, cov[first, first]
    joint = -0.5 * np.einsum("ni,ij,nj->n", d, np.linalg.inv(cov), d)
    joint = joint - 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]
    log_first = -0.5 * np.log(2 * np.pi * var) - 0.5 * d[:, first] ** 2 / var
    return log_first, joint - log_first


@right
def by_cholesky(x, mean, cov, first):
    order = [first, 1 - first]
    L = np.linalg.cholesky(cov[np.ix_(order, order)])
    u = np.linalg.solve(L, (x - mean)[:, order].T)
    log_p = -0.5 * u**2 - 0.5 * np.log(2 * np.pi) - np.log(np.diag(L))[:, None]
    return log_p[0], log_p[1]
