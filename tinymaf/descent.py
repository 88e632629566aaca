"""The loss of maximum likelihood and its gradient: for a flow or a MADE made of kernels without any tape."""

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad

from . import heads, kernels
from .distributions import Density
from .flow import Flow
from .made import MADE, OrderEnsemble
from .runtime import Reused
from .tape import is_fused
from .trees import leaves, unflatten


def loss_and_gradient(density, params, flat, grads):
    """A function `(x, context, rng) -> -mean(objective)` that writes the gradient into `grads`.

    `params` is a tree of views of the array `flat`, and `grads` an array of the same size. What is not made of kernels,
    or does `log_prob` or `objective` its own way, is differentiated by autograd.
    """
    for family, kind, objective in ((Flow, FlowDescent, Density.objective), (MADE, MadeDescent, Density.objective),
                                    (OrderEnsemble, MadeDescent, OrderEnsemble.objective)):
        if (isinstance(density, family) and type(density).log_prob is family.log_prob
                and type(density).objective is objective and density.fusable and is_fused()
                and all(map(np.size, leaves(params)))):
            return kind(density, params, flat, grads)
    return ByTape(density, params, grads)


class ByTape:
    """The loss of any density, differentiated by autograd."""

    def __init__(self, density, params, grads):
        self.params, self.places = params, leaves(unflatten(grads, params))
        self.f = value_and_grad(lambda p, x, context, rng: -anp.mean(density.objective(p, x, context, rng)))

    def __call__(self, x, context, rng):
        loss, found = self.f(self.params, x, context, rng)
        for place, g in zip(self.places, leaves(found), strict=True):
            place[...] = g
        return float(loss)


def _matrices(net, flat):
    """The matrices (n_in + 1, n_out) that the kernels want, biases last: W and its b are neighbours in `flat`.

    Args:
        net: its parameters, with the place in `flat` of every number in its stead.
    """
    return [flat[b[0] - w.size:b[-1] + 1].reshape(len(w) + 1, len(b)) for w, b in net]


class FlowDescent:
    """The loss of a flow on standard normal noise, `-mean(log p(x))`, and its gradient.

    Weights that a mask hides are set to zero once; their gradient is zero, so they stay.
    """

    def __init__(self, flow, params, flat, grads):
        self.layers, self.empty = flow.bijection.layers, Reused()
        places = unflatten(np.arange(flat.size), params)["bijection"]
        self.weights, self.grads = [[[_matrices(net, numbers) for net in layer.by_net(of_layer)]
                                     for layer, of_layer in zip(self.layers, places)] for numbers in (flat, grads)]
        for layer, of_layer in zip(self.layers, self.weights):
            for net, of_net in zip(layer.nets, of_layer):
                _mask(net, of_net)

    def __call__(self, x, context, rng):
        self.empty.rewind()
        dtype = self.weights[0][0][0].dtype
        u, log_det, saved = kernels.through(self.layers, self.weights, x, context, dtype, [self.empty])
        loss = -float(np.mean(kernels.normal(u, 0) + log_det))
        kernels.backward(self.layers, saved, u / len(x), -1 / len(x), self.grads, None, False, self.empty)
        return loss


class MadeDescent:
    """The same of a MADE, or of the member of an ensemble that is drawn for the minibatch.

    The members share their weights and differ in masks: what a mask hides here, another one shows.
    """

    def __init__(self, density, params, flat, grads):
        self.members, self.empty, self.flat_grads = getattr(density, "members", [density]), Reused(), grads
        places = unflatten(np.arange(flat.size), params)
        self.weights, self.grads = _matrices(places, flat), _matrices(places, grads)
        if len(self.members) == 1:
            _mask(self.members[0].net, self.weights)

    def __call__(self, x, context, rng):
        self.empty.rewind()
        made, weights = self.members[0], self.weights
        if len(self.members) > 1:
            made = self.members[rng.integers(len(self.members))]
            weights = [w.copy() for w in weights]
            _mask(made.net, weights)
            self.flat_grads[:] = 0          # the kernels write only where this member's masks have blocks
        log_prob, gtheta, _, saved = heads.through(made, weights, x, context, self.empty)
        gtheta *= -1 / len(x)
        kernels.net_backward(made.net, saved, gtheta.reshape(-1, len(x)), self.grads, False, self.empty)
        return -float(np.mean(log_prob))


def _mask(net, weights):
    for plan, w in zip(net.plans, weights):
        plan.mask_in_place(w)
