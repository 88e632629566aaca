"""Predictions of notebook 13."""

from ..predict import Choice, Number

PREDICTIONS = [
    Choice(
        "overlapping-bars",
        "A and B on the same 180 rows, bars as printed. Is B better?",
        right="Yes, and these data show it beyond doubt",
        wrong=(
            "These data cannot show it: the bars overlap",
            "No: they are equal within their errors",
        ),
        why=(
            "The paired difference is three times its two errors away from 0. What the bars "
            "showed is mostly how much the 180 rows differ from one another, and that is the "
            "same for both."
        ),
    ),
    Number(
        "erratum-size",
        "By how many nats is 5872 too high?",
        unit="nats",
        truth=2813.8,
        tolerance=50,
        why="1531 times log 2 pi = 1.8379. Nearly half of the printed entry was a constant.",
    ),
    Number(
        "ten-against-five",
        "In how many of 9 columns does MAF (10) beat MAF (5)?",
        unit="columns",
        truth=4,
        tolerance=0,
        why=(
            "More layers can express more. Whether training finds it, and whether it helps on "
            "test rows, only the table can say. On MINIBOONE the ten are half a nat behind, "
            "beside bars of 0.45 and 0.44: there the pair must be asked."
        ),
    ),
]
