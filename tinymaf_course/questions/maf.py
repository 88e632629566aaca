"""Quiz of notebook 05."""

from ..quiz import Item

ITEMS = [
    Item(
        "maf-dimensions",
        "Each conditional p(x_i | x_1 .. x_(i-1)) of a MAF is a density of one number. "
        "What data can a MAF model?",
        {
            "one number a row: the conditionals are one-dimensional": (
                "Each conditional is, but there are D of them, one for each variable, and their "
                "product is a density of the whole row. In section 3 one layer has 64 variables."
            ),
            "rows of any length D, with everything that ties the variables together": (
                "The ties are in mu_i and alpha_i, which read the variables before x_i."
            ),
            "rows of any length, but only if the variables are independent": (
                "With independent variables mu and alpha would be constants. It is the network "
                "inside them that carries the ties: in section 3 ignoring them costs nats."
            ),
        },
        right="rows of any length D, with everything that ties the variables together",
        misconception="maf-only-1d",
    ),
    Item(
        "maf-diagonal",
        "What is on the diagonal of dx/du in a MAF layer?",
        {
            "the derivatives of sigma_i = exp(alpha_i)": (
                "By u_i? That would be zero: sigma_i depends on the variables before x_i alone. "
                "Hold them still and x_i is a straight line in u_i. What is its slope?"
            ),
            "sigma_i = exp(alpha_i) itself": (
                "x_i = mu_i + sigma_i u_i, and neither mu_i nor sigma_i moves when u_i does."
            ),
            "alpha_i": "That is the logarithm of it: log|det dx/du| is the sum of the alpha_i.",
            "ones, because mu and sigma come from x_1 .. x_(i-1)": (
                "That would be so if x_i = mu_i + u_i (NICE has such layers). Here the noise is "
                "stretched by sigma_i."
            ),
        },
        right="sigma_i = exp(alpha_i) itself",
        misconception="jacobian-diagonal",
    ),
    Item(
        "maf-samples",
        "Can you draw samples from a MAF?",
        {
            "no, it only evaluates densities": (
                "You did, in section 4, and exactly: x_1 from u_1, then x_2, and so on."
            ),
            "only approximately, by iterating until nothing changes": (
                "After call k the first k variables are exact. So it ends after D calls, with "
                "nothing left over: rounding apart, that is not an approximation."
            ),
            "yes, exactly, in D steps a layer": "Slower than a density, but exact.",
        },
        right="yes, exactly, in D steps a layer",
        misconception="maf-no-sampling",
    ),
    Item(
        "maf-price",
        (
            "A MAF layer on D = 100 variables. How many network calls for log p(x) of a row, and "
            "how many for a sample, the textbook's way?"
        ),
        {
            "1 and 1": (
                "x_i waits for x_1 .. x_(i-1): one call leaves only the first variable right "
                "(section 5)."
            ),
            "1 and 100": (
                "Given x everything is known at once; given u the variables come one after another."
            ),
            "100 and 100": (
                "For the density all of x is there: the masks let one call give every mu_i and "
                "alpha_i."
            ),
            "100 and 1": (
                "That is the IAF, whose network reads the noise. MAF's network reads the data."
            ),
        },
        right="1 and 100",
        misconception="directions-cost-same",
    ),
    Item(
        "maf-one-variable",
        "Your data are single numbers with two peaks. You train a MAF of 20 layers, D = 1, on "
        "standard normal noise. What density will it have?",
        {
            "two peaks: 20 layers bend a line as they like": (
                "Nothing is there to bend it: with D = 1 mu and alpha are constants, and a "
                "straight line of a straight line is a straight line."
            ),
            "one Gaussian": (
                "20 straight lines make one straight line, and that turns a Gaussian into a "
                "Gaussian."
            ),
            "a mixture of 20 Gaussians": (
                "Layers follow one another, they are not alternatives. A mixture needs something "
                "that chooses."
            ),
        },
        right="one Gaussian",
        misconception="one-dim-maf-any",
    ),
]
