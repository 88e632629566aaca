"""Autoregressive layers: variable i is mapped by parameters that see only the variables before
it.
"""

import autograd.numpy as np

from ..elementwise import Affine
from ..nets import MaskedNet
from ..parameters import check_part
from ..types import Array, ArrayLike, DTypeLike, Elementwise, Order, Params, Rng, Widths
from ..validation import an_object
from .bijection import Bijection


class Autoregressive(Bijection):
    """`u_i = f(x_i; theta_i)` with `theta_i` from x_<i and the context, through a `MaskedNet`.

    The Jacobian is triangular, so log_det is the sum of the elementwise log slopes. x_to_u takes
    one network pass; u_to_x takes as many steps as there are degrees, with the work of one pass.

    Args:
        dim: D, the number of variables.
        hidden: widths of the network's hidden layers.
        order: "natural", "reversed" or a permutation; `order[k]` is the variable that comes k-th.
        context_dim: C, the length of the context that every variable may see.
        activation: "relu" or "tanh".
        elementwise: the map f, `Affine()` by default.
        degrees: instead of `order`, the degree of each variable; those that share one do not see
            one another.
        mask_seed: the seed that hidden degrees are drawn from; None spreads them evenly.
    """

    def __init__(
        self,
        dim: int,
        hidden: Widths = (64, 64),
        *,
        order: Order = "natural",
        context_dim: int = 0,
        activation: str = "relu",
        elementwise: Elementwise | None = None,
        degrees: ArrayLike | None = None,
        mask_seed: int | None = None,
    ):
        self.elementwise = Affine() if elementwise is None else elementwise
        an_object("elementwise", self.elementwise, ("n_params", "x_to_u", "u_to_x"), "Affine()")
        self.net = MaskedNet(
            dim,
            self.elementwise.n_params,
            hidden,
            order=order,
            context_dim=context_dim,
            activation=activation,
            degrees=degrees,
            mask_seed=mask_seed,
        )
        self.dim = self.net.dim
        self.context_dim = self.net.context_dim

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        return self.net.init(rng, dtype)

    def fits(self, params, dtype, at=()):
        check_part(self.net, params, dtype, at)

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        u, log_slope = self.elementwise.x_to_u(self.net(params, x, context), x)
        return u, np.sum(log_slope, axis=1)

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        """The textbook's way, D passes: pass k gets the variable of degree k right, because those
        before it already are. (The engine does it in the work of one.)
        """
        x, log_slope = np.zeros_like(u), np.zeros_like(u)
        for degree in np.unique(self.net.degrees):
            now, log_slope = self.elementwise.u_to_x(self.net(params, x, context), u)
            x = np.where(self.net.degrees <= degree, now, 0)
        return x, np.sum(log_slope, axis=1)


class AffineAutoregressive(Autoregressive):
    """The layer of a masked autoregressive flow: MADE's Gaussian conditionals read as a map.

        x_i = mu_i + exp(alpha_i) u_i,     u_i = (x_i - mu_i) exp(-alpha_i)    (MAF, equations 3, 4)
        log|det du/dx| = -sum_i alpha_i                                        (MAF, equation 5)

    where (mu_i, alpha_i) see x_<i and the context.

    Args:
        dim, hidden, order, context_dim, activation, degrees, mask_seed: as in `Autoregressive`.
        alpha_bound: alpha stays within +-alpha_bound; None for the paper's unbounded exp(alpha).

    >>> layer = AffineAutoregressive(3, order=[2, 0, 1])
    >>> params = layer.init(np.random.default_rng(0))
    >>> u, log_det = layer.x_to_u(params, np.ones((5, 3)))
    >>> u.shape, log_det.shape
    ((5, 3), (5,))
    """

    def __init__(
        self,
        dim: int,
        hidden: Widths = (64, 64),
        *,
        order: Order = "natural",
        context_dim: int = 0,
        activation: str = "relu",
        alpha_bound: float | None = 5.0,
        degrees: ArrayLike | None = None,
        mask_seed: int | None = None,
    ):
        super().__init__(
            dim,
            hidden,
            order=order,
            context_dim=context_dim,
            activation=activation,
            elementwise=Affine(alpha_bound),
            degrees=degrees,
            mask_seed=mask_seed,
        )

    def mu_alpha(
        self, params: Params, x: Array, context: Array | None = None
    ) -> tuple[Array, Array]:
        """Shift and log scale of every conditional, each (N, D)."""
        return self.elementwise.mu_alpha(self.net(params, x, context))
