"""Hand-made Gaussian conditionals on which answers are tried: no network, every dependency
there."""

import autograd.numpy as np


def hand_made(order, seed):
    """`conditional(i, x)` -> mu_i, alpha_i, each (N,), of the variables before i in `order`; all
    weights nonzero."""
    dim, rng = len(order), np.random.default_rng([41, seed])
    place = np.argsort(order)
    sees = place[:, None] > place
    weights = sees * rng.uniform(0.4, 0.9, (2, dim, dim)) * rng.choice([-1, 1], (2, dim, dim))
    biases = rng.uniform(0.2, 0.6, (2, dim)) * rng.choice([-1, 1], (2, dim))

    def conditional(i, x):
        return biases[0, i] + np.sin(x) @ weights[0, i], biases[1, i] + 0.5 * np.tanh(
            x @ weights[1, i]
        )

    return conditional


def watched(conditional, dim):
    """The same, with a word for code that asks for a variable that is not there, or hands over
    half a row."""

    def asked(i, x):
        if np.ndim(i) or i not in range(dim):
            raise ValueError(f"conditional({i}, x): the variables are numbered from 0 to {dim - 1}")
        if np.ndim(x) != 2 or x.shape[1] != dim:
            raise ValueError(
                f"conditional({i}, x): x must be whole rows, shape (N, {dim}), got {np.shape(x)}"
            )
        return conditional(i, x)

    return asked
