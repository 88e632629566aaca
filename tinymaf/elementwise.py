"""Maps of one number each: what an autoregressive or a coupling layer does to a variable, with the
parameters that its net computed.

    x_to_u(theta, x) -> u, log_slope        both (N, D): the map, and log(du_i/dx_i) > -inf
    u_to_x(theta, u) -> x, log_slope        the inverse, and log(dx_i/du_i)

`theta` has shape (N, n_params, D). Every map is the identity at theta = 0, and so an untrained flow
is, too.
"""

import math

import autograd.numpy as np

from .structure import Structure
from .types import Array
from .validation import is_number, positive, whole_number

MIN_BIN, MIN_SLOPE = 1e-3, 1e-3  # no bin may vanish, no piece may become flat


def bound(a: Array, limit: float | None = 5.0) -> Array:
    """`a / (1 + |a| / limit)`: smooth, nearly `a` for small `a`, never beyond +-limit; `None`
    leaves `a` alone.

    A flow's scale is exp(alpha). Without a bound, one unlucky step can make it overflow, and
    training ends in NaN.

    >>> bound(np.array([0.01, 1.0, 1000.0])).round(3)
    array([0.01 , 0.833, 4.975])
    """
    return a if limit is None else a / (1 + np.abs(a) / limit)


class Affine(Structure):
    """`x = mu + exp(alpha) u`, `u = (x - mu) exp(-alpha)`, `log du/dx = -alpha` (MAF, equations 3
    and 4).

    `mu = theta[:, 0]`, `alpha = bound(theta[:, 1], alpha_bound)`.
    """

    n_params = 2

    def __init__(self, alpha_bound: float | None = 5.0):
        self.alpha_bound = alpha_bound
        if alpha_bound is not None and not (is_number(alpha_bound) and alpha_bound == math.inf):
            positive("alpha_bound", alpha_bound, " or None")

    def mu_alpha(self, theta: Array) -> tuple[Array, Array]:
        """Shift and log scale, each (N, D)."""
        return theta[:, 0], bound(theta[:, 1], self.alpha_bound)

    def x_to_u(self, theta: Array, x: Array) -> tuple[Array, Array]:
        mu, alpha = self.mu_alpha(theta)
        return (x - mu) * np.exp(-alpha), -alpha

    def u_to_x(self, theta: Array, u: Array) -> tuple[Array, Array]:
        mu, alpha = self.mu_alpha(theta)
        return mu + np.exp(alpha) * u, alpha


class Additive(Structure):
    """`x = mu + u`: a shift moves no volume, `log du/dx = 0` (NICE, section 3.2)."""

    n_params = 1

    def x_to_u(self, theta: Array, x: Array) -> tuple[Array, Array]:
        return x - theta[:, 0], np.zeros_like(x)

    def u_to_x(self, theta: Array, u: Array) -> tuple[Array, Array]:
        return u + theta[:, 0], np.zeros_like(u)


