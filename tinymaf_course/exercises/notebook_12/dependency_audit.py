"""Two faults of the wiring, found in the Jacobian of each block's network (MADE; MAF, section
3.1)."""

import numpy as np

from tinymaf.checks import jacobians

from .. import Complaint, edit, right, wrong
from ._planting import flow_with, planted

OPTIONAL = False
SETUP = "from tinymaf.checks import jacobians"
HINTS = (
    "For each block: `sees = np.abs(jacobians(lambda r: block.shift_and_scale(r)[0], "
    "x)).max(axis=0) > 0` says which m_i looks at which x_j. What should it be, with rows and "
    "columns put into the block's order?",
    "`sees[np.ix_(block.order, block.order)]` must be `np.tril(np.ones((D, D), bool), -1)`: "
    "nothing else, and all of that. And two neighbours with the same `sees` have the same "
    "order.",
    '`if (sees[np.ix_(block.order, block.order)] != legal).any(): found.add("mask")`. Keep each'
    " `sees` in a list, and compare each with the next: `(a == b).all()`.",
)


def dependency_audit(flow, x):
    """Which faults does the wiring of this flow have? Return a set that holds none, one or
    both of

    "mask":        some m_i looks at what it must not see, or does not look at what it may see;
    "same order":  two neighbouring blocks use the same order.

    block.shift_and_scale(x) returns m and s, both (N, D), for each block in flow.blocks;
    block.order is the order it claims, counted from 0. x: (N, D). jacobians(f, x) gives
    (N, D, D).
    """
    found, patterns = set(), []
    for block in flow.blocks:
        slopes = jacobians(lambda r, block=block: block.shift_and_scale(r)[0], x)
        sees = np.abs(slopes).max(axis=0) > 0
        legal = np.tril(np.ones(sees.shape, bool), -1)
        if (sees[np.ix_(block.order, block.order)] != legal).any():
            found.add("mask")
        patterns.append(sees)
    if any((a == b).all() for a, b in zip(patterns, patterns[1:])):
        found.add("same order")
    return found


def cases():
    rng = np.random.default_rng(1203)
    sets = [
        {"mask": "as found", "same order": "as found"},
        {},
        {"mask": "sees itself", "sign": "as found"},
        {"same order": "as found", "batch sum": "as found"},
        {"mask": "as found", "leak": "as found"},
        {"mask": "sees itself", "same order": "as found"},
        {"sign": "as found", "batch sum": "not shared out"},
    ]
    made = []
    for k in rng.permutation(len(sets)):
        dim = int(rng.integers(3, 6))
        made.append(
            (flow_with(sets[k], dim, int(rng.integers(1000))), rng.standard_normal((3, dim)))
        )
    return made


def judge(answer, flow, x):
    tested = (
        f"a flow of {len(flow.blocks)} blocks on {x.shape[1]} variables, faults drawn by the judge"
    )
    found = answer(flow, x)
    possible = {"mask", "same order"}
    if not isinstance(found, (set, frozenset, list, tuple)) or not set(found) <= possible:
        return Complaint(
            'Return a set: set(), {"mask"}, {"same order"} or both.', tested, got=repr(found)[:80]
        )
    really = planted(flow) & possible
    for fault in sorted(set(found) - really):
        return Complaint(
            f'False alarm: this flow has no fault "{fault}".',
            tested,
            got=repr(sorted(found)),
            look="In an honest flow the orders alternate: 0 1 2, 2 1 0, 0 1 2.",
        )
    for fault in sorted(really - set(found)):
        return Complaint(
            f'Missed: this flow has the fault "{fault}".',
            tested,
            got=repr(sorted(found)),
            look="Print `sees` for each block. What is there that must not be, what is missing?",
        )
    return None


WRONG_EDITS = [
    edit(
        "illegal_alone",
        "You looked for what must not be there, and not for what is missing. A network that is "
        "constant would pass: every dependency that is allowed must be there, too.",
        (
            "(sees[np.ix_(block.order, block.order)] != legal).any()",
            "np.triu(sees[np.ix_(block.order, block.order)]).any()",
        ),
    ),
    edit(
        "missing_alone",
        "You looked at what is missing, and not at what must not be there: here an m_i sees its "
        "own x_i. (Did you differentiate z? Its diagonal is never zero, so that such a peek hides "
        "behind it. Differentiate m.)",
        (
            "(sees[np.ix_(block.order, block.order)] != legal).any()",
            "(legal & ~sees[np.ix_(block.order, block.order)]).any()",
        ),
    ),
    edit(
        "natural_order_everywhere",
        "Every block was held against the order 0, 1, 2, ..., so that an honest block in the "
        "reversed order looks broken. Put rows and columns into the block's own order first.",
        ("sees[np.ix_(block.order, block.order)] != legal", "sees != legal"),
    ),
    edit(
        "any_two_blocks",
        "Blocks that are not neighbours may well share an order: first and third do in every flow "
        "that alternates. Compare each block with the next one alone.",
        (
            "for a, b in zip(patterns, patterns[1:])",
            "for k, a in enumerate(patterns) for b in patterns[:k]",
        ),
        misconception="stacking-adds-power",
    ),
]


@wrong(
    "That is the list of suspects, not a test: an honest flow would be found guilty as well. The "
    "judge draws new flows, with other faults."
)
def all_suspects(flow, x):
    return {"mask", "same order"}


@right
def entry_by_entry(flow, x):
    found, last = set(), None
    for block in flow.blocks:
        slopes = jacobians(lambda r, block=block: block.shift_and_scale(r)[0], x)
        sees = (slopes != 0).any(axis=0)
        place = {int(variable): k for k, variable in enumerate(block.order)}
        for i in place:
            for j in place:
                if bool(sees[i, j]) != (place[j] < place[i]):
                    found.add("mask")
        if last is not None and np.array_equal(last, sees):
            found.add("same order")
        last = sees
    return found


@right
def by_moving_x(flow, x):
    patterns, found = [], set()
    for block in flow.blocks:
        m = block.shift_and_scale(x)[0]
        sees = np.zeros((x.shape[1], x.shape[1]), bool)
        for j in range(x.shape[1]):
            moved = x.copy()
            moved[:, j] += 1.0
            sees[:, j] = np.abs(block.shift_and_scale(moved)[0] - m).max(axis=0) > 0
        place = np.argsort(block.order)
        if (sees != (place[:, None] > place)).any():
            found.add("mask")
        patterns.append(sees)
    for k in range(1, len(patterns)):
        if (patterns[k] == patterns[k - 1]).all():
            found.add("same order")
    return found


@right
def by_counting_what_is_seen(flow, x):
    seen, wrong_mask = [], False
    for block in flow.blocks:
        J = jacobians(lambda r, block=block: block.shift_and_scale(r)[0], x)
        sees = np.abs(J).sum(axis=0) > 0
        ordered = sees[block.order][:, block.order]
        wrong_mask |= bool(
            np.triu(ordered).any() or ordered.sum() < np.tri(len(ordered), k=-1).sum()
        )
        seen.append(sees.tobytes())
    same = any(a == b for a, b in zip(seen, seen[1:]))
    return ({"mask"} if wrong_mask else set()) | ({"same order"} if same else set())
