"""When to stop: patience, and which epoch's parameters to keep."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = True
HINTS = (
    "Walk through the epochs in order. Remember the best loss so far, and the epoch in which it"
    " was reached.",
    "Stop as soon as `patience` epochs have passed since the best one: `epoch - best_epoch == "
    "patience`.",
    "for epoch, loss in enumerate(val, 1): if loss < best: best, best_epoch = loss, epoch; then"
    " look at the wait.",
)


def early_stop(val, patience):
    """Which epoch's parameters to keep, and how many epochs to run.

    val: the validation losses of epochs 1, 2, 3, ... (all that there would be without
    stopping). Training stops at the end of the first epoch by which `patience` epochs in a row
    have brought no new best loss, or when val ends. A later epoch is then never seen. Return
    best_epoch and last_epoch, counted from 1.
    """
    best, best_epoch, last = float("inf"), 0, 0
    for loss in val:
        last += 1
        if loss < best:
            best, best_epoch = loss, last
        if last - best_epoch >= patience:
            break
    return best_epoch, last


def cases():
    rng = np.random.default_rng(75)
    falling = [5.0, 4.0, 3.5, 3.6, 3.4, 3.7, 3.8, 3.9, 3.0]
    noisy = (3 * np.exp(-np.arange(40) / 6) + 0.4 * rng.random(40)).round(3).tolist()
    return [
        (falling, 3),
        (falling, 2),
        (falling, 1),
        ([3.0, 2.0, 1.0], 2),
        ([1.0, 2.0, 3.0, 4.0, 0.5], 2),
        (noisy, 4),
        ([2.0, 2.0, 2.0, 2.0], 2),
    ]


def judge(answer, val, patience):
    tested = f"val = {brief(val)}, patience = {patience}"
    out = answer(list(val), patience)
    if said := phrases.numbers(out, ("best_epoch", "last_epoch"), tested):
        return said
    if any(number != int(number) for number in out):
        return Complaint("Epochs are whole numbers.", tested, brief(out))
    best, last = int(out[0]), int(out[1])
    if not 1 <= best <= last <= len(val):
        return Complaint(
            "It must hold that 1 <= best_epoch <= last_epoch <= the number of epochs.",
            tested,
            got=f"{best}, {last}",
            look="Epochs are counted from 1.",
        )

    def waited(n):  # epochs since the best one, at the end of epoch n
        return n - 1 - int(np.argmin(val[:n]))

    if any(waited(n) >= patience for n in range(1, last)):
        return Complaint(
            "It ran too long.",
            tested,
            got=f"last_epoch = {last}",
            look="How many epochs had brought nothing new by then?",
        )
    if waited(last) < patience and last < len(val):
        return Complaint(
            "It stopped too early: patience was not used up yet.",
            tested,
            got=f"last_epoch = {last}",
            look="Count the epochs since the best one.",
        )
    if best != 1 + int(np.argmin(val[:last])):
        return Complaint(
            "best_epoch must be the one with the lowest loss among those that were run.",
            tested,
            got=f"best_epoch = {best}, last_epoch = {last}",
            look="Which parameters would you put to use?",
        )
    return None


WRONG_EDITS = [
    edit(
        "keep_the_last",
        "You keep the parameters of the last epoch. It is the worst of the last ones: keep those "
        "of the best, that is what the waiting was for.",
        ("return best_epoch", "return last"),
    ),
    edit(
        "best_of_all",
        "You looked at epochs that were never run: the best of all is known only to those who do "
        "not stop.",
        ("return best_epoch", "return 1 + int(np.argmin(val))"),
    ),
    edit(
        "one_too_many",
        "You wait one epoch too long: after the best one, `patience` more epochs are run, not "
        "patience + 1.",
        (">= patience", "> patience"),
    ),
    edit(
        "from_zero",
        "Epochs are counted from 1 here; you count from 0.",
        ("return best_epoch, last", "return best_epoch - 1, last - 1"),
    ),
]


@wrong(
    "You stop at the first epoch that is worse than the one before. Validation losses are noisy: "
    "have patience."
)
def first_rise(val, patience):
    last = 1
    while last < len(val) and val[last] < val[last - 1]:
        last += 1
    return last, min(last + 1, len(val))


@right
def by_argmin(val, patience):
    for last in range(1, len(val) + 1):
        best = 1 + int(np.argmin(val[:last]))
        if last - best == patience:
            break
    return best, last


@right
def by_counting_down(val, patience):
    best, left, k = 0, patience, 0
    while k < len(val) and left > 0:
        if k == 0 or val[k] < val[best]:
            best, left = k, patience
        else:
            left -= 1
        k += 1
    return best + 1, k


@right
def by_running_minima(val, patience):
    lowest = np.minimum.accumulate(val)
    new = np.concatenate([[True], lowest[1:] < lowest[:-1]])
    best = np.maximum.accumulate(np.where(new, np.arange(1, len(val) + 1), 0))
    waited = np.arange(1, len(val) + 1) - best
    last = int(np.argmax(waited >= patience)) if (waited >= patience).any() else len(val) - 1
    return int(best[last]), last + 1
