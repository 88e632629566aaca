"""Predictions of notebook 09."""

from ..predict import Choice, Number

PREDICTIONS = [
    Number(
        "fewest-steps",
        "The fewest sequential steps for six variables that are not all independent?",
        unit="steps",
        truth=2,
        tolerance=0,
        why="One column that sees nothing, one column that sees the first.",
    ),
    Choice(
        "copied-half",
        "One coupling, x1 stays. The model's density of x1 alone?",
        right="A standard normal, whatever the data are",
        wrong=("None: x1 is not modelled", "That of the data"),
        why="u1 = x1, and u1 is standard normal. The base models it.",
    ),
    Number(
        "nice-peak",
        "D = 2, additive couplings alone, a standard normal base. The highest possible density?",
        tolerance=0.005,
        why="1 / (2 pi), the peak of the base.",
    ),
    Choice(
        "maf-or-realnvp",
        "D = 16, four layers, equal parameters. Which comes closer to the truth?",
        right="MAF, clearly: more ties in a layer",
        wrong=(
            "RealNVP, clearly: a network without masks uses its weights better",
            "No difference that one could see",
        ),
        why="On these data, a MAF's home ground, with this training. At D = 2 they come out level.",
    ),
]
