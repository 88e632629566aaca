"""Autoregressive inversion in the multiply-adds of ONE network pass; its gradient takes three.

The textbook inverse runs the whole network D times and learns one more variable each time. But a
hidden unit of degree m needs only the variables of degree <= m: once they are known it can be
computed for good. So go through the degrees: at degree d, compute variable d from the units of
lower degree, then the hidden units of degree d, layer by layer. Each unit is computed once. There
are still D steps, one after another; the work falls, the number of steps does not.

This is a triangular solve, and it is blocked like one. Here is what becomes known when, for D = 4
in blocks of two degrees (h_d are the hidden units of degree d):

    step                what is computed                        from what
    block 1, before     -                                       nothing is known yet
    degree 1            x_1, then h_1                           the biases; x_1
    degree 2            x_2, then h_2                           h_1; x_1..x_2, h_1
    block 2, before     a part of h_3, h_4 and of theta_3..4    x_1..x_2, h_1..h_2: ONE product
    degree 3            x_3, then h_3                           that part, and h_3's block alone
    degree 4            x_4, then h_4                           that part, and h_3..h_4

Earlier work: Ramachandran et al. 2017 ("Fast Generation for Convolutional Autoregressive Models",
arXiv 1704.06001) cache the hidden units of convolutions in the same way, and NetKet has fast
autoregressive layers.
"""

from typing import NamedTuple

import numpy as np

from ..elementwise import Affine
from ..layers import Autoregressive
from ..nets import ACTIVATIONS, MaskedNet
from ..trees import dtype_of
from . import networks
from .runtime import OwnMemory
from .solve_order import SolveOrder, solve_order_of
from .tape import Remembering, primitive_with, traced

CHUNK = 1024  # rows inverted together: their activations fit the cache


def _block(w, rows, columns):
    """`w[rows][:, columns]`, as a view if both are slices."""
    if isinstance(rows, slice) and isinstance(columns, slice):
        return w[rows, columns]
    return w[rows][:, columns]


def _product(w, rows, columns, h, out=None):
    """`w[rows, columns].T h[rows]`: what units `columns` get from units `rows`."""
    block = _block(w, rows, columns)
    # np.dot first copies part of a matrix, which is cheap only for small ones
    product = np.dot if block.size < 2**12 else np.matmul
    return product(block.T, h[rows], out=out)


def _theta(out, rows, variables, h):
    """`(K, m, n)`: what units `rows` contribute to the theta of m variables, by the output weights
    `out` (D, K, units).
    """
    block = out[variables][:, :, rows]
    theta = np.dot(block.reshape(-1, block.shape[2]), h[rows])
    return theta.reshape(*block.shape[:2], -1).transpose(1, 0, 2)


def _plus(product, other):
    """The sum, written into `product`."""
    product += other
    return product


class _Solver:
    """One run of `solve`: each layer's units, and what they get from the units known so far."""

    def __init__(self, net, order, params, n, dtype, context, empty):
        dim = net.dim
        self.order, self.n = order, n
        self.zeros = np.zeros(n, dtype)
        self.into = ACTIVATIONS[net.activation].into
        self.top = len(params) - 1
        self.a = [np.zeros((dim, n), dtype)]
        self.a += [empty((len(b), n), dtype) for _, b in params[:-1]]
        self.weights = [w for w, _ in params]
        self.base = [b[:, None] for _, b in params]
        if context is not None:  # known from the start
            self.base[0] = self.base[0] + self.weights[0][dim:].T @ context.T
        out = self.weights[self.top].reshape(-1, net.n_params, dim)
        self.out = np.ascontiguousarray(out.transpose(2, 1, 0))
        top_base = self.base[self.top]
        self.base_out = top_base.reshape(net.n_params, dim, top_base.shape[1])

    def before(self, products, variables, known):
        """What a block's hidden units and theta get from everything known before the block."""
        got = {}
        for k, theirs, mine in products:
            got[k] = self.base[k][mine]
            if theirs is not None:
                got[k] = _plus(_product(self.weights[k], theirs, mine, self.a[k]), got[k])
        if variables is None:
            return got, None
        theta = self.base_out[:, variables]
        if known is not None:
            theta = _plus(_theta(self.out, known, variables, self.a[self.top]), theta)
        return got, theta

    def variables(self, theta_before, read, emit):
        """The variables of one degree, from units of lower degree."""
        mine, place, lower = read
        theta = theta_before[:, place]
        if lower is not None:
            theta = _plus(_theta(self.out, lower, mine, self.a[self.top]), theta)
        if theta.shape[2] != self.n:
            theta = np.broadcast_to(theta, (*theta.shape[:2], self.n))
        self.a[0][mine] = emit(theta, mine)

    def hidden(self, got, k, mine, place, lower):
        """The hidden units of one degree in layer k + 1."""
        z, units = got[k][place], self.a[k + 1]
        there = units[mine] if isinstance(mine, slice) else None
        if lower is not None:
            z = _plus(_product(self.weights[k], lower, mine, self.a[k], there), z)
        if there is None:
            units[mine] = self.into(z, self.zeros, np.empty((len(z), self.n), units.dtype))
        else:
            self.into(z, self.zeros, there)


