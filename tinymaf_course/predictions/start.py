"""Predictions of notebook 00."""

from ..predict import Choice

PREDICTIONS = [
    Choice(
        "on-the-way",
        "What does the cloud look like between the first layer and the last?",
        right="odd shapes on the way, round only at the end",
        wrong=(
            "rounder and more Gaussian after every layer",
            "still two moons, up to the last layer, which does it all",
        ),
        why="No layer has to make the cloud rounder: only the last cloud is asked to be round.",
    ),
]
