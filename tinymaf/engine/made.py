"""MADE as ONE node of autograd's tape: `networks.py` runs its net, this file its conditionals.

A mixture of ten Gaussians needs 30 numbers per variable, which makes 2.4 million for a minibatch of
784-pixel images. The definition in `conditionals.py` walks through arrays of that size some fifty
times, and none of them fits the cache. Here a few variables at a time go all the way, to the
log-density and, written over theta, its gradient. The gradient can be computed before anything
downstream is known, because a point's log-density is a sum over its variables: the backward pass
only multiplies each point's gradient by one number.

As in `networks.py`, features are rows and points are columns: theta is (K, D, N), x is (D, N).
"""

from typing import NamedTuple

import numpy as np

from ..conditionals import Bernoulli, Gaussian, MixtureOfGaussians
from ..distributions import LOG_2PI
from ..made import MADE
from . import networks
from .affine import affine_backward, affine_forward
from .runtime import OwnMemory, chunks, on_threads, threads_for
from .tape import Remembering, primitive_with, traced

PIECE = 2**15  # numbers in an array that shares the cache with a handful of others


# The conditionals return `(log p summed over the variables, its gradient in theta, in x)`:
# (N,), (K, D, N) and (D, N)


def gaussian(conditional, theta, x, empty):
    """`log p = sum_i log N(u_i; 0, 1) - alpha_i`: an affine layer with a standard normal base."""
    u, log_det, saved = affine_forward(conditional.affine, theta.reshape(-1, x.shape[1]), x, empty)
    log_prob = -0.5 * ((u * u).sum(axis=0) + len(x) * LOG_2PI) + log_det
    gtheta, gx = affine_backward(
        conditional.affine, saved, np.negative(u, out=empty(u.shape, u.dtype)), 1, empty
    )
    return log_prob, gtheta.reshape(theta.shape), gx


