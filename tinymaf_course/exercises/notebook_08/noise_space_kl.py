"""KL(data, model) seen from the noise: how far the transformed data are from the base (MAF,
section 3.2 and appendix A)."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong
from ._iaf import log_normal

OPTIONAL = True
HINTS = (
    "Each x becomes a u. The data's density becomes a density over u: the change of variables, "
    "from x to u.",
    "x_to_u returns log|det du/dx|. Where data are stretched on the way to u, their density over "
    "u gets thinner.",
    "u, log_det = x_to_u(x); log_p_u = log_data(x) - log_det; then the mean of log_p_u minus the "
    "standard normal log-density of u.",
)


def noise_space_kl(x_to_u, log_data, x):
    """An estimate of KL(p_u || N(0, I)), p_u being the density of u when x is data.

    x_to_u(x) -> u (N, D), log|det du/dx| (N,)
    log_data(x) -> the data's own log-density (N,)
    x has shape (N, D): draws from the data's density. Return one number: the mean over the
    rows, in nats.
    """
    u, log_det = x_to_u(x)
    log_p_u = log_data(x) - log_det
    log_base = np.sum(-0.5 * u**2 - 0.5 * np.log(2 * np.pi), axis=1)
    return np.mean(log_p_u - log_base)


def _shrink(m, s):
    def x_to_u(x):
        return (x - m) / s, np.full(len(x), -np.sum(np.log(s)))

    return x_to_u


def _normal(m, s):
    def log_data(x):
        return log_normal((x - m) / s) - np.sum(np.log(s))

    return log_data


def cases():
    rng, made = np.random.default_rng(84), []
    for dim in (1, 2, 3):
        z = rng.standard_normal((1000, dim))
        m = rng.uniform(-1, 1, dim)
        s = np.exp(rng.uniform(-1, 1, dim))
        there = rng.uniform(-1, 1, dim)
        width = np.exp(rng.uniform(-1, 1, dim))
        # Mean 0 and variance 1 at last: the average is exact then.
        z = (z - z.mean(axis=0)) / z.std(axis=0)
        made.append((_shrink(m, s), _normal(there, width), there + width * z))
    return made


def judge(answer, x_to_u, log_data, x):
    dim = x.shape[1]
    value = answer(x_to_u, log_data, x)
    tested = f"data normal, the flow a shift and a scale, D = {dim}"
    look = "The mean over the rows."
    if said := phrases.number(value, "The KL is one finite number.", tested, look):
        return said
    u = x_to_u(x)[0]
    # p_u is normal, with this mean and variance: the KL has a closed form.
    mean = u.mean(axis=0)
    var = u.var(axis=0)
    exact = 0.5 * np.sum(var + mean**2 - 1 - np.log(var))
    if not abs(value - exact) < 1e-8:
        return Complaint(
            "The KL of two Gaussians is known in closed form.",
            tested,
            f"{float(value):.4f}, the closed form gives {exact:.4f}",
            "log p_u(u) = log_data(x) - log|det du/dx|. What does the model's base say of u?",
        )
    return None


WRONG_EDITS = [
    edit(
        "other_sign",
        "The sign of log_det: where the way from x to u stretches, the density over u gets "
        "thinner: log_data(x) - log_det.",
        ("log_data(x) - log_det", "log_data(x) + log_det"),
    ),
    edit(
        "volume_forgotten",
        "log_data(x) is a density over x. Over u the same points have another one: subtract "
        "log|det du/dx|.",
        ("log_data(x) - log_det", "log_data(x)"),
    ),
    edit(
        "base_at_x",
        "The base is asked about x. In u-space the points are the u: how likely does the base "
        "find those?",
        ("u**2", "x**2"),
    ),
    edit(
        "data_at_u",
        "log_data knows where x lies, not where u does: hand it x, and carry its density over by "
        "the log_det.",
        ("log_data(x)", "log_data(u)"),
    ),
    edit(
        "the_loss",
        "That is the loss that you train with, -mean log p(x). It differs from the KL by the "
        "data's entropy, which no model can change: add mean log_data(x).",
        ("np.mean(log_p_u - log_base)", "-np.mean(log_base + log_det)"),
    ),
]


@wrong(
    "That is -KL: the average runs over data, so the data's own density comes first, the base's is "
    "subtracted."
)
def turned_round(x_to_u, log_data, x):
    u, log_det = x_to_u(x)
    return np.mean(np.sum(-0.5 * u**2 - 0.5 * np.log(2 * np.pi), axis=1) - log_data(x) + log_det)


@right
def mean_by_mean(x_to_u, log_data, x):
    u, log_det = x_to_u(x)
    base = 0.5 * np.mean(np.sum(u**2, axis=1)) + 0.5 * u.shape[1] * np.log(2 * np.pi)
    return np.mean(log_data(x)) - np.mean(log_det) + base


@right
def by_einsum(x_to_u, log_data, x):
    u, log_det = x_to_u(x)
    log_base = -0.5 * np.einsum("nd,nd->n", u, u) - u.shape[1] / 2 * np.log(2 * np.pi)
    return float(np.sum(log_data(x) - log_det - log_base) / len(x))


@right
def against_the_models_density(x_to_u, log_data, x):
    u, log_det = x_to_u(x)
    log_model = log_det
    for column in u.T:
        log_model = log_model - 0.5 * np.log(2 * np.pi) - 0.5 * column**2
    return np.mean(log_data(x) - log_model)
