"""The reverse KL loss of a flow, from its own samples (the bound of Rezende and Mohamed
2015, section 4)."""

import autograd.numpy as anp
import numpy as np
from autograd import grad

from .. import Complaint, edit, phrases, right

OPTIONAL = False
SETUP = "import autograd.numpy as anp        # NumPy that autograd can differentiate"
HINTS = (
    "Three things for each row: x with its log_det, then log q(x), then log p~(x). The loss is "
    "a mean over rows.",
    "log q(x) = log p_u(u) - log|det dx/du|: you made x from u, so u is known already. "
    "Then average log q - log p~.",
    "`x, log_det = u_to_x(u); log_q = anp.sum(-0.5 * u ** 2 - 0.5 * anp.log(2 * anp.pi), "
    "axis=1) - log_det; return anp.mean(log_q - log_target(x))`.",
)


def reverse_kl_loss(u_to_x, log_target, u):
    """An estimate of E[log q(x) - log p~(x)] = KL(q || p) - log Z, from the draws u of the
    standard normal base.

    u_to_x(u) -> x (N, D), log|det dx/du| (N,)
    log_target(x) -> log p~(x) (N,), not normalised
    u has shape (N, D). Return one number, in nats. Write anp. for np., so that autograd can
    differentiate.
    """
    x, log_det = u_to_x(u)
    log_q = anp.sum(-0.5 * u**2 - 0.5 * anp.log(2 * anp.pi), axis=1) - log_det
    return anp.mean(log_q - log_target(x))


def _stretch(m, s):
    """The map u -> m + s u of every variable."""

    def u_to_x(u):
        return m + s * u, anp.sum(anp.log(s)) + anp.zeros(len(u))

    return u_to_x


def _normal(m, s, log_z):
    """N(m, s^2) of every variable, times Z."""

    def log_target(x):
        return log_z - anp.sum(
            0.5 * ((x - m) / s) ** 2 + anp.log(s) + 0.5 * anp.log(2 * anp.pi), axis=1
        )

    return log_target


def cases():
    rng, made = np.random.default_rng(83), []
    for dim in (1, 2, 3):
        u = rng.standard_normal((2000, dim))
        # Mean 0 and variance 1 at last: the average is exact then.
        u = (u - u.mean(axis=0)) / u.std(axis=0)
        m = rng.uniform(-1, 1, dim)
        s = np.exp(rng.uniform(-1, 1, dim))
        there = rng.uniform(-1, 1, dim)
        width = np.exp(rng.uniform(-1, 1, dim))
        made.append((_stretch(m, s), _normal(there, width, 0.7), u))
    return made


def judge(answer, u_to_x, log_target, u):
    dim = u.shape[1]
    # The loss is known: q and p are normal, the draws have exactly the mean 0 and the variance 1.
    m = u_to_x(np.zeros((1, dim)))[0][0]
    s = u_to_x(np.ones((1, dim)))[0][0] - m
    log_q_mean = -0.5 * dim * np.log(2 * np.pi * np.e) - np.sum(np.log(s))
    target = np.mean(log_target(np.array([m + s * row for row in _corners(dim)])))
    exact = log_q_mean - target
    value = answer(u_to_x, log_target, u)
    tested = f"q and p normal, D = {dim}, {len(u)} rows"
    look = "The mean over the rows."
    if said := phrases.number(value, "The loss is one finite number.", tested, look):
        return said
    if not abs(value - exact) < 1e-8:
        return Complaint(
            "The loss must be KL(q || p) - log Z.",
            tested,
            f"{float(value):.4f}, known is {exact:.4f}",
            "Signs first: log q(x) - log p~(x), and log q(x) = log p_u(u) - log_det.",
        )

    def moved(shift):
        return answer(lambda v: (u_to_x(v)[0] + shift, u_to_x(v)[1]), log_target, u)

    step = 1e-5
    differences = [(moved(step * e) - moved(-step * e)) / (2 * step) for e in np.eye(dim)]
    if not np.abs(grad(moved)(np.zeros(dim)) - differences).max() < 1e-5:
        return Complaint(
            "autograd's gradient of the loss is not its slope.",
            tested,
            look="Write anp.mean and anp.sum, and hand log_target the x that came out of u_to_x.",
        )
    return None