def mixture(conditional, theta, x, empty):
    """`log p = sum_i log sum_c pi_ic N(x_i; mu_ic, exp(alpha_ic)^2)`; r_ic is component c's
    share of the inner sum.

        d / d logit_c = r_c - pi_c
        d / d mu_c    = r_c u_c exp(-alpha_c)
        d / d alpha_c = r_c (u_c^2 - 1)
    """
    limit = conditional.affine.alpha_bound
    parts, gx = theta.reshape(3, conditional.components, *x.shape), empty(x.shape, x.dtype)
    log_prob = np.full(x.shape[1], -0.5 * len(x) * LOG_2PI, x.dtype)
    step = max(1, PIECE // max(1, conditional.components * x.shape[1]))
    for rows in (slice(k, k + step) for k in range(0, len(x), step)):
        logits, mu, alpha = (part[:, rows] for part in parts)
        slope = None
        # alpha = a / (1 + |a| / limit), d alpha / d a = 1 / (1 + |a| / limit)^2
        if limit is not None:
            slope = 1 / (1 + np.abs(alpha) * (1 / limit))
            alpha *= slope
            slope *= slope
        pi, log_pi = _softmax(logits)
        precision = np.exp(-alpha)
        u = (x[rows] - mu) * precision
        squared = u * u
        shares, log_sum = _softmax(logits - 0.5 * squared - alpha)
        log_prob += (log_sum - log_pi).sum(axis=0)
        np.subtract(shares, pi, out=logits)
        np.multiply(shares, squared - 1, out=alpha)
        if slope is not None:
            alpha *= slope
        shares *= u
        np.multiply(shares, precision, out=mu)
        np.negative(mu.sum(axis=0), out=gx[rows])
    return log_prob, theta, gx


def _softmax(a):
    """`(exp(a) / sum_c exp(a), log sum_c exp(a))`, with c along the first axis. If all entries are
    -inf: (NaN, -inf).
    """
    top = a.max(axis=0)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        e = np.exp(a - top)
        total = e.sum(axis=0)
        e /= total
        return e, np.log(total) + top


def bernoulli(conditional, theta, x, empty):
    """`log p = -sum_i log(1 + exp(z_i))` with `z = (1 - 2 x) theta`; x holds zeros and ones."""
    conditional.check(x)
    sign = 1 - 2 * x
    z = sign * theta[0]
    log_prob = -np.logaddexp(0, z).sum(axis=0)
    wrong = 0.5 * (1 + np.tanh(0.5 * z))  # the probability of the other value
    return log_prob, (-sign * wrong)[None], 2 * theta[0] * wrong


CONDITIONALS = {Gaussian: gaussian, MixtureOfGaussians: mixture, Bernoulli: bernoulli}


# The node


class KnownMade(NamedTuple):
    """What the functions below need from a MADE."""

    net: networks.KnownNet
    conditional: object
    dim: int
    context_dim: int
    made: MADE


def known(made):
    """The `KnownMade` of a MADE whose net and conditionals the engine knows; otherwise None."""
    net = networks.known(made.net)
    if net is None or type(made.conditional) not in CONDITIONALS:
        return None
    return KnownMade(net, made.conditional, made.dim, made.context_dim, made)


def through(made, weights, x, context, empty):
    """`(log p, its gradient in theta, in x, what net_backward needs)`. The weights are masked,
    biases last.
    """
    dtype = weights[0].dtype
    h = empty((made.dim + made.context_dim + 1, len(x)), dtype)
    h[: made.dim] = x.T
    if made.context_dim:
        h[made.dim : -1] = context.T
    h[-1] = 1
    theta = empty((made.conditional.n_params * made.dim, len(x)), dtype)
    saved = networks.net_forward(made.net, weights, h, theta, empty)
    theta = theta.reshape(-1, made.dim, len(x))
    conditional = CONDITIONALS[type(made.conditional)]
    return *conditional(made.conditional, theta, h[: made.dim], empty), saved


def _stacked(made, params, x, context):
    """The masked weights, biases last, in a dtype that also holds the inputs."""
    dtype = np.result_type(x, params[0][0], *([] if context is None else [context]))
    return networks.stacked(made.net, params, dtype)


def made_log_prob(made, params, x, context=None):
    """`MADE.log_prob`."""
    found = known(made)
    if found is None:
        return NotImplemented
    if traced(params, x, context):
        return _taped(params, x, context, found)[0]
    weights = _stacked(found, params, x, context)
    log_prob = np.empty(len(x), weights[0].dtype)
    threads = threads_for(len(x) * sum(w.size for w in weights))
    size = max(64, 2**18 // (made.conditional.n_params * made.dim))
    parts = chunks(len(x), size, threads)

    def part(first):
        empty = _own.two[0]
        for rows in parts[first::threads]:
            empty.rewind()
            c = None if context is None else context[rows]
            log_prob[rows] = through(found, weights, x[rows], c, empty)[0]

    on_threads(part, threads)
    return log_prob


_own = OwnMemory()


def _run(params, x, context, made):
    weights = _stacked(made, params, x, context)
    log_prob, gtheta, gx, saved = through(made, weights, x, context, np.empty)
    result = Remembering((log_prob,))
    result.saved = gtheta, gx, saved
    return result


def _backward(result, args, g, argnums):
    made = args[3]
    gtheta, gx, saved = result.saved
    grads = [np.zeros_like(w) for w, _ in saved]
    gtheta = (gtheta * g[0]).reshape(-1, len(g[0]))
    inputs = networks.net_backward(made.net, saved, gtheta, grads, max(argnums) > 0, np.empty)
    trees = [(gw[:-1], gw[-1]) for gw in grads]
    if inputs is None:
        return trees, None, None
    return trees, (gx * g[0] + inputs[: made.dim]).T, inputs[made.dim :].T


def _define(params, x, context, known):
    return (known.made.log_prob(params, x, context),)


_taped = primitive_with(_run, _backward, _define)
