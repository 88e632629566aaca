"""The student's side of the border: it runs cells when it is told to, and calls answers when it is
asked to. No verdict is made here, and nothing here knows one.
"""

import contextlib
import pickle
import signal
import threading
import time
import warnings

import numpy as np

from ...referee import load
from ...stubs import essence
from ...values import plain
from ..peer import Peer, Served, touched

_the_only = []


class TookTooLong(BaseException):
    """The time of a cell, or of a call, is up."""


def here():
    """The border of this process."""
    return _the_only[0]


class Student(Peer):
    """Serves the grader. `run_cell(number, source, seconds)` is what runs a cell."""

    def __init__(self, channel, run_cell):
        super().__init__(channel)
        self.run_cell, self.lock, self.last = run_cell, threading.RLock(), False
        _the_only[:] = [self]

    def check(self, id, answer):
        """Was there an answer at all?"""
        with self.lock, no_alarm():
            answer = answer if callable(answer) else plain(answer)
            return self.ask("check", id, answer)

    def do_run(self, number, source):
        return self.run_cell(number, source, self.seconds)

    def do_end(self):
        self.last = True

    def do_load(self, text):
        return self._in_time(load, text)

    def do_get(self, thing, name):
        return getattr(thing, name)

    def do_set(self, thing, name, value):
        setattr(thing, name, value)

    def run(self, function, arguments, named):
        value, changed = self._in_time(touched, function, arguments, named)
        return Served(value, changed=changed)

    def _in_time(self, function, *arguments):
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(), alarm(self.seconds, self):
                warnings.simplefilter("ignore")
                return function(*arguments)
        except TookTooLong:
            raise TimeoutUp(f"it had not come back after {self.seconds:g} s") from None
        except Exception:
            raise
        except BaseException as error:  # KeyboardInterrupt, SystemExit
            raise RuntimeError(f"{type(error).__name__}: {error}") from error

    def serve(self, message, arrays):
        self.seconds = float(message.get("seconds", 20))
        super().serve(message, arrays)

    def export(self, packer, thing, keep):
        if callable(thing):
            return self.handed(thing, essence=essence(thing))
        unlike = not hasattr(type(thing), "__array__") and type(plain(thing)).__name__ == "Opaque"
        return self.handed(thing) if keep and unlike else None

    def imported(self, kind, parts, unpacker):
        if kind == "pickle":  # the grader's, of tinymaf's models
            return pickle.loads(unpacker.unpack(parts[0]).tobytes())
        return super().imported(kind, parts, unpacker)

    def told(self, error):
        if type(error) is TimeoutUp:
            return ["TookTooLong", str(error), ""]
        return super().told(error)

    def shows(self, frame):
        """The student's own lines: what runs here is the student's, or a library's."""
        return frame.filename.startswith("<ipython") or "ipykernel" in frame.filename


class TimeoutUp(Exception):
    """A call's time was up."""


def _can_alarm():
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def alarm(seconds, peer):
    """`TookTooLong` after so many seconds, and again each second for whoever catches it. Where the
    system has no alarms, the grader's own clock ends the process."""
    if not _can_alarm():
        yield
        return

    def ring(*_):
        if peer.channel.busy:  # no half frames
            signal.setitimer(signal.ITIMER_REAL, 0.05, 1)
        else:
            raise TookTooLong

    before, busy = signal.signal(signal.SIGALRM, ring), peer.channel.busy
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    began = time.monotonic()
    try:
        try:
            peer.channel.busy = False
            yield
        finally:
            peer.channel.busy = True
    finally:  # it may have rung in the line above
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        peer.channel.busy = busy
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.01, left - time.monotonic() + began), 1)


@contextlib.contextmanager
def no_alarm():
    """The cell's clock stands still meanwhile."""
    if not _can_alarm():
        yield
        return
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    finally:
        if left:
            signal.setitimer(signal.ITIMER_REAL, left, 1)


__all__ = ["Student", "TookTooLong", "alarm", "here"]
