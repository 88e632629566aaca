"""Predictions of notebook 01."""

from ..predict import Choice, Number

PREDICTIONS = [
    Choice(
        "order-matters",
        "In which order can Gaussian steps build it exactly?",
        right="Only with x2 first, then x1 given x2.",
        wrong=(
            "In both orders: the mean and the width may be any functions.",
            "Only with x1 first, then x2 given x1.",
            "In neither: a boomerang is not Gaussian.",
        ),
        why=(
            "With x2 first every slice lies on its dashed Gaussian. With x1 first the slices "
            "split into two humps, and no mean and no width can give a Gaussian a second hump."
        ),
    ),
    Number(
        "nats-lost",
        "How many nats a point does x1 first lose at best?",
        unit="nats",
        tolerance=0.1,
        why=(
            "About a third of it because p(x1) is skewed, two thirds because of the slices with "
            "two humps. In the geometric mean, the data's density comes out 1.4 times too low."
        ),
    ),
]
