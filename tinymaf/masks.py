"""Degrees -> masks -> dependencies: the combinatorics of MADE (Germain et al. 2015, section 4), in
plain NumPy.

Each unit carries an integer, its *degree*: the number of inputs, counted in the chosen order, that
it may see.

    input that comes k-th in the order      degree k, 1..D
    context                                 degree 0: every unit may see it
    hidden unit of degree m                 sees inputs of degree <= m    (m = 0: only the context)
    output that comes k-th in the order     sees units of degree < k

A mask is one comparison of two rows of degrees, and no path leads from an input to an output that
does not come after it. Masks have the shape of the weights in `h @ W`: (units in, units out).
"""

import warnings

import numpy as np

from .validation import as_generator, as_plain, short, whole_number, whole_numbers


def as_order(order, dim, name="order"):
    """A permutation of 0..dim-1; `order[k]` is the (zero-based) index of the variable that comes
    k-th.

    `order` is "natural", "reversed", or a permutation.

    >>> as_order("reversed", 3)
    array([2, 1, 0])
    """
    dim = whole_number("dim", dim, 1)
    if isinstance(order, str):
        if order not in ("natural", "reversed"):
            raise ValueError(
                f'{name} must be "natural", "reversed" or a permutation of 0..{dim - 1}, '
                f"got {short(order)}"
            )
        return np.arange(dim) if order == "natural" else np.arange(dim)[::-1].copy()
    given = as_plain(order)
    if given.dtype.kind not in "iu" or not np.array_equal(np.sort(given), np.arange(dim)):
        raise ValueError(f"{name} must be a permutation of 0..{dim - 1}, got {short(order)}")
    return given.astype(int)


def input_degrees(order):
    """The degree 1..D of each input: its place in the order. This is the *inverse* permutation of
    `order`, plus one.

    >>> input_degrees([2, 0, 1])            # x_2 first, then x_0, then x_1
    array([2, 3, 1])
    """
    order = as_order(order, len(whole_numbers("order", order)))
    degrees = np.empty(len(order), int)
    degrees[order] = np.arange(1, len(order) + 1)
    return degrees


def hidden_degrees(width, highest, lowest=1, rng=None):
    """Degrees of one hidden layer, from `lowest` to `highest - 1`; `highest` is the highest degree
    of an input.

    By default they are spread evenly: cyclic ones, 1, 2, ..., D-1, 1, 2, ..., would leave out the
    high ones in a layer narrower than D-1. With `rng` they are drawn uniformly, as in the paper.

    >>> hidden_degrees(6, highest=4)
    array([1, 1, 2, 2, 3, 3])
    >>> hidden_degrees(3, highest=10)
    array([1, 4, 7])
    """
    width, lowest = whole_number("width", width, 1), whole_number("lowest", lowest, 0)
    n = max(whole_number("highest", highest, 0) - lowest, 1)
    if rng is not None:
        return as_generator(rng).integers(lowest, lowest + n, width)
    return lowest + np.arange(width) * n // width


def made_masks(inputs, hidden, outputs):
    """The masks of a masked network from the degrees of its inputs, of each hidden layer, and of
    its outputs.

    Every mask is `degree in <= degree out`, except the last, which is strict (MADE, section 4).

    >>> [m.astype(int).tolist() for m in made_masks([1, 2], [[1, 1]], [1, 2])]
    [[[1, 1], [0, 0]], [[0, 1], [0, 1]]]
    """
    if not isinstance(hidden, (list, tuple)):
        raise TypeError(
            f"hidden must be a list with the degrees of each layer, got {short(hidden)}"
        )
    inputs, outputs = whole_numbers("inputs", inputs), whole_numbers("outputs", outputs)
    layers = [inputs, *(whole_numbers("each layer of hidden", degrees) for degrees in hidden)]
    masks = [below[:, None] <= above for below, above in zip(layers[:-1], layers[1:], strict=True)]
    return [*masks, layers[-1][:, None] < outputs]


def dependency_matrix(masks):
    """Which output can see which input: boolean, shape (outputs, inputs), from the product of the
    masks.

    >>> dependency_matrix(made_masks([1, 2, 3], [[1, 2]], [1, 2, 3])).astype(int)
    array([[0, 0, 0],
           [1, 0, 0],
           [1, 1, 0]])
    """
    if not isinstance(masks, (list, tuple)) or not masks:
        raise TypeError(f"masks must be a list of arrays, got {short(masks)}")
    masks = [np.asarray(mask) for mask in masks]
    if any(mask.ndim != 2 or mask.dtype.kind not in "biuf" for mask in masks):
        raise ValueError("masks must all be arrays of numbers with two axes, (units in, units out)")
    reach = masks[0]
    for mask in masks[1:]:
        reach = reach.astype(float) @ mask.astype(float) > 0  # floats: BLAS has no integer product
    return reach.T


def lost_dependencies(masks, inputs, outputs):
    """How many dependencies the degrees allow and the masks lose, because no hidden unit carries
    them.

    Returns `(lost, allowed)`. Some are lost when a hidden layer has fewer distinct degrees than it
    needs.

    >>> inputs = [1, 2, 3, 4, 5]
    >>> lost_dependencies(made_masks(inputs, [[1, 3]], inputs), inputs, inputs)
    (2, 10)
    """
    allowed = whole_numbers("outputs", outputs)[:, None] > whole_numbers("inputs", inputs)
    seen = dependency_matrix(masks)
    if seen.shape != allowed.shape:
        raise ValueError(
            f"inputs and outputs must be as many as masks lead from and to, {seen.shape[::-1]}, "
            f"got {allowed.shape[::-1]}"
        )
    return int((allowed & ~seen).sum()), int(allowed.sum())


def warn_if_lost(masks, inputs, outputs):
    """A UserWarning that counts the lost dependencies, if there are any."""
    lost, allowed = lost_dependencies(masks, inputs, outputs)
    if lost:
        warnings.warn(
            f"the masks lose {lost} of {allowed} dependencies ({lost / allowed:.1%}): "
            f"widen the hidden layers",
            UserWarning,
            stacklevel=4,
        )
