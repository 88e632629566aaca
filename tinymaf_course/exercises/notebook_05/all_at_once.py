"""Find the bug: an inverse without a loop over columns. It passes its tests at D = 1 and D = 2 and
fails at D = 3."""

import numpy as np

from .. import edit, wrong
from ..networks import networks
from ._maf import complaint_about_map

OPTIONAL = True
HINTS = (
    "Call the buggy function at D = 3. Which columns are right? After the first call? After the "
    "second?",
    "Every call makes one more column right: column k needs the columns before it. Two calls "
    "get two columns right.",
    "Keep the update of the whole x, and repeat it D times: for _ in range(u.shape[1]): ...",
)

STUB = '''
def all_at_once(mu_alpha, u):
    """From noise to data without a loop over columns: x and log|det dx/du|. Right for D = 1
    and D = 2.
    """
    mu, alpha = mu_alpha(np.zeros_like(u))      # the first variable needs no x
    x = mu + np.exp(alpha) * u
    mu, alpha = mu_alpha(x)                     # now x_1 is there for the others
    x = mu + np.exp(alpha) * u
    return x, np.sum(alpha, axis=1)
'''


def all_at_once(mu_alpha, u):
    """From noise to data without a loop over columns: x and log|det dx/du|. Right for every
    D.
    """
    x = np.zeros_like(u)
    for _ in range(u.shape[1]):  # call k makes column k right, and keeps what is right
        mu, alpha = mu_alpha(x)
        x = mu + np.exp(alpha) * u
    return x, np.sum(alpha, axis=1)


def cases():
    return networks(np.random.default_rng(53), (1, 2, 3, 5, 7))


def judge(answer, mu_alpha, u):
    return complaint_about_map(
        answer, mu_alpha, u, to="x", calls_allowed=lambda dim: max(dim + 1, 4)
    )


WRONG_EDITS = [
    edit(
        "one_call_more",
        "A third call repairs D = 3 and nothing beyond it. The number of calls must grow with D.",
        ("range(u.shape[1])", "range(3)"),
    ),
    edit(
        "one_call",
        "Fewer calls do not help: with the single call at zeros only the first variable is right.",
        ("range(u.shape[1])", "range(1)"),
        misconception="directions-cost-same",
    ),
    edit(
        "start_from_noise",
        "Starting from u instead of zeros changes nothing that matters: what is missing is calls, "
        "not a better start.",
        ("np.zeros_like(u)", "u"),
        ("range(u.shape[1])", "range(2)"),
    ),
    edit(
        "one_round_short",
        "One call short: D - 1 rounds leave the last variable wrong. Each call makes one column "
        "right, and there are D.",
        ("for _ in range(u.shape[1])", "mu, alpha = mu_alpha(x)\nfor _ in range(u.shape[1] - 1)"),
    ),
    edit(
        "scale_what_was_scaled",
        "The scale must multiply the noise in every round. You put the last x where u belongs: "
        "x = mu + exp(alpha) x piles layer on layer.",
        ("np.zeros_like(u)", "u"),
        ("np.exp(alpha) * u", "np.exp(alpha) * x"),
    ),
    edit(
        "log_det_of_x_to_u",
        "x is right now. log_det has the sign of the other direction: noise is stretched by "
        "exp(alpha), so it is +.",
        ("np.sum(", "-np.sum("),
    ),
]


@wrong(
    "x is right. But every round replaces the one before: only the last round's alpha counts, do "
    "not add them up."
)
def log_dets_added_up(mu_alpha, u):
    x, log_det = np.zeros_like(u), 0
    for _ in range(u.shape[1]):
        mu, alpha = mu_alpha(x)
        x, log_det = mu + np.exp(alpha) * u, log_det + np.sum(alpha, axis=1)
    return x, log_det
