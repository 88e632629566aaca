"""Standardising inside of `fit`: a density of standardised data, written as a density of data."""

import autograd.numpy as np

from ..conditionals import Bernoulli
from ..distributions import Density
from ..engine.objective import loss_and_gradient
from ..layers import ActNorm, Standardize
from ..parameters import check_part, named_parts
from ..structure import Structure
from ..trees import leaves
from ..types import Array, DTypeLike, Params, Rng
from ..validation import short


class Standardized(Density):
    """`log p(x | c) = log p_z((x - m) / s | (c - m') / s') - sum_i log s_i`, from a density of z.

    Its parameters are `{"statistics": {"x": ..., "context": ...}, "density": ...}`; the first are
    those of `Standardize`, which no training moves, and `init` takes them from data.

    Args:
        density: any density of real numbers, conditional or not.
        robust: see `Standardize`.

    >>> from tinymaf import MADE
    >>> x = np.array([[1e4], [1.2e4], [1.7e4]])
    >>> density = Standardized(MADE(1, ()))
    >>> params = density.init(np.random.default_rng(0), x)
    >>> density.log_prob(params, x).round(3)
    array([-9.426, -8.964, -9.83 ])
    """

    def __init__(self, density: Density, *, robust: bool = False):
        if is_binary(density):
            raise ValueError(
                "standardize is for real numbers: a Bernoulli density takes zeros and ones"
            )
        self.density, self.robust = density, robust
        self.dim, self.context_dim = density.dim, density.context_dim
        self.learning_rate = density.learning_rate
        self.layer = Standardize(self.dim, robust=robust)
        self.of_context = Standardize(self.context_dim, robust=robust) if self.context_dim else None

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        statistics = self.statistics(x, None, dtype)
        z = None if x is None else self._z(statistics, x)
        return {"statistics": statistics, "density": self.density.init(rng, z, dtype)}

    def fits(self, params, dtype, at=()):
        statistics, inner = named_parts(params, ("statistics", "density"), at)
        layers = {"x": self.layer, "context": self.of_context}
        known = {name: layer for name, layer in layers.items() if layer is not None}
        for name, part in zip(known, named_parts(statistics, known, (*at, "statistics"))):
            known[name].fits({"statistics": part}, dtype, (*at, "statistics", name))
        check_part(self.density, inner, dtype, (*at, "density"))

    def statistics(self, x, context, dtype):
        """What lies under that key; without data that of the identity."""
        pairs = ("x", self.layer, x), ("context", self.of_context, context)
        nothing = np.random.default_rng(0)  # nothing is drawn
        return {name: part.init(nothing, a, dtype)["statistics"] for name, part, a in pairs if part}

    def _z(self, statistics, x):
        return self.layer.x_to_u({"statistics": statistics["x"]}, x)[0]

    def inner(self, params, x, context):
        """`(z, context)` as the inner density takes them, and `log|det dz/dx|`."""
        of, z = params["statistics"], x
        if x is not None:
            z = self._z(of, x)
        if context is not None and self.of_context is not None:
            context = self.of_context.x_to_u({"statistics": of["context"]}, context)[0]
        return z, context, -np.sum(of["x"]["log_scale"])

    def log_prob(self, params: Params, x: Array, context: Array | None = None) -> Array:
        z, context, log_det = self.inner(params, x, context)
        return self.density.log_prob(params["density"], z, context) + log_det

    def objective(self, params: Params, x: Array, context: Array | None, rng: Rng) -> Array:
        z, context, log_det = self.inner(params, x, context)
        return self.density.objective(params["density"], z, context, rng) + log_det

    def score(self, params: Params, x: Array, context: Array | None = None) -> Array:
        z, context, log_det = self.inner(params, x, context)
        return self.density.score(params["density"], z, context) + log_det

    def sample(self, params: Params, rng: Rng, n: int, context: Array | None = None) -> Array:
        context = self.inner(params, None, context)[1]
        z = self.density.sample(params["density"], rng, n, context)
        return self.layer.u_to_x({"statistics": params["statistics"]["x"]}, z)[0]

    @property
    def needs_statistics(self) -> bool:
        return self.density.needs_statistics

    def freeze(self, params: Params, x: Array, context: Array | None = None) -> Params:
        z, context, _ = self.inner(params, x, context)
        return {**params, "density": self.density.freeze(params["density"], z, context)}

    def thaw(self, params: Params) -> Params:
        return {**params, "density": self.density.thaw(params["density"])}


class StandardizedLoss:
    """The loss of a `Standardized` by that of its inner density, which may need no tape."""

    def __init__(self, density, params, flat, grads):
        n = sum(a.size for a in leaves(params["statistics"]))  # they come first
        self.density, self.params = density, params
        self.loss = loss_and_gradient(density.density, params["density"], flat[n:], grads[n:])

    def __call__(self, x, context, rng, weight=None):
        z, context, log_det = self.density.inner(self.params, x, context)
        return self.loss(z, context, rng, weight) - float(log_det)


def a_way_to_standardize(value):
    """`value`: True, False or "robust"; otherwise a ValueError."""
    if isinstance(value, bool) or isinstance(value, str) and value == "robust":
        return value
    raise ValueError(f'standardize must be True, False or "robust", got {short(value)}')


def standardized(density, standardize, params, x, context, rng):
    """`(density, params)` to begin with: the density of data, and statistics of x and context.

    `params` are None, those of an earlier fit, statistics included, or the inner density's.
    """
    if not isinstance(density, Standardized):
        density = Standardized(density, robust=standardize == "robust")
    if params is None:
        statistics = density.statistics(x, context, x.dtype)
        params = density.density.init(rng, density._z(statistics, x), x.dtype)
    elif isinstance(params, dict) and set(params) == {"statistics", "density"}:
        statistics, params = params["statistics"], params["density"]
    else:
        statistics = density.statistics(x, context, x.dtype)
    return density, {"statistics": statistics, "density": density.density.thaw(params)}


def parts(structure):
    """A density and all that it is made of."""
    if isinstance(structure, Structure):
        yield structure
        for value in structure.arguments.values():
            yield from parts(value)
    elif isinstance(structure, (list, tuple)):
        for value in structure:
            yield from parts(value)


def is_binary(density):
    """Whether its x are zeros and ones."""
    likelihood = getattr(density, "likelihood", None)
    return likelihood == "bernoulli" or any(isinstance(p, Bernoulli) for p in parts(density))


def scales_itself(density):
    """Whether it begins with what takes the data's scale."""
    return any(isinstance(p, (ActNorm, Standardize, Standardized)) for p in parts(density))
