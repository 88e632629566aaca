"""The masks of MADE from the degrees of its units (Germain et al. 2015, section 4)."""

import numpy as np

from .. import Complaint, edit, right, wrong

OPTIONAL = False
HINTS = (
    "One mask for each pair of neighbouring layers: inputs and first hidden layer, first and "
    "second, ..., last hidden layer and outputs. Write the layers' degrees into one list, and go "
    "through it in pairs.",
    "Compare every unit below with every unit above at once: `below[:, None] <= above` has the "
    "shape (units below, units above).",
    "Up to the last hidden layer: `below[:, None] <= above`. Into the outputs, and only there: "
    "`below[:, None] < above`.",
)


def made_masks(inputs, hidden, outputs):
    """The masks of a masked network, from the degrees of its units.

    inputs: (D,) degrees of the inputs; hidden: a list with the degrees of each hidden layer;
    outputs: (D,) degrees. Return a list of len(hidden) + 1 boolean masks, each of shape (units
    below, units above).
    """
    layers = [inputs, *hidden]
    masks = [below[:, None] <= above for below, above in zip(layers[:-1], layers[1:])]
    return [*masks, layers[-1][:, None] < outputs]


def cases():
    """30 networks: 2 to 9 variables in random order, one to three hidden layers, degrees drawn at
    random."""
    rng, found = np.random.default_rng(0), []
    for k in range(30):
        dim, widths = 2 + k % 8, rng.integers(1, 13, 1 + k % 3)
        inputs = 1 + rng.permutation(dim)
        hidden = [rng.integers(1, dim, width) for width in widths]
        if k < 10:  # every degree in every layer: then nothing may be lost
            hidden = [np.concatenate([np.arange(1, dim), degrees]) for degrees in hidden]
        found.append((inputs, hidden, inputs.copy()))
    return found


def _carried(inputs, hidden, outputs):
    """(outputs, inputs): can the degrees carry it? From each input, climb to the lowest degree that
    may see it."""
    reach = np.zeros((len(outputs), len(inputs)), bool)
    for j, degree in enumerate(inputs):
        for layer in hidden:
            allowed = [m for m in layer if m >= degree]
            degree = min(allowed, default=len(inputs))
        reach[:, j] = [degree < d for d in outputs]
    return reach


def judge(answer, inputs, hidden, outputs):
    masks = answer(inputs, hidden, outputs)
    sizes = [len(inputs), *map(len, hidden), len(outputs)]
    at = f"inputs {inputs.tolist()}, hidden {[h.tolist() for h in hidden]}"
    if not isinstance(masks, (list, tuple)) or len(masks) != len(hidden) + 1:
        size = f"{type(masks).__name__} of {len(masks)}" if hasattr(masks, "__len__") else ""
        return Complaint(
            "The answer must be a list with one mask for each pair of neighbouring layers.",
            tested=at,
            got=size or repr(masks),
        )
    masks = [np.asarray(mask) for mask in masks]
    shapes = [(below, above) for below, above in zip(sizes[:-1], sizes[1:])]
    if [mask.shape for mask in masks] != shapes:
        return Complaint(
            "A mask has the shape (units below, units above).",
            tested=at,
            got=str([mask.shape for mask in masks]),
            look=f"the shapes should be {shapes}",
        )
    if not all(np.isin(mask, (0, 1)).all() for mask in masks):
        return Complaint(
            "A mask holds True and False (or 1 and 0) and nothing else.",
            tested=at,
            got=str(masks[0]),
        )
    paths = np.eye(len(inputs))
    for mask in masks:
        paths = paths @ mask
    sees = paths.T > 0
    for i, j in np.argwhere(sees & (outputs[:, None] <= inputs)):
        itself = "itself" if i == j else f"input {j + 1} (degree {inputs[j]})"
        return Complaint(
            "An output sees what it must not.",
            tested=at,
            got=f"output {i + 1} (degree {outputs[i]}) sees {itself}",
            look="follow a path from that input, unit by unit: which step lets the degree fall?",
        )
    for i, j in np.argwhere(_carried(inputs, hidden, outputs) & ~sees):
        return Complaint(
            "No output sees too much, but one sees too little.",
            tested=at,
            got=(
                f"output {i + 1} (degree {outputs[i]}) does not see input {j + 1} (degree "
                f"{inputs[j]})"
            ),
            look="which masks are strict, and which need to be?",
        )


