"""Autoregressive layers: variable i is mapped by parameters that see only the variables before it."""

import autograd.numpy as np

from .. import kernels, sampler
from ..elementwise import Affine
from ..nets import MaskedNet
from ..tape import is_fused, traced
from .base import Bijection


class Autoregressive(Bijection):
    """`u_i = f(x_i; theta_i)` with `theta_i` from x_<i and the context, through a `MaskedNet`.

    The Jacobian is triangular: log_det is the sum of the elementwise log slopes. x_to_u takes one pass through the
    network, u_to_x as many steps as there are degrees, in the work of one pass.

    Args:
        dim, hidden, order, context_dim, activation, degrees, mask_seed: see `MaskedNet`.
        elementwise: the map f, `Affine()` by default.
    """

    def __init__(self, dim, hidden=(64, 64), order="natural", context_dim=0, activation="relu", elementwise=None,
                 degrees=None, mask_seed=None):
        self.elementwise = Affine() if elementwise is None else elementwise
        self.net = MaskedNet(dim, self.elementwise.n_params, hidden, order, context_dim, activation, degrees, mask_seed)
        self.dim, self.context_dim = self.net.dim, self.net.context_dim
        self.fusable = type(self.elementwise) is Affine and type(self).x_to_u is Autoregressive.x_to_u and (
            type(self).u_to_x is Autoregressive.u_to_x)         # what a subclass does its own way is not in the kernels
        self.nets, self.reads, self.mapped = [self.net], None, None         # see kernels.layer_forward

    def init(self, rng, x=None, dtype=float):
        return self.net.init(rng, dtype)

    def x_to_u(self, params, x, context=None):
        x, context = self._checked(x, context, "x")
        if self.fusable and is_fused():
            return kernels.stack_x_to_u([self], [params], x, context)
        u, log_slope = self.elementwise.x_to_u(self.net(params, x, context), x)
        return u, np.sum(log_slope, axis=1)

    def u_to_x(self, params, u, context=None):
        """In the work of one pass (`sampler.py`); inside `plain()` the textbook's way, D passes.

        There pass k makes the variable of degree k right, because the variables before it already are.
        """
        u, context = self._checked(u, context, "u")
        if is_fused() and (self.fusable or not traced(params, u, context)):
            return sampler.invert(self, params, u, context)
        x = np.zeros_like(u)
        for degree in np.unique(self.net.degrees):
            now, log_slope = self.elementwise.u_to_x(self.net(params, x, context), u)
            x = np.where(self.net.degrees <= degree, now, 0)
        return x, np.sum(log_slope, axis=1)

    def by_net(self, params):
        return [params]

    def from_nets(self, grads):
        return grads[0]


class AffineAutoregressive(Autoregressive):
    """The layer of a masked autoregressive flow: MADE's Gaussian conditionals read as a map.

        x_i = mu_i + exp(alpha_i) u_i,     u_i = (x_i - mu_i) exp(-alpha_i)          (MAF, equations 3 and 4)
        log|det du/dx| = -sum_i alpha_i                                              (MAF, equation 5)

    where (mu_i, alpha_i) see x_<i and the context.

    Args:
        dim, hidden, order, context_dim, activation, degrees, mask_seed: see `MaskedNet`.
        alpha_bound: alpha stays within +-alpha_bound; None for the paper's unbounded exp(alpha).

    >>> layer = AffineAutoregressive(3, order=[2, 0, 1])
    >>> params = layer.init(np.random.default_rng(0))
    >>> u, log_det = layer.x_to_u(params, np.ones((5, 3)))
    >>> u.shape, log_det.shape
    ((5, 3), (5,))
    """

    def __init__(self, dim, hidden=(64, 64), order="natural", context_dim=0, activation="relu", alpha_bound=5.0,
                 degrees=None, mask_seed=None):
        super().__init__(dim, hidden, order, context_dim, activation, Affine(alpha_bound), degrees, mask_seed)

    def mu_alpha(self, params, x, context=None):
        """Shift and log scale of every conditional, each (N, D)."""
        return self.elementwise.mu_alpha(self.net(params, x, context))
