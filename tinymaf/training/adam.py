"""Adam on parameter trees, and the norm that gradient clipping uses."""

import math

import numpy as np

from ..trees import leaves, map_tree
from ..types import Params
from ..validation import positive, share, short


class Adam:
    """Adam (Kingma, Ba 2015, algorithm 1) on a parameter tree, which it changes *in place*.

        m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
        theta <- theta - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

    >>> params = {"w": np.array([1.0])}
    >>> Adam(params, lr=0.1).step(params, {"w": np.array([2.0])})
    >>> params["w"].round(6)
    array([0.9])
    """

    def __init__(
        self,
        params: Params,
        *,
        lr: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ):
        self.lr, self.eps = positive("lr", lr), positive("eps", eps)
        self.beta1, self.beta2 = share("beta1", beta1), share("beta2", beta2)
        self.t = 0
        for leaf in leaves(params):
            if getattr(getattr(leaf, "dtype", None), "kind", "") != "f":
                raise TypeError(f"params must be a tree of float arrays, got {short(leaf)} in it")
        self.m = map_tree(np.zeros_like, params)
        self.v = map_tree(np.zeros_like, params)

    def step(
        self, params: Params, grads: Params, scale: float = 1.0, weight_decay: float = 0.0
    ) -> None:
        """One step down `scale * grads + weight_decay * params`, two trees of the same shape."""
        self.t += 1
        # self.m and self.v are m / (1 - beta1) and v / (1 - beta2), which saves two passes over
        # long arrays. The missing factors and the bias corrections go into two numbers:
        # theta <- theta - rate self.m / (sqrt(self.v) + eps)
        root = math.sqrt((1 - self.beta2**self.t) / (1 - self.beta2))
        rate, eps = self.lr * root * (1 - self.beta1) / (1 - self.beta1**self.t), self.eps * root
        for whole in zip(*map(leaves, (params, grads, self.m, self.v)), strict=True):
            for theta, g, m, v in _pieces(whole):
                if scale != 1 or weight_decay:
                    g = g * scale
                    g += weight_decay * theta
                m *= self.beta1
                m += g
                work = np.multiply(g, g, out=np.empty_like(v))
                v *= self.beta2
                v += work
                np.sqrt(v, out=work)
                work += eps
                np.divide(m, work, out=work)
                work *= rate
                theta -= work


def _pieces(arrays, size=2**15):
    """The arrays in pieces of rows that fit the cache together."""
    first = arrays[0]
    rows = max(1, size * len(first) // first.size) if first.ndim and first.size else 1
    if not first.ndim or len(first) <= rows:
        return [arrays]
    return [[a[k : k + rows] for a in arrays] for k in range(0, len(first), rows)]


def global_norm(grads: Params) -> float:
    """The norm over all leaves together. Gradient clipping scales by `limit / norm` if that is
    below 1.

    >>> global_norm({"w": np.array([3.0]), "b": [np.array([4.0])]})
    5.0
    """
    return math.sqrt(sum(float(np.vdot(g, g)) for g in leaves(grads)))
