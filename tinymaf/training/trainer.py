"""One training step at a time, which `fit` and the other loops repeat."""

import math
from collections.abc import Callable

import numpy as np

from ..distributions import Density
from ..engine.objective import TapedLoss, loss_and_gradient
from ..parameters import check_params
from ..trees import flatten, is_statistic, unflatten
from ..types import Array, Params, Rng
from ..validation import (
    a_function,
    an_instance,
    as_context,
    as_generator,
    as_plain,
    as_rows,
    at_least_zero,
    positive,
    short,
)
from .adam import Adam, global_norm
from .standardized import Standardized, StandardizedLoss

KEYS = ["statistics", "density"]  # of a `Standardized`, in this order


class Trainer:
    """Minimises the mean of `-log p(x | context)` over the rows it is given, one Adam step at a
    time. `engine/objective.py` avoids the tape where it can.

    Its parameters are a copy of the ones it starts from: one array `flat`, and `params`, a tree of
    views of that array, so clipping and Adam are a few operations on long arrays. Steps change them
    in place; `copy_tree` keeps a state. `norm` is the gradient's norm in the last step, before
    clipping.

    Args:
        density: any `Density`; the loss is the mean of `-density.objective(...)`.
        params: where to start.
        rng: for an objective that draws (a VAE, order-agnostic training).
        clip_norm: the gradient's norm is scaled down to this; None for no clipping.
        weight_decay: lambda in the penalty `lambda / 2 * |params|^2`.
        loss: another loss to minimise, a function of (params, x, context, rng) in autograd.

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
        self.density = an_instance("density", density, Density)
        self.flat = flatten(check_params(density, params))
        self.grads = np.zeros_like(self.flat)
        self.params = unflatten(self.flat, params)
        self.adam = Adam(self.flat)
        self.still = np.flatnonzero(is_statistic(params))  # Standardize's, which nothing moves
        self.rng = rng if rng is None else as_generator(rng)
        self.clip_norm = math.inf if clip_norm is None else positive("clip_norm", clip_norm)
        self.weight_decay = at_least_zero("weight_decay", weight_decay)
        self.norm = 0.0
        self.own_loss = loss is not None
        if loss is None and type(density) is Standardized and list(params) == KEYS:
            self.loss = StandardizedLoss(density, self.params, self.flat, self.grads)
        elif loss is None:
            self.loss = loss_and_gradient(density, self.params, self.flat, self.grads)
        else:
            self.loss = TapedLoss(a_function("loss", loss), self.params, self.grads)

    def step(
        self,
        x: Array,
        context: Array | None = None,
        lr: float = 1e-3,
        weight: Array | None = None,
    ) -> float:
        """One Adam step on the rows x (N, D); returns the loss before it, in nats. If the loss or
        gradient is not finite, nothing changes and the result is NaN. With a `weight` (N,) the loss
        is the mean of `-weight log p`.
        """
        at_least_zero("lr", lr)
        if not self.own_loss:
            x, context = training_rows(self.density, x, context)
            weight = weight if weight is None else as_weights("weight", weight, len(x))
        return self.advance(x, context, lr, weight)

    def advance(
        self, x: Array, context: Array | None, lr: float, weight: Array | None = None
    ) -> float:
        """`step` for rows that are already checked."""
        given = () if weight is None else (weight,)
        loss = self.loss(x, context, self.rng, *given)
        self.grads[self.still] = 0
        norm = self.norm = global_norm(self.grads)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            return math.nan
        limit = self.clip_norm
        self.adam.lr, kept = lr, self.flat[self.still]
        self.adam.step(
            self.flat,
            self.grads,
            limit / norm if norm > limit else 1.0,
            self.weight_decay,
        )
        self.flat[self.still] = kept
        return loss


def training_rows(density, x, context):
    """Validated training rows and their context: at least one row, or two for batch norm."""
    x = as_rows(x, density.dim, finite=True)
    enough = 2 if density.needs_statistics else 1
    if len(x) < enough:
        why = " for batch norm, which takes a variance from them" if enough == 2 else ""
        rows = "two rows" if enough == 2 else "one row"
        raise ValueError(f"x must have at least {rows}{why}, got {x.shape}")
    return x, as_context(context, density.context_dim, len(x), finite=True)


def as_weights(name, weight, n):
    """`weight` as an array (n,), finite, at least 0 and not all 0; otherwise a ValueError."""
    given = as_plain(weight)
    if given.dtype.kind not in "fiu" or given.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), got {short(weight)}")
    if not (np.isfinite(given).all() and (given >= 0).all() and (given > 0).any()):
        raise ValueError(f"{name} must be finite, at least zero and not zero in all rows")
    return given.astype(float)


def weighted(x, context, weight, name):
    """The rows of weight above 0, and their weights, of mean 1."""
    weight = as_weights(name, weight, len(x))
    some = weight > 0
    weight = weight[some] / weight[some].mean()
    return x[some], None if context is None else context[some], weight.astype(x.dtype)
