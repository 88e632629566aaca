"""Maximum likelihood for Gaussian conditionals that are constant in each slice."""

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "The slices do not share parameters, so each can be fitted on its own: `x[k == j]` are the "
    "points of slice j.",
    "The normal that makes the points of a slice most probable has their mean and their "
    "standard deviation.",
    "`mu[j]` is `x[k == j].mean()`, `alpha[j]` is `np.log(x[k == j].std())`. NumPy's std "
    "divides by the number of points, as maximum likelihood does.",
)


def fit_slices(k, x, n_slices):
    """The most likely normal in each slice: `mu, alpha`, two arrays (n_slices,).

    k, x: (N,). Point n has the value x[n] and lies in slice k[n], from 0 to n_slices - 1.
    mu: the means of the slices. alpha: the logs of their standard deviations.
    """
    mu = np.array([x[k == j].mean() for j in range(n_slices)])
    alpha = np.array([np.log(x[k == j].std()) for j in range(n_slices)])
    return mu, alpha


def cases():
    rng, made = np.random.default_rng(2), []
    for n_slices in (1, 3, 6):
        k = rng.permutation(np.repeat(np.arange(n_slices), rng.integers(4, 9, n_slices)))
        made.append(
            (k, 2 * np.cos(k) + 1 + np.exp(0.3 * k - 0.7) * rng.exponential(size=len(k)), n_slices)
        )
    return made


def judge(answer, k, x, n_slices):
    got = answer(k, x, n_slices)
    where = f"{len(x)} points in {n_slices} slices"
    look = "Fit each slice on its own."
    if said := phrases.results(got, dict.fromkeys(("mu", "alpha"), (n_slices,)), where, look):
        return said
    mu, alpha = (np.asarray(a, dtype=float) for a in got)
    for j in range(n_slices):
        points, where = x[k == j], f"slice {j} of {n_slices}, {np.sum(k == j)} points"
        z = (points - mu[j]) * np.exp(-alpha[j])
        # The slopes of the mean log-likelihood, by mu in standard deviations and by alpha, are 0.
        for name, slope in (("mu", z.mean()), ("alpha", np.mean(z**2) - 1)):
            if not abs(slope) < 1e-8:
                more = "larger" if slope > 0 else "smaller"
                return Complaint(
                    f"The points of a slice would be more probable with another {name}[{j}].",
                    tested=where,
                    got=f"mu = {mu[j]:.4f}, alpha = {alpha[j]:.4f}",
                    look=f"A slightly {more} {name}[{j}] has a higher likelihood.",
                )
    return None


WRONG_EDITS = [
    edit(
        "no_log",
        "alpha is the standard deviation in your answer. It should be its log.",
        ("return mu, alpha", "return mu, np.exp(alpha)"),
    ),
    edit(
        "log_variance",
        "alpha is the log of the variance in your answer. It should be the log of the standard "
        "deviation, half of that.",
        ("return mu, alpha", "return mu, 2 * alpha"),
    ),
    edit(
        "divided_by_n_minus_one",
        "You divided by n - 1. That makes the variance unbiased, but the most likely standard "
        "deviation divides by n: np.std as it is.",
        (".std()", ".std(ddof=1)"),
    ),
    edit(
        "one_width_for_all",
        "All slices have the same standard deviation, that of the whole data. Each slice has its "
        "own.",
        ("x[k == j].std()", "x.std()"),
    ),
    edit(
        "median",
        "mu is the median. The most likely mean of a normal is the mean; the two differ where a "
        "slice is skewed.",
        ("x[k == j].mean()", "np.median(x[k == j])"),
    ),
    edit(
        "width_about_zero",
        "The width was measured from 0: the square root of the mean of x^2. Measure it from the "
        "slice's own mean.",
        ("x[k == j].std()", "np.sqrt(np.mean(x[k == j] ** 2))"),
    ),
]


@right
def by_bincount(k, x, n_slices):
    n = np.bincount(k, minlength=n_slices)
    mu = np.bincount(k, x, n_slices) / n
    return mu, 0.5 * np.log(np.bincount(k, (x - mu[k]) ** 2, n_slices) / n)


@right
def by_a_matrix(k, x, n_slices):
    belongs = (k[:, None] == np.arange(n_slices)).astype(float)
    mu = x @ belongs / belongs.sum(axis=0)
    variance = np.einsum("nj,nj->j", belongs, (x[:, None] - mu) ** 2) / belongs.sum(axis=0)
    return mu, np.log(np.sqrt(variance))


@right
def by_loops(k, x, n_slices):
    mu, alpha = [], []
    for j in range(n_slices):
        points = [float(value) for slice_, value in zip(k, x) if slice_ == j]
        mean = sum(points) / len(points)
        mu.append(mean)
        alpha.append(np.log(sum((p - mean) ** 2 for p in points) / len(points)) / 2)
    return np.array(mu), np.array(alpha)
