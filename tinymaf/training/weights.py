"""Weights of rows: a row of weight 2 counts as two, one of weight 0 not at all."""

import numpy as np


def weighted(x, context, weight, name):
    """The rows of weight above 0, and their weights, of mean 1."""
    weight = np.asarray(weight, float)
    if weight.shape != (len(x),):
        raise ValueError(f"{name} must have shape ({len(x)},), got {weight.shape}")
    some = weight > 0
    if not (np.isfinite(weight).all() and (weight >= 0).all() and some.any()):
        raise ValueError(f"{name} must be finite, at least 0 and not all 0")
    weight = weight[some] / weight[some].mean()
    return x[some], None if context is None else context[some], weight.astype(x.dtype)