def solve(net, order, params, emit, n, dtype, context=None, empty=np.empty):
    """The activations of all layers, (units, n) each; the first is x, found variable by variable.

    `emit(theta, variables)` turns theta (K, m, n) into the values (m, n) of m variables that share
    a degree.
    """
    run = _Solver(net, order, params, n, dtype, context, empty)
    for products, variables, known, degrees in order.program:
        got, theta_before = run.before(products, variables, known)
        for read, hidden in degrees:
            if read is not None:
                run.variables(theta_before, read, emit)
            for k, mine, place, lower in hidden:
                run.hidden(got, k, mine, place, lower)
    return run.a


class _WayBack:
    """One run of `solve_backward`: each layer's gradients, as far as they are known."""

    def __init__(self, net, order, params, a, gx):
        self.order, self.a, self.top = order, a, len(params) - 1
        self.slope = ACTIVATIONS[net.activation].slope
        self.weights = [w for w, _ in params]
        self.out = self.weights[self.top].reshape(-1, net.n_params, net.dim)
        self.g = [gx.copy()] + [np.zeros_like(layer) for layer in a[1:]]
        self.g_theta = np.zeros((net.n_params, net.dim, gx.shape[1]), gx.dtype)

    def collect(self, k, mine, low, high):
        """Add to the gradient of units `mine` of layer k what degrees low..high-1 of the next layer
        pass back.
        """
        last = k == self.top
        theirs = self.order.units(0 if last else k + 1, low, high)
        if theirs is None:
            return
        if not last:
            self.g[k][mine] += _block(self.weights[k], mine, theirs) @ self.g[k + 1][theirs]
            return
        for j, g in enumerate(self.g_theta):
            self.g[k][mine] += _block(self.out[:, j], mine, theirs) @ g[theirs]

    def before(self, d0, d1):
        """Collect, for a block's units, from every degree above the block."""
        for k in range(self.top + 1):
            if (mine := self.order.units(k, d0, d1)) is not None:
                self.collect(k, mine, d1, self.order.top + 1)

    def degree(self, d, end, theta_gradient):
        """Everything of degree d, from the degrees d and above within the block."""
        for k in range(self.top, -1, -1):
            mine = self.order.units(k, d, d + 1)
            if mine is None:
                continue
            # the last mask is strict, the others are not
            self.collect(k, mine, d + 1 if k == self.top else d, end)
            if k:
                self.g[k][mine] *= self.slope(self.a[k][mine])
            else:
                self.g_theta[:, mine] = theta_gradient(self.g[0][mine], mine)


