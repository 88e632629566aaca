"""A sample of an IAF and its log-density, in one network call (MAF, section 3.2)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong
from ..networks import networks
from ..numerics import log_abs_det
from ._iaf import log_normal

OPTIONAL = False
HINTS = (
    "All of u is there before you start. So one call of mu_alpha gives every mu and every "
    "alpha, and no column has to wait.",
    "log q(x) = log p_u(u) - log|det dx/du|. You know u: nothing has to be inverted. What is "
    "the diagonal of dx/du?",
    "`mu, alpha = mu_alpha(u); x = mu + np.exp(alpha) * u`; log_q is the standard normal "
    "log-density of u, summed over `axis=1`, minus `alpha.sum(axis=1)`.",
)


def iaf_sample(mu_alpha, u):
    """Samples of a one-layer IAF and their log-density, in ONE network call.

    mu_alpha(u) -> mu, alpha, each (N, D), where column i depends on u_1 .. u_{i-1} alone.
    u has shape (N, D): draws from the standard normal base.
    Return x (N, D) and log q(x) (N,), in nats.
    """
    mu, alpha = mu_alpha(u)
    x = mu + np.exp(alpha) * u
    log_base = np.sum(-0.5 * u**2 - 0.5 * np.log(2 * np.pi), axis=1)
    return x, log_base - np.sum(alpha, axis=1)


def cases():
    return networks(np.random.default_rng(82), (1, 2, 3, 6))


def judge(answer, mu_alpha, u):
    n, dim = u.shape
    tested = f"D = {dim}, {n} rows"
    mu_alpha.forget()
    out = answer(mu_alpha, u.copy())
    look = "Nothing is missing at the start, and one call gives mu and alpha together."
    too_often = phrases.calls(mu_alpha, n, 1, tested, look)
    if said := phrases.results(out, {"x": (n, dim), "log q(x)": (n,)}, tested, phrases.ITS_OWN):
        return said
    x, log_q = out
    mu, alpha = mu_alpha.network(u)
    error = np.abs((x - mu) * np.exp(-alpha) - u).max()
    if not error < 1e-9:
        return Complaint(
            "x_i = mu_i + exp(alpha_i) u_i must hold, mu and alpha at u.",
            tested,
            f"off by {error:.3g}",
            "In an IAF the network reads the noise.",
        )
    exact = log_normal(u) - log_abs_det(lambda rows: answer(mu_alpha, rows)[0], u)
    if not np.abs(log_q - exact).max() < 1e-5:
        return Complaint(
            "log q(x) must be log p_u(u) - log|det dx/du|.",
            tested,
            f"first row: {log_q[0]:.4f}, with the determinant by differences {exact[0]:.4f}",
            "Where the noise is stretched, the density thins. And the base density is that of u.",
        )
    return too_often


WRONG_EDITS = [
    edit(
        "other_sign",
        "x is right. But the noise is stretched by exp(alpha), and what is stretched gets "
        "thinner: minus the sum of alpha.",
        ("log_base - np.sum", "log_base + np.sum"),
    ),
    edit(
        "base_at_x",
        "The base density belongs to the noise: put u into it, not x.",
        ("u**2", "x**2"),
    ),
    edit(
        "base_forgotten",
        "You returned -log_det alone. The log-density of x has two parts: log p_u(u), and the "
        "stretching.",
        ("log_base - np.sum", "-np.sum"),
    ),
    edit(
        "log_det_alone",
        "That is log_det alone, the logarithm of the stretching. log q(x) = log p_u(u) - log_det.",
        ("log_base - np.sum", "np.sum"),
    ),
    edit(
        "no_constant",
        "The constant -log(2 pi) / 2 of each variable is missing: q would not integrate to 1.",
        (" - 0.5 * np.log(2 * np.pi), axis=1)", ", axis=1)"),
    ),
    edit(
        "log_det_forgotten",
        "You returned log p_u(u) alone, as if the map moved no volume. It stretches by "
        "exp(alpha_i) along each variable.",
        ("log_base - np.sum(alpha, axis=1)", "log_base"),
    ),
    edit(
        "over_the_batch",
        "That is one number for the whole batch. Each row has a density of its own: axis=1.",
        ("np.pi), axis=1)", "np.pi))"),
        ("np.sum(alpha, axis=1)", "np.sum(alpha)"),
        misconception="log-det-per-batch",
    ),
    edit(
        "swapped_form",
        "(u - mu) exp(-alpha) is an IAF too, the swapped layer of section 2. Here the other form "
        "is asked for, x = mu + exp(alpha) u.",
        ("mu + np.exp(alpha) * u", "(u - mu) * np.exp(-alpha)"),
        ("log_base - np.sum", "log_base + np.sum"),
    ),
]


@wrong(
    "You let the network read x, column by column. That is sampling from a MAF, with D calls. In "
    "an IAF the network reads the noise, and all of the noise is there.",
    misconception="iaf-inverse-of-maf",
)
def maf_sampling(mu_alpha, u):
    x = np.zeros_like(u)
    for i in range(u.shape[1]):
        mu, alpha = mu_alpha(x)
        x[:, i] = mu[:, i] + np.exp(alpha[:, i]) * u[:, i]
    return x, np.sum(-0.5 * u**2 - 0.5 * np.log(2 * np.pi), axis=1) - np.sum(alpha, axis=1)


@right
def by_einsum(mu_alpha, u):
    mu, alpha = mu_alpha(u)
    scale = np.exp(alpha)
    log_base = -0.5 * np.einsum("nd,nd->n", u, u) - 0.5 * u.shape[1] * np.log(2 * np.pi)
    return mu + scale * u, log_base - np.log(scale).sum(axis=1)


@right
def column_by_column(mu_alpha, u):
    mu, alpha = mu_alpha(u)
    x, log_q = np.empty_like(u), np.zeros(len(u))
    for i in range(u.shape[1]):
        x[:, i] = mu[:, i] + np.exp(alpha[:, i]) * u[:, i]
        log_q -= 0.5 * np.log(2 * np.pi) + 0.5 * u[:, i] ** 2 + alpha[:, i]
    return x, log_q


@right
def normals_of_x(mu_alpha, u):
    mu, alpha = mu_alpha(u)
    x, variance = u * np.exp(alpha) + mu, np.exp(2 * alpha)
    return x, -0.5 * np.sum(np.log(2 * np.pi * variance) + (x - mu) ** 2 / variance, axis=1)
