"""Quiz of notebook 13."""

from ..quiz import Item

ITEMS = [
    Item(
        "table-two-errors",
        "A table says -12.24 +- 0.45, two standard errors over the test rows. What does the 0.45 "
        "tell you?",
        {
            "how far the score would move with another seed": (
                "No training was repeated: one set of weights was asked about one set of rows. "
                "Another seed may move it more."
            ),
            "how far the score of these weights would move with other test rows": (
                "The weights are held still, and the rows are a sample. That is all that it covers."
            ),
            "how good the model is compared with the others": (
                "That is a question about differences, and needs the rows of both models side by "
                "side."
            ),
            "by how much single rows differ": (
                "Single rows differ by far more. The error of a mean over N rows is smaller by the "
                "root of N."
            ),
        },
        right="how far the score of these weights would move with other test rows",
    ),
    Item(
        "table-overlap",
        "Model A: 4.10 +- 0.30. Model B: 4.25 +- 0.30, on the same 500 test rows. Which is better?",
        {
            "it cannot be said: the bars overlap": (
                "The bars are wide because some rows are hard, for A and for B alike. That part "
                "drops out of the difference."
            ),
            "B, since 4.25 is more than 4.10": (
                "On these rows. Whether by more than luck, two means alone do not say."
            ),
            "ask for the 500 differences, and their mean with its error": (
                "Paired, an error may well be ten times smaller. It may also turn out that B is "
                "worse on most rows."
            ),
            "B, because 0.15 is half of 0.30": (
                "Half of an error bar of something else says nothing about B minus A."
            ),
        },
        right="ask for the 500 differences, and their mean with its error",
    ),
    Item(
        "table-conditional",
        "A conditional model with ten classes goes into the same column as models that never see "
        "a label. What is its score for a picture?",
        {
            "log p(x | y) of the true label": (
                "It was given the answer. Up to log 10 = 2.30 nats of its score are the label's."
            ),
            "the highest log p(x | y) of the ten": (
                "Chosen after seeing x: these numbers are not a density, they have too much mass."
            ),
            "the log of the mean of p(x | y) over the ten labels": (
                "Every label is possible, with 1/10: log-sum-exp, minus log 10."
            ),
            "the mean of log p(x | y) over the ten labels": (
                "Lower than that, and not a density either: average probabilities, not logarithms."
            ),
        },
        right="the log of the mean of p(x | y) over the ten labels",
    ),
    Item(
        "table-depth",
        "MAF (10) has twice the layers of MAF (5), in alternating orders. In how many of the nine "
        "columns does it score higher?",
        {
            "in all nine: more layers can do all that fewer can": (
                "On training rows, perhaps. Test rows punish what was learned by heart, and a "
                "deeper stack is harder to train."
            ),
            "in four": "POWER, GAS and the two of CIFAR-10. The others went to five layers.",
            "in none: more layers overfit": (
                "On GAS it is a whole nat better, on CIFAR-10 more than a hundred, or 75 "
                "with labels."
            ),
        },
        right="in four",
        misconception="stacking-adds-power",
    ),
]
