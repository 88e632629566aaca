"""What many judges say, each said once: a Complaint, or None where there is nothing to complain
of."""

import numpy as np

from . import Complaint


def two_results(out, names, shapes):
    """A Complaint when `out` is no tuple of two arrays of these shapes, else None."""
    if not isinstance(out, tuple) or len(out) != 2:
        return Complaint(f"Return two things: {', '.join(names)}.", got=f"a {type(out).__name__}")
    for name, value, shape in zip(names, out, shapes):
        if np.shape(value) != shape:
            return Complaint(
                f"{name} has the wrong shape.",
                got=f"shape {np.shape(value)}, expected {shape}",
                look="Each row has numbers of its own: sum over axis=1 alone.",
            )
    return None
