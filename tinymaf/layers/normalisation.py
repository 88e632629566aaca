"""Layers that scale each variable on its own: Scale, ActNorm, batch norm."""

import autograd.numpy as np
from autograd.tracer import getval

from ..parameters import check_leaf, named_parts
from ..structure import will_hold
from ..types import Array, DTypeLike, Params, Rng
from ..validation import at_least_zero, whole_number
from .bijection import Bijection


class Scale(Bijection):
    """NICE's last layer: `u = x exp(-alpha)`, one alpha a variable (Dinh et al. 2015, section 3.3).

    `log|det du/dx| = -sum_i alpha_i`, the same for every row.
    """

    keeps_order = True

    def __init__(self, dim: int):
        self.dim = whole_number("dim", dim, 1)
        will_hold((self.dim,))

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        return {"alpha": np.zeros(self.dim, dtype)}

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        return x * np.exp(-params["alpha"]), _repeat(-np.sum(params["alpha"]), x)

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        return u * np.exp(params["alpha"]), _repeat(np.sum(params["alpha"]), u)


class ActNorm(Bijection):
    """Glow's activation normalisation: `u = (x - mu) exp(-alpha)`, with trained mu and alpha for
    each variable.

    `init` takes mu and alpha from the data's mean and standard deviation, so that u starts
    standardised; without data it is the identity. Source: Kingma, Dhariwal 2018, "Glow", section
    3.1.

    >>> x = 5 + 3 * np.random.default_rng(0).standard_normal((100, 2))
    >>> layer = ActNorm(2)
    >>> layer.x_to_u(layer.init(None, x), x)[0].std(axis=0).round(6)
    array([1., 1.])
    """

    keeps_order = True

    def __init__(self, dim: int):
        self.dim = whole_number("dim", dim, 1)
        will_hold((self.dim,))

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        if x is None:
            return {"mu": np.zeros(self.dim, dtype), "alpha": np.zeros(self.dim, dtype)}
        std = np.maximum(np.std(x, axis=0), 1e-6)  # a constant variable: its scale cannot be 0
        return {"mu": np.mean(x, axis=0).astype(dtype), "alpha": np.log(std).astype(dtype)}

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        return (x - params["mu"]) * np.exp(-params["alpha"]), _repeat(-np.sum(params["alpha"]), x)

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        return params["mu"] + np.exp(params["alpha"]) * u, _repeat(np.sum(params["alpha"]), u)


class BatchNorm(Bijection):
    """Batch normalisation as a bijection, without modes.

        u = (x - m) / sqrt(v + eps) * exp(gamma) + beta
        log|det du/dx| = sum_i [gamma_i - 1/2 log(v_i + eps)]

    Without statistics in the parameters, m and v are the minibatch's, as in training.
    `freeze(params, x_train)` adds the mean and variance of the training set, as in the MAF paper's
    evaluation; `fit` does so for validation and in its result. Inverting needs them.

    Source: Dinh et al. 2017, section 3.7; with gamma and beta Papamakarios et al. 2017, appendix B.
    """

    keeps_order = True

    def __init__(self, dim: int, *, eps: float = 1e-5):
        self.dim, self.eps = whole_number("dim", dim, 1), at_least_zero("eps", eps)
        will_hold((self.dim,))

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        return {"gamma": np.zeros(self.dim, dtype), "beta": np.zeros(self.dim, dtype)}

    def fits(self, params, dtype, at=()):
        names = ("gamma", "beta", "mean", "var") if "mean" in getval(params) else ("gamma", "beta")
        for name, leaf in zip(names, named_parts(params, names, at)):
            check_leaf(leaf, (self.dim,), dtype, (*at, name))

    @property
    def needs_statistics(self) -> bool:
        return True

    def freeze(self, params: Params, x: Array, context: Array | None = None) -> Params:
        dtype = params["gamma"].dtype
        mean, var = np.mean(x, axis=0).astype(dtype), np.var(x, axis=0).astype(dtype)
        return {**params, "mean": mean, "var": var}

    def thaw(self, params: Params) -> Params:
        return {name: params[name] for name in ("gamma", "beta")}

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        if "mean" in params:
            m, v = params["mean"], params["var"]
        elif len(x) > 1:
            m, v = np.mean(x, axis=0), np.var(x, axis=0)
        else:
            raise ValueError(
                "batch norm takes a variance from x: pass at least two rows, or params from "
                f"freeze, got x of shape {x.shape}"
            )
        u = (x - m) / np.sqrt(v + self.eps) * np.exp(params["gamma"]) + params["beta"]
        return u, _repeat(np.sum(params["gamma"] - 0.5 * np.log(v + self.eps)), x)

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        if "mean" not in params:
            raise ValueError(
                "batch norm has no statistics to invert with: "
                "call params = model.freeze(params, x_train) first"
            )
        x = (u - params["beta"]) * np.exp(-params["gamma"]) * np.sqrt(
            params["var"] + self.eps
        ) + params["mean"]
        return x, _repeat(-np.sum(params["gamma"] - 0.5 * np.log(params["var"] + self.eps)), u)


def _repeat(log_det, rows):
    """The same log-determinant for every row."""
    return log_det + np.zeros(rows.shape[0], rows.dtype)
