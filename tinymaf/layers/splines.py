"""Autoregressive and coupling layers whose map is a spline (Durkan et al. 2019)."""

from ..elementwise import RationalQuadratic
from ..types import ArrayLike, Order, Widths
from .autoregressive import Autoregressive
from .coupling import Coupling


class SplineAutoregressive(Autoregressive):
    """`u_i = spline(x_i; theta_i(x_<i, context))`.

    Args:
        dim, hidden, order, context_dim, activation, degrees, mask_seed: as in `Autoregressive`.
        bins: K, the number of pieces.
        limit: the spline lives on [-limit, limit]; outside it is the identity.

    >>> import numpy as np
    >>> layer = SplineAutoregressive(3, hidden=(16,), bins=4)
    >>> params = layer.init(np.random.default_rng(0))
    >>> layer.x_to_u(params, np.ones((2, 3)))[1]            # untrained: the identity
    array([0., 0.])
    """

    def __init__(
        self,
        dim: int,
        hidden: Widths = (64, 64),
        *,
        order: Order = "natural",
        context_dim: int = 0,
        activation: str = "relu",
        bins: int = 8,
        limit: float = 5.0,
        degrees: ArrayLike | None = None,
        mask_seed: int | None = None,
    ):
        super().__init__(
            dim,
            hidden,
            order=order,
            context_dim=context_dim,
            activation=activation,
            elementwise=RationalQuadratic(bins, limit),
            degrees=degrees,
            mask_seed=mask_seed,
        )


class SplineCoupling(Coupling):
    """`u_i = spline(x_i; theta_i(x_stay, context))`.

    Args:
        mask, hidden, context_dim, activation: as in `Coupling`.
        bins, limit: as in `SplineAutoregressive`.
    """

    def __init__(
        self,
        mask: ArrayLike,
        hidden: Widths = (64, 64),
        *,
        context_dim: int = 0,
        activation: str = "relu",
        bins: int = 8,
        limit: float = 5.0,
    ):
        super().__init__(
            mask,
            hidden,
            context_dim=context_dim,
            activation=activation,
            elementwise=RationalQuadratic(bins, limit),
        )
