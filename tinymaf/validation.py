"""What a caller may hand in: every mistake becomes one line that names what was given and what was
expected.
"""

import numpy as np
from autograd.tracer import getval


def as_rows(x, dim, name="x", finite=False):
    """`x` as a float array (or autograd box) of shape (N, dim); a list is converted.

    Raises TypeError for anything but floating-point numbers, ValueError for another shape, and,
    with `finite=True`, for NaN or infinity.
    """
    if not hasattr(x, "dtype"):
        x = np.asarray(x)
    if x.dtype.kind != "f":
        raise TypeError(
            f"{name} must hold floating-point numbers, got dtype {x.dtype}: convert it with "
            f".astype(float)"
        )
    if x.ndim != 2 or x.shape[1] != dim:
        raise ValueError(f"{name} must have shape (N, {dim}), got {x.shape}")
    if finite:
        require_finite(x, name)
    return x


def require_finite(x, name="x"):
    """ValueError with the count and the first row of NaN or infinite values in `x`."""
    good = np.isfinite(getval(x))
    if not good.all():
        rows = np.flatnonzero(~good.reshape(len(good), -1).all(axis=1))
        raise ValueError(
            f"{name} holds {good.size - good.sum()} values that are not finite, first in row "
            f"{rows[0]}"
        )


def as_context(context, context_dim, n, finite=False):
    """`context` as an array of shape (n, context_dim), or None for a model without context.

    One row, of shape (C,) or (1, C), stands for the same context in all n rows.
    """
    if context is None:
        if context_dim:
            raise ValueError(
                f"context is missing: the model is conditional, pass context of shape "
                f"(N, {context_dim})"
            )
        return None
    if not context_dim:
        raise ValueError(
            "context was given, but the model takes none: build it with context_dim=..."
        )
    if not hasattr(context, "dtype"):
        context = np.asarray(context)
    if context.shape in {(context_dim,), (1, context_dim)} and context.dtype.kind == "f":
        # `+`, so that autograd sees it
        context = context + np.zeros((n, context_dim), getval(context).dtype)
    context = as_rows(context, context_dim, "context", finite=finite)
    if context.shape[0] != n:
        raise ValueError(
            f"context must have one row for each of the {n} rows of x, got {context.shape[0]}"
        )
    return context


def matching(params, n, what):
    """`params`, provided it has `n` parts: those of a deeper or shallower model would give numbers
    all the same.
    """
    if len(params) != n:
        raise ValueError(
            f"params are not those of this model: expected {n} {what}, got {len(params)}"
        )
    return params


def whole_number(name, value, at_least):
    """`value` as an int of at least `at_least`; else a ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < at_least:
        raise ValueError(f"{name} must be a whole number of at least {at_least}, got {value!r}")
    return int(value)


def positive(name, value):
    """`value`, a finite number above 0; else a ValueError that names it."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float, np.number))
        or not 0 < value < np.inf
    ):
        raise ValueError(f"{name} must be a positive number, got {value!r}")
    return value


def widths(hidden):
    """`hidden` as a tuple of layer widths, each at least 1."""
    if not isinstance(hidden, (list, tuple, np.ndarray)):
        raise ValueError(f"hidden must be a sequence of widths such as (64, 64), got {hidden!r}")
    return tuple(whole_number("each hidden width", width, 1) for width in hidden)


def as_generator(rng):
    """`rng`, provided it is a numpy.random.Generator."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng must be a numpy.random.Generator such as np.random.default_rng(0), got {rng!r}"
        )
    return rng


def an_object(name, value, needs, example):
    """`value`, provided it has the attributes `needs`; else a TypeError with an `example`."""
    if isinstance(value, type) or not all(hasattr(value, need) for need in needs):
        raise TypeError(f"{name} must be an object such as {example}, got {short(value)}")
    return value


def short(value, width=80):
    """A value in one short line, for a message.

    >>> short(np.zeros((2, 3))), short("a" * 100, width=10)
    ('an array of shape (2, 3) and dtype float64', "'aaaaaa...")
    """
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    text = " ".join(repr(value).split())
    return text if len(text) <= width else text[: width - 3] + "..."
