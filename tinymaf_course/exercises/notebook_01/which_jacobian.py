"""Which pattern of dependencies is autoregressive in some order?"""

import numpy as np

from .. import Complaint

OPTIONAL = True
TASK = (
    "Entry (i, j) of each matrix is d mu_i / d x_j. Which one belongs to an autoregressive model, "
    'in some order of the three variables? Answer "a", "b", "c", "d" or "none".'
)
HINTS = (
    "An order exists if you can line up the variables so that each looks only at those "
    "before it. Which can stand first? One whose row is empty.",
    "Strike out the row and the column of the first one. Again, one row must be empty now, "
    "and so on to the end.",
    "In a, x2 looks at itself. In b no row is empty. In d, after x3 is put last, x1 and "
    "x2 look at each other.",
)

which_jacobian = "c"

# Row i: which variables mu_i looks at.
PATTERNS = {
    "a": [[0, 0, 0], [1, 1, 0], [1, 1, 1]],
    "b": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    "c": [[0, 1, 1], [0, 0, 0], [0, 1, 0]],
    "d": [[0, 1, 0], [1, 0, 0], [1, 1, 0]],
}
WRONG_VALUES = {
    "a": (
        "It is triangular, but its diagonal is not empty: mu_2 looks at x_2 itself, and mu_3 at "
        "x_3. A conditional that sees what it predicts is not a conditional.",
        None,
    ),
    "b": (
        "The diagonal is empty, but the three look at each other in a circle: 1 at 2, 2 at 3, 3 "
        "at 1. None of them can be drawn first.",
        None,
    ),
    "d": ("x1 looks at x2 and x2 looks at x1. Neither can be drawn before the other.", None),
    "none": (
        "You may have looked for a triangle in the numbering 1, 2, 3, as if it were time. Any "
        "line-up of the variables is allowed: try which could come first.",
        "autoregressive-time-series",
    ),
}
RIGHT_VALUES = ["C", "c.", "(c)"]


def cases():
    return [()]


def judge(answer):
    """Strike out variables that look at no other that is left; an order exists when all can be
    struck out."""
    letter = answer.strip().strip(".()").lower() if isinstance(answer, str) else answer
    if letter not in ("a", "b", "c", "d", "none"):
        return Complaint('The answer is one of "a", "b", "c", "d", "none".', got=repr(answer))
    if letter == "none":
        return Complaint(
            "One of the four is autoregressive.", look="Which variable could come first?"
        )
    pattern, left = np.array(PATTERNS[letter]), [0, 1, 2]
    while left:
        free = [i for i in left if not pattern[i, left].any()]
        if not free:
            names = " and ".join(f"x{i + 1}" for i in left)
            return Complaint(
                "No order of the variables fits this matrix.",
                got=f'"{letter}"',
                look=(
                    f"Of {names}, none can come next: each looks at one that is not drawn yet, or "
                    "at itself."
                ),
            )
        left.remove(free[0])
    return None
