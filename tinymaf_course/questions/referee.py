"""Quiz of notebook 12."""

from ..quiz import Item

ITEMS = [
    Item(
        "referee-round-trip",
        "x -> z -> x is exact to ten digits. What do you know about the flow's densities?",
        {
            "they are right": (
                "The round trip never looks at log_det. The flow of today passed it with all five "
                "faults."
            ),
            "nothing yet": (
                "It is a test of the map. Densities depend on log_det, and that has a test of its "
                "own."
            ),
            "their sign is right, their size may be off": (
                "Not even that: no log_det was computed on the way."
            ),
        },
        right="nothing yet",
    ),
    Item(
        "referee-too-good",
        "The data's entropy is 3.5 nats. A paper reports a mean log q of -1.2 on 10,000 honest "
        "test rows, error 0.02. What is the likeliest reason?",
        {
            "a very good model": (
                "The best possible score is -3.5, reached by the true density alone. No model is "
                "better than the truth."
            ),
            "luck with the test rows": (
                "Luck is measured by the error: 0.02. This is more than a hundred errors away."
            ),
            "the formula that computes log q is not a log-density": (
                "What integrates to more than 1 can score anything."
            ),
            "the model was trained on the test rows": (
                "That would explain it, because on rows that it has seen a density may score as "
                "high as it likes. But these rows are honest."
            ),
        },
        right="the formula that computes log q is not a log-density",
    ),
    Item(
        "referee-batch",
        "A flow's log_det is summed over the batch and divided among the rows again, "
        "log_det.sum() / N. What goes wrong?",
        {
            "nothing, it is the same": (
                "On average it is. But ask for the density of one row: it depends on its "
                "neighbours."
            ),
            "the mean score, and with it the training": (
                "Both are right, to the last digit: that is why it goes unnoticed."
            ),
            "the density of each single row": (
                "Outlier scores, classifiers, importance weights: all are wrong, and the mean "
                "score looks fine."
            ),
        },
        right="the density of each single row",
        misconception="log-det-per-batch",
    ),
    Item(
        "referee-order",
        "Of ten MAF layers, all were built in the same order by mistake. Which test shows it?",
        {
            "the Jacobian against log_det": "It agrees: every layer's log_det is right.",
            "the patterns of dependencies of neighbouring layers": (
                "They are equal. The score shows it, too, if you know what it could be."
            ),
            "the integral of the density": (
                "It is 1. A stack in one order is a perfectly honest density, only a weak one."
            ),
            "none: ten layers make up for it": (
                "They do not: in one order each conditional stays a Gaussian (notebook 06)."
            ),
        },
        right="the patterns of dependencies of neighbouring layers",
        misconception="stacking-adds-power",
    ),
    Item(
        "referee-leak",
        "You find that the test rows were used for the mean and the spread. Repaired, the score "
        "changes by 0.001 nats. What do you write?",
        {
            "nothing: it makes no difference": (
                "Here it made none. The claim was about rows never seen, and it was not true. With "
                "fewer rows it might have made one."
            ),
            "the leak, the repaired score, and that it changed little": (
                "The fault, its size, and what the claim rests on now."
            ),
            "that the results are forged": (
                "A referee reports what was measured. This is a common mistake, and its effect was "
                "0.001 nats."
            ),
        },
        right="the leak, the repaired score, and that it changed little",
    ),
]
