"""Bijections: invertible layers between data x and noise u, each returning its own
log-determinant.
"""

from .autoregressive import AffineAutoregressive, Autoregressive
from .bijection import Bijection
from .compose import Chain, Inverse, Permute
from .coupling import AdditiveCoupling, AffineCoupling, Coupling, alternating_mask
from .linear import LULinear
from .logit import Logit
from .normalisation import ActNorm, BatchNorm, Scale
from .splines import SplineAutoregressive, SplineCoupling
from .standardize import Standardize

__all__ = [
    "ActNorm",
    "AdditiveCoupling",
    "AffineAutoregressive",
    "AffineCoupling",
    "Autoregressive",
    "BatchNorm",
    "Bijection",
    "Chain",
    "Coupling",
    "Inverse",
    "LULinear",
    "Logit",
    "Permute",
    "Scale",
    "SplineAutoregressive",
    "SplineCoupling",
    "Standardize",
    "alternating_mask",
]
