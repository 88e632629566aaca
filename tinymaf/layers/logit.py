"""The logit as a layer: from numbers between 0 and 1 (pixels) to the whole line."""

import math

import autograd.numpy as np
from autograd.tracer import getval

from ..types import Array, Params
from ..validation import at_least_zero, short, whole_number
from .bijection import Bijection


class Logit(Bijection):
    """`u = log z - log(1 - z)` with `z = a + (1 - 2a) x`, for x in [0, 1].

        log|det du/dx| = sum_i [log(1 - 2a) - log z_i - log(1 - z_i)]

    The constant a keeps u finite at x = 0 and 1: 1e-6 for MNIST and 0.05 for CIFAR-10 in
    Papamakarios et al. 2017, section 4.3. It also gives the flow a little room beyond [0, 1], from
    -a / (1 - 2a) to 1 + a / (1 - 2a), so its own samples lie in its domain. Any x outside of that
    raises ValueError.

    >>> Logit(1, a=0.05).x_to_u((), np.array([[0.5]]))[0]
    array([[0.]])
    """

    def __init__(self, dim: int, *, a: float = 1e-6):
        if at_least_zero("a", a) >= 0.5:
            raise ValueError(f"a must be at least 0 and below 0.5, got {short(a)}")
        self.dim, self.a = whole_number("dim", dim, 1), a

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        z, values = self.a + (1 - 2 * self.a) * x, getval(x)
        if self.a:  # in float32 the flow's own samples may round to 0 or 1
            within = (getval(z) >= 0) & (getval(z) <= 1)
            z = np.clip(z, np.finfo(z.dtype).tiny, 1 - np.finfo(z.dtype).epsneg)
        else:
            within = (getval(z) > 0) & (getval(z) < 1)
        if not within.all():
            where = "in [0, 1]" if self.a else "in (0, 1), both excluded where a is 0"
            raise ValueError(
                f"x must lie {where}, got values from {values.min():.6g} to {values.max():.6g}"
            )
        log_z, log_rest = np.log(z), np.log1p(-z)
        return log_z - log_rest, np.sum(math.log1p(-2 * self.a) - log_z - log_rest, axis=1)

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        log_z, log_rest = -np.logaddexp(0, -u), -np.logaddexp(0, u)
        x = (np.exp(log_z) - self.a) / (1 - 2 * self.a)
        return x, np.sum(log_z + log_rest - math.log1p(-2 * self.a), axis=1)
