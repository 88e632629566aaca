"""Predictions of notebook 10."""

from ..predict import Choice, Number

PREDICTIONS = [
    Choice(
        "context-cost",
        "One layer, published wiring. How does it score?",
        right="More than 1 nat a point below the truth",
        wrong=(
            "As the truth: every hidden unit sees y",
            "A little below the truth; more training closes the gap",
        ),
        why="It costs 1.15 nats a point, and no training gets them back.",
    ),
    Choice(
        "temperature-zero",
        "T = 0, class 3, sixteen draws. What do you see?",
        right="Sixteen times the same 3",
        wrong=("Sixteen blank pictures", "Sixteen different threes, very clean ones"),
        why=(
            "u = 0 for all of them, and f has no noise of its own. Each class gives a single "
            "picture."
        ),
    ),
    Number(
        "bayes-accuracy",
        "How many of 100 test digits does Bayes' rule name correctly?",
        unit="digits",
        truth=96,
        tolerance=4,
        why="It was never trained to distinguish classes, only to draw each of them.",
    ),
    Choice(
        "odd-one",
        "Which of these pictures looks more normal to the model than a typical digit does?",
        right="the median of all digits, a smudge",
        wrong=("digits upside down", "digits with shuffled pixels"),
        why="It is not a digit at all, and no alarm will ever ring.",
    ),
    Number(
        "which-c",
        "D = 2. For which number C of context numbers does the check see nothing?",
        unit="numbers",
        truth=2,
        why="Where C = D the wrong count happens to be right. Test with sizes that differ.",
    ),
]
