"""An invertible linear layer: Glow's 1x1 convolution, for vectors."""

import autograd.numpy as np

from ..masks import as_order
from ..structure import will_hold
from ..types import Array, DTypeLike, Order, Params, Rng
from ..validation import whole_number
from .bijection import Bijection


class LULinear(Bijection):
    """`u = L U x_P`: a fixed permutation P, then a trained matrix in LU form.

    L is lower triangular with ones on its diagonal, U upper triangular with `exp(s)` on its own:
    `log|det du/dx| = sum_i s_i`, in O(D) instead of O(D^3). At first it is the permutation alone.
    Source: Kingma, Dhariwal 2018, "Glow", section 3.2.

    Args:
        dim: D.
        order: the permutation P, "natural", "reversed" (default) or one of 0..D-1.

    >>> layer = LULinear(3)
    >>> layer.x_to_u(layer.init(None), np.array([[1.0, 2.0, 3.0]]))
    (array([[3., 2., 1.]]), array([0.]))
    """

    def __init__(self, dim: int, *, order: Order = "reversed"):
        self.dim = whole_number("dim", dim, 1)
        will_hold((self.dim, self.dim), (self.dim, self.dim))
        self.order = as_order(order, self.dim)
        self.inverse_order = np.argsort(self.order)

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        square = (self.dim, self.dim)
        return {
            "lower": np.zeros(square, dtype),
            "upper": np.zeros(square, dtype),
            "s": np.zeros(self.dim, dtype),
        }

    def matrix(self, params):
        """`L U`, shape (D, D)."""
        # Autograd's tril and triu keep the gradient masked
        eye = np.eye(self.dim, dtype=params["lower"].dtype)
        lower = np.tril(params["lower"], -1) + eye
        return np.dot(lower, np.triu(params["upper"], 1) + eye * np.exp(params["s"]))

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        return np.dot(x[:, self.order], self.matrix(params).T), np.sum(params["s"]) + np.zeros(
            x.shape[0], x.dtype
        )

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        x = np.linalg.solve(self.matrix(params), u.T).T
        return x[:, self.inverse_order], -np.sum(params["s"]) + np.zeros(u.shape[0], u.dtype)
