"""From the scores of ten folds to a cell of the table, mean and two standard errors (MAF, tables 1
and 2)."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "The mean is easy. How far would it move, if the folds had come out differently? First: by "
    "how much do single folds vary?",
    "The variance of the folds is the sum of their squared distances from their mean, over K - "
    "1: ddof=1. The standard error is its root, over the root of K.",
    "`return np.mean(nats), 2 * np.std(nats, ddof=1) / np.sqrt(len(nats))`",
)


def table_cell(nats):
    """The mean of K folds and two standard errors of it, two numbers.

    nats: the test score of each fold, K numbers, taken as K independent draws. Their variance
    is unknown: estimate it from these K numbers, without bias.
    """
    return np.mean(nats), 2 * np.std(nats, ddof=1) / np.sqrt(len(nats))


def cases():
    rng = np.random.default_rng(1301)
    return [
        (rng.normal(at, spread, k),)
        for k, at, spread in ((10, -10.0, 0.4), (5, 3.0, 1.5), (2, -1300.0, 2.0), (12, 0.2, 0.05))
    ]


def judge(answer, nats):
    k = len(nats)
    tested = f"{k} folds, {brief(nats.round(4))}"
    out = answer(nats)
    if said := phrases.numbers(out, ("mean", "two_se"), tested):
        return said
    mean, two_se = out
    if not abs(answer(np.full(k, -7.25))[0] + 7.25) < 1e-9:
        return Complaint(
            "Folds that all score -7.25 have the mean -7.25.",
            tested,
            got=brief(answer(np.full(k, -7.25))[0]),
        )
    moved = nats + k * (np.arange(k) == np.argmax(nats))
    if not abs(answer(moved)[0] - mean - 1) < 1e-9:
        return Complaint(
            f"With the best fold {k} nats better, the mean of {k} folds must be 1 nat better.",
            tested,
            got=f"{mean:.4f}, then {answer(moved)[0]:.4f}",
            look="Every fold counts the same.",
        )
    if not two_se > 0:
        return Complaint("Folds that differ have an error above 0.", tested, got=brief(two_se))
    pairs = (nats[:, None] - nats)[np.triu_indices(k, 1)]
    variance = np.mean(pairs**2) / 2  # two draws differ by twice the variance, in the square
    if not abs((two_se / 2) ** 2 * k / variance - 1) < 1e-9:
        return Complaint(
            "Two independent draws of variance v have a mean squared difference of 2 v. So these "
            f"folds have v = {variance:.4g}, and the mean of {k} folds has a variance {k} times "
            "smaller.",
            tested,
            got=(
                f"half of your error, squared, is {(two_se / 2) ** 2:.4g}; v / {k} is "
                f"{variance / k:.4g}"
            ),
            look="ddof, the root, the 2, and what is divided by what.",
        )
    return None


WRONG_EDITS = [
    edit(
        "one_error",
        (
            "That is one standard error. The table prints two. With ten folds they cover 92 "
            "cases of 100."
        ),
        ("2 * np.std", "np.std"),
    ),
    edit(
        "spread_of_folds",
        "That is how much single folds vary. The mean of K folds is steadier, by the square root "
        "of K.",
        ("ddof=1) / np.sqrt(len(nats))", "ddof=1)"),
    ),
    edit(
        "around_their_own_mean",
        "Nearly: np.std divides by K unless you say ddof=1. Distances are taken from the folds' "
        "own mean, which lies in their middle, so they are a little too short. With ten folds it "
        "is 5 %.",
        ("np.std(nats, ddof=1)", "np.std(nats)"),
    ),
    edit(
        "divided_by_k",
        "Divided by K, where the square root of K belongs: far too sure.",
        ("np.sqrt(len(nats))", "len(nats)"),
    ),
    edit(
        "variance_for_spread",
        "A variance is in squared nats. Take its root first: only then is it in nats, like "
        "the mean.",
        ("np.std(", "np.var("),
    ),
    edit(
        "half_the_range",
        "Half the distance from the worst fold to the best: it grows with the number of folds, "
        "where an error of the mean must shrink.",
        ("2 * np.std(nats, ddof=1) / np.sqrt(len(nats))", "(np.max(nats) - np.min(nats)) / 2"),
    ),
    edit(
        "median",
        "That is the median. It may be a fine summary, but the table prints means, and the error "
        "is that of a mean.",
        ("np.mean(nats)", "np.median(nats)"),
    ),
]


@right
def by_variance(nats):
    return nats.mean(), 2 * np.sqrt(nats.var(ddof=1) / nats.size)


@right
def fold_by_fold(nats):
    mean = sum(map(float, nats)) / len(nats)
    variance = sum((float(one) - mean) ** 2 for one in nats) / (len(nats) - 1)
    return mean, 2 * (variance / len(nats)) ** 0.5


@right
def by_pairs(nats):
    k = len(nats)
    variance = np.sum((nats[:, None] - nats) ** 2) / (2 * k * (k - 1))
    return np.average(nats), 2 * np.sqrt(variance / k)
