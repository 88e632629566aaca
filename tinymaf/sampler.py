"""Autoregressive inversion in the multiply-adds of ONE network pass, and its gradient in those of two.

The textbook inverse runs the whole network D times to learn one variable more each time. But a hidden unit of degree m
needs only the variables of degree <= m: once they are known it can be computed, for good. So go through the degrees;
at degree d compute variable d from the units of lower degree, then the hidden units of degree d, layer by layer. Each
unit is computed once. There are still D steps, one after another; what falls is the work, not the number of steps.

This is a triangular solve, and it is blocked like one: the products with all that is known before a block of degrees
are one matrix product a layer, and only within the block does it go degree by degree.

Known before: Ramachandran et al. 2017 ("Fast Generation for Convolutional Autoregressive Models", arXiv 1704.06001)
cache the hidden units of convolutions in the same way, and NetKet has fast autoregressive layers.
"""

import numpy as np

from .elementwise import Affine
from .runtime import OwnMemory
from .tape import Remembering, primitive_with, traced

CHUNK = 1024        # rows that are inverted together: their activations fit the cache


def _block(w, rows, columns):
    """`w[rows][:, columns]`, a view where both are slices."""
    return w[rows, columns] if isinstance(rows, slice) and isinstance(columns, slice) else w[rows][:, columns]


def _product(w, rows, columns, h, out=None):
    """`w[rows, columns].T h[rows]`: what units `columns` get from units `rows`."""
    block = _block(w, rows, columns)
    product = np.dot if block.size < 2 ** 12 else np.matmul         # of a part of a matrix np.dot makes a copy first
    return product(block.T, h[rows], out=out)


def _theta(out, rows, variables, h):
    """`(K, m, n)`: what the theta of m variables gets from units `rows`, by the output weights `out` (D, K, units)."""
    block = out[variables][:, :, rows]
    return np.dot(block.reshape(-1, block.shape[2]), h[rows]).reshape(*block.shape[:2], -1).transpose(1, 0, 2)


def _plus(product, other):
    """Their sum, in the product's memory."""
    product += other
    return product


_ACTIVATIONS = {"relu": lambda z, zeros, out=None: np.maximum(z, zeros, out=out),
                "tanh": lambda z, zeros, out=None: np.tanh(z, out=out)}


def solve(net, params, emit, n, dtype, context=None, empty=np.empty):
    """The activations of all layers, (units, n) each, the first being x, found variable by variable.

    `emit(theta, variables)` turns theta (K, m, n) into the values (m, n) of these m variables (which share a degree).
    """
    s, dim, top, act = net.steps, net.dim, len(params) - 1, _ACTIVATIONS[net.activation]
    a = [np.zeros((dim, n), dtype)] + [empty((len(b), n), dtype) for _, b in params[:-1]]
    weights, base = [w for w, _ in params], [b[:, None] for _, b in params]
    if context is not None:             # the context is known from the start
        base[0] = base[0] + weights[0][dim:].T @ context.T
    out = np.ascontiguousarray(weights[top].reshape(-1, net.n_params, dim).transpose(2, 1, 0))
    base_out = base[top].reshape(net.n_params, dim, base[top].shape[1])
    zeros = np.zeros(n, dtype)
    for before, variables, known, degrees in s.program:
        got = {}                        # what the hidden units of this block get from all that was known before it
        for k, theirs, mine in before:
            got[k] = base[k][mine]
            if theirs is not None:
                got[k] = _plus(_product(weights[k], theirs, mine, a[k]), got[k])
        if variables is not None:
            theta_before = base_out[:, variables]
            if known is not None:
                theta_before = _plus(_theta(out, known, variables, a[top]), theta_before)
        for read, hidden in degrees:
            if read is not None:
                mine, place, lower = read
                theta = theta_before[:, place]
                if lower is not None:
                    theta = _plus(_theta(out, lower, mine, a[top]), theta)
                a[0][mine] = emit(theta if theta.shape[2] == n else np.broadcast_to(theta, (*theta.shape[:2], n)), mine)
            for k, mine, place, lower in hidden:
                z, there = got[k][place], a[k + 1][mine] if isinstance(mine, slice) else None
                if lower is not None:
                    z = _plus(_product(weights[k], lower, mine, a[k], there), z)
                if there is not None:
                    act(z, zeros, there)
                else:
                    a[k + 1][mine] = act(z, zeros)
    return a


