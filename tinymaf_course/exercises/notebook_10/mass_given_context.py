"""The check that finds the published erratum: a conditional density integrates to one over x, for
every context."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "For one context: exp of log_prob at all the points x, times the volume that each point "
    "stands for, summed.",
    "Then one such number for each row of `contexts`. log_prob takes one row for all points: "
    "`contexts[k:k + 1]`.",
    "`np.array([np.exp(log_prob(x, y[None])).sum() * cell for y in contexts])`",
)


def mass_given_context(log_prob, x, cell, contexts):
    """The integral of p(x | y) over x, once for each context y: shape (K,), ones for a proper
    model.

    log_prob(x, y): log p(x | y) in nats, (N,), for x (N, D) and one context y (1, C).
    x: points on a regular grid, (N, D), each in the middle of a cell of volume `cell`.
    contexts: (K, C).
    """
    return np.array([np.exp(log_prob(x, y[None])).sum() * cell for y in contexts])


class _Model:
    """A conditional density on a few cells whose integrals are known."""

    def __init__(self, n, cell, contexts, totals, rng):
        p = rng.gamma(1, 1, (n, len(contexts)))
        self.log_p = np.log(p / p.sum(axis=0) / cell * totals)
        self.contexts, self.totals, self.__name__ = contexts, totals, "log_prob"

    def __call__(self, x, y):
        x, y = np.asarray(x, float), np.asarray(y, float)
        wide = self.contexts.shape[1]
        fits = x.ndim == y.ndim == 2 and y.shape[1] == wide and len(y) in (1, len(x))
        if not fits:
            raise ValueError(f"log_prob takes x (N, D) and y (1, {wide}), got {x.shape}, {y.shape}")
        which = [int(np.argmin(np.abs(self.contexts - row).sum(axis=1))) for row in y]
        rows = np.rint(x[:, 0] * 1000).astype(int)
        return self.log_p[rows % len(self.log_p), which]


def cases():
    rng, found = np.random.default_rng(12), []
    for n, dim, k, totals in (
        (50, 2, 3, [1, 1, 1]),
        (40, 1, 2, [2.5, 1]),
        (30, 3, 4, [0.4, 0.4, 1, 1.7]),
    ):
        contexts = rng.standard_normal((k, 2))
        x = np.concatenate(
            [np.arange(n)[:, None] / 1000, rng.standard_normal((n, dim - 1))], axis=1
        )
        cell = float(rng.uniform(0.01, 0.2))
        found.append((_Model(n, cell, contexts, np.array(totals, float), rng), x, cell, contexts))
    return found


def judge(answer, log_prob, x, cell, contexts):
    totals = log_prob.totals
    tested = (
        f"{len(x)} points, cells of {cell:.3g}, {len(contexts)} contexts, integrals "
        f"{totals.tolist()}"
    )
    out = answer(log_prob, x, cell, contexts)
    look = "over what do you sum, and what stays?"
    if said := phrases.each_row(out, len(contexts), tested, look=look, row="context"):
        return said
    if np.asarray(out).dtype == bool:
        return Complaint(
            "The integrals themselves are asked for: how far off is news.", tested, got=str(out)
        )
    if not np.abs(out - totals).max() < 1e-9:
        return Complaint(
            "These are not the integrals over x.",
            tested,
            got=f"{np.round(out, 4).tolist()}",
            look="exp before the sum; the cell's volume; each context by itself",
        )
    return None


def _table(log_prob, x, contexts):
    return np.array([np.exp(log_prob(x, y[None])) for y in contexts])


WRONG_EDITS = [
    edit(
        "no_volume",
        "The volume of the cells is missing. This is a sum of densities, and has no meaning by "
        "itself.",
        (".sum() * cell", ".sum()"),
    ),
    edit(
        "exp_of_the_sum",
        "exp of the summed logarithms is a product of densities. exp first, then the sum.",
        ("np.exp(log_prob(x, y[None])).sum()", "np.exp(log_prob(x, y[None]).sum())"),
    ),
    edit(
        "without_exp",
        "exp is missing: log_prob gives logarithms.",
        ("np.exp(log_prob(x, y[None]))", "log_prob(x, y[None])"),
    ),
    edit(
        "first_context_for_all",
        "The first context was used for all. Each row of `contexts` asks for an integral of its "
        "own.",
        ("y[None]", "contexts[:1]"),
    ),
]


@wrong(
    "One number for all contexts together. A model may be right for one context and wrong for the "
    "next: keep them apart."
)
def averaged_over_contexts(log_prob, x, cell, contexts):
    return _table(log_prob, x, contexts).sum(axis=1).mean() * cell


@wrong(
    "The sum runs over the contexts, for each x. Over y a conditional density p(x | y) need not "
    "integrate to anything: y is given, x is what varies."
)
def over_the_contexts(log_prob, x, cell, contexts):
    return _table(log_prob, x, contexts).sum(axis=0) * cell


@wrong(
    "The integrals were divided by their sum. That makes everything add up to 1, also what is "
    "wrong: a check must be able to fail."
)
def normalised(log_prob, x, cell, contexts):
    out = _table(log_prob, x, contexts).sum(axis=1)
    return out / out.sum()


@right
def a_context_a_row(log_prob, x, cell, contexts):
    mass = []
    for y in contexts:
        mass.append(cell * np.sum(np.exp(log_prob(x, y.reshape(1, -1)))))
    return np.array(mass)


@right
def in_logs(log_prob, x, cell, contexts):
    log_cell = np.log(cell)
    found = [np.logaddexp.reduce(log_prob(x, contexts[k : k + 1])) for k in range(len(contexts))]
    return np.exp(np.array(found) + log_cell)


@right
def as_a_mean(log_prob, x, cell, contexts):
    table = np.array([np.exp(log_prob(x, y[None, :])) for y in contexts])
    return table.mean(axis=1) * (cell * len(x))
