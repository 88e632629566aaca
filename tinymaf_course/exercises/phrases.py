"""What many judges ask, each said once: a Complaint, or None where there is nothing to complain of.

In a judge: `if said := phrases.each_row(out, n, tested): return said`.
"""

import numpy as np

from ..values import brief
from . import Complaint

COUNT = {2: "two", 3: "three"}
ITS_OWN = "Each row has numbers of its own: sum over axis=1 alone."
AS_NAN = (
    "x began as NaN, and NaN it has stayed: a network reads all of x, and a mask multiplies what "
    "must not count by 0, but 0 times NaN is NaN. Begin with zeros: they are multiplied away."
)


def count(n, thing):
    """A number of things, such as "1 call" and "7 calls".

    >>> count(1, "call"), count(2, "row")
    ('1 call', '2 rows')
    """
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def shape(value, expected, what, tested="", look=""):
    """`value` must be an array of the shape `expected`. Where the shape that came shows what was
    done, that is said in place of `look`."""
    came = np.shape(value)
    if came == expected:
        return None
    got = f"shape {came}, expected {expected}"
    return Complaint(what, tested, got, _of_shape(came, expected) or look)


def _of_shape(came, expected):
    """What must have been done, where another shape came out."""
    if came == (*expected, 1):
        return "An axis of length 1 is left over, by keepdims=True or by a slice such as [:, :1]."
    if len(expected) == 1 and came == ():
        return "All was put into one number. Sum along axis=1 alone: each row keeps its own."
    if len(expected) == 1 and len(came) == 2 and came[0] == expected[0]:
        return "Each row has several numbers still: sum them, along axis=1."
    if len(expected) == 2 and came == expected[::-1]:
        return "Rows and columns have changed places: it is transposed."
    return ""


def each_row(value, n, tested="", look="", row="row"):
    """`value` must hold one number for each of n rows, or what else they are called."""
    return shape(value, (n,), f"One number for each {row} is wanted: shape ({n},).", tested, look)


def calls(network, n, enough, tested="", look=""):
    """A network that counts its calls must not be called more often than `enough`."""
    if network.calls <= enough:
        return None
    what = "The network is called too often."
    got = f"{count(network.calls, 'call')}; {enough} {'is' if enough == 1 else 'are'} enough"
    if n > 1 and network.most_rows == 1:
        what = "You go row by row. The network takes all rows at once, and each call has its price."
        look = "Leave out the loop over the rows, and give the network the whole array, (N, D)."
    return Complaint(what, tested, got, look)


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
