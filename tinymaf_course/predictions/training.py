"""Predictions of notebook 07."""

from ..predict import Choice

PREDICTIONS = [
    Choice(
        "perfect-loss",
        "The model is perfect. What is its loss on fresh data?",
        right="Some number that depends on the data alone",
        wrong=("0: nothing is wrong any more", "Minus infinity: the better the model, the lower"),
        why=(
            "It is the data's entropy: on average no model gets below it on fresh data. A "
            "density may exceed 1, so it may even be negative."
        ),
    ),
    Choice(
        "twenty-points",
        "1,500 steps on 20 points. What happens to the two losses?",
        right="On the 20 points far below one nat, on fresh ones above ten nats",
        wrong=(
            "Both end a little above one nat, with more noise",
            "On the 20 points below one nat, on fresh ones somewhat above",
        ),
        why=(
            "Each point gets a needle of density to itself. The loss on them has no floor: a "
            "needle can always be thinner. Fresh points fall between the needles and cost a "
            "fortune."
        ),
    ),
    Choice(
        "best-of-three",
        "Which model gives fresh data the highest density?",
        right="C: a bit blurred, with stray points",
        wrong=("A: the crispest moons, hardly a stray point", "B: its points lie where data lie"),
        sort=True,
        why=(
            "A is C with its noise shrunk to 0.7: fewer strays, and fresh points at the rim are "
            "a surprise to it. B has learned a hundred points by heart."
        ),
    ),
    Choice(
        "explosion",
        "Learning rate 1, 200 steps. What does the bound on alpha do?",
        right="It turns absurd losses (above 1e12 nats) into merely terrible ones",
        wrong=(
            "Nothing: at this rate both end in nan",
            "It makes the training converge, at any rate",
        ),
        why=(
            "Four layers of factors between exp(-5) and exp(5) can only do so much. The bound "
            "does not turn a bad learning rate into a good one; it lets training survive a bad "
            "step."
        ),
    ),
]
