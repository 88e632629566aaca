"""A flow is a bijection and a base density; the flows that have names are choices of layers.

Their functions take `dim`, `n_layers` and `hidden` (widths of every net's hidden layers), and by
keyword `context_dim` (0: unconditional) and `activation`. They return a `Flow`; layer 0 is next to
the data.
"""

import warnings
from collections.abc import Sequence

import autograd.numpy as np
from autograd.tracer import getval

from .conditionals import MixtureOfGaussians
from .definition import defined
from .distributions import Density, StandardNormal, check_draws, check_rows
from .layers import (
    ActNorm,
    AdditiveCoupling,
    AffineAutoregressive,
    AffineCoupling,
    BatchNorm,
    Bijection,
    Chain,
    Inverse,
    LULinear,
    Scale,
    SplineAutoregressive,
    SplineCoupling,
    alternating_mask,
)
from .layers.coupling import never_moved
from .made import MADE
from .masks import as_order
from .parameters import check_params, named_parts
from .trees import dtype_of
from .types import Array, DTypeLike, Order, Params, Rng, Widths
from .validation import an_instance, as_generator, flag, short, whole_number


class Flow(Density):
    """The density of `x = f(u)` with `u ~ base`, by the change of variables.

        log p(x | context) = log p_u(u | context) + log|det du/dx|
        u, log|det du/dx|  = bijection.x_to_u(x, context)

    Its parameters are `{"bijection": ..., "base": ...}`. The context goes to those of the two that
    take one.

    Args:
        bijection: the map between x and u.
        base: the density of u; `StandardNormal` by default.

    >>> from tinymaf import AffineAutoregressive
    >>> flow = Flow(AffineAutoregressive(2, hidden=(8,)))
    >>> params = flow.init(np.random.default_rng(0))
    >>> flow.sample(params, np.random.default_rng(1), 4).shape
    (4, 2)
    """

    learning_rate = 1e-4

    def __init__(self, bijection: Bijection, base: Density | None = None):
        self.bijection = an_instance("bijection", bijection, Bijection)
        self.dim = bijection.dim
        self.base = StandardNormal(self.dim) if base is None else base
        an_instance("base", self.base, Density)
        ours, theirs = bijection.context_dim, self.base.context_dim
        if self.base.dim != self.dim:
            raise ValueError(
                f"the base must have dim {self.dim} like the bijection, got {self.base.dim}"
            )
        if ours and theirs and ours != theirs:
            raise ValueError(
                f"base and bijection must have one context_dim, got {theirs} and {ours}"
            )
        if self.base.needs_statistics:
            raise ValueError(
                "batch norm in the base: put it into the bijection, where the data's statistics "
                "are known"
            )
        self.context_dim = max(ours, theirs)
        stays = never_moved(bijection) if isinstance(self.base, StandardNormal) else []
        if stays:
            warnings.warn(
                f"variables {short(stays, 60)} are moved by no coupling and stay Gaussian: add a "
                f"layer with the opposite mask",
                UserWarning,
                stacklevel=2,
            )

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        rng = as_generator(rng)
        params = {"bijection": self.bijection.init(rng, x, dtype)}
        return {**params, "base": self.base.init(rng, None, dtype)}

    def fits(self, params, dtype, at=()):
        bijection, base = named_parts(params, ("bijection", "base"), at)
        self.bijection.fits(bijection, dtype, (*at, "bijection"))
        self.base.fits(base, dtype, (*at, "base"))

    def log_prob(self, params: Params, x: Array, context: Array | None = None) -> Array:
        u, log_det = self._x_to_u(params, x, context)
        return self._base_log_prob(params, u, context) + log_det

    def _to_noise(self, params: Params, x: Array, context: Array | None = None) -> Array:
        """`u` (N, D): what each x was made from. After a good fit it looks drawn from the base."""
        return self._x_to_u(params, x, context)[0]

    to_noise = defined(_to_noise, check_rows)

    def sample(self, params: Params, rng: Rng, n: int, context: Array | None = None) -> Array:
        return self._draw(params, rng, n, context)[1]

    def _sample_and_log_prob(
        self, params: Params, rng: Rng, n: int, context: Array | None = None
    ) -> tuple[Array, Array]:
        """`n` draws (n, D) and their log-density (n,), without a second pass through the
        bijection.
        """
        u, x, log_det = self._draw(params, rng, n, context)
        return x, self._base_log_prob(params, u, context) - log_det

    sample_and_log_prob = defined(_sample_and_log_prob, check_draws)

    def _x_to_u(self, params, x, context):
        context = context if self.bijection.context_dim else None
        return self.bijection.x_to_u(params["bijection"], x, context)

    def _draw(self, params, rng, n, context):
        u = self.base.sample(params["base"], rng, n, context if self.base.context_dim else None)
        u = u.astype(dtype_of(params), copy=False)
        context = context if self.bijection.context_dim else None
        return u, *self.bijection.u_to_x(params["bijection"], u, context)

    def _base_log_prob(self, params, u, context):
        """`log p_u(u)`, but NaN where runaway parameters have made u infinite or NaN: that is not
        the caller's mistake.
        """
        context = context if self.base.context_dim else None
        fine = np.isfinite(getval(u)).all(axis=1)
        if fine.all():
            return self.base.log_prob(params["base"], u, context)
        log_prob = self.base.log_prob(params["base"], np.where(fine[:, None], u, 0), context)
        return np.where(fine, log_prob, np.nan)

    @property
    def needs_statistics(self) -> bool:
        return self.bijection.needs_statistics

    def freeze(self, params: Params, x: Array, context: Array | None = None) -> Params:
        if not self.needs_statistics:
            return check_params(self, params)
        params, x, context = check_rows(self, params, x, context)
        context = context if self.bijection.context_dim else None
        return {**params, "bijection": self.bijection.freeze(params["bijection"], x, context)}

    def thaw(self, params: Params) -> Params:
        check_params(self, params)
        return {**params, "bijection": self.bijection.thaw(params["bijection"])}


