"""Fused layers: a stack of affine layers as ONE node of autograd's tape, with a hand-written vector-Jacobian product.

Why. autograd records every array operation: 20 to 50 microseconds each, where NumPy itself needs 1 for the small
arrays of a flow, and its general rules for the way back do more work than this network needs. A five-layer MAF is
some 190 operations. Here they are one: `stack_x_to_u` runs the layers in NumPy, keeps what the way back needs, and
autograd sees a single function of (parameters, x, context) whose derivative is the loop at the bottom of this file.

What the definitions in `layers/` say stays the definition. They are the oracle in the tests, and the second derivative
still goes through them: a derivative of a derivative differentiates the plain code. (Forward-mode derivatives, which
autograd calls make_jvp, need `with plain():`.)

Inside, features are rows and points are columns, (D, N) instead of (N, D): a set of units is then a contiguous block of
rows, and `np.dot(..., out=block)` writes it in place. Hidden units sorted by degree make masks block triangular, so
that a wide masked product skips the blocks that are all zero (`blocks`).
"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from .runtime import n_threads, one_blas_thread
from .tape import Remembering, primitive_with, traced
from .trees import leaves
from .validation import matching

LOG_2PI = math.log(2 * math.pi)


# The masked network, forwards and back

def blocks(mask, tiles=1):
    """`[(columns, rows), ...]`: slices that together hold every nonzero entry of a mask.

    Four blocks of columns a tile, each with the rows that it sees, where that skips at least a fifth of a wide matrix;
    one block of everything where it does not (narrow matrices, degrees in no order).
    """
    n_rows, n_columns = mask.shape
    cut = [int(round(n_columns * k / (4 * tiles))) for k in range(4 * tiles + 1)]
    parts, kept = [], 0
    for start, stop in zip(cut[:-1], cut[1:]):
        seen = np.flatnonzero(mask[:, start:stop].any(axis=1))
        rows = slice(seen[0], seen[-1] + 1) if len(seen) else slice(0, 0)
        parts.append((slice(start, stop), rows))
        kept += (rows.stop - rows.start) * (stop - start)
    if n_rows * n_columns >= 2 ** 14 and kept <= 0.8 * n_rows * n_columns:
        return parts
    return [(slice(0, n_columns), slice(0, n_rows))]


class Plan:
    """How one weight matrix is multiplied: its mask (None: dense) and the blocks to compute, in both directions."""

    def __init__(self, mask=None, tiles=1):
        self.mask = mask
        self.masks = {}                                                     # the mask as numbers, by dtype
        everything = [(slice(None), slice(None))]
        self.down = everything if mask is None else blocks(mask, tiles)     # columns of W, for W.T h
        self.up = everything if mask is None else blocks(mask.T)            # rows of W, for W g

    def masked(self, w):
        if self.mask is None:
            return w
        if w.dtype not in self.masks:
            self.masks[w.dtype] = self.mask.astype(w.dtype)
        return w * self.masks[w.dtype]


def net_forward(net, params, h):
    """`(theta, saved)` of a network with masked weights at the columns of h."""
    saved = []
    for k, ((w, b), plan) in enumerate(zip(params, net.plans)):
        saved.append((w, h))
        z = np.empty((w.shape[1], h.shape[1]), np.result_type(w, h))
        for columns, rows in plan.down:
            np.dot(w[rows, columns].T, h[rows], out=z[columns])
        z += b[:, None]
        if k < len(params) - 1:
            np.maximum(z, 0, out=z) if net.activation == "relu" else np.tanh(z, out=z)
        h = z
    return h, saved


def net_backward(net, saved, g, input_too):
    """`(gradients of the parameters, of h)` from g, that of theta; that of h only where it is wanted."""
    grads, ones = [], np.ones(g.shape[1], g.dtype)
    for k in range(len(saved) - 1, -1, -1):
        (w, h), plan = saved[k], net.plans[k]
        if plan.mask is None:
            gw = np.dot(h, g.T)
        else:
            gw = np.zeros(w.shape, g.dtype)
            for columns, rows in plan.down:
                np.matmul(h[rows], g[columns].T, out=gw[rows, columns])
            gw *= plan.masks[w.dtype]
        grads.append((gw, np.dot(g, ones)))
        if not k and not input_too:
            return grads[::-1], None
        gh = np.empty(h.shape, g.dtype)
        for rows, columns in plan.up:
            np.dot(w[rows, columns], g[columns], out=gh[rows])
        if k:
            if net.activation == "relu":
                gh *= h > 0
            else:
                gh -= gh * h * h
        g = gh
    return grads[::-1], g


# The affine map, forwards and back: u = (x - mu) exp(-alpha), alpha = a / (1 + |a| / limit)

def affine_forward(elementwise, theta, x):
    """`(u, log_det, saved)` for theta (2 D, N) and x (D, N); additive for theta (D, N)."""
    if elementwise.n_params == 1:
        return x - theta, np.zeros(x.shape[1], x.dtype), None
    mu, alpha = theta[:len(x)], theta[len(x):]
    slope = None
    if elementwise.alpha_bound is not None:
        slope = np.abs(alpha)
        slope *= 1 / elementwise.alpha_bound
        slope += 1
        np.divide(1, slope, out=slope)
        alpha = alpha * slope
    e = np.exp(-alpha)
    u = x - mu
    u *= e
    return u, -alpha.sum(axis=0), (u, e, slope)


def affine_backward(elementwise, saved, gu, g_log_det):
    """`(gradient of theta, of x)`."""
    if elementwise.n_params == 1:
        return -gu, gu
    u, e, slope = saved
    d = len(u)
    gx, gtheta = gu * e, np.empty((2 * d, u.shape[1]), gu.dtype)
    np.negative(gx, out=gtheta[:d])
    np.multiply(gu, u, out=gtheta[d:])
    gtheta[d:] += g_log_det
    np.negative(gtheta[d:], out=gtheta[d:])
    if slope is not None:               # d alpha / d a = 1 / (1 + |a| / limit)^2
        gtheta[d:] *= slope
        gtheta[d:] *= slope
    return gtheta, gx


# Layers: what the network reads, and what of x the map moves

def layer_forward(layer, params, x, context):
    """`(u, log_det, saved)` of one layer, x being (D, N) and context (C, N) or None.

    What a layer has to say of itself: `nets`, whose outputs together are theta; `reads`, the variables that they see
    (None: all, and masks decide); `mapped`, the variables that are moved (None: all); `by_net` and `from_nets`, from
    its parameters to a list, one a net, and back.
    """
    read, mapped = layer.reads, layer.mapped
    h = x if read is None else x[read]
    h = h if context is None else np.concatenate([h, context])
    passes = [net_forward(net, p, h) for net, p in zip(layer.nets, params)]
    theta = passes[0][0] if len(passes) == 1 else np.concatenate([theta for theta, _ in passes])
    u, log_det, saved = affine_forward(layer.elementwise, theta, x if mapped is None else x[mapped])
    if mapped is not None:
        moved = u
        u = x.copy()
        u[mapped] = moved
    return u, log_det, ([saved_net for _, saved_net in passes], saved)


def layer_backward(layer, saved, gu, g_log_det, g_context, input_too=True):
    """`(gradient of the parameters, of x)`; that of the context is added to g_context, where there is one."""
    read, mapped = layer.reads, layer.mapped
    gtheta, gx = affine_backward(layer.elementwise, saved[1], gu if mapped is None else gu[mapped], g_log_det)
    if mapped is not None:
        gmoved, gx = gx, gu.copy()
        gx[mapped] = gmoved
    grads = []
    for net, saved_net, g in zip(layer.nets, saved[0], np.split(gtheta, len(layer.nets))):
        g, gh = net_backward(net, saved_net, g, input_too or g_context is not None)
        grads.append(g)
        if gh is not None:
            n = len(gh) - layer.context_dim
            gx[slice(None) if read is None else read] += gh[:n]
            if g_context is not None:
                g_context += gh[n:]
    return grads, gx


# Stacks of layers, and the two functions that autograd sees

CHUNK = 2048        # columns that go through all layers together when nothing is recorded: they fit the cache


def _forward(layers, params, x, context, keep=True):
    """`(u, log_det, saved)`, u with features as rows."""
    x = x.astype(np.result_type(x, *leaves(params)[:1]), copy=False)
    matching(params, len(layers), "layers")
    masked = [[_masked(net, p) for net, p in zip(layer.nets, layer.by_net(of_layer))]
              for layer, of_layer in zip(layers, params)]
    if keep or len(x) < 2 * CHUNK:
        return _through(layers, masked, x, context, keep)
    rows = [slice(k, k + CHUNK) for k in range(0, len(x), CHUNK)]

    def part(r):
        return _through(layers, masked, x[r], None if context is None else context[r], False)

    with one_blas_thread(), ThreadPoolExecutor(min(n_threads(), 4)) as pool:
        parts = list(pool.map(part, rows))
    return np.concatenate([u for u, _, _ in parts], axis=1), np.concatenate([log_det for _, log_det, _ in parts]), None


def _masked(net, params):
    """The parameters of a net, masks applied, once for all chunks."""
    return [(plan.masked(w), b) for (w, b), plan in zip(matching(params, len(net.plans), "layers in a net"), net.plans)]


def _through(layers, masked, x, context, keep):
    z, c = np.ascontiguousarray(x.T), None if context is None else np.ascontiguousarray(context.T)
    total, saved = 0, []
    for layer, p in zip(layers, masked):
        z, log_det, kept = layer_forward(layer, p, z, c if layer.context_dim else None)
        total = total + log_det
        saved.append(kept if keep else None)
    return z, total, saved


def _backward(layers, saved, gu, g_log_det, context, argnums):
    """The gradients of params, x and context; that of x and context only where `argnums` asks for 1 and 2."""
    g_context = np.zeros(context.shape[::-1], gu.dtype) if 2 in argnums else None
    grads = []
    for k in range(len(layers) - 1, -1, -1):
        g_layer, gu = layer_backward(layers[k], saved[k], gu, g_log_det, g_context if layers[k].context_dim else None,
                                     input_too=k > 0 or 1 in argnums)
        grads.append(layers[k].from_nets(g_layer))
    return grads[::-1], gu.T, None if g_context is None else g_context.T


def stack_x_to_u(layers, params, x, context=None):
    """`(u, log_det)` of affine autoregressive and coupling layers, one after the other. Shapes as in `Bijection`."""
    if not traced(params, x, context):
        u, log_det, _ = _forward(layers, params, x, context, keep=False)
        return u.T, log_det
    result = _stack(params, x, context, layers)
    return result[0], result[1]


def flow_log_prob(layers, params, x, context=None):
    """`log p(x)` (N,) of a flow with these layers and standard normal noise; `params` is the flow's."""
    if not traced(params, x, context):
        u, log_det, _ = _forward(layers, params["bijection"], x, context, keep=False)
        return _normal(u, 0) + log_det
    return _log_prob(params, x, context, layers)[0]


