"""Correct a published score in whose formula log 2 pi was counted over the context (MAF, the early
version of table 2)."""

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "Write the log-density of D standard normal numbers twice: with the right constant, and "
    "with that of the code. What is the difference?",
    "right = -D/2 log 2 pi + rest, and wrong = -C/2 log 2 pi + the same rest. Solve for right.",
    "`return score - 0.5 * (n_variables - n_context) * np.log(2 * np.pi)`",
)


def undo_the_erratum(score, n_variables, n_context):
    """The right score of a conditional flow, in nats: a number.

    score: what the code printed. It has the term -1/2 log(2 pi) once for each of the
    n_context numbers of y, where it belongs once for each of the n_variables numbers of x. All
    else is right. (It may be a mean of log p(x | y), or of log p(x) with the label summed out:
    a constant passes through that sum.)
    """
    return score - 0.5 * (n_variables - n_context) * np.log(2 * np.pi)


def cases():
    return [(-3.25, 2, 5), (0.0, 3, 3), (-591.7, 784, 10), (12.5, 43, 1), (-4.0, 1, 2)]


def _log_mass():
    """log of the integral of exp(-u^2 / 2), by adding up."""
    u = np.linspace(-12, 12, 2401)
    return float(np.log(np.exp(-0.5 * u**2).sum() * (u[1] - u[0])))


def judge(answer, score, n_variables, n_context):
    tested = f"score = {score}, {n_variables} variables, context of {n_context}"
    out = answer(score, n_variables, n_context)
    if said := phrases.number(out, tested=tested):
        return said
    if not abs(answer(score + 1, n_variables, n_context) - out - 1) < 1e-9:
        return Complaint(
            "A score that is one nat higher stays one nat higher.",
            tested,
            got=f"{out:.4f}, then {answer(score + 1, n_variables, n_context):.4f}",
        )
    if not abs(answer(score, n_variables, n_variables) - score) < 1e-9:
        return Complaint(
            "With as many numbers in y as in x the wrong count is right: nothing to correct.",
            f"score = {score}, {n_variables} variables, context of {n_variables}",
            got=f"{answer(score, n_variables, n_variables):.4f}",
        )
    # The code's mean score for the density exp(-u^2 / 2) / Z in each variable, at u = 0: it has a Z
    # for each number of y.
    log_z = _log_mass()
    right = answer(-n_context * log_z, n_variables, n_context)
    if not abs(right + n_variables * log_z) < 1e-7:
        return Complaint(
            "Corrected scores must belong to a density: its integral over the variables of x must "
            "be 1.",
            tested,
            got=f"log of the integral: {right + n_variables * log_z:+.4f}, should be 0",
            look="The sign, the half, and log(2 pi) = 1.8379.",
        )
    return None


WRONG_EDITS = [
    edit(
        "added",
        "Added, where it must be taken away (or D and C are swapped): -1/2 log 2 pi was counted "
        "too few times, so the printed score is too high when x is longer than y.",
        ("- 0.5", "+ 0.5"),
    ),
    edit(
        "without_the_half",
        "The half is missing: a normal density has the root of 2 pi below it.",
        ("0.5 * (n_variables - n_context)", "(n_variables - n_context)"),
    ),
    edit(
        "all_variables",
        "All D terms were taken away. But C of them had been counted: only D - C are missing.",
        ("(n_variables - n_context)", "n_variables"),
    ),
    edit(
        "context_taken_back",
        "The wrong count was taken back, the right one not put in: -1/2 log 2 pi belongs once for "
        "each variable of x.",
        ("- 0.5 * (n_variables - n_context)", "+ 0.5 * n_context"),
    ),
    edit(
        "common_logarithm",
        "np.log10 gives other units. Nats are natural logarithms: np.log.",
        ("np.log(", "np.log10("),
    ),
    edit(
        "log_two_times_pi",
        "That is log(2) times pi. The logarithm of 2 pi is meant: np.log(2 * np.pi).",
        ("np.log(2 * np.pi)", "np.log(2) * np.pi"),
    ),
]


@right
def out_with_the_one_in_with_the_other(score, n_variables, n_context):
    half = 0.5 * np.log(2 * np.pi)
    return score + half * n_context - half * n_variables


@right
def by_the_height_of_a_bell(score, n_variables, n_context):
    return score + (n_variables - n_context) * np.log(1 / np.sqrt(2 * np.pi))


@right
def term_by_term(score, n_variables, n_context):
    for _ in range(n_context):
        score += np.log(2 * np.pi) / 2
    for _ in range(n_variables):
        score -= np.log(2 * np.pi) / 2
    return score
