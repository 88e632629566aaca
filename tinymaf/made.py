"""MADE: an autoregressive density whose D conditionals come from one pass through one masked
network.
"""

import warnings

import autograd.numpy as np

from .conditionals import Gaussian
from .distributions import Density, log_mean_exp
from .nets import MaskedNet
from .parameters import check_part
from .structure import will_hold
from .trees import dtype_of
from .types import Array, ArrayLike, Conditional, DTypeLike, Order, Params, Rng, Widths
from .validation import an_object, flag, whole_number


class MADE(Density):
    """`log p(x) = sum_i log p(x_i | x_<i, context)`, the conditionals' parameters from a
    `MaskedNet`.

    A density takes one pass, a sample D steps, one after another. With Gaussian conditionals this
    is a one-layer MAF (MAF, section 3.1).

    Args:
        dim: D, the number of variables.
        hidden: widths of the network's hidden layers.
        order: "natural", "reversed" or a permutation; `order[k]` is the variable that comes k-th.
        conditional: the family of the conditionals: `Gaussian()` (default),
            `MixtureOfGaussians(C)`, `Bernoulli()`.
        context_dim: C, the length of the context that every conditional may see.
        activation: "relu" or "tanh".
        degrees: instead of `order`, the degree of each variable; those that share one do not see
            one another.
        mask_seed: the seed that hidden degrees are drawn from, as in the paper; None spreads them
            evenly.

    Source: Germain et al. 2015, sections 3 and 4.

    >>> made = MADE(3, hidden=(16,))
    >>> params = made.init(np.random.default_rng(0))
    >>> made.log_prob(params, np.zeros((2, 3))).shape
    (2,)
    """

    def __init__(
        self,
        dim: int,
        hidden: Widths = (64, 64),
        *,
        order: Order = "natural",
        conditional: Conditional | None = None,
        context_dim: int = 0,
        activation: str = "relu",
        degrees: ArrayLike | None = None,
        mask_seed: int | None = None,
    ):
        self.conditional = Gaussian() if conditional is None else conditional
        needs = "n_params", "start", "log_prob", "sample"
        an_object("conditional", self.conditional, needs, "Gaussian()")
        self.net = MaskedNet(
            dim,
            self.conditional.n_params,
            hidden,
            order=order,
            context_dim=context_dim,
            activation=activation,
            degrees=degrees,
            mask_seed=mask_seed,
        )
        self.dim = self.net.dim
        self.context_dim = self.net.context_dim

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        *hidden, (v, c) = self.net.init(rng, dtype)
        start = np.repeat(self.conditional.start(), self.dim)
        return [*hidden, (v, c + start.astype(dtype))]

    def fits(self, params, dtype, at=()):
        check_part(self.net, params, dtype, at)

    def log_prob(self, params: Params, x: Array, context: Array | None = None) -> Array:
        return np.sum(self.conditional.log_prob(self.net(params, x, context), x), axis=1)

    def sample(self, params: Params, rng: Rng, n: int, context: Array | None = None) -> Array:
        """Ancestral sampling, D passes: pass k draws the variable of degree k, given those already
        drawn. (The engine does it in the work of one.)
        """
        x = np.zeros((n, self.dim), dtype_of(params))
        for degree in np.unique(self.net.degrees):
            now = self.net.degrees == degree
            theta = self.net(params, x, context)
            x[:, now] = self.conditional.sample(theta[:, :, now], rng)
        return x


class OrderEnsemble(Density):
    """One set of weights under many orders and masks: `p(x) = 1/M sum_m p_m(x)`, a mean of
    probabilities.

    Training (`fit`) takes one member of the fixed pool for each minibatch: order-agnostic and, with
    `fresh_masks`, connectivity-agnostic. The log-density is a log-mean-exp over all members; a mean
    of logits or of log-densities would not sum to one. Each row of a sample comes from a member
    drawn for it.

    Args:
        dim, hidden, conditional, context_dim, activation: as in `MADE`.
        members: M, the size of the pool.
        seed: of the orders and masks.
        fresh_masks: whether each member draws its own hidden degrees; otherwise all spread them
            evenly.

    Source: Germain et al. 2015, section 4 (order-agnostic and connectivity-agnostic training).

    >>> ensemble = OrderEnsemble(5, members=4)
    >>> params = ensemble.init(np.random.default_rng(0))
    >>> ensemble.log_prob(params, np.zeros((2, 5))).shape
    (2,)
    """

    def __init__(
        self,
        dim: int,
        members: int = 8,
        hidden: Widths = (64, 64),
        *,
        conditional: Conditional | None = None,
        context_dim: int = 0,
        activation: str = "relu",
        seed: int = 0,
        fresh_masks: bool = True,
    ):
        dim = whole_number("dim", dim, 1)
        rng = np.random.default_rng(whole_number("seed", seed, 0))
        will_hold((whole_number("members", members, 1), dim))
        self.members = []
        with warnings.catch_warnings():
            if flag(
                "fresh_masks", fresh_masks
            ):  # each random mask loses a few dependencies, not the same ones
                warnings.simplefilter("ignore", UserWarning)
            for _ in range(members):
                order = rng.permutation(dim)
                member = MADE(
                    dim,
                    hidden,
                    order=order,
                    conditional=conditional,
                    context_dim=context_dim,
                    activation=activation,
                    mask_seed=int(rng.integers(2**32)) if fresh_masks else None,
                )
                self.members.append(member)
        self.dim = self.members[0].dim
        self.context_dim = self.members[0].context_dim

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        return self.members[0].init(rng, x, dtype)

    def fits(self, params, dtype, at=()):
        self.members[0].fits(params, dtype, at)

    def log_prob(self, params: Params, x: Array, context: Array | None = None) -> Array:
        each = np.array([member.log_prob(params, x, context) for member in self.members])
        return log_mean_exp(each)

    def objective(self, params: Params, x: Array, context: Array | None, rng: Rng) -> Array:
        """The log-density under one member, drawn for this minibatch."""
        return self.members[rng.integers(len(self.members))].log_prob(params, x, context)

    def sample(self, params: Params, rng: Rng, n: int, context: Array | None = None) -> Array:
        x = np.zeros((n, self.dim), dtype_of(params))
        of = rng.integers(len(self.members), size=n)
        for k, member in enumerate(self.members):
            rows = of == k
            c = None if context is None else context[rows]
            x[rows] = member.sample(params, rng, int(rows.sum()), c)
        return x
