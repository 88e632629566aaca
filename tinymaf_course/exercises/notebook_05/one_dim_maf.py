"""Why a MAF of one variable is Gaussian however many layers it has: mean and standard deviation of
the stack."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "A layer turns a Gaussian of mean m and standard deviation s into another Gaussian: z -> mu"
    " + exp(alpha) z. What are the new m and s?",
    "Start with the noise, m = 0 and s = 1. The layer that faces the noise comes first: the "
    "last of the list.",
    "`for mu, alpha in reversed(layers): m, s = mu + np.exp(alpha) * m, np.exp(alpha) * s`",
)


def one_dim_maf(layers):
    """The Gaussian that a stack of one-dimensional MAF layers turns the noise into.

    layers is a list of (mu, alpha), two numbers each: with D = 1 there is nothing to depend on.
    The first layer faces the data, the last one the standard normal noise.
    Return the mean and the standard deviation of x.
    """
    mean, sd = 0.0, 1.0
    for mu, alpha in reversed(layers):
        mean, sd = mu + np.exp(alpha) * mean, np.exp(alpha) * sd
    return mean, sd


def cases():
    rng = np.random.default_rng(54)
    stacks = [[(1.5, 0.7)], [(1.0, 0.5), (-2.0, -0.3)]]
    return [
        (stack,)
        for stack in [*stacks, [(float(m), float(a)) for m, a in rng.uniform(-1, 1, (4, 2))]]
    ]


def judge(answer, layers):
    tested = f"layers = {[(round(m, 2), round(a, 2)) for m, a in layers]}"
    out = answer(layers)
    if said := phrases.numbers(out, ("mean", "standard deviation"), tested):
        return said
    x = np.linspace(-100, 100, 200_001)
    h, log_det = x, 0.0
    for mu, alpha in layers:  # from x to u, by the definition of a layer
        h, log_det = (h - mu) * np.exp(-alpha), log_det - alpha
    p = np.exp(-0.5 * h**2 + log_det) / np.sqrt(2 * np.pi) * (x[1] - x[0])
    mean = np.sum(p * x)
    sd = np.sqrt(np.sum(p * (x - mean) ** 2))
    for name, value, exact in [("mean", out[0], mean), ("standard deviation", out[1], sd)]:
        if not abs(value - exact) < 1e-4:
            return Complaint(
                f"The {name} of x must be that of its density, integrated.",
                tested,
                got=f"{value:.4f}, the integral gives {exact:.4f}",
                look="Take two layers and a pencil. Which one meets the noise first?",
            )
    return None


WRONG_EDITS = [
    edit(
        "first_layer_first",
        "The noise meets the last layer of the list first: go through the list backwards.",
        ("reversed(layers)", "layers"),
    ),
    edit(
        "scales_added_up",
        "Scales multiply, they do not add: exp(a) exp(b) = exp(a + b).",
        ("0.0, 1.0", "0.0, 0.0"),
        ("np.exp(alpha) * sd", "sd + np.exp(alpha)"),
    ),
    edit(
        "variance",
        "The mean is right. The second number is the variance: the standard deviation is asked "
        "for.",
        ("return mean, sd", "return mean, sd**2"),
    ),
    edit(
        "exp_forgotten",
        "The exp is missing: alpha is the LOG of the scale.",
        ("mu + np.exp(alpha) * mean, np.exp(alpha) * sd", "mu + alpha * mean, alpha * sd"),
    ),
]


@wrong(
    "The standard deviation is right. But the shift of an inner layer is stretched by every layer "
    "between it and the data: shifts do not simply add up."
)
def shifts_added_up(layers):
    mu, alpha = np.transpose(layers)
    return mu.sum(), np.exp(alpha.sum())


@wrong(
    "That is a mixture of K Gaussians, one for each layer. Layers are not alternatives, they "
    "follow one another, and a straight line of a straight line is a straight line: one single "
    "Gaussian comes out.",
    misconception="one-dim-maf-any",
)
def a_mixture(layers):
    mu, alpha = np.transpose(layers)
    return mu.mean(), np.sqrt(np.mean(np.exp(2 * alpha)) + mu.var())


@right
def from_the_data_side(layers):
    mean, sd = 0.0, 1.0
    for mu, alpha in layers:
        mean, sd = mean + sd * mu, sd * np.exp(alpha)
    return mean, sd


@right
def by_matrices(layers):
    product = np.eye(2)
    for mu, alpha in layers:
        product = product @ np.array([[np.exp(alpha), mu], [0.0, 1.0]])
    return product[0, 1], product[0, 0]


@right
def by_recursion(layers):
    if not layers:
        return 0.0, 1.0
    mu, alpha = layers[0]
    mean, sd = by_recursion(layers[1:])
    return mu + np.exp(alpha) * mean, np.exp(alpha) * sd
