"""A convex combination of densities, with weights chosen on rows that none of them has seen.

    p(x) = sum_k w_k p_k(x),    w = argmax sum_n log sum_k w_k p_k(x_n) over held-out rows x_n

(stacking: Smyth, Wolpert 1999). It is normalised, it is drawn from exactly, and no row gets less
than `log w_k + log p_k(x)` of any part.
"""

import copy
import math
import warnings

import numpy as np

from .elliptical import Elliptical, Kernels, em, log_sum_exp

GUARD = "student"  # the broad part, which always has a share
SIZES = (1, 2, 3, 4, 6, 8, 12, 20, 32)
WIDTHS = (0.05, 0.1, 0.2, 0.35, 0.6, 1.0)  # of kernels, over Scott's n^(-1 / (D + 4))
NEAR = (0.15, 0.3, 0.5, 0.8)  # of kernels, over the distance of a near neighbour
MOST = 12_000  # rows that EM and near neighbours get, drawn of more


def fit_parts(z, weights, rng, wanted=None):
    """`{name: density}` of standardised rows z (n, D) with their weights; all, or those `wanted`.

    Mixtures of up to 32 Gaussians, as they are and with the covariances drawn to the common one
    ("shrunk"); Student's t and mixtures of it; kernels along the axes or the principal ones, of
    one width or that of their neighbourhood ("adaptive").
    """
    n, d = z.shape
    most = min(MOST, 40_000_000 // (d * d + 3 * d + 2))
    some = rng.permutation(n)[:most] if n > most else slice(None)
    x, w = z[some], weights[some]
    plans = _mixtures(n, d)
    found, labels = {}, {}
    for name, size, options in plans:
        if wanted is None or name in wanted:
            if size not in labels:
                labels[size] = _clusters(x, w, size, rng)
            found[name] = em(x, w, labels[size], **options)
    for name, kernels in _kernels(z, weights, some).items():
        if wanted is None or name in wanted:
            found[name] = kernels
    return found


def _mixtures(n, d):
    """`(name, components, options of em)`: no more than one component for each eight rows, and
    where its covariance is its own, for each D + 1.
    """
    plans = [(GUARD, 1, {"nu": 3.0, "prior": d + 2.0})]
    plans += [(f"student, {nu} degrees", 1, {"nu": float(nu), "prior": d + 2.0}) for nu in (1, 8)]
    for size in SIZES:
        if size == 1 or size * 8 <= n:
            if size == 1 or size * (d + 1) <= n:
                plans.append((f"mixture of {size}", size, {}))
            plans.append((f"mixture of {size}, shrunk", size, {"prior": d + 2.0}))
            if size in (2, 4, 8):
                options = {"nu": 4.0, "prior": d + 2.0}
                plans.append((f"student mixture of {size}", size, options))
    return plans


def _clusters(x, weights, size, rng):
    from sklearn.cluster import KMeans

    if size == 1:
        return np.zeros(len(x), int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct rows than clusters
        means = KMeans(size, n_init=1, max_iter=30, random_state=int(rng.integers(2**31)))
        return means.fit(np.clip(x, -5, 5), sample_weight=weights).labels_


def _kernels(z, weights, some):
    from sklearn.neighbors import NearestNeighbors

    n, d = z.shape
    one = weights / weights.sum()
    center = one @ z
    cov = ((one[:, None] * (z - center)).T @ (z - center)) * n + (d + 2) * np.diag(
        one @ (z - center) ** 2
    )
    factor = np.linalg.cholesky(cov / (n + d + 2) + 1e-9 * np.eye(d))
    scott = n ** (-1 / (d + 4))
    round_ones = Kernels(z, weights, np.diag(np.sqrt(one @ (z - center) ** 2 + 1e-9)), scott)
    full = Kernels(z, weights, factor, scott)
    found = {f"kernels of {h}": _scaled(round_ones, h * scott) for h in WIDTHS}
    found |= {f"kernels of {h}, full": _scaled(full, h * scott) for h in WIDTHS}
    if n <= MOST:
        k = min(max(3, round(math.sqrt(n) / 2) + 1), n - 1)
        near = NearestNeighbors(n_neighbors=k).fit(full.z).kneighbors()[0] if k else [[1.0]]
        reach = np.maximum(np.asarray(near)[:, -1] / math.sqrt(d), 1e-3)
        found |= {f"kernels of {h}, adaptive": _scaled(full, h * reach) for h in NEAR}
    return found


def _scaled(kernels, scale):
    """The same kernels in another width; what is long is shared."""
    other = copy.copy(kernels)
    other.scale = np.broadcast_to(scale, len(kernels.z))
    return other


def log_probs(parts, z, given=0):
    """`log p_k` of the rows z (N, D), (N, K), in the order of `parts`."""
    found, families = {}, {}
    for name, part in parts.items():
        if isinstance(part, Elliptical):
            found[name] = part.log_prob(z, given)
        else:
            families.setdefault(id(part.z), []).append(name)
    for names in families.values():
        scales = [parts[name].scale for name in names]
        found |= zip(names, parts[names[0]].log_probs(z, scales, given).T)
    return np.stack([found[name] for name in parts], axis=1)


def choose_weights(log_prob, rows, guard, least=0.01, steps=300):
    """The weights (K,) that maximise `sum_n rows_n log sum_k w_k p_k(x_n)`, by EM, which climbs to
    the top, as the sum is concave; that of column `guard` is at least `least`.

    >>> good, bad = np.zeros((9, 1)), np.full((9, 1), -5.0)
    >>> choose_weights(np.hstack([good, bad]), np.ones(9), guard=1).round(3)
    array([0.99, 0.01])
    """
    p = np.exp(log_prob - log_prob.max(axis=1, keepdims=True))
    w = np.full(p.shape[1], 1 / p.shape[1])
    for _ in range(steps):
        share = p * w
        w = (rows / share.sum(axis=1)) @ share / rows.sum()
        if w[guard] < least:
            w *= (1 - least) / (1 - w[guard])
            w[guard] = least
    return w


def mixed(log_prob, weights):
    """`log sum_k w_k p_k`, (N,)."""
    with np.errstate(divide="ignore"):
        return log_sum_exp(log_prob + np.log(weights))


def warn_of_far_rows(log_prob):
    """A UserWarning for held-out rows more than 1,000 nats below the median."""
    far = log_prob < np.median(log_prob) - 1000
    if far.any():
        warnings.warn(
            f"{far.sum()} of {len(far)} held-out rows have log-densities down to "
            f"{log_prob.min():.3g}: look at them before trusting a mean score",
            UserWarning,
            stacklevel=4,
        )
