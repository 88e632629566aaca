"""Run one notebook in a process of its own, cell by cell, and judge the answers that it gives."""

import contextlib
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

from ..answers import told
from ..judging import NOT_ATTEMPTED, WRONG
from . import sandbox
from .outside import Answer, Judge, Overworked, why
from .watch import Watch, kill
from .wire import Broken, Channel, Closed, Garbled

SECONDS_TO_START = 120
PATIENCE = 3  # cells that may use up all their time; later ones get a quarter
SIGNALS = {
    6: "it crashed",
    7: "it crashed",
    9: "killed, as when memory or processor time runs out",
    11: "it crashed",
    24: "processor time",
    25: "a file that is too large",
}
ORDER = [NOT_ATTEMPTED, WRONG, "right"]


@dataclass(frozen=True)
class Limits:
    """Of one notebook: seconds for all its cells and for one of them, bytes of memory and disk.

    A cell that is stopped does not count among the seconds of all.
    """

    seconds: float = 480
    cell_seconds: float = 120
    memory: int = 2 * 2**30
    disk: int = 2**28

    @property
    def for_the_process(self):
        processor = int(4 * self.seconds + 40 * self.cell_seconds) + 60
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_FSIZE": self.disk,
            "RLIMIT_CORE": 0,
            "RLIMIT_CPU": processor,
            "RLIMIT_NOFILE": 512,
        }


@dataclass
class Outcome:
    """What a run gave: the state of each exercise, why wrong ones are wrong (in one line, and as
    the card says it), {cell: [[line, what]]} of what raised, {cell: lines} of what was stopped, how
    it ended, and in which cell."""

    states: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)
    told: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    late: dict = field(default_factory=dict)
    values: dict = field(
        default_factory=dict
    )  # {exercise: the answers to it that are no functions}
    ended: str = ""  # empty when the last cell was reached
    last: int = 0

    def note(self, exercise, verdict, answer):
        """One verdict. The best one counts, of functions; the last one, of values: else one could
        try all letters."""
        id, state = exercise.id, verdict.state
        if exercise.is_value and not isinstance(answer, Answer) and state != NOT_ATTEMPTED:
            self.values.setdefault(id, []).append(repr(answer)[:200])
            self.states[id] = state
        else:
            self.states[id] = max(self.states.get(id, ORDER[0]), state, key=ORDER.index)
        if state == WRONG:
            self.reasons[id], self.told[id] = why(verdict), told(verdict)


def run(cells, limits=None, kind="none", left_out=()):
    """Run code cells, `{number: source}`, but those left out, in a sandbox of this kind."""
    limits, outcome = limits or Limits(), Outcome()
    there = sandbox.place(kind, limits.disk, {"limits": limits.for_the_process})
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            there.argv,
            cwd=there.folder,
            env=there.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=os.name != "nt",
        )
        watch = Watch(process, there, limits.memory, limits.disk)
        try:
            _talk(process, watch, cells, limits, outcome, left_out)
        finally:
            watch.stop()
            process.wait()
            process.stdin.close()
            process.stdout.close()
            if there.scratch:
                sandbox.remove(there.scratch)
        if outcome.ended == "ended":
            complaints.seek(0)
            said = complaints.read(10_000).decode("utf-8", "replace")
            outcome.ended = _how_it_ended(outcome, process.returncode, watch.why, said)
    return outcome


def _talk(process, watch, cells, limits, outcome, left_out):
    channel = Channel(process.stdout.fileno(), process.stdin.fileno())
    judge = Judge(channel, outcome.note, min(20, limits.cell_seconds))
    judge.end = time.monotonic() + SECONDS_TO_START
    watch.end = lambda: judge.end
    try:
        channel.receive()
        _run_all(judge, cells, limits, outcome, left_out)
    except Closed:
        outcome.ended = "ended"
    except Garbled as error:
        outcome.ended = f"its process sent {error} in code cell {outcome.last}"
    except Overworked:
        outcome.ended = f"judging took too long in code cell {outcome.last}"
    finally:
        kill(process)


def _run_all(judge, cells, limits, outcome, left_out):
    used, left = 0.0, limits.seconds
    for number, source in cells.items():
        if number in left_out:
            continue
        outcome.last = number
        patient = len(outcome.late) + len(left_out) < PATIENCE
        seconds = min(limits.cell_seconds / (1 if patient else 4), left)
        began = time.monotonic()
        told = _of_a_cell(_run_one(judge, number, source, seconds))
        if told["errors"]:
            outcome.errors[number] = told["errors"]
        if told["late"]:
            outcome.late[number] = told["late"]
        used += max(0.0, time.monotonic() - began - told["lost"])
        left = limits.seconds - used
        if left <= 0:
            outcome.ended = f"stopped after {limits.seconds:g} s, in code cell {number}"
            return
    outcome.last = 0
    with contextlib.suppress(Broken):
        judge.ask("end", seconds=1)


def _run_one(judge, number, source, seconds):
    try:
        return judge.ask("run", number, source, seconds=seconds)
    except Exception as error:  # it is too long to be sent, or has broken what runs cells there
        return {"errors": [[1, f"{type(error).__name__}: {error}"[:300]]], "late": [], "lost": 0}


def _of_a_cell(told):
    """What the student's process says of a cell, which may be anything."""
    try:
        return {
            "errors": [[int(line), str(what)] for line, what in told["errors"]],
            "late": [int(line) for line in told["late"]],
            "lost": float(told["lost"]),
        }
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise Garbled("no account of a cell") from error


def _how_it_ended(outcome, code, watched, said):
    if not outcome.last and watched:
        return f"could not start: {watched}"
    if not outcome.last:
        return "could not start: " + (said.strip().splitlines() or ["?"])[-1][:300]
    return f"its process ended in code cell {outcome.last} ({watched or _reason(code)})"


def _reason(code):
    number = -code if code < 0 else code - 128  # a shell or bwrap tells a signal so
    if number <= 0:
        return f"exit code {code}"
    return SIGNALS.get(number, f"signal {number}")


__all__ = ["Limits", "ORDER", "Outcome", "run"]
