"""The maximum-likelihood loss and its gradient, without a tape if the engine knows every part of
the flow or MADE.
"""

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad

from ..definition import is_plain
from ..distributions import Density
from ..flows import Flow
from ..made import MADE, OrderEnsemble
from ..trees import leaves, unflatten
from . import chain, made, networks
from .runtime import Reused


def loss_and_gradient(density, params, flat, grads):
    """A function `(x, context, rng, weight=None) -> -mean(weight * objective)` that writes the
    gradient into `grads`.

    `params` is a tree of views of the array `flat`, and `grads` an array of the same size. autograd
    differentiates what the engine does not know, and any class with its own `log_prob` or
    `objective`.
    """
    if not is_plain() and all(map(np.size, leaves(params))):
        log_prob, objective = type(density).log_prob, type(density).objective
        if objective is Density.objective and log_prob is Flow.log_prob:
            layers = chain.known_flow(density)
            if layers is not None:
                return FlowLoss(layers, params, flat, grads)
        members = None
        if objective is Density.objective and log_prob is MADE.log_prob:
            members = [made.known(density)]
        if objective is OrderEnsemble.objective and log_prob is OrderEnsemble.log_prob:
            members = list(map(made.known, density.members))
        if members is not None and None not in members:
            return MadeLoss(members, params, flat, grads)
    return TapedLoss(_minus(density.objective), params, grads)


def _minus(objective):
    def loss(params, x, context, rng, weight=None):
        found = objective(params, x, context, rng)
        return -anp.mean(found if weight is None else weight * found)

    return loss


class TapedLoss:
    """Any loss, a function of (params, x, context, rng), differentiated by autograd."""

    def __init__(self, loss, params, grads):
        self.params, self.places = params, leaves(unflatten(grads, params))
        self.f = value_and_grad(loss)

    def __call__(self, x, context, rng, weight=None):
        given = () if weight is None else (weight,)
        loss, found = self.f(self.params, x, context, rng, *given)
        for place, g in zip(self.places, leaves(found), strict=True):
            place[...] = g
        return float(loss)


def _matrices(net, flat):
    """The engine's matrices (n_in + 1, n_out), biases last: W and its b are neighbours in `flat`.

    Args:
        net: the net's parameters, each number replaced by its place in `flat`.
    """
    return [flat[b[0] - w.size : b[-1] + 1].reshape(len(w) + 1, len(b)) for w, b in net]


class FlowLoss:
    """`-mean(log p(x))` and its gradient, for a flow with a standard normal base.

    Masked weights are set to zero once. Their gradient is zero, so they stay zero.
    """

    def __init__(self, layers, params, flat, grads):
        self.layers, self.empty = layers, Reused()
        places = unflatten(np.arange(flat.size), params)["bijection"]
        self.weights, self.grads = (
            [
                [_matrices(net, numbers) for net in layer.as_nets(of_layer)]
                for layer, of_layer in zip(layers, places, strict=True)
            ]
            for numbers in (flat, grads)
        )
        for layer, of_layer in zip(layers, self.weights):
            for net, of_net in zip(layer.nets, of_layer):
                _mask(net, of_net)

    def __call__(self, x, context, rng, weight=None):
        empty = self.empty
        empty.rewind()
        dtype = self.weights[0][0][0].dtype
        u, log_det, saved = chain.forward(self.layers, self.weights, x, context, dtype, [empty])
        log_prob, n = chain.normal(u, 0) + log_det, len(x)
        if weight is not None:
            weight = weight.astype(dtype)
            log_prob, u = log_prob * weight, u * weight
        g = -1 / n if weight is None else -weight / n
        chain.backward(self.layers, saved, u / n, g, self.grads, None, False, empty)
        return -float(np.mean(log_prob))


class MadeLoss:
    """The same for a MADE, or for the ensemble member drawn for each minibatch.

    The members share their weights but not their masks: a weight hidden in one may be visible in
    another.
    """

    def __init__(self, members, params, flat, grads):
        self.members, self.empty, self.flat_grads = members, Reused(), grads
        places = unflatten(np.arange(flat.size), params)
        self.weights, self.grads = _matrices(places, flat), _matrices(places, grads)
        if len(members) == 1:
            _mask(members[0].net, self.weights)

    def __call__(self, x, context, rng, weight=None):
        self.empty.rewind()
        member, weights = self.members[0], self.weights
        if len(self.members) > 1:
            member = self.members[rng.integers(len(self.members))]
            weights = [w.copy() for w in weights]
            _mask(member.net, weights)
            self.flat_grads[:] = 0  # the backward pass writes only this member's blocks
        log_prob, gtheta, _, saved = made.through(member, weights, x, context, self.empty)
        if weight is not None:
            log_prob = log_prob * weight
            gtheta *= weight.astype(gtheta.dtype)
        gtheta *= -1 / len(x)
        gtheta = gtheta.reshape(-1, len(x))
        networks.net_backward(member.net, saved, gtheta, self.grads, False, self.empty)
        return -float(np.mean(log_prob))


def _mask(net, weights):
    for product, w in zip(net.products, weights, strict=True):
        product.mask_in_place(w)
