"""The density of a posterior that goes through a flow (Kingma et al. 2016, algorithm 1)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong
from ..numerics import log_abs_det

OPTIONAL = True
HINTS = (
    "Two changes of variables, one after the other: eps -> z0 stretches by exp(log_s), z0 -> z "
    "by what the flow says. Each stretch lowers the density.",
    "log q(z | x) = log N(eps; 0, I) - sum log_s - log_det. The first term is at eps, not at z0"
    " and not at z.",
    "`z, log_det = u_to_x(m + np.exp(log_s) * eps); log_q = np.sum(-0.5 * np.log(2 * np.pi) - "
    "0.5 * eps ** 2 - log_s, axis=1) - log_det`",
)


def posterior_through_flow(u_to_x, m, log_s, eps):
    """z and log q(z | x), shapes (N, L) and (N,): z0 = m + exp(log_s) eps, and z, log_det =
    u_to_x(z0).

    eps (N, L) is standard normal noise, m and log_s come from the encoder, log_det is
    log|det dz/dz0|.
    """
    z, log_det = u_to_x(m + np.exp(log_s) * eps)
    return z, np.sum(-0.5 * np.log(2 * np.pi) - 0.5 * eps**2 - log_s, axis=1) - log_det


class _Flow:
    """z = b + a z0 + c z0^3 and a shear: smooth, one-to-one, its log_det not constant."""

    def __init__(self, latent, rng):
        self.a, self.c = np.exp(0.5 * rng.standard_normal(latent)), 0.3 * rng.random(latent)
        self.b, self.shear = (
            rng.standard_normal(latent),
            np.tril(rng.standard_normal((latent, latent)), -1),
        )
        self.__name__ = "u_to_x"

    def __call__(self, z0):
        z = self.b + self.a * z0 + self.c * z0**3
        return z + z @ self.shear.T, np.log(self.a + 3 * self.c * z0**2).sum(axis=1)


def cases():
    rng = np.random.default_rng(6)
    return [
        (
            _Flow(latent, rng),
            rng.standard_normal((n, latent)),
            0.7 * rng.standard_normal((n, latent)),
            rng.standard_normal((n, latent)),
        )
        for n, latent in ((4, 1), (5, 2), (3, 3))
    ]


def judge(answer, u_to_x, m, log_s, eps):
    n, latent = eps.shape
    tested = f"{n} rows, L = {latent}, a flow that bends"
    out = answer(u_to_x, m, log_s, eps)
    if said := phrases.results(out, {"z": (n, latent), "log_q": (n,)}, tested):
        return said
    z, log_q = out
    if not np.abs(z - u_to_x(m + np.exp(log_s) * eps)[0]).max() < 1e-9:
        return Complaint(
            "z must be the flow's image of z0 = m + exp(log_s) eps.",
            tested,
            got=f"first row {np.round(z[0], 4)}",
            look="the flow's input",
        )
    log_normal = -0.5 * np.sum(np.log(2 * np.pi) + eps**2, axis=1)
    exact = log_normal - log_abs_det(lambda rows: answer(u_to_x, m, log_s, rows)[0], eps)
    if not np.abs(log_q - exact).max() < 1e-5:
        return Complaint(
            "log_q must be log N(eps; 0, I) - log|det dz/deps|.",
            tested,
            got=f"first row: {log_q[0]:.4f}, by differences {exact[0]:.4f}",
            look="both stretches, their signs, and the point at which the normal density is taken",
        )
    return None


def _parts(u_to_x, m, log_s, eps):
    z, log_det = u_to_x(m + np.exp(log_s) * eps)
    return z, log_det, np.sum(-0.5 * np.log(2 * np.pi) - 0.5 * eps**2, axis=1)


WRONG_EDITS = [
    edit(
        "no_log_s",
        "The first stretch, by exp(log_s), is missing.",
        ("- log_s, axis=1)", ", axis=1)"),
    ),
    edit(
        "normal_at_z0",
        "The normal density is taken at z0. z0 is N(m, s^2), not N(0, 1): take it at eps, where "
        "it is standard.",
        ("eps**2", "(m + np.exp(log_s) * eps) ** 2"),
    ),
    edit(
        "normal_at_z",
        "The normal density is taken at z. That is the prior's log-density, log p(z), and not q's.",
        ("eps**2", "z**2"),
    ),
    edit(
        "over_the_batch",
        "log_s was summed over the rows as well. Each x has a posterior of its own: axis=1.",
        ("- log_s, axis=1)", ", axis=1) - log_s.sum()"),
        misconception="log-det-per-batch",
    ),
    edit(
        "encoder_ignored",
        "The noise went into the flow without the encoder: m and log_s are what makes q depend on "
        "x.",
        ("m + np.exp(log_s) * eps", "eps"),
        ("- log_s, axis=1)", ", axis=1)"),
    ),
]


@wrong(
    "The sign of log_det: it belongs to the way from z0 to z. Where that stretches, the density "
    "falls: subtract."
)
def log_det_added(u_to_x, m, log_s, eps):
    z, log_det, log_n = _parts(u_to_x, m, log_s, eps)
    return z, log_n - log_s.sum(axis=1) + log_det


@wrong("The flow's log_det is missing: this is the density of z0, not of z.")
def density_of_z0(u_to_x, m, log_s, eps):
    z, log_det, log_n = _parts(u_to_x, m, log_s, eps)
    return z, log_n - log_s.sum(axis=1)


@right
def two_steps(u_to_x, m, log_s, eps):
    z0 = m + np.exp(log_s) * eps
    log_q0 = -0.5 * np.sum(eps**2 + np.log(2 * np.pi), axis=1) - log_s.sum(axis=1)
    z, log_det = u_to_x(z0)
    return z, log_q0 - log_det


@right
def normal_of_z0(u_to_x, m, log_s, eps):
    variance = np.exp(2 * log_s)
    z0 = m + np.sqrt(variance) * eps
    z, log_det = u_to_x(z0)
    log_q0 = -0.5 * (np.log(2 * np.pi * variance) + (z0 - m) ** 2 / variance)
    return z, log_q0.sum(axis=1) - log_det


@right
def by_einsum(u_to_x, m, log_s, eps):
    z, log_det = u_to_x(np.exp(log_s) * eps + m)
    constant = 0.5 * eps.shape[1] * np.log(2 * np.pi)
    log_q0 = -0.5 * np.einsum("nl,nl->n", eps, eps) - np.einsum("nl->n", log_s) - constant
    return z, log_q0 - log_det
