"""Fused layers: a stack of affine layers as ONE node of autograd's tape, with a hand-written vector-Jacobian product.

Why. autograd records every array operation: 20 to 50 microseconds each, where NumPy itself needs 1 for the small
arrays of a flow, and its general rules for the way back do more work than this network needs. A five-layer MAF is
some 190 operations. Here they are one: `stack_x_to_u` runs the layers in NumPy, keeps what the way back needs, and
autograd sees a single function of (parameters, x, context) whose derivative is the loop at the bottom of this file.
Where there is nothing else to differentiate, as in `fit`, `descent.py` goes there and back without any tape.

What the definitions in `layers/` say stays the definition. They are the oracle in the tests, and the second derivative
still goes through them: a derivative of a derivative differentiates the plain code. (Forward-mode derivatives, which
autograd calls make_jvp, need `with plain():`.)

Inside, features are rows and points are columns, (D, N) instead of (N, D): a set of units is then a contiguous block of
rows, and `np.dot(..., out=block)` writes it in place. A bias is the weight of one input more, which is always 1: the
product adds it, and the product of the way back sums its gradient. Hidden units sorted by degree make masks block
triangular, so that a wide masked product skips the blocks that are all zero (`blocks.py`). `empty` is `np.empty`, or
hands out the same arrays at each step (`runtime.Reused`).
"""

import numpy as np

from .distributions import LOG_2PI
from .runtime import OwnMemory, chunks, on_threads, threads_for
from .tape import Remembering, primitive_with, traced
from .trees import leaves
from .validation import matching

# The masked network, forwards and back

def net_forward(net, weights, h, theta, empty):
    """Write the network's outputs at the columns of h into theta; return what `net_backward` needs.

    Each of the weights is a matrix (n_in + 1, n_out), biases last; h is (n_in + 1, N), ones last.
    """
    saved, zeros = [], np.zeros(h.shape[1], h.dtype)
    for k, (w, plan) in enumerate(zip(weights, net.plans)):
        saved.append((w, h))
        last = k == len(weights) - 1
        z = None if last else empty((w.shape[1] + 1, h.shape[1]), h.dtype)
        out = theta if last else z[:-1]
        parts = plan.fine if h.shape[1] >= 512 else plan.down
        if len(parts) == 1:
            np.dot(w.T, h, out=out)
        else:
            for columns, rows in parts:             # matmul: of a part of a matrix np.dot makes a copy first
                np.matmul(w[rows, columns].T, h[rows], out=out[columns])
            out += w[-1][:, None]
        if not last:
            if net.activation == "relu":
                np.maximum(out, zeros, out=out)     # an array: with the number 0, NumPy takes three times as long
            else:
                np.tanh(out, out=out)
            z[-1] = 1
        h = z
    return saved


def net_backward(net, saved, g, grads, input_too, empty):
    """From g, the gradient of theta: write those of the weights into grads, return that of h, if `input_too`."""
    for k in range(len(saved) - 1, -1, -1):
        (w, h), plan, gw = saved[k], net.plans[k], grads[k]
        if plan.whole:
            np.dot(h, g.T, out=gw)
        else:
            for columns, rows in plan.down:
                np.matmul(h[rows], g[columns].T, out=gw[rows, columns])
            np.dot(g, h[-1], out=gw[-1])
        plan.mask_blocks(gw)
        if not k and not input_too:
            return None
        w, h = w[:-1], h[:-1]
        gh = empty(h.shape, h.dtype)
        product = np.dot if len(plan.up) == 1 else np.matmul
        for rows, columns in plan.up:
            product(w[rows, columns], g[columns], out=gh[rows])
        if k and net.activation == "relu":
            gh *= h > 0
        elif k:
            gh -= gh * h * h
        g = gh
    return g


# The affine map, forwards and back: u = (x - mu) exp(-alpha), alpha = a / (1 + |a| / limit)

