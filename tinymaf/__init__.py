"""tinymaf: masked autoregressive flows from scratch, in NumPy and autograd.

Everything is built on two protocols (see `Density` and `Bijection`) and explicit parameters:

>>> import numpy as np
>>> from tinymaf import maf
>>> rng = np.random.default_rng(0)
>>> flow = maf(dim=2, n_layers=5)
>>> params = flow.init(rng)
>>> flow.log_prob(params, np.zeros((1, 2))).round(6)        # untrained: a standard normal
array([-1.837877])
"""

from .conditionals import Bernoulli, Gaussian, MixtureOfGaussians
from .distributions import Density, StandardNormal
from .elementwise import Additive, Affine, RationalQuadratic
from .flows import Flow, glow, iaf, maf, maf_mog, nice, nsf, realnvp
from .layers import (
    ActNorm,
    AdditiveCoupling,
    AffineAutoregressive,
    AffineCoupling,
    Autoregressive,
    BatchNorm,
    Bijection,
    Chain,
    Coupling,
    Inverse,
    Logit,
    LULinear,
    Permute,
    Scale,
    SplineAutoregressive,
    SplineCoupling,
    Standardize,
    alternating_mask,
)
from .made import MADE, OrderEnsemble
from .saving import load, save
from .training import Adam, Fit, Trainer, fit
from .vae import VAE
from .variational import fit_reverse_kl

__version__ = "0.1.0"

__all__ = [
    "ActNorm",
    "Adam",
    "Additive",
    "AdditiveCoupling",
    "Affine",
    "AffineAutoregressive",
    "AffineCoupling",
    "Autoregressive",
    "BatchNorm",
    "Bernoulli",
    "Bijection",
    "Chain",
    "Coupling",
    "Density",
    "Fit",
    "Flow",
    "Gaussian",
    "Inverse",
    "LULinear",
    "Logit",
    "MADE",
    "MixtureOfGaussians",
    "OrderEnsemble",
    "Permute",
    "RationalQuadratic",
    "Scale",
    "SplineAutoregressive",
    "SplineCoupling",
    "StandardNormal",
    "Standardize",
    "Trainer",
    "VAE",
    "alternating_mask",
    "fit",
    "fit_reverse_kl",
    "glow",
    "iaf",
    "load",
    "maf",
    "maf_mog",
    "nice",
    "nsf",
    "realnvp",
    "save",
]

from . import engine  # noqa: E402, F401, I001     last: no definition knows of it
