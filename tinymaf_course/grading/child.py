"""The process in which one student's notebook runs. Started by run.py, never by hand.

It reads what to do from its input, and speaks to its parent through what was its output: both are out of the
notebook's sight once the first cell runs. Each line begins with a secret, so that what a notebook prints, or writes to
a file descriptor that it guesses, is not taken for a verdict.
"""

import builtins
import json
import math
import os
import sys

import autograd.numpy
import numpy as np

import tinymaf_course
from tinymaf.engine.runtime import one_blas_thread
from tinymaf_course import answers, exercises, judging, values
from tinymaf_course.grading import guard

LONGEST = 400           # letters of a reason


class NotAttempted(Exception):
    """What a cell meets that needs an answer which was not given."""


class Missing:
    """Stands where the notebook goes on with an answer that was not given."""

    def __init__(self, id):
        self.id = id

    def __call__(self, *arguments, **named):
        raise NotAttempted(f"{self.id} was not attempted, so that what needs it cannot run.")


def speaker(secret):
    """A function that sends one message to the parent; the notebook's own output leads nowhere from now on."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    sys.stdin = open(os.devnull, encoding="utf-8")
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")

    def send(**message):
        channel.write(f"\n{secret} {json.dumps(message)}\n")
        channel.flush()

    return send


def known_exercises(given):
    """The exercises of the notebook, from {id: {"notebook": "03", "source": stripped source,
    "stub": the learner's cell}}."""
    found = {}
    for id, parts in given.items():
        package = exercises.package(parts["notebook"])
        names = {"__name__": f"{package}.{id.replace('-', '_')}", "__package__": package}
        exec(compile(parts["source"], f"<{id}>", "exec"), names)
        found[id] = exercises.Exercise(id, names, parts["source"], parts["stub"])
    return found


def checker(known, send):
    """What the notebook gets as `check`: the answer is judged, told to the parent, and given back as it is."""
    verdict_on = judging.verdict_on
    modules = [builtins, math, np, np.linalg, np.random, autograd.numpy, judging, values]
    modules += [module for name, module in sys.modules.items() if name.startswith(exercises.PACKAGE)]
    kept = guard.snapshot([*map(vars, modules), *(one.names for one in known.values())])

    def check(id, answer):
        if id not in known:
            raise ValueError(f"There is no exercise {id!r} in this notebook.")
        verdict = verdict_on(known[id], answer)
        tampered = guard.changed(kept)
        state = "tampered" if tampered else verdict.state
        send(kind="verdict", id=id, state=state, why=why(verdict.complaint) if state == judging.WRONG else "")
        return Missing(id) if verdict.state == judging.NOT_ATTEMPTED else answer

    return check


def why(complaint):
    """What the learner's card says of a wrong answer, in one line."""
    parts = [("", complaint.what), ("tested: ", complaint.tested), ("got: ", complaint.got)]
    return " | ".join(head + " ".join(text.split()) for head, text in parts if text)[:LONGEST]


def refuse(*arguments, **named):
    print("Hints and solutions are not to be had while a notebook is graded.")


def take_the_place_of_the_course(check):
    """The notebook's imports find these, and not what reads the exercises' files."""
    for place in (tinymaf_course, answers):
        place.check, place.hint, place.solution = check, refuse, refuse


def shell():
    """An IPython without history and without a kernel: what a notebook needs, and no sockets."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    return InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False},
                                                    "InteractiveShell": {"colors": "NoColor", "xmode": "Minimal"}}))


def main():
    task = json.load(sys.stdin)
    known = known_exercises(task["exercises"])
    send, python = speaker(task.pop("secret")), shell()
    take_the_place_of_the_course(checker(known, send))
    with one_blas_thread():         # it looks up BLAS with ctypes, once: before that is forbidden
        pass
    guard.limit(task["seconds"], task["memory"])
    guard.arm(task["scratch"], task["hidden"])
    send(kind="ready")
    for number, source in enumerate(task["cells"], 1):
        send(kind="cell", number=number)
        result = python.run_cell(source)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not isinstance(error, NotAttempted):
            send(kind="error", number=number, refused=str(error)[:LONGEST] if type(error) is guard.Refused else "")
    send(kind="end")
    os._exit(0)                     # whatever the notebook left behind: threads, exit handlers


if __name__ == "__main__":
    main()