def affine_forward(elementwise, theta, x, empty):
    """`(u, log_det, saved)` for theta (2 D, N) and x (D, N); additive for theta (D, N). It overwrites theta."""
    d = len(x)
    u = np.subtract(x, theta[:d], out=empty(x.shape, x.dtype))
    if elementwise.n_params == 1:
        return u, np.zeros(x.shape[1], x.dtype), None
    alpha, slope = theta[d:], None
    if elementwise.alpha_bound is not None:
        slope = np.abs(alpha, out=empty(x.shape, x.dtype))
        slope *= 1 / elementwise.alpha_bound
        slope += 1
        np.divide(1, slope, out=slope)
        alpha *= slope
    e = np.negative(alpha, out=alpha)
    log_det = e.sum(axis=0)
    np.exp(e, out=e)
    u *= e
    return u, log_det, (u, e, slope)


def affine_backward(elementwise, saved, gu, g_log_det, empty):
    """`(gradient of theta, of x)`."""
    if elementwise.n_params == 1:
        return np.negative(gu, out=empty(gu.shape, gu.dtype)), gu
    u, e, slope = saved
    d = len(u)
    gx, gtheta = empty(gu.shape, gu.dtype), empty((2 * d, gu.shape[1]), gu.dtype)
    np.multiply(gu, e, out=gx)
    np.negative(gx, out=gtheta[:d])
    g_alpha = np.multiply(gu, u, out=gtheta[d:])
    g_alpha += g_log_det
    np.negative(g_alpha, out=g_alpha)
    if slope is not None:               # d alpha / d a = 1 / (1 + |a| / limit)^2
        g_alpha *= slope
        g_alpha *= slope
    return gtheta, gx


# Layers: what the network reads, and what of x the map moves

def layer_forward(layer, weights, x, context, empty):
    """`(u, log_det, saved)` of one layer, x being (D, N) and context (C, N) or None.

    What a layer has to say of itself: `nets`, whose outputs together are theta; `reads`, the variables that they see
    (None: all, and masks decide); `mapped`, the variables that are moved (None: all); `by_net` and `from_nets`, from
    its parameters to a list, one a net, and back.
    """
    read, mapped = layer.reads, layer.mapped
    n, moved = len(x) if read is None else len(read), x if mapped is None else x[mapped]
    h = empty((n + layer.context_dim + 1, x.shape[1]), x.dtype)
    h[:n] = x if read is None else x[read]
    if layer.context_dim:
        h[n:-1] = context
    h[-1] = 1
    theta, saved = empty((layer.elementwise.n_params * len(moved), x.shape[1]), x.dtype), []
    for net, w, part in zip(layer.nets, weights, theta.reshape(len(layer.nets), -1, x.shape[1])):
        saved.append(net_forward(net, w, h, part, empty))
    u, log_det, kept = affine_forward(layer.elementwise, theta, moved, empty)
    if mapped is not None:
        moved, u = u, empty(x.shape, x.dtype)
        u[...] = x
        u[mapped] = moved
    return u, log_det, (saved, kept)


def layer_backward(layer, saved, gu, g_log_det, grads, g_context, input_too, empty):
    """The gradient of x; those of the weights go into grads, that of the context is added to g_context, if any."""
    read, mapped = layer.reads, layer.mapped
    gtheta, gx = affine_backward(layer.elementwise, saved[1], gu if mapped is None else gu[mapped], g_log_det, empty)
    if mapped is not None:
        gmoved, gx = gx, empty(gu.shape, gu.dtype)
        gx[...] = gu
        gx[mapped] = gmoved
    for net, saved_net, g, gw in zip(layer.nets, saved[0], gtheta.reshape(len(layer.nets), -1, gu.shape[1]), grads):
        gh = net_backward(net, saved_net, g, gw, input_too or g_context is not None, empty)
        if gh is not None:
            n = len(gh) - layer.context_dim
            gx[slice(None) if read is None else read] += gh[:n]
            if g_context is not None:
                g_context += gh[n:]
    return gx


# Stacks of layers

CHUNK = 1280            # columns that go through all layers together when nothing is recorded: they fit the cache


_own = OwnMemory()


