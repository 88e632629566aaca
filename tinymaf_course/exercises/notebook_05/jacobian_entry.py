"""One entry on the diagonal of dx/du, by hand: it is sigma itself (MAF, section 3.1)."""

import math

import numpy as np

from .. import Complaint

OPTIONAL = False
TASK = """x_1 = u_1 and x_2 = x_1**2 + exp(2 x_1) u_2. What is the derivative of x_2 with respect
to u_2 at u = (0.5, 3)? A number (np.exp(...) is welcome), right to three decimals."""
HINTS = (
    "To differentiate with respect to u_2, hold u_1 fixed. Then x_1 does not move either.",
    "With x_1 fixed, x_2 is a constant plus a constant times u_2. What is the slope of a straight "
    "line?",
    "The slope is exp(2 x_1), with x_1 = u_1 = 0.5.",
)

jacobian_entry = np.exp(2 * 0.5)

WRONG_VALUES = {
    2 * math.e: (
        "That is the derivative of sigma_2 = exp(2 x_1) by x_1. But x_1 does not move when u_2 "
        "does: the diagonal holds sigma itself.",
        "jacobian-diagonal",
    ),
    0.0: (
        "True, sigma_2 does not depend on u_2, its derivative is 0. But x_2 does: it is mu + "
        "sigma times u_2, and the slope of that line is sigma.",
        "jacobian-diagonal",
    ),
    6 * math.e: (
        "That is u_2 times d sigma_2 / d x_1: a part of the entry below the diagonal. The "
        "diagonal holds sigma itself.",
        "jacobian-diagonal",
    ),
    1 + 6 * math.e: (
        "That is dx_2/du_1, the entry below the diagonal. It may be anything: the determinant "
        "never asks for it.",
        None,
    ),
    math.exp(-1): (
        "That is du_2/dx_2, the other direction. From noise to data the slope is exp(+alpha).",
        None,
    ),
    1.0: ("That is alpha_2 = 2 x_1, the LOG of the slope.", None),
    3 * math.e: (
        "That is sigma_2 u_2, a part of x_2 itself. The derivative by u_2 leaves sigma_2.",
        None,
    ),
}
RIGHT_VALUES = [math.e, 2.7183, 2.718]


def cases():
    return [()]


def judge(answer):
    try:
        value = float(answer)
    except (TypeError, ValueError):
        return Complaint("The answer must be a number.", got=repr(answer))

    def x2(u1, u2):
        return u1**2 + np.exp(2 * u1) * u2

    slope = (x2(0.5, 3 + 1e-5) - x2(0.5, 3 - 1e-5)) / 2e-5
    if 5e-4 <= abs(value - slope) < 0.06:
        return Complaint(
            "The right idea, rounded too soon: three decimals are asked for. Let NumPy do the "
            "arithmetic, and do not round.",
            got=f"{value:g}",
            look="np.exp(...), as it comes.",
        )
    if not abs(value - slope) < 5e-4:
        return Complaint(
            "Move u_2 by a little: x_2 must move by your number times that.",
            tested="u = (0.5, 3)",
            got=f"{value:.4f}",
            look="What changes when u_2 alone changes?",
        )
    return None
