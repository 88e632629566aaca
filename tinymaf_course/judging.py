"""Judge an answer: not attempted, right, or wrong and why."""

import contextlib
import functools
import sysconfig
import traceback
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import autograd
import numpy as np

import tinymaf

from . import referee
from .attempt import Attempt, TookTooLong
from .exercises import Complaint
from .stubs import essence, names_in
from .values import brief, copy, outcome, plain, same

# Code that no learner has written: of the course, of tinymaf, of what both stand on.
NOT_THEIRS = {Path(module.__file__).resolve().parent for module in (np, autograd, tinymaf)}
NOT_THEIRS |= {Path(__file__).resolve().parent, Path(sysconfig.get_path("stdlib")).resolve()}

RIGHT = "right"
WRONG = "wrong"
NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True)
class Verdict:
    """What to say about an answer. If it equals a known wrong answer, `sentence` is that one's.
    `printed` is what the answer has printed, the first time that it did."""

    id: str
    state: str
    complaint: Complaint | None = None
    sentence: str = ""
    misconception: str | None = None
    printed: str = ""


class Failed(Exception):
    """The learner's function raised, or returned nothing. This stops the judge."""


class Watched:
    """The learner's function.

    It notes what the function raises, whether it returns nothing, and whether it changes its
    arguments. What the function returns is made plain. It may run elsewhere, as when a notebook is
    graded: then it says itself whether it has `touched` its arguments, and how a text is to `load`
    there.
    """

    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function = function
        self.failure = None
        self.changed = None
        self.nothing = None
        self.last = None

    def __call__(self, *arguments, **named):
        given, given_named = copy(arguments), copy(named)
        try:
            self.last = plain(self.function(*given, **given_named))
        except Exception as error:
            self.failure = self.failure or (error, arguments)
            raise Failed from error
        if self.last is None:
            self.nothing = self.nothing or (arguments,)
            raise Failed
        kept = same(given, arguments, exactly=True) and same(given_named, named, exactly=True)
        if not kept or getattr(self.function, "touched", False):
            self.changed = self.changed or arguments
        return self.last

    def load(self, text):
        """The module of a text that the function has returned."""
        return getattr(self.function, "load", referee.load)(text)


def verdict_on(exercise, answer, seconds=None):
    """The verdict on one answer. Its calls share `seconds` if that is given, and its prints are
    kept then, not shown."""
    answer = plain(answer)
    if seconds is not None and callable(answer):
        answer = Attempt(answer, seconds)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            verdict = _verdict_on(exercise, answer)
        except TookTooLong as late:
            verdict = Verdict(exercise.id, WRONG, _too_late(exercise, answer, late, seconds))
    return replace(verdict, printed=getattr(answer, "printed", ""))


def _verdict_on(exercise, answer):
    if _not_attempted(exercise, answer):
        return Verdict(exercise.id, NOT_ATTEMPTED)
    complaint = (
        _judge_value(exercise, answer) if exercise.is_value else _judge_function(exercise, answer)
    )
    if complaint is None:
        return Verdict(exercise.id, RIGHT)
    match = None if complaint.says_all else _known_mistake(exercise, answer, complaint)
    return Verdict(
        exercise.id, WRONG, complaint, *((match.sentence, match.misconception) if match else ())
    )


def _not_attempted(exercise, answer):
    """Only the `...` of the stub, or the stub as it was, say that nothing was tried."""
    if answer is Ellipsis:
        return True
    if exercise.is_value or not callable(answer):
        return False
    if _same_code(answer, exercise):
        return True
    with contextlib.suppress(Exception):
        return _unfilled(plain(answer(*exercise.cases()[0])))
    return False


def _unfilled(result):
    if isinstance(result, (tuple, list)) and result:
        return all(map(_unfilled, result))
    return result is Ellipsis


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
        if watched.nothing:
            return _returned_nothing(exercise, answer, *watched.nothing)
        if watched.changed is not None and complaint is None:
            complaint = Complaint(
                "Your function changes its arguments. What it was given belongs to the caller.",
                tested=_call(exercise, watched.changed),
                look="Lines such as `x -= ...` or `x[0] = ...`: work on a new array, or a copy.",
            )
        if complaint is not None:
            return (
                complaint if complaint.tested else replace(complaint, tested=_call(exercise, kept))
            )
    return _forbidden(exercise, answer)


def _forbidden(exercise, answer):
    """A right answer may still use what the task rules out."""
    used = names_in(getattr(answer, "essence", None) or essence(answer))
    for names, sentence in exercise.forbidden.items():
        if found := sorted(used & set(names.split())):
            return Complaint(sentence, got=f"your function uses `{found[0]}`", says_all=True)
    return None


def _returned_nothing(exercise, answer, arguments):
    printed = getattr(answer, "printed", "")
    return Complaint(
        "Your function returned None: is the `return` missing?",
        _call(exercise, arguments),
        "None",
        "`print` shows a value to you; only `return` hands it back." if printed else "",
        says_all=True,
    )


def _too_late(exercise, answer, late, seconds):
    line = _their_line(exercise, late)
    return Complaint(
        f"Your function was stopped: it had not ended after {seconds:g} seconds.",
        _call(exercise, answer.given),
        f"it was at the line `{line}`" if line else "",
        "A loop that does not end? A `while` needs something in its body that makes its "
        "condition False.",
        says_all=True,
    )


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
    line = _their_line(exercise, error)
    said = f"Your function raised {type(error).__name__}: {error}"
    look = f"The line `{line}`" if line else "How many arguments does it take?"
    if "ArrayBox" in str(error):  # autograd's stand-in for an array
        said = (
            "autograd cannot follow your function: it hands its own boxes through it, in place "
            "of arrays, and `float(...)`, `math` and plain `np` cannot take them. Write `anp.`, "
            "and leave numbers as they come."
        )
    return Complaint(said, _call(exercise, arguments), look=look)


def _their_line(exercise, error):
    """The last line of the learner's own in the traceback of an error, or ""."""
    if hasattr(error, "line"):  # where a notebook is graded
        return error.line
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _not_theirs(frame.filename)]
    own = own or [frame for frame in frames if frame.name == exercise.name]
    return own[-1].line if own else ""


def _not_theirs(file):
    return not NOT_THEIRS.isdisjoint(Path(file).parents)


def _call(exercise, arguments):
    return f"{exercise.name}({', '.join(map(brief, arguments))})" if arguments else ""


def _known_mistake(exercise, answer, complaint):
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
    agree = (
        w for w in exercise.wrong if callable(w.answer) and same(mine, _outcomes_of(exercise, w))
    )
    if same(mine, _outcomes(exercise, exercise.solution)):
        # Its results are right, and so are those of all that agree: what is wrong lies elsewhere.
        agree = (w for w in agree if _judge_function(exercise, w.answer).what == complaint.what)
    return next(agree, None)


def _outcomes_of(exercise, wrong):
    """The outcomes of a known wrong answer, computed when they are first needed."""
    if wrong.name not in exercise.outcomes:
        exercise.outcomes[wrong.name] = _outcomes(exercise, wrong.answer)
    return exercise.outcomes[wrong.name]


def _outcomes(exercise, function):
    return [outcome(function, case) for case in exercise.cases()]
