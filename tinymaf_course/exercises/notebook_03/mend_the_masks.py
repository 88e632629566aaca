"""Find the bug: one character of a MADE with one hidden layer (Germain et al. 2015, section 4)."""

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "Nothing leaks, so no comparison is too generous. Then one is too strict. Print `(first @ "
    "last).T` for D = 4: which dependency is missing from every row?",
    "Output i should see x_(i-1), its next neighbour. A path needs a hidden unit m with i - 1 <= "
    "m and m < i: m = i - 1 would do. Is an input of degree i - 1 connected to a unit of degree i "
    "- 1?",
    "The first comparison must be `<=`, the last one stays `<`.",
)
STUB = '''def mend_the_masks(D, H):
    """The masks of a MADE: D inputs, H hidden units, D outputs, natural order. One bug."""
    inputs = np.arange(1, D + 1)
    hidden = 1 + np.arange(H) * (D - 1) // H
    outputs = np.arange(1, D + 1)
    first = inputs[:, None] < hidden
    last = hidden[:, None] < outputs
    return first, last'''


def mend_the_masks(D, H):
    """The masks of a MADE: D inputs, H hidden units, D outputs, in the natural order."""
    inputs = np.arange(1, D + 1)
    hidden = 1 + np.arange(H) * (D - 1) // H
    outputs = np.arange(1, D + 1)
    first = inputs[:, None] <= hidden
    last = hidden[:, None] < outputs
    return first, last


def cases():
    return [(2, 4), (3, 2), (4, 6), (5, 9), (8, 7), (10, 40)]


def judge(answer, D, H):
    tested = f"D = {D}, H = {H}"
    masks = answer(D, H)
    if said := phrases.results(masks, {"first": (D, H), "last": (H, D)}, tested):
        return said
    sees = (np.asarray(masks[0], float) @ np.asarray(masks[1], float)).T > 0
    should = np.tril(np.ones((D, D), bool), -1)
    if (sees & ~should).any():
        i, j = np.argwhere(sees & ~should)[0] + 1
        return Complaint(
            "Now something leaks.",
            tested,
            got=f"output {i} sees x_{j}",
            look="an output must never see itself, nor what comes later",
        )
    if (should & ~sees).any():
        i, j = np.argwhere(should & ~sees)[-1] + 1
        return Complaint(
            f"{int((should & ~sees).sum())} of {int(should.sum())} dependencies are missing.",
            tested,
            got=f"output {i} does not see x_{j}",
            look="which hidden unit could carry it, and is it connected on both sides?",
        )


WRONG_EDITS = [
    edit(
        "last_loosened",
        "The wrong end. Nothing leaks this way either, but then hidden degrees must run from 2 to "
        "D. Here they stop at D - 1, so output D never sees x_(D-1).",
        ("<= hidden", "< hidden"),
        ("< outputs", "<= outputs"),
    ),
    edit(
        "both_loosened",
        "Two changes for one bug. With `<=` on both sides a path x_i, unit i, output i is open: "
        "every output but the last sees itself.",
        ("< outputs", "<= outputs"),
    ),
    edit(
        "unchanged",
        "That is the bug as it was. Change one of the two comparisons.",
        ("<= hidden", "< hidden"),
    ),
    edit(
        "degrees_raised",
        "Raising the hidden degrees by one (or counting inputs and outputs from 0) does open the "
        "first mask, and closes the last one: the outputs hear from fewer units. The degrees are "
        "right, 1 to D - 1. A comparison is wrong.",
        ("1 + np.arange(H)", "2 + np.arange(H)"),
        ("<= hidden", "< hidden"),
    ),
    edit(
        "turned_around",
        "Turned around: a unit of degree m may see degrees of at most m.",
        ("<= hidden", ">= hidden"),
        ("< outputs", "> outputs"),
    ),
    edit(
        "last_turned",
        "`<=` in the first mask is right, and then the last one was loosened as well, in the "
        "other direction. Leave it.",
        ("< outputs", "> outputs"),
    ),
]


@right
def by_outer(D, H):
    inputs, hidden = np.arange(1, D + 1), 1 + np.arange(H) * (D - 1) // H
    return np.less_equal.outer(inputs, hidden), np.less.outer(hidden, inputs)


@right
def by_negation(D, H):
    degrees, hidden = np.arange(1, D + 1), 1 + np.arange(H) * (D - 1) // H
    first = ~(degrees[:, None] > hidden)
    return first, ~first.T


@right
def unit_by_unit(D, H):
    hidden = [1 + k * (D - 1) // H for k in range(H)]
    first = np.array([[i <= m for m in hidden] for i in range(1, D + 1)])
    last = np.array([[m < i for i in range(1, D + 1)] for m in hidden])
    return first, last
