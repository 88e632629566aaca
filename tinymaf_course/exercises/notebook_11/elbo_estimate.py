"""The evidence lower bound of a VAE from draws of z (Kingma, Welling 2014, section 2)."""

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "Three terms for each draw and each row: log p(x | z), log p(z), and log q(z | x), which is"
    " subtracted. Then the mean over the draws.",
    "z = m + exp(log_s) eps. log q(z | x) is a normal density of z, so log_s belongs in it: sum"
    " over L of -log(2 pi) / 2 - log_s - eps^2 / 2. And log p(z) has z where that one has eps, "
    "and no log_s.",
    "`np.mean(log_p_x(z) + np.sum(-0.5 * z ** 2 + 0.5 * eps ** 2 + log_s, axis=2), axis=0)`",
)


def elbo_estimate(log_p_x, m, log_s, eps):
    """The ELBO of each row, shape (N,), in nats: the mean over K draws of
    log p(x | z) + log p(z) - log q(z | x).

    q(z | x) = N(m, exp(log_s)^2), m and log_s (N, L), and z = m + exp(log_s) eps with eps
    (K, N, L). p(z) = N(0, I).
    log_p_x(z): log p(x | z) for z (K, N, L), shape (K, N).
    """
    z = m + np.exp(log_s) * eps
    log_p_z = np.sum(-0.5 * np.log(2 * np.pi) - 0.5 * z**2, axis=2)
    log_q = np.sum(-0.5 * np.log(2 * np.pi) - log_s - 0.5 * eps**2, axis=2)
    return np.mean(log_p_x(z) + log_p_z - log_q, axis=0)


class _Likelihood:
    """log p(x | z) of binary pixels whose logits are z W + b; `weight` 0 makes it blind to z."""

    def __init__(self, x, latent, weight, rng):
        self.x, self.W = x, weight * rng.standard_normal((latent, x.shape[1]))
        self.b, self.__name__ = rng.standard_normal(x.shape[1]), "log_p_x"

    def __call__(self, z):
        if np.ndim(z) != 3 or np.shape(z)[1:] != (len(self.x), len(self.W)):
            raise ValueError(
                f"log_p_x takes z of shape (K, {len(self.x)}, {len(self.W)}), got {np.shape(z)}"
            )
        logits = z @ self.W + self.b
        return np.sum(self.x * logits - np.logaddexp(0, logits), axis=2)


def cases():
    rng, found = np.random.default_rng(3), []
    for k, n, dim, latent, weight in (
        (6, 4, 5, 2, 0.0),
        (8, 3, 4, 1, 0.0),
        (5, 3, 6, 2, 1.0),
        (1, 2, 3, 3, 1.5),
    ):
        x = rng.integers(0, 2, (n, dim)).astype(float)
        eps = rng.standard_normal((k, n, latent))
        if k > 1:  # mean 0 and mean square 1: the KL term is then exact
            eps -= eps.mean(axis=0)
            eps /= np.sqrt((eps**2).mean(axis=0))
        found.append(
            (
                _Likelihood(x, latent, weight, rng),
                rng.standard_normal((n, latent)),
                0.6 * rng.standard_normal((n, latent)),
                eps,
            )
        )
    return found


def judge(answer, log_p_x, m, log_s, eps):
    k, n, latent = eps.shape
    blind = "" if log_p_x.W.any() else ", p(x | z) the same for every z"
    tested = f"{k} draws, {n} rows, L = {latent}{blind}"
    out = answer(log_p_x, m, log_s, eps)
    if said := phrases.each_row(out, n, tested):
        return said
    s = np.exp(log_s)
    c = np.mean(log_p_x(m + s * eps), axis=0)
    first = eps.mean(axis=0)
    second = (eps**2).mean(axis=0)
    mean_square = m**2 + 2 * m * s * first + s**2 * second  # of z, over the draws
    kl = 0.5 * np.sum(mean_square - second - 2 * log_s, axis=1)  # log q - log p(z), over the draws
    if not np.abs(out - (c - kl)).max() < 1e-8:
        exact = "KL(q || p(z)) in closed form" if k > 1 else "log q - log p(z)"
        return Complaint(
            f"The ELBO must be the mean of log p(x | z), less {exact}.",
            tested,
            got=f"first row: {out[0]:.4f} instead of {c[0]:.4f} - {kl[0]:.4f}",
            look="the normal density of z under q: what stands in for its standard deviation?",
        )
    return None


