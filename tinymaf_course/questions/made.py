"""Quiz of notebook 03."""

from ..quiz import Item

ITEMS = [
    Item(
        "made-first-output",
        (
            "In a MADE without context the first output is the same number for every point. Is "
            "that a fault?"
        ),
        {
            "yes: it is dead, so x_1 is not modelled": (
                "It is not dead, it is a constant that is learned: the last bias. In section 5 it "
                "found the mean and the log scale of the first variable, and the model was nearly "
                "perfect."
            ),
            "no: p(x_1) is conditioned on nothing, and its parameters are learned constants": (
                "There is nothing that it could depend on."
            ),
            "yes, and a wider hidden layer repairs it": (
                "No width helps: a path would need a unit with j <= m < 1, and inputs begin at j = "
                "1. Nor is there anything to repair."
            ),
            (
                "no, but it must stay at 0, where training starts: what sees nothing must not be "
                "trained"
            ): ("It starts there and moves: the bias is a parameter like any other."),
        },
        right="no: p(x_1) is conditioned on nothing, and its parameters are learned constants",
        misconception="first-output-broken",
    ),
    Item(
        "made-one-mask-too-many",
        (
            "You find code in which every mask is strict, <. Its test says: no forbidden "
            "dependency. Is the code right?"
        ),
        {
            "yes: no output sees what it must not, which is all that masks are for": (
                "The test asks half of the question. A network that is constant passes it, too."
            ),
            "no: something leaks all the same": "Nothing leaks: strict masks cut more, not less.",
            "no: allowed dependencies are lost, at D = 2 all of them": (
                "Each strict step costs a degree, and there is only one to spend. Test for what "
                "must be there as well."
            ),
        },
        right="no: allowed dependencies are lost, at D = 2 all of them",
    ),
    Item(
        "made-when-to-mask",
        (
            "A colleague sets the forbidden weights to zero once, before training, and saves the "
            "multiplication by the mask. What happens?"
        ),
        {
            "the network stays autoregressive: weights that are zero stay zero": (
                "They do not: the gradient of a zero weight is not zero. The first update fills "
                "the holes."
            ),
            (
                "after the first update the forbidden weights are back, and the network begins to "
                "peek"
            ): (
                "The mask belongs in every pass: W * M. Then the gradient of a masked weight is "
                "zero, too."
            ),
            "the network trains, only more slowly": (
                "It would train all too well: it learns to copy, as in section 1."
            ),
        },
        right=(
            "after the first update the forbidden weights are back, and the network begins to peek"
        ),
    ),
    Item(
        "made-what-masks-do",
        "What do the masks of a MADE do to the autoregressive property?",
        {
            "they avoid it: all conditionals come out of one pass, so no order is left": (
                "The order is in the masks. In section 4 the same network without them had all ten "
                "forbidden dependencies. And a sample still needs one step for each variable."
            ),
            "they enforce it: output i can see only the inputs before i": (
                "That is why one pass gives D conditionals, and why their product is a density."
            ),
            "nothing: training finds the property by itself": (
                "Training prefers the opposite: the lazy network of section 1 learned to copy."
            ),
        },
        right="they enforce it: output i can see only the inputs before i",
        misconception="masking-avoids",
    ),
    Item(
        "made-degree-two",
        (
            "D = 4, natural order, one hidden layer. A hidden unit has degree 2. Which wires does "
            "it have?"
        ),
        {
            "from x_1 and x_2, to outputs 3 and 4": "Into it: j <= 2. Out of it: 2 < i.",
            "from x_1, to outputs 3 and 4": (
                "That is < on the way in. A unit of degree 2 may see x_2 itself."
            ),
            "from x_1 and x_2, to outputs 2, 3 and 4": (
                "That is <= on the way out. Output 2 would see x_2, its own input."
            ),
            "from x_2 only, to output 3 only": (
                "Degrees are bounds, not addresses: everything up to 2 may enter, and everything "
                "above 2 may listen."
            ),
        },
        right="from x_1 and x_2, to outputs 3 and 4",
    ),
]
