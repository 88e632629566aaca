"""Predictions of notebook 05."""

from ..predict import Choice, Number

PREDICTIONS = [
    Choice(
        "noise-back",
        "Can the noise be recovered from x?",
        right="Yes, both, exactly",
        wrong=("No: it was random, and it is gone", "Only u1: in x2 the two noises are mixed"),
        why="x1 is known, so mu and alpha of x2 are known too: one equation, one unknown, twice.",
    ),
    Choice(
        "two-readings",
        "One set of weights, read as MADE and as a flow. How far apart is log p(x)?",
        right="Not at all, apart from rounding",
        wrong=(
            "By a constant: MADE has no log_det",
            "They differ from row to row: a flow must be trained as a flow",
        ),
        why="The same numbers, regrouped. Nothing was trained, nothing was converted.",
    ),
    Number(
        "calls-for-a-sample",
        "How many calls for one sample of 64 variables?",
        unit="calls",
        tolerance=0,
        why="One for each variable, one after another.",
    ),
    Number(
        "times-fewer",
        "How many times fewer multiply-adds for a sample?",
        unit="times",
        tolerance=25,
        why="The number of steps is still 64.",
    ),
    Choice(
        "one-dim",
        "Ten MAF layers, D = 1, trained on two peaks. What comes out?",
        right="One Gaussian",
        wrong=("Two peaks, nearly perfect", "Two peaks, blurred"),
        why="Ten layers, one Gaussian. More layers and more training change nothing.",
    ),
]
