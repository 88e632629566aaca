"""Every layer and flow of the library, once: a new one joins all the tests of test_battery.py by a
line here.

Each entry is a function (dim, context_dim) -> Bijection or Flow. Hidden widths are small, and with
dim=43 narrower than dim - 1; the orders of the autoregressive ones are not their own inverses.
"""

import numpy as np

import tinymaf as t

H = (12, 12)


def order(dim):
    """A permutation without symmetry; for dim = 3 a 3-cycle."""
    return np.roll(np.arange(dim), 1) if dim < 8 else np.random.default_rng(dim).permutation(dim)


def stays(dim):
    """A coupling mask without a pattern: all but every third variable."""
    return np.arange(dim) % 3 != 0


LAYERS = {
    "affine autoregressive": lambda D, C: t.AffineAutoregressive(
        D, H, order=order(D), context_dim=C
    ),
    "affine autoregressive, tanh, one layer": lambda D, C: t.AffineAutoregressive(
        D, (9,), order="reversed", context_dim=C, activation="tanh"
    ),
    "affine autoregressive, linear": lambda D, C: t.AffineAutoregressive(
        D, (), order="natural", context_dim=C
    ),
    "affine autoregressive, two degrees": lambda D, C: t.AffineAutoregressive(
        D, H, context_dim=C, degrees=2 - stays(D)
    ),
    "affine autoregressive, random masks": lambda D, C: t.AffineAutoregressive(
        D, (60, 60), order=order(D), context_dim=C, mask_seed=1
    ),
    "inverse": lambda D, C: t.Inverse(t.AffineAutoregressive(D, H, order=order(D), context_dim=C)),
    "affine coupling": lambda D, C: t.AffineCoupling(stays(D), H, context_dim=C),
    "affine coupling, two nets": lambda D, C: t.AffineCoupling(
        ~stays(D), H, context_dim=C, scale_activation="tanh"
    ),
    "additive coupling": lambda D, C: t.AdditiveCoupling(stays(D), H, context_dim=C),
    "spline autoregressive": lambda D, C: t.SplineAutoregressive(
        D, H, order=order(D), context_dim=C, bins=5, limit=2.5
    ),
    "spline coupling": lambda D, C: t.SplineCoupling(stays(D), H, context_dim=C, bins=5, limit=2.5),
    "permute": lambda D, C: t.Permute(order(D)),
    "scale": lambda D, C: t.Scale(D),
    "actnorm": lambda D, C: t.ActNorm(D),
    "standardize": lambda D, C: t.Standardize(D),
    "standardize, robust": lambda D, C: t.Standardize(D, robust=True),
    "batch norm": lambda D, C: t.BatchNorm(D),
    "LU linear": lambda D, C: t.LULinear(D, order=order(D)),
    "logit": lambda D, C: t.Logit(D, a=0.01),
}

FLOWS = {
    "maf": lambda D, C: t.maf(D, 3, H, context_dim=C),
    "maf, random orders, batch norm": lambda D, C: t.maf(
        D, 2, H, orders="random", context_dim=C, batch_norm=True, rng=np.random.default_rng(5)
    ),
    "maf, unbounded": lambda D, C: t.maf(D, 2, H, context_dim=C, alpha_bound=None),
    "maf_mog": lambda D, C: t.maf_mog(D, 2, H, components=3, context_dim=C),
    "iaf": lambda D, C: t.iaf(D, 2, H, context_dim=C),
    "nice": lambda D, C: t.nice(D, 3, H, context_dim=C),
    "realnvp": lambda D, C: t.realnvp(
        D, 3, H, context_dim=C, scale_activation="tanh", batch_norm=True
    ),
    "glow": lambda D, C: t.glow(D, 3, H, context_dim=C),
    "nsf": lambda D, C: t.nsf(D, 2, H, bins=5, context_dim=C),
    "nsf, coupling": lambda D, C: t.nsf(D, 3, H, bins=5, coupling=True, context_dim=C),
}

DENSITIES = {
    "made": lambda D, C: t.MADE(D, H, order=order(D), context_dim=C),
    "made, mixtures": lambda D, C: t.MADE(
        D, H, order=order(D), conditional=t.MixtureOfGaussians(3), context_dim=C
    ),
    "made, mixtures, unbounded": lambda D, C: t.MADE(
        D, (), order=order(D), conditional=t.MixtureOfGaussians(2, None), context_dim=C
    ),
    "order ensemble": lambda D, C: t.OrderEnsemble(D, 3, (40,), context_dim=C),
    "standard normal": lambda D, C: t.StandardNormal(D),
}

BINARY = {  # their x are zeros and ones
    "made, Bernoulli": lambda D, C: t.MADE(
        D, H, order=order(D), conditional=t.Bernoulli(), context_dim=C, activation="tanh"
    ),
    "order ensemble, Bernoulli": lambda D, C: t.OrderEnsemble(
        D, 3, (40,), conditional=t.Bernoulli(), context_dim=C
    ),
}
