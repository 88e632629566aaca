"""A chain of affine layers as ONE node of autograd's tape, with a hand-written derivative.

autograd records every array operation. Each costs 20 to 50 microseconds, where NumPy itself needs 1
for the small arrays of a flow, and its general rules for the backward pass do more work than this
network needs. A five-layer MAF takes some 190 operations. Here they are one: `chain_x_to_u` runs
the layers in NumPy and keeps what the backward pass needs. autograd sees a single function of
(params, x, context) whose derivative is the loop `backward`. Where nothing else is differentiated,
as in `fit`, `objective.py` does both passes without a tape.

The code in `layers/` stays the definition. It is the oracle of the tests, and a derivative of a
derivative goes through it. (Forward-mode derivatives, autograd's make_jvp, need `with plain():`.)
"""

from typing import Callable, NamedTuple

import numpy as np

from ..distributions import LOG_2PI, StandardNormal
from ..elementwise import Additive, Affine
from ..layers import Autoregressive, Chain, Coupling
from ..trees import leaves
from . import networks
from .affine import affine_backward, affine_forward
from .runtime import OwnMemory, chunks, on_threads, threads_for
from .tape import Remembering, primitive_with, traced

# Columns that go through all layers together when nothing is recorded: they fit the cache.
CHUNK = 1280


# What the engine knows about a layer


class KnownLayer(NamedTuple):
    """What the functions below need from a layer.

    Args:
        nets: a list of `networks.KnownNet`; their outputs together are theta.
        reads: the variables that the nets see; None for all, and then the masks decide.
        mapped: the variables that the layer moves; None for all.
        elementwise: the map.
        context_dim: C.
        as_nets, from_nets: from the layer's parameters to a list, one entry per net, and back.
    """

    nets: list
    reads: np.ndarray | None
    mapped: np.ndarray | None
    elementwise: Affine | Additive
    context_dim: int
    as_nets: Callable
    from_nets: Callable


def known(layer):
    """The `KnownLayer` of an affine autoregressive or coupling layer. None for any other layer, and
    for a subclass that overrides part of it.
    """
    kind = type(layer)
    if type(getattr(layer, "elementwise", None)) not in (Affine, Additive):
        return None
    if kind.x_to_u is Autoregressive.x_to_u:
        nets, reads, mapped = [networks.known(layer.net)], None, None
        as_nets, from_nets = _in_a_list, _out_of_the_list
    elif kind.x_to_u is Coupling.x_to_u and kind._map is Coupling._map:
        nets, reads, mapped = list(map(networks.known, layer.nets)), layer.stay, layer.mapped
        as_nets, from_nets = _as_it_is, _as_it_is
    else:
        return None
    if None in nets:
        return None
    return KnownLayer(nets, reads, mapped, layer.elementwise, layer.context_dim, as_nets, from_nets)


def _in_a_list(params):
    return [params]


def _out_of_the_list(grads):
    return grads[0]


def _as_it_is(params):
    return params


def known_layers(chain):
    """`[KnownLayer, ...]` of a `Chain` whose layers are all known; None for anything else."""
    if type(chain).x_to_u is not Chain.x_to_u:
        return None
    found = []
    for layer in chain.layers:
        found.append(known(layer))
        if found[-1] is None:
            return None
    return found


def known_flow(flow):
    """The same for a flow with such a chain and a standard normal base."""
    return known_layers(flow.bijection) if type(flow.base) is StandardNormal else None


# One layer, forwards and back


def layer_forward(layer, weights, x, context, empty):
    """`(u, log_det, saved)` of one layer; x is (D, N), context (C, N) or None."""
    reads, mapped = layer.reads, layer.mapped
    n, moved = len(x) if reads is None else len(reads), x if mapped is None else x[mapped]
    h = empty((n + layer.context_dim + 1, x.shape[1]), x.dtype)
    h[:n] = x if reads is None else x[reads]
    if layer.context_dim:
        h[n:-1] = context
    h[-1] = 1
    theta = empty((layer.elementwise.n_params * len(moved), x.shape[1]), x.dtype)
    parts = theta.reshape(len(layer.nets), -1, x.shape[1])
    saved = [
        networks.net_forward(net, w, h, part, empty)
        for net, w, part in zip(layer.nets, weights, parts)
    ]
    u, log_det, kept = affine_forward(layer.elementwise, theta, moved, empty)
    if mapped is not None:
        moved, u = u, empty(x.shape, x.dtype)
        u[...] = x
        u[mapped] = moved
    return u, log_det, (saved, kept)


def layer_backward(layer, saved, gu, g_log_det, grads, g_context, input_too, empty):
    """The gradient of x. Writes the weights' gradients into grads, and adds the context's to
    g_context unless that is None.
    """
    reads, mapped = layer.reads, layer.mapped
    g_moved = gu if mapped is None else gu[mapped]
    gtheta, gx = affine_backward(layer.elementwise, saved[1], g_moved, g_log_det, empty)
    if mapped is not None:
        g_moved, gx = gx, empty(gu.shape, gu.dtype)
        gx[...] = gu
        gx[mapped] = g_moved
    input_too = input_too or g_context is not None
    parts = gtheta.reshape(len(layer.nets), -1, gu.shape[1])
    for net, saved_net, g, gw in zip(layer.nets, saved[0], parts, grads):
        gh = networks.net_backward(net, saved_net, g, gw, input_too, empty)
        if gh is not None:
            n = len(gh) - layer.context_dim
            gx[slice(None) if reads is None else reads] += gh[:n]
            if g_context is not None:
                g_context += gh[n:]
    return gx


# All layers of a chain


