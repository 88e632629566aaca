"""MADE as ONE node of autograd's tape: its net by `kernels.py`, and here what its conditionals make of the outputs.

Why. A mixture of ten Gaussians asks 30 numbers of each variable, 2.4 million for a minibatch of pictures of 784 pixels.
The definition in `conditionals.py` walks through arrays of that size some fifty times, and none of them fits the cache.
Here a few variables at a time go all the way: log-density and, in the place of theta, its gradient. That can be had
before anything is known of what follows, as the log-density of a point is a sum over its variables: the way back has
only to multiply the gradient of each point by one number.

As in `kernels.py` features are rows and points are columns: theta is (K, D, N), x is (D, N).
"""

import autograd.numpy as anp
import numpy as np

from .conditionals import Bernoulli, Gaussian, MixtureOfGaussians
from .distributions import LOG_2PI
from .kernels import affine_backward, affine_forward, net_backward, net_forward
from .runtime import OwnMemory, chunks, on_threads, threads_for
from .tape import Remembering, primitive_with, traced
from .validation import matching

PIECE = 2 ** 15         # numbers of an array that shares the cache with a handful of others


# The conditionals: `(log p, its gradient by theta, by x)`, the sums over the variables, (N,), (K, D, N) and (D, N)

def gaussian(conditional, theta, x, empty):
    """`log p = sum_i log N(u_i; 0, 1) - alpha_i`: an affine layer with standard normal noise."""
    u, log_det, saved = affine_forward(conditional.affine, theta.reshape(-1, x.shape[1]), x, empty)
    log_prob = -0.5 * ((u * u).sum(axis=0) + len(x) * LOG_2PI) + log_det
    gtheta, gx = affine_backward(conditional.affine, saved, np.negative(u, out=empty(u.shape, u.dtype)), 1, empty)
    return log_prob, gtheta.reshape(theta.shape), gx


def mixture(conditional, theta, x, empty):
    """`log p = sum_i log sum_c pi_ic N(x_i; mu_ic, exp(alpha_ic)^2)`; r_ic is the share of component c in that sum.

        d / d logit_c = r_c - pi_c,     d / d mu_c = r_c u_c exp(-alpha_c),     d / d alpha_c = r_c (u_c^2 - 1)
    """
    limit = conditional.affine.alpha_bound
    parts, gx = theta.reshape(3, conditional.components, *x.shape), empty(x.shape, x.dtype)
    log_prob = np.full(x.shape[1], -0.5 * len(x) * LOG_2PI, x.dtype)
    step = max(1, PIECE // max(1, conditional.components * x.shape[1]))
    for rows in (slice(k, k + step) for k in range(0, len(x), step)):
        logits, mu, alpha = (part[:, rows] for part in parts)
        slope = None
        if limit is not None:           # alpha = a / (1 + |a| / limit), d alpha / d a = 1 / (1 + |a| / limit)^2
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
    """`(exp(a) / sum_c exp(a), log sum_c exp(a))`, c along the first axis; of nothing but -inf: (NaN, -inf)."""
    top = a.max(axis=0)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        e = np.exp(a - top)
        total = e.sum(axis=0)
        e /= total
        return e, np.log(total) + top


def bernoulli(conditional, theta, x, empty):
    """`log p = -sum_i log(1 + exp(z_i))` with `z = (1 - 2 x) theta`, x being zeros and ones."""
    conditional.check(x)
    sign = 1 - 2 * x
    z = sign * theta[0]
    log_prob = -np.logaddexp(0, z).sum(axis=0)
    wrong = 0.5 * (1 + np.tanh(0.5 * z))                # the probability of the other value
    return log_prob, (-sign * wrong)[None], 2 * theta[0] * wrong


HEADS = {Gaussian: gaussian, MixtureOfGaussians: mixture, Bernoulli: bernoulli}


# The node

def through(made, weights, x, context, empty):
    """`(log p, gradient by theta, by x, what net_backward needs)`; the weights are masked, biases last."""
    dtype = weights[0].dtype
    h = empty((made.dim + made.context_dim + 1, len(x)), dtype)
    h[:made.dim] = x.T
    if made.context_dim:
        h[made.dim:-1] = context.T
    h[-1] = 1
    theta = empty((made.conditional.n_params * made.dim, len(x)), dtype)
    saved = net_forward(made.net, weights, h, theta, empty)
    theta = theta.reshape(-1, made.dim, len(x))
    return *HEADS[type(made.conditional)](made.conditional, theta, h[:made.dim], empty), saved


def stacked(made, params, x, context):
    """The masked weights with biases as their last rows, in a type that holds the inputs as well."""
    params = matching(params, len(made.net.plans), "layers in a net")
    dtype = np.result_type(x, params[0][0], *([] if context is None else [context]))
    return [plan.stacked(w, b, dtype) for plan, (w, b) in zip(made.net.plans, params)]


def made_log_prob(made, params, x, context=None):
    """`log p(x)` (N,) of a MADE whose conditionals have their kernel here."""
    if traced(params, x, context):
        return _log_prob(params, x, context, made)[0]
    weights = stacked(made, params, x, context)
    log_prob = np.empty(len(x), weights[0].dtype)
    threads = threads_for(len(x) * sum(w.size for w in weights))
    parts = chunks(len(x), max(64, 2 ** 18 // (made.conditional.n_params * made.dim)), threads)

    def part(first):
        for rows in parts[first::threads]:
            _own.two[0].rewind()
            log_prob[rows] = through(made, weights, x[rows], None if context is None else context[rows], _own.two[0])[0]

    on_threads(part, threads)
    return log_prob


_own = OwnMemory()


def _run(params, x, context, made):
    log_prob, gtheta, gx, saved = through(made, stacked(made, params, x, context), x, context, np.empty)
    result = Remembering((log_prob,))
    result.saved = gtheta, gx, saved
    return result


def _backward(result, args, g, argnums):
    made = args[3]
    gtheta, gx, saved = result.saved
    grads = [np.zeros_like(w) for w, _ in saved]
    inputs = net_backward(made.net, saved, (gtheta * g[0]).reshape(-1, len(g[0])), grads, max(argnums) > 0, np.empty)
    trees = [(gw[:-1], gw[-1]) for gw in grads]
    return (trees, None, None) if inputs is None else (trees, (gx * g[0] + inputs[:made.dim]).T, inputs[made.dim:].T)


def _define(params, x, context, made):
    return (anp.sum(made.conditional.log_prob(made.net(params, x, context), x), axis=1),)


_log_prob = primitive_with(_run, _backward, _define)
