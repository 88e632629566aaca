"""Two faults of a log_det, told apart by the Jacobian and by a row that is handed in alone."""

import numpy as np

from tinymaf.checks import jacobians

from .. import Complaint, edit, right, wrong
from ._planting import flow_with, planted

OPTIONAL = False
SETUP = "from tinymaf.checks import jacobians"
HINTS = (
    "For the batch: what does a row's log_det become when it is handed in alone, as `x[k:k+1]`?"
    " For the sign: what does log_det claim to be, and how else can that be computed?",
    "Keep the two apart: compare with the Jacobian only what a row gets alone. Else a sum over "
    "the batch looks like a wrong sign.",
    "`alone = np.concatenate([flow.forward(row[None])[1] for row in x]); J = jacobians(lambda "
    "r: flow.forward(r)[0], x)`. Then alone against `np.linalg.slogdet(J)[1]`, and alone "
    "against `flow.forward(x)[1]`.",
)


def log_det_audit(flow, x):
    """Which faults does the log_det of this flow have? Return a set that holds none, one or
    both of

    "sign":       handed in alone, a row gets a log_det that is not log|det dz/dx|;
    "batch sum":  the log_det of a row depends on the rows that it is handed in with.

    flow.forward(x) returns z (N, D) and log_det (N,). x: (N, D).
    jacobians(f, x) gives (N, D, D).
    """
    found = set()
    alone = np.concatenate([flow.forward(row[None])[1] for row in x])
    exact = np.linalg.slogdet(jacobians(lambda r: flow.forward(r)[0], x))[1]
    if np.abs(alone - exact).max() > 1e-8:
        found.add("sign")
    if np.abs(alone - flow.forward(x)[1]).max() > 1e-8:
        found.add("batch sum")
    return found


def cases():
    rng = np.random.default_rng(1202)
    sets = [
        {"sign": "as found", "batch sum": "as found"},
        {},
        {"batch sum": "as found", "same order": "as found"},
        {"sign": "as found", "mask": "as found"},
        {"mask": "as found", "leak": "as found"},
        {"batch sum": "not shared out", "sign": "as found"},
        {"batch sum": "not shared out", "leak": "as found"},
    ]
    made = []
    for k in rng.permutation(len(sets)):
        dim = int(rng.integers(2, 5))
        made.append(
            (flow_with(sets[k], dim, int(rng.integers(1000))), rng.standard_normal((4, dim)))
        )
    return made


def judge(answer, flow, x):
    tested = (
        f"an untrained flow of {x.shape[1]} variables, {len(x)} rows, faults drawn by the judge"
    )
    found = answer(flow, x)
    possible = {"sign", "batch sum"}
    if not isinstance(found, (set, frozenset, list, tuple)) or not set(found) <= possible:
        return Complaint(
            'Return a set: set(), {"sign"}, {"batch sum"} or both.', tested, got=repr(found)[:80]
        )
    really = planted(flow) & possible
    for fault in sorted(set(found) - really):
        return Complaint(
            f'False alarm: this flow has no fault "{fault}".',
            tested,
            got=repr(sorted(found)),
            look="Which other fault could set off the same test?",
        )
    for fault in sorted(really - set(found)):
        return Complaint(
            f'Missed: this flow has the fault "{fault}".',
            tested,
            got=repr(sorted(found)),
            look="What would your test have to show, if the fault is there?",
        )
    return None


WRONG_EDITS = [
    edit(
        "jacobian_against_the_batch",
        "A sum over the batch was taken for a wrong sign: you compared the Jacobian with what the "
        "rows get together. Hand them in one by one for that.",
        ("np.abs(alone - exact)", "np.abs(flow.forward(x)[1] - exact)"),
    ),
    edit(
        "compared_averages",
        "You compared averages over the rows. A sum over the batch that is shared out again has "
        "the right average, and yet every row has the wrong log_det. Compare row by row.",
        ("np.abs(alone - exact).max()", "abs(alone.mean() - exact.mean())"),
        (
            "np.abs(alone - flow.forward(x)[1]).max()",
            "abs(alone.mean() - flow.forward(x)[1].mean())",
        ),
    ),
    edit(
        "shape_alone",
        "You only looked at the shape of log_det. It is (N,) even here: NumPy stretches one "
        "number over all rows. Look at what a row gets alone.",
        (
            "np.abs(alone - flow.forward(x)[1]).max() > 1e-8",
            "flow.forward(x)[1].shape != (len(x),)",
        ),
        misconception="log-det-per-batch",
    ),
    edit(
        "to_the_last_digit",
        "Two numbers that should be equal were compared with ==. Rounding makes honest flows "
        "differ in the last digits: allow for it, with 1e-8 say.",
        ("np.abs(alone - exact).max() > 1e-8", "(alone != exact).any()"),
    ),
]


@wrong(
    "That is the list of suspects, not a test: an honest flow would be found guilty as well. The "
    "judge draws new flows, with other faults."
)
def all_suspects(flow, x):
    return {"sign", "batch sum"}


@wrong(
    "Nothing is found, in any of the judge's flows. Is it a round trip? That never looks at "
    "log_det. Or does it look for one certain wrong value? Compare with what is right, and ask "
    "whether it differs."
)
def round_trip(flow, x):
    off = np.abs(flow.inverse(flow.forward(x)[0]) - x).max() > 1e-6
    return {"sign", "batch sum"} if off else set()


@right
def row_by_row(flow, x):
    found, together = set(), flow.forward(x)[1]
    for k in range(len(x)):
        row = x[k : k + 1]
        alone = flow.forward(row)[1][0]
        J = jacobians(lambda r: flow.forward(r)[0], row)[0]
        if abs(alone - np.linalg.slogdet(J)[1]) > 1e-8:
            found.add("sign")
        if abs(alone - together[k]) > 1e-8:
            found.add("batch sum")
    return found


@right
def by_differences(flow, x):
    alone = np.array([flow.forward(row[None])[1][0] for row in x])
    step = 1e-5 * np.eye(x.shape[1])
    columns = [(flow.forward(x + e)[0] - flow.forward(x - e)[0]) / 2e-5 for e in step]
    exact = np.linalg.slogdet(np.stack(columns, axis=2))[1]
    wrong_sign = not np.allclose(alone, exact, rtol=0, atol=1e-4)
    shared = not np.allclose(alone, flow.forward(x)[1], rtol=0, atol=1e-9)
    return set(["sign"] * wrong_sign + ["batch sum"] * shared)


@right
def by_twins(flow, x):
    alone = np.concatenate([flow.forward(x[k : k + 1])[1] for k in range(len(x))])
    doubled = flow.forward(np.concatenate([x, x[::-1] + 1.0]))[1][: len(x)]
    J = jacobians(lambda r: flow.forward(r)[0], x)
    exact = np.log(np.abs(np.linalg.det(J)))
    tests = {"sign": alone - exact, "batch sum": alone - doubled}
    return {name for name, off in tests.items() if np.abs(off).max() > 1e-8}
