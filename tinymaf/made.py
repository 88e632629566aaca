"""MADE: an autoregressive density whose D conditionals come from one pass through one masked network."""

import warnings

import autograd.numpy as np

from . import heads
from .conditionals import Gaussian
from .distributions import Density, log_mean_exp
from .nets import MaskedNet
from .sampler import solve
from .structure import Structure
from .tape import is_fused
from .trees import dtype_of
from .validation import whole_number


class MADE(Density):
    """`log p(x) = sum_i log p(x_i | x_<i, context)`, the conditionals' parameters from a `MaskedNet`.

    Args:
        dim: D, the number of variables.
        hidden, order, context_dim, activation, degrees, mask_seed: see `MaskedNet`.
        conditional: the family of the conditionals: `Gaussian()` (default), `MixtureOfGaussians(C)`, `Bernoulli()`.

    Density in one pass, sampling in D steps one after another. With Gaussian conditionals this is a one-layer MAF
    (MAF, section 3.1).
    Source: Germain et al. 2015, sections 3 and 4.

    >>> made = MADE(3, hidden=(16,))
    >>> params = made.init(np.random.default_rng(0))
    >>> made.log_prob(params, np.zeros((2, 3))).shape
    (2,)
    """

    def __init__(self, dim, hidden=(64, 64), order="natural", conditional=None, context_dim=0, activation="relu",
                 degrees=None, mask_seed=None):
        self.conditional = Gaussian() if conditional is None else conditional
        if not isinstance(self.conditional, Structure):
            raise TypeError(f"conditional must be an object such as Gaussian(), got {conditional!r}")
        self.net = MaskedNet(dim, self.conditional.n_params, hidden, order, context_dim, activation, degrees, mask_seed)
        self.dim, self.context_dim = self.net.dim, self.net.context_dim
        self.fusable = type(self.conditional) in heads.HEADS

    def init(self, rng, x=None, dtype=float):
        *hidden, (v, c) = self.net.init(rng, dtype)
        return [*hidden, (v, c + np.repeat(self.conditional.start(), self.dim).astype(dtype))]

    def log_prob(self, params, x, context=None):
        x, context = self._checked(x, context)
        if self.fusable and is_fused():
            return heads.made_log_prob(self, params, x, context)
        return np.sum(self.conditional.log_prob(self.net(params, x, context), x), axis=1)

    def sample(self, params, rng, n, context=None):
        """Ancestral sampling: pass k draws the variable of degree k, for which all that it depends on is drawn."""
        rng, n, context = self._checked_sample(rng, n, context)
        if is_fused():                  # the same in the work of one pass
            return solve(self.net, params, lambda theta, _: self.conditional.sample(theta.transpose(2, 0, 1), rng).T,
                         n, dtype_of(params), context)[0].T
        x = np.zeros((n, self.dim), dtype_of(params))
        for degree in np.unique(self.net.degrees):
            now = self.net.degrees == degree
            theta = self.net(params, x, context)
            x[:, now] = self.conditional.sample(theta[:, :, now], rng)
        return x


class OrderEnsemble(Density):
    """One set of weights under many orders and masks: `p(x) = 1/M sum_m p_m(x)`, a mean of probabilities.

    Training (`fit`) takes one member of the fixed pool for each minibatch: order-agnostic, and with `fresh_masks` also
    connectivity-agnostic. The log-density is a log-mean-exp over all members; a mean of logits or of log-densities
    would not sum to one. A sample comes from one member, drawn afresh for each row.

    Args:
        dim, hidden, conditional, context_dim, activation: as in `MADE`.
        members: M, the size of the pool.
        seed: of the orders and masks.
        fresh_masks: whether each member draws its own hidden degrees; else they are spread evenly in all.

    Source: Germain et al. 2015, section 4 (order-agnostic and connectivity-agnostic training).

    >>> ensemble = OrderEnsemble(5, members=4)
    >>> params = ensemble.init(np.random.default_rng(0))
    >>> ensemble.log_prob(params, np.zeros((2, 5))).shape
    (2,)
    """

    def __init__(self, dim, members=8, hidden=(64, 64), conditional=None, context_dim=0, activation="relu", seed=0,
                 fresh_masks=True):
        dim, rng = whole_number("dim", dim, 1), np.random.default_rng(seed)
        self.members = []
        with warnings.catch_warnings():
            if fresh_masks:         # masks drawn at random lose a few dependencies each, and not the same ones
                warnings.simplefilter("ignore", UserWarning)
            for _ in range(whole_number("members", members, 1)):
                order, mask_seed = rng.permutation(dim), int(rng.integers(2 ** 32)) if fresh_masks else None
                self.members.append(MADE(dim, hidden, order, conditional, context_dim, activation, None, mask_seed))
        self.dim, self.context_dim = self.members[0].dim, self.members[0].context_dim
        self.fusable = self.members[0].fusable

    def init(self, rng, x=None, dtype=float):
        return self.members[0].init(rng, x, dtype)

    def log_prob(self, params, x, context=None):
        each = np.array([member.log_prob(params, x, context) for member in self.members])
        return log_mean_exp(each)

    def objective(self, params, x, context, rng):
        """The log-density under one member, drawn for this minibatch."""
        return self.members[rng.integers(len(self.members))].log_prob(params, x, context)

    def sample(self, params, rng, n, context=None):
        rng, n, context = self._checked_sample(rng, n, context)
        x = np.zeros((n, self.dim), dtype_of(params))
        of = rng.integers(len(self.members), size=n)
        for k, member in enumerate(self.members):
            rows = of == k
            x[rows] = member.sample(params, rng, int(rows.sum()), None if context is None else context[rows])
        return x