def maf(
    dim: int,
    n_layers: int = 5,
    hidden: Widths = (64, 64),
    *,
    orders: str | Sequence[Order] = "reversed",
    context_dim: int = 0,
    activation: str = "relu",
    alpha_bound: float | None = 5.0,
    batch_norm: bool = False,
    rng: Rng | None = None,
) -> Flow:
    """Masked autoregressive flow: `n_layers` Gaussian MADEs, standard normal noise.

    Args beyond those of every flow:
        orders: "reversed" (natural in the layer next to the data, then alternating, as in the
            paper), "same", "random" (drawn from `rng`), or a list with one order for each layer.
        alpha_bound: alpha stays within +-alpha_bound; None for the paper's unbounded exp(alpha).
        batch_norm: a `BatchNorm` after every layer, as in the paper.
        rng: only for `orders="random"`.

    Source: Papamakarios, Pavlakou, Murray 2017, "Masked Autoregressive Flow for Density
    Estimation".

    >>> maf(6, n_layers=3).bijection.layers[1].net.degrees
    array([6, 5, 4, 3, 2, 1])
    """
    _say_if_gaussian(dim, context_dim)
    layers = _affine_layers(
        layer_orders(orders, dim, n_layers, rng),
        dim,
        hidden,
        context_dim=context_dim,
        activation=activation,
        alpha_bound=alpha_bound,
    )
    return Flow(Chain(_with_batch_norm(layers, batch_norm)))


