"""The density of exp(u): change of variables on a line (MAF, section 2.2)."""

import math

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "Two lines: which u made this x, and how fast does u change when x does?",
    "u = log x, and du/dx = 1/x. Add up log p_u(u) and log|du/dx|.",
    "`u = np.log(x)`, `log_p_u = -0.5 * (u ** 2 + np.log(2 * np.pi))`, and log|du/dx| = "
    "log(1/x) = `-np.log(x)` = -u.",
)


def exp_log_prob(x):
    """log p(x) of x = exp(u) with u standard normal.

    x: (N,), all positive. Returns an array (N,).
    """
    u = np.log(x)
    log_p_u = -0.5 * (u**2 + np.log(2 * np.pi))
    log_det = -np.log(x)
    return log_p_u + log_det


def cases():
    rng = np.random.default_rng(4)
    return [(np.exp(rng.normal(0, 1, n)),) for n in (5, 1, 12)]


def judge(answer, x):
    got = answer(x)
    tested = f"{len(x)} values of x"
    if said := phrases.each_row(got, len(x), tested):
        return said
    # Steps that grow with x: the integral of p(x) dx is that of p(x) x dt.
    t = np.linspace(-12, 12, 4801)
    with np.errstate(all="ignore"):
        total = float(np.sum(np.exp(answer(np.exp(t)) + t)) * (t[1] - t[0]))
    look = "log|du/dx|: is it there, once for each x, and with the right sign?"
    if said := phrases.mass(total, "the integral over x from 0 to infinity", look, error=1e-4):
        return said
    for n, value in enumerate(x):  # the mass of a small interval, counted on the u-axis
        low, high = (math.erf(math.log(value * (1 + s)) / math.sqrt(2)) / 2 for s in (-1e-4, 1e-4))
        want = math.log((high - low) / (2e-4 * value))
        if not abs(got[n] - want) < 1e-5:
            return Complaint(
                "The mass of a small interval around x is not that of the interval of u it comes "
                "from.",
                tested=f"x = {value:.4f}",
                got=(
                    f"log p(x) = {got[n]:.4f}, the interval's mass over its length has the log "
                    f"{want:.4f}"
                ),
            )
    return None


WRONG_EDITS = [
    edit(
        "no_log_det",
        "log|du/dx| is missing. You found the right u, but the interval around it was stretched "
        "on its way to x.",
        ("log_p_u + log_det", "log_p_u"),
    ),
    edit(
        "dx_by_du",
        "The sign of the log-derivative is flipped: +log x is log|dx/du|. What you need is du/dx "
        "= 1/x, and its log is -log x.",
        ("-np.log(x)", "np.log(x)"),
    ),
    edit(
        "normal_at_x",
        "The normal density was taken at x. It belongs to the noise: take it at u = log x.",
        ("u = np.log(x)", "u = x"),
    ),
    edit(
        "the_wrong_way",
        "You went the wrong way: exp(x) is not the u that made x. Undo the map: u = log x.",
        ("u = np.log(x)", "u = np.exp(x)"),
        ("-np.log(x)", "x"),
    ),
    edit(
        "derivative_without_log",
        "du/dx itself was added to a log. In logs, 1/x becomes -log x.",
        ("-np.log(x)", "1 / x"),
    ),
    edit(
        "not_the_log",
        "This is the density, not its log.",
        ("log_p_u + log_det", "np.exp(log_p_u + log_det)"),
    ),
    edit(
        "one_log_det_for_all",
        "The log-derivatives of all x were added up, and every x got the sum. Each x has a "
        "derivative of its own: no sum over the rows.",
        ("-np.log(x)", "-np.sum(np.log(x))"),
        misconception="log-det-per-batch",
    ),
]


@right
def in_one_line(x):
    return -0.5 * np.log(x) ** 2 - np.log(x * np.sqrt(2 * np.pi))


@right
def one_by_one(x):
    def log_p(value):
        u = math.log(value)
        return -0.5 * (u * u + math.log(2 * math.pi)) - u

    return np.array([log_p(value) for value in x])


@right
def by_the_derivative_of_exp(x):
    u = np.log(x)
    dx_du = np.exp(u)
    return -0.5 * u**2 - 0.5 * np.log(2 * np.pi) - np.log(np.abs(dx_du))
