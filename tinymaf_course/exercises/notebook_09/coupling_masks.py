"""A coupling as a MADE of two degrees: the masks of its network (MADE, section 4; MAF, section
3.3)."""

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "Give degree 1 to the variables that stay and degree 2 to the others. Which degree must a "
    "hidden unit have, so that it sees the ones and is seen by the others?",
    "MADE's rule: a hidden unit of degree m sees inputs of degree <= m, an output of degree d "
    "sees hidden units of degree < d. All hidden units have degree 1 here.",
    "`degrees = np.where(stay, 1, 2); hidden = np.ones(n_hidden); return degrees[:, None] <= "
    "hidden, hidden[:, None] < degrees`",
)


def coupling_masks(stay, n_hidden):
    """The masks that turn a network with one hidden layer into that of a coupling.

    stay: D booleans, True for the variables that stay. n_hidden: the number H of hidden units.
    Return two boolean arrays: (D, H), which inputs each hidden unit sees, and (H, D), which
    hidden units each output sees.
    The outputs of mapped variables must depend on every variable that stays and on no other;
    those of staying variables on nothing. Use MADE's rule, with two degrees.
    """
    degrees = np.where(stay, 1, 2)
    hidden = np.ones(n_hidden)
    return degrees[:, None] <= hidden, hidden[:, None] < degrees


def cases():
    return [
        (np.array(stay), n)
        for stay, n in (
            ([True, False], 3),
            ([True, False, True, False, True], 4),
            ([False, False, True], 5),
            ([True, True, False, False], 1),
        )
    ]


def judge(answer, stay, n_hidden):
    tested = f"stay = {[bool(s) for s in stay]}, H = {n_hidden}"
    dim = len(stay)
    out = answer(stay.copy(), n_hidden)
    look = "(units in, units out), as the weights in h @ W."
    shapes = {"first": (dim, n_hidden), "last": (n_hidden, dim)}
    if said := phrases.results(out, shapes, tested, look):
        return said
    first, last = (np.asarray(mask).astype(bool) for mask in out)
    paths = (first.astype(int) @ last.astype(int)).T  # (outputs, inputs): on how many ways
    for i, j in np.ndindex(dim, dim):
        wanted = not stay[i] and stay[j]
        if bool(paths[i, j]) != wanted:
            what = "must see" if wanted else "must not see"
            return Complaint(
                f"Output {i + 1} {what} input {j + 1}.",
                tested,
                f"{paths[i, j]} paths lead there",
                "Go along the paths: input, hidden unit, output. Where is one cut, or left open?",
            )
    if (first != stay[:, None]).any() or (last != ~stay).any():
        return Complaint(
            "The dependencies are right, but hidden units are wasted.",
            tested,
            look=(
                "By MADE's rule every hidden unit of degree 1 sees all that stays and feeds all "
                "that is mapped."
            ),
        )
    return None


WRONG_EDITS = [
    edit(
        "degrees_turned_round",
        "The degrees are the wrong way round: what stays comes first, degree 1, so that the "
        "others may see it.",
        ("np.where(stay, 1, 2)", "np.where(stay, 2, 1)"),
    ),
    edit(
        "strict_everywhere",
        "The first mask is strict. No input has a degree below 1, so the hidden units see nothing "
        "and every output is a constant.",
        ("<= hidden", "< hidden"),
        misconception="first-output-broken",
    ),
    edit(
        "strict_nowhere",
        "The last mask must be strict. With <= the staying variables see themselves, and the "
        "scale of a variable would depend on that very variable.",
        ("< degrees", "<= degrees"),
    ),
    edit(
        "full_made",
        "These are the degrees of a full MADE, 1 to D: then variables wait for one another again. "
        "A coupling has two degrees alone.",
        ("np.where(stay, 1, 2)", "1 + np.arange(len(stay))"),
        ("np.ones(n_hidden)", "1 + np.arange(n_hidden) * max(len(stay) - 1, 1) // n_hidden"),
    ),
    edit(
        "hidden_of_degree_two",
        "Hidden units of degree 2 see the mapped variables, and no output has a degree above 2: "
        "nothing reads them. All hidden units need degree 1.",
        ("np.ones(n_hidden)", "2 * np.ones(n_hidden)"),
    ),
    edit(
        "transposed",
        "Right numbers, transposed: a mask has the shape of the weights in h @ W, (units in, "
        "units out).",
        ("degrees[:, None] <= hidden", "(degrees[:, None] <= hidden).T"),
        ("hidden[:, None] < degrees", "(hidden[:, None] < degrees).T"),
    ),
]


@right
def by_outer(stay, n_hidden):
    return np.outer(stay, np.ones(n_hidden, bool)), np.outer(np.ones(n_hidden, bool), ~stay)


@right
def by_repeating(stay, n_hidden):
    return np.repeat(stay[:, None], n_hidden, axis=1), np.tile(~stay, (n_hidden, 1))


@right
def unit_by_unit(stay, n_hidden):
    first = [[bool(s) for _ in range(n_hidden)] for s in stay]
    last = [[not s for s in stay] for _ in range(n_hidden)]
    return np.array(first), np.array(last)
