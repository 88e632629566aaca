"""Make it impossible for a scale exp(alpha) to explode: a smooth bound on alpha, in both
directions."""

import autograd.numpy as anp
import numpy as np
from autograd import elementwise_grad

from ...values import brief
from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
SETUP = "import autograd.numpy as anp        # NumPy that autograd can differentiate"
HINTS = (
    "You look for a curve through 0, with slope 1 there, that bends towards +limit and -limit.",
    "Two good ones: a quotient a / (1 + something), or limit times tanh of something. Its slope"
    " at 0?",
    "`a / (1 + anp.abs(a) / limit)`",
)


def bound_alpha(a, limit):
    """A smooth bound: what comes out lies between -limit and limit, for every a.

    a is an array of what the network said; limit > 0. Small values must pass (nearly)
    unchanged: slope 1 at a = 0. The curve must rise everywhere, by the same rule on both sides,
    so that a gradient is never lost. Use anp.
    """
    return a / (1 + anp.abs(a) / limit)


def cases():
    a = np.concatenate([np.linspace(-2, 2, 21), [-1e4, -40.0, -9.0, 9.0, 40.0, 1e4]])
    return [(a, 5.0), (a, 2.0), (a, 0.5)]


def judge(answer, a, limit):
    tested = f"limit = {limit:g}, a from {a.min():g} to {a.max():g}"
    out = answer(a.copy(), limit)
    what = "There must be one finite number for each a."
    look = "Is there an a at which you divide by 0, or an exp that overflows?"
    said = phrases.shape(out, a.shape, what, tested) or phrases.finite(out, what, tested, look)
    if said:
        return said
    if not np.abs(out).max() <= limit:
        worst = a[np.argmax(np.abs(out))]
        return Complaint(
            "No value may leave the interval from -limit to limit.",
            tested,
            got=f"a = {worst:g} gives {out[np.argmax(np.abs(out))]:.4g}",
            look="Large a of either sign.",
        )
    if not np.allclose(answer(-a, limit), -out, atol=1e-9):
        return Complaint(
            "Both sides must be treated alike: bound(-a) = -bound(a).",
            tested,
            got=(
                f"a = 2 gives {answer(np.array([2.0]), limit)[0]:.4f}, a = -2 gives "
                f"{answer(np.array([-2.0]), limit)[0]:.4f}"
            ),
            look=(
                "exp(alpha) explodes for large alpha on the way to x, and exp(-alpha) on the way "
                "to u."
            ),
        )
    tiny = 1e-6 * limit
    slope = (answer(np.array([tiny]), limit)[0] - answer(np.array([-tiny]), limit)[0]) / (2 * tiny)
    if not abs(slope - 1) < 1e-3:
        return Complaint(
            "Small values must pass unchanged: the slope at 0 must be 1.",
            tested,
            got=f"{slope:.4f}",
            look="What happens to a limit in front of tanh? It must also stand under the a.",
        )
    at = limit * np.array([-3.0, -1.5, -1.0, -0.3, 0.4, 0.9, 1.1, 2.0, 3.0])
    slopes = elementwise_grad(answer)(at, limit)
    by_hand = (answer(at + tiny, limit) - answer(at - tiny, limit)) / (2 * tiny)
    if not np.allclose(slopes, by_hand, atol=1e-4):
        return Complaint(
            "autograd must see the curve's slope.",
            tested,
            got=brief(slopes),
            look="anp instead of np.",
        )
    if not slopes.min() > 1e-4:
        return Complaint(
            "The curve must rise everywhere, beyond the limit too: else a network that has once "
            "said too much gets no gradient to take it back.",
            tested,
            got=f"slope {slopes.min():.3g} at a = {at[np.argmin(slopes)]:g}",
            look="A corner at the limit, or a plateau.",
        )
    return None


WRONG_EDITS = [
    edit(
        "no_absolute_value",
        "The absolute value is missing. At a = -limit you divide by 0, and beyond it the sign "
        "turns.",
        ("anp.abs(a)", "a"),
    ),
    edit(
        "stops_at_one",
        "That is a / (1 + |a|), which stops at 1: scale |a| by the limit.",
        ("anp.abs(a) / limit", "anp.abs(a)"),
    ),
    edit(
        "merely_scaled",
        "Divided by the limit: large values shrink, but nothing is bounded. A straight line has "
        "no ceiling.",
        ("(1 + anp.abs(a) / limit)", "limit"),
    ),
]


@wrong(
    "A hard clip keeps the scale finite. But beyond the limit its slope is 0: a network that has "
    "once gone too far is never told to come back. Bend instead of cut."
)
def clipped(a, limit):
    return anp.clip(a, -limit, limit)


@wrong(
    "Bounded on one side alone. exp(alpha) is safe now on the way to x, and exp(-alpha), on the "
    "way to u, explodes as before."
)
def one_side_alone(a, limit):
    return anp.where(a > 0, a / (1 + anp.abs(a) / limit), a)


@wrong(
    "limit * tanh(a) has the slope `limit` at 0: every small alpha comes out multiplied. Divide "
    "inside as well: limit * tanh(a / limit)."
)
def too_steep(a, limit):
    return limit * anp.tanh(a)


@wrong("tanh(a) alone ignores the limit: it stops at 1, whatever limit says.")
def limit_ignored(a, limit):
    return anp.tanh(a)


@wrong(
    "A sigmoid gives positive numbers only: your layers could stretch and never shrink. And at a = "
    "0 it does not give 0: an untrained flow would not be the identity."
)
def sigmoid(a, limit):
    return limit / (1 + anp.exp(-anp.clip(a, -500, 500)))


@right
def by_tanh(a, limit):
    return limit * anp.tanh(a / limit)


@right
def by_arctan(a, limit):
    return 2 * limit / anp.pi * anp.arctan(anp.pi * a / (2 * limit))


@right
def by_a_root(a, limit):
    return a / anp.sqrt(1 + (a / limit) ** 2)
