"""One-dimensional conditionals p(x_i | x_<i), whose parameters a `MADE` computes: Gaussian,
mixture, Bernoulli.

    log_prob(theta, x) -> (N, D)        nats
    sample(theta, rng) -> (N, D)        one draw for each element
    start()            -> (n_params,)   what theta should be in an untrained network

`theta` has shape (N, n_params, D).
"""

import autograd.numpy as np
from autograd.tracer import getval

from .distributions import log_mean_exp, normal_log_prob
from .elementwise import Affine
from .structure import Structure
from .types import Array, Rng
from .validation import whole_number


class Gaussian(Structure):
    """`p(x_i | x_<i) = N(x_i; mu_i, exp(alpha_i)^2)` (MAF, equation 2): the affine map of standard
    normal noise.

    `theta` (N, 2, D) as in `Affine`.
    """

    n_params = 2

    def __init__(self, alpha_bound: float | None = 5.0):
        self.affine = Affine(alpha_bound)

    def start(self) -> Array:
        return np.zeros(2)

    def log_prob(self, theta: Array, x: Array) -> Array:
        u, log_slope = self.affine.x_to_u(theta, x)
        return normal_log_prob(u) + log_slope

    def sample(self, theta: Array, rng: Rng) -> Array:
        return self.affine.u_to_x(theta, rng.standard_normal(theta[:, 0].shape))[0]


class MixtureOfGaussians(Structure):
    """`p(x_i | x_<i) = sum_c pi_ic N(x_i; mu_ic, exp(alpha_ic)^2)`, with `pi = softmax(logits)`.

    `theta` (N, 3C, D) holds C logits, C means and C log standard deviations. The means start spread
    over [-2, 2]: if they were equal, all components would get the same gradient and stay equal.
    MADE MoG of the MAF paper, section 4 (there C = 10).

    >>> mixture = MixtureOfGaussians(2)
    >>> theta = np.array([0.0, 0.0, -3.0, 3.0, 0.0, 0.0]).reshape(1, 6, 1)
    >>> mixture.log_prob(theta, np.array([[3.0]])).round(6)     # log of half a normal's top
    array([[-1.612086]])
    """

    def __init__(self, components: int = 10, alpha_bound: float | None = 5.0):
        self.components = whole_number("components", components, 1)
        self.n_params, self.affine = 3 * components, Affine(alpha_bound)

    def start(self) -> Array:
        theta = np.zeros((3, self.components))
        theta[1] = np.linspace(-2, 2, self.components) if self.components > 1 else 0
        return theta.ravel()

    def _parts(self, theta):
        """Logits (N, C, D), and mu and alpha as theta of the affine map, (N, 2, C, D)."""
        parts = theta.reshape(theta.shape[0], 3, self.components, theta.shape[-1])
        return parts[:, 0], parts[:, 1:]

    def log_prob(self, theta: Array, x: Array) -> Array:
        logits, mu_alpha = self._parts(theta)
        u, log_slope = self.affine.x_to_u(mu_alpha, x[:, None])
        return log_mean_exp(logits + normal_log_prob(u) + log_slope, axis=1) - log_mean_exp(
            logits, axis=1
        )

    def sample(self, theta: Array, rng: Rng) -> Array:
        logits, mu_alpha = self._parts(theta)
        # Gumbel's trick
        chosen = np.argmax(logits + rng.gumbel(size=logits.shape), axis=1)[:, None, None]
        mine = np.take_along_axis(mu_alpha, chosen, axis=2)[:, :, 0]
        return self.affine.u_to_x(mine, rng.standard_normal(mine[:, 0].shape))[0]


class Bernoulli(Structure):
    """`p(x_i = 1 | x_<i) = sigmoid(theta_i)`, for zeros and ones (MADE, section 3); `theta`
    (N, 1, D).

    `log p = -log(1 + exp((1 - 2 x) theta))`, exact for any theta. Other x raise ValueError.
    """

    n_params = 1

    def start(self) -> Array:
        return np.zeros(1)

    def check(self, x):
        values = getval(x)
        if not ((values == 0) | (values == 1)).all():
            raise ValueError(
                f"x must hold zeros and ones for Bernoulli conditionals, got "
                f"{values.ravel()[:3]}..."
            )

    def log_prob(self, theta: Array, x: Array) -> Array:
        self.check(x)
        return -np.logaddexp(0, (1 - 2 * x) * theta[:, 0])

    def sample(self, theta: Array, rng: Rng) -> Array:
        p = 0.5 * (1 + np.tanh(0.5 * theta[:, 0]))  # the sigmoid, without overflow
        return (rng.random(p.shape) < p).astype(theta.dtype)
