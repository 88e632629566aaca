"""What a bijection is: three methods, and the formula of the log-determinant."""

from ..definition import Definition
from ..distributions import check_init, dim_of
from ..parameters import check_params
from ..types import Array, DTypeLike, Params, Rng
from ..validation import as_context, as_rows


def check_x(self, params, x, context=None):
    """The arguments of `x_to_u`, validated."""
    return check_params(self, params), *_rows(self, x, context, "x")


def check_u(self, params, u, context=None):
    """The arguments of `u_to_x`, validated."""
    return check_params(self, params), *_rows(self, u, context, "u")


def _rows(layer, rows, context, name):
    rows = as_rows(rows, dim_of(layer), name)
    return rows, as_context(context, layer.context_dim, rows.shape[0], rows=name)


class Bijection(Definition):
    """An invertible map between x and u, both of shape (N, dim), perhaps conditioned on
    `context_dim` numbers.

        init(rng, x=None, dtype=float)             -> params
        x_to_u(params, x, context=None)            -> u, log|det du/dx|     (N, D) and (N,), in nats
        u_to_x(params, u, context=None)            -> x, log|det dx/du|     where the two cancel

    To write your own layer, subclass this, set `dim` and define the three; autograd does the rest.
    Arguments are checked before they reach you, and a class that lacks one of the two directions is
    refused.

    >>> import autograd.numpy as np
    >>> class Double(Bijection):
    ...     dim = 2
    ...
    ...     def x_to_u(self, params, x, context=None):
    ...         return 2 * x, np.full(len(x), 2 * np.log(2))
    ...
    ...     def u_to_x(self, params, u, context=None):
    ...         return u / 2, np.full(len(u), -2 * np.log(2))
    >>> Double().x_to_u((), np.ones((1, 3)))
    Traceback (most recent call last):
    ValueError: x must have shape (N, 2), got (1, 3)
    """

    checks = {"init": check_init, "x_to_u": check_x, "u_to_x": check_u}
    required = ("x_to_u", "u_to_x")

    dim: int
    context_dim = 0
    keeps_order = False  # true if it maps each variable alone: then its neighbours' orders meet

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        """Parameters to start from; a layer without them keeps this default, an empty tree."""
        return ()

    def x_to_u(self, params: Params, x: Array, context: Array | None = None) -> tuple[Array, Array]:
        """From data to noise: `u` (N, D) and `log|det du/dx|` (N,)."""
        raise NotImplementedError

    def u_to_x(self, params: Params, u: Array, context: Array | None = None) -> tuple[Array, Array]:
        """From noise to data: `x` (N, D) and `log|det dx/du|` (N,)."""
        raise NotImplementedError

    @property
    def needs_statistics(self) -> bool:
        """Whether some part of it (batch norm) needs the training set's statistics, by `freeze`."""
        return False

    def freeze(self, params: Params, x: Array, context: Array | None = None) -> Params:
        """Parameters for evaluation: batch norm's carry the mean and variance of `x`."""
        return params

    def thaw(self, params: Params) -> Params:
        """Parameters for training: without the statistics that `freeze` added."""
        return params
