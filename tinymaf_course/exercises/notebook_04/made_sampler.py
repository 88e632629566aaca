"""Sample a MADE with Bernoulli conditionals: D network calls, one after another (MADE,
section 3)."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = False
HINTS = (
    "The variable of degree 1 depends on nothing: one call at x = 0 gives its logit, and it can"
    " be drawn. Which one next? After every draw, call again.",
    "Which column comes k-th? The one whose degree is k. All columns in order: "
    "`np.argsort(degrees)`.",
    "`for i in np.argsort(degrees): x[:, i] = u[:, i] < 1 / (1 + np.exp(-net(x)[:, i]))`",
)


def made_sampler(net, degrees, u):
    """Draw from a MADE with Bernoulli conditionals, in exactly D network calls.

    net(x) -> logits, (N, D): p(x_i = 1 | those before) = 1 / (1 + exp(-logit_i)).
    degrees: (D,), the place 1..D of each variable in the order. u: (N, D), uniform in [0, 1):
    variable i is 1 where u_i is below its probability. Return x, (N, D), zeros and ones, and
    the number of calls that you made.
    """
    x, calls = np.zeros_like(u), 0
    for i in np.argsort(degrees):
        p = 1 / (1 + np.exp(-net(x)[:, i]))
        x[:, i], calls = u[:, i] < p, calls + 1
    return x, calls


class _Net:
    """Random logits in which a variable sees exactly those of lower degree; counts its calls."""

    def __init__(self, degrees, rng):
        degrees, dim = np.asarray(degrees), len(degrees)
        weights = rng.choice([-1, 1], (dim, dim)) * rng.uniform(2, 4, (dim, dim))
        self.weights = np.where(degrees[:, None] < degrees, weights, 0)
        self.biases, self.calls, self.__name__ = rng.normal(0, 1, dim), 0, "net"

    def logits(self, x):
        return (np.asarray(x, float) - 0.5) @ self.weights + self.biases

    def __call__(self, x):
        self.calls += 1
        return self.logits(x)


def cases():
    rng = np.random.default_rng(4)
    found = ([1, 2], [2, 1], [2, 3, 1], [3, 1, 4, 2], [1, 2, 3, 4, 5], [4, 6, 1, 2, 7, 3, 5])
    return [
        (_Net(degrees, rng), np.array(degrees), rng.random((40, len(degrees)))) for degrees in found
    ]


def judge(answer, net, degrees, u):
    n, dim = u.shape
    tested = f"D = {dim}, degrees {degrees.tolist()}, {n} rows"
    net.calls = 0
    found = answer(net, degrees, u)
    calls = net.calls
    if said := phrases.parts(found, ("x", "the number of calls"), tested):
        return said
    out, counted = found
    if said := phrases.shape(out, (n, dim), "x has one row for each row of u.", tested):
        return said
    out = np.asarray(out, float)
    if not np.isin(out, (0, 1)).all():
        return Complaint(
            "x holds zeros and ones.",
            tested,
            got=f"the first row is {np.round(out[0], 3).tolist()}",
        )
    p = 1 / (1 + np.exp(-net.logits(out)))  # by the finished rows: no order is needed
    right = (u < p) == out
    if not right.all():
        i = min(np.flatnonzero(~right.all(axis=0)), key=lambda i: degrees[i])
        return Complaint(
            "A variable does not follow its conditional, given the finished x of those before it.",
            tested,
            got=(
                f"column {i} (degree {degrees[i]}) is wrong in {int((~right[:, i]).sum())} of {n} "
                "rows"
            ),
            look="when it was drawn, what did the network know of the variables before it?",
        )
    if calls != dim:
        return Complaint(
            "The draws are right, the number of network calls is not.",
            tested,
            got=f"{phrases.count(calls, 'call')}; exactly {dim} are needed",
            look="one call a variable; all rows go through the network together",
        )
    if counted != calls:
        return Complaint(
            "The number of calls that you return is not the number that were made.",
            tested,
            got=f"you say {brief(counted)}, counted {calls}",
        )


WRONG_EDITS = [
    edit(
        "x_never_updated",
        "The loop is right, but the network is called at zeros every time. Write each column into "
        "x before the next call.",
        ("net(x)", "net(np.zeros_like(u))"),
    ),
    edit(
        "begun_with_nan",
        "x began as NaN, as if that stood for nothing known yet. But a mask multiplies by 0 what "
        "must not count, and 0 times NaN is NaN: begin with zeros.",
        ("np.zeros_like(u)", "np.full_like(u, np.nan)"),
    ),
    edit(
        "left_to_right",
        "From left to right, whatever the degrees say. Column 0 need not come first: in this "
        "network it may depend on all the others.",
        ("np.argsort(degrees)", "range(u.shape[1])"),
    ),
    edit(
        "inverse_permutation",
        "`degrees - 1` is not the order, it is its inverse: it says at which place a variable "
        "comes, not which variable comes at a place. The two agree for reversals and swaps, and "
        "that is how this bug lives through tests. np.argsort(degrees) turns one into the other.",
        ("np.argsort(degrees)", "degrees - 1"),
    ),
    edit(
        "one_call_too_many",
        "The draws are right, and one call is wasted: nothing is left to be asked after the last "
        "variable, or before the first.",
        ("return x, calls", "net(x)\nreturn x, calls + 1"),
    ),
    edit(
        "likelier_value",
        "Always the likelier value: that finds one greedy picture, again and again, and never a "
        "sample. Compare the probability with u.",
        ("u[:, i] < p", "0.5 < p"),
    ),
    edit(
        "logit_as_probability",
        "u is compared with the logit. The logit can be any number: put it through 1 / (1 + "
        "exp(-logit)) first.",
        ("1 / (1 + np.exp(-net(x)[:, i]))", "net(x)[:, i]"),
    ),
    edit(
        "swapped",
        "The comparison is turned around: this gives a 1 where u is *above* the probability, so "
        "zeros and ones are swapped.",
        ("u[:, i] < p", "u[:, i] >= p"),
    ),
]


@wrong(
    "The network never learned what was drawn: its input was 0 where it should have held the "
    "values of the variables before. The second variable's logit needs the first one's *value*. "
    "Write it into x, then call again: D steps, one after another."
)
def all_at_once(net, degrees, u):
    p = 1 / (1 + np.exp(-net(np.zeros_like(u))))
    return (u < p).astype(float), 1


@wrong(
    "The right draws, row by row: N D calls. The rows do not need one another, so all of them go "
    "through the network together: D calls."
)
def row_by_row(net, degrees, u):
    return np.concatenate([made_sampler(net, degrees, row[None])[0] for row in u]), u.size


@wrong(
    "The network saw probabilities where it should see the zeros and ones that were drawn. An "
    "expectation is not a sample."
)
def fed_with_probabilities(net, degrees, u):
    x, drawn = np.zeros_like(u), np.zeros_like(u)
    for i in np.argsort(degrees):
        x[:, i] = 1 / (1 + np.exp(-net(x)[:, i]))
        drawn[:, i] = u[:, i] < x[:, i]
    return drawn, len(degrees)


@right
def place_by_place(net, degrees, u):
    x = np.zeros(u.shape)
    for place in range(1, len(degrees) + 1):
        i = list(degrees).index(place)
        logit = net(x)[:, i]
        x[:, i] = np.where(u[:, i] < 1 / (1 + np.exp(-logit)), 1.0, 0.0)
    return x, len(degrees)


@right
def without_writing(net, degrees, u):
    x, calls = 0 * u, 0
    for place in sorted(degrees):
        drawn = u < 1 / (1 + np.exp(-net(x)))
        x, calls = np.where(degrees == place, drawn, x), calls + 1
    return x, calls


@right
def by_logits(net, degrees, u):
    x = np.zeros_like(u)
    threshold = np.log(u) - np.log1p(-u)
    for i in sorted(range(len(degrees)), key=lambda i: degrees[i]):
        x[:, i] = net(x)[:, i] > threshold[:, i]
    return x, u.shape[1]
