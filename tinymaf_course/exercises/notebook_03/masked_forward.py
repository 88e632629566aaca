"""One pass through a masked network (Germain et al. 2015, section 4)."""

import math

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "An ordinary network is `h = np.tanh(h @ W + b)`, layer by layer, and its last layer has no"
    " tanh. What is new is one multiplication a layer.",
    "The mask belongs to the weights, entry by entry: `W * mask`. Where it is 0, no path is "
    "left. The bias needs no mask: it sees no input.",
    "`for (W, b), mask in zip(weights[:-1], masks[:-1]): x = np.tanh(x @ (W * mask) + b)`. "
    "After the loop the same with the last pair, without the tanh.",
)


def masked_forward(x, weights, masks):
    """A masked network: tanh in the hidden layers, nothing after the last one.

    x: (N, D). weights: a list of pairs (W, b), one a layer, W of shape (units below, units
    above), b (units above,). masks: a list of as many arrays of zeros and ones, each in the
    shape of its W. Return the outputs, (N, outputs).
    """
    h = x
    for (W, b), mask in zip(weights[:-1], masks[:-1]):
        h = np.tanh(h @ (W * mask) + b)
    V, c = weights[-1]
    return h @ (V * masks[-1]) + c


def cases():
    """Six networks with one to three hidden layers, at random weights, masks of MADE."""
    rng, found = np.random.default_rng(1), []
    for k in range(6):
        dim = 2 + k % 4
        degrees = [
            1 + rng.permutation(dim),
            *(rng.integers(1, dim, 3 + k) for _ in range(1 + k % 3)),
        ]
        masks = [below[:, None] <= above for below, above in zip(degrees[:-1], degrees[1:])]
        masks = [mask.astype(float) for mask in [*masks, degrees[-1][:, None] < degrees[0]]]
        weights = [
            (rng.normal(0, 1, mask.shape), rng.normal(0, 1, mask.shape[1])) for mask in masks
        ]
        found.append((rng.normal(0, 1, (5, dim)), weights, masks))
    return found


def _by_hand(row, weights, masks):
    """The outputs for one row, unit by unit."""
    for layer, ((W, b), mask) in enumerate(zip(weights, masks), 1):
        sums = [
            b[j] + sum(row[i] * W[i, j] for i in range(len(W)) if mask[i, j]) for j in range(len(b))
        ]
        row = sums if layer == len(weights) else [math.tanh(s) for s in sums]
    return np.array(row)


def judge(answer, x, weights, masks):
    sizes = [len(x[0]), *(len(b) for _, b in weights)]
    tested = (
        f"a network with {', '.join(map(str, sizes[:-1]))} and {sizes[-1]} units, {len(x)} rows"
    )
    out = answer(x, weights, masks)
    what = "There should be one row of outputs for each row of x."
    if said := phrases.shape(out, (len(x), sizes[-1]), what, tested):
        return said
    if said := phrases.finite(out, "The outputs must be finite.", tested):
        return said
    paths = np.eye(sizes[0])
    for mask in masks:
        paths = paths @ mask
    for j in range(sizes[0]):
        moved = x.copy()
        moved[:, j] += 1.0
        change = np.abs(answer(moved, weights, masks) - out).max(axis=0)
        leaks = np.flatnonzero((paths[j] == 0) & (change > 1e-9))
        if len(leaks):
            return Complaint(
                "An output follows an input that no path of the masks leads from.",
                tested,
                got=f"x_{j + 1} moved by 1, output {leaks[0] + 1} moved by {change[leaks[0]]:.4f}",
                look="is every weight matrix masked, also the last?",
            )
    V, c = weights[-1]
    twice = answer(x, [*weights[:-1], (2 * V, 2 * c)], masks)
    if not np.abs(twice - 2 * out).max() < 1e-9:
        return Complaint(
            "Twice the last layer's weights must give twice the outputs.",
            tested,
            look="nothing comes after the last layer: mu may be any number, so no tanh there",
        )
    error = np.abs(out - [_by_hand(row, weights, masks) for row in x])
    if not error.max() < 1e-9:
        n, i = np.unravel_index(np.argmax(error), error.shape)
        exact = _by_hand(x[n], weights, masks)[i]
        return Complaint(
            "The outputs differ from those that are computed unit by unit.",
            tested,
            got=f"{out[n, i]:.4f} where {exact:.4f} is right (row {n}, output {i + 1})",
            look="weights times mask, plus bias, then tanh, in this order",
        )


