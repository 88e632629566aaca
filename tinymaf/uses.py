"""What a density is for: classifying by Bayes' rule, and finding what does not belong.

Everything is in nats, and a class-conditional density gets the class as a one-hot label in its
context.
"""

import math

import numpy as np

from .distributions import Density
from .parameters import check_params
from .trees import dtype_of
from .validation import (
    a_float,
    an_instance,
    as_plain,
    require_finite,
    row_of,
    short,
    whole_number,
    within,
)


def one_hot(labels, n_classes, dtype=float):
    """Whole numbers 0..K-1 of shape (N,) as rows (N, K) with a single one.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    n_classes, labels = whole_number("n_classes", n_classes, 1), as_plain(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must hold whole numbers, got dtype {labels.dtype}")
    if labels.ndim != 1:
        raise ValueError(f"labels must have shape (N,), got {labels.shape}")
    outside = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if len(outside):
        raise ValueError(
            f"labels must lie in 0..{n_classes - 1}, got {labels[outside[0]]} in row {outside[0]}"
        )
    return np.eye(n_classes, dtype=a_float("dtype", dtype))[labels]


def classify(density, params, x, n_classes, log_prior=None):
    """The log-posterior over the classes, shape (N, K), by Bayes' rule:

        log p(y | x) = log p(x | y) + log p(y) - log sum_y' p(x | y') p(y')

    Args:
        density, params: a class-conditional density whose context is the one-hot label
            (`context_dim = n_classes`).
        log_prior: `log p(y)`, shape (K,), -inf for a class that is ruled out; None for equal
            classes.

    The most probable class is `classify(...).argmax(axis=1)`. It is only as good as the densities
    are, and as the prior is for the place where you use it.
    """
    joint, marginal = _joint(density, params, x, n_classes, log_prior)
    lost = np.flatnonzero(~np.isfinite(marginal))
    if len(lost):
        raise ValueError(
            f"no class gives {len(lost)} rows of x a finite log-density, first row {lost[0]}"
        )
    return joint - marginal[:, None]


def class_marginal_log_prob(density, params, x, n_classes, log_prior=None):
    """`log p(x) = log sum_y p(x | y) p(y)`, shape (N,): the density of x whatever its class.

    With equal classes this is `logsumexp_y log p(x | y) - log K`, the MAF paper's score of
    conditional models on test images (section 4.3), comparable with unconditional ones. For the
    arguments see `classify`.
    """
    return _joint(density, params, x, n_classes, log_prior)[1]


def anomaly_score(density, params, x, context=None):
    """`-log p(x | context)`, shape (N,): the larger, the less x looks like the data that the
    density was fitted to.
    """
    return -an_instance("density", density, Density).log_prob(params, x, context)


def anomaly_threshold(normal_scores, false_alarm_rate):
    """The smallest threshold t such that at most the share `false_alarm_rate` of the given normal
    scores lies above it.

    The alarm is `score > t`, strictly. With the n scores sorted, s_1 <= ... <= s_n,

        t = s_{n-k},    k = the largest whole number with k / n <= false_alarm_rate.

    Scores equal to t raise no alarm, so with ties there are fewer than k. With fewer than `1 /
    false_alarm_rate` scores, k = 0 and t is their maximum. Take the scores of normal data that the
    density was *not* fitted to. Then, without ties, the false-alarm rate on fresh normal data has
    the mean (k + 1) / (n + 1) over such samples of n (its law is Beta(k + 1, n - k)): with small n
    it may be well above the rate you asked for.

    >>> anomaly_threshold([5.0, 1.0, 4.0, 2.0, 3.0], 0.2)
    4.0
    """
    scores = as_plain(normal_scores)
    if scores.dtype.kind not in "fiu":
        raise TypeError(f"normal_scores must hold numbers, got {short(normal_scores)}")
    if scores.ndim != 1 or not len(scores):
        raise ValueError(
            f"normal_scores must have shape (N,) with N of at least 1, got {scores.shape}"
        )
    scores = scores.astype(float)
    require_finite(scores, "normal_scores")
    within("false_alarm_rate", false_alarm_rate, 0, 1)
    n = len(scores)
    k = math.floor(false_alarm_rate * n)  # rounding may put the product next to a whole number
    k += (k + 1) / n <= false_alarm_rate
    k -= k / n > false_alarm_rate
    return float(np.sort(scores)[n - k - 1])


def _joint(density, params, x, n_classes, log_prior):
    """`log p(x, y)`, shape (N, K), and its logsumexp over y, shape (N,)."""
    if not isinstance(density, Density) or density.context_dim != whole_number(
        "n_classes", n_classes, 1
    ):
        raise ValueError(
            f"density must have one context number for each of the {n_classes} classes, "
            f"got context_dim={getattr(density, 'context_dim', None)}"
        )
    check_params(density, params)
    contexts = np.eye(n_classes, dtype=dtype_of(params))
    log_prior = _checked_prior(log_prior, n_classes).astype(contexts.dtype)
    columns = [
        density.log_prob(params, x, contexts[k : k + 1]) + log_prior[k] for k in range(n_classes)
    ]
    joint = np.stack(columns, axis=1)
    return joint, np.logaddexp.reduce(joint, axis=1)


def _checked_prior(log_prior, n_classes):
    if log_prior is None:
        return np.full(n_classes, -math.log(n_classes))
    log_prior = row_of("log_prior", log_prior, "fiu", "a row of numbers").astype(float)
    if log_prior.shape != (n_classes,):
        raise ValueError(f"log_prior must have shape ({n_classes},), got {log_prior.shape}")
    with np.errstate(over="ignore"):
        total = np.exp(log_prior).sum()
    if not abs(total - 1) <= 1e-6:  # also catches NaN
        raise ValueError(
            f"exp(log_prior) must sum to 1, got {total:.6g}: log_prior holds log-probabilities"
        )
    return log_prior
