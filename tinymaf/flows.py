"""The flows that have names: each is a choice of layers, orders and base for `Flow`.

All take `dim`, `n_layers`, `hidden` (widths of every net's hidden layers), `context_dim` (0: unconditional) and
`activation`, and return a `Flow`. Layer 0 faces the data.
"""

from .conditionals import MixtureOfGaussians
from .flow import Flow
from .layers import (
    ActNorm,
    AdditiveCoupling,
    AffineAutoregressive,
    AffineCoupling,
    BatchNorm,
    Chain,
    Inverse,
    LULinear,
    Scale,
    SplineAutoregressive,
    SplineCoupling,
    alternating_mask,
)
from .made import MADE
from .validation import whole_number


def maf(dim, n_layers=5, hidden=(64, 64), orders="reversed", context_dim=0, activation="relu", alpha_bound=5.0,
        batch_norm=False, rng=None):
    """Masked autoregressive flow: `n_layers` Gaussian MADEs, standard normal noise.

    Args beyond those of every flow:
        orders: "reversed" (natural order in the layer that faces the data, then alternating, as in the paper),
            "same", "random" (drawn from `rng`), or a list of one order for each layer.
        alpha_bound: see `Affine`.
        batch_norm: a `BatchNorm` after every layer, as in the paper.
        rng: only for `orders="random"`.

    Source: Papamakarios, Pavlakou, Murray 2017, "Masked Autoregressive Flow for Density Estimation".

    >>> maf(6, n_layers=3).bijection.layers[1].net.degrees
    array([6, 5, 4, 3, 2, 1])
    """
    layers = [AffineAutoregressive(dim, hidden, order, context_dim, activation, alpha_bound)
              for order in layer_orders(orders, dim, n_layers, rng)]
    return Flow(Chain(_with_batch_norm(layers, batch_norm)))


def maf_mog(dim, n_layers=5, hidden=(64, 64), orders="reversed", components=10, context_dim=0, activation="relu",
            alpha_bound=5.0, batch_norm=False, rng=None):
    """MAF whose noise is itself modelled, by a MADE with mixtures of `components` Gaussians: MAF MoG of the paper.

    The MADE takes the next order in turn (with `orders="random"`, one more is drawn). Arguments as for `maf`.
    """
    if isinstance(orders, str):
        *orders, last = layer_orders(orders, dim, n_layers + 1, rng)
    else:
        orders, last = layer_orders(orders, dim, n_layers), "natural"
    flow = maf(dim, n_layers, hidden, orders, context_dim, activation, alpha_bound, batch_norm)
    return Flow(flow.bijection, MADE(dim, hidden, last, MixtureOfGaussians(components, alpha_bound), context_dim,
                                     activation))


def iaf(dim, n_layers=5, hidden=(64, 64), orders="reversed", context_dim=0, activation="relu", alpha_bound=5.0,
        rng=None):
    """Inverse autoregressive flow: MAF's layers with their directions swapped, so mu and alpha see u instead of x.

    Samples in one pass, densities in D. Arguments as for `maf`.
    Source: Kingma et al. 2016, "Improving Variational Inference with Inverse Autoregressive Flow".
    """
    return Flow(Chain([Inverse(AffineAutoregressive(dim, hidden, order, context_dim, activation, alpha_bound))
                       for order in layer_orders(orders, dim, n_layers, rng)]))


def nice(dim, n_layers=4, hidden=(64, 64), context_dim=0, activation="relu"):
    """NICE: additive couplings with alternating masks, and one diagonal scaling next to the noise.

    Source: Dinh, Krueger, Bengio 2015, "NICE: Non-linear Independent Components Estimation".
    """
    layers = [AdditiveCoupling(alternating_mask(dim, k), hidden, context_dim, activation)
              for k in range(whole_number("n_layers", n_layers, 1))]
    return Flow(Chain([*layers, Scale(dim)]))


def realnvp(dim, n_layers=6, hidden=(64, 64), context_dim=0, activation="relu", alpha_bound=5.0,
            scale_activation=None, batch_norm=False):
    """RealNVP: affine couplings with alternating masks, density and samples in one pass each.

    `scale_activation="tanh"` gives alpha a net of its own, as in the MAF paper's experiments; `batch_norm` as for
    `maf`.
    Source: Dinh, Sohl-Dickstein, Bengio 2017, "Density estimation using Real NVP".
    """
    layers = [AffineCoupling(alternating_mask(dim, k), hidden, context_dim, activation, alpha_bound, scale_activation)
              for k in range(whole_number("n_layers", n_layers, 1))]
    return Flow(Chain(_with_batch_norm(layers, batch_norm)))


def glow(dim, n_layers=6, hidden=(64, 64), context_dim=0, activation="relu", alpha_bound=5.0):
    """Glow's step for vectors, `n_layers` times: ActNorm, invertible linear layer, affine coupling.

    `init` with data sets the ActNorms. The mask is the same in every step: the linear layers mix the variables.
    Source: Kingma, Dhariwal 2018, "Glow: Generative Flow with Invertible 1x1 Convolutions".
    """
    steps = [[ActNorm(dim), LULinear(dim),
              AffineCoupling(alternating_mask(dim), hidden, context_dim, activation, alpha_bound)]
             for _ in range(whole_number("n_layers", n_layers, 1))]
    return Flow(Chain([layer for step in steps for layer in step]))


def nsf(dim, n_layers=3, hidden=(64, 64), orders="reversed", bins=8, limit=5.0, coupling=False, context_dim=0,
        activation="relu", rng=None):
    """Neural spline flow: MAF, or with `coupling=True` RealNVP, with splines of `bins` pieces on [-limit, limit].

    Outside the splines are the identity, so standardise the data. `orders` and `rng` as for `maf`.
    Source: Durkan, Bekasov, Murray, Papamakarios 2019, "Neural Spline Flows".
    """
    if coupling:
        return Flow(Chain([SplineCoupling(alternating_mask(dim, k), hidden, context_dim, activation, bins, limit)
                           for k in range(whole_number("n_layers", n_layers, 1))]))
    return Flow(Chain([SplineAutoregressive(dim, hidden, order, context_dim, activation, bins, limit)
                       for order in layer_orders(orders, dim, n_layers, rng)]))


def layer_orders(orders, dim, n_layers, rng=None):
    """One order for each layer from "reversed", "same", "random" or a list of `n_layers` orders."""
    n_layers = whole_number("n_layers", n_layers, 1)
    if not isinstance(orders, str):
        if not isinstance(orders, (list, tuple)):
            raise ValueError(f'orders must be "reversed", "same", "random" or a list, got {orders!r}')
        if len(orders) != n_layers:
            raise ValueError(f"orders must hold one order for each of the {n_layers} layers, got {len(orders)}")
        return list(orders)
    if orders == "random":
        if rng is None:
            raise ValueError('orders="random" needs rng=np.random.default_rng(seed)')
        return [rng.permutation(dim) for _ in range(n_layers)]
    if orders not in ("reversed", "same"):
        raise ValueError(f'orders must be "reversed", "same", "random" or a list, got {orders!r}')
    return ["reversed" if orders == "reversed" and k % 2 else "natural" for k in range(n_layers)]


def _with_batch_norm(layers, wanted):
    return [part for layer in layers for part in ([layer, BatchNorm(layer.dim)] if wanted else [layer])]
