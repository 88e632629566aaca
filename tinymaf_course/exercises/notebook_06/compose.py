"""Layers one after another: the map of the whole stack and its log-determinant (MAF, section
3.1)."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right
from ..numerics import log_abs_det
from ._stacks import after, stack

OPTIONAL = False
HINTS = (
    "The data goes into the first layer. What comes out of it goes into the second, and so on.",
    "Determinants multiply, so their logarithms add: start at 0, and add each layer's log_det "
    "as you pass it.",
    "`for layer in layers: h, one = layer(h); log_det = log_det + one`",
)


def compose(layers, x):
    """From data to noise through a stack of layers.

    layers is a list of functions, the one that faces the data first. Each takes an array (N, D)
    and returns two things: where it leads (N, D), and its own log_det (N,), at the place where
    it was called.
    Return u (N, D) and log_det = log|det du/dx| (N,) of the whole stack.
    """
    h, log_det = x, np.zeros(len(x))
    for layer in layers:
        h, one = layer(h)
        log_det = log_det + one
    return h, log_det


def cases():
    rng = np.random.default_rng(61)
    return [
        (stack(rng, dim, depth), rng.standard_normal((5, dim)))
        for dim, depth in ((2, 1), (2, 2), (3, 3), (2, 5))
    ]


def judge(answer, layers, x):
    tested = f"{len(layers)} layers, {len(x)} rows, D = {x.shape[1]}"
    out = answer(layers, x.copy())
    look = "Each row has a log_det of its own, in a stack too."
    if said := phrases.results(out, {"u": x.shape, "log_det": (len(x),)}, tested, look):
        return said
    u, log_det = out
    if not np.abs(u - after(layers, x)).max() < 1e-9:
        return Complaint(
            "u must be what comes out when each layer takes what the one before it gave.",
            tested,
            got=f"first row: {brief(u[0])}, by hand {brief(after(layers, x)[0])}",
            look="What does the second layer get? Which layer comes first?",
        )
    exact = log_abs_det(lambda rows: answer(layers, rows)[0], x)
    look = (
        "At which place is each layer's log_det taken, and how do the layers' determinants combine?"
    )
    if said := phrases.log_det(log_det, exact, "the whole map, x to u", tested, look):
        return said
    return None


WRONG_EDITS = [
    edit(
        "last_one_alone",
        "u is right. But log_det is that of the last layer alone: each pass through the loop "
        "overwrites the one before. Add them up.",
        ("log_det + one", "one"),
    ),
    edit(
        "every_layer_at_x",
        "Every layer was given x itself. Only the first one meets the data: the second takes what "
        "the first one gave, and its log_det must be taken there, too.",
        ("log_det + one", "log_det + layer(x)[1]"),
    ),
    edit(
        "noise_side_first",
        "That is the stack in the other order, the layer that faces the noise first. On the way "
        "from data to noise go through the list as it is; backwards is the way from noise to data.",
        ("in layers", "in reversed(layers)"),
    ),
    edit(
        "multiplied",
        "You multiplied the log_dets. Determinants multiply; their logarithms add.",
        ("np.zeros(", "np.ones("),
        ("log_det + one", "log_det * one"),
    ),
    edit(
        "mean_of_layers",
        "You took the mean over the layers. Every layer stretches what is there already: the "
        "stretches pile up, so the log_dets add up.",
        ("return h, log_det", "return h, log_det / len(layers)"),
    ),
    edit(
        "over_the_batch",
        "You summed over the batch as well: one number for all rows. Each row takes a way of its "
        "own through the layers and has a log_det of its own.",
        ("np.zeros(len(x))", "0.0"),
        ("log_det + one", "log_det + np.sum(one)"),
        misconception="log-det-per-batch",
    ),
    edit(
        "minus",
        "The sign: each layer has returned log|det| of the way that you went, from data to noise. "
        "Nothing is to be turned round; add them as they are.",
        ("log_det + one", "log_det - one"),
    ),
]


@right
def by_recursion(layers, x):
    if len(layers) == 0:
        return x, np.zeros(len(x))
    h, one = layers[0](x)
    u, rest = by_recursion(layers[1:], h)
    return u, one + rest


@right
def in_a_list(layers, x):
    h, found = x, []
    for layer in layers:
        h, one = layer(h)
        found.append(one)
    return h, np.sum(found, axis=0)


@right
def by_index(layers, x):
    places, log_det = [x], 0.0
    for k in range(len(layers)):
        places.append(layers[k](places[k])[0])
        log_det = log_det + layers[k](places[k])[1]
    return places[-1], log_det
