"""One step of maximum likelihood at a time, which `fit` repeats. For a flow made of kernels it needs no tape."""

import math

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad

from .distributions import Density
from .flow import Flow
from .kernels import backward, normal, through
from .optim import Adam, global_norm
from .runtime import Reused
from .tape import is_fused
from .trees import flatten, leaves, unflatten


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


class Descent:
    """The loss of a flow on standard normal noise, `-mean(log p(x))`, and its gradient, without a tape.

    W and its b are neighbours in `flat`: together they are the matrix that `net_forward` wants, at no cost. Weights
    that a mask hides are set to zero once; their gradient is zero, so they stay.
    """

    def __init__(self, flow, params, flat, grads):
        self.layers, self.empty = flow.bijection.layers, Reused()
        places = unflatten(np.arange(flat.size), params)["bijection"]
        self.weights, self.grads = [[[[
            numbers[b[0] - w.size:b[-1] + 1].reshape(len(w) + 1, len(b)) for w, b in net]
            for net in layer.by_net(of_layer)] for layer, of_layer in zip(self.layers, places)]
            for numbers in (flat, grads)]
        for layer, of_layer in zip(self.layers, self.weights):
            for net, of_net in zip(layer.nets, of_layer):
                for plan, w in zip(net.plans, of_net):
                    plan.mask_in_place(w)

    def __call__(self, x, context, rng):
        self.empty.rewind()
        dtype = self.weights[0][0][0].dtype
        u, log_det, saved = through(self.layers, self.weights, x, context, dtype, [self.empty])
        loss = -float(np.mean(normal(u, 0) + log_det))
        backward(self.layers, saved, u / len(x), -1 / len(x), self.grads, None, False, self.empty)
        return loss


def loss_and_gradient(density, params, flat, grads):
    """A function `(x, context, rng) -> -mean(objective)` that writes the gradient into `grads`.

    `params` is a tree of views of the array `flat`, and `grads` an array of the same size. What is no flow made of
    kernels, or does `log_prob` or `objective` its own way, is differentiated by autograd.
    """
    if (is_fused() and getattr(density, "fusable", False) and type(density).log_prob is Flow.log_prob
            and type(density).objective is Density.objective and all(map(np.size, leaves(params)))):
        return Descent(density, params, flat, grads)
    taped = value_and_grad(lambda p, x, context, rng: -anp.mean(density.objective(p, x, context, rng)))
    places = leaves(unflatten(grads, params))

    def by_tape(x, context, rng):
        loss, found = taped(params, x, context, rng)
        for place, g in zip(places, leaves(found), strict=True):
            place[...] = g
        return float(loss)

    return by_tape
