"""A density of four variables with curved conditionals, of which everything is known: samples, log
p(x), entropy.

    x4 = u4
    x3 = (x4^2 - 1) / 2             + exp(x4 / 2 - 1/2) u3
    x2 = 0.9 x3 - 0.6 x4            + exp(log 0.5) u2           an affine Gaussian
    x1 = sin(1.5 x2)                + exp(tanh(x4) / 2 - 1) u1

u is standard normal. The last variable comes first: in the order 1, 2, 3, 4 no conditional but
those is Gaussian.
"""

import autograd.numpy as np

DIM = 4
# The entropy of a Gaussian is 1/2 log(2 pi e) + log sigma. The mean of log sigma is its constant:
# x4 is symmetric around 0, and x4 / 2 and tanh(x4) / 2 are odd.
ENTROPY = 4 * 0.5 * np.log(2 * np.pi * np.e) + (0 - 0.5 + np.log(0.5) - 1)


def mu_alpha(x):
    """Mean and log standard deviation of each conditional, both (N, 4)."""
    x2 = x[:, 1]
    x3 = x[:, 2]
    x4 = x[:, 3]
    zero = 0 * x4
    mu = [np.sin(1.5 * x2), 0.9 * x3 - 0.6 * x4, (x4**2 - 1) / 2, zero]
    alpha = [np.tanh(x4) / 2 - 1, zero + np.log(0.5), x4 / 2 - 0.5, zero]
    return np.stack(mu, axis=1), np.stack(alpha, axis=1)


def u_to_x(u):
    """From noise (N, 4) to data (N, 4), the last variable first."""
    x = np.zeros((len(u), DIM))
    for i in (3, 2, 1, 0):
        mu, alpha = mu_alpha(x)
        x = np.concatenate(
            [x[:, :i], (mu + np.exp(alpha) * u)[:, i : i + 1], x[:, i + 1 :]], axis=1
        )
    return x


def sample(rng, n):
    """n rows, (n, 4)."""
    return u_to_x(rng.standard_normal((n, DIM)))


def log_prob(x):
    """log p(x) in nats, (N,)."""
    mu, alpha = mu_alpha(x)
    return np.sum(-0.5 * ((x - mu) * np.exp(-alpha)) ** 2 - alpha - 0.5 * np.log(2 * np.pi), axis=1)
