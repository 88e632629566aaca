"""The parameters of the first output: constants, and what they should be (MAF, section 3.1)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "The first output sees no input. So mu and alpha are the same for every row: two numbers. "
    "Which variable is it that they describe? Look at the order.",
    "Which Gaussian makes N numbers as probable as can be? The mean log-density is -alpha - "
    "mean((z - mu)^2) / (2 exp(2 alpha)) and a constant. Set its two derivatives to zero.",
    "`z = x[:, order[0]]; mu = z.mean(); alpha = np.log(z.std())`: the "
    "standard deviation that divides by N.",
)


def first_output(x, order):
    """The best parameters of the output that comes first: mu and alpha, two numbers.

    x: (N, D) data. order: a permutation; order[0] is the column that comes first (columns count
    from 0). There is no context. Return the mu and the alpha that make mean(log N(x_first; mu,
    exp(alpha)^2)) as large as it can be.
    """
    z = x[:, order[0]]
    return z.mean(), np.log(z.std())


def cases():
    rng, found = np.random.default_rng(2), []
    for order in ([0, 1], [2, 0, 1], [1, 3, 0, 2], [0]):
        scale, shift = np.exp(rng.normal(0, 1, len(order))), rng.normal(0, 3, len(order))
        found.append((shift + scale * rng.gamma(2, 1, (11, len(order))), order))
    return found


def judge(answer, x, order):
    tested = f"{len(x)} rows, order {order}"
    out = answer(x, order)
    if said := phrases.numbers(out, ("mu", "alpha"), tested, "what could they depend on?"):
        return said
    mu, alpha = map(float, out)
    if said := phrases.finite([mu, alpha], "mu and alpha must be finite.", tested):
        return said
    u = (x[:, order[0]] - mu) * np.exp(-alpha)
    for what, value, wanted in (("mean of u", u.mean(), 0), ("mean of u^2", (u**2).mean(), 1)):
        if not abs(value - wanted) < 1e-6:
            return Complaint(
                "It is not the best yet: where the mean log-density is highest its derivatives "
                f"are zero, and then the {what} is {wanted}, with u = (x - mu) exp(-alpha).",
                tested,
                got=f"the {what} is {value:.4f}",
                look="one of the two numbers, or the column that they are taken from",
            )


WRONG_EDITS = [
    edit(
        "scale_itself",
        "It is the log of the scale that is asked for: alpha = log(std).",
        ("np.log(z.std())", "z.std()"),
    ),
    edit(
        "log_variance",
        "That is the log *variance*, twice as much as alpha: in this course exp(alpha) is the "
        "standard deviation.",
        ("z.std()", "z.var()"),
    ),
    edit(
        "divided_by_n_minus_one",
        "Nearly: this divides by N - 1. That removes a bias of the variance, but the most "
        "probable Gaussian divides by N.",
        ("z.std()", "z.std(ddof=1)"),
    ),
    edit(
        "always_column_zero",
        "This is column 0. In another order another column comes first: order[0].",
        ("order[0]", "0"),
    ),
    edit(
        "inverse_permutation",
        "np.argsort(order)[0] is the place at which column 0 comes. The column that comes first is "
        "order[0]: `order` lists columns, its inverse lists places.",
        ("order[0]", "np.argsort(order)[0]"),
    ),
    edit(
        "the_last_one",
        "This is the column that comes *last*: it sees all the others. The first one is order[0].",
        ("order[0]", "order[-1]"),
    ),
    edit(
        "all_columns",
        "Mean and scale over all columns together. The first output describes one variable, the "
        "first.",
        ("x[:, order[0]]", "x"),
    ),
]


@wrong(
    "The first output sees no input, but it is not broken and not stuck at the standard normal: "
    "its biases are free, and they learn the mean and the log scale of the variable that comes "
    "first.",
    misconception="first-output-broken",
)
def stuck_at_zero(x, order):
    return 0.0, 0.0


@right
def by_moments(x, order):
    z = x[:, order[0]]
    mu = z.sum() / len(z)
    return mu, 0.5 * np.log((z - mu) @ (z - mu) / len(z))


@right
def by_numpy_cov(x, order):
    z = np.take(x, order[0], axis=1)
    return np.average(z), 0.5 * np.log(np.cov(z, bias=True))


@right
def by_newtons_method(x, order):
    z = x[:, order[0]]
    mu, alpha = z.mean(), np.log(np.abs(z - z.mean()).max())
    for _ in range(100):  # the slope of the mean log-density by alpha, over its own slope
        square = np.mean((z - mu) ** 2) * np.exp(-2 * alpha)
        alpha = alpha + (square - 1) / (2 * square)
    return mu, alpha