def maf_mog(
    dim: int,
    n_layers: int = 5,
    hidden: Widths = (64, 64),
    *,
    orders: str | Sequence[Order] = "reversed",
    components: int = 10,
    context_dim: int = 0,
    activation: str = "relu",
    alpha_bound: float | None = 5.0,
    batch_norm: bool = False,
    rng: Rng | None = None,
) -> Flow:
    """The paper's MAF MoG: a MAF whose base is a MADE with mixtures of `components` Gaussians.

    The MADE takes the next order in turn (with `orders="random"`, one more is drawn). Other
    arguments as for `maf`.
    """
    n_layers = whole_number("n_layers", n_layers, 1)
    if isinstance(orders, str):
        *orders, last = layer_orders(orders, dim, n_layers + 1, rng)
    else:
        orders, last = layer_orders(orders, dim, n_layers), "natural"
    options = {"context_dim": context_dim, "activation": activation}
    layers = _affine_layers(orders, dim, hidden, alpha_bound=alpha_bound, **options)
    mixture = MixtureOfGaussians(components, alpha_bound=alpha_bound)
    base = MADE(dim, hidden, order=last, conditional=mixture, **options)
    return Flow(Chain(_with_batch_norm(layers, batch_norm)), base)


def iaf(
    dim: int,
    n_layers: int = 5,
    hidden: Widths = (64, 64),
    *,
    orders: str | Sequence[Order] = "reversed",
    context_dim: int = 0,
    activation: str = "relu",
    alpha_bound: float | None = 5.0,
    rng: Rng | None = None,
) -> Flow:
    """Inverse autoregressive flow: MAF's layers with their directions swapped, so mu and alpha see
    u instead of x.

    In each layer a sample takes one pass, a density D. Arguments as for `maf`.
    Source: Kingma et al. 2016, "Improving Variational Inference with Inverse Autoregressive Flow".
    """
    _say_if_gaussian(dim, context_dim)
    layers = _affine_layers(
        layer_orders(orders, dim, n_layers, rng),
        dim,
        hidden,
        context_dim=context_dim,
        activation=activation,
        alpha_bound=alpha_bound,
    )
    return Flow(Chain([Inverse(layer) for layer in layers]))


def nice(
    dim: int,
    n_layers: int = 4,
    hidden: Widths = (64, 64),
    *,
    context_dim: int = 0,
    activation: str = "relu",
) -> Flow:
    """NICE: additive couplings with alternating masks, and one diagonal scaling next to the noise.

    Source: Dinh, Krueger, Bengio 2015, "NICE: Non-linear Independent Components Estimation".
    """
    _say_if_gaussian(dim, context_dim)
    layers = [
        AdditiveCoupling(
            alternating_mask(dim, k), hidden, context_dim=context_dim, activation=activation
        )
        for k in range(whole_number("n_layers", n_layers, 1))
    ]
    return Flow(Chain([*layers, Scale(dim)]))


def realnvp(
    dim: int,
    n_layers: int = 6,
    hidden: Widths = (64, 64),
    *,
    context_dim: int = 0,
    activation: str = "relu",
    alpha_bound: float | None = 5.0,
    scale_activation: str | None = None,
    batch_norm: bool = False,
) -> Flow:
    """RealNVP: affine couplings with alternating masks, one pass a layer in both directions.

    `scale_activation="tanh"` gives alpha a net of its own, as in the MAF paper's experiments;
    `alpha_bound` and `batch_norm` as for `maf`.
    Source: Dinh, Sohl-Dickstein, Bengio 2017, "Density estimation using Real NVP".
    """
    _say_if_gaussian(dim, context_dim)
    layers = [
        AffineCoupling(
            alternating_mask(dim, k),
            hidden,
            context_dim=context_dim,
            activation=activation,
            alpha_bound=alpha_bound,
            scale_activation=scale_activation,
        )
        for k in range(whole_number("n_layers", n_layers, 1))
    ]
    return Flow(Chain(_with_batch_norm(layers, batch_norm)))


