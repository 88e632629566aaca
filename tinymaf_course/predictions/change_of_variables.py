"""Predictions of notebook 02."""

from ..predict import Choice, Number

PREDICTIONS = [
    Number(
        "squeezed-peak",
        "What is the density of x = u / 10 at x = 0?",
        tolerance=0.05,
        why=(
            "The same mass lies on a tenth of the length, so it must be ten times as high. "
            "Yes, that is more than 1."
        ),
    ),
    Choice(
        "off-diagonal",
        "What does c, below the diagonal, do to the area?",
        right="Nothing.",
        wrong=(
            "The larger |c|, the larger the area.",
            "The larger |c|, the smaller the area: it flattens the square.",
            "It depends on a and d.",
        ),
        why=(
            "c slides the parallelogram's vertical side along itself: a shear. Width and side "
            "stay what they are, and so does the area, a times d."
        ),
    ),
]
