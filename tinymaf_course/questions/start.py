"""Quiz of notebook 00."""

from ..quiz import Item

ITEMS = [
    Item(
        "start-above-one",
        "A flow gives log p(x) = +2.3 nats at some point. Is it broken?",
        {
            "Yes: a probability cannot exceed 1.": (
                "A probability cannot, a density can: exp(2.3) is about 10, and a uniform density "
                "on an interval of length 0.1 is 10 everywhere. Only the integral must be 1."
            ),
            "No: densities may exceed 1, as long as the integral is 1.": (
                "You checked that integral in section 5."
            ),
            "Only if x is two-dimensional.": (
                "The number of dimensions does not matter: a narrow enough density exceeds 1 in "
                "any."
            ),
        },
        right="No: densities may exceed 1, as long as the integral is 1.",
        misconception="density-above-one",
    ),
    Item(
        "start-in-between",
        "What must the cloud look like after layer 3 of 5?",
        {
            "More Gaussian than after layer 2.": (
                "That was the tempting guess. Training scores only what comes out at the end. See "
                "the film."
            ),
            "Nothing in particular.": (
                "Any shape will do, as long as the last two layers can turn it into noise."
            ),
            "Exactly 60 % of the way from data to noise.": (
                "The straight lines of the film may suggest it, but they were drawn for the eye. "
                "Layers are not steps of equal size."
            ),
        },
        right="Nothing in particular.",
        misconception="hidden-gaussian",
    ),
    Item(
        "start-log-det",
        "What is `log_det`, for a batch of N rows?",
        {
            "One number a layer, learned.": (
                "It is computed from alpha, and alpha depends on x: another x, another number."
            ),
            "One number a batch.": (
                "Each row has its own Jacobian. A sum over the batch mixes up different points. An "
                "average is worse: the mean loss does not change, so it is hard to see."
            ),
            "One number a row: shape (N,).": "Every point has its own volume change.",
        },
        right="One number a row: shape (N,).",
        misconception="log-det-per-batch",
    ),
    Item(
        "start-nats",
        "One model beats another by twelve nats a digit, on test digits. What may you conclude?",
        {
            "Its samples are twelve times better.": (
                "Likelihood and the look of samples are two scales. A model can win on one and "
                "lose on the other."
            ),
            (
                "It gives unseen digits a much higher density, by a factor of about exp(12) in the "
                "geometric mean."
            ): ("That is what a mean difference of logarithms says."),
            (
                "It has learned the training digits by heart, so what looks like one of them "
                "gets a higher density too."
            ): (
                "That would show as a worse likelihood on the test digits, and these were never "
                "trained on."
            ),
        },
        right=(
            "It gives unseen digits a much higher density, by a factor of about exp(12) in the "
            "geometric mean."
        ),
    ),
]
