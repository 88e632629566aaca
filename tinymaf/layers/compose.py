"""Three ways of making new bijections from old ones: permute, invert, chain."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import autograd.numpy as np

from ..masks import as_order
from ..parameters import parts_of
from ..types import Array, DTypeLike, Params, Rng
from ..validation import an_instance, as_generator, short, whole_numbers
from .bijection import Bijection, check_x


class Permute(Bijection):
    """`u_k = x_{order[k]}`: the variables in another order. It moves no volume: log_det is 0.

    >>> Permute([2, 0, 1]).x_to_u((), np.array([[10.0, 11.0, 12.0]]))
    (array([[12., 10., 11.]]), array([0.]))
    """

    def __init__(self, order: Sequence[int] | Array):
        self.order = as_order(order, len(whole_numbers("order", order)))
        self.inverse_order = np.argsort(self.order)  # the same as `order` only for involutions
        self.dim = len(self.order)

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        return x[:, self.order], np.zeros(x.shape[0], x.dtype)

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        return u[:, self.inverse_order], np.zeros(u.shape[0], u.dtype)


class Inverse(Bijection):
    """The same layer with its directions swapped. Swapped MAF layers make an IAF (Kingma et al.
    2016).

    >>> Inverse(Permute([2, 0, 1])).x_to_u((), np.array([[12.0, 10.0, 11.0]]))[0]
    array([[10., 11., 12.]])
    """

    def __init__(self, bijection: Bijection):
        self.bijection = an_instance("bijection", bijection, Bijection)
        self.dim, self.context_dim = bijection.dim, bijection.context_dim

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        # The data are on its other side, and cannot initialise it.
        return self.bijection.init(rng, dtype=dtype)

    def fits(self, params, dtype, at=()):
        self.bijection.fits(params, dtype, at)

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        return self.bijection.u_to_x(params, x, context)

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        return self.bijection.x_to_u(params, u, context)

    @property
    def needs_statistics(self) -> bool:
        return self.bijection.needs_statistics

    def freeze(self, params: Params, x: Array, context: Array | None = None) -> Params:
        if self.needs_statistics:
            raise ValueError(
                "batch norm inside Inverse: it would need its statistics to compute them"
            )
        return params


class Chain(Bijection):
    """Layers one after another, from the data to the noise; their log-determinants add up.

    The parameters are a list of the layers' parameters; the context goes to the layers that take
    one.
    """

    def __init__(self, layers: Iterable[Bijection]):
        if isinstance(layers, Bijection):
            raise TypeError(
                "layers must be a list of layers, got a single one: write Chain([layer])"
            )
        if isinstance(layers, (str, bytes, type, np.ndarray)) or not isinstance(layers, Iterable):
            raise TypeError(f"layers must be a list of layers, got {short(layers)}")
        self.layers = [an_instance("each of layers", layer, Bijection) for layer in layers]
        if not self.layers:
            raise ValueError("layers must hold at least one layer, got none")
        dims = [layer.dim for layer in self.layers]
        if len(set(dims)) > 1:
            raise ValueError(f"all layers must have one dim, got {dims}")
        contexts = {layer.context_dim for layer in self.layers} - {0}
        if len(contexts) > 1:
            raise ValueError(
                f"all layers with context must have one context_dim, got {sorted(contexts)}"
            )
        self.dim, self.context_dim = dims[0], max(contexts, default=0)
        same = _neighbours_of_one_order(self.layers)
        if same:
            warnings.warn(
                f"layers {', '.join(same)} share one order: stacked like this every conditional "
                f"stays Gaussian, alternate the orders",
                UserWarning,
                stacklevel=2,
            )

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        params, rng = [], as_generator(rng)
        for layer in self.layers:
            params.append(layer.init(rng, x, dtype))
            if x is not None:  # untrained nets return zeros, whatever their context
                context = np.zeros(layer.context_dim) if layer.context_dim else None
                x, _ = layer.x_to_u(params[-1], x, context)
        return params

    def fits(self, params, dtype, at=()):
        layers = parts_of(params, len(self.layers), at, "layers")
        for k, (layer, p) in enumerate(zip(self.layers, layers)):
            layer.fits(p, dtype, (*at, k))

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        total: Any = 0
        for layer, p in self._paired(params):
            x, log_det = layer.x_to_u(p, x, context if layer.context_dim else None)
            total = total + log_det
        return x, total

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        total: Any = 0
        for layer, p in reversed(self._paired(params)):
            u, log_det = layer.u_to_x(p, u, context if layer.context_dim else None)
            total = total + log_det
        return u, total

    def steps(self, params: Params, x: Array, context: Array | None = None) -> list[Array]:
        """`[x, ..., u]`: what x is after 0, 1, ..., all layers."""
        params, x, context = check_x(self, params, x, context)
        steps = [x]
        for layer, p in self._paired(params):
            steps.append(layer.x_to_u(p, steps[-1], context if layer.context_dim else None)[0])
        return steps

    def _paired(self, params):
        return list(zip(self.layers, params))

    @property
    def needs_statistics(self) -> bool:
        return any(layer.needs_statistics for layer in self.layers)

    def freeze(self, params: Params, x: Array, context: Array | None = None) -> Params:
        if not self.needs_statistics:
            return params
        params, x, context = check_x(self, params, x, context)
        frozen = []
        for layer, p in self._paired(params):
            c = context if layer.context_dim else None
            frozen.append(layer.freeze(p, x, c))
            x, _ = layer.x_to_u(frozen[-1], x, c)
        return frozen

    def thaw(self, params: Params) -> Params:
        return [layer.thaw(p) for layer, p in self._paired(params)]


def _neighbours_of_one_order(layers):
    """`["0 and 1", ...]`: which neighbours have one order; layers that keep it do not part them."""
    degrees = [(k, _degrees(layer)) for k, layer in enumerate(layers) if not layer.keeps_order]
    return [
        f"{k} and {j}"
        for (k, one), (j, two) in zip(degrees, degrees[1:])
        if one is not None and one.max() > 1 and np.array_equal(one, two)
    ]


def _degrees(layer):
    """The degrees of a layer that has a masked net, None for any other."""
    if isinstance(layer, Inverse):
        return _degrees(layer.bijection)
    return getattr(getattr(layer, "net", None), "degrees", None)
