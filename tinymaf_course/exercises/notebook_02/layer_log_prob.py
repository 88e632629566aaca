"""Find the sign bug in the density of one autoregressive layer (MAF, section 3.1)."""

import autograd.numpy as anp
import numpy as np

from tinymaf.checks import jacobians

from .. import Complaint, edit, phrases, right
from ..numerics import grid

OPTIONAL = False
HINTS = (
    "Which direction does each line go? The first line takes x to u. So which derivative is "
    "needed, du/dx or dx/du?",
    "du_i/dx_i = exp(-alpha_i). If alpha is large, the noise was stretched much to become data:"
    " must log p go up or down?",
    "log|det du/dx| is minus the sum of alpha over the variables: `log_det = -np.sum(alpha(x), "
    "axis=1)`.",
)


def layer_log_prob(x, mu, alpha):
    """log p(x), shape (N,), of x_i = mu_i + exp(alpha_i) u_i with standard normal u.

    x: (N, D). mu, alpha: functions (N, D) -> (N, D), whose column i depends only on the
        variables before x_i.
    """
    u = (x - mu(x)) * np.exp(-alpha(x))
    log_p_u = -0.5 * np.sum(u**2 + np.log(2 * np.pi), axis=1)
    log_det = -np.sum(alpha(x), axis=1)
    return log_p_u + log_det


STUB = '''
def layer_log_prob(x, mu, alpha):
    """log p(x), shape (N,), of x_i = mu_i + exp(alpha_i) u_i with standard normal u.

    x: (N, D). mu, alpha: functions (N, D) -> (N, D), whose column i depends only on the
        variables before x_i.
    """
    u = (x - mu(x)) * np.exp(-alpha(x))
    log_p_u = -0.5 * np.sum(u ** 2 + np.log(2 * np.pi), axis=1)
    log_det = np.sum(alpha(x), axis=1)
    return log_p_u + log_det
'''.strip()


def cases():
    rng, made = np.random.default_rng(6), []
    for dim in (2, 3, 2):
        weights = np.tril(rng.uniform(0.3, 0.9, (2, dim, dim)), -1) * rng.choice(
            [-1, 1], (2, dim, dim)
        )
        biases = rng.uniform(0.2, 0.7, (2, dim)) * np.where(np.arange(dim) == 1, -1, 1)
        made.append(
            (
                rng.normal(0, 1, (dim + 3, dim)),
                _column(weights[0], biases[0]),
                _column(weights[1], biases[1]),
            )
        )
    return made


def _column(weights, biases):
    return lambda x: biases + anp.dot(anp.tanh(x), weights.T)


def judge(answer, x, mu, alpha):
    n, dim = x.shape
    where = f"{n} rows of {dim} variables"
    got = answer(x, mu, alpha)
    if said := phrases.each_row(got, n, where):
        return said
    if dim == 2:
        points, room = grid([40, 40], 801)
        total = float(np.sum(np.exp(answer(points, mu, alpha))) * room)
        look = "Each line: does it go from x to u, or from u to x?"
        if said := phrases.mass(total, "the sum over a fine grid of the plane", look):
            return said
    u = (x - mu(x)) / np.exp(alpha(x))
    J = jacobians(lambda x: (x - mu(x)) / anp.exp(alpha(x)), x)
    want = np.linalg.slogdet(J)[1] - 0.5 * np.sum(u**2, axis=1) - 0.5 * dim * np.log(2 * np.pi)
    row = int(np.argmax(np.abs(got - want)))
    if not np.abs(got - want).max() < 1e-8:
        return Complaint(
            "This is not log p_u(u) + log|det du/dx|, with the Jacobian by autograd.",
            tested=where + f", x = {x[row].round(3).tolist()}",
            got=f"{got[row]:.4f}, not {want[row]:.4f}",
            look=(
                f"There u = {u[row].round(3).tolist()}, log|det du/dx| = "
                f"{np.linalg.slogdet(J)[1][row]:.4f}."
            ),
        )
    return None


WRONG_EDITS = [
    edit(
        "without_log_det",
        "Now log_det is gone. The layer stretches space by a different factor at every x, and the "
        "density must pay for it.",
        ("log_p_u + log_det", "log_p_u"),
    ),
    edit(
        "the_other_line",
        "You flipped the sign in the wrong line. Now the two lines fit each other, and the "
        "density integrates to 1, but it belongs to another map: x_i = mu_i + exp(alpha_i) u_i "
        "gives u_i = (x_i - mu_i) exp(-alpha_i).",
        ("np.exp(-alpha(x))", "np.exp(alpha(x))"),
        ("-np.sum(alpha(x), axis=1)", "np.sum(alpha(x), axis=1)"),
    ),
    edit(
        "both_lines",
        "Two signs were flipped, and one was right. u_i = (x_i - mu_i) exp(-alpha_i) needs no "
        "repair.",
        ("np.exp(-alpha(x))", "np.exp(alpha(x))"),
    ),
    edit(
        "absolute_log",
        "The absolute value belongs to the determinant, not to its log: a log-determinant has a "
        "sign, and it matters.",
        ("np.sum(alpha(x), axis=1)", "np.abs(np.sum(alpha(x), axis=1))"),
    ),
    edit(
        "mean_of_alpha",
        "The mean of alpha was taken. The determinant is the product of the D diagonal entries, "
        "so its log is their sum.",
        ("np.sum(alpha(x), axis=1)", "np.mean(alpha(x), axis=1)"),
    ),
    edit(
        "log_det_a_batch",
        "The sum runs over all rows (axis=1 is gone): one log_det a batch, though every row has a "
        "Jacobian of its own.",
        ("np.sum(alpha(x), axis=1)", "np.sum(alpha(x))"),
        misconception="log-det-per-batch",
    ),
]


@right
def in_one_sum(x, mu, alpha):
    a = alpha(x)
    u = (x - mu(x)) / np.exp(a)
    return np.sum(-0.5 * np.log(2 * np.pi) - a - 0.5 * u**2, axis=1)


@right
def by_columns(x, mu, alpha):
    m, a, log_p = mu(x), alpha(x), 0
    for i in range(x.shape[1]):
        variance = np.exp(2 * a[:, i])
        log_p = (
            log_p - 0.5 * np.log(2 * np.pi * variance) - 0.5 * (x[:, i] - m[:, i]) ** 2 / variance
        )
    return log_p


@right
def by_einsum(x, mu, alpha):
    u = (x - mu(x)) * np.exp(-alpha(x))
    constant = 0.5 * x.shape[1] * np.log(2 * np.pi)
    return -0.5 * np.einsum("nd,nd->n", u, u) - alpha(x) @ np.ones(x.shape[1]) - constant