WRONG_EDITS = [
    edit(
        "strict_everywhere",
        "Strict in every layer: each `<` costs one degree, so dependencies die on the way. With D "
        "= 2 none is left. Only the last mask is strict.",
        ("<= above", "< above"),
    ),
    edit(
        "loose_everywhere",
        "Nowhere strict: output i then sees the hidden units of degree i, and through them x_i "
        "itself. That is the peeking network of section 1. The last mask must be `<`.",
        ("< outputs", "<= outputs"),
    ),
    edit(
        "transposed",
        "The masks are transposed: rows are the units *above*, as in libraries that compute W h. "
        "Here weights stand right, `h @ W`, so a mask is (units below, units above).",
        ("below[:, None] <= above", "above[:, None] >= below"),
        ("layers[-1][:, None] < outputs", "outputs[:, None] > layers[-1]"),
    ),
    edit(
        "turned_around",
        "The comparison is turned around: a unit of degree m may see degrees of *at most* m, and "
        "yours sees those from m upwards.",
        ("<= above", ">= above"),
        ("< outputs", "> outputs"),
    ),
    edit(
        "by_position",
        "This goes by the *position* of a unit, not by its degree: right only for the natural "
        "order. Compare degrees.",
        ("[inputs, *hidden]", "[1 + np.arange(len(inputs)), *hidden]"),
        ("< outputs", "< 1 + np.arange(len(outputs))"),
    ),
    edit(
        "last_mask_missing",
        "The last mask is missing: the outputs are connected to all hidden units.",
        ("layers[-1][:, None] < outputs", "np.ones((len(layers[-1]), len(outputs)), bool)"),
    ),
    edit(
        "equal_degrees",
        "Equal degrees only: nothing leaks, but a hidden unit of degree m sees one input instead "
        "of m, and with degrees drawn at random some dependency finds no path. `<=`, not `==`.",
        ("<= above", "== above"),
    ),
]


@wrong(
    "Strict at the wrong end. Nothing leaks, but a hidden unit of degree m now sees only m - 1 "
    "inputs, and what the last variable should learn from its neighbour is lost. `<=` first, `<` "
    "last."
)
def strict_at_the_bottom(inputs, hidden, outputs):
    layers = [inputs, *hidden, outputs]
    masks = [below[:, None] <= above for below, above in zip(layers[:-1], layers[1:])]
    return [inputs[:, None] < hidden[0], *masks[1:]]


@wrong(
    "The masks between hidden layers are full. With one hidden layer that cannot be seen; with "
    "two, a unit of degree 1 hears from units of degree 3, and the secret is out. Every layer "
    "needs its mask."
)
def full_in_the_middle(inputs, hidden, outputs):
    masks = [
        np.ones((len(below), len(above)), bool) for below, above in zip(hidden[:-1], hidden[1:])
    ]
    return [inputs[:, None] <= hidden[0], *masks, hidden[-1][:, None] < outputs]


@right
def by_outer(inputs, hidden, outputs):
    layers = [inputs, *hidden]
    masks = [np.less_equal.outer(a, b) for a, b in zip(layers, layers[1:])]
    return masks + [np.less.outer(layers[-1], outputs)]


@right
def outputs_one_lower(inputs, hidden, outputs):
    layers, masks = [inputs, *hidden, outputs - 1], []
    for k in range(len(layers) - 1):
        masks.append((layers[k + 1] >= layers[k][:, None]).astype(float))
    return masks


@right
def unit_by_unit(inputs, hidden, outputs):
    layers, masks = [inputs, *hidden, outputs], []
    for below, above in zip(layers, layers[1:]):
        last = above is outputs
        masks.append(np.array([[m < d if last else m <= d for d in above] for m in below]))
    return masks