def _forward(layers, params, x, context, keep=True):
    """`(u, log_det, saved)`, u with features as rows; without `keep`, in chunks of columns, on all cores."""
    matching(params, len(layers), "layers")
    dtype = np.result_type(x, *leaves(params)[:1], *([] if context is None else [context]))
    weights = [[[plan.stacked(w, b, dtype) for plan, (w, b) in zip(net.plans, _checked(p, net))]
                for net, p in zip(layer.nets, layer.by_net(of_layer))] for layer, of_layer in zip(layers, params)]
    if keep:
        return through(layers, weights, x, context, dtype, [np.empty])
    u, log_det = np.empty(x.shape[::-1], dtype), np.empty(len(x), dtype)
    threads = threads_for(len(x) * sum(w.size for of_layer in weights for of_net in of_layer for w in of_net))
    rows = chunks(len(x), CHUNK, threads)

    def part(first):
        for r in rows[first::threads]:
            c = None if context is None else context[r]
            u[:, r], log_det[r], _ = through(layers, weights, x[r], c, dtype, _own.two, False)

    on_threads(part, threads)
    return u, log_det, None


def _checked(params, net):
    return matching(params, len(net.plans), "layers in a net")


def through(layers, weights, x, context, dtype, memory, keep=True):
    """`(u, log_det, saved)`; the layers take turns in the `memory`, which without `keep` is used again by the next."""
    z, c = np.array(x.T, dtype, order="C"), None if context is None else np.array(context.T, dtype, order="C")
    total, saved = 0, []
    for k, (layer, w) in enumerate(zip(layers, weights)):
        empty = memory[k % len(memory)]
        if not keep:
            empty.rewind()
        z, log_det, kept = layer_forward(layer, w, z, c, empty)
        total = total + log_det
        saved.append(kept if keep else None)
    return z, total, saved


def backward(layers, saved, gu, g_log_det, grads, g_context, input_too, empty):
    for k in range(len(layers) - 1, -1, -1):
        gu = layer_backward(layers[k], saved[k], gu, g_log_det, grads[k], g_context if layers[k].context_dim else None,
                            k > 0 or input_too, empty)
    return gu


# The two functions that autograd sees

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
        return normal(u, 0) + log_det
    return _log_prob(params, x, context, layers)[0]


def normal(u, axis):
    return -0.5 * ((u * u).sum(axis=axis) + u.shape[axis] * LOG_2PI)


def _run_stack(params, x, context, layers):
    u, log_det, saved = _forward(layers, params, x, context)
    result = Remembering((u.T, log_det))
    result.saved = saved
    return result


def _gradients(layers, saved, gu, g_log_det, context, argnums):
    """The gradients of params, x and context; that of x and context only where `argnums` asks for 1 and 2."""
    g_context = np.zeros(context.shape[::-1], gu.dtype) if 2 in argnums else None
    grads = [[[np.zeros_like(w) for w, _ in of_net] for of_net in saved_nets] for saved_nets, _ in saved]
    gx = backward(layers, saved, gu, g_log_det, grads, g_context, 1 in argnums, np.empty)
    trees = [layer.from_nets([[(gw[:-1], gw[-1]) for gw in of_net] for of_net in of_layer])
             for layer, of_layer in zip(layers, grads)]
    return trees, gx.T, None if g_context is None else g_context.T


def _stack_backward(result, args, g, argnums):
    return _gradients(args[3], result.saved, np.ascontiguousarray(g[0].T), g[1], args[2], argnums)


def _define_stack(params, x, context, layers):
    total = 0
    for layer, p in zip(layers, params):
        x, log_det = layer.x_to_u(p, x, context if layer.context_dim else None)
        total = total + log_det
    return x, total


def _run_log_prob(params, x, context, layers):
    u, log_det, saved = _forward(layers, params["bijection"], x, context)
    result = Remembering((normal(u, 0) + log_det,))
    result.saved, result.u = saved, u
    return result


def _log_prob_backward(result, args, g, argnums):
    grads, gx, g_context = _gradients(args[3], result.saved, result.u * -g[0], g[0], args[2], argnums)
    return {**args[0], "bijection": grads}, gx, g_context


def _define_log_prob(params, x, context, layers):
    u, log_det = _define_stack(params["bijection"], x, context, layers)
    return (normal(u, 1) + log_det,)


_stack = primitive_with(_run_stack, _stack_backward, _define_stack)
_log_prob = primitive_with(_run_log_prob, _log_prob_backward, _define_log_prob)
