"""Coupling layers: some variables stay and decide how the others are mapped. Both directions cost
one pass.

A coupling is an autoregressive layer with two degrees: 1 for the variables that stay, 2 for the
others.
"""

import autograd.numpy as np

from ..elementwise import Additive, Affine
from ..nets import MLP, known_activation
from ..parameters import check_part, parts_of
from ..types import Array, ArrayLike, DTypeLike, Elementwise, Params, Rng, Widths
from ..validation import an_object, row_of, short, whole_number, widths
from .bijection import Bijection
from .compose import Chain, Inverse, Permute


def alternating_mask(dim: int, k: int = 0) -> Array:
    """The mask of the k-th coupling in a stack, true where a variable stays: even indices for even
    k, odd ones for odd k.

    >>> alternating_mask(5), alternating_mask(5, 1)
    (array([ True, False,  True, False,  True]), array([False,  True, False,  True, False]))
    """
    return np.arange(whole_number("dim", dim, 1)) % 2 == whole_number("k", k, 0) % 2


def never_moved(bijection: Bijection) -> list[int]:
    """The variables that every coupling of a stack leaves alone: they keep the base's shape.

    There are none in a stack with any other layer that mixes the variables.

    >>> never_moved(Coupling([True, False]))
    [0]
    """
    at, stays, couplings = np.arange(bijection.dim), set(range(bijection.dim)), 0
    for layer, turned in _flat(bijection):
        if isinstance(layer, Permute):
            at = at[layer.inverse_order if turned else layer.order]
        elif isinstance(layer, Coupling):
            stays, couplings = stays - set(at[layer.mapped].tolist()), couplings + 1
        elif not layer.keeps_order:
            return []
    return sorted(stays) if couplings else []


def _flat(bijection, turned=False):
    """`(layer, whether its directions are swapped)`, from x to u, of chains in chains."""
    if isinstance(bijection, Inverse):
        yield from _flat(bijection.bijection, not turned)
    elif isinstance(bijection, Chain):
        for layer in bijection.layers[:: -1 if turned else 1]:
            yield from _flat(layer, turned)
    else:
        yield bijection, turned


class Coupling(Bijection):
    """`u_stay = x_stay`, `u_i = f(x_i; theta_i(x_stay, context))` for the other variables.

    The Jacobian is block triangular: log_det is the sum of the log slopes of the mapped variables.

    Args:
        mask: D booleans, true for the variables that stay. Any mask will do.
        hidden: widths of the hidden layers of the net that computes theta.
        context_dim: C, the length of the context, which this net sees too.
        activation: "relu" or "tanh".
        elementwise: the map f, `Affine()` by default.
        scale_activation: for two-parameter maps, a second net of its own for alpha, with this
            activation (RealNVP in the MAF paper: "tanh", the shift net "relu"); None for one net.

    Source: Dinh, Sohl-Dickstein, Bengio 2017, "Density estimation using Real NVP", section 3.2.
    """

    def __init__(
        self,
        mask: ArrayLike,
        hidden: Widths = (64, 64),
        *,
        context_dim: int = 0,
        activation: str = "relu",
        elementwise: Elementwise | None = None,
        scale_activation: str | None = None,
    ):
        given = row_of("mask", mask, "b", "a sequence of D booleans")
        self.mask = given
        self.dim = len(given)
        self.context_dim = whole_number("context_dim", context_dim, 0)
        self.stay, self.mapped = np.flatnonzero(given), np.flatnonzero(~given)
        self.back = np.argsort(np.concatenate([self.stay, self.mapped]))
        self.elementwise = Affine() if elementwise is None else elementwise
        an_object("elementwise", self.elementwise, ("n_params", "x_to_u", "u_to_x"), "Affine()")
        n_params = self.elementwise.n_params
        if scale_activation is not None and n_params != 2:
            raise ValueError(
                f"scale_activation needs a map with mu and alpha, got {short(self.elementwise)}"
            )
        activations = [activation]
        if scale_activation is not None:
            activations.append(known_activation(scale_activation, "scale_activation"))
        outputs = len(self.mapped) * (n_params // len(activations))
        self.nets = [
            MLP(len(self.stay) + context_dim, outputs, widths(hidden), activation=a)
            for a in activations
        ]

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        return [net.init(rng, dtype) for net in self.nets]

    def fits(self, params, dtype, at=()):
        for k, (net, p) in enumerate(zip(self.nets, parts_of(params, len(self.nets), at, "nets"))):
            check_part(net, p, dtype, (*at, k))

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        return self._map(params, x, context, self.elementwise.x_to_u)

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        return self._map(params, u, context, self.elementwise.u_to_x)

    def _map(self, params, z, context, f):
        stay = z[:, self.stay]
        h = stay if context is None else np.concatenate([stay, context], axis=1)
        theta = [net(p, h) for net, p in zip(self.nets, params, strict=True)]
        theta = np.concatenate(theta, axis=1)
        theta = theta.reshape(z.shape[0], self.elementwise.n_params, len(self.mapped))
        moved, log_slope = f(theta, z[:, self.mapped])
        u = np.concatenate([stay, moved], axis=1)[:, self.back]
        return u, np.sum(log_slope, axis=1)


class AffineCoupling(Coupling):
    """RealNVP's layer: `u_i = (x_i - mu_i) exp(-alpha_i)` where (mu, alpha) see the variables that
    stay.

    Args:
        mask, hidden, context_dim, activation, scale_activation: as in `Coupling`.
        alpha_bound: alpha stays within +-alpha_bound; None for an unbounded exp(alpha).

    >>> layer = AffineCoupling([True, False, False])
    >>> u, log_det = layer.x_to_u(layer.init(np.random.default_rng(0)), np.ones((4, 3)))
    >>> u.shape, log_det.shape
    ((4, 3), (4,))
    """

    def __init__(
        self,
        mask: ArrayLike,
        hidden: Widths = (64, 64),
        *,
        context_dim: int = 0,
        activation: str = "relu",
        alpha_bound: float | None = 5.0,
        scale_activation: str | None = None,
    ):
        super().__init__(
            mask,
            hidden,
            context_dim=context_dim,
            activation=activation,
            elementwise=Affine(alpha_bound),
            scale_activation=scale_activation,
        )


class AdditiveCoupling(Coupling):
    """NICE's layer: `u_i = x_i - mu_i(x_stay)`, log_det 0 (Dinh, Krueger, Bengio 2015, section
    3.2).

    Args:
        mask, hidden, context_dim, activation: as in `Coupling`.
    """

    def __init__(
        self,
        mask: ArrayLike,
        hidden: Widths = (64, 64),
        *,
        context_dim: int = 0,
        activation: str = "relu",
    ):
        super().__init__(
            mask,
            hidden,
            context_dim=context_dim,
            activation=activation,
            elementwise=Additive(),
        )
