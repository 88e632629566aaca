"""Weights of rows: a row of weight 2 counts as two, one of weight 0 not at all."""

import numpy as np

from ..validation import as_plain, short


def as_weights(name, weight, n):
    """`weight` as an array (n,), finite, at least 0 and not all 0; otherwise a ValueError."""
    given = as_plain(weight)
    if given.dtype.kind not in "fiu" or given.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), got {short(weight)}")
    if not (np.isfinite(given).all() and (given >= 0).all() and (given > 0).any()):
        raise ValueError(f"{name} must be finite, at least zero and not zero in all rows")
    return given.astype(float)


def weighted(x, context, weight, name):
    """The rows of weight above 0, and their weights, of mean 1."""
    weight = as_weights(name, weight, len(x))
    some = weight > 0
    weight = weight[some] / weight[some].mean()
    return x[some], None if context is None else context[some], weight.astype(x.dtype)
