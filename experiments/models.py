"""The densities of the tables by name; two of them are baselines that are not trained."""

import numpy as np

from tinymaf import (
    MADE,
    Bernoulli,
    Density,
    MixtureOfGaussians,
    OrderEnsemble,
    maf,
    maf_mog,
    nsf,
    realnvp,
)

BASELINES = ("gaussian", "bernoulli")


def build(row, dim, classes=0, binary=False):
    """The `Density` of a row, for data of dimension `dim`, with `classes` labels as its context."""
    net = {"hidden": row.hidden, "activation": row.activation, "context_dim": classes}
    if row.model == "made" and row.members > 1:
        return OrderEnsemble(dim, row.members, conditional=Bernoulli() if binary else None, **net)
    if row.model == "made":
        order = (
            "natural" if row.order is None else np.random.default_rng(row.order).permutation(dim)
        )
        return MADE(dim, order=order, conditional=Bernoulli() if binary else None, **net)
    if row.model == "made_mog":
        return MADE(dim, conditional=MixtureOfGaussians(row.components), **net)
    if row.model == "maf":
        return maf(dim, row.depth, batch_norm=row.batch_norm, **net)
    if row.model == "maf_mog":
        return maf_mog(dim, row.depth, components=row.components, batch_norm=row.batch_norm, **net)
    if row.model == "realnvp":  # as in the paper: tanh in the scale net, ReLU in the shift net
        return realnvp(dim, row.depth, scale_activation="tanh", batch_norm=row.batch_norm, **net)
    if row.model == "nsf":
        return nsf(dim, row.depth, **net)
    raise ValueError(f"no model is called {row.model!r}")


class FullGaussian(Density):
    """A full-covariance Gaussian, fitted in one step."""

    def __init__(self, dim):
        self.dim = dim

    def init(self, rng, x=None, dtype=float):
        mean = x.mean(axis=0)
        return {"mean": mean, "factor": np.linalg.cholesky(np.cov(x.T, bias=True))}

    def log_prob(self, params, x, context=None):
        z = np.linalg.solve(params["factor"], (x - params["mean"]).T)
        log_det = np.log(np.diag(params["factor"])).sum()
        return -0.5 * (z * z).sum(axis=0) - log_det - 0.5 * self.dim * np.log(2 * np.pi)


class IndependentBernoulli(Density):
    """Independent Bernoulli variables with one success and one failure added to the counts."""

    def __init__(self, dim):
        self.dim = dim

    def init(self, rng, x=None, dtype=float):
        return {"p": (x.sum(axis=0) + 1) / (len(x) + 2)}

    def log_prob(self, params, x, context=None):
        return x @ np.log(params["p"]) + (1 - x) @ np.log1p(-params["p"])


def baseline(row, train):
    """`(density, params)` of a model that is fitted by counting."""
    density = (FullGaussian if row.model == "gaussian" else IndependentBernoulli)(train.shape[1])
    return density, density.init(None, np.asarray(train, np.float64))
