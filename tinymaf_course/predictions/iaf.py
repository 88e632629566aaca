"""Predictions of notebook 08."""

from ..predict import Choice, Number

PREDICTIONS = [
    Choice(
        "swapped-moons",
        "Swap the trained MAF's directions: what do its samples look like?",
        right="Neither moons nor a round cloud",
        wrong=("Two moons, as before, only faster", "A round cloud of noise"),
        why="Noise comes out of the swapped flow only if moons go in. What goes in is noise.",
    ),
    Number(
        "own-sample",
        "An IAF of 64 variables, 5 layers: a sample with its own log_prob. Network calls?",
        unit="calls",
        tolerance=0,
        why="One for each layer: the noise and the alphas are known already.",
    ),
    Choice(
        "two-peaks",
        (
            "q is fitted by reverse KL to two separate peaks of equal weight. It starts near one "
            "of them. Where does it end?"
        ),
        right="On one of them, as if the other did not exist",
        wrong=("On both, half of the samples each", "Between them, broad enough to cover both"),
        why=(
            "A sample between the peaks, where p is tiny, is punished hard. A peak never visited "
            "is not missed."
        ),
    ),
]
