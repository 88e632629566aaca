"""Run one notebook in a process of its own and collect what its checks say."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = [ROOT / path for path in ("tinymaf_course/exercises", "notebooks/solutions", "notebooks/instructor", ".git")]
SECONDS_TO_START = 120
MOST_SAID = 2 ** 22         # bytes that are read from one process
PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
ORDER = ["not attempted", "wrong", "right"]


@dataclass
class Outcome:
    """What a run gave: the best verdict on each exercise, why wrong ones are wrong, the numbers of the cells with
    errors, {cell: why} of those that were refused something, how it ended, and in which cell."""

    states: dict = field(default_factory=dict)
    reasons: dict = field(default_factory=dict)
    errors: list = field(default_factory=list)
    refused: dict = field(default_factory=dict)
    ended: str = ""             # empty when the last cell was reached
    last: int = 0
    tampered: bool = False


def run(cells, exercises, seconds, memory, hidden=()):
    """Run code cells. `exercises` is {id: {"source", "stub"}}, `memory` in bytes; `hidden` paths cannot be read."""
    secret = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="tinymaf-grade-", ignore_cleanup_errors=True) as folder:
        scratch = os.path.join(os.path.realpath(folder), "work")
        os.mkdir(scratch)
        task = {"secret": secret, "cells": cells, "exercises": exercises, "seconds": seconds, "memory": memory,
                "scratch": scratch, "hidden": [str(path) for path in [*HIDDEN, *hidden]]}
        with open(os.path.join(folder, "complaints"), "w+b") as complaints:
            process = subprocess.Popen([sys.executable, "-m", "tinymaf_course.grading.child"], cwd=scratch,
                                       env=_environment(scratch), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=complaints, start_new_session=os.name != "nt")
            said, late = _listen(process, json.dumps(task).encode(), seconds, f'{secret} {{"kind": "ready"'.encode())
            complaints.seek(0)
            return _understand(said, secret, process.returncode, late, seconds, complaints.read())


def _environment(scratch):
    """Little of the teacher's environment, and a home that is the scratch folder."""
    keep = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    home = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "TMPDIR", "TEMP", "TMP", "IPYTHONDIR"), scratch)
    return {**keep, **home, "TINYMAF_QUIET": "1", "MPLBACKEND": "agg", "MPLCONFIGDIR": matplotlib.get_cachedir(),
            "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _listen(process, task, seconds, ready):
    """`(bytes said, was it stopped for its time?)`; the process has ended when this returns.

    The clock starts when the process has said `ready`: imports take long on a busy machine.
    """
    said, started = [], threading.Event()

    def feed():
        try:
            process.stdin.write(task)
            process.stdin.close()
        except OSError:
            pass

    def read():
        total = 0
        while total < MOST_SAID and (part := process.stdout.read1(65536)):
            said.append(part)
            total += len(part)
            if ready in b"".join(said[:2]):
                started.set()
        started.set()
        if total >= MOST_SAID:
            _kill(process)

    threads = [threading.Thread(target=work, daemon=True) for work in (feed, read)]
    for thread in threads:
        thread.start()
    try:
        started.wait(SECONDS_TO_START)
        process.wait(seconds)
        late = False
    except subprocess.TimeoutExpired:
        late = True
    finally:
        _kill(process)
        process.wait()
    threads[1].join(5)
    process.stdout.close()
    return b"".join(said), late


def _kill(process):
    try:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:         # it has ended
        pass


def _understand(said, secret, code, late, seconds, complaints):
    outcome, last, ready, ended = Outcome(), 0, False, False
    for line in said.decode("utf-8", "replace").splitlines():
        if not line.startswith(secret + " "):
            continue
        message = json.loads(line[len(secret) + 1:])
        ready, ended = ready or message["kind"] == "ready", ended or message["kind"] == "end"
        if message["kind"] == "cell":
            last = message["number"]
        elif message["kind"] == "error":
            outcome.errors.append(message["number"])
            if message["refused"]:
                outcome.refused[message["number"]] = message["refused"]
        elif message["kind"] == "verdict" and message["state"] == "tampered":
            outcome.tampered = True
        elif message["kind"] == "verdict":
            old = outcome.states.get(message["id"], ORDER[0])
            outcome.states[message["id"]] = max(old, message["state"], key=ORDER.index)
            if message["state"] == "wrong":
                outcome.reasons[message["id"]] = message["why"]
    outcome.last = last
    if late:
        outcome.ended = f"stopped after {seconds:g} s in code cell {last}"
    elif not ready:
        outcome.ended = "could not start: " + (complaints.decode("utf-8", "replace").strip().splitlines() or ["?"])[-1]
    elif not ended:
        outcome.ended = f"its process ended in code cell {last} ({_reason(code)})"
    return outcome


def _reason(code):
    if code is not None and code < 0:
        return {signal.SIGKILL: "killed, as when memory or processor time runs out",
                getattr(signal, "SIGXCPU", None): "processor time"}.get(-code, f"signal {-code}")
    return f"exit code {code}"
