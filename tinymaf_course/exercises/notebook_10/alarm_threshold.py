"""Where the alarm begins: the threshold on the score -log p(x) for a rate of false alarms."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "Sort the scores. How many of n may lie above the threshold?",
    "k = floor(rate n) of them may. So the threshold is the largest score but k.",
    "`np.sort(scores)[len(scores) - 1 - int(rate * len(scores) + 1e-9)]`",
)


def alarm_threshold(scores, rate):
    """The smallest of the given scores t so that at most the share `rate` of them lies above
    (score > t).

    scores: -log p(x) of normal data that the model was not trained on, shape (N,), in any
    order. 0 < rate < 1.
    """
    return np.sort(scores)[len(scores) - 1 - int(rate * len(scores) + 1e-9)]


def cases():
    rng = np.random.default_rng(9)
    return [
        (rng.gamma(2, 10, n) + 20, rate)
        for n, rate in ((100, 0.05), (37, 0.1), (10, 0.05), (180, 0.2), (25, 0.2))
    ]


def judge(answer, scores, rate):
    tested = f"{len(scores)} scores, rate = {rate}"
    t = answer(scores, rate)
    if said := phrases.number(t, "One number is asked for, the threshold.", tested):
        return said
    above = np.mean(scores > t)
    if above > rate + 1e-12:
        return Complaint(
            "Too many of the scores lie above it.",
            tested,
            got=f"{above:.1%}",
            look="which end of the sorted scores, and how many may lie above?",
        )
    if not np.any(scores == t):
        return Complaint("The threshold must be one of the scores.", tested, got=f"{float(t):.4f}")
    lower = scores[scores < t]
    if len(lower) and np.mean(scores > lower.max()) <= rate + 1e-12:
        return Complaint(
            "It is not the smallest: the next score below would do as well.",
            tested,
            got=f"{above:.1%} lie above it",
            look="how many may lie above? Count from the top",
        )
    return None


WRONG_EDITS = [
    edit(
        "wrong_end",
        "The wrong end: most normal pictures lie above it. Strange pictures have a HIGH score, "
        "-log p(x).",
        ("len(scores) - 1 - int(rate * len(scores) + 1e-9)", "int(rate * len(scores))"),
    ),
    edit(
        "unsorted",
        "The scores come in any order. Sort them first.",
        ("np.sort(scores)", "scores"),
    ),
]


@wrong(
    "The largest normal score: no false alarm at all among these, and many strange pictures pass."
)
def the_maximum(scores, rate):
    return scores.max()


@wrong(
    "Mean plus two standard deviations is a rule for Gaussian scores. These have a long tail on "
    "the right. Count."
)
def two_sigma(scores, rate):
    return scores.mean() + 2 * scores.std()


@wrong("Off by one: with this threshold one score too many lies above.")
def one_too_low(scores, rate):
    return np.sort(scores)[max(len(scores) - 2 - int(rate * len(scores) + 1e-9), 0)]


@wrong(
    "A share of the range is not a share of the scores: a single huge score would move it. Count "
    "scores."
)
def share_of_the_range(scores, rate):
    return scores.max() - rate * np.ptp(scores)


@right
def from_the_top(scores, rate):
    return sorted(scores, reverse=True)[int(rate * len(scores) + 1e-9)]


@right
def by_trying(scores, rate):
    for t in np.sort(scores):
        if np.mean(scores > t) <= rate + 1e-12:
            return t


@right
def by_partition(scores, rate):
    k = len(scores) - 1 - int(np.floor(rate * len(scores) + 1e-9))
    return np.partition(scores, k)[k]
