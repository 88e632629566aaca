"""Sampling an autoregressive model one variable after another, in its order (MAF, section 3.1)."""

import numpy as np

from .. import Complaint, edit, phrases, right
from ._conditionals import hand_made, watched

OPTIONAL = False
HINTS = (
    "Start from `x = np.zeros_like(u)` and fill one column after another. A column may be "
    "filled when all columns that its conditional reads are filled.",
    "Loop with `for i in order:`. A normal number with mean mu and standard deviation s is mu +"
    " s times a standard normal number.",
    "In the loop: `mu, alpha = conditional(i, x)`, then `x[:, i] = mu + np.exp(alpha) * u[:, i]`.",
)


def ancestral_sampling(u, order, conditional):
    """Samples x, shape (N, D): x_i = mu_i + exp(alpha_i) * u_i, variable after variable.

    u: standard normal noise, (N, D). Variable i uses u[:, i].
    order: a list of the variables 0, ..., D-1; order[0] comes first.
    conditional: `mu, alpha = conditional(i, x)` are two arrays (N,) for variable i. It
        looks only at those columns of x that come before i in `order`.
    """
    x = np.zeros_like(u)
    for i in order:
        mu, alpha = conditional(i, x)
        x[:, i] = mu + np.exp(alpha) * u[:, i]
    return x


def cases():
    rng = np.random.default_rng(1)
    orders = [[0, 1], [1, 0], [0], [2, 0, 1], [1, 2, 0], [3, 0, 4, 1, 2]]
    return [
        (rng.standard_normal((5 + k, len(order))), order, hand_made(order, seed=10 + k))
        for k, order in enumerate(orders)
    ]


def judge(answer, u, order, conditional):
    where = f"order {order}, {len(u)} rows of noise"
    got = answer(u, list(order), watched(conditional, u.shape[1]))
    look = "One column for each variable."
    if said := phrases.shape(got, u.shape, "x has the shape of u.", where, look):
        return said
    if np.isnan(got).any():
        return Complaint(phrases.AS_NAN, where, "NaN in x")
    for i in order:
        mu, alpha = conditional(i, got)
        back = (got[:, i] - mu) * np.exp(-alpha)
        if not np.abs(back - u[:, i]).max() < 1e-8:
            return Complaint(
                f"Variable {i} does not fit the variables before it: the way back, (x_i - mu_i) / "
                "exp(alpha_i), must give u_i.",
                tested=where + f", row 0, u_{i} = {u[0, i]:.3f}",
                got=f"{back[0]:.3f}",
                look=(
                    f"Before variable {i} come {order[: order.index(i)] or 'no others'}. Were they "
                    f"final when you asked conditional({i}, x)?"
                ),
            )
    return None


WRONG_EDITS = [
    edit(
        "as_numbered",
        "You filled the columns as they are numbered. These conditionals were made for `order`, "
        "and one order is not as good as another: a conditional that is asked too early reads "
        "columns that are still zero.",
        ("in order", "in range(u.shape[1])"),
        misconception="any-order",
    ),
    edit(
        "inverse_permutation",
        "You went by np.argsort(order), the inverse permutation. It says at which step a variable "
        "comes. What you need here is which variable comes at a step, and that is `order` itself. "
        "For two variables the two are the same.",
        ("in order", "in np.argsort(order)"),
    ),
    edit(
        "all_at_once",
        "Each conditional was asked while the variables that it reads were still empty: all at "
        "once, or from the end of the order. order[0] depends on nothing and comes first; ask for "
        "a variable when those before it are drawn.",
        ("conditional(i, x)", "conditional(i, np.zeros_like(u))"),
    ),
    edit(
        "asked_at_the_noise",
        "The conditionals were asked at u. They look at data, at the columns of x that are "
        "already drawn, not at noise. (A model that looks at noise exists: it is called IAF, and "
        "it is another model.)",
        ("conditional(i, x)", "conditional(i, u)"),
    ),
    edit(
        "alpha_as_scale",
        "You multiplied the noise by alpha. alpha is the log of the standard deviation: multiply "
        "by exp(alpha).",
        ("np.exp(alpha)", "alpha"),
    ),
    edit(
        "variance_as_scale",
        "You multiplied the noise by the variance, exp(2 alpha). The noise is stretched by the "
        "standard deviation, exp(alpha).",
        ("np.exp(alpha)", "np.exp(2 * alpha)"),
    ),
    edit(
        "begun_with_nan",
        "x began as NaN, as if that stood for nothing known yet. But a conditional multiplies by 0 "
        "what it must not look at, and 0 times NaN is NaN: begin with zeros.",
        ("np.zeros_like(u)", "np.full_like(u, np.nan)"),
    ),
    edit(
        "noise_by_step",
        "You took the noise by steps: the k-th variable got u[:, k]. Variable i uses u[:, i], "
        "whenever it is drawn.",
        ("for i in order", "for k, i in enumerate(order)"),
        ("u[:, i]", "u[:, k]"),
    ),
    edit(
        "columns_as_drawn",
        "The numbers are right, the columns are not: they stand in the order of drawing. Put "
        "variable i into column i.",
        ("return x", "return x[:, order]"),
    ),
]


@right
def columns_in_a_list(u, order, conditional):
    columns = [np.zeros(len(u)) for _ in order]
    for i in order:
        mu, alpha = conditional(i, np.stack(columns, axis=1))
        columns[i] = mu + np.exp(alpha) * u[:, i]
    return np.stack(columns, axis=1)


@right
def whole_rounds(u, order, conditional):
    x = np.zeros_like(u)
    for _ in order:
        each = [conditional(i, x) for i in range(len(order))]
        x = np.stack([mu + np.exp(alpha) * u[:, i] for i, (mu, alpha) in enumerate(each)], axis=1)
    return x


@right
def by_masks(u, order, conditional):
    x = 0 * u
    for i in order:
        mu, alpha = conditional(i, x)
        here = np.arange(u.shape[1]) == i
        x = np.where(here, mu[:, None] + u * np.exp(alpha)[:, None], x)
    return x
