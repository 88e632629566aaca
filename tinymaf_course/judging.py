"""Judge an answer: not attempted, right, or wrong and why."""

import contextlib
import functools
import traceback
import warnings
from dataclasses import dataclass

import numpy as np

from . import referee
from .exercises import Complaint
from .stubs import essence
from .values import brief, copy, outcome, plain, same

RIGHT = "right"
WRONG = "wrong"
NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True)
class Verdict:
    """What to say about an answer. If it equals a known wrong answer, `sentence` is that one's."""

    id: str
    state: str
    complaint: Complaint | None = None
    sentence: str = ""
    misconception: str | None = None


class Failed(Exception):
    """The learner's function raised. This stops the judge."""


class Watched:
    """The learner's function.

    It notes what the function raises, and whether it changes its arguments. What the function
    returns is made plain. It may run elsewhere, as when a notebook is graded: then it says itself
    whether it has `touched` its arguments, and how a text is to `load` there.
    """

    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function = function
        self.failure = None
        self.changed = None
        self.last = None

    def __call__(self, *arguments, **named):
        given, given_named = copy(arguments), copy(named)
        try:
            self.last = plain(self.function(*given, **given_named))
        except Exception as error:
            self.failure = self.failure or (error, arguments)
            raise Failed from error
        kept = same(given, arguments, exactly=True) and same(given_named, named, exactly=True)
        if not kept or getattr(self.function, "touched", False):
            self.changed = self.changed or arguments
        return self.last

    def load(self, text):
        """The module of a text that the function has returned."""
        return getattr(self.function, "load", referee.load)(text)


def verdict_on(exercise, answer):
    """The verdict on one answer."""
    answer = plain(answer)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if _not_attempted(exercise, answer):
            return Verdict(exercise.id, NOT_ATTEMPTED)
        complaint = (
            _judge_value(exercise, answer)
            if exercise.is_value
            else _judge_function(exercise, answer)
        )
        if complaint is None:
            return Verdict(exercise.id, RIGHT)
        match = _known_mistake(exercise, answer)
        return Verdict(
            exercise.id, WRONG, complaint, *((match.sentence, match.misconception) if match else ())
        )


def _not_attempted(exercise, answer):
    if _empty(answer):
        return True
    if exercise.is_value or not callable(answer):
        return False
    if _same_code(answer, exercise):
        return True
    with contextlib.suppress(Exception):
        return _empty(plain(answer(*exercise.cases()[0])))
    return False


def _empty(result):
    if isinstance(result, (tuple, list)) and result:
        return all(map(_empty, result))
    return result is None or result is Ellipsis


def _same_code(answer, exercise):
    """Is the function the untouched stub, whatever its docstring says?"""
    space = dict(exercise.names)
    with contextlib.suppress(Exception):
        exec(exercise.stub, space)
        mine = getattr(answer, "essence", None) or essence(answer)
        return mine == essence(space[exercise.name])
    return False


def _judge_value(exercise, answer):
    variants = (
        [answer]
        if not isinstance(answer, str)
        else dict.fromkeys([answer.strip(), answer.strip().lower(), answer.strip().upper()])
    )
    for variant in variants:
        complaint = _ask(exercise, variant, ())
        if complaint is None:
            return None
    return _ask(exercise, answer, ()) or complaint


def _judge_function(exercise, answer):
    if not callable(answer):
        return Complaint(f"`{exercise.name}` must be a function.", got=brief(answer))
    for case in exercise.cases():
        watched = Watched(answer)
        kept = copy(case)
        try:
            complaint = _ask(exercise, watched, case)
        except Failed:
            complaint = None
        if watched.failure:
            return _raised(exercise, *watched.failure)
        if watched.changed is not None and complaint is None:
            complaint = Complaint(
                "Your function changes its arguments. What it was given belongs to the caller.",
                tested=_call(exercise, watched.changed),
                look="Lines such as `x -= ...` or `x[0] = ...`: work on a new array, or a copy.",
            )
        if complaint is not None:
            return (
                complaint
                if complaint.tested
                else Complaint(complaint.what, _call(exercise, kept), complaint.got, complaint.look)
            )
    return None


def _ask(exercise, answer, case):
    """The judge's complaint, or None. If the judge itself stumbles, the answer made it."""
    try:
        said = exercise.judge(answer, *case)
    except Failed:
        raise
    except Exception as error:
        last = getattr(answer, "last", answer)
        return Complaint(
            f"What came back cannot be used: {type(error).__name__}: {error}",
            got=brief(last),
            look="Compare shape and type with what the task asks you to return.",
        )
    if isinstance(said, str):
        return Complaint(said)
    if said is not None and not isinstance(said, Complaint):
        raise TypeError(
            f"judge of {exercise.id} must return None, a sentence or a Complaint, got {said!r}"
        )
    return said


def _raised(exercise, error, arguments):
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__
    ]
    own = [frame for frame in frames if frame.name == exercise.name] or frames
    line = getattr(error, "line", own[-1].line if own else "")
    return Complaint(
        f"Your function raised {type(error).__name__}: {error}",
        tested=_call(exercise, arguments),
        look=f"The line `{line}`" if line else "How many arguments does it take?",
    )


def _call(exercise, arguments):
    return f"{exercise.name}({', '.join(map(brief, arguments))})" if arguments else ""


def _known_mistake(exercise, answer):
    """The known wrong answer that agrees with this one in all cases, or None."""
    if exercise.is_value or not callable(answer):
        texts = (
            [answer, answer.strip().lower(), answer.strip().upper()]
            if isinstance(answer, str)
            else [answer]
        )
        return next(
            (w for w in exercise.wrong if any(same(w.answer, text) for text in texts)), None
        )
    mine = _outcomes(exercise, answer)
    return next(
        (w for w in exercise.wrong if callable(w.answer) and same(mine, _outcomes_of(exercise, w))),
        None,
    )


def _outcomes_of(exercise, wrong):
    """The outcomes of a known wrong answer, computed when they are first needed."""
    if wrong.name not in exercise.outcomes:
        exercise.outcomes[wrong.name] = _outcomes(exercise, wrong.answer)
    return exercise.outcomes[wrong.name]


def _outcomes(exercise, function):
    return [outcome(function, case) for case in exercise.cases()]
