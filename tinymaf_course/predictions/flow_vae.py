"""Predictions of notebook 11."""

from ..predict import Choice, Number

PREDICTIONS = [
    Number(
        "four-pictures",
        "How many nats will the plain VAE stay below the best score?",
        unit="nats",
        truth=0.375,
        tolerance=0.125,
        why=(
            "Between a quarter and a half, depending on machine and seed: a good part of "
            "log 4 = 1.39, which is all there is to know about which picture it was."
        ),
    ),
    Choice(
        "which-flow",
        "On the four pictures: which saves more?",
        right="The MAF in the prior: another shape for the hill",
        wrong=(
            "The IAF in the posterior: other shapes for the clouds",
            "Neither saves anything without the other",
        ),
        why=(
            "Here the prior does more than the posterior. Both together do about as well as the "
            "prior alone, or better."
        ),
    ),
    Choice(
        "prior-afterwards",
        "A new prior for the plain VAE, afterwards. What can it save at most?",
        right="The prior gap, and no more",
        wrong=("All of it", "Nothing: the codes are fixed"),
        why=(
            "The prior can close its own gap. What the codes have lost by keeping to the old "
            "prior is lost."
        ),
    ),
]
