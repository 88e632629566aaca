"""Write the check: the probabilities of all 2^D binary vectors sum to one."""

import itertools

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
SETUP = "import itertools"
HINTS = (
    "Two steps: an array with all vectors of D zeros and ones, 2^D rows; then the sum of their "
    "probabilities.",
    "`itertools.product([0.0, 1.0], repeat=D)` walks through them all. log_prob gives "
    "logarithms: `np.exp` before the sum.",
    "`x = np.array(list(itertools.product([0.0, 1.0], repeat=D))); return "
    "np.exp(log_prob(x)).sum()`",
)


def sums_to_one(log_prob, D):
    """The sum of p(x) over all x in {0, 1}^D: one number, 1 for a proper model.

    log_prob: takes vectors of zeros and ones, (N, D), and gives log p of each row in nats,
    (N,).
    """
    x = np.array(list(itertools.product([0.0, 1.0], repeat=D)))
    return np.exp(log_prob(x)).sum()


class _Table:
    """A log_prob that looks its answer up, and remembers what it was asked for. It need not sum to
    one."""

    def __init__(self, dim, total, rng, impossible):
        weights = rng.gamma(0.5, 1, 2**dim)
        weights[:impossible] = 0
        self.p, self.dim, self.rows, self.__name__ = (
            total * weights / weights.sum(),
            dim,
            [],
            "log_prob",
        )

    def __call__(self, x):
        x = np.asarray(x, float)
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise ValueError(
                f"log_prob takes rows of {self.dim} zeros and ones, shape (N, {self.dim}), got "
                f"{x.shape}"
            )
        if not np.isin(x, (0, 1)).all():
            raise ValueError(f"log_prob takes zeros and ones, got {x.ravel()[:4]}")
        index = (x @ 2 ** np.arange(self.dim)).astype(int)
        self.rows.extend(index.tolist())
        with np.errstate(divide="ignore"):
            return np.log(self.p[index])


def cases():
    """Proper models, and some that sum to something else: the check must say to what."""
    rng = np.random.default_rng(5)
    return [
        (_Table(dim, total, rng, impossible), dim)
        for dim, total, impossible in (
            (3, 1.0, 0),
            (1, 1.0, 0),
            (4, 1.31, 0),
            (5, 1.0, 9),
            (6, 0.83, 0),
            (8, 1.0, 100),
            (10, 1.0, 0),
        )
    ]


def judge(answer, log_prob, D):
    tested = f"D = {D}, a table whose {2**D} probabilities sum to {log_prob.p.sum():.4g}"
    log_prob.rows = []
    out = answer(log_prob, D)
    rows = log_prob.rows
    what = "One number is asked for, the sum itself: a reader wants to see how far off it is."
    if said := phrases.number(out, what, tested):
        return said
    if len(rows) != len(set(rows)):
        return Complaint(
            "Some vectors are counted more than once.",
            tested,
            got=f"{len(rows)} rows, {len(set(rows))} of them different",
            look="how the vectors are listed",
        )
    if len(rows) != 2**D:
        return Complaint(
            "Not all vectors are counted.",
            tested,
            got=f"{len(rows)} rows of {2**D}",
            look="how the vectors are listed",
        )
    if not abs(out - log_prob.p.sum()) < 1e-9:
        return Complaint(
            "All vectors are there, the sum is not.",
            tested,
            got=f"{float(out):.6g}",
            look="log_prob gives logarithms",
        )


WRONG_EDITS = [
    edit(
        "sum_of_logs",
        "This adds logarithms. exp first, then the sum: the probabilities must sum to 1, not "
        "their logarithms.",
        ("np.exp(log_prob(x)).sum()", "log_prob(x).sum()"),
    ),
    edit(
        "exp_of_the_sum",
        "exp of a sum is a product: this is the probability of seeing every vector once. exp "
        "first, then the sum.",
        ("np.exp(log_prob(x)).sum()", "np.exp(log_prob(x).sum())"),
    ),
    edit(
        "mean",
        "The mean of the probabilities is 1 / 2^D for every proper model. The *sum* is to be 1.",
        ("np.exp(log_prob(x)).sum()", "np.exp(log_prob(x)).mean()"),
    ),
    edit(
        "log_of_the_sum",
        "This stands in the logarithm: 0 for a proper model. One exp is missing at the end.",
        ("np.exp(log_prob(x)).sum()", "np.log(np.exp(log_prob(x)).sum())"),
    ),
    edit(
        "without_zeros",
        "range(1, 2**D) begins at 1: the vector of zeros is left out.",
        ("log_prob(x)", "log_prob(x[1:])"),
    ),
    edit(
        "without_ones",
        "range(2**D - 1) ends one too early: the vector of ones is left out.",
        ("log_prob(x)", "log_prob(x[:-1])"),
    ),
    edit(
        "one_hot_only",
        "These are the D vectors with a single 1. There are 2^D vectors of zeros and ones, and "
        "each has a probability.",
        ("np.array(list(itertools.product([0.0, 1.0], repeat=D)))", "np.eye(D)"),
    ),
    edit(
        "random_vectors",
        "Random vectors: some come twice, some never. With 2^D of them small enough to list, list "
        "them.",
        (
            "np.array(list(itertools.product([0.0, 1.0], repeat=D)))",
            "np.random.default_rng(0).integers(0, 2, (2**D, D)).astype(float)",
        ),
    ),
    edit(
        "a_verdict",
        "True or False hides the number. 1.0000001 and 1.3 are different news: return the sum.",
        ("np.exp(log_prob(x)).sum()", "bool(abs(np.exp(log_prob(x)).sum() - 1) < 1e-6)"),
    ),
]


@right
def by_bits(log_prob, D):
    x = (np.arange(2**D)[:, None] >> np.arange(D) & 1).astype(float)
    return np.sum(np.exp(log_prob(x)))


@right
def one_by_one(log_prob, D):
    total = 0.0
    for bits in itertools.product((0, 1), repeat=D):
        total += float(np.exp(log_prob(np.array([bits], dtype=float))[0]))
    return total


@right
def by_indices(log_prob, D):
    x = np.indices((2,) * D).reshape(D, -1).T.astype(float)
    return np.exp(np.logaddexp.reduce(log_prob(x)))
