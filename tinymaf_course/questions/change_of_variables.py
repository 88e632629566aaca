"""Quiz of notebook 02."""

from ..quiz import Item

ITEMS = [
    Item(
        "cov-above-one",
        "A colleague's model reports log p(x) = +2.1 nats at a test point. What do you say?",
        {
            "There is a bug: a probability cannot exceed 1, so its log is never positive.": (
                "A probability cannot, but this is a density: probability per length, area or "
                "volume. exp(2.1) is about 8, and that is fine on a spot that is small enough."
            ),
            "The model is overfitted.": (
                "It may be, or not: this number alone does not say. In another unit of x it would "
                "be a different number."
            ),
            "Fine. A density may exceed 1; only its integral must be 1.": (
                "And if the colleague measured x in other units, all log p would shift by a "
                "constant."
            ),
            "The log should have been taken to base 2.": (
                "Bits or nats, the sign would be the same."
            ),
        },
        right="Fine. A density may exceed 1; only its integral must be 1.",
        misconception="density-above-one",
    ),
    Item(
        "cov-sign",
        "x = 5 u in each of three dimensions, with standard normal u. What is log p(x) at x = 0?",
        {
            "log p_u(0) + 3 log 5": (
                "The map stretches, so the density must fall. This is log|det dx/du|, of the wrong "
                "direction."
            ),
            "log p_u(0) - 3 log 5": (
                "du/dx has 1/5 three times on its diagonal, so log|det du/dx| = -3 log 5. The "
                "cloud is wider, so it is thinner."
            ),
            "log p_u(0) - log 5": (
                "That would be right on a line. Here each of the three directions is stretched, "
                "and the volume by 125."
            ),
            "log p_u(0)": (
                "The noise there has that density, but its neighbourhood was blown up to 125 times "
                "the volume."
            ),
        },
        right="log p_u(0) - 3 log 5",
    ),
    Item(
        "cov-rows",
        "A layer is called with x of shape (256, 10). What shape has log_det?",
        {
            "A single number: the log-determinant of the layer for this batch.": (
                "Every row has a Jacobian of its own. A single number would make the density of a "
                "point depend on what else is in the batch."
            ),
            "(256, 10): one number for each variable.": (
                "Those are the log-diagonals of the Jacobians. The log-determinant of a row is "
                "their sum over the 10 variables."
            ),
            "(10, 10): it is a matrix.": (
                "The Jacobian of one row has that shape. Its determinant is a number."
            ),
            "(256,): one number for each row.": "One point, one Jacobian, one log-determinant.",
        },
        right="(256,): one number for each row.",
        misconception="log-det-per-batch",
    ),
    Item(
        "cov-triangle",
        "In an autoregressive map, an entry of dx/du below the diagonal is changed. What happens?",
        {
            "The map changes, log_det does not.": (
                "Below the diagonal there are shears: they move points, and leave volumes alone. "
                "You saw it with the slider c."
            ),
            "log_det changes: every entry of a matrix is part of its determinant.": (
                "In a triangular matrix every product in the determinant, except the diagonal's, "
                "contains a zero."
            ),
            "Nothing at all: the density does not look below the diagonal.": (
                "The log-determinant does not. But another map sends x to another u, and log "
                "p_u(u) changes."
            ),
            "The map can no longer be inverted.": (
                "A triangular matrix is invertible when its diagonal has no zero, whatever is "
                "below it."
            ),
        },
        right="The map changes, log_det does not.",
    ),
]
