"""Quiz of notebook 10."""

from ..quiz import Item

ITEMS = [
    Item(
        "conditional-first-output",
        "A MADE with a context y. Its hidden units have degrees 1 to D - 1, as without a "
        "context, and y is connected to all of them. What is lost?",
        {
            "nothing: y reaches every hidden unit, and through them every output": (
                "It does. But which of these units may feed output 1? None has a degree below 1."
            ),
            "p(x_1 | y): the first variable in the order does not depend on y": (
                "It costs at least the mutual information of x_1 and y, in that layer."
            ),
            "everything: y must have a degree above D": (
                "Then no unit could see it. y comes before all variables: degree 0."
            ),
            "the last variable's dependence on y": (
                "The last one hears it best: all hidden units feed it."
            ),
        },
        right="p(x_1 | y): the first variable in the order does not depend on y",
    ),
    Item(
        "conditional-whole-numbers",
        "A flow fitted to grey values as they are, whole numbers, scores better and "
        "better as training goes on, also on test pictures. What has it learned?",
        {
            "the pictures, very well: the test score says so": (
                "The test pictures are whole numbers too. Spikes on whole numbers score without "
                "limit on both."
            ),
            "that pixels are whole numbers": (
                "Ever narrower spikes score ever better. With uniform noise added, the score has a "
                "ceiling."
            ),
            "nothing: its density no longer integrates to one": (
                "It does integrate to one. A density may exceed 1 as much as it likes on little "
                "space."
            ),
        },
        right="that pixels are whole numbers",
    ),
    Item(
        "conditional-bits",
        "Model A reports 120 nats a picture in logit space with a = 0.05, model B 95 nats with "
        "a = 0.000001. Which is the better model of the pictures?",
        {
            "A: more nats are better": "Not in different coordinates: log_det depends on a.",
            "B: fewer nats are better": (
                "log p should be high. But these two cannot be compared as they stand."
            ),
            "it cannot be said before both are turned into bits per pixel": (
                "Each needs its own log_det, with the factor for the grey scale."
            ),
            (
                "they are equally good: the logit is a bijection and loses nothing"
            ): "It is, and its log_det is not zero.",
        },
        right="it cannot be said before both are turned into bits per pixel",
    ),
    Item(
        "conditional-boring",
        "A picture has a higher log p(x) than nearly all test pictures. Is it a typical digit?",
        {
            "yes: the typical pictures of a density are those where it is highest, by definition": (
                "The point 0 of a standard normal has the highest density, and no draw in 64 "
                "dimensions comes near it."
            ),
            "not necessarily: plain pictures can score high and be nothing like a draw": (
                "In section 5 it was the median of all digits, a smudge."
            ),
            "no: it must be a picture of the training set": (
                "That can happen when a model overfits. But a smudge does it as well."
            ),
        },
        right="not necessarily: plain pictures can score high and be nothing like a draw",
    ),
    Item(
        "conditional-integral",
        "To test code for p(x | y), which sizes D of x and C of y do you take?",
        {
            "D = C = 2, and the integral over x and y together": (
                "With D = C the published error vanishes. And over y nothing needs to integrate to "
                "one."
            ),
            "D = 2 and C = 3, and the integral over x for several single y": (
                "Sizes that differ, each context by itself."
            ),
            "D = 784 and C = 10, as in the experiment": (
                "An integral over 784 dimensions is out of reach. The same code at D = 2 can be "
                "checked, and has the same error."
            ),
        },
        right="D = 2 and C = 3, and the integral over x for several single y",
    ),
]
