"""A classifier for nothing: log p(y | x) from log p(x | y), by Bayes' rule (MAF, section 4.3,
scores with its sum)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = False
HINTS = (
    "p(y | x) = p(x | y) p(y) / p(x). Take logs. What is p(x), if y is not known?",
    "p(x) = sum over y of p(x | y) p(y): for each row one sum over the classes. exp(-1300) is 0"
    " in floats: use `np.logaddexp.reduce` along `axis=1`.",
    "`joint = log_p_x + log_prior; return joint - np.logaddexp.reduce(joint, axis=1, "
    "keepdims=True)`",
)


def bayes_rule(log_p_x, log_prior):
    """log p(y | x) for N pictures and K classes: shape (N, K), in nats.

    log_p_x: log p(x | y) of each picture under each class, (N, K); values like -1300 occur.
    log_prior: log p(y), (K,).
    """
    joint = log_p_x + log_prior
    return joint - np.logaddexp.reduce(joint, axis=1, keepdims=True)


def cases():
    rng = np.random.default_rng(4)
    found = []
    for n, k, far in ((5, 2, 0), (4, 3, -50), (6, 10, -1300), (3, 4, 900)):
        prior = rng.gamma(0.7, 1, k) + 0.02
        found.append((far + rng.normal(0, 2, (n, k)), np.log(prior / prior.sum())))
    return found


def judge(answer, log_p_x, log_prior):
    n, k = log_p_x.shape
    tested = f"{n} pictures, {k} classes, log p(x | y) around {log_p_x.mean():.0f}"
    out = answer(log_p_x, log_prior)
    what = "One number for each picture and each class: shape (N, K)."
    if said := phrases.shape(out, (n, k), what, tested):
        return said
    look = "exp of numbers like -1300 is 0: stay in the logarithm"
    if said := phrases.finite(out, "log p(y | x) must be finite here.", tested, look):
        return said
    total = np.exp(out).sum(axis=1)
    if not np.abs(total - 1).max() < 1e-9:
        return Complaint(
            "The probabilities of the classes must sum to 1, for each picture.",
            tested,
            got=f"they sum to {total[0]:.4g} for the first",
            look="what p(x) is, and the axis of its sum",
        )
    odds = (out - out[:, :1]) - (log_p_x - log_p_x[:, :1])
    if not np.abs(odds - (log_prior - log_prior[0])).max() < 1e-8:
        return Complaint(
            "log p(y | x) - log p(y' | x) must be the difference of log p(x | y), plus that of "
            "the log priors.",
            tested,
            got=(
                f"the priors' share is {odds[0, 1]:.4f} instead of "
                f"{log_prior[1] - log_prior[0]:.4f}, classes 1 and 0"
            ),
            look="how the prior enters",
        )
    return None


WRONG_EDITS = [
    edit(
        "no_prior",
        "The prior is missing. With equal classes it cancels; these classes are not equally "
        "frequent.",
        ("log_p_x + log_prior", "log_p_x"),
    ),
    edit(
        "prior_without_log",
        "The prior itself was added to a logarithm. Add log p(y), not p(y). A published code did "
        "this; with equal classes the classifier does not notice, only the p(x) that it computes "
        "does.",
        ("log_p_x + log_prior", "log_p_x + np.exp(log_prior)"),
    ),
    edit(
        "over_the_pictures",
        "The sum runs over the pictures. p(x) belongs to one picture: sum over its classes, "
        "axis=1.",
        ("axis=1, keepdims=True", "axis=0"),
    ),
    edit(
        "joint_alone",
        "This is log p(x, y): the most probable class is right, the probabilities are not. "
        "Subtract log p(x).",
        ("joint - np.logaddexp.reduce(joint, axis=1, keepdims=True)", "joint"),
    ),
    edit(
        "prior_too_late",
        "The prior was added after normalising: then the rows no longer sum to 1. First the "
        "joint, then its sum.",
        ("log_p_x + log_prior", "log_p_x"),
        ("keepdims=True)", "keepdims=True) + log_prior"),
    ),
    edit(
        "sum_of_logs",
        "The sum of the logarithms is the logarithm of a product. p(x) is a sum of probabilities: "
        "np.logaddexp.reduce.",
        ("np.logaddexp.reduce(joint, axis=1, keepdims=True)", "joint.sum(axis=1, keepdims=True)"),
    ),
]


@wrong(
    "Right on paper, but exp(-1300) is 0 in floats and exp(900) is infinite: 0 / 0. Stay in the "
    "logarithm, with np.logaddexp."
)
def underflows(log_p_x, log_prior):
    joint = np.exp(log_p_x) * np.exp(log_prior)
    return np.log(joint / joint.sum(axis=1, keepdims=True))


@wrong("These are the probabilities. Their logarithms are asked for.")
def without_the_log(log_p_x, log_prior):
    return np.exp(bayes_rule(log_p_x, log_prior))


@right
def largest_out_first(log_p_x, log_prior):
    joint = log_p_x + log_prior
    shifted = joint - joint.max(axis=1)[:, None]
    return shifted - np.log(np.exp(shifted).sum(axis=1))[:, None]


@right
def class_by_class(log_p_x, log_prior):
    joint = log_p_x + log_prior[None, :]
    log_p = np.full(len(joint), -np.inf)
    for column in joint.T:
        log_p = np.logaddexp(log_p, column)
    return (joint.T - log_p).T


@right
def by_differences(log_p_x, log_prior):
    joint = log_p_x + log_prior
    return -np.logaddexp.reduce(joint[:, None, :] - joint[:, :, None], axis=2)
