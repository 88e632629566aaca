"""Quiz of notebook 09."""

from ..quiz import Item

ITEMS = [
    Item(
        "realnvp-copied-half",
        "A flow is a single coupling: x_1 stays, x_2 is mapped. What density does this flow "
        "give to x_1?",
        {
            "none: x_1 is copied, so it is not modelled": (
                "The flow has a density of the whole row, which integrates to one. Sum it over "
                "x_2: something is left for x_1. You saw it in section 3."
            ),
            "that of the base: a standard normal": (
                "u_1 is x_1, and standard normal. It is modelled, by the base alone. A second "
                "coupling with the mask turned round gives it a better model."
            ),
            "that of the data: copying changes nothing": (
                "Copying changes nothing about x_1 in the map. But where does a sample's x_1 come "
                "from? From the noise."
            ),
        },
        right="that of the base: a standard normal",
        misconception="coupling-copies",
    ),
    Item(
        "realnvp-glow",
        "What is Glow?",
        {
            (
                "a deep MAF that learns the orders of its variables by 1 x 1 convolutions over "
                "the channels"
            ): (
                "A MAF layer is triangular and samples in D steps. Glow samples in one call a "
                "layer, and in one of its steps every variable sees every other: section 5."
            ),
            "RealNVP's couplings, with learned invertible linear layers and ActNorm in between": (
                "The linear layer replaces the choice of masks: it mixes the variables before each "
                "coupling."
            ),
            "NICE with more layers": (
                "NICE's couplings only shift. Glow's stretch as well, and its linear layers mix "
                "the variables."
            ),
        },
        right="RealNVP's couplings, with learned invertible linear layers and ActNorm in between",
        misconception="glow-is-maf",
    ),
    Item(
        "realnvp-exact",
        "A text praises MAF because, unlike couplings, it gives an exact likelihood. What do you "
        "answer?",
        {
            "true: a coupling copies half, so its likelihood is approximate": (
                "The copied half is modelled, too, and log|det| of a coupling is exact. Section 6 "
                "compared both with autograd and with an integral."
            ),
            "every flow has an exact likelihood; they differ in what it costs": (
                "All are changes of variables with a Jacobian whose determinant is known. MAF and "
                "couplings need one call a layer for log p(x), an IAF needs D."
            ),
            "false: no flow has one, all of them are trained with a bound": (
                "A bound is what a VAE has. A flow's log p(x) is a formula."
            ),
        },
        right="every flow has an exact likelihood; they differ in what it costs",
        misconception="only-maf-exact",
    ),
    Item(
        "realnvp-network",
        "Why may the network inside a coupling be any network, without masks, and need not be "
        "invertible?",
        {
            "because it reads only what stays, which is known in both directions": (
                "It computes the same mu and alpha on the way there and on the way back. It is "
                "never inverted."
            ),
            "because its weights start at zero": (
                "They are trained, and may become anything. The coupling stays invertible."
            ),
            "because the log_det corrects for whatever the network does to the points": (
                "The log_det measures the volume. It cannot repair a map that has no inverse."
            ),
        },
        right="because it reads only what stays, which is known in both directions",
    ),
    Item(
        "realnvp-nice",
        "NICE without its scaling layer, on data in the plane. After long training its loss stays "
        "above 1.83 nats. Why?",
        {
            (
                "it is stuck in a local minimum, and a larger learning rate or more layers would "
                "help"
            ): ("No parameters can help: 1.84 is log(2 pi), and no loss gets below it."),
            "its volume is fixed: p(x) is a value of the base density, at most 1 / (2 pi)": (
                "The log_det is 0 everywhere, so p(x) = p_u(u), and that has its peak at 1 / (2 "
                "pi)."
            ),
            "the data have an entropy of 1.84 nats": (
                "Those in section 4 have about 1.01. Other flows come close to it."
            ),
        },
        right="its volume is fixed: p(x) is a value of the base density, at most 1 / (2 pi)",
    ),
]