WRONG_EDITS = [
    edit(
        "density_of_eps",
        "log q(z | x) lacks -log_s: that is the density of eps, not of z. z is eps stretched by "
        "exp(log_s), and stretched densities are lower. Without it nothing keeps q from shrinking "
        "to a point.",
        ("- log_s - 0.5", "- 0.5"),
    ),
    edit(
        "log_q_added",
        "The sign of log q: it is subtracted. A q that spreads is rewarded, not punished.",
        ("- log_q", "+ log_q"),
    ),
    edit(
        "no_prior",
        "The prior is missing: this is log p(x | z) - log q. Nothing holds the codes together "
        "then.",
        ("+ log_p_z - log_q", "- log_q"),
    ),
    edit(
        "kl_twice",
        "The KL of the closed form was subtracted, and log q - log p(z) of the draws as well: "
        "once is enough.",
        ("return", "kl = 0.5 * np.sum(m**2 + np.exp(2 * log_s) - 1 - 2 * log_s, axis=1)\nreturn"),
        ("log_q, axis=0)", "log_q, axis=0) - kl"),
    ),
    edit(
        "kl_by_formula",
        "The KL by its formula: a good estimate of the same bound, and a less noisy one. But the "
        "formula is for two Gaussians; with a flow in q or p(z) there is none. Take log p(z) - "
        "log q(z | x) from the draws as well.",
        ("return", "kl = 0.5 * np.sum(m**2 + np.exp(2 * log_s) - 1 - 2 * log_s, axis=1)\nreturn"),
        ("log_p_x(z) + log_p_z - log_q, axis=0)", "log_p_x(z), axis=0) - kl"),
    ),
    edit(
        "log_variance",
        "log_s was read as the log of the variance. Here it is the log of the standard deviation.",
        ("z = m", "log_s = 0.5 * log_s\nz = m"),
    ),
    edit(
        "no_noise",
        "The noise was left out: z = m. The bound is an average over draws from q; at the mean "
        "alone it is not a bound.",
        ("z = m", "eps = 0 * eps\nz = m"),
    ),
    edit(
        "over_the_batch",
        "Averaged over rows too: one number for the batch. Each x has a bound of its own.",
        ("log_q, axis=0)", "log_q)"),
        misconception="log-det-per-batch",
    ),
    edit(
        "log_of_the_mean",
        "This is the logarithm of the mean weight: a better bound, the importance-weighted one of "
        "section 5. The ELBO is the mean of the logarithms.",
        ("np.mean(", "np.logaddexp.reduce("),
        ("log_q, axis=0)", "log_q, axis=0) - np.log(len(eps))"),
    ),
]


@right
def constants_cancelled(log_p_x, m, log_s, eps):
    z = m + np.exp(log_s) * eps
    return np.mean(log_p_x(z) + np.sum(0.5 * eps**2 - 0.5 * z**2 + log_s, axis=2), axis=0)


@right
def draw_by_draw(log_p_x, m, log_s, eps):
    total = np.zeros(len(m))
    z = np.stack([m + np.exp(log_s) * one for one in eps])
    for k, one in enumerate(log_p_x(z)):
        log_q = -0.5 * np.log(2 * np.pi) - log_s - 0.5 * ((z[k] - m) / np.exp(log_s)) ** 2
        log_p = -0.5 * np.log(2 * np.pi) - 0.5 * z[k] ** 2
        total = total + one + (log_p - log_q).sum(axis=1)
    return total / len(eps)


@right
def by_einsum(log_p_x, m, log_s, eps):
    z = eps * np.exp(log_s) + m
    squares = np.einsum("knl,knl->n", eps, eps) - np.einsum("knl,knl->n", z, z)
    return log_p_x(z).mean(axis=0) + 0.5 * squares / len(eps) + log_s.sum(axis=1)
