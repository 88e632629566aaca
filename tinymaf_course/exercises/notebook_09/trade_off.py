"""What degrees buy and what they cost: dependencies kept, and sequential steps to sample, counted
on the real layer."""

import numpy as np

from tinymaf.definition import plain
from tinymaf.layers import AffineAutoregressive
from tinymaf.masks import dependency_matrix

from .. import Complaint, edit, phrases, right
from ..networks import CountedNet

OPTIONAL = False
HINTS = (
    "Two variables of one degree do not see each other, and need not wait for each other. Which"
    " pairs remain?",
    "Variable i sees variable j if the degree of i is greater than that of j. Count the pairs. "
    "In sampling, all variables of one degree are done in one step.",
    "`later = degrees[:, None] > degrees[None, :]`; the dependencies are `later.sum()`, the "
    "steps are the number of distinct degrees, `len(np.unique(degrees))`.",
)


def trade_off(degrees):
    """What a masked layer with these degrees of its variables buys, and what it costs.

    degrees: D whole numbers, one for each variable, several of them perhaps equal.
    Variable i sees those of lower degree.
    Return two whole numbers: how many pairs (i, j) there are in which i sees j, and in how many
    sequential steps the layer turns noise into data (variables of one degree are found
    together).
    """
    later = degrees[:, None] > degrees[None, :]
    return int(later.sum()), len(np.unique(degrees))


def cases():
    rng = np.random.default_rng(93)
    return [
        (np.array(d),)
        for d in (
            [1, 2, 3, 4, 5],
            [1, 2, 1, 2, 1, 2],
            [3, 1, 1, 2],
            [1, 4, 4, 2, 2, 7],
            [2, 2, 2],
            rng.integers(1, 5, 9).tolist(),
        )
    ]


def judge(answer, degrees):
    out = answer(degrees.copy())
    tested = f"degrees = {degrees.tolist()}"
    if said := phrases.numbers(out, ("dependencies", "steps"), tested):
        return said
    layer = AffineAutoregressive(len(degrees), hidden=(40,), activation="tanh", degrees=degrees)
    *masks, last = layer.net.masks
    pairs = int(dependency_matrix([*masks, last[:, : len(degrees)]]).sum())
    layer.net = CountedNet(layer.net)
    with plain():
        layer.u_to_x(layer.init(np.random.default_rng(0)), np.ones((2, len(degrees))))
    for name, said, counted in zip(("dependencies", "steps"), out, (pairs, layer.net.calls)):
        if said != counted:
            return Complaint(
                f"The layer was built and its {name} were counted.",
                tested,
                f"you say {said}, counted {counted}",
                "Write the variables in columns, one column a degree. Which may look at which?",
            )
    return None


WRONG_EDITS = [
    edit(
        "steps_of_made",
        "D steps, as for MADE. Variables that share a degree do not see each other, so neither "
        "waits: they are found together.",
        ("len(np.unique(degrees))", "len(degrees)"),
        misconception="directions-cost-same",
    ),
    edit(
        "dependencies_of_made",
        "You count D (D - 1) / 2 dependencies, those of a MADE with D degrees. Pairs of one "
        "degree are missing from it: they do not see each other.",
        ("int(later.sum())", "len(degrees) * (len(degrees) - 1) // 2"),
    ),
    edit(
        "same_degree_too",
        "With >= variables of one degree would see each other, and themselves: then there is no "
        "order in which they could be found. Only lower degrees are seen.",
        ("> degrees", ">= degrees"),
    ),
    edit(
        "same_degree_but_itself",
        "With >=, even without each variable itself, two of one degree would see each other. Then "
        "neither could be found first. Only lower degrees are seen.",
        ("> degrees", ">= degrees"),
        ("int(later.sum())", "int(later.sum()) - len(degrees)"),
    ),
    edit(
        "swapped_results",
        "The two numbers have changed places: the dependencies come first, the steps second.",
        (
            "return int(later.sum()), len(np.unique(degrees))",
            "return len(np.unique(degrees)), int(later.sum())",
        ),
    ),
    edit(
        "highest_degree",
        "The highest degree is the number of steps only when no degree is left out. Count the "
        "distinct ones.",
        ("len(np.unique(degrees))", "int(degrees.max())"),
    ),
    edit(
        "always_two",
        "A coupling samples in two steps. These degrees may have more columns than two: each "
        "distinct degree is a step.",
        ("len(np.unique(degrees))", "2"),
    ),
    edit(
        "neighbours",
        "You count neighbours in the list. Degrees need not be sorted, and a variable sees all of "
        "lower degree, not the one before it alone.",
        ("degrees[:, None] > degrees[None, :]", "np.diff(degrees) > 0"),
    ),
]


@right
def pair_by_pair(degrees):
    pairs = sum(int(a > b) for a in degrees for b in degrees)
    return pairs, len(set(degrees.tolist()))


@right
def by_columns(degrees):
    columns, sizes = np.unique(degrees, return_counts=True)
    pairs = (sizes.sum() ** 2 - (sizes**2).sum()) // 2
    return int(pairs), len(columns)


@right
def by_sorting(degrees):
    ordered = np.sort(degrees)
    pairs = np.searchsorted(ordered, ordered, side="left").sum()
    return int(pairs), int(1 + np.count_nonzero(np.diff(ordered)))
