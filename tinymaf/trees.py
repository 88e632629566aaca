"""Parameters are trees: nested dicts, lists and tuples whose leaves are float arrays."""

import numpy as np
from autograd.builtins import DictBox, SequenceBox
from autograd.tracer import getval


def map_tree(f, tree, *others):
    """The tree of `f(leaf, ...)`, over the leaves of one tree or of several with the same shape.

    >>> map_tree(lambda a, b: a + b, {"w": 1.0, "b": [2.0]}, {"w": 10.0, "b": [20.0]})
    {'w': 11.0, 'b': [22.0]}
    """
    if isinstance(tree, DictBox):  # a tree that autograd is recording
        return {
            key: map_tree(f, tree[key], *(other[key] for other in others)) for key in getval(tree)
        }
    if isinstance(tree, SequenceBox):
        return [map_tree(f, tree[k], *(other[k] for other in others)) for k in range(len(tree))]
    if isinstance(tree, dict):
        return {key: map_tree(f, tree[key], *(other[key] for other in others)) for key in tree}
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_tree(f, *parts) for parts in zip(tree, *others, strict=True))
    return f(tree, *others)


def leaves(tree):
    """The leaves of a tree, in a fixed order.

    >>> leaves({"w": 1.0, "b": [2.0, (3.0,)]})
    [1.0, 2.0, 3.0]
    """
    found = []
    _collect(tree, found)
    return found


def _collect(tree, found):
    if isinstance(tree, (SequenceBox, DictBox)):  # a tree that autograd is recording
        keys = range(len(tree)) if isinstance(tree, SequenceBox) else getval(tree)
        for key in keys:
            _collect(tree[key], found)
    elif isinstance(tree, (list, tuple)):
        for branch in tree:
            _collect(branch, found)
    elif isinstance(tree, dict):
        for branch in tree.values():
            _collect(branch, found)
    else:
        found.append(tree)


def copy_tree(tree):
    """A deep copy. Training writes into its arrays, so copy what must stay."""
    return map_tree(np.array, tree)


def flatten(tree):
    """All of a tree's numbers in one array, leaf after leaf.

    >>> flatten({"w": np.ones((2, 1)), "b": [np.zeros(1)]})
    array([1., 1., 0.])
    """
    return np.concatenate([np.ravel(leaf) for leaf in leaves(tree)] or [np.zeros(0)])


def unflatten(flat, like):
    """A tree shaped like `like` whose leaves are views of one flat array: a change in one changes
    the other.

    >>> unflatten(np.arange(3.0), {"w": np.ones((2, 1)), "b": [np.zeros(1)]})
    {'w': array([[0.],
           [1.]]), 'b': [array([2.])]}
    """
    ends = np.cumsum([0, *(np.size(leaf) for leaf in leaves(like))])
    starts = iter(ends)

    def view(leaf):
        start = next(starts)
        return flat[start : start + np.size(leaf)].reshape(np.shape(leaf))

    return map_tree(view, like)


def is_statistic(tree, inside=False):
    """For each number of a tree, in the order of `flatten`, whether it lies under "statistics".

    >>> is_statistic([{"statistics": {"shift": np.zeros(2)}}, {"w": np.zeros(1)}])
    array([ True,  True, False])
    """
    if isinstance(tree, dict):
        parts = [is_statistic(part, inside or key == "statistics") for key, part in tree.items()]
    elif isinstance(tree, (list, tuple)):
        parts = [is_statistic(part, inside) for part in tree]
    else:
        return np.full(np.size(tree), inside)
    return np.concatenate([np.zeros(0, bool), *parts])


def count_params(params):
    """The number of trainable numbers in a tree.

    >>> count_params({"w": np.zeros((3, 4)), "b": np.zeros(4)})
    16
    """
    return sum(np.size(leaf) for leaf in leaves(params))


def all_finite(tree):
    """Whether every leaf is free of NaN and infinity."""
    return all(np.isfinite(leaf).all() for leaf in leaves(tree))


def dtype_of(tree):
    """The dtype of a tree's first leaf; float64 for a tree without leaves."""
    return next((leaf.dtype for leaf in leaves(getval(tree))), np.dtype(float))


def same_shapes(one, other):
    """Whether two trees have the same branches, and leaves with the same shapes and dtypes."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_shapes(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(map(same_shapes, one, other))
    return (
        hasattr(one, "dtype")
        and hasattr(other, "dtype")
        and (one.shape, one.dtype) == (other.shape, other.dtype)
    )
