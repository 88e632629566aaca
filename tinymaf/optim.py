"""Adam, gradient clipping and learning-rate schedules, on parameter trees."""

import math

import numpy as np

from .trees import leaves, map_tree


class Adam:
    """Adam (Kingma, Ba 2015, algorithm 1) on a parameter tree, which it changes *in place*.

        m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
        theta <- theta - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    >>> params = {"w": np.array([1.0])}
    >>> Adam(params, lr=0.1).step(params, {"w": np.array([2.0])})
    >>> params["w"].round(6)
    array([0.9])
    """

    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps, self.t = lr, beta1, beta2, eps, 0
        self.m, self.v = map_tree(np.zeros_like, params), map_tree(np.zeros_like, params)

    def step(self, params, grads):
        """One step down the gradient `grads`, a tree of the same shape."""
        self.t += 1
        rate = self.lr / (1 - self.beta1 ** self.t)
        root = math.sqrt(1 - self.beta2 ** self.t)
        for theta, g, m, v in zip(*map(leaves, (params, grads, self.m, self.v)), strict=True):
            m += (1 - self.beta1) * (g - m)
            v += (1 - self.beta2) * (g * g - v)
            theta -= rate * m / (np.sqrt(v) / root + self.eps)


def clip_by_global_norm(grads, limit):
    """`(grads, norm)`: the gradients, scaled down so that the norm over all leaves is at most `limit`.

    >>> clip_by_global_norm({"w": np.array([3.0, 4.0])}, 1.0)
    ({'w': array([0.6, 0.8])}, 5.0)
    """
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in leaves(grads)))
    return (map_tree(lambda g: g * (limit / norm), grads) if norm > limit else grads), norm


SCHEDULES = {
    "constant": lambda done: 1.0,
    "cosine": lambda done: 0.5 * (1 + math.cos(math.pi * done)),
}
