"""Do these parameters belong to this model? Another model's would often give numbers too."""

from autograd.tracer import getval

from .validation import FLOATS, short


def check_params(model, params):
    """`params`, if the model could have made them: its tree, its shapes, one dtype."""
    if hasattr(params, "history"):
        raise TypeError("params must be a tree of arrays, got a Fit: pass its .params")
    dtype = _dtype(params) or FLOATS[1]
    if dtype in FLOATS:
        model.fits(params, dtype)
        return params
    try:  # a learner's own may hold anything
        model.fits(params, FLOATS[1])
    except ValueError as error:
        said = f"params must hold arrays of float32 or float64, got {dtype}"
        raise ValueError(said) from error
    return params


def _dtype(tree):
    """The first dtype of `FLOATS` in a tree; without one what the last leaf is, or None."""
    tree, found = getval(tree), None
    if isinstance(tree, dict):
        tree = list(tree.values())
    if not isinstance(tree, (list, tuple)):
        return getattr(tree, "dtype", type(tree).__name__)
    for part in tree:
        found = _dtype(part) or found
        if found is not None and found in FLOATS:  # to NumPy None is float64
            return found
    return found


def misfit(at, expected, got):
    """Raise a ValueError that says where a parameter tree belongs to another model.

    >>> misfit(("bijection", 0), "3 layers", 5)
    Traceback (most recent call last):
    ValueError: params are not those of this model: expected 3 layers, got 5, in \
params['bijection'][0]
    """
    place = "params" + "".join(f"[{key!r}]" for key in at)
    raise ValueError(
        f"params are not those of this model: expected {expected}, got {got}, in {place}"
    )


def check_leaf(leaf, shape, dtype, at):
    """Check an array's shape and dtype; `at` is its place in the tree, a tuple of keys."""
    if getattr(leaf, "shape", None) != shape or getattr(leaf, "dtype", None) != dtype:
        misfit(at, f"an array of shape {shape} and dtype {dtype}", _told(leaf))


def parts_of(tree, n, at, what="parts"):
    """The n parts of a list or tuple."""
    tree = getval(tree)
    if not isinstance(tree, (list, tuple)) or len(tree) != n:
        listed = isinstance(tree, (list, tuple))
        misfit(at, f"{n} {what}", len(tree) if listed else _told(tree))
    return tree


def named_parts(tree, names, at):
    """The parts of a dictionary with these names, in the order of `names`."""
    tree = getval(tree)
    if not isinstance(tree, dict) or tree.keys() != set(names):
        keys = f"a dictionary with {sorted(tree)}" if isinstance(tree, dict) else _told(tree)
        misfit(at, f"a dictionary with {sorted(names)}", keys)
    return [tree[name] for name in names]


def check_part(part, params, dtype, at):
    """Check that a part of a model fits. A learner's own part may have no `fits`."""
    if hasattr(part, "fits"):
        part.fits(params, dtype, at)


def check_like(tree, like, dtype, at):
    """Check that the tree has the branches of `like`, and leaves of its shapes."""
    if isinstance(like, dict):
        for name, part in zip(like, named_parts(tree, like, at)):
            check_like(part, like[name], dtype, (*at, name))
    elif isinstance(like, (list, tuple)):
        for k, part in enumerate(parts_of(tree, len(like), at)):
            check_like(part, like[k], dtype, (*at, k))
    else:
        check_leaf(tree, like.shape, dtype, at)


def _told(value):
    value = getval(value)
    if isinstance(value, (list, tuple, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    return short(value)
