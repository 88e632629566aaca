"""The autoregressive and the coupling layer with a spline for their map (Durkan et al. 2019)."""

from ..spline import RationalQuadratic
from .autoregressive import Autoregressive
from .coupling import Coupling


class SplineAutoregressive(Autoregressive):
    """`u_i = spline(x_i; theta_i(x_<i, context))`; arguments as in `Autoregressive` and `RationalQuadratic`.

    >>> import numpy as np
    >>> layer = SplineAutoregressive(3, hidden=(16,), bins=4)
    >>> layer.x_to_u(layer.init(np.random.default_rng(0)), np.ones((2, 3)))[1]        # untrained: the identity
    array([0., 0.])
    """

    def __init__(self, dim, hidden=(64, 64), order="natural", context_dim=0, activation="relu", bins=8, limit=5.0,
                 degrees=None, mask_seed=None):
        super().__init__(dim, hidden, order, context_dim, activation, RationalQuadratic(bins, limit), degrees,
                         mask_seed)


class SplineCoupling(Coupling):
    """`u_i = spline(x_i; theta_i(x_stay, context))`; arguments as in `Coupling` and `RationalQuadratic`."""

    def __init__(self, mask, hidden=(64, 64), context_dim=0, activation="relu", bins=8, limit=5.0):
        super().__init__(mask, hidden, context_dim, activation, RationalQuadratic(bins, limit))
