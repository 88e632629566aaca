"""The Gaussian of the papers' tables: its mean and covariance are those of the rows."""

import numpy as np

from tinymaf import Density


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
