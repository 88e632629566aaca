"""A learner's function as `check` runs it: for a limited time, and with its prints caught."""

import contextlib
import ctypes
import functools
import io
import signal
import sys
import threading
import time

from .stubs import essence

SECONDS = 10  # of a learner's own function, in one `check`
AGAIN = 0.5  # seconds until a function that swallows the exception is stopped once more
LEAST = 0.001  # a timer set to 0 would never ring


class TookTooLong(BaseException):
    """The time is over. No Exception, so that an answer's own `except Exception` lets it pass."""


class Attempt:
    """The function. Its calls share `seconds`; `printed` is what the first one that prints has
    printed, `given` what the last one was given."""

    def __init__(self, function, seconds=SECONDS):
        functools.update_wrapper(self, function)
        self.function, self.left, self.printed, self.given = function, seconds, "", ()
        self.essence = essence(function)

    def __call__(self, *arguments, **named):
        self.given = arguments
        began, printed = time.monotonic(), io.StringIO()
        try:
            with contextlib.redirect_stdout(printed), at_most(max(self.left, LEAST)):
                return self.function(*arguments, **named)
        finally:
            self.left -= time.monotonic() - began
            self.printed = self.printed or printed.getvalue()


def at_most(seconds):
    """A context that raises TookTooLong after so many seconds, where Python runs and not a single
    call of NumPy.

    The main thread of Linux and macOS has an alarm for it. Elsewhere, as on Windows, a thread
    beside this one raises the exception here. A browser's Python (Emscripten) has neither: there
    nothing limits the time, and the page's own stop button has to.
    """
    if sys.platform == "emscripten":
        return contextlib.nullcontext()
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return by_alarm(seconds)
    return from_beside(seconds)


@contextlib.contextmanager
def by_alarm(seconds):
    """Raise TookTooLong by the signal of a timer; a timer that had been set runs on afterwards."""
    on = True

    def ring(*_):
        if on:
            raise TookTooLong

    handler = signal.signal(signal.SIGALRM, ring)
    began, former = time.monotonic(), signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        try:
            yield
        finally:
            on = False
    finally:  # even if it has rung in the line before
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if former[0]:
            left = former[0] - (time.monotonic() - began)
            signal.setitimer(signal.ITIMER_REAL, max(left, LEAST), former[1])


@contextlib.contextmanager
def from_beside(seconds):
    """Raise TookTooLong in this thread from another one."""
    here = ctypes.c_ulong(threading.get_ident())
    throw = ctypes.pythonapi.PyThreadState_SetAsyncExc
    over, lock = threading.Event(), threading.Lock()

    def wait():
        left = seconds
        while not over.wait(left):
            with lock:
                if not over.is_set():
                    throw(here, ctypes.py_object(TookTooLong))
            left = AGAIN

    threading.Thread(target=wait, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            over.set()
        throw(here, None)  # one that is under way
