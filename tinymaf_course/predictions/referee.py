"""Predictions of notebook 12."""

from ..predict import Choice, Number

PREDICTIONS = [
    Choice(
        "wonderful-score",
        "A score more than 20 nats above that of the true density. What is it?",
        right="Something that is not the log of a density",
        wrong=(
            "A very good model: it has learned the data better than we describe them",
            "Luck: another test set would show it",
            "A leak: it has seen the test rows",
        ),
        why=(
            "Luck is out: the error is far below a nat. A leak is out, too: the rows were drawn "
            "after the training. (On rows that it has seen, even a proper density can score as "
            "high as it likes.)"
        ),
    ),
    Number(
        "round-trip-sees",
        "Of five faults, how many does x -> z -> x see?",
        unit="faults",
        truth=0,
        tolerance=0,
        why=(
            "It passes, with all five in place. It tests only the map, and the map is invertible. "
            "What passes here may be any density, or not a density at all."
        ),
    ),
    Choice(
        "best-mend",
        "The sign is repaired. Which repair brings the most nats now?",
        right="the mask",
        wrong=("the sum over the batch", "the same order", "the leak"),
        why=(
            "About a nat. The order, repaired after it, brings a little less. The other two "
            "bring nothing to the mean score, and are faults all the same."
        ),
    ),
]