def glow(
    dim: int,
    n_layers: int = 6,
    hidden: Widths = (64, 64),
    *,
    context_dim: int = 0,
    activation: str = "relu",
    alpha_bound: float | None = 5.0,
) -> Flow:
    """Glow's step for vectors, `n_layers` times: ActNorm, invertible linear layer, affine coupling.

    `init` with data sets the ActNorms. The mask is the same in every step, because the linear
    layers mix the variables.
    Source: Kingma, Dhariwal 2018, "Glow: Generative Flow with Invertible 1x1 Convolutions".
    """
    _say_if_gaussian(dim, context_dim)
    layers = []
    for _ in range(whole_number("n_layers", n_layers, 1)):
        coupling = AffineCoupling(
            alternating_mask(dim),
            hidden,
            context_dim=context_dim,
            activation=activation,
            alpha_bound=alpha_bound,
        )
        layers += [ActNorm(dim), LULinear(dim), coupling]
    return Flow(Chain(layers))


def nsf(
    dim: int,
    n_layers: int = 3,
    hidden: Widths = (64, 64),
    *,
    orders: str | Sequence[Order] = "reversed",
    bins: int = 8,
    limit: float = 5.0,
    coupling: bool = False,
    context_dim: int = 0,
    activation: str = "relu",
    rng: Rng | None = None,
) -> Flow:
    """Neural spline flow: MAF, or with `coupling=True` RealNVP, with splines of `bins` pieces on
    [-limit, limit].

    Outside, the splines are the identity, so standardise the data. `orders` and `rng` as for `maf`.
    Source: Durkan, Bekasov, Murray, Papamakarios 2019, "Neural Spline Flows".
    """
    options = {"context_dim": context_dim, "activation": activation, "bins": bins, "limit": limit}
    if flag("coupling", coupling):
        masks = [alternating_mask(dim, k) for k in range(whole_number("n_layers", n_layers, 1))]
        return Flow(Chain([SplineCoupling(mask, hidden, **options) for mask in masks]))
    orders = layer_orders(orders, dim, n_layers, rng)
    return Flow(Chain([SplineAutoregressive(dim, hidden, order=o, **options) for o in orders]))


def _say_if_gaussian(dim, context_dim):
    """A UserWarning for affine layers on one variable, which leave a Gaussian a Gaussian."""
    if type(dim) is type(context_dim) is int and (dim, context_dim) == (1, 0):
        warnings.warn(
            "affine layers on one variable make nothing but a Gaussian: take maf_mog(1) or nsf(1)",
            UserWarning,
            stacklevel=3,
        )


def layer_orders(orders, dim, n_layers, rng=None):
    """One order for each layer from "reversed", "same", "random" or a list of `n_layers` orders."""
    n_layers = whole_number("n_layers", n_layers, 1)
    dim, rng = whole_number("dim", dim, 1), rng if rng is None else as_generator(rng)
    if not isinstance(orders, str):
        if not isinstance(orders, (list, tuple)):
            raise ValueError(
                f'orders must be "reversed", "same", "random" or a list, got {short(orders)}'
            )
        if len(orders) != n_layers:
            raise ValueError(
                f"orders must hold one order for each of the {n_layers} layers, got {len(orders)}"
            )
        return [as_order(order, dim, f"orders[{k}]") for k, order in enumerate(orders)]
    if orders == "random":
        if rng is None:
            raise ValueError('orders="random" needs rng=np.random.default_rng(seed)')
        return [rng.permutation(dim) for _ in range(n_layers)]
    if orders not in ("reversed", "same"):
        raise ValueError(
            f'orders must be "reversed", "same", "random" or a list, got {short(orders)}'
        )
    return ["reversed" if orders == "reversed" and k % 2 else "natural" for k in range(n_layers)]


def _affine_layers(orders, dim, hidden, **options):
    return [AffineAutoregressive(dim, hidden, order=order, **options) for order in orders]


def _with_batch_norm(layers, wanted):
    return [
        part
        for layer in layers
        for part in ([layer, BatchNorm(layer.dim)] if flag("batch_norm", wanted) else [layer])
    ]
