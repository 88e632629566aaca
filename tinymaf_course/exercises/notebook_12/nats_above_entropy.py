"""How far a held-out score is from the best that is possible, and how sure that is (Shannon; Gibbs'
inequality)."""

import numpy as np

from ...referee import chain
from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "The score is the mean of log_q. A perfect model scores minus the entropy. How far below is"
    " this one?",
    "gap = -mean - entropy. Its error is that of a mean over N rows: the spread of the rows, "
    "over the square root of N.",
    "`return -np.mean(log_q) - entropy, np.std(log_q) / np.sqrt(len(log_q))`",
)


def nats_above_entropy(log_q, entropy):
    """How many nats a row is the model short of a perfect one?

    log_q: log q(x) of the test rows, (N,). entropy: that of the data, in nats.
    Return the gap (0 for a perfect model) and its standard error, two numbers.
    """
    return -np.mean(log_q) - entropy, np.std(log_q) / np.sqrt(len(log_q))


def cases():
    rng = np.random.default_rng(1201)
    made = []
    for n, short in ((400, 0.0), (900, 0.7), (250, -3.0)):
        made.append((chain.log_prob(chain.sample(rng, n)) - short, float(chain.ENTROPY)))
    return [*made, (rng.standard_normal(500) + 4, -2.5)]


def judge(answer, log_q, entropy):
    n = len(log_q)
    tested = f"{n} rows, mean log q = {log_q.mean():.4f}, entropy = {entropy:.4f}"
    out = answer(log_q, entropy)
    if said := phrases.numbers(out, ("gap", "error"), tested):
        return said
    gap, error = out
    if not abs(answer(np.full(n, -entropy), entropy)[0]) < 1e-9:
        return Complaint(
            "A model that gives every row log q = -entropy is short of nothing.",
            tested,
            got=f"gap {answer(np.full(n, -entropy), entropy)[0]:.4f}",
        )
    worse = answer(log_q - 1, entropy)[0]
    if not abs(worse - gap - 1) < 1e-9:
        return Complaint(
            "With log q one nat lower on every row, the gap must be one nat larger.",
            tested,
            got=f"{gap:.4f}, then {worse:.4f}",
            look="The sign of both terms.",
        )
    rng = np.random.default_rng(0)
    again = [answer(rng.choice(log_q, n), entropy)[0] for _ in range(600)]
    if not abs(np.mean(again) - gap) < 4 * log_q.std() / np.sqrt(n):
        return Complaint(
            "The gap is a mean over rows: other rows like these must give about the same.",
            tested,
            got=f"{gap:.4f}, others {np.mean(again):.4f}",
        )
    if not 0.85 < error / np.std(again) < 1.15:
        return Complaint(
            "The error must say how much the gap varies from one such test set to the next.",
            tested,
            got=f"error {error:.4f}; over 600 test sets the gap varied by {np.std(again):.4f}",
            look="The error of a mean falls with the square root of the number of rows.",
        )
    return None


WRONG_EDITS = [
    edit(
        "better_not_worse",
        "The gap has the wrong sign: yours is how much better than perfect the model is. A larger "
        "gap means a worse model: minus the mean, minus the entropy.",
        ("-np.mean(log_q) - entropy", "np.mean(log_q) + entropy"),
    ),
    edit(
        "entropy_added",
        "A perfect model does not score plus the entropy: the mean of log p(x) is MINUS the "
        "entropy.",
        ("- entropy", "+ entropy"),
    ),
    edit(
        "spread_of_rows",
        "That is the spread of single rows. The error of their mean is smaller by the square root "
        "of N.",
        ("np.std(log_q) / np.sqrt(len(log_q))", "np.std(log_q)"),
    ),
    edit(
        "divided_by_n",
        "Divided by N, where the square root of N belongs. You would be far too sure.",
        ("np.sqrt(len(log_q))", "len(log_q)"),
    ),
    edit(
        "absolute_gap",
        "You took the absolute value of the gap. But its sign is the alarm: a gap far below 0 is "
        "impossible for an honest density.",
        ("-np.mean(log_q) - entropy", "abs(-np.mean(log_q) - entropy)"),
    ),
]


@wrong("That is the sum over the rows, and its error: the score of a row is asked for.")
def summed(log_q, entropy):
    return -np.sum(log_q) - entropy * len(log_q), np.std(log_q) * np.sqrt(len(log_q))


@right
def row_by_row(log_q, entropy):
    short = [-float(one) - entropy for one in log_q]
    gap = sum(short) / len(short)
    return gap, (sum((one - gap) ** 2 for one in short) / len(short)) ** 0.5 / len(short) ** 0.5


@right
def by_variance(log_q, entropy):
    gaps = -(log_q + entropy)
    return gaps.mean(), np.sqrt(np.var(gaps, ddof=1) / gaps.size)


@right
def by_moments(log_q, entropy):
    mean = np.sum(log_q) / len(log_q)
    return -(mean + entropy), np.linalg.norm(log_q - mean) / len(log_q)