def solve_backward(net, params, a, theta_gradient, gx):
    """Gradients through `solve`: the same blocks in reverse, each unit's gradient computed once. No step is taped.

    Args:
        a: what `solve` returned.
        theta_gradient: `(g, variables) -> (K, m, n)`: from the gradient g (m, n) of variables of one degree, to that of
            their theta.
        gx: the gradient of x, (D, n).

    Returns the gradients of what each layer's product gave, (units, n), from the first hidden layer to theta.
    """
    s, dim, top = net.steps, net.dim, len(params) - 1
    weights, out = [w for w, _ in params], params[top][0].reshape(-1, net.n_params, net.dim)
    g = [gx.copy()] + [np.zeros_like(layer) for layer in a[1:]]
    g_theta = np.zeros((net.n_params, dim, gx.shape[1]), gx.dtype)

    def collect(k, mine, low, high):
        """Adds to the gradient of units `mine` of layer k what they get from degrees low..high-1 of the next layer."""
        theirs = s.units(k + 1 if k < top else 0, low, high)
        if theirs is None:
            return
        if k < top:
            g[k][mine] += _block(weights[k], mine, theirs) @ g[k + 1][theirs]
        else:
            for j in range(net.n_params):
                g[k][mine] += _block(out[:, j], mine, theirs) @ g_theta[j, theirs]

    for d0, d1 in reversed(s.blocks):
        for k in range(top + 1):        # from all that was known before: everything of a higher degree than the block
            if (mine := s.units(k, d0, d1)) is not None:
                collect(k, mine, d1, s.top + 1)
        for d in range(d1 - 1, d0 - 1, -1):
            for k in range(top, -1, -1):
                mine = s.units(k, d, d + 1)
                if mine is None:
                    continue
                collect(k, mine, d + 1 if k == top else d, d1)      # the last mask is strict, the others are not
                if k:
                    g[k][mine] *= a[k][mine] > 0 if net.activation == "relu" else 1 - a[k][mine] ** 2
                else:
                    g_theta[:, mine] = theta_gradient(g[0][mine], mine)
    return [*g[1:], g_theta.reshape(net.n_params * dim, gx.shape[1])]


# The inverse of an affine autoregressive layer, as one differentiable function

def invert(layer, params, u, context=None):
    """`(x, log_det)` of an autoregressive layer. With an affine map it is differentiable without taping its D steps."""
    if traced(params, u, context):
        result = _invert(params, u, context, layer)
        return result[0], result[1]
    parts, empty = [], _own.two[0]
    for k in range(0, max(len(u), 1), CHUNK):
        empty.rewind()
        parts.append(_run(params, u[k:k + CHUNK], None if context is None else context[k:k + CHUNK], layer, empty))
    return tuple(np.concatenate(outputs) if len(parts) > 1 else outputs[0] for outputs in zip(*parts))


_own = OwnMemory()


def _run(params, u, context, layer, empty=np.empty):
    dtype = np.result_type(u, params[0][0])
    ut, total = np.ascontiguousarray(u.T, dtype), np.zeros(len(u), dtype)

    def affine(theta, variables):       # `Affine.u_to_x` in fewer operations: there is one call of this a variable
        alpha = theta[1]
        if layer.elementwise.alpha_bound is not None:
            alpha = np.abs(alpha)
            alpha *= 1 / layer.elementwise.alpha_bound
            alpha += 1
            np.divide(theta[1], alpha, out=alpha)
        np.add(total, alpha[0] if len(alpha) == 1 else alpha.sum(axis=0), out=total)
        x = np.exp(alpha)
        x *= ut[variables]
        x += theta[0]
        return x

    def any_map(theta, variables):
        x, log_slope = layer.elementwise.u_to_x(theta.transpose(2, 0, 1), ut[variables].T)
        np.add(total, log_slope.sum(axis=1), out=total)
        return x.T

    emit = affine if type(layer.elementwise) is Affine else any_map
    activations = solve(layer.net, params, emit, len(u), dtype, context, empty)
    result = Remembering((activations[0].T, total))
    result.activations = activations
    return result


def _backward(result, args, g, argnums):
    """x_i = mu_i + exp(alpha_i) u_i, log_det = sum_i alpha_i, taken back variable by variable from the last degree."""
    params, u, context, layer = args
    a, ut, g_log_det, gu = result.activations, u.T, g[1], np.empty(u.shape[::-1], u.dtype)
    theta, limit = layer.net(params, result[0], context), layer.elementwise.alpha_bound
    e = np.exp(layer.elementwise.mu_alpha(theta)[1]).T

    def theta_gradient(gx, variables):
        gu[variables] = gx * e[variables]
        g_alpha = gu[variables] * ut[variables] + g_log_det
        if limit is not None:           # d alpha / d a
            g_alpha /= (1 + np.abs(theta[:, 1].T[variables]) / limit) ** 2
        return np.stack([gx, g_alpha])

    products = solve_backward(layer.net, params, a, theta_gradient, np.ascontiguousarray(g[0].T))
    inputs = [a[0] if context is None else np.concatenate([a[0], context.T]), *a[1:]]
    grads = [((h @ gz.T) * mask, gz.sum(axis=1)) for h, gz, mask in zip(inputs, products, layer.net.masks)]
    return grads, gu.T, None if context is None else (params[0][0][layer.dim:] @ products[0]).T


def _define(params, u, context, layer):
    return layer.u_to_x(params, u, context)


_invert = primitive_with(_run, _backward, _define)
