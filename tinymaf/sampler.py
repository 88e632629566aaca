"""Autoregressive inversion in the multiply-adds of ONE network pass, and its gradient in those of two.

The textbook inverse runs the whole network D times to learn one variable more each time. But a hidden unit of degree m
needs only the variables of degree <= m: once they are known it can be computed, for good. So go through the degrees;
at degree d compute variable d from the units of lower degree, then the hidden units of degree d, layer by layer. Each
unit is computed once. There are still D steps, one after another; what falls is the work, not the number of steps.

With units sorted by degree this is a triangular solve, and it is blocked like one: the products with all that is known
before a block of degrees are one matrix product, and only within the block does it go degree by degree.

Known before: Ramachandran et al. 2017 ("Fast Generation for Convolutional Autoregressive Models", arXiv 1704.06001)
cache the hidden units of convolutions in the same way, and NetKet has fast autoregressive layers.
"""

import numpy as np

from .tape import Remembering, primitive_with, traced


class Sorted:
    """A masked net with its units in the order of their degrees: every mask becomes a range of rows.

    Layer 0 holds the context (degree 0) and the variables, layers 1..L the hidden units. `cut[l][d]` is the number of
    units of layer l of degree < d; `weights[l]` leads from layer l to l + 1, and `out` from layer L to the
    conditionals' parameters, those of one variable side by side.
    """

    def __init__(self, net, params):
        self.net, self.top = net, int(net.degrees.max())
        self.variables = np.argsort(net.degrees, kind="stable")
        units = [np.concatenate([net.dim + np.arange(net.context_dim), self.variables])]
        degrees = [np.concatenate([np.zeros(net.context_dim, int), np.sort(net.degrees)])]
        for hidden in net.hidden_degrees:
            units.append(np.argsort(hidden, kind="stable"))
            degrees.append(np.sort(hidden))
        self.units, steps = units, np.arange(self.top + 2)
        self.cut = [np.searchsorted(d, steps) for d in degrees]
        self.weights = [w[np.ix_(units[k], units[k + 1])] for k, (w, _) in enumerate(params[:-1])]
        self.biases = [b[units[k + 1]] for k, (_, b) in enumerate(params[:-1])]
        (v, c), k = params[-1], net.n_params
        self.out = v[units[-1]].reshape(-1, k, net.dim)[:, :, self.variables].swapaxes(1, 2).reshape(-1, k * net.dim)
        self.out_bias = c.reshape(k, net.dim)[:, self.variables].T.ravel()
        # columns of `out` that belong to variables of degree < d
        self.out_cut = k * (self.cut[0] - net.context_dim)
        self.out_cut[0] = 0

    def of_degree(self, d):
        """The variables of degree d, in x's own numbering."""
        first, last = self.out_cut[[d, d + 1]] // self.net.n_params
        return self.variables[first:last]

    def blocks(self):
        """Blocks of degrees `(first, last + 1)`: one by one in few dimensions, larger ones in many."""
        size = 1 if self.top <= 8 else 8 if self.top <= 128 else 32
        return [(d, min(d + size, self.top + 1)) for d in range(0, self.top + 1, size)]


def solve(net, params, emit, n, dtype, context=None):
    """`(x, activations)`: x (N, D) variable by variable, and what every layer came to, (units, N), sorted by degree.

    `emit(theta, variables)` turns theta (N, K, m) into the values (N, m) of these m variables (which share a degree).
    """
    s = Sorted(net, params)
    a = [np.empty((len(units), n), dtype) for units in s.units]
    if context is not None:
        a[0][:net.context_dim] = context.T
    x = np.zeros((n, net.dim), dtype)
    for d0, d1 in s.blocks():
        # what the units of this block get from all that was known before it
        known = [cut[d0] for cut in s.cut]
        before = [w[:known[k], s.cut[k + 1][d0]:s.cut[k + 1][d1]].T @ a[k][:known[k]]
                  + s.biases[k][s.cut[k + 1][d0]:s.cut[k + 1][d1], None] for k, w in enumerate(s.weights)]
        columns = slice(s.out_cut[d0], s.out_cut[d1])
        theta_before = s.out[:known[-1], columns].T @ a[-1][:known[-1]] + s.out_bias[columns, None]
        for d in range(d0, d1):
            variables = s.of_degree(d)
            if len(variables):
                mine, lower = slice(s.out_cut[d], s.out_cut[d + 1]), slice(known[-1], s.cut[-1][d])
                theta = theta_before[mine.start - columns.start:mine.stop - columns.start]
                if lower.stop > lower.start:
                    theta = theta + s.out[lower, mine].T @ a[-1][lower]
                values = emit(theta.reshape(len(variables), net.n_params, n).transpose(2, 1, 0), variables)
                x[:, variables] = values
                a[0][s.cut[0][d]:s.cut[0][d + 1]] = values.T
            for k, w in enumerate(s.weights):
                rows, lower = slice(s.cut[k + 1][d], s.cut[k + 1][d + 1]), slice(known[k], s.cut[k][d + 1])
                if rows.stop > rows.start:
                    z = before[k][rows.start - s.cut[k + 1][d0]:rows.stop - s.cut[k + 1][d0]]
                    if lower.stop > lower.start:
                        z += w[lower, rows].T @ a[k][lower]
                    np.maximum(z, 0, out=a[k + 1][rows]) if net.activation == "relu" else np.tanh(z, out=a[k + 1][rows])
    return x, a


