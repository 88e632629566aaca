"""What many judges ask, each said once: a Complaint, or None where there is nothing to complain of.

In a judge: `if said := phrases.each_row(out, n, tested): return said`.
"""

import numpy as np

from ..values import brief
from . import Complaint

COUNT = {2: "two", 3: "three"}
ITS_OWN = "Each row has numbers of its own: sum over axis=1 alone."


def shape(value, expected, what, tested="", look=""):
    """`value` must be an array of the shape `expected`."""
    if np.shape(value) == expected:
        return None
    return Complaint(what, tested, f"shape {np.shape(value)}, expected {expected}", look)


def each_row(value, n, tested="", look="", row="row"):
    """`value` must hold one number for each of n rows, or what else they are called."""
    return shape(value, (n,), f"One number for each {row} is wanted: shape ({n},).", tested, look)


def parts(out, names, tested=""):
    """`out` must be a tuple of as many things as there are names."""
    if isinstance(out, (tuple, list)) and len(out) == len(names):
        return None
    things = f"Return {COUNT[len(names)]} things: {', '.join(names)}."
    return Complaint(things, tested, brief(out))


def results(out, shapes, tested="", look=""):
    """`out` must be a tuple of arrays of these shapes, {name: shape}."""
    said = parts(out, shapes, tested)
    for (name, expected), value in zip(shapes.items(), () if said else out):
        said = said or shape(value, expected, f"{name} has the wrong shape.", tested, look)
    return said


def number(value, what="Return one finite number.", tested="", look=""):
    """`value` must be a finite number, and no truth value."""
    if np.ndim(value) == 0 and np.asarray(value).dtype != bool and _finite(value):
        return None
    return Complaint(what, tested, brief(value), look)


def numbers(out, names, tested="", look=""):
    """`out` must be a tuple of as many single numbers as there are names."""
    several = isinstance(out, (tuple, list)) or np.ndim(out) == 1
    if several and len(out) == len(names) and not any(map(np.ndim, out)):
        return None
    what = f"Return {COUNT[len(names)]} numbers: {', '.join(names)}."
    return Complaint(what, tested, brief(out), look)


def finite(value, what, tested="", look=""):
    """`value` must be finite throughout."""
    return None if _finite(value) else Complaint(what, tested, brief(np.asarray(value)), look)


def _finite(value):
    try:
        return np.isfinite(value).all()
    except TypeError:
        return False  # no numbers at all


def log_det(value, exact, of, tested="", look="", error=1e-5):
    """`value` must be `exact`, log|det| of the Jacobian of a map by differences, for each row."""
    if np.abs(value - exact).max() < error:
        return None
    what = f"log_det must be log|det| of the Jacobian of {of}."
    came = f"first row: {value[0]:.4f}, log|det| by differences {exact[0] + 0.0:.4f}"
    return Complaint(what, tested, came, look)


def mass(total, tested="", look="", error=1e-3, what="Your density does not integrate to 1."):
    """The integral of a density must be 1."""
    if abs(total - 1) < error:
        return None
    return Complaint(what, tested, f"{total:.4g}", look)
