"""A flow is a bijection and a base density."""

import autograd.numpy as np
from autograd.tracer import getval

from . import kernels
from .distributions import Density, StandardNormal
from .layers import Bijection, Chain
from .tape import is_fused
from .trees import dtype_of
from .validation import as_generator


class Flow(Density):
    """The density of `x = f(u)` with `u ~ base`, by the change of variables.

        log p(x | context) = log p_u(u | context) + log|det du/dx|,     u, log_det = bijection.x_to_u(x, context)

    Its parameters are `{"bijection": ..., "base": ...}`. The base is a `StandardNormal` unless another one is given.
    The context goes to whichever of the two takes one.

    >>> from tinymaf import AffineAutoregressive
    >>> flow = Flow(AffineAutoregressive(2, hidden=(8,)))
    >>> params = flow.init(np.random.default_rng(0))
    >>> flow.sample(params, np.random.default_rng(1), 4).shape
    (4, 2)
    """

    learning_rate = 1e-4

    def __init__(self, bijection, base=None):
        if not isinstance(bijection, Bijection):
            raise TypeError(f"a Flow takes a Bijection, got {bijection!r}")
        self.bijection = bijection
        self.base = StandardNormal(bijection.dim) if base is None else base
        self.dim = bijection.dim
        if self.base.dim != self.dim:
            raise ValueError(f"the base must have dim {self.dim} like the bijection, got {self.base.dim}")
        if self.base.context_dim and bijection.context_dim and self.base.context_dim != bijection.context_dim:
            raise ValueError(f"base and bijection must have one context_dim, got {self.base.context_dim} "
                             f"and {bijection.context_dim}")
        self.fusable = (isinstance(bijection, Chain) and bijection.fusable and type(self.base) is StandardNormal)
        if self.base.needs_statistics:
            raise ValueError("batch norm in the base: put it into the bijection, where the data's statistics are known")
        self.context_dim = max(self.base.context_dim, bijection.context_dim)

    def init(self, rng, x=None, dtype=float):
        rng = as_generator(rng)
        params = {"bijection": self.bijection.init(rng, x, dtype)}
        return {**params, "base": self.base.init(rng, None, dtype)}

    def log_prob(self, params, x, context=None):
        x, context = self._checked(x, context)
        if self.fusable and is_fused():
            return kernels.flow_log_prob(self.bijection.layers, params, x, context)
        u, log_det = self.bijection.x_to_u(params["bijection"], x, self._for(self.bijection, context))
        return self._base_log_prob(params, u, context) + log_det

    @property
    def needs_statistics(self):
        return self.bijection.needs_statistics

    def freeze(self, params, x, context=None):
        frozen = self.bijection.freeze(params["bijection"], x, self._for(self.bijection, context))
        return {**params, "bijection": frozen}

    def thaw(self, params):
        return {**params, "bijection": self.bijection.thaw(params["bijection"])}

    def to_noise(self, params, x, context=None):
        """`u` of shape (N, D): what each x was made from. For a good fit it looks like draws from the base."""
        x, context = self._checked(x, context)
        return self.bijection.x_to_u(params["bijection"], x, self._for(self.bijection, context))[0]

    def sample(self, params, rng, n, context=None):
        return self._sample(params, rng, n, context)[1]

    def sample_and_log_prob(self, params, rng, n, context=None):
        """`n` draws (n, D) and their log-density (n,), without a second pass through the bijection."""
        u, x, log_det, context = self._sample(params, rng, n, context)
        return x, self._base_log_prob(params, u, context) - log_det

    def _base_log_prob(self, params, u, context):
        """`log p_u(u)`, NaN in rows in which runaway parameters have left u without a value: nobody's wrong input."""
        fine = np.isfinite(getval(u)).all(axis=1)
        log_prob = self.base.log_prob(params["base"], u if fine.all() else np.where(fine[:, None], u, 0),
                                      self._for(self.base, context))
        return log_prob if fine.all() else np.where(fine, log_prob, np.nan)

    def _sample(self, params, rng, n, context):
        rng, n, context = self._checked_sample(rng, n, context)
        u = self.base.sample(params["base"], rng, n, self._for(self.base, context)).astype(dtype_of(params), copy=False)
        return u, *self.bijection.u_to_x(params["bijection"], u, self._for(self.bijection, context)), context

    @staticmethod
    def _for(part, context):
        return context if part.context_dim else None
