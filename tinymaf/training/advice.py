"""What `fit` says of data that will not fit well: far from unit scale, or whole numbers."""

import warnings

import numpy as np

from .standardized import is_binary, scales_itself

FAR, WIDE, NARROW = 30.0, 30.0, 0.02  # means and standard deviations that nets cope with


def advise(density, x, context):
    """One UserWarning for the scale of x and context, and one for whole numbers in x."""
    if is_binary(density):
        return
    if not scales_itself(density):
        worst = max(filter(None, [_off("x", x), _off("context", context)]), default=None)
        if worst:
            _warn(
                f"{worst[1]} has mean {worst[2]:.3g} and standard deviation {worst[3]:.3g}, far "
                f"from 0 and 1: fit(..., standardize=True), or standardize it first"
            )
    whole = [] if hasattr(density, "likelihood") else _whole_columns(x)  # a VAE has noise
    if len(whole):
        _warn(
            f"x[:, {whole[0]}] holds whole numbers: a density has no bound on values that repeat, "
            f"dequantise them first, such as x + rng.random(x.shape)"
        )


def _off(name, a):
    """`(how far, column, mean, deviation)` of the worst column, or None where all are near."""
    if a is None:
        return None
    a = np.asarray(a, float)
    mean, std = a.mean(axis=0), a.std(axis=0)
    narrow = NARROW / std.max() if 0 < std.max() else 0.0  # a few narrow columns are usual
    off = np.maximum(np.maximum(abs(mean) / FAR, std / WIDE), narrow)
    k = int(np.argmax(off))
    return (off[k], f"{name}[:, {k}]", mean[k], std[k]) if off[k] > 1 else None


def _whole_columns(x, least=50):
    """The columns of whole numbers, some of which repeat; none for a few rows."""
    if len(x) < least:
        return []
    varied = (x != x[:1]).any(axis=0)
    whole = np.flatnonzero(varied & (x == np.round(x)).all(axis=0))
    return [k for k in whole if len(np.unique(x[:, k])) < len(x)]


def _warn(text):
    warnings.warn(text, UserWarning, stacklevel=4)
