"""Numerical proofs: is it invertible, is the log-determinant right, is it autoregressive, does it
integrate to one?

Each check returns the error that it measured, or raises an AssertionError that says what failed if
it is too large. An untrained flow is the identity and passes nearly anything: check at
`random_params`.
"""

import numpy as np
from autograd import jacobian

from .distributions import Density
from .layers import Bijection
from .trees import dtype_of, map_tree
from .validation import (
    a_float,
    an_instance,
    an_object,
    as_context,
    as_generator,
    as_rows,
    at_least_zero,
    positive,
    whole_number,
)


def random_params(model, rng, scale=0.5, dtype=float):
    """`init` plus normal noise on every parameter, output layers included; its size is `scale`, in
    matrices scale / sqrt(rows).
    """

    rng, scale = as_generator(rng), at_least_zero("scale", scale)

    def shake(a):
        rows = max(a.shape[0], 1) if a.ndim == 2 else 1
        return (a + scale / np.sqrt(rows) * rng.standard_normal(a.shape)).astype(dtype)

    an_object("model", model, ("init",), "maf(2)")
    return map_tree(shake, model.init(rng, dtype=a_float("dtype", dtype)))


def jacobians(f, x):
    """The Jacobian of each row of `f: (N, D) -> (N, E)`, by autograd, row by row: (N, E, D)."""
    return np.array([jacobian(lambda row: f(row[None])[0])(row) for row in x])


def _row(context, n):
    """Row n of a context, still as a row."""
    return None if context is None else context[n : n + 1]


def check_round_trip(bijection, params, x, context=None, tol=1e-10):
    """The largest error of x -> u -> x (relative if |x| > 1) and of the two log-determinants, which
    must cancel.

    >>> from tinymaf import AffineAutoregressive
    >>> rng = np.random.default_rng(0)
    >>> layer = AffineAutoregressive(3)
    >>> check_round_trip(layer, random_params(layer, rng), rng.standard_normal((5, 3))) < 1e-10
    True
    """
    an_instance("bijection", bijection, Bijection)
    x, tol = as_rows(x, bijection.dim, finite=True), positive("tol", tol)
    u, log_det_u = bijection.x_to_u(params, x, context)
    back, log_det_x = bijection.u_to_x(params, u, context)
    errors = {
        "x -> u -> x": (np.abs(back - x) / np.maximum(1, np.abs(x))).max(),
        "sum of the two log_dets": np.abs(log_det_u + log_det_x).max(),
    }
    for what, error in errors.items():
        if not error <= tol:
            raise AssertionError(f"{what} is off by {error:.2e}, allowed {tol:.0e}")
    return float(max(errors.values()))


def check_log_det(bijection, params, x, context=None, tol=1e-8, directions=("x_to_u", "u_to_x")):
    """The largest difference between `log_det` and `slogdet` of autograd's Jacobian of each row."""
    an_instance("bijection", bijection, Bijection)
    x, tol = as_rows(x, bijection.dim, finite=True), positive("tol", tol)
    worst, context = 0.0, as_context(context, bijection.context_dim, len(x))
    for direction in directions:
        go = getattr(bijection, direction)
        z = x if direction == "x_to_u" else bijection.x_to_u(params, x, context)[0]
        log_det = go(params, z, context)[1]
        for n, row in enumerate(z):
            J = jacobian(lambda r, n=n, go=go: go(params, r[None], _row(context, n))[0][0])(row)
            error = abs(np.linalg.slogdet(J)[1] - log_det[n])
            worst = max(worst, float(error))
            if not error <= tol:
                raise AssertionError(
                    f"{direction}: log_det of row {n} is {log_det[n]:.10g}, slogdet of the "
                    f"Jacobian "
                    f"{np.linalg.slogdet(J)[1]:.10g}, allowed difference {tol:.0e}"
                )
    return worst


def check_autoregressive(f, x, degrees, tol=1e-12, diagonal=None):
    """`f: (N, D) -> (N, D)` lets output i see *no* input of higher degree and *every* input of
    lower degree.

    The second half matters: a constant network has no forbidden dependency either. It is judged
    over all rows of `x` together, because a ReLU may be off in one of them.

    Args:
        degrees: the degree of each variable (`masks.input_degrees(order)`).
        diagonal: "zero" (conditionals' parameters: x_i may not see itself), "nonzero" (a
            bijection), None (either).

    Returns the largest derivative that should be zero.
    """
    strongest = np.abs(jacobians(f, x)).max(axis=0)
    degrees = np.asarray(degrees)
    illegal = degrees[:, None] < degrees
    legal = degrees[:, None] > degrees
    if diagonal is not None:
        own = np.eye(len(degrees), dtype=bool)
        illegal, legal = (illegal | own, legal) if diagonal == "zero" else (illegal, legal | own)
    leak = float(np.where(illegal, strongest, 0).max())
    if not leak <= tol:
        i, j = np.unravel_index(np.argmax(np.where(illegal, strongest, 0)), illegal.shape)
        raise AssertionError(f"output {i} sees input {j}, which it must not: derivative {leak:.2e}")
    missing = np.argwhere(legal & (strongest == 0))
    if len(missing):
        i, j = missing[0]
        raise AssertionError(
            f"{len(missing)} of {legal.sum()} dependencies are missing, first output {i} on "
            f"input {j}"
        )
    return leak


def check_normalised(density, params, context=None, tol=1e-3, n=500):
    """|integral of p - 1| by the midpoint rule on a grid of n or n x n points (D = 1 or 2), given
    one context.

    The grid is even in t, x = median + spread * sinh(t): fine where 20,000 samples are dense, and
    wide enough for the heavy tails of stacked layers.
    """
    an_instance("density", density, Density)
    tol, n = positive("tol", tol), whole_number("n", n, 2)
    if density.dim > 2:
        raise ValueError(
            f"check_normalised integrates over a grid in one or two dimensions, got D={density.dim}"
        )
    draws = density.sample(params, np.random.default_rng(0), 20_000, context)
    centre = np.median(draws, axis=0)
    spread = np.median(np.abs(draws - centre), axis=0)
    reach = np.arcsinh((draws - centre) / spread)
    axes, weights = [], []
    for low, high, c, s in zip(reach.min(axis=0) - 1, reach.max(axis=0) + 1, centre, spread):
        t = low + (high - low) * (np.arange(n) + 0.5) / n
        axes.append(c + s * np.sinh(t))
        weights.append(s * np.cosh(t) * (high - low) / n)  # dx = spread cosh(t) dt
    grid = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1).astype(
        dtype_of(params)
    )
    volume = np.prod(np.meshgrid(*weights, indexing="ij"), axis=0).ravel()
    log_prob = np.concatenate(
        [density.log_prob(params, rows, context) for rows in np.array_split(grid, 25)]
    )
    total = np.sum(np.exp(log_prob) * volume)
    error = float(abs(total - 1))
    if not error <= tol:
        raise AssertionError(
            f"the density integrates to {total:.6f}, allowed difference from 1 {tol:.0e}"
        )
    return error
