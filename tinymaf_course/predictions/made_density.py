"""Predictions of notebook 04."""

from ..predict import Choice, Number

PREDICTIONS = [
    Number(
        "two-components",
        "How many nats a point are lost with two components a conditional?",
        unit="nats",
        truth=0.02,
        tolerance=0.02,
        why=(
            "Most of the loss is gone. What is left: a hump of the truth is not quite a "
            "Gaussian, least of all where the two part."
        ),
    ),
    Number(
        "sampling-calls",
        "How many network calls for 1,000 samples with D = 64?",
        unit="calls",
        truth=64,
        tolerance=0,
        why=(
            "One for each variable, however many samples there are. They follow one another: "
            "each needs the values that were drawn before it."
        ),
    ),
    Choice(
        "averaged-logits",
        "Averaged logits score two nats more on the test digits. Why?",
        right="Its 'probabilities' sum to much more than one.",
        wrong=(
            "It is the better model: logits are the natural scale for averaging.",
            "It has overfitted.",
        ),
        why=(
            "They sum to about five. It promises five times more probability than there is, and "
            "log 5 is 1.6 nats: most of the two."
        ),
    ),
]