class RationalQuadratic(Structure):
    """A smooth monotone rational-quadratic map of [-B, B] to itself in K pieces, and the identity
    outside (linear tails).

    With knots (x_k, u_k), slopes d_k there, s = (u_{k+1} - u_k) / (x_{k+1} - x_k), t = (x - x_k) /
    (x_{k+1} - x_k):

        u     = u_k + (u_{k+1} - u_k) [s t^2 + d_k t (1 - t)] / q
        q     = s + (d_{k+1} + d_k - 2 s) t (1 - t)
        du/dx = s^2 [d_{k+1} t^2 + 2 s t (1 - t) + d_k (1 - t)^2] / q^2

    `theta` (N, 3K - 1, D) holds K widths and K heights before their softmax and K - 1 slopes before
    their softplus; theta = 0 gives the identity. The inverse solves a quadratic (appendix A).

    Source: Durkan, Bekasov, Murray, Papamakarios 2019, "Neural Spline Flows", section 3.1.

    Args:
        bins: K.
        limit: B.

    >>> spline = RationalQuadratic(bins=4)
    >>> theta = np.random.default_rng(0).standard_normal((1, spline.n_params, 1))
    >>> u, log_slope = spline.x_to_u(theta, np.array([[0.7]]))
    >>> x, minus_log_slope = spline.u_to_x(theta, u)
    >>> x.round(10), (log_slope + minus_log_slope).round(10) == 0
    (array([[0.7]]), array([[ True]]))
    """

    def __init__(self, bins: int = 8, limit: float = 5.0):
        self.bins = whole_number("bins", bins, 2)
        if self.bins * MIN_BIN > 0.5:
            raise ValueError(f"bins must be at most {int(0.5 / MIN_BIN)}, got {bins}")
        self.limit, self.n_params = positive("limit", limit), 3 * bins - 1

    def x_to_u(self, theta: Array, x: Array) -> tuple[Array, Array]:
        inside, x_in, (x0, w, u0, h, d0, d1) = self._piece(theta, x, on="x")
        s, t = h / w, np.clip((x_in - x0) / w, 0, 1)  # rounding may step over a knot
        q = s + (d1 + d0 - 2 * s) * t * (1 - t)
        u = u0 + h * (s * t * t + d0 * t * (1 - t)) / q
        return np.where(inside, u, x), np.where(inside, self._log_slope(s, t, q, d0, d1), 0)

    def u_to_x(self, theta: Array, u: Array) -> tuple[Array, Array]:
        inside, u_in, (x0, w, u0, h, d0, d1) = self._piece(theta, u, on="u")
        s, r = h / w, u_in - u0
        bend = d1 + d0 - 2 * s
        a, b, c = h * (s - d0) + r * bend, h * d0 - r * bend, -s * r  # a t^2 + b t + c = 0
        # The root in [0, 1], by the formula in which nothing cancels; b < 0 makes a > 0
        root = np.sqrt(np.maximum(b * b - 4 * a * c, np.finfo(b.dtype).tiny))
        early = b >= 0
        t = np.where(
            early,
            2 * c / np.where(early, -b - root, 1),
            (root - b) / np.where(early, 1, 2 * a),
        )
        t = np.clip(t, 0, 1)
        slope = self._log_slope(s, t, s + bend * t * (1 - t), d0, d1)
        return np.where(inside, x0 + w * t, u), np.where(inside, -slope, 0)

    @staticmethod
    def _log_slope(s, t, q, d0, d1):
        return (
            2 * np.log(s)
            + np.log(d1 * t * t + 2 * s * t * (1 - t) + d0 * (1 - t) ** 2)
            - 2 * np.log(q)
        )

    def _piece(self, theta, z, on):
        """The piece in which each z lies, as the formulas need it: lower corners, sizes and end
        slopes.
        """
        k, limit = self.bins, self.limit
        widths, x_knots = self._knots(theta[:, :k])
        heights, u_knots = self._knots(theta[:, k : 2 * k])
        # softplus(0 + shift) + MIN_SLOPE = 1: the slope of the identity, and of both tails
        shift = math.log(math.expm1(1 - MIN_SLOPE))
        ends = np.ones_like(theta[:, :1])
        slopes = np.concatenate(
            [ends, MIN_SLOPE + np.logaddexp(0, theta[:, 2 * k :] + shift), ends], axis=1
        )
        inside = (z > -limit) & (z < limit)
        z_in = np.where(inside, z, 0)[:, None]
        knots = x_knots if on == "x" else u_knots
        index = np.sum(z_in >= knots[:, 1:-1], axis=1)[:, None]  # 0..K-1, shape (N, 1, D)
        here = np.arange(k)[:, None] == index  # one-hot: autograd has no take_along_axis

        def pick(values):
            return np.sum(np.where(here, values, 0), axis=1)

        return (
            inside,
            z_in[:, 0],
            (
                pick(x_knots[:, :-1]),
                pick(widths),
                pick(u_knots[:, :-1]),
                pick(heights),
                pick(slopes[:, :-1]),
                pick(slopes[:, 1:]),
            ),
        )

    def _knots(self, raw):
        """Sizes of the bins (N, K, D), positive, with sum 2 B, and the K + 1 knots between them."""
        e = np.exp(raw - np.max(raw, axis=1, keepdims=True))
        sizes = MIN_BIN + (1 - MIN_BIN * self.bins) * e / np.sum(e, axis=1, keepdims=True)
        inner = -self.limit + 2 * self.limit * np.cumsum(sizes, axis=1)[:, :-1]
        edge = self.limit * np.ones_like(raw[:, :1])
        return 2 * self.limit * sizes, np.concatenate([-edge, inner, edge], axis=1)