def _normal(u, axis):
    return -0.5 * ((u * u).sum(axis=axis) + u.shape[axis] * LOG_2PI)


def _run_stack(params, x, context, layers):
    u, log_det, saved = _forward(layers, params, x, context)
    result = Remembering((u.T, log_det))
    result.saved = saved
    return result


def _stack_backward(result, args, g, argnums):
    return _backward(args[3], result.saved, np.ascontiguousarray(g[0].T), g[1], args[2], argnums)


def _define_stack(params, x, context, layers):
    total = 0
    for layer, p in zip(layers, params):
        x, log_det = layer.x_to_u(p, x, context if layer.context_dim else None)
        total = total + log_det
    return x, total


def _run_log_prob(params, x, context, layers):
    u, log_det, saved = _forward(layers, params["bijection"], x, context)
    result = Remembering((_normal(u, 0) + log_det,))
    result.saved, result.u = saved, u
    return result


def _log_prob_backward(result, args, g, argnums):
    grads, gx, g_context = _backward(args[3], result.saved, result.u * -g[0], g[0], args[2], argnums)
    return {**args[0], "bijection": grads}, gx, g_context


def _define_log_prob(params, x, context, layers):
    u, log_det = _define_stack(params["bijection"], x, context, layers)
    return (_normal(u, 1) + log_det,)


_stack = primitive_with(_run_stack, _stack_backward, _define_stack)
_log_prob = primitive_with(_run_log_prob, _log_prob_backward, _define_log_prob)
