"""What a bijection is, and the three ways of making new ones from old: permute, invert, chain."""

import warnings

import autograd.numpy as np

from .. import kernels
from ..masks import as_order
from ..structure import Structure
from ..tape import is_fused
from ..validation import as_context, as_generator, as_rows, matching


class Bijection(Structure):
    """An invertible map between x and u, both of shape (N, dim), perhaps conditioned on `context_dim` numbers.

        init(rng, x=None, dtype=float)             -> params
        x_to_u(params, x, context=None)            -> u, log|det du/dx|         log_det has shape (N,), in nats
        u_to_x(params, u, context=None)            -> x, log|det dx/du|         at the same point the two cancel

    To write a layer of your own, subclass this, set `dim` and define the three; autograd does the rest.
    """

    dim: int
    context_dim = 0
    fusable = False             # whether tinymaf.kernels knows the layer
    keeps_order = False         # whether it works on each variable alone, so that its neighbours' orders meet

    def init(self, rng, x=None, dtype=float):
        """Parameters to start from; a layer without any keeps this default, an empty tree."""
        return ()

    def x_to_u(self, params, x, context=None):
        """From data to noise: `u` (N, D) and `log|det du/dx|` (N,)."""
        raise NotImplementedError

    def u_to_x(self, params, u, context=None):
        """From noise to data: `x` (N, D) and `log|det dx/du|` (N,)."""
        raise NotImplementedError

    @property
    def needs_statistics(self):
        """Whether something in it (batch norm) takes the training set's statistics from `freeze`."""
        return False

    def freeze(self, params, x, context=None):
        """Parameters for evaluation: batch norm's carry the mean and variance of `x`. Others are as they were."""
        return params

    def thaw(self, params):
        """Parameters for training: without the statistics that `freeze` added."""
        return params

    def _checked(self, rows, context, name):
        rows = as_rows(rows, self.dim, name)
        return rows, as_context(context, self.context_dim, rows.shape[0])


class Permute(Bijection):
    """`u_k = x_{order[k]}`: the variables in another order. A permutation moves no volume: log_det is 0.

    >>> Permute([2, 0, 1]).x_to_u((), np.array([[10.0, 11.0, 12.0]]))
    (array([[12., 10., 11.]]), array([0.]))
    """

    def __init__(self, order):
        if isinstance(order, str) or not np.ndim(order):
            raise ValueError(f"Permute takes a permutation such as [2, 0, 1], got {order!r}")
        self.order = as_order(order, len(order))
        self.inverse_order = np.argsort(self.order)         # undoes it; the same as `order` only for involutions
        self.dim = len(self.order)

    def x_to_u(self, params, x, context=None):
        x, _ = self._checked(x, context, "x")
        return x[:, self.order], np.zeros(x.shape[0], x.dtype)

    def u_to_x(self, params, u, context=None):
        u, _ = self._checked(u, context, "u")
        return u[:, self.inverse_order], np.zeros(u.shape[0], u.dtype)


class Inverse(Bijection):
    """The same layer with its directions swapped. Swapped MAF layers make an IAF (Kingma et al. 2016).

    >>> Inverse(Permute([2, 0, 1])).x_to_u((), np.array([[12.0, 10.0, 11.0]]))[0]
    array([[10., 11., 12.]])
    """

    def __init__(self, bijection):
        self.bijection = bijection
        self.dim, self.context_dim = bijection.dim, bijection.context_dim

    def init(self, rng, x=None, dtype=float):
        return self.bijection.init(rng, dtype=dtype)        # data lie on its other side: they cannot initialise it

    def x_to_u(self, params, x, context=None):
        return self.bijection.u_to_x(params, x, context)

    def u_to_x(self, params, u, context=None):
        return self.bijection.x_to_u(params, u, context)

    @property
    def needs_statistics(self):
        return self.bijection.needs_statistics

    def freeze(self, params, x, context=None):
        if self.needs_statistics:
            raise ValueError("batch norm inside Inverse: it would need its statistics to compute them")
        return params


class Chain(Bijection):
    """Layers one after another: the first faces the data, the last the noise; log-determinants add up.

    The parameters are the list of the layers' parameters; the context goes to the layers that take one.
    """

    def __init__(self, layers):
        if isinstance(layers, Bijection):
            raise TypeError("Chain takes a list of layers, got a single one: write Chain([layer])")
        self.layers = list(layers)
        if not self.layers:
            raise ValueError("Chain needs at least one layer, got none")
        dims, contexts = {layer.dim for layer in self.layers}, {layer.context_dim for layer in self.layers} - {0}
        if len(dims) > 1:
            raise ValueError(f"all layers of a Chain must have one dim, got {[layer.dim for layer in self.layers]}")
        if len(contexts) > 1:
            raise ValueError(f"all layers with context must have one context_dim, got {sorted(contexts)}")
        self.dim, self.context_dim = dims.pop(), max(contexts, default=0)
        self.fusable = type(self) is Chain and all(layer.fusable and not isinstance(layer, Chain)
                                                   for layer in self.layers)
        degrees = [(k, _degrees(layer)) for k, layer in enumerate(self.layers) if not layer.keeps_order]
        same = [f"{k} and {j}" for (k, one), (j, two) in zip(degrees, degrees[1:])
                if one is not None and one.max() > 1 and np.array_equal(one, two)]
        if same:
            warnings.warn(f"layers {', '.join(same)} share one order: stacked like this every conditional stays "
                          f"Gaussian, alternate the orders", UserWarning, stacklevel=2)

    def init(self, rng, x=None, dtype=float):
        params, rng = [], as_generator(rng)
        for layer in self.layers:
            params.append(layer.init(rng, x, dtype))
            if x is not None:           # untrained nets return zeros whatever their context is
                x, _ = layer.x_to_u(params[-1], x, np.zeros(layer.context_dim) if layer.context_dim else None)
        return params

    def x_to_u(self, params, x, context=None):
        return self._run(self._paired(params), "x_to_u", x, context)

    def u_to_x(self, params, u, context=None):
        return self._run(self._paired(params)[::-1], "u_to_x", u, context)

    def _paired(self, params):
        return list(zip(self.layers, matching(params, len(self.layers), "layers")))

    @property
    def needs_statistics(self):
        return any(layer.needs_statistics for layer in self.layers)

    def freeze(self, params, x, context=None):
        if not self.needs_statistics:
            return params
        frozen = []
        for layer, p in self._paired(params):
            c = context if layer.context_dim else None
            frozen.append(layer.freeze(p, x, c))
            x, _ = layer.x_to_u(frozen[-1], x, c)
        return frozen

    def thaw(self, params):
        return [layer.thaw(p) for layer, p in self._paired(params)]

    def steps(self, params, x, context=None):
        """`[x, ..., u]`: what x becomes after 0, 1, ..., all layers."""
        steps = [x]
        for layer, p in self._paired(params):
            steps.append(layer.x_to_u(p, steps[-1], context if layer.context_dim else None)[0])
        return steps

    def _run(self, layers, direction, z, context):
        z, context = self._checked(z, context, direction[0])
        if self.fusable and direction == "x_to_u" and is_fused():
            return kernels.stack_x_to_u(self.layers, [p for _, p in layers], z, context)
        total = 0
        for layer, p in layers:
            z, log_det = getattr(layer, direction)(p, z, context if layer.context_dim else None)
            total = total + log_det
        return z, total


def _degrees(layer):
    """The degrees of a layer that has a masked net, None for any other."""
    if isinstance(layer, Inverse):
        return _degrees(layer.bijection)
    return layer.net.degrees if hasattr(layer, "net") and hasattr(layer.net, "degrees") else None