def solve_backward(net, params, activations, theta_gradient, gx):
    """Gradients through `solve`: the same blocks in reverse, each unit's gradient computed once. No step is taped.

    Args:
        activations: what `solve` returned beside x.
        theta_gradient: `(g, variables) -> (m, K, N)`: from the gradient g (m, N) of variables of one degree, to that of
            their theta.
        gx: the gradient of x, (D, N).

    Returns `(gradients of the parameters, of the context (C, N))`.
    """
    s, a = Sorted(net, params), activations
    n, top = gx.shape[1], len(s.weights)
    g = [np.empty_like(layer) for layer in a]           # of each layer's activations; of hidden ones before tanh, ReLU
    g_theta = np.empty((s.out.shape[1], n), gx.dtype)
    for d0, d1 in reversed(s.blocks()):
        known_out, known = s.out_cut[d1], [cut[d1] for cut in s.cut]
        inside = [slice(cut[d0], cut[d1]) for cut in s.cut]
        after = [w[inside[k], known[k + 1]:] @ g[k + 1][known[k + 1]:] for k, w in enumerate(s.weights)]
        after.append(s.out[inside[top], known_out:] @ g_theta[known_out:])
        for d in range(d1 - 1, d0 - 1, -1):
            for k in range(top, -1, -1):
                rows = slice(s.cut[k][d], s.cut[k][d + 1])
                if rows.stop == rows.start:
                    continue
                mine = after[k][rows.start - inside[k].start:rows.stop - inside[k].start]
                if k == top:
                    higher = slice(s.out_cut[d + 1], known_out)
                    mine = mine + s.out[rows, higher] @ g_theta[higher]
                else:
                    higher = slice(s.cut[k + 1][d], known[k + 1])
                    mine = mine + s.weights[k][rows, higher] @ g[k + 1][higher]
                if k:
                    mine *= a[k][rows] > 0 if net.activation == "relu" else 1 - a[k][rows] ** 2
                elif d:
                    variables = s.of_degree(d)
                    mine += gx[variables]
                    g_theta[s.out_cut[d]:s.out_cut[d + 1]] = theta_gradient(mine, variables).reshape(-1, n)
                g[k][rows] = mine
    return _collect(s, a, g, g_theta), g[0][:net.context_dim]


def _collect(s, a, g, g_theta):
    """The parameters' gradients, masked, back in the net's own numbering of units."""
    net, grads = s.net, []
    for k in range(len(s.weights)):
        gw = (a[k] @ g[k + 1].T)[np.ix_(np.argsort(s.units[k]), np.argsort(s.units[k + 1]))]
        gb = g[k + 1].sum(axis=1)[np.argsort(s.units[k + 1])]
        grads.append((gw * net.masks[k], gb))
    back = np.argsort(s.variables)
    gv = (a[-1] @ g_theta.T)[np.argsort(s.units[-1])].reshape(-1, net.dim, net.n_params)[:, back].swapaxes(1, 2)
    gc = g_theta.sum(axis=1).reshape(net.dim, net.n_params)[back].T
    return [*grads, (gv.reshape(gv.shape[0], -1) * net.masks[-1], gc.ravel())]


# The inverse of an affine autoregressive layer, as one differentiable function

def invert(layer, params, u, context=None):
    """`(x, log_det)` of an autoregressive layer. With an affine map it is differentiable without taping its D steps."""
    if traced(params, u, context):
        result = _invert(params, u, context, layer)
        return result[0], result[1]
    return tuple(_run(params, u, context, layer))


def _run(params, u, context, layer):
    total = 0

    def emit(theta, variables):
        nonlocal total
        x, log_slope = layer.elementwise.u_to_x(theta, u[:, variables])
        total = total + log_slope.sum(axis=1)
        return x

    x, activations = solve(layer.net, params, emit, len(u), u.dtype, context)
    result = Remembering((x, total))
    result.activations = activations
    return result


def _backward(result, args, g, argnums):
    """x_i = mu_i + exp(alpha_i) u_i, log_det = sum_i alpha_i, taken back variable by variable from the last degree."""
    params, u, context, layer = args
    x, g_log_det, gu = result[0], g[1], np.empty(u.shape[::-1], u.dtype)
    theta, limit = layer.net(params, x, context), layer.elementwise.alpha_bound
    e = np.exp(layer.elementwise.mu_alpha(theta)[1])

    def theta_gradient(gx, variables):
        gu[variables] = gx * e[:, variables].T
        g_alpha = gu[variables] * u[:, variables].T + g_log_det
        if limit is not None:           # d alpha / d a
            g_alpha /= (1 + np.abs(theta[:, 1, variables].T) / limit) ** 2
        return np.stack([gx, g_alpha], axis=1)

    grads, g_context = solve_backward(layer.net, params, result.activations, theta_gradient, g[0].T)
    return grads, gu.T, g_context.T


def _define(params, u, context, layer):
    return layer.u_to_x(params, u, context)


_invert = primitive_with(_run, _backward, _define)
