"""One step of maximum likelihood at a time, which `fit` repeats. What needs no tape gets none: `descent.py`."""

import math

import numpy as np

from .descent import loss_and_gradient
from .optim import Adam, global_norm
from .trees import flatten, unflatten


class Trainer:
    """Minimises the mean of `-log p(x | context)` over the rows that it is given, a step at a time, with Adam.

    Its parameters are a copy of those it starts from: one array `flat`, and `params`, a tree of views of that array, so
    that clipping and Adam are a few operations on long arrays. Steps change them in place; `copy_tree` keeps a state.

    Args:
        density: any `Density`; what is minimised is the mean of `-density.objective(...)`.
        params: where to start.
        rng: for an objective that draws (a VAE, order-agnostic training).
        clip_norm: the gradient's norm is scaled down to this; None for no clipping.
        weight_decay: lambda in the penalty `lambda / 2 * |params|^2`.

    >>> from tinymaf import maf
    >>> rng = np.random.default_rng(0)
    >>> flow, x = maf(2, hidden=(8,)), rng.standard_normal((100, 2)) + 3
    >>> trainer = Trainer(flow, flow.init(rng))
    >>> losses = [trainer.step(x, lr=0.01) for _ in range(50)]
    >>> losses[-1] < losses[0] - 1
    True
    """

    def __init__(self, density, params, rng=None, clip_norm=10.0, weight_decay=0.0):
        self.flat = flatten(params)
        self.grads, self.params = np.zeros_like(self.flat), unflatten(self.flat, params)
        self.adam, self.rng, self.clip_norm, self.weight_decay = Adam(self.flat), rng, clip_norm, weight_decay
        self.loss = loss_and_gradient(density, self.params, self.flat, self.grads)

    def step(self, x, context=None, lr=1e-3):
        """One step of Adam on the rows x (N, D); returns the loss before it, in nats. NaN changes nothing."""
        loss = self.loss(x, context, self.rng)
        norm = global_norm(self.grads)
        if math.isfinite(loss) and math.isfinite(norm):
            self.adam.lr = lr
            too_long = self.clip_norm is not None and norm > self.clip_norm
            self.adam.step(self.flat, self.grads, self.clip_norm / norm if too_long else 1.0, self.weight_decay)
        return loss if math.isfinite(norm) else math.nan
