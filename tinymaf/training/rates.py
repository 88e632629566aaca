"""Learning-rate schedules: from the share of training that is done to a factor."""

import math

from ..validation import positive, short

SCHEDULES = {
    "constant": lambda done: 1.0,
    "cosine": lambda done: 0.5 * (1 + math.cos(math.pi * done)),
}


def learning_rate(lr, schedule):
    """The rate as a function of the share of training done, 0 to 1.

    >>> [round(learning_rate(0.1, "cosine")(done), 6) for done in (0, 0.5, 1)]
    [0.1, 0.05, 0.0]
    """
    positive("lr", lr)
    if not isinstance(schedule, str) or schedule not in SCHEDULES:
        raise ValueError(f"schedule must be one of {sorted(SCHEDULES)}, got {short(schedule)}")
    return lambda done: lr * SCHEDULES[schedule](done)
