"""The masks of a MADE with context: y enters as an input of degree 0, and hidden units of degree 0
pass it on."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = False
HINTS = (
    "Give y a degree, as every input has one. Every output may see y, output 1 included. Which "
    "degree lets it pass `<=` into every hidden unit?",
    "y has degree 0. But a wire from y must also leave towards output 1, through a hidden unit "
    "of degree less than 1. So the hidden degrees run from 0 to D - 1.",
    "`inputs = np.concatenate([np.arange(1, D + 1), np.zeros(C)]); hidden = np.arange(H) % D; "
    "first = inputs[:, None] <= hidden; last = hidden[:, None] < np.arange(1, D + 1)`",
)


def context_masks(D, C, H):
    """The two masks of a MADE with context and one hidden layer of H units, H >= D, in natural
    order.

    The inputs are x_1 .. x_D and then y_1 .. y_C. Return `first` (D + C, H) and `last` (H, D),
    so that output i can see x_1 .. x_(i-1) and all of y, and nothing else. The hidden degrees
    are yours to choose.
    """
    inputs = np.concatenate([np.arange(1, D + 1), np.zeros(C)])
    hidden = np.arange(H) % D
    return inputs[:, None] <= hidden, hidden[:, None] < np.arange(1, D + 1)


def cases():
    return [(2, 1, 4), (3, 2, 3), (5, 1, 11), (1, 2, 3), (6, 4, 40)]


def judge(answer, D, C, H):
    tested = (
        f"D = {D}, C = {phrases.count(C, 'context number')}, H = {phrases.count(H, 'hidden unit')}"
    )
    masks = answer(D, C, H)
    if said := phrases.results(masks, {"first": (D + C, H), "last": (H, D)}, tested):
        return said
    first, last = (np.asarray(mask, float) for mask in masks)
    if not all(np.isin(mask, (0, 1)).all() for mask in (first, last)):
        return Complaint("A mask holds only zeros and ones, or False and True.", tested)
    paths = (first @ last > 0).T  # output, input
    should = np.tril(np.ones((D, D), bool), -1)
    if (paths[:, :D] & ~should).any():
        i, j = np.argwhere(paths[:, :D] & ~should)[0] + 1
        return Complaint(
            "Something leaks.",
            tested,
            got=f"output {i} sees x_{j}",
            look="the last comparison must be strict: hidden degree < output degree",
        )
    if not paths[:, D:].all():
        i, j = np.argwhere(~paths[:, D:])[0] + 1
        return Complaint(
            "Every output must see all of y.",
            tested,
            got=f"output {i} does not see y_{j}",
            look=f"which hidden units may speak to output {i}, and does y reach one of them?",
        )
    if (should & ~paths[:, :D]).any():
        i, j = np.argwhere(should & ~paths[:, :D])[-1] + 1
        return Complaint(
            "An allowed dependency is lost.",
            tested,
            got=f"output {i} does not see x_{j}",
            look="which hidden degrees are there? All of 0 .. D - 1 are needed",
        )
    return None


WRONG_EDITS = [
    edit(
        "published_wiring",
        "This is the published wiring: hidden degrees from 1 on. y has degree 0 and enters every "
        "hidden unit, but no hidden unit may speak to output 1, so p(x_1 | y) never hears of y. "
        "It needs hidden units of degree 0.",
        ("np.arange(H) % D", "1 + np.arange(H) % max(D - 1, 1)"),
    ),
    edit(
        "context_of_degree_one",
        "y with degree 1 counts as late as x_1: only outputs from 2 on may see it. y comes before "
        "everything: degree 0.",
        ("np.zeros(C)", "np.ones(C)"),
    ),
    edit(
        "context_comes_last",
        "y stands last among the inputs, but it does not come last in the order. With the degrees "
        "D + 1, D + 2, ... no unit sees it.",
        ("np.concatenate([np.arange(1, D + 1), np.zeros(C)])", "np.arange(1, D + C + 1)"),
    ),
    edit(
        "strict_at_the_start",
        "The first comparison is strict: then 0 < 0 keeps y from the units of degree 0. It is "
        "`<=` into hidden units.",
        ("<= hidden", "< hidden"),
    ),
    edit(
        "loose_at_the_end",
        "Now output i sees x_i itself: it could copy the answer. The last comparison must stay "
        "strict, also for the sake of output 1: what it needs is a hidden unit of degree 0.",
        ("np.arange(H) % D", "1 + np.arange(H) % D"),
        ("< np.arange", "<= np.arange"),
    ),
    edit(
        "no_rows_for_y",
        "The rows of y are missing: the first mask has one row for each input, and y's C numbers "
        "are inputs too.",
        ("np.concatenate([np.arange(1, D + 1), np.zeros(C)])", "np.arange(1, D + 1)"),
    ),
]


@wrong(
    "Hidden units of degree 0 alone: every output sees y, and no output sees any x. The variables "
    "would be independent given y. All degrees from 0 to D - 1 are needed."
)
def degree_zero_alone(D, C, H):
    if D == 1:
        return np.zeros((D, H)), np.ones((H, D))
    inputs = np.concatenate([np.arange(1, D + 1), np.zeros(C)])
    return inputs[:, None] <= np.zeros(H), np.ones((H, D), bool)


@right
def by_outer(D, C, H):
    hidden = np.minimum(np.arange(H), D - 1)
    inputs = [*range(1, D + 1), *[0] * C]
    return np.less_equal.outer(inputs, hidden), np.less.outer(hidden, np.arange(1, D + 1))


@right
def y_into_all(D, C, H):
    hidden = np.arange(H)[::-1] % D
    x_rows = np.arange(1, D + 1)[:, None] <= hidden
    return np.vstack([x_rows, np.ones((C, H), bool)]), (hidden[:, None] <= np.arange(D))


@right
def unit_by_unit(D, C, H):
    first, last = np.zeros((D + C, H)), np.zeros((H, D))
    for k in range(H):
        first[: k % D, k] = 1
        first[D:, k] = 1
        last[k, k % D :] = 1
    return first, last