def _corners(dim):
    """Points with mean 0 and variance 1 in every variable, uncorrelated: all (+-1, ..., +-1)."""
    return np.array(np.meshgrid(*[[-1.0, 1.0]] * dim)).reshape(dim, -1).T


WRONG_EDITS = [
    edit(
        "the_bound_itself",
        "The sign: you return the mean of log p~ - log q, the bound that should RISE. A loss "
        "should fall: log q - log p~.",
        ("log_q - log_target(x)", "log_target(x) - log_q"),
    ),
    edit(
        "stretched_is_dense",
        "The sign of log_det: u_to_x returns log|det dx/du|. Where the noise is stretched, q is "
        "thin: log q = log p_u(u) - log_det. With your sign q is rewarded for collapsing to a "
        "point.",
        ("- log_det", "+ log_det"),
    ),
    edit(
        "peak_seeker",
        "log q is missing: the mean of -log p~ alone is smallest when all samples sit on the "
        "highest peak. It is log q that keeps them apart.",
        ("log_q - log_target(x)", "-log_target(x)"),
    ),
    edit(
        "base_forgotten",
        "log p_u(u) is missing: log q(x) has two parts, the density of the noise and -log_det.",
        ("anp.sum(-0.5 * u**2 - 0.5 * anp.log(2 * anp.pi), axis=1) - log_det", "-log_det"),
    ),
    edit(
        "turned_into_float",
        "The value is right, but float(...) cuts the thread that autograd follows: leave the "
        "number as it is.",
        ("anp.mean(log_q - log_target(x))", "float(anp.mean(log_q - log_target(x)))"),
    ),
    edit(
        "no_constant",
        "The constant -log(2 pi) / 2 of each variable is missing. It changes no gradient, but the "
        "number would not be nats.",
        (" - 0.5 * anp.log(2 * anp.pi), axis=1)", ", axis=1)"),
    ),
    edit(
        "target_at_u",
        "log_target was asked about the noise. The target lives where the data live: hand it x.",
        ("log_target(x)", "log_target(u)"),
    ),
    edit(
        "summed",
        "You summed over the rows: the loss, and with it the step, would grow with the number of "
        "draws. Take the mean.",
        ("anp.mean(", "anp.sum("),
    ),
    edit(
        "base_at_x",
        "The base density was asked about x. log q(x) = log p_u(u) - log_det: put the noise into "
        "it.",
        ("u**2", "x**2"),
    ),
    edit(
        "log_det_forgotten",
        "log_det is missing: log p_u(u) is the density of the noise, not that of x.",
        ("axis=1) - log_det", "axis=1)"),
    ),
]


@right
def mean_by_mean(u_to_x, log_target, u):
    x, log_det = u_to_x(u)
    base = -0.5 * anp.mean(anp.sum(u**2, axis=1)) - 0.5 * u.shape[1] * anp.log(2 * anp.pi)
    return base - anp.mean(log_det) - anp.mean(log_target(x))


@right
def by_einsum(u_to_x, log_target, u):
    x, log_det = u_to_x(u)
    log_q = -0.5 * anp.einsum("nd,nd->n", u, u) - u.shape[1] / 2 * anp.log(2 * anp.pi) - log_det
    return anp.sum(log_q - log_target(x)) / len(u)


@right
def the_bound_turned_round(u_to_x, log_target, u):
    x, log_det = u_to_x(u)
    bound = log_target(x) + log_det
    for i in range(u.shape[1]):
        bound = bound + 0.5 * anp.log(2 * anp.pi) + 0.5 * u[:, i] ** 2
    return -anp.mean(bound)