WRONG_EDITS = [
    edit(
        "masks_unused",
        "The masks are never used: this is the peeking network of section 1. It is the masks that "
        "enforce the autoregressive property. Multiply each W by its mask.",
        ("(W * mask)", "W"),
        ("(V * masks[-1])", "V"),
        misconception="masking-avoids",
    ),
    edit(
        "last_layer_unmasked",
        "The hidden layers are masked, the last one is not, and it is there that x_i must be kept "
        "from output i.",
        ("(V * masks[-1])", "V"),
    ),
    edit(
        "tanh_at_the_end",
        "A tanh after the last layer keeps every mu between -1 and 1. The outputs are means and "
        "log scales: let them be.",
        ("h @ (V * masks[-1]) + c", "np.tanh(h @ (V * masks[-1]) + c)"),
    ),
    edit(
        "no_activation",
        "Without the tanh the layers melt into one linear map: every mu becomes a straight line.",
        ("np.tanh(h @ (W * mask) + b)", "h @ (W * mask) + b"),
    ),
    edit(
        "no_biases",
        "The biases are forgotten. The first output sees nothing else: without its bias it is "
        "stuck at 0.",
        ("(W * mask) + b", "(W * mask)"),
        ("(V * masks[-1]) + c", "(V * masks[-1])"),
        misconception="first-output-broken",
    ),
    edit(
        "added",
        "The mask was added, not multiplied. A weight that is to be cut must become 0, and W + "
        "mask cuts nothing.",
        ("W * mask", "W + mask"),
        ("V * masks[-1]", "V + masks[-1]"),
    ),
    edit(
        "complement",
        "The mask is upside down: this cuts what should stay and keeps what should be cut.",
        ("W * mask", "W * (1 - mask)"),
        ("V * masks[-1]", "V * (1 - masks[-1])"),
    ),
    edit(
        "relu_instead",
        "You used ReLU. A fine activation, but the task says tanh, and the checks of this "
        "notebook are made for it.",
        ("np.tanh(h @ (W * mask) + b)", "np.maximum(h @ (W * mask) + b, 0)"),
    ),
    edit(
        "activation_first",
        "The tanh is inside: weights and biases are applied to tanh(x). First the weighted sum, "
        "then the tanh.",
        ("np.tanh(h @ (W * mask) + b)", "np.tanh(h) @ (W * mask) + b"),
        ("return h @", "return np.tanh(h) @"),
    ),
    edit(
        "masked_in_place",
        "`W *= mask` writes the mask into the caller's weights for ever. It also tempts one to "
        "mask once, before training: the first update would fill the holes again. Multiply afresh "
        "in every pass: `W * mask`.",
        ("h = np.tanh(h @ (W * mask) + b)", "W *= mask\n    h = np.tanh(h @ W + b)"),
        ("return h @ (V * masks[-1]) + c", "V *= masks[-1]\nreturn h @ V + c"),
    ),
]


@right
def by_where(x, weights, masks):
    h = x
    for k, ((W, b), mask) in enumerate(zip(weights, masks)):
        h = h @ np.where(mask > 0, W, 0) + b
        h = np.tanh(h) if k < len(weights) - 1 else h
    return h


@right
def by_einsum(x, weights, masks):
    *inner, (V, c) = weights
    h = x
    for (W, b), mask in zip(inner, masks):
        h = np.tanh(np.einsum("ni,ij,ij->nj", h, W, mask) + b)
    return np.einsum("ni,ij,ij->nj", h, V, masks[-1]) + c


@right
def row_by_row(x, weights, masks):
    out = []
    for h in x:
        for (W, b), mask in zip(weights, masks):
            sums = (W * mask).T @ h + b
            h = np.tanh(sums)
        out.append(sums)
    return np.array(out)
