"""Predictions of notebook 06."""

from ..predict import Choice, Number

PREDICTIONS = [
    Number(
        "nats-same-order",
        "One layer is 0.5 nats short of the truth. How short are five in the same order?",
        unit="nats",
        truth=0.5,
        tolerance=0.1,
        why=(
            "Four more layers, and nothing that you would notice. Two layers that turn round do "
            "better than five that do not."
        ),
    ),
    Choice(
        "collapsed-stack",
        "Which of these stacks is, like N N, no better than a single layer?",
        right="N F R",
        wrong=("N R", "N F N", "N R N"),
        why=(
            "The flip renames the variables, and the reversed masks follow: x1 still comes "
            "before x2. Turning round twice is not turning round."
        ),
    ),
    Choice(
        "first-layer-nats",
        "How far from noise is the cloud behind the first of five layers?",
        right="Much farther: it does not even try",
        wrong=(
            "About half a nat: it does what one layer can do",
            "Closer: with the others' help it does better than one layer alone",
        ),
        why=(
            "The cloud behind the first layer is farther from noise than one layer alone would "
            "leave it. It has not been made round; it has been laid out so that the layers after "
            "it can do that."
        ),
    ),
]
