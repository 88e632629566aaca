"""Quiz of notebook 11."""

from ..quiz import Item

ITEMS = [
    Item(
        "vae-who-wants-what",
        "In every training step a VAE draws z from q(z | x) and needs log q of that very draw. "
        "And it needs log p(z) of the prior at that z. Which flow where?",
        {
            "MAF for the posterior, IAF for the prior": (
                "MAF needs L steps for a draw, IAF needs L steps for the density of a given z. "
                "This is slow twice."
            ),
            "IAF for the posterior, MAF for the prior": (
                "The posterior draws (and knows log q of its own draws at no cost); the prior is "
                "asked for a density."
            ),
            "it does not matter: both are triangular": (
                "Both have a cheap direction and a slow one. Which direction does the training go?"
            ),
        },
        right="IAF for the posterior, MAF for the prior",
    ),
    Item(
        "vae-elbo-low",
        "The ELBO of a picture is -22 nats. What is certain of log p(x)?",
        {
            "it is -22, apart from noise": "Only if q is the exact posterior.",
            "it is at least -22": "The gap is KL(q || p(z | x)), which is never negative.",
            "it is at most -22": "A lower bound lies below: log p(x) lies above it.",
            "nothing": "A bound says something: on which side is the truth?",
        },
        right="it is at least -22",
    ),
    Item(
        "vae-better-prior",
        "You replace N(0, I) by a flexible prior and train on. Of which term does the "
        "prior itself reduce the cost?",
        {
            "KL(q(z) || p(z)), between the aggregate posterior and the prior": (
                "Its training is maximum likelihood on codes of the data."
            ),
            "the reconstruction E[log p(x | z)]": (
                "The prior does not appear in it. It may improve in turn, because codes are no "
                "longer pressed into a ball."
            ),
            "the information I(x; z)": "That depends on the encoder alone.",
        },
        right="KL(q(z) || p(z)), between the aggregate posterior and the prior",
    ),
    Item(
        "vae-importance",
        "log of the mean of K weights, with K = 50 instead of 1. What changes?",
        {
            (
                "the noise alone: it is the same bound, the ELBO, with fifty draws in place of a "
                "single one"
            ): (
                "Averaging 50 ELBOs would reduce noise alone. The log of a mean is higher than the "
                "mean of logs."
            ),
            "the bound gets tighter, on average, and with K without end it reaches log p(x)": (
                "The mean of many weights varies less, so its log loses less."
            ),
            "it may exceed log p(x), on average": (
                "By Jensen it cannot, on average. A single estimate may."
            ),
        },
        right="the bound gets tighter, on average, and with K without end it reaches log p(x)",
    ),
]
