"""Standardising as a layer: its numbers are statistics of the data, which no training moves."""

import autograd.numpy as np
import numpy as onp

from ..structure import will_hold
from ..types import Array, DTypeLike, Params, Rng
from ..validation import whole_number
from .bijection import Bijection


class Standardize(Bijection):
    """`u = (x - shift) exp(-log_scale)`, with statistics of the data, one pair a variable.

        log|det du/dx| = -sum_i log_scale_i        the same for every row

    `init` with data takes the mean and the logarithm of the standard deviation, computed in
    float64; without data it is the identity. They lie under the key "statistics", and what lies
    there no step of `Trainer` changes, neither by a gradient nor by weight decay.

    Args:
        dim: D.
        robust: the median, and the spread of the middle 80 % of the rows (over 2.563, that of a
            standard normal), instead: a few wild rows do not move them. Where those 80 % are all
            alike, the standard deviation.

    A constant variable is only shifted.

    >>> x = 1e6 + 3 * np.random.default_rng(0).standard_normal((100, 2))
    >>> layer = Standardize(2)
    >>> layer.x_to_u(layer.init(None, x), x)[0].std(axis=0).round(6)
    array([1., 1.])
    """

    keeps_order = True

    def __init__(self, dim: int, *, robust: bool = False):
        self.dim, self.robust = whole_number("dim", dim, 1), robust
        will_hold((self.dim,))

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        shift, scale = onp.zeros(self.dim), onp.ones(self.dim)
        if x is not None:
            shift, scale = center_and_scale(x, self.robust)
        found = {"shift": shift.astype(dtype), "log_scale": onp.log(scale).astype(dtype)}
        return {"statistics": found}

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        of = params["statistics"]
        log_det = -np.sum(of["log_scale"]) + np.zeros(x.shape[0], x.dtype)
        return (x - of["shift"]) * np.exp(-of["log_scale"]), log_det

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        of = params["statistics"]
        log_det = np.sum(of["log_scale"]) + np.zeros(u.shape[0], u.dtype)
        return of["shift"] + np.exp(of["log_scale"]) * u, log_det


def center_and_scale(x, robust=False, weights=None):
    """Center and spread of each column of x (N, D), in float64: mean and standard deviation, or
    with `robust` the median and the middle 80 %; 1 where what varies is only the last digit.

    >>> center_and_scale(np.array([[1.0, 7.0], [3.0, 7.0]]))
    (array([2., 7.]), array([1., 1.]))
    """
    eps, x = onp.finfo(x.dtype).eps, onp.asarray(x, float)
    low, high = x.min(axis=0), x.max(axis=0)
    tiny = 2 * eps * onp.maximum(abs(low), abs(high))
    shift = onp.average(x, axis=0, weights=weights)
    scale = onp.sqrt(onp.average((x - shift) ** 2, axis=0, weights=weights))
    if robust:
        shift = _quantile(x, 0.5, weights)
        middle = _quantile(x, 0.9, weights) - _quantile(x, 0.1, weights)
        scale = onp.where(middle > tiny, middle / 2.5631031310892007, scale)
    return shift, onp.where(high - low > tiny, scale, 1.0)


def _quantile(x, q, weights=None):
    """Quantiles of columns; weighted ones are those of the rows repeated that often."""
    if weights is None:
        return onp.quantile(x, q, axis=0)
    return onp.quantile(x, q, axis=0, weights=weights, method="inverted_cdf")
