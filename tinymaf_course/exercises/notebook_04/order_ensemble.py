"""One density from many orders: a mean of probabilities (Germain et al. 2015, section 4)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "What may be averaged? Something that sums to one for each member by itself: the "
    "probability p_m(x) of a *whole* vector. Not a pixel's.",
    "First log p_m(x), (M, N): the sum over i of the log-probability of x_i under logit_i, "
    "`-np.logaddexp(0, (1 - 2 * x) * logits)`. Then the log of the mean of their exps.",
    "`each = -np.logaddexp(0, (1 - 2 * x) * logits).sum(axis=2); np.logaddexp.reduce(each, "
    "axis=0) - np.log(M)`",
)


def order_ensemble(logits, x):
    """log p(x) of an ensemble of M MADEs with Bernoulli conditionals, all with the same weight:
    shape (N,).

    x: (N, D), zeros and ones. logits: (M, N, D): what each member said for these rows, each in
    an order of its own. The probabilities must sum to one over all x. They may be too small for
    a float: never leave the logarithm.
    """
    each = -np.logaddexp(0, (1 - 2 * x) * logits).sum(axis=2)
    return np.logaddexp.reduce(each, axis=0) - np.log(len(logits))


def _members(dim, members, rng):
    """All 2^D vectors and the logits of random MADEs in random orders."""
    x = (np.arange(2**dim)[:, None] >> np.arange(dim) & 1).astype(float)
    logits = []
    for _ in range(members):
        place = rng.permutation(dim)
        weights = np.where(place[:, None] < place, rng.normal(0, 2, (dim, dim)), 0)
        logits.append((2 * x - 1) @ weights + rng.normal(0, 1, dim))
    return np.array(logits), x


def cases():
    rng = np.random.default_rng(6)
    found = [_members(dim, members, rng) for dim, members in ((2, 2), (4, 3), (6, 5), (7, 1))]
    x = rng.integers(0, 2, (4, 1500)).astype(float)
    return [*found, (rng.normal(0, 2, (3, 4, 1500)), x)]


def judge(answer, logits, x):
    members, n, dim = logits.shape
    out = answer(logits, x)
    tested = f"{phrases.count(members, 'member')}, D = {dim}, {n} rows"
    if said := phrases.each_row(out, n, tested):
        return said
    if n == 2**dim:
        total = float(np.exp(out).sum())
        look = "what is averaged: is it something that sums to one by itself?"
        what = "Over all vectors the probabilities must sum to 1."
        if said := phrases.mass(total, tested, look, error=1e-9, what=what):
            return said
    what = "log p must be finite: exp(log p) is 0 in floats here, and its log is -inf."
    look = "take the largest log p_m out before exp, or use np.logaddexp"
    if said := phrases.finite(out, what, tested, look):
        return said
    p_of_x = np.where(x == 1, 1.0, -1.0) * logits  # log p_m by another road
    each = -np.sum(np.maximum(0, -p_of_x) + np.log1p(np.exp(-abs(p_of_x))), axis=2)
    ratios = np.exp(each - each.max(axis=0)).mean(axis=0)  # p / max_m p_m
    if not np.abs(np.exp(out - each.max(axis=0)) - ratios).max() < 1e-9:
        k = int(np.argmax(np.abs(np.exp(out - each.max(axis=0)) - ratios)))
        return Complaint(
            "p(x) must be the mean of the members' p_m(x), each with weight 1/M.",
            tested,
            got=(
                f"log p = {out[k]:.4f} in row {k}, the members say "
                f"{np.round(each[:, k], 3).tolist()}"
            ),
        )


WRONG_EDITS = [
    edit(
        "mean_of_logs",
        "A mean of log-probabilities is the log of a geometric mean. It is below the mean of "
        "probabilities wherever the members differ, so its sum stays below 1.",
        ("np.logaddexp.reduce(each, axis=0) - np.log(len(logits))", "each.mean(axis=0)"),
    ),
    edit(
        "no_weight",
        "The weight 1/M is missing: this sums to M. Subtract log M.",
        (
            "np.logaddexp.reduce(each, axis=0) - np.log(len(logits))",
            "np.logaddexp.reduce(each, axis=0)",
        ),
    ),
    edit(
        "underflows",
        "Right on paper. But exp(-1000) is 0 in floats, and the log of 0 is -inf: a real picture "
        "would break it. Take the largest out of the sum, or use np.logaddexp.reduce.",
        (
            "np.logaddexp.reduce(each, axis=0) - np.log(len(logits))",
            "np.log(np.exp(each).mean(axis=0))",
        ),
    ),
    edit(
        "best_member",
        "The best member for each row: that sums to more than 1: every row takes its favourite.",
        ("np.logaddexp.reduce(each, axis=0) - np.log(len(logits))", "each.max(axis=0)"),
    ),
    edit(
        "first_member",
        "The first member alone is a density, but no ensemble.",
        ("np.logaddexp.reduce(each, axis=0) - np.log(len(logits))", "each[0]"),
    ),
]


@wrong(
    "Averaged logits. Each member's logit for x_i saw other variables, so the mean logit saw all "
    "of them, x_i's successors included: a product of such terms is not a density."
)
def averaged_logits(logits, x):
    return -np.logaddexp(0, (1 - 2 * x) * logits.mean(axis=0)).sum(axis=1)


@wrong(
    "Averaged pixel by pixel: the mean probability of each x_i, and then the product. The factors "
    "come from different orders and do not multiply to a density. Multiply within a member first, "
    "then average."
)
def averaged_conditionals(logits, x):
    return np.log(np.exp(-np.logaddexp(0, (1 - 2 * x) * logits)).mean(axis=0)).sum(axis=1)


@right
def largest_out_first(logits, x):
    each = np.sum(x * logits - np.logaddexp(0, logits), axis=2)
    top = each.max(axis=0)
    return top + np.log(np.mean(np.exp(each - top), axis=0))


@right
def member_by_member(logits, x):
    total = np.full(len(x), -np.inf)
    for member in logits:
        log_p = -np.sum(np.logaddexp(0, np.where(x == 1, -member, member)), axis=1)
        total = np.logaddexp(total, log_p)
    return total - np.log(len(logits))


@right
def by_einsum(logits, x):
    each = np.einsum("nd,mnd->mn", x, logits) - np.logaddexp(0, logits).sum(axis=2)
    return np.logaddexp.reduce(each - np.log(each.shape[0]), axis=0)
