"""Verdicts: fixed words for numbers that differ a little from machine to machine, and answers to a reader's guess.

A trained number is never printed for comparison: `in_band` raises outside its band, else prints the same words always.
"""

import numpy as np


def verdict(what, error, below):
    """Print that an error is small enough; raise AssertionError with the error when it is not.

    >>> verdict("u -> x -> u", 3e-15, below=1e-10)
    u -> x -> u: max error < 1e-10: True
    """
    if not error < below:
        raise AssertionError(f"{what}: the error is {error:.3g}, allowed is {below:g}")
    print(f"{what}: max error < {below:g}: True")


def in_band(value, low, high, what):
    """Print that a measured value lies in its band; raise AssertionError with the value when it does not.

    >>> in_band(0.11, 0.05, 0.2, "nats lost")
    nats lost: between 0.05 and 0.2: True
    """
    if not low <= value <= high:
        raise AssertionError(f"{what}: {value:.4g} lies outside the band from {low:g} to {high:g}")
    print(f"{what}: between {low:g} and {high:g}: True")


def feedback(guess, answers):
    """Print what there is to say to a guess; `answers` maps each choice to its sentence.

    >>> feedback(None, {"a": "Right.", "b": "Look again."})
    No guess yet. Pick one of a, b, run the cell again, and only then read on.
    >>> feedback("b", {"a": "Right.", "b": "Look again."})
    Look again.
    """
    unknown = f"Pick one of {', '.join(answers)}, run the cell again, and only then read on."
    if guess is None:
        print("No guess yet. " + unknown)
    else:
        print(answers.get(str(guess).strip().lower(), f"There is no choice {guess!r}. " + unknown))


def judge(answer, truth, mistakes=None, tol=1e-9):
    """Print whether an array is right: not attempted (None), wrong and why, or right.

    `mistakes` maps a sentence to the array that this mistake leads to.

    >>> judge(None, np.ones(3))
    Not attempted yet. That is fine: the rest of the notebook does not need it.
    >>> judge(-np.ones(3), np.ones(3), {"The sign is flipped.": -np.ones(3)})
    Not yet: The sign is flipped.
    >>> judge(np.ones(3), np.ones(3))
    Right.
    """
    if answer is None or answer is Ellipsis:
        print("Not attempted yet. That is fine: the rest of the notebook does not need it.")
        return
    answer = np.asarray(answer)
    if answer.shape != np.shape(truth):
        print(f"Not yet: your answer has the shape {answer.shape}, it should have {np.shape(truth)}.")
    elif answer.dtype.kind == "f" and np.max(np.abs(answer - truth)) < tol:
        print("Right.")
    else:
        fits = (text for text, wrong in (mistakes or {}).items() if np.max(np.abs(answer - wrong)) < tol)
        print("Not yet: " + next(fits, "the shape is right, the numbers are not."))
