"""What a caller may pass. Every mistake becomes one line: what was given, what was expected."""

import contextlib
import os

import numpy as np
from autograd.tracer import getval, isbox

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))  # the dtypes that a model computes in


def as_array(value, name):
    """`value` as a float array. float16 becomes float32, longdouble float64; autograd's boxes stay.

    Lists, frames and other libraries' tensors are converted. What would lose something is refused,
    with the remedy: masked values, sparse matrices, numbers that are not floating-point.
    """
    if isbox(value):
        return value
    if type(value) is not np.ndarray:
        value = _converted(value, name)
    if value.dtype.kind != "f":
        remedy = ": convert it with .astype(float)" if value.dtype.kind in "biuO" else ""
        raise TypeError(f"{name} must hold floating-point numbers, got dtype {value.dtype}{remedy}")
    if value.dtype in FLOATS:
        return value
    return value.astype(np.float32 if value.dtype.itemsize == 2 else np.float64)


def _converted(value, name):
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise TypeError(
            f"{name} is a masked array with {np.ma.count_masked(value)} masked values: drop those "
            f"rows or fill them in, then pass numpy.asarray({name})"
        )
    if hasattr(value, "tocsr"):
        raise TypeError(f"{name} is a sparse matrix: pass {name}.toarray()")
    try:
        return np.array(value, copy=None, subok=False)
    except Exception as error:  # each library has its own words and types
        said = " ".join(str(error).split())
        raise TypeError(
            f"{name} must be a float array, got {type(value).__name__}: {said}"
        ) from error


def as_rows(x, dim, name="x", finite=False):
    """`x` as a float array (or autograd box) of shape (N, dim), see `as_array`.

    Raises TypeError for anything but floating-point numbers, and ValueError for another shape or,
    with `finite=True`, for NaN or infinity.
    """
    x = as_array(x, name)
    if x.ndim != 2 or x.shape[1] != dim:
        raise ValueError(f"{name} must have shape (N, {dim}), got {x.shape}")
    if finite:
        require_finite(x, name)
    return x


def require_finite(x, name="x"):
    """ValueError with the count of NaN or infinite values in `x` and the first row with one."""
    good = np.isfinite(getval(x))
    if not good.all():
        rows = np.flatnonzero(~good.reshape(len(good), -1).all(axis=1))
        raise ValueError(
            f"{name} holds {good.size - good.sum()} values that are not finite, first in row "
            f"{rows[0]}"
        )


def as_context(context, context_dim, n, finite=False, name="context", rows="x"):
    """`context` as an array of shape (n, context_dim), or None for a model without context.

    `name` is the caller's word for it; `rows` is the argument whose n rows it belongs to. One row,
    of shape (C,) or (1, C), stands for the same context in all n rows.
    """
    if context is None:
        if context_dim:
            raise ValueError(
                f"{name} is missing: the model is conditional, pass {name} of shape "
                f"(N, {context_dim})"
            )
        return None
    if not context_dim:
        raise ValueError(
            f"{name} was given, but the model takes none: build it with context_dim=..."
        )
    context = as_array(context, name)
    if context.shape in {(context_dim,), (1, context_dim)}:
        # `+`, so that autograd sees it
        context = context + np.zeros((n, context_dim), getval(context).dtype)
    context = as_rows(context, context_dim, name, finite=finite)
    if context.shape[0] != n:
        raise ValueError(
            f"{name} must have one row for each of the {n} rows of {rows}, got {context.shape[0]}"
        )
    return context


def whole_number(name, value, at_least):
    """`value` as an int of at least `at_least`; otherwise a ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < at_least:
        raise ValueError(
            f"{name} must be a whole number of at least {at_least}, got {short(value)}"
        )
    return int(value)


def is_number(value):
    """Whether `value` is a real number: True, False and arrays are not."""
    kinds = (int, float, np.integer, np.floating)
    return isinstance(value, kinds) and not isinstance(value, bool)


def positive(name, value, or_else=""):
    """`value`, a finite number above 0; otherwise a ValueError that names it (and `or_else`)."""
    if not (is_number(value) and 0 < value < np.inf):
        raise ValueError(f"{name} must be a positive number{or_else}, got {short(value)}")
    return value


def at_least_zero(name, value):
    """`value`, a finite number of at least 0; otherwise a ValueError that names it."""
    zero = is_number(value) and value == 0
    return value if zero else positive(name, value, " or 0")


def one_of(name, value, choices):
    """`value`, one of a few words; otherwise a ValueError that lists them."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {sorted(choices)}, got {short(value)}")
    return value


