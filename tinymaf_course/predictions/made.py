"""Predictions of notebook 03."""

from ..predict import Choice, Number

PREDICTIONS = [
    Choice(
        "lazy-network",
        "What will the lazy network score on fresh points?",
        right="More than the truth.",
        wrong=(
            "A little less than the truth, about -3.6: it is a flexible model of an easy density.",
            "Much less than the truth: one hidden layer of 32 units is too small.",
        ),
        why=(
            "By several nats. That is not good news. It proves that something is broken: no "
            "density can do that, so this is not a density."
        ),
    ),
    Choice(
        "strict-everywhere",
        "All masks strict, D = 2: what becomes of the network?",
        right="It dies: no output depends on any input.",
        wrong=(
            "The same network: strict or not makes no difference for D = 2.",
            "It works, but it needs more hidden units.",
        ),
        why=(
            "A strict step costs one degree. Two layers cost two, and from input 1 to output 2 "
            "there is only one to spend. Nothing leaks, and nothing is learned."
        ),
    ),
    Number(
        "lost-cyclic",
        "What percentage of the dependencies is lost?",
        unit="percent",
        truth=12.0,
        tolerance=2,
        why=(
            "Not a few scattered ones: all that the last 272 pixels could say to one another. "
            "Spread evenly, the same number of units loses less than a tenth of a percent."
        ),
    ),
]
