"""Is what a flow takes for noise really noise? PIT values and the coverage of central intervals, on
held-out data."""

import math

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right

OPTIONAL = False
SETUP = "import math"
HINTS = (
    "Phi(u) = (1 + erf(u / sqrt(2))) / 2. `math.erf` takes single numbers; "
    "`np.vectorize(math.erf)` takes arrays.",
    "The central interval of share q holds the PIT values from (1 - q) / 2 to (1 + q) / 2.",
    "`inside = np.abs(pit - 0.5) < q / 2`, and its mean over the rows, `axis=0`, is the "
    "coverage of each variable.",
)


def pit_and_coverage(u, q):
    """PIT values, and how often the model's central interval of probability q holds what it
    should.

    u (N, D): held-out data, as the flow takes them to noise. q: a probability, such as 0.9.
    Return pit = Phi(u) (N, D), Phi the distribution function of the standard normal, and
    coverage (D,): for each variable the share of rows whose PIT value lies in the central
    interval that is q wide.
    """
    pit = 0.5 * (1 + np.vectorize(math.erf)(u / np.sqrt(2)))
    return pit, np.mean(np.abs(pit - 0.5) < q / 2, axis=0)


def cases():
    rng = np.random.default_rng(73)
    return [
        (rng.standard_normal((200, 1)), 0.5),
        (0.6 * rng.standard_normal((150, 2)), 0.9),
        (rng.standard_normal((300, 3)) * [0.5, 1, 2] + [0, 0.7, 0], 0.8),
    ]


def _share_below(u):
    """The area of the normal density up to each u, by the trapezium rule."""
    t = np.linspace(-12, 12, 60_001)
    p = np.exp(-0.5 * t**2) / np.sqrt(2 * np.pi)
    area = np.concatenate([[0], np.cumsum((p[1:] + p[:-1]) / 2 * (t[1] - t[0]))])
    return np.interp(u, t, area)


def judge(answer, u, q):
    tested = f"{len(u)} rows, D = {u.shape[1]}, q = {q:g}"
    out = answer(u.copy(), q)
    look = "One PIT for each row and variable, one share for each variable."
    if said := phrases.results(out, {"pit": u.shape, "coverage": (u.shape[1],)}, tested, look):
        return said
    pit, coverage = out
    area = _share_below(u)
    if not np.abs(pit - area).max() < 1e-6:
        n, i = np.unravel_index(np.argmax(np.abs(pit - area)), u.shape)
        return Complaint(
            "pit must be the area of the standard normal density to the left of u.",
            tested,
            got=f"{pit[n, i]:.4f} at u = {u[n, i]:.4f}, the area is {area[n, i]:.4f}",
            look="Phi(0) = 1/2, Phi(1.96) = 0.975.",
        )
    edge = (1 - q) / 2
    inside = [sum(edge < value < 1 - edge for value in column) / len(u) for column in area.T]
    if not np.abs(np.asarray(coverage) - inside).max() < 1e-9:
        return Complaint(
            f"coverage must be the share of rows with PIT from {edge:g} to {1 - edge:g}.",
            tested,
            got=f"{brief(np.asarray(coverage))}, counted one by one {brief(np.array(inside))}",
            look="Where does a central interval begin and end? Over what is the mean taken?",
        )
    return None


WRONG_EDITS = [
    edit(
        "one_sided",
        "That is the interval from 0 to q: one-sided. A model that is too wide on the left would "
        "pass. The central one leaves out (1 - q) / 2 at either end.",
        ("np.abs(pit - 0.5) < q / 2", "pit < q"),
    ),
    edit(
        "twice_as_wide",
        "That interval is 2q wide. It reaches q/2 to either side of the middle, not q.",
        ("q / 2", "q"),
    ),
    edit(
        "density_for_area",
        "That is the density of the normal at u, not the area to its left. PIT takes the "
        "distribution function Phi.",
        (
            "0.5 * (1 + np.vectorize(math.erf)(u / np.sqrt(2)))",
            "np.exp(-0.5 * u**2) / np.sqrt(2 * np.pi)",
        ),
    ),
    edit(
        "erf_of_u",
        "erf wants u / sqrt(2): its bell has another width than the normal's.",
        ("u / np.sqrt(2)", "u"),
    ),
    edit(
        "all_at_once",
        "You asked that all variables of a row be inside at once. For independent ones that "
        "happens with q to the power D, not q: count each variable on its own.",
        (
            "np.mean(np.abs(pit - 0.5) < q / 2, axis=0)",
            "np.full(u.shape[1], np.mean((np.abs(pit - 0.5) < q / 2).all(axis=1)))",
        ),
    ),
    edit(
        "own_quantiles",
        "You cut at the quantiles of u itself. They hold a share of q whatever the model is: the "
        "data are compared with themselves, and every model passes. The interval must be the "
        "model's.",
        (
            "return pit",
            "low, high = np.quantile(u, [(1 - q) / 2, (1 + q) / 2], axis=0)\nreturn pit",
        ),
        ("np.abs(pit - 0.5) < q / 2", "(low < u) & (u < high)"),
    ),
    edit(
        "standardised_first",
        "You standardised u first. A model that is too wide or off the centre shows in just the "
        "mean and width that you took away: u must be judged as it comes.",
        ("u / np.sqrt(2)", "(u - u.mean(axis=0)) / u.std(axis=0) / np.sqrt(2)"),
    ),
    edit(
        "wrong_axis",
        "You took the mean over the variables and kept the rows. It is the other way round: "
        "axis=0.",
        ("axis=0", "axis=1"),
    ),
]


@right
def by_erfc(u, q):
    pit = np.array([[0.5 * math.erfc(-value / math.sqrt(2)) for value in row] for row in u])
    low, high = (1 - q) / 2, (1 + q) / 2
    return pit, ((pit > low) & (pit < high)).mean(axis=0)


@right
def by_counting(u, q):
    phi = np.frompyfunc(lambda value: (1 + math.erf(value / math.sqrt(2))) / 2, 1, 1)
    pit = phi(u).astype(float)
    edge = (1 - q) / 2
    shares = [sum(edge < one < 1 - edge for one in column) / len(u) for column in pit.T]
    return pit, np.array(shares)


@right
def one_list_of_all(u, q):
    pit = np.array([math.erf(value / 2**0.5) for value in u.ravel()]).reshape(u.shape)
    inside = np.where(np.abs(pit) < q, 1.0, 0.0)
    return pit / 2 + 0.5, inside.sum(axis=0) / len(u)
