"""A conditional model's score in the table: log p(x), labels summed out (MAF, section 4.3)."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "p(x) = sum over y of p(y) p(x | y), and each of the C classes has p(y) = 1/C. Take the "
    "logarithm.",
    "log p(x) = logsumexp over y of log p(x | y), minus log C. exp(-1300) is 0 in floats: "
    "`np.logaddexp.reduce`.",
    "`return np.logaddexp.reduce(log_p, axis=1) - np.log(log_p.shape[1])`",
)


def conditional_score(log_p, labels):
    """log p(x) of N pictures under a conditional model, all C classes being equally likely:
    shape (N,), in nats.

    log_p: log p(x | y) of each picture given each class, (N, C); values like -1300 occur.
    labels: the class that each picture really has, 0 to C - 1, (N,). You need not use
    everything that you are given.
    """
    return np.logaddexp.reduce(log_p, axis=1) - np.log(log_p.shape[1])


def cases():
    rng, found = np.random.default_rng(1303), []
    for n, classes, at, spread in (
        (6, 10, -1300, 3.0),
        (4, 3, 0, 1.0),
        (5, 2, 900, 0.3),
        (8, 10, -40, 30.0),
    ):
        found.append((at + rng.normal(0, spread, (n, classes)), rng.integers(classes, size=n)))
    return found


def judge(answer, log_p, labels):
    n, classes = log_p.shape
    tested = f"{n} pictures, {classes} classes, log p(x | y) around {log_p.mean():.0f}"
    out = answer(log_p, labels)
    look = "Over what do you sum, and what stays?"
    if said := phrases.each_row(out, n, tested, look=look, row="picture"):
        return said
    look = "exp of numbers like -1300 is 0: stay in the logarithm."
    if said := phrases.finite(out, "log p(x) must be finite here.", tested, look):
        return said
    flat = answer(np.repeat(log_p[:, :1], classes, axis=1), labels)
    if not np.abs(flat - log_p[:, 0]).max() < 1e-8:
        return Complaint(
            "If the model does not care about the label, log p(x | y) is log p(x), for every y.",
            tested,
            got=f"{flat[0] - log_p[0, 0]:+.4f} nats too many",
            look="What is each class's p(y)?",
        )
    if not np.abs(answer(log_p, (labels + 1) % classes) - out).max() < 1e-9:
        return Complaint(
            "With other labels your score changes. log p(x) is the density of a picture whose "
            "label is unknown.",
            tested,
            look="Do you need the labels?",
        )
    rng = np.random.default_rng(0)
    p = rng.gamma(0.5, 1, (200, classes)) + 1e-9  # p(x | y) of all 200 values of an x
    total = np.exp(answer(np.log(p / p.sum(axis=0)), np.zeros(200, int))).sum()
    what = "Over everything that x can be, p(x) must sum to 1."
    if said := phrases.mass(total, f"200 values of x, {classes} classes", error=1e-9, what=what):
        return said
    top = log_p.max(axis=1)
    if not np.abs(np.exp(out - top) - np.mean(np.exp(log_p - top[:, None]), axis=1)).max() < 1e-9:
        return Complaint(
            "p(x) must be the mean of p(x | y) over the classes.",
            tested,
            got=brief(np.asarray(out)),
        )
    return None


WRONG_EDITS = [
    edit(
        "without_log_c",
        "log C is missing. The sum of C densities has the mass C: it is not a density, and log C "
        "nats too good.",
        ("axis=1) - np.log(log_p.shape[1])", "axis=1)"),
    ),
    edit(
        "joint_with_the_true_label",
        "That is log p(x, y) with the true label. x may have come with the other labels, too: sum "
        "over them.",
        ("np.logaddexp.reduce(log_p, axis=1)", "log_p[np.arange(len(labels)), labels]"),
    ),
    edit(
        "over_the_pictures",
        "The sum runs over the pictures. Each picture has a score of its own: sum over its "
        "classes, axis=1.",
        ("axis=1) - np.log(log_p.shape[1])", "axis=0) - np.log(log_p.shape[0])"),
    ),
    edit(
        "log_c_added",
        "log C was added. An average is smaller than a sum: minus log C.",
        ("- np.log(", "+ np.log("),
    ),
]


@wrong(
    "That is log p(x | y) of the *true* label. It uses an answer that no other model of the table "
    "has, and is up to log C nats too good: 2.30 for ten classes. The unconditional columns have "
    "no label either."
)
def the_true_label(log_p, labels):
    return log_p[np.arange(len(labels)), labels]


@wrong(
    "The label that fits best was chosen for each picture, after having seen it. That is not a "
    "density: it has too much mass."
)
def the_best_label(log_p, labels):
    return log_p.max(axis=1)


@wrong(
    "A mean of logarithms is the logarithm of a geometric mean, and lower. Average the densities, "
    "not their logs."
)
def mean_of_logs(log_p, labels):
    return log_p.mean(axis=1)


@wrong(
    "Right on paper, but exp(-1300) is 0 in floats, and its logarithm minus infinity. Use "
    "np.logaddexp.reduce."
)
def underflows(log_p, labels):
    return np.log(np.mean(np.exp(log_p), axis=1))


@right
def largest_out_first(log_p, labels):
    top = log_p.max(axis=1)
    return top + np.log(np.exp(log_p - top[:, None]).mean(axis=1))


@right
def class_by_class(log_p, labels):
    total = np.full(len(log_p), -np.inf)
    for column in log_p.T:
        total = np.logaddexp(total, column)
    return total - np.log(log_p.shape[1])


@right
def with_the_prior_inside(log_p, labels):
    joint = log_p + np.log(1 / log_p.shape[1])
    return np.logaddexp.accumulate(joint, axis=1)[:, -1]
