"""Mixtures of Gaussians or of Student's t, by EM, and kernel densities: what stands beside flows.

All have triangular factors, so that what the first C variables have is the block of the first C
rows: with the variables that are conditioned on in front, conditional densities and draws are
exact.
"""

import math

import numpy as np

RIDGE = 1e-6  # on the diagonal of a covariance of standardised data, as in GaussianMixture


class Elliptical:
    """`p(x) = sum_k w_k t_nu(x; m_k, L_k L_k^T)`, Gaussians for nu = inf.

    Args:
        weights (K,), means (K, D), factors (K, D, D): the L_k are lower triangular.
        nu: degrees of freedom.
    """

    def __init__(self, weights, means, factors, nu=math.inf):
        self.weights, self.means, self.factors, self.nu = weights, means, factors, nu
        self.inverses = np.linalg.inv(factors)

    def parts(self, x):
        """`log w_k p_k(x)`, (N, K), of the first `x.shape[1]` variables."""
        d, nu, found = x.shape[1], self.nu, np.empty((len(x), len(self.weights)))
        for k, (mean, inverse) in enumerate(zip(self.means[:, :d], self.inverses[:, :d, :d])):
            squares = (((x - mean) @ inverse.T) ** 2).sum(axis=1)
            found[:, k] = student(squares, d, nu) + np.log(np.diag(inverse)).sum()
        return found + np.log(self.weights)

    def log_prob(self, x, given=0):
        """`log p` of the variables from `given` on under the condition of those before, (N,)."""
        joint = log_sum_exp(self.parts(x))
        return joint - log_sum_exp(self.parts(x[:, :given])) if given else joint

    def sample(self, rng, n, context=None):
        """`n` draws (n, D), with `context` (n, C) of which the first C variables are given."""
        d = self.means.shape[1]
        given = np.zeros((n, 0)) if context is None else context
        k = draw(rng, self.parts(given))
        c = given.shape[1]
        known = np.einsum("nij,nj->ni", self.inverses[k][:, :c, :c], given - self.means[k, :c])
        noise = rng.standard_normal((n, d - c))
        if self.nu < math.inf:
            nu = self.nu + c
            noise *= np.sqrt((self.nu + (known**2).sum(axis=1)) / rng.chisquare(nu, n))[:, None]
        z = np.concatenate([known, noise], axis=1)
        x = self.means[k] + np.einsum("nij,nj->ni", self.factors[k], z)
        x[:, :c] = given
        return x


