"""What random degrees lose: the chance that no hidden unit of a MADE carries a dependency (MADE,
section 4)."""

import itertools

import numpy as np

from ...values import brief
from .. import Complaint, edit, right, wrong

OPTIONAL = True
HINTS = (
    "Take one unit. How many of the D - 1 degrees that it may get would carry input j to output "
    "j + gap?",
    "Those from j to j + gap - 1: gap of them. So one unit misses with probability "
    "1 - gap / (D - 1). All H must miss.",
    "`return (1 - gap / (D - 1)) ** H`",
)


def lost_to_chance(D, H, gap):
    """The probability that output j + gap cannot see input j, in a MADE of D variables with one
    hidden layer.

    Each of its H units gets a degree from 1 to D - 1, every one with the same probability,
    independently. A unit of degree m carries the dependency when j <= m < j + gap.
    """
    return (1 - gap / (D - 1)) ** H


def cases():
    return [(3, 1, 1), (4, 2, 1), (5, 3, 2), (6, 3, 3), (4, 4, 3), (7, 2, 5), (3, 6, 1)]


def _by_counting(D, H, gap):
    """All assignments of degrees, one by one: the share that loses it, for every j."""
    every = np.array(list(itertools.product(range(1, D), repeat=H)))
    return [
        float(np.mean(~((every >= j) & (every < j + gap)).any(axis=1)))
        for j in range(1, D - gap + 1)
    ]


def judge(answer, D, H, gap):
    counted = _by_counting(D, H, gap)
    out = answer(D, H, gap)
    tested = f"D = {D}, H = {H}, gap = {gap}"
    if np.ndim(out) or not -1e-12 <= out <= 1 + 1e-12:
        return Complaint("A probability is one number from 0 to 1.", tested, got=brief(out))
    if not np.abs(np.array(counted) - out).max() < 1e-9:
        return Complaint(
            f"Of all {(D - 1) ** H} ways to give {H} units a degree, {counted[0]:.4f} lose it.",
            tested,
            got=f"{out:.4f}",
            look="How many degrees would do, out of how many? All H units must miss.",
        )
    return None


WRONG_EDITS = [
    edit(
        "carried",
        "That is the chance that it is *carried*. The lost ones were asked for.",
        ("(1 - gap", "1 - (1 - gap"),
    ),
    edit(
        "one_degree_too_many",
        "There are D - 1 degrees for hidden units, from 1 to D - 1: a unit of degree D could "
        "speak to no output.",
        ("(D - 1)", "D"),
    ),
    edit(
        "strict_below",
        "One degree was left out: m = j does carry input j, since inputs enter by <=. There are "
        "gap degrees that do.",
        ("gap", "(gap - 1)"),
    ),
]


@wrong("That is one unit alone. It is lost only if all H units miss: to the power H.")
def one_unit(D, H, gap):
    return 1 - gap / (D - 1)


@wrong(
    "Chances of several units do not add up: with enough of them you would be above 1. Multiply "
    "the chances to miss."
)
def chances_added(D, H, gap):
    return max(0.0, 1 - H * gap / (D - 1))


@wrong(
    "That is 1 minus the chance that *every* unit carries it. One is enough: it is lost when every "
    "one misses."
)
def all_must_carry(D, H, gap):
    return 1 - (gap / (D - 1)) ** H


@right
def unit_by_unit(D, H, gap):
    lost = 1.0
    for _ in range(H):
        lost *= (D - 1 - gap) / (D - 1)
    return lost


@right
def by_fractions(D, H, gap):
    return (D - 1 - gap) ** H / (D - 1) ** H


@right
def by_a_product(D, H, gap):
    return np.full(H, 1 - gap / (D - 1)).prod()
