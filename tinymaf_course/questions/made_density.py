"""Quiz of notebook 04."""

from ..quiz import Item

ITEMS = [
    Item(
        "density-lost-constant",
        (
            "A colleague forgets the constant -log(2 pi)/2 in a Gaussian MADE, trains it and "
            "reports its score. What is wrong?"
        ),
        {
            "the trained weights: the gradient was wrong": (
                "A constant has no gradient. The weights are exactly the same."
            ),
            "only the score: it is too high, by 0.92 nats for each variable": (
                "The model is fine, its number is not, and it looks like a success. An integral "
                "would show it."
            ),
            "nothing: a constant cancels as soon as one compares two such models": (
                "It cancels when the same code scores both models. Against another code's number "
                "it does not."
            ),
        },
        right="only the score: it is too high, by 0.92 nats for each variable",
    ),
    Item(
        "density-larger-network",
        (
            "A MADE with Gaussian conditionals loses a third of a nat on the boomerang, x1 first. "
            "What helps?"
        ),
        {
            "a larger network": (
                "You saw two layers of 128 units stop at the same third of a nat. Each conditional "
                "is still one Gaussian."
            ),
            "more training": (
                "The best Gaussian for each slice has been found already: the loss equals what the "
                "formula allows."
            ),
            "the other order, or a mixture in each conditional": (
                "In the other order each conditional is Gaussian, and a mixture can have the two "
                "humps."
            ),
            "more data": (
                "It had fresh points in every epoch. What it lacks is not data but shapes."
            ),
        },
        right="the other order, or a mixture in each conditional",
    ),
    Item(
        "density-calls",
        ("How many network calls does it take to draw 1,000 pictures of 64 pixels from a MADE?"),
        {
            "1": (
                "One call is enough to evaluate the density of 1,000 pictures. In drawing, each "
                "pixel waits for those before it."
            ),
            "64": "One a pixel, one after another. All pictures go through together.",
            "1,000": "Pictures do not wait for one another. Pixels do.",
            "64,000": (
                "That is a loop over pictures and pixels. The pictures can go through the network "
                "together."
            ),
        },
        right="64",
    ),
    Item(
        "density-ensemble",
        "Four MADEs in four orders. Whose probabilities, over all binary vectors, sum to one?",
        {
            "the Bernoulli formula with the mean of the four logits of each pixel": (
                "The mean logit of a pixel has seen all other pixels, so the sum over the last "
                "variable cannot be taken first. In section 6 the total is not one."
            ),
            "the mean of the four probabilities of the whole vector": (
                "Four sums of one, divided by four."
            ),
            "exp of the mean of the four log-probabilities": (
                "That is a geometric mean. It is below the arithmetic one wherever the members "
                "differ, so it sums to less than 1."
            ),
            "the product over pixels of the mean of their four probabilities": (
                "Tempting, but the factors come from different orders. Multiply within a member, "
                "then average."
            ),
        },
        right="the mean of the four probabilities of the whole vector",
    ),
]