def flag(name, value):
    """`value` as True or False; otherwise a ValueError that names it."""
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name} must be True or False, got {short(value)}")
    return bool(value)


def a_float(name, dtype):
    """`dtype`, float32 or float64; otherwise a ValueError that names it."""
    try:
        known = np.dtype(dtype) in FLOATS
    except (TypeError, ValueError):
        known = False
    if dtype is None or not known:
        raise ValueError(f"{name} must be float32 or float64, got {short(dtype)}")
    return dtype


def as_plain(value):
    """A list or array as a plain NumPy array of any dtype; an empty one for anything else."""
    with contextlib.suppress(ValueError):  # rows of different lengths
        known = isinstance(value, (list, tuple, range)) or hasattr(type(value), "__array__")
        if known and not np.ma.is_masked(value):
            return np.array(value, copy=None, subok=False)
    return np.zeros((0, 0), object)


def row_of(name, value, kinds, what):
    """`value` as a non-empty row with a dtype of these kinds; otherwise a ValueError."""
    row = as_plain(value)
    if row.ndim != 1 or row.dtype.kind not in kinds or not len(row):
        raise ValueError(f"{name} must be {what}, got {short(value)}")
    return row


def whole_numbers(name, value):
    """`value` as a row of whole numbers; otherwise a ValueError that names it."""
    return row_of(name, value, "iu", "a row of whole numbers")


def a_function(name, value):
    """`value`, if it can be called and is not a class; otherwise a TypeError."""
    if not callable(value) or isinstance(value, type):
        raise TypeError(f"{name} must be a function, got {short(value)}")
    return value


def an_instance(name, value, kind):
    """`value`, if it is an instance of this class; otherwise a TypeError."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIO" else "a"
        raise TypeError(f"{name} must be {article} {kind.__name__}, got {short(value)}")
    return value


def within(name, value, low, high):
    """`value`, a number between two others; else a ValueError that names it."""
    if not (is_number(value) and low < value < high):
        raise ValueError(
            f"{name} must lie between {low} and {high}, both excluded, got {short(value)}"
        )
    return value


def share(name, value):
    """`value`, a number from 0 up to but not including 1; otherwise a ValueError that names it."""
    if at_least_zero(name, value) >= 1:
        raise ValueError(f"{name} must be a number from 0 up to 1, and not 1, got {short(value)}")
    return value


def widths(hidden):
    """`hidden` as a tuple of layer widths, each at least 1."""
    if not isinstance(hidden, (list, tuple, np.ndarray)) or getattr(hidden, "ndim", 1) == 0:
        raise ValueError(
            f"hidden must be a sequence of widths such as (64, 64), got {short(hidden)}"
        )
    return tuple(whole_number("each hidden width", width, 1) for width in hidden)


def as_generator(rng):
    """`rng`, if it is a numpy.random.Generator; otherwise a TypeError."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            "rng must be a numpy.random.Generator such as np.random.default_rng(0), "
            f"got {short(rng)}"
        )
    return rng


def a_path(name, value):
    """`value`, if it is a path; otherwise a TypeError."""
    if not isinstance(value, (str, bytes, os.PathLike)):
        raise TypeError(f"{name} must be a path, got {short(value)}")
    return value


def an_object(name, value, needs, example):
    """`value`, if it has the attributes `needs`; otherwise a TypeError with an `example`."""
    if isinstance(value, type) or not all(hasattr(value, need) for need in needs):
        raise TypeError(f"{name} must be an object such as {example}, got {short(value)}")
    return value


def short(value, width=80):
    """A value in one short line, for an error message.

    >>> short(np.zeros((2, 3))), short("a" * 100, width=10)
    ('an array of shape (2, 3) and dtype float64', "'aaaaaa...")
    """
    if type(value) is np.ndarray and value.ndim:
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if isinstance(getattr(value, "shape", None), tuple) and value.shape and hasattr(value, "dtype"):
        return f"{type(value).__name__} of shape {tuple(value.shape)} and dtype {value.dtype}"
    text = " ".join(repr(value).split())
    return text if len(text) <= width else text[: width - 3] + "..."
