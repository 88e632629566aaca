"""One step of training at a time, which `fit` and the other loops repeat."""

import math
from collections.abc import Callable

import numpy as np

from ..distributions import Density
from ..engine.objective import TapedLoss, loss_and_gradient
from ..trees import flatten, is_statistic, unflatten
from ..types import Array, Params, Rng
from ..validation import short
from .adam import Adam, global_norm
from .standardized import Standardized, StandardizedLoss

KEYS = ["statistics", "density"]  # of a `Standardized`, in this order


class Trainer:
    """Minimises the mean of `-log p(x | context)` over the rows that it is given, a step at a time,
    with Adam. What needs no tape gets none (`engine/objective.py`).

    Its parameters are a copy of those it starts from: one array `flat`, and `params`, a tree of
    views of that array, so that clipping and Adam are a few operations on long arrays. Steps change
    them in place; `copy_tree` keeps a state. `norm` is the gradient's in the last step, before
    clipping.

    Args:
        density: any `Density`; what is minimised is the mean of `-density.objective(...)`.
        params: where to start.
        rng: for an objective that draws (a VAE, order-agnostic training).
        clip_norm: the gradient's norm is scaled down to this; None for no clipping.
        weight_decay: lambda in the penalty `lambda / 2 * |params|^2`.
        loss: what to minimise instead, a function of (params, x, context, rng) in autograd.

    >>> from tinymaf import maf
    >>> rng = np.random.default_rng(0)
    >>> flow, x = maf(2, hidden=(8,)), rng.standard_normal((100, 2)) + 3
    >>> trainer = Trainer(flow, flow.init(rng))
    >>> losses = [trainer.step(x, lr=0.01) for _ in range(50)]
    >>> losses[-1] < losses[0] - 1
    True
    """

    def __init__(
        self,
        density: Density,
        params: Params,
        *,
        rng: Rng | None = None,
        clip_norm: float | None = 10.0,
        weight_decay: float = 0.0,
        loss: Callable | None = None,
    ):
        a_density(density)
        self.flat = flatten(params)
        self.grads = np.zeros_like(self.flat)
        self.params = unflatten(self.flat, params)
        self.adam = Adam(self.flat)
        self.still = np.flatnonzero(is_statistic(params))  # Standardize's, which nothing moves
        self.rng = rng
        self.clip_norm = clip_norm
        self.weight_decay = weight_decay
        self.norm = 0.0
        if loss is None and type(density) is Standardized and list(params) == KEYS:
            self.loss = StandardizedLoss(density, self.params, self.flat, self.grads)
        elif loss is None:
            self.loss = loss_and_gradient(density, self.params, self.flat, self.grads)
        else:
            self.loss = TapedLoss(loss, self.params, self.grads)

    def step(
        self,
        x: Array,
        context: Array | None = None,
        lr: float = 1e-3,
        weight: Array | None = None,
    ) -> float:
        """One step of Adam on the rows x (N, D); returns the loss before it, in nats. A loss or
        gradient that is not finite changes nothing, and gives NaN. With a `weight` (N,) the loss is
        the mean of `-weight log p`.
        """
        given = () if weight is None else (weight,)
        loss = self.loss(x, context, self.rng, *given)
        self.grads[self.still] = 0
        norm = self.norm = global_norm(self.grads)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            return math.nan
        limit = math.inf if self.clip_norm is None else self.clip_norm
        self.adam.lr, kept = lr, self.flat[self.still]
        self.adam.step(
            self.flat,
            self.grads,
            limit / norm if norm > limit else 1.0,
            self.weight_decay,
        )
        self.flat[self.still] = kept
        return loss


def a_density(density):
    """`density`, provided it is one; else a TypeError."""
    if not isinstance(density, Density):
        raise TypeError(f"density must be a Density, got {short(density)}")
    return density
