"""Two models on the same rows: their difference, and two standard errors of *that* (a paired
comparison)."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = False
HINTS = (
    "Both models were asked about the very same rows. Which N numbers say how much better one "
    "is, row by row?",
    "d = log_p - log_q. Now forget where d came from: its mean, and two standard errors of a "
    "mean of N numbers.",
    "`d = log_p - log_q; return np.mean(d), 2 * np.std(d, ddof=1) / np.sqrt(len(d))`",
)


def paired_difference(log_p, log_q):
    """How many nats is model p better than model q, and two standard errors of that: two
    numbers.

    log_p, log_q: the scores of the same N rows (or folds) under both, in the same order, (N,)
    each. The variance is estimated with N - 1, as before.
    """
    d = log_p - log_q
    return np.mean(d), 2 * np.std(d, ddof=1) / np.sqrt(len(d))


def cases():
    rng, found = np.random.default_rng(1302), []
    for n, common, own, better in (
        (180, 10.0, 0.8, 0.3),
        (10, 0.5, 0.05, -0.1),
        (60, 0.2, 2.0, 1.0),
    ):
        rows = rng.normal(-20, common, n)  # hard rows are hard for both
        found.append((rows + rng.normal(better, own, n), rows + rng.normal(0, own, n)))
    return found


def judge(answer, log_p, log_q):
    n = len(log_p)
    tested = f"{n} rows, means {log_p.mean():.4f} and {log_q.mean():.4f}"
    out = answer(log_p, log_q)
    if said := phrases.numbers(out, ("difference", "two_se"), tested):
        return said
    difference, two_se = out
    same, no_error = answer(log_p, log_p - 0.5)
    if not abs(same - 0.5) < 1e-9:
        return Complaint(
            "A model that is half a nat better on every row is 0.5 nats better.",
            tested,
            got=f"{same:.4f}",
            look="p minus q.",
        )
    if not abs(no_error) < 1e-7:
        return Complaint(
            "A model that is half a nat better on *every* row is better beyond doubt: error 0.",
            tested,
            got=f"{no_error:.4f}",
            look="What does it matter how much the rows differ among themselves?",
        )
    if not abs(answer(log_p + 1.5, log_q)[0] - difference - 1.5) < 1e-9:
        return Complaint(
            "If p gains 1.5 nats on every row, the difference must grow by 1.5 nats.",
            tested,
            got=f"{difference:.4f}, then {answer(log_p + 1.5, log_q)[0]:.4f}",
        )
    harder = 30 * np.cos(np.arange(n))
    again = answer(log_p + harder, log_q + harder)
    if not np.abs(np.subtract(again, out)).max() < 1e-6:
        return Complaint(
            "Make some rows harder and others easier, for both models alike: nothing may change.",
            tested,
            got=f"{brief(out)}, then {brief(again)}",
            look="Pair first, then average.",
        )
    if not two_se > 0:
        return Complaint("Rows that differ give an error above 0.", tested, got=brief(two_se))
    d = log_p - log_q
    variance = np.mean((d[:, None] - d)[np.triu_indices(n, 1)] ** 2) / 2
    if not abs((two_se / 2) ** 2 * n / variance - 1) < 1e-8:
        return Complaint(
            "The error is that of a mean of N differences, twice.",
            tested,
            got=f"{two_se:.4g}; the differences have a variance of {variance:.4g}",
            look="ddof=1, the root of N, the 2.",
        )
    return None


def _error(rows):
    return np.std(rows, ddof=1) / np.sqrt(len(rows))


WRONG_EDITS = [
    edit(
        "turned_round",
        "The sign is turned round: p is better when log p is higher.",
        ("log_p - log_q", "log_q - log_p"),
    ),
    edit(
        "one_error",
        "That is one standard error. Two were asked for.",
        ("2 * np.std", "np.std"),
    ),
    edit(
        "spread_of_rows",
        "That is how much the difference varies from row to row. Its mean over N rows is "
        "steadier, by the root of N.",
        ("ddof=1) / np.sqrt(len(d))", "ddof=1)"),
    ),
    edit(
        "absolute",
        "Absolute differences: then no model is ever worse. A row that p loses must count against "
        "it.",
        ("log_p - log_q", "np.abs(log_p - log_q)"),
    ),
]


@wrong(
    "These errors were added as for two *different* test sets. A row that is hard for one model is "
    "hard for the other, and in the difference that drops out: subtract row by row first."
)
def as_if_unpaired(log_p, log_q):
    return np.mean(log_p - log_q), 2 * np.sqrt(_error(log_p) ** 2 + _error(log_q) ** 2)


@wrong(
    "Two error bars, laid end to end. That is what 'the bars overlap' tests, and it is too careful "
    "even for two different test sets. Here the rows are the same: subtract row by row first."
)
def bars_end_to_end(log_p, log_q):
    return np.mean(log_p - log_q), 2 * (_error(log_p) + _error(log_q))


@wrong(
    "The difference of two errors is not an error: two models with equal error bars would differ "
    "beyond any doubt."
)
def difference_of_errors(log_p, log_q):
    return np.mean(log_p - log_q), 2 * abs(_error(log_p) - _error(log_q))


@right
def by_variance(log_p, log_q):
    d = np.subtract(log_p, log_q)
    return d.mean(), 2 * np.sqrt(d.var(ddof=1) / d.size)


@right
def row_by_row(log_p, log_q):
    d = [float(p) - float(q) for p, q in zip(log_p, log_q)]
    mean = sum(d) / len(d)
    variance = sum((one - mean) ** 2 for one in d) / (len(d) - 1)
    return mean, 2 * (variance / len(d)) ** 0.5


@right
def by_the_norm(log_p, log_q):
    d = log_p - log_q
    off = d - d.mean()
    return np.sum(d) / len(d), 2 * np.linalg.norm(off) / np.sqrt(len(d) * (len(d) - 1))
