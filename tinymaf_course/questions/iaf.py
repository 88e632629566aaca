"""Quiz of notebook 08."""

from ..quiz import Item

ITEMS = [
    Item(
        "iaf-from-maf",
        (
            "You have trained a MAF on your data. Sampling is slow. A friend says: swap the "
            "directions of its layers, then you have an IAF, and it samples in one call a layer. "
            "What do its samples look like?"
        ),
        {
            "like the data, only faster: the same weights describe the same density either way": (
                "Feed the swapped flow with noise: the network now reads noise where it was "
                "trained to read data. In section 1 the samples were not moons."
            ),
            "like noise": (
                "Noise comes out when DATA go in. Fed with noise it makes something else: the map "
                "that flattens moons, applied to what is flat already."
            ),
            "like neither: it is another model that happens to have the same weights": (
                "The same function with its ends exchanged. To get a fast sampler of this density, "
                "fit an IAF to it."
            ),
        },
        right="like neither: it is another model that happens to have the same weights",
        misconception="iaf-inverse-of-maf",
    ),
    Item(
        "iaf-who-wants-which",
        "You need log p(x) of ten million recorded points, and no samples. One layer each: "
        "which is cheap?",
        {
            "MAF: its network reads x, and x is there": "One call for the batch.",
            "IAF: one call, as always": (
                "One call is for its own samples. For a recorded x the noise behind it has to be "
                "found first, one variable a step."
            ),
            "neither: both need D steps": (
                "Only the direction in which the network has to read what is not there yet needs "
                "steps. MAF reads x."
            ),
        },
        right="MAF: its network reads x, and x is there",
    ),
    Item(
        "iaf-own-density",
        "Reverse KL needs log q(x) at every sample. With an IAF of D = 64, what does that cost "
        "beyond the sample itself?",
        {
            "64 further calls, one for each variable, as any density of an IAF takes": (
                "Those are for an x from elsewhere. This x was just made: its noise is known, and "
                "the alphas were computed."
            ),
            "nothing but a sum: log p_u(u) minus the sum of the alphas": (
                "That is why IAF and variational inference belong together."
            ),
            "one further call": (
                "mu and alpha at this very noise were computed for the sample. Nothing has changed."
            ),
        },
        right="nothing but a sum: log p_u(u) minus the sum of the alphas",
    ),
    Item(
        "iaf-reverse-kl",
        "A posterior has two separate peaks. You fit q by reverse KL, and the bound settles 0.69 "
        "below log Z. What is likely?",
        {
            "q covers both peaks, but is blurred": (
                "That is what forward KL does, maximum likelihood, when the family is too poor. "
                "Reverse KL punishes q for lying where p is tiny, such as between the peaks."
            ),
            "q sits on one of two equal peaks": (
                "With half of the mass missed the bound falls short by log 2, which is 0.69. And "
                "no sample of q ever sees the other peak."
            ),
            "the learning rate is too small": (
                "The bound has settled. And 0.69 is a suspicious number: it is log 2."
            ),
        },
        right="q sits on one of two equal peaks",
    ),
]
