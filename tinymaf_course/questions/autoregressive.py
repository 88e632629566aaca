"""Quiz of notebook 01."""

from ..quiz import Item

ITEMS = [
    Item(
        "ar-no-time",
        "A table holds height, weight and age of 500 people. May it be modelled as "
        "p(age) p(weight | age) p(height | age, weight)?",
        {
            "No: the rows are not a time series, so nothing comes before anything.": (
                "Autoregressive says that variables are explained by others, in an order that you "
                "choose. No time is needed: you saw the wet lawn come before the rain."
            ),
            "Only if age really causes weight, and both cause height.": (
                "A factorisation makes no claim about causes. The chain rule is the definition of "
                "conditional densities, used twice, and it holds for all six orders."
            ),
            "Yes, and so in any other of the six orders.": (
                "That is the chain rule: no assumption, any order."
            ),
            "Only if the three are independent.": (
                "If they were, the conditions could be left out. They are there precisely because "
                "the variables may depend on each other."
            ),
        },
        right="Yes, and so in any other of the six orders.",
        misconception="autoregressive-time-series",
    ),
    Item(
        "ar-order-matters",
        "If every order is allowed, why did one order of the boomerang lose a third of a nat?",
        {
            "It was not trained for long enough.": (
                "Each slice was fitted exactly, in one line, and the table was computed with the "
                "true density. No training can do better."
            ),
            "The chain rule is only approximately true.": (
                "It is exact: you checked it on the grid for both orders. Look at the pieces "
                "instead."
            ),
            (
                "It lost nothing: by the chain rule any order is as good as another, and the "
                "rest is chance."
            ): (
                "As a statement about the chain rule, fine. As a statement about models it is "
                "wrong: 0.335 nats one way, 0 the other."
            ),
            "The pieces had to be Gaussian, and in that order the true ones have two humps.": (
                "The chain rule promises that pieces exist, not that they are simple. Restrict "
                "them, and the order matters."
            ),
        },
        right="The pieces had to be Gaussian, and in that order the true ones have two humps.",
        misconception="any-order",
    ),
    Item(
        "ar-nats",
        (
            "On the same fresh points, model A has a mean log p of -3.6 nats, model B of -3.9 "
            "nats. What follows?"
        ),
        {
            "B is nearer to the truth.": (
                "Larger log p is better: -3.6 is larger than -3.9. The mean of -log q is entropy + "
                "KL, and A has less of it."
            ),
            "A is nearer to the truth: by about 0.3 nats of KL.": (
                "The entropy is the same for both, so the difference of the means is the "
                "difference of the KLs. And exp(0.3) is 1.35."
            ),
            "A loses 3.6 nats to the truth.": (
                "Most of the 3.6 is entropy, which the truth itself has. Only what is above it is "
                "KL."
            ),
            "Nothing, as long as the entropy of the data is unknown: the floor is missing.": (
                "The entropy is needed to say how far each one is from perfect. It drops out of "
                "the comparison."
            ),
        },
        right="A is nearer to the truth: by about 0.3 nats of KL.",
    ),
    Item(
        "ar-two-directions",
        "An autoregressive model of D = 1000 variables. What has to wait for what?",
        {
            (
                "Neither the density of a point nor a sample: all conditionals can be asked at "
                "once."
            ): (
                "For a density, yes: all of x is given. In a sample there is no x_2 before x_1 is "
                "drawn, and so on."
            ),
            "Both need 1000 steps, one after another.": (
                "Writing the sum as a loop does not make it one that waits: every x_j is known, so "
                "the terms could be computed in any sequence or all together."
            ),
            (
                "A sample needs 1000 steps, one after another. The density of a point need not "
                "wait."
            ): (
                "To evaluate conditional i you need the variables before x_i. In a given point "
                "they are there. In a sample they still have to be drawn."
            ),
            "The density needs 1000 steps, a sample only one.": (
                "The other way round. (A model with that price exists, it is called IAF, and it "
                "has a notebook of its own.)"
            ),
        },
        right="A sample needs 1000 steps, one after another. The density of a point need not wait.",
    ),
]