def solve_backward(net, order, params, a, theta_gradient, gx):
    """Gradients through `solve`: the same blocks in reverse, each unit's gradient computed once. No
    step is taped.

    Args:
        a: what `solve` returned.
        theta_gradient: `(g, variables) -> (K, m, n)`: from the gradient g (m, n) of variables that
            share a degree to the gradient of their theta.
        gx: the gradient of x, (D, n).

    Returns the gradients of the layers' products, (units, n) each, from the first hidden layer to
    theta.
    """
    run = _WayBack(net, order, params, a, gx)
    for d0, d1 in reversed(order.blocks):
        run.before(d0, d1)
        for d in range(d1 - 1, d0 - 1, -1):
            run.degree(d, d1, theta_gradient)
    return [*run.g[1:], run.g_theta.reshape(net.n_params * net.dim, gx.shape[1])]


# The two definitions that this file speeds up


def made_sample(made, params, rng, n, context=None):
    """`MADE.sample`."""
    order = _known_order(made.net)
    if order is None:
        return NotImplemented

    def emit(theta, variables):
        return made.conditional.sample(theta.transpose(2, 0, 1), rng).T

    return solve(made.net, order, params, emit, n, dtype_of(params), context)[0].T


def layer_u_to_x(layer, params, u, context=None):
    """`Autoregressive.u_to_x`. An affine map is differentiated without taping the D steps; any
    other map is differentiated through the definition.
    """
    order = _known_order(layer.net)
    if order is None:
        return NotImplemented
    if traced(params, u, context):
        if type(layer.elementwise) is not Affine:
            return NotImplemented
        result = _taped(params, u, context, _Job(layer, order))
        return result[0], result[1]
    parts, empty = [], _own.two[0]
    for k in range(0, max(len(u), 1), CHUNK):
        empty.rewind()
        c = None if context is None else context[k : k + CHUNK]
        parts.append(_run(params, u[k : k + CHUNK], c, _Job(layer, order), empty))
    if len(parts) == 1:
        return tuple(parts[0])
    return tuple(np.concatenate(outputs) for outputs in zip(*parts))


def _known_order(net):
    if type(net) is not MaskedNet or not networks.has_slope(net):
        return None
    return solve_order_of(net)


_own = OwnMemory()


class _Job(NamedTuple):
    layer: Autoregressive
    order: SolveOrder


def _run(params, u, context, job, empty=np.empty):
    layer, dtype = job.layer, np.result_type(u, params[0][0])
    ut, total = np.ascontiguousarray(u.T, dtype), np.zeros(len(u), dtype)

    def affine(theta, variables):  # `Affine.u_to_x` in fewer operations, once per variable
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
    a = solve(layer.net, job.order, params, emit, len(u), dtype, context, empty)
    result = Remembering((a[0].T, total))
    result.activations = a
    return result


def _backward(result, args, g, argnums):
    """Backward through x_i = mu_i + exp(alpha_i) u_i and log_det = sum_i alpha_i, variable by
    variable from the last degree.
    """
    params, u, context, (layer, order) = args
    a, ut, g_log_det, gu = result.activations, u.T, g[1], np.empty(u.shape[::-1], u.dtype)
    theta, limit = layer.net(params, result[0], context), layer.elementwise.alpha_bound
    e = np.exp(layer.elementwise.mu_alpha(theta)[1]).T

    def theta_gradient(gx, variables):
        gu[variables] = gx * e[variables]
        g_alpha = gu[variables] * ut[variables] + g_log_det
        if limit is not None:  # d alpha / d a
            g_alpha /= (1 + np.abs(theta[:, 1].T[variables]) / limit) ** 2
        return np.stack([gx, g_alpha])

    gx = np.ascontiguousarray(g[0].T)
    products = solve_backward(layer.net, order, params, a, theta_gradient, gx)
    inputs = [a[0] if context is None else np.concatenate([a[0], context.T]), *a[1:]]
    grads = [
        ((h @ gz.T) * mask, gz.sum(axis=1))
        for h, gz, mask in zip(inputs, products, layer.net.masks)
    ]
    g_context = None if context is None else (params[0][0][layer.dim :] @ products[0]).T
    return grads, gu.T, g_context


def _define(params, u, context, job):
    return job.layer.u_to_x(params, u, context)


_taped = primitive_with(_run, _backward, _define)
