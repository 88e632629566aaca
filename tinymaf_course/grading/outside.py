"""The grader's side of the border: exercises, solutions, judges and verdicts are here, and stay.

What a student's process learns: the arguments of each call. Data cross as they are, models of
tinymaf's too; functions, and the flows of notebook 12, stay here and are called from there, so that
what they know (how often they were called, which faults they have) stays here as well.
"""

import contextlib
import copy
import math
import pickle
import re
import signal
import threading
import time
from pathlib import Path

import numpy as np

from .. import exercises, judging
from ..answers import told
from ..referee import with_faults
from .peer import Far, Peer

LONGEST = 400  # letters of a reason
GRACE = 5  # seconds beyond a limit, in which the other side should have stopped itself
PROCESSOR = 60  # seconds of this process that one check may take
LONGEST_SERVICE = 600  # the same on the clock, if the machine is busy
MEMORY = 2**31  # bytes that this process may take for it
FAULTS = ("sign", "batch sum", "mask", "same order", "leak")
STRANGERS = "swiftflow"  # the module name of the flows that notebook 12 audits


class Overworked(BaseException):
    """What a judge does with an answer takes too long."""


class TooLate(TimeoutError):
    """The student's function did not come back in time."""


class Answer:
    """A student's function, as a judge sees it. Once it was late it is not called again."""

    def __init__(self, peer, far):
        self.peer, self.far, self.late, self.touched = peer, far, None, False
        self.essence, self.__name__ = far._essence, far.__name__

    def __call__(self, *arguments, **named):
        return self._asked("call", self.far, list(arguments), dict(named))

    def load(self, text):
        return self._asked("load", text, keep=True)

    def _asked(self, *parts, **more):
        if self.late:
            raise self.late
        self.touched = False
        try:
            return self.peer.ask(*parts, **more)
        except TooLate as error:
            self.late = error
            raise
        finally:
            self.touched = self.peer.changed


class Judge(Peer):
    """Answers what a student's process asks; `verdict(id, verdict)` is told each one."""

    def __init__(self, channel, verdict, call_seconds=20):
        super().__init__(channel)
        self.verdict, self.call_seconds, self.changed = verdict, call_seconds, False
        self.end = math.inf  # when the other side must have answered; the watch sees to it

    def ask(self, op, *parts, seconds=None, **more):
        outer = self.end
        seconds = self.call_seconds if seconds is None else seconds
        self.end = time.monotonic() + seconds + GRACE
        try:
            return super().ask(op, *parts, seconds=seconds, **more)
        finally:
            self.end = outer

    def noticed(self, reply):
        self.changed = reply.get("changed") is True

    def serve(self, message, arrays):
        left, self.end = self.end - time.monotonic(), time.monotonic() + LONGEST_SERVICE
        try:
            super().serve(message, arrays)
        finally:
            self.end = time.monotonic() + left

    # What the other side may ask for.

    def do_check(self, id, answer):
        exercise = exercises.load(id) if type(id) is str else None
        if exercise is None:
            raise ValueError("check(id, answer): the id is a text")
        answer = Answer(self, answer) if type(answer) is Far else answer
        with at_most(PROCESSOR):
            verdict = judging.verdict_on(exercise, answer)
        self.verdict(exercise, verdict, answer)
        self.tapes.kept.clear()
        return verdict.state != judging.NOT_ATTEMPTED

    def do_faults(self, names):
        if not set(names) <= set(FAULTS):
            raise ValueError(f"the faults are {', '.join(FAULTS)}")
        return {"Flow": with_faults(names).Flow}

    def run(self, function, arguments, named):
        with at_most(PROCESSOR):
            return function(*arguments, **named)

    def do_get(self, thing, name):
        return getattr(_strangers(thing, name), name)

    def do_set(self, thing, name, value):
        setattr(_strangers(thing, name), name, value)

    def do_copy(self, thing):
        return copy.deepcopy(_strangers(thing))

    # What may cross.

    def export(self, packer, thing, keep):
        if type(thing).__module__.partition(".")[0] == "tinymaf":
            with contextlib.suppress(pickle.PicklingError, AttributeError, TypeError):
                return ["pickle", packer.pack(np.frombuffer(pickle.dumps(thing), np.uint8))]
        if callable(thing) or type(thing).__module__ == STRANGERS:
            return self.handed(thing)
        return None

    def error(self, kind, text="", line="", *rest):
        if kind == "TookTooLong":
            return _named(TooLate, "TimeoutError", text, line)
        return _named(Exception, kind if re.fullmatch(r"\w+", kind) else "Exception", text, line)


def _named(base, kind, text, line):
    """An exception of the name that it had on the other side, which knows the line that raised."""
    error = type(kind, (base,), {})(text)
    error.line = line
    return error


def _strangers(thing, name=""):
    """The thing, where it is a flow of notebook 12's; of anything else nothing is shown."""
    if type(thing).__module__ != STRANGERS or name.startswith("_"):
        raise AttributeError(f"{name!r} is not to be had while a notebook is graded")
    return thing


@contextlib.contextmanager
def at_most(seconds):
    """`Overworked` where this process computes for longer, MemoryError where it takes too much. Not
    on Windows, nor beside the main thread, nor inside another one."""
    timer = getattr(signal, "ITIMER_VIRTUAL", None)
    main = threading.current_thread() is threading.main_thread()
    if timer is None or not main or signal.getitimer(timer)[0]:
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(timer, seconds)
    try:
        with _less_memory():
            yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextlib.contextmanager
def _less_memory():
    try:
        import resource

        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    less = now + MEMORY
    if soft == resource.RLIM_INFINITY or soft > less:
        resource.setrlimit(resource.RLIMIT_AS, (less, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _stop(*_):
    raise Overworked


def why(verdict):
    """What the learner's card says of a wrong answer, in one line."""
    first, pairs = told(verdict)
    lines = [first, *(f"{name.lower()}: {text}" for name, text in pairs if text)]
    return " | ".join(" ".join(text.split()) for text in lines)[:LONGEST]


__all__ = ["Answer", "Judge", "Overworked", "why"]
