"""A permutation layer in the direction that people get wrong: from u back to x, and its
log-determinant."""

import numpy as np

from .. import Complaint, edit, phrases, right
from ..numerics import log_abs_det

OPTIONAL = False
HINTS = (
    "u_k = x_{order[k]}. So column k of u must go back to the place `order[k]`. Do [2, 0, 1] "
    "on paper.",
    "You need the inverse permutation: `inverse[order[k]] = k`. NumPy has a function that gives "
    "it: `np.argsort`.",
    "`x = u[:, np.argsort(order)]`. And a permutation changes no volume: log_det is 0 for each "
    "row.",
)


def unpermute(u, order):
    """The way back through a permutation layer.

    The layer leads from x to u = x[:, order]. Here u (N, D) and order, an array such as
    [2, 0, 1], are given.
    Return x (N, D) and log_det = log|det dx/du| (N,).
    """
    inverse = np.argsort(order)
    return u[:, inverse], np.zeros(len(u))


def cases():
    rng = np.random.default_rng(63)
    orders = ([1, 0], [2, 0, 1], [0, 1, 2], [1, 2, 3, 0], rng.permutation(6))
    return [(rng.standard_normal((4, len(order))), np.array(order)) for order in orders]


def judge(answer, u, order):
    tested = f"order = {order.tolist()}"
    out = answer(u.copy(), order.copy())
    if said := phrases.parts(out, ("x", "log_det"), tested):
        return said
    x, log_det = out
    look = "Columns are variables; rows stay where they are."
    if said := phrases.shape(x, u.shape, "x must have shape (N, D), like u.", tested, look):
        return said
    if not np.array_equal(x[:, order], u):
        names = [f"u_{k}" for k in range(len(order))]
        came = [
            next((names[k] for k in range(len(order)) if np.array_equal(column, u[:, k])), "?")
            for column in x.T
        ]
        return Complaint(
            "Sent through the layer once more, your x must give u: x[:, order] = u.",
            tested,
            got=f"the columns of your x are {', '.join(came)} (counted from 0)",
            look="Try it with a pencil at order = [2, 0, 1]: where did u_0 come from?",
        )
    what = "log_det must have shape (N,): one number for each row, even if all are the same."
    if said := phrases.shape(log_det, (len(u),), what, tested, "np.zeros, np.full, ..."):
        return said
    exact = log_abs_det(lambda rows: answer(rows, order)[0], u)
    look = "What happens to the volume of a little cube when its axes change their names?"
    if said := phrases.log_det(log_det, exact, "your map", tested, look, error=1e-6):
        return said
    return None


WRONG_EDITS = [
    edit(
        "order_again",
        "You applied the order once more instead of undoing it. That is right when swapping twice "
        "gives everything back, as with [1, 0], and wrong for [2, 0, 1]: the order's inverse is "
        "needed.",
        ("u[:, inverse]", "u[:, order]"),
    ),
    edit(
        "reversed_columns",
        "You reversed the columns. That undoes a reversal and no other order.",
        ("u[:, inverse]", "u[:, ::-1]"),
    ),
    edit(
        "determinant_itself",
        "x is right. The determinant of a permutation is 1 or -1, that is true. But log_det is "
        "the logarithm of its absolute value: log 1 = 0. Nothing is stretched.",
        ("np.zeros(len(u))", "np.full(len(u), np.linalg.det(np.eye(len(order))[order]))"),
        misconception="permutation-volume",
    ),
    edit(
        "number_of_orders",
        "x is right. The number of orders, D!, has nothing to do with volume: a little cube whose "
        "axes are renamed is as large as before. log_det is 0.",
        ("np.zeros(len(u))", "np.full(len(u), -np.log(np.prod(np.arange(1, len(order) + 1))))"),
        misconception="permutation-volume",
    ),
    edit(
        "one_zero_for_all",
        "x is right. log_det must be one number for each row: np.zeros(len(u)), not a single 0. "
        "In a stack it is added to what the other layers say about each row.",
        ("np.zeros(len(u))", "0.0"),
        misconception="log-det-per-batch",
    ),
    edit(
        "one_for_each_entry",
        "x is right. log_det must have shape (N,), one number for each row, and you gave one for "
        "each entry of u.",
        ("np.zeros(len(u))", "np.zeros(u.shape)"),
    ),
    edit(
        "undone_and_reversed",
        "np.argsort(order) undoes the order already. With [::-1] behind it the columns are turned "
        "round once more: take that away.",
        ("np.argsort(order)", "np.argsort(order)[::-1]"),
    ),
]


@right
def by_filling(u, order):
    x = np.empty_like(u)
    x[:, order] = u
    return x, np.zeros(len(u))


@right
def by_looking_it_up(u, order):
    where = [list(order).index(i) for i in range(len(order))]
    return u[:, where], 0.0 * u[:, 0]


@right
def by_a_matrix(u, order):
    P = np.eye(len(order))[order]  # u = x P^T
    return u @ P, np.full(len(u), np.log(np.abs(np.linalg.det(P))))
