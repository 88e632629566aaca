"""Quiz of notebook 07."""

from ..quiz import Item

ITEMS = [
    Item(
        "training-perfect-loss",
        "A friend's flow reaches a loss of 3.6 nats on fresh data. Is that good?",
        {
            "no: a perfect model would have 0": (
                "The loss of a perfect model is the entropy of the data. In section 1 it is 3.531 "
                "nats, and of other data it may well be negative."
            ),
            "it cannot be said from this number alone": (
                "The loss is the entropy plus the KL. It takes the entropy, or another model on "
                "the same data, to know what 3.6 is worth."
            ),
            "yes: exp(-3.6) is a small error": (
                "exp(-3.6) is a density, not an error: its size depends on the units of x."
            ),
        },
        right="it cannot be said from this number alone",
    ),
    Item(
        "training-alpha-gradient",
        "On a minibatch the mean of u_1^2 is 4. Which way does a step of gradient descent "
        "push alpha_1, if it is a plain number?",
        {
            "up": (
                "The slope of the loss in alpha is 1 - mean(u^2) = -3, so downhill is up. A larger "
                "scale makes u smaller, until the mean of u^2 is 1."
            ),
            "down": (
                "That would divide by an even smaller scale, and u would grow. The slope is 1 - "
                "mean(u^2) = -3, and downhill is the other way."
            ),
            "not at all: alpha only shifts": (
                "mu shifts. alpha is the log of the scale that x - mu is divided by."
            ),
        },
        right="up",
    ),
    Item(
        "training-overfit",
        "Training loss 0.2 nats, loss on fresh points 6 nats, and the samples look crisp. What "
        "happened?",
        {
            "the flow has not been trained long enough": (
                "It has been trained too long, on too few points: it knows them by heart."
            ),
            "the flow has put needles of density on its training points": (
                "Samples come out near the points it learned, so they look fine. Fresh points fall "
                "between the needles."
            ),
            "the fresh points must come from another density": (
                "They may, and it is worth a look. But this happens with the same density, too: "
                "section 4 did it."
            ),
        },
        right="the flow has put needles of density on its training points",
    ),
    Item(
        "training-pit",
        "The PIT histogram of u_1 on fresh data is high at both ends and low in the middle. In "
        "this direction the model is ...",
        {
            "too narrow": "More data than expected fall into what the model takes for its tails.",
            "too wide": (
                "Then the data would lie in the middle of what the model allows for, and the "
                "histogram would be a hump."
            ),
            "off the centre": "That gives a slope: one end high, the other low.",
            "perfect, a U belongs to a normal": (
                "Phi turns a standard normal into a flat histogram."
            ),
        },
        right="too narrow",
    ),
    Item(
        "training-bound",
        "Why does the library bound alpha on both sides, and not from above alone?",
        {
            "out of symmetry": (
                "A better reason: which of exp(alpha) and exp(-alpha) blows up depends on the "
                "direction."
            ),
            "exp(-alpha) is used on the way to u, and it explodes for very negative alpha": (
                "Training goes from x to u, so the lower side is the one that it meets first."
            ),
            (
                "a negative alpha would make a negative scale, and so turn the order of the "
                "points round"
            ): ("exp of anything is positive. Negative alpha means a scale below 1."),
        },
        right="exp(-alpha) is used on the way to u, and it explodes for very negative alpha",
    ),
]
