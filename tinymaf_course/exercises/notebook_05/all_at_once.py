"""Find the bug: an inverse without a loop over columns. It passes its tests at D = 1 and D = 2 and
fails at D = 3."""

import numpy as np

from .. import Complaint, edit, phrases, right, wrong
from ..networks import Constant, networks
from ._maf import complaint_about_map

OPTIONAL = True
HINTS = (
    "Call the buggy function at D = 3. Which columns are right? After the first call? After the "
    "second?",
    "Every call makes one more column right: column k needs the columns before it. Two calls "
    "get two columns right.",
    "Keep the update of the whole x, and repeat it D times: `for _ in range(u.shape[1]): ...`",
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
    said = complaint_about_map(answer, mu_alpha, u, to="x", spare=1)
    return said or _another_idea(answer, mu_alpha, u)


def _another_idea(answer, mu_alpha, u):
    """Right answers that the task rules out: by columns, or until nothing changes."""
    n, dim = u.shape
    tested = f"D = {dim}, {n} rows"
    mu_alpha.forget()
    answer(mu_alpha, u.copy())
    if dim > 1 and (mu_alpha.asked[0] == mu_alpha.asked[1])[:, 1:].all():
        return Complaint(
            "x is right, but it was filled column by column. The task is to keep the colleague's "
            "idea: no loop over columns, all of x at every step.",
            tested,
            "at the second call the columns from 2 on were still what they had been at the first",
            "Write `x = mu + np.exp(alpha) * u`, and repeat that line.",
        )
    constant = Constant()
    answer(constant, u.copy())
    if constant.calls < dim:
        return Complaint(
            "Your loop ends when nothing changes any more. That is right here, and needless: D "
            "steps are always enough, known beforehand, with no comparison of rounded numbers and "
            "no call that only finds that all was done.",
            "a network that says the same whatever it sees",
            f"{phrases.count(constant.calls, 'call')}, where D = {dim}",
            "`for _ in range(u.shape[1])`.",
        )
    return None


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
        "begun_with_nan",
        "x began as NaN. But a mask multiplies by 0 what must not count, and 0 times NaN is NaN: "
        "any finite start will do.",
        ("np.zeros_like(u)", "np.full_like(u, np.nan)"),
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


@right
def one_call_and_the_rest(mu_alpha, u):
    mu, alpha = mu_alpha(np.zeros_like(u))
    x = mu + np.exp(alpha) * u
    for _ in range(1, u.shape[1]):
        mu, alpha = mu_alpha(x)
        x = mu + np.exp(alpha) * u
    return x, alpha.sum(axis=1)


@right
def from_the_noise(mu_alpha, u):
    x, k = u, 0
    while k < u.shape[1]:
        mu, alpha = mu_alpha(x)
        x, k = u * np.exp(alpha) + mu, k + 1
    return x, np.einsum("nd->n", alpha)


@right
def alpha_at_the_end(mu_alpha, u):
    x = np.full_like(u, 7.0)
    for _ in u.T:
        mu, alpha = mu_alpha(x)
        x = mu + np.exp(alpha) * u
    return x, np.sum(mu_alpha(x)[1], axis=1)