class Kernels:
    """`p(x) = sum_i w_i N(x; c_i, (s_i L)(s_i L)^T)`, a kernel at each row c_i, L lower triangular.

    Args:
        centers (n, D), weights (n,), factor (D, D).
        scale: the s_i (n,), or one number.
    """

    def __init__(self, centers, weights, factor, scale):
        self.centers, self.factor, self.inverse = centers, factor, np.linalg.inv(factor)
        self.z = centers @ self.inverse.T
        self.log_weights = np.log(weights / weights.sum())
        self.scale = np.broadcast_to(scale, len(centers))

    def log_probs(self, x, scales, given=0):
        """What `log_prob` gives for each of several `scale`, (N, S): the distances once."""
        joint = self._sums(x, scales)
        return joint - self._sums(x[:, :given], scales) if given else joint

    def log_prob(self, x, given=0):
        return self.log_probs(x, [self.scale], given)[:, 0]

    def _sums(self, x, scales):
        d, found = x.shape[1], np.empty((len(x), len(scales)))
        size = max(1, 2**21 // len(self.z))
        for k in range(0, len(x), size):
            squares = self._squares(x[k : k + size])
            for s, scale in enumerate(scales):
                found[k : k + size, s] = log_sum_exp(self._terms(squares, d, scale))
        return found + np.log(np.diag(self.inverse)[:d]).sum()

    def _squares(self, x):
        d = x.shape[1]
        x, z = x @ self.inverse[:d, :d].T, self.z[:, :d]
        return np.maximum((x**2).sum(axis=1)[:, None] + (z**2).sum(axis=1) - 2 * x @ z.T, 0)

    def _terms(self, squares, d, scale):
        return student(squares / scale**2, d) + (self.log_weights - d * np.log(scale))

    def sample(self, rng, n, context=None):
        """As `Elliptical.sample`."""
        given = np.zeros((n, 0)) if context is None else context
        c, size = given.shape[1], max(1, 2**21 // len(self.z))
        if c:
            k = [
                draw(rng, self._terms(self._squares(given[j : j + size]), c, self.scale))
                for j in range(0, n, size)
            ]
            k = np.concatenate([np.zeros(0, int), *k])
        else:
            k = rng.choice(len(self.z), n, p=np.exp(self.log_weights))
        z = self.z[k] + self.scale[k, None] * rng.standard_normal((n, self.z.shape[1]))
        z[:, :c] = given @ self.inverse[:c, :c].T
        x = z @ self.factor.T
        x[:, :c] = given
        return x


def student(squares, d, nu=math.inf):
    """The log-density of t_nu in d dimensions at squared radii; the standard normal's at inf."""
    if nu == math.inf:
        return -0.5 * (squares + d * math.log(2 * math.pi))
    constant = math.lgamma((nu + d) / 2) - math.lgamma(nu / 2) - d / 2 * math.log(nu * math.pi)
    return constant - (nu + d) / 2 * np.log1p(squares / nu)


def log_sum_exp(a):
    """`log sum exp` over the last axis."""
    top = a.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(a - top).sum(axis=-1)) + top[..., 0]


def draw(rng, log_weights):
    """For each row the number of a column, with probabilities in proportion to `exp`."""
    return np.argmax(log_weights + rng.gumbel(size=log_weights.shape), axis=1)


def em(x, weights, labels, *, nu=math.inf, prior=0.0, steps=60, tolerance=1e-3):
    """An `Elliptical` by EM on weighted rows of x, from a cluster for each row.

        r_nk = w_n p(k | x_n),  v_nk = (nu + D) / (nu + |L_k^-1 (x_n - m_k)|^2),  1 at nu = inf
        m_k = sum r v x / sum r v,   S_k = (sum r v (x - m)(x - m)^T + a S_0) / (sum r + a)

    S_0 is the covariance of all rows over K^(2/D) and `prior` a, its weight in rows (Fraley,
    Raftery 2007). All moments are one matrix product with the monomials 1, x_i, x_i x_j, and so
    are all densities.
    """
    n, d = x.shape
    size = labels.max() + 1
    i, j = np.tril_indices(d)
    monomials = np.column_stack([np.ones(n), x, x[:, i] * x[:, j]])
    one = weights / weights.sum()
    center = one @ x
    spread = ((one[:, None] * (x - center)).T @ (x - center)) * size ** (-2 / d)
    r, v, last = np.eye(size)[labels], 1.0, -math.inf
    for _ in range(steps):
        rows = r * weights[:, None]
        counts = rows.sum(axis=0) + 1e-15
        moments = (rows * v).T @ monomials
        total = moments[:, :1] + 1e-300
        means = moments[:, 1 : d + 1] / total
        second = np.zeros((size, d, d))
        second[:, i, j] = second[:, j, i] = moments[:, d + 1 :]
        cov = second - total[:, :, None] * means[:, :, None] * means[:, None, :]
        cov = (cov + prior * spread) / (counts + prior)[:, None, None]
        model = Elliptical(counts / counts.sum(), means, _factors(cov, means), nu)
        squares = monomials @ _forms(model, i, j)
        logdets = np.log(np.diagonal(model.inverses, axis1=1, axis2=2)).sum(axis=1)
        parts = student(np.maximum(squares, 0), d, nu) + logdets + np.log(model.weights)
        log_prob = log_sum_exp(parts)
        score = one @ log_prob
        if score - last < tolerance or (size == 1 and nu == math.inf):
            break
        last, r = score, np.exp(parts - log_prob[:, None])
        v = 1.0 if nu == math.inf else (nu + d) / (nu + np.maximum(squares, 0))
    return model


def _factors(cov, means):
    """Cholesky factors, with as much on the diagonal as rounding asks for."""
    one, ridge = np.eye(cov.shape[1]), RIDGE + 1e-12 * (means**2).max(axis=1)
    for _ in range(10):
        try:
            return np.linalg.cholesky(cov + ridge[:, None, None] * one)
        except np.linalg.LinAlgError:
            ridge = 10 * ridge
    return np.sqrt((np.abs(cov) + ridge[:, None, None]) * one)


def _forms(model, i, j):
    """The coefficients (monomials, K) of `|L_k^-1 (x - m_k)|^2`."""
    precision = model.inverses.transpose(0, 2, 1) @ model.inverses
    linear = -2 * np.einsum("kij,kj->ki", precision, model.means)
    constant = -0.5 * np.einsum("ki,ki->k", linear, model.means)
    twice = np.where(i == j, 1, 2) * precision[:, i, j]
    return np.column_stack([constant, linear, twice]).T
