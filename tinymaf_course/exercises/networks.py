"""Networks to try answers on, which count how often they are called."""

import numpy as np

from tinymaf.checks import random_params
from tinymaf.layers import AffineAutoregressive


class Counted:
    """`x (N, D) -> mu, alpha`, each (N, D), column i seeing x_1 .. x_{i-1} alone; it counts its
    calls, and keeps what it was `asked`."""

    def __init__(self, dim, rng):
        layer = AffineAutoregressive(dim, hidden=(16, 16), activation="tanh")
        params = random_params(layer, rng, scale=1.5)
        self.network, self.__name__ = lambda x: layer.mu_alpha(params, x), "mu_alpha"
        self.forget()

    def forget(self):
        """Count from 0 again."""
        self.asked = []

    @property
    def calls(self):
        return len(self.asked)

    @property
    def most_rows(self):
        """Of the largest array that it was asked about."""
        return max(map(len, self.asked), default=0)

    def __call__(self, x):
        self.asked.append(np.array(x))
        return self.network(x)


class Constant(Counted):
    """A network that says the same of every row, whatever it is shown."""

    def __init__(self):
        self.network, self.__name__ = lambda x: (0 * x + 0.3, 0 * x - 0.2), "mu_alpha"
        self.forget()


class CountedNet:
    """A layer's network that counts its calls; all else is as it was."""

    def __init__(self, net):
        self.net, self.calls = net, 0

    def __getattr__(self, name):
        return getattr(self.net, name)

    def __call__(self, *arguments):
        self.calls += 1
        return self.net(*arguments)


def networks(rng, dims, n=6):
    """One `(mu_alpha, rows)` for each D: a random network and n random rows."""
    return [(Counted(dim, rng), rng.standard_normal((n + dim, dim))) for dim in dims]