def forward(layers, weights, x, context, dtype, memory, keep=True):
    """`(u, log_det, saved)`, with features as rows in u. The layers take turns with `memory`;
    without `keep`, a layer overwrites the arrays of the layer len(memory) before it.
    """
    z = np.array(x.T, dtype, order="C")
    c = None if context is None else np.array(context.T, dtype, order="C")
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
    """The gradient of x; the other arguments are as in `layer_backward`."""
    for k in range(len(layers) - 1, -1, -1):
        c = g_context if layers[k].context_dim else None
        further = k > 0 or input_too
        gu = layer_backward(layers[k], saved[k], gu, g_log_det, grads[k], c, further, empty)
    return gu


_own = OwnMemory()


def _stacked(layers, params, dtype):
    """The masked weights of every net in every layer, biases last."""
    return [
        [
            networks.stacked(net, p, dtype)
            for net, p in zip(layer.nets, layer.as_nets(of_layer), strict=True)
        ]
        for layer, of_layer in zip(layers, params)
    ]


def _dtype(params, x, context):
    return np.result_type(x, *leaves(params)[:1], *([] if context is None else [context]))


def _compute(layers, params, x, context):
    """`(u, log_det)` without recording anything, in chunks of columns, on up to four threads."""
    dtype = _dtype(params, x, context)
    weights = _stacked(layers, params, dtype)
    u, log_det = np.empty(x.shape[::-1], dtype), np.empty(len(x), dtype)
    size = sum(w.size for of_layer in weights for of_net in of_layer for w in of_net)
    threads = threads_for(len(x) * size)
    rows = chunks(len(x), CHUNK, threads)

    def part(first):
        for r in rows[first::threads]:
            c = None if context is None else context[r]
            u[:, r], log_det[r], _ = forward(layers, weights, x[r], c, dtype, _own.two, False)

    on_threads(part, threads)
    return u, log_det


# The two functions that autograd sees


class _Job(NamedTuple):
    """What the taped functions carry along: the layers as the engine knows them, and the chain that
    defines them.
    """

    layers: list
    chain: Chain


def chain_x_to_u(chain, params, x, context=None):
    """`Chain.x_to_u`."""
    layers = known_layers(chain)
    return NotImplemented if layers is None else _x_to_u(_Job(layers, chain), params, x, context)


def layer_x_to_u(layer, params, x, context=None):
    """`Autoregressive.x_to_u`, `Coupling.x_to_u`."""
    found = known(layer)
    if found is None:
        return NotImplemented
    return _x_to_u(_Job([found], _Alone(layer)), [params], x, context)


class _Alone(NamedTuple):
    """A single layer in place of a chain."""

    layer: object

    def x_to_u(self, params, x, context=None):
        return self.layer.x_to_u(params[0], x, context)


def _x_to_u(job, params, x, context):
    if not traced(params, x, context):
        u, log_det = _compute(job.layers, params, x, context)
        return u.T, log_det
    result = _taped_x_to_u(params, x, context, job)
    return result[0], result[1]


def flow_log_prob(flow, params, x, context=None):
    """`Flow.log_prob` for a chain of known layers and a standard normal base."""
    layers = known_flow(flow)
    if layers is None:
        return NotImplemented
    if not traced(params, x, context):
        u, log_det = _compute(layers, params["bijection"], x, context)
        return normal(u, 0) + log_det
    return _taped_log_prob(params, x, context, _Job(layers, flow.bijection))[0]


def normal(u, axis):
    return -0.5 * ((u * u).sum(axis=axis) + u.shape[axis] * LOG_2PI)


def _run(job, params, x, context):
    dtype = _dtype(params, x, context)
    return forward(job.layers, _stacked(job.layers, params, dtype), x, context, dtype, [np.empty])


def _gradients(job, saved, gu, g_log_det, context, argnums):
    """The gradients of params, x and context; the last two only if `argnums` has 1 and 2."""
    g_context = np.zeros(context.shape[::-1], gu.dtype) if 2 in argnums else None
    grads = [[[np.zeros_like(w) for w, _ in net] for net in nets] for nets, _ in saved]
    gx = backward(job.layers, saved, gu, g_log_det, grads, g_context, 1 in argnums, np.empty)
    trees = [
        layer.from_nets([[(gw[:-1], gw[-1]) for gw in net] for net in nets])
        for layer, nets in zip(job.layers, grads)
    ]
    return trees, gx.T, None if g_context is None else g_context.T


def _run_x_to_u(params, x, context, job):
    u, log_det, saved = _run(job, params, x, context)
    result = Remembering((u.T, log_det))
    result.saved = saved
    return result


def _x_to_u_backward(result, args, g, argnums):
    gu = np.ascontiguousarray(g[0].T)
    return _gradients(args[3], result.saved, gu, g[1], args[2], argnums)


def _define_x_to_u(params, x, context, job):
    return job.chain.x_to_u(params, x, context)


def _run_log_prob(params, x, context, job):
    u, log_det, saved = _run(job, params["bijection"], x, context)
    result = Remembering((normal(u, 0) + log_det,))
    result.saved, result.u = saved, u
    return result


def _log_prob_backward(result, args, g, argnums):
    gu = result.u * -g[0]
    grads, gx, g_context = _gradients(args[3], result.saved, gu, g[0], args[2], argnums)
    return {**args[0], "bijection": grads}, gx, g_context


def _define_log_prob(params, x, context, job):
    u, log_det = job.chain.x_to_u(params["bijection"], x, context)
    return (normal(u, 1) + log_det,)


_taped_x_to_u = primitive_with(_run_x_to_u, _x_to_u_backward, _define_x_to_u)
_taped_log_prob = primitive_with(_run_log_prob, _log_prob_backward, _define_log_prob)
