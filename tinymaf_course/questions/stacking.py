"""Quiz of notebook 06."""

from ..quiz import Item

ITEMS = [
    Item(
        "stacking-same-order",
        "A colleague stacks ten MAF layers, all with the order x1, x2, on normal noise. What can "
        "p(x2 | x1) look like?",
        {
            "ten times as complicated as with one layer": (
                "Each layer is a straight line in x2, given x1. Ten straight lines, one after "
                "another, are one straight line. In section 2 five layers gained nothing "
                "noticeable."
            ),
            "a Gaussian, whatever x1 is": (
                "Only the way its mean and width depend on x1 may become richer."
            ),
            "a mixture of up to ten Gaussians": (
                "Layers follow one another; they are not alternatives among which something "
                "chooses. A line of a line is a line."
            ),
        },
        right="a Gaussian, whatever x1 is",
        misconception="stacking-adds-power",
    ),
    Item(
        "stacking-hidden",
        "A flow of five layers fits its data perfectly. You look at the cloud behind layer 3. "
        "What must it look like?",
        {
            "more Gaussian than the one behind layer 2": (
                "Section 4 measured it: on the way the distance from noise may grow as well as "
                "fall."
            ),
            "Gaussian": (
                "Only the last cloud is asked to be. If layer 3 had done it already, layers 4 and "
                "5 would have nothing to do."
            ),
            "nothing in particular": (
                "The loss reads u and the sum of the log-dets. Any cloud will do if the last two "
                "layers can turn it into noise."
            ),
        },
        right="nothing in particular",
        misconception="hidden-gaussian",
    ),
    Item(
        "stacking-permutation",
        "A layer puts 64 variables into another order. What is its log_det?",
        {
            "0, for every permutation": (
                "The determinant is 1 or -1, so log|det| = 0: the volume stays the same."
            ),
            "log 64!, because there are so many orders": (
                "Counting orders is not measuring volume. A unit cube with its axes renamed is "
                "still a unit cube."
            ),
            "0 for even permutations, undefined for odd ones": (
                "For odd ones the determinant is -1. The formula takes the absolute value first, "
                "and log 1 = 0."
            ),
            "it has to be learned": (
                "Nothing in it can be learned: it is the same fixed map for every row."
            ),
        },
        right="0, for every permutation",
        misconception="permutation-volume",
    ),
    Item(
        "stacking-log-det",
        "A row passes through three layers. They report log_det 0.5, -2 and 3, each at the place "
        "where the row then was. What is log|det du/dx| of the stack?",
        {
            "3, the last one": (
                "That is how the last layer stretches. The first two have stretched already."
            ),
            "-3, their product": (
                "Determinants multiply, and these are logarithms: they add. With a fourth layer of "
                "log_det 0, which changes no volume, your product would be 0."
            ),
            "1.5, their sum": "0.5 - 2 + 3. Determinants multiply, so their logarithms add.",
            "it cannot be computed without the Jacobians": (
                "The determinant of a product is the product of the determinants: three numbers "
                "are enough."
            ),
        },
        right="1.5, their sum",
    ),
    Item(
        "stacking-inverse",
        "A permutation layer makes u = x[:, [2, 0, 1]], columns counted from 0. What gives x?",
        {
            "u[:, [2, 0, 1]]": (
                "That turns the circle once more. A circle of three needs three turns to come back."
            ),
            "u[:, [1, 2, 0]]": (
                "Column 0 of x went to place 1, column 1 to place 2, column 2 to place 0. "
                "np.argsort says so, too."
            ),
            "u[:, ::-1]": "That undoes a reversal. Try it on the row (10, 11, 12).",
        },
        right="u[:, [1, 2, 0]]",
    ),
]
