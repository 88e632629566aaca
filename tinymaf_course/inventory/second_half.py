"""Questions on what notebooks 06 to 09 meet."""

from .question import Question

QUESTIONS = [
    Question(
        "hidden-gaussian",
        (
            "In a trained flow of six layers, the data behind layer 4 look like a spiral. The "
            "final u looks standard normal, and the held-out score is excellent. What do you do?"
        ),
        {
            "train on, with a penalty on layer 4": (
                "Believes that every layer should bring the cloud nearer to noise. The loss looks "
                "at the last one alone."
            ),
            "remove layers 5 and 6, and see whether 4 becomes Gaussian": (
                "Takes layers for steps along one road. Without the last two it is another model, "
                "which would have to be trained anew."
            ),
            "nothing, if the spiral's mean is 0 and its spread is 1": (
                "A weaker form of the belief: at least the moments should be right. Not even those."
            ),
            "nothing": "Right: nothing constrains what lies in between.",
        },
        "nothing",
        (
            "Training looks at the last cloud and at the sum of the log_dets; the clouds in "
            "between may have any shape."
        ),
    ),
    Question(
        "stacking-adds-power",
        (
            "Two MAFs with Gaussian base, all layers in the order x1, x2. One has 2 layers, the "
            "other 20. p(x2 | x1) of the data has two humps. Which one models the humps?"
        ),
        {
            "neither": (
                "Right: in one order each variable is a straight line of its own Gaussian noise, "
                "however many layers there are."
            ),
            "the one with 20": (
                "Deeper is stronger: true where layers bend. In x2 these are straight lines."
            ),
            "both, the one with 20 better": "The same, and believes that two layers bend already.",
            "the one with 2: the deeper one overfits": (
                "Thinks of the amount of data. What a model cannot express it cannot overfit "
                "either."
            ),
        },
        "neither",
        (
            "Same order: the composition is one layer of the same kind. Changing the order is what "
            "helps."
        ),
    ),
    Question(
        "permutation-volume",
        (
            "Between two layers the columns of a batch are shuffled, the same shuffle for each "
            "row. The code forgets to add a log_det for it. By how much is log p(x) wrong?"
        ),
        {
            "by the log of the number of columns": (
                "Thinks that something as visible as a shuffle must cost something, and takes a "
                "number that grows with the columns."
            ),
            "by a sign, whenever the shuffle is odd": (
                "Knows that the determinant is 1 or -1. The formula has its absolute value, and "
                "its log is 0."
            ),
            "that depends on the shuffle": (
                "Believes that permutations differ in volume. All of them only rename axes."
            ),
            "not at all": "Right: log|det| of a permutation is 0.",
        },
        "not at all",
        "A permutation moves no volume: |det| = 1.",
    ),
    Question(
        "iaf-inverse-of-maf",
        (
            "A MAF was trained on photographs. You swap the two directions of each of its layers "
            "and change nothing else. What is the result?"
        ),
        {
            "the same density, faster to sample": (
                "Takes IAF for the inverse of one's own MAF, and believes that the swap speeds the "
                "model up without changing it."
            ),
            "another density, which has never been trained on photographs": (
                "Right: the same weights in another model."
            ),
            "the same density, but log p(x) can no longer be computed": (
                'Knows that an IAF\'s densities are slow, turns that into "cannot", and still '
                "believes in the same density."
            ),
            "no flow: swapped layers are not invertible": (
                "Takes swapping for breaking. An invertible map, swapped, is still invertible."
            ),
        },
        "another density, which has never been trained on photographs",
        "Swapped, noise goes through the map that was made for data: another density.",
    ),
    Question(
        "coupling-copies",
        (
            "A flow of 8 couplings. Each copies one half of the variables and transforms the "
            "other; the halves take turns. How is the half that the FIRST coupling copies modelled?"
        ),
        {
            "not at all: its density is 1": (
                'Takes "log_det 0" for "density 1", layer by layer. The base and the other layers '
                "have a say too."
            ),
            "it is taken to be Gaussian as it is": (
                "True for one coupling alone. Here others follow, and transform it."
            ),
            "by the other couplings, which transform it, and by the base": "Right.",
            "only through the correlation with the other half": (
                "Sees the half as an input of the network only, as if it were a context."
            ),
        },
        "by the other couplings, which transform it, and by the base",
        "A variable is modelled by all layers together; one layer may leave it as it is.",
    ),
    Question(
        "only-maf-exact",
        "For which of these flows can you compute log p(x) of a given point exactly?",
        {
            "for MAF alone": (
                "The belief itself. Ask where the change of variables needs an autoregressive "
                "layer."
            ),
            "for MAF, RealNVP, Glow and IAF": (
                "Right: each is invertible, with a Jacobian whose determinant is a product. Of IAF "
                "and a given point it takes D passes."
            ),
            "for MAF and RealNVP; for IAF there is only a lower bound": (
                "Has met IAF in a VAE. The bound there comes from the decoder, which has no "
                "inverse; IAF's own density is exact."
            ),
            "for none: what a network computes is an approximation": (
                "Mixes two things up: the model's density, which is exact, and its distance from "
                "the data's."
            ),
        },
        "for MAF, RealNVP, Glow and IAF",
        (
            "Every flow's likelihood is exact, by the change of variables. What differs is what it "
            "costs to compute it, and to sample."
        ),
    ),
    Question(
        "glow-is-maf",
        (
            "Sampling one image from Glow with D pixels, as far as the number of sequential steps "
            "goes, is like"
        ),
        {
            "a MAF's sampling: D steps": (
                "Files every well-known flow under MAF. Glow's layers are couplings."
            ),
            "RealNVP's sampling: a number that does not depend on D": (
                "Right: couplings go both ways in one pass, and the 1 x 1 convolutions in between "
                "are inverted as matrices."
            ),
            "a MAF's, but over channels instead of pixels": (
                "Knows the 1 x 1 convolutions over channels, and takes them for an autoregressive "
                "order."
            ),
            "an IAF's log p(x): fast one way, D steps the other": (
                "Believes that one direction of every flow must be slow. Couplings are fast both "
                "ways."
            ),
        },
        "RealNVP's sampling: a number that does not depend on D",
        (
            "Glow is RealNVP's coupling with learned 1 x 1 convolutions and ActNorm: both "
            "directions take one pass."
        ),
    ),
]
