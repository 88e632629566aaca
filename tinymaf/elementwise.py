"""Maps of one number each: what an autoregressive or a coupling layer does to a variable once its net has spoken.

    x_to_u(theta, x) -> u, log_slope        both (N, D): the map, and log(du_i/dx_i) > -inf
    u_to_x(theta, u) -> x, log_slope        the inverse, and log(dx_i/du_i)

`theta` has shape (N, n_params, D). All of them are the identity at theta = 0, so that untrained flows are.
"""

import autograd.numpy as np

from .structure import Structure


def bound(a, limit=5.0):
    """`a / (1 + |a| / limit)`: nearly `a` when it is small, never beyond +-limit, smooth; `None` leaves `a` alone.

    The scale of a flow is exp(alpha). Without a bound one unlucky step makes it overflow, and training ends in NaN.

    >>> bound(np.array([0.01, 1.0, 1000.0])).round(3)
    array([0.01 , 0.833, 4.975])
    """
    return a if limit is None else a / (1 + np.abs(a) / limit)


class Affine(Structure):
    """`x = mu + exp(alpha) u`, `u = (x - mu) exp(-alpha)`, `log du/dx = -alpha` (MAF, equations 3 and 4).

    `mu = theta[:, 0]`, `alpha = bound(theta[:, 1], alpha_bound)`.
    """

    n_params = 2

    def __init__(self, alpha_bound=5.0):
        if alpha_bound is not None and not alpha_bound > 0:
            raise ValueError(f"alpha_bound must be positive or None, got {alpha_bound!r}")
        self.alpha_bound = alpha_bound

    def mu_alpha(self, theta):
        """Shift and log scale, each (N, D)."""
        return theta[:, 0], bound(theta[:, 1], self.alpha_bound)

    def x_to_u(self, theta, x):
        mu, alpha = self.mu_alpha(theta)
        return (x - mu) * np.exp(-alpha), -alpha

    def u_to_x(self, theta, u):
        mu, alpha = self.mu_alpha(theta)
        return mu + np.exp(alpha) * u, alpha


class Additive(Structure):
    """`x = mu + u`: a shift moves no volume, `log du/dx = 0` (NICE, section 3.2)."""

    n_params = 1

    def x_to_u(self, theta, x):
        return x - theta[:, 0], np.zeros_like(x)

    def u_to_x(self, theta, u):
        return u + theta[:, 0], np.zeros_like(u)
