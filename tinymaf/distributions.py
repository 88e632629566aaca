"""What a density is, and the one with nothing to learn: the standard normal. All log-densities are
in nats.
"""

import math

import autograd.numpy as np
from autograd.tracer import getval

from .definition import Definition
from .parameters import check_params
from .types import Array, DTypeLike, Params, Rng
from .validation import a_float, as_context, as_generator, as_rows, whole_number

LOG_2PI = math.log(2 * math.pi)


def normal_log_prob(z: Array) -> Array:
    """`log N(z; 0, 1)`, elementwise."""
    return -0.5 * (z * z + LOG_2PI)


def log_mean_exp(a: Array, axis: int = 0) -> Array:
    """`log mean exp(a)` over one axis, without overflow.

    >>> float(log_mean_exp(np.array([1000.0, 1000.0])))
    1000.0
    """
    # A constant: its gradient would cancel anyway
    top = np.max(getval(a), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):  # if all are -inf, log 0 = -inf is the answer
        return np.log(np.mean(np.exp(a - top), axis=axis)) + np.squeeze(top, axis)


def check_rows(self, params, x, context=None):
    """The arguments of `log_prob`, validated."""
    x = as_rows(x, dim_of(self), finite=True)
    check_params(self, params)
    return params, x, as_context(context, self.context_dim, x.shape[0], finite=True)


def check_draws(self, params, rng, n, context=None):
    """The arguments of `sample`, validated."""
    rng, n = as_generator(rng), whole_number("n", n, 0)
    check_params(self, params)
    return params, rng, n, as_context(context, self.context_dim, n, finite=True)


def check_init(self, rng, x=None, dtype=float):
    """The arguments of `init`, validated. The generator is asked for where it is needed."""
    a_float("dtype", dtype)
    if x is not None:
        x = as_rows(x, dim_of(self), finite=True)
        if not len(x):
            raise ValueError(f"x must have at least one row, got {x.shape}")
    return rng, x, dtype


def dim_of(model):
    """The length of a model's vectors; a TypeError where a learner's class has set none."""
    if not isinstance(getattr(model, "dim", None), int):
        raise TypeError(f"{type(model).__name__} has no dim: set self.dim in its __init__")
    return model.dim


class Density(Definition):
    """Anything with a log-density over vectors of length `dim`, perhaps conditioned on
    `context_dim` numbers.

    A density holds only structure; all that is trained is in `params`, a tree of arrays that
    `init` returns.

        init(rng, x=None, dtype=float)             -> params
        log_prob(params, x, context=None)          -> (N,)      nats
        sample(params, rng, n, context=None)       -> (n, D)

    To write your own, subclass this, set `dim` and define `log_prob`, and `sample` if you can draw
    from it. Arguments are checked before they reach you.
    """

    checks = {"init": check_init, "log_prob": check_rows, "sample": check_draws}
    required = ("log_prob",)

    dim: int
    context_dim = 0
    learning_rate = 1e-3  # the default of `fit`

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        """Parameters to start from; `x` holds data, for layers that initialise themselves from it.
        A density without parameters keeps this default, an empty tree.
        """
        return ()

    def log_prob(self, params: Params, x: Array, context: Array | None = None) -> Array:
        """`log p(x | context)` of each row, shape (N,), in nats."""
        raise NotImplementedError

    def sample(self, params: Params, rng: Rng, n: int, context: Array | None = None) -> Array:
        """`n` draws, shape (n, D)."""
        raise NotImplementedError(f"{type(self).__name__} does not define sample")

    def objective(self, params: Params, x: Array, context: Array | None, rng: Rng) -> Array:
        """What `fit` maximises on a minibatch, (N,): the log-density, or what a model draws in its
        place.
        """
        return self.log_prob(params, x, context)

    def score(self, params: Params, x: Array, context: Array | None = None) -> Array:
        """What `fit` chooses the best epoch by, on validation data, (N,): the log-density or a
        bound on it.
        """
        return self.log_prob(params, x, context)

    @property
    def needs_statistics(self) -> bool:
        """Whether `freeze` has something to do: only for a flow with batch norm."""
        return False

    def freeze(self, params: Params, x: Array, context: Array | None = None) -> Params:
        """Parameters for evaluation: with batch norm, they carry statistics of the training data
        `x`.
        """
        return params

    def thaw(self, params: Params) -> Params:
        """Parameters for training: without the statistics that `freeze` added."""
        return params


class StandardNormal(Density):
    """`u ~ N(0, I)`: `log p(u) = -1/2 sum_i (u_i^2 + log 2 pi)`. Its parameters are an empty tree.

    >>> StandardNormal(2).log_prob((), np.zeros((1, 2))).round(6)
    array([-1.837877])
    """

    def __init__(self, dim: int):
        self.dim = whole_number("dim", dim, 1)

    def log_prob(self, params: Params, x: Array, context: Array | None = None) -> Array:
        return np.sum(normal_log_prob(x), axis=1)

    def sample(self, params: Params, rng: Rng, n: int, context: Array | None = None) -> Array:
        return rng.standard_normal((n, self.dim))
