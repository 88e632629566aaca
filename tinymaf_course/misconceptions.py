"""Misconceptions about flows. A demonstration, a quiz item and a wrong answer meet each of them.

MISCONCEPTIONS maps an id to (the belief, the truth, the notebook that meets it). Cells that
demonstrate one carry the tag `misconception:<id>`. Quiz items and wrong answers name the id.
"""

MISCONCEPTIONS = {
    "autoregressive-time-series": (
        "Autoregressive means time series.",
        (
            "Any joint density can be written as a product of conditionals, in any order; no time "
            "is needed."
        ),
        "01",
    ),
    "any-order": (
        "Any order of the variables is as good as another.",
        (
            "Every order can express every density in principle; once the conditionals come from "
            "one simple family, the order matters."
        ),
        "01",
    ),
    "density-above-one": (
        "A density cannot exceed 1.",
        (
            "A density is probability per volume: only its integral is 1, and log p(x) may well be "
            "positive."
        ),
        "02",
    ),
    "log-det-per-batch": (
        "There is one log-det for a batch.",
        "Each row has a Jacobian of its own, so log_det has the shape (N,).",
        "02",
    ),
    "first-output-broken": (
        "The first output of MADE is broken, because it sees nothing.",
        (
            "It must not see any input: it holds the parameters of p(x1), which are constants (or "
            "functions of the context)."
        ),
        "03",
    ),
    "masking-avoids": (
        "Masking avoids the autoregressive property.",
        (
            "Masking enforces it: without the masks every output sees every input. What masks "
            "avoid is one network for each conditional."
        ),
        "03",
    ),
    "maf-only-1d": (
        "MAF is for one-dimensional data only.",
        "Each conditional is one-dimensional; there is one for each of any number of variables.",
        "05",
    ),
    "maf-no-sampling": (
        "MAF cannot be sampled.",
        "It can, exactly: variable after variable, in D sequential steps a layer.",
        "05",
    ),
    "directions-cost-same": (
        "Both directions of a MAF cost the same time.",
        (
            "x to u takes one network call; u to x needs D sequential steps, because each x_i "
            "waits for the ones before it."
        ),
        "05",
    ),
    "jacobian-diagonal": (
        "The diagonal of dx/du is the derivative of sigma.",
        (
            "It is sigma_i itself: mu_i and sigma_i do not depend on u_i, so dx_i/du_i = sigma_i = "
            "exp(alpha_i)."
        ),
        "05",
    ),
    "one-dim-maf-any": (
        "A one-dimensional MAF can fit any density.",
        (
            "With one variable, mu and alpha are constants, so an affine MAF on Gaussian noise is "
            "always a Gaussian."
        ),
        "05",
    ),
    "hidden-gaussian": (
        "The layers in between must look Gaussian.",
        "Training asks that of the last one alone; the clouds in between may have any shape.",
        "06",
    ),
    "stacking-adds-power": (
        "Stacking layers adds power by itself.",
        (
            "As long as affine layers share one order, each conditional stays exactly Gaussian; it "
            "is changing the order that helps."
        ),
        "06",
    ),
    "permutation-volume": (
        "A permutation changes the volume.",
        "Its determinant is 1 or -1: log|det| is 0.",
        "06",
    ),
    "iaf-inverse-of-maf": (
        "IAF is the inverse of my trained MAF.",
        (
            "It is the same kind of layer with its directions swapped: another model, fast where "
            "MAF is slow."
        ),
        "08",
    ),
    "coupling-copies": (
        "The half that a coupling layer copies is not modelled.",
        (
            "It is modelled by the other layers and by the base density: later layers transform it "
            "in turn."
        ),
        "09",
    ),
    "only-maf-exact": (
        "Only MAF gives an exact likelihood.",
        (
            "Every flow does: a coupling, an IAF, a Glow. What differs is what it costs to compute "
            "it, and to sample."
        ),
        "09",
    ),
    "glow-is-maf": (
        "Glow is a MAF.",
        (
            "Glow builds on the coupling layers of RealNVP, with learned 1 x 1 convolutions in "
            "between."
        ),
        "09",
    ),
}
