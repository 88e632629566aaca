"""Grade students' notebooks: python course.py grade NOTEBOOK... [--csv FILE [--wide]]
                                         [--feedback FOLDER] [--notebook 05]

Each notebook runs in a process of its own. The score is the number of required exercises that are
right, of those in the chapter: the one that --notebook names, else the one that the file's checks
belong to, whatever the file is called. Optional exercises are shown, not counted.

A cell runs statement by statement: one that fails costs itself, and the row names its line. Magics
and shell commands do nothing (%%time runs what is below it). A cell that takes more than
--cell-seconds is stopped, and the rest goes on; one that ends its process is left out of another
run. "Not checked" is an exercise whose check was not reached. Rows are written as they are known:
Ctrl-C keeps those that are there.

--wide writes one row for each student, as a gradebook imports it. A student's name is the file's
name; where files of one chapter have the same name, it is that of the folder that tells them apart.
--feedback writes a page for each student, to hand back.

Solutions, judges and verdicts are in the grader's process and stay there. The student's process
holds answers alone, is called through a pipe, and says plain numbers. Where it runs (--sandbox):

    bwrap   (Linux, with bubblewrap installed) no files but Python's own, read-only; an empty home
            of limited size, gone afterwards; no network, no other processes, no environment.
            Nothing of the course's answers, of other notebooks, of yours is there to be read
    podman, docker   the same mounts in a container without an image's files
    none    the same process without walls: against accidents only. It can read, write and delete
            what you can, and end the grader
    auto    the first of these that works here; the last line says which

What no sandbox holds against: an answer that calls the library's own function, or that a neighbour
wrote; one who knows the course's public source by heart; faults of the kernel. Limits of memory and
processes are Linux's (--memory is not kept on Windows and, mostly, not on macOS).
"""

import argparse
import contextlib
import math
import os
import signal
import sys
import threading
from glob import glob

from ..exercises import OWN, add, files, ids
from .feedback import Pages
from .grade import NO_VERDICT, Grade, chapter_of, grade
from .report import Rows, Wide, table
from .run import Limits
from .sandbox import KINDS, choose
from .students import students

ACCIDENTS = (
    "NO SANDBOX: the notebooks run with your rights, on your files. That guards against accidents "
    "only; where strangers' notebooks are graded, install bubblewrap (Linux) or use a container."
)


def positive(text):
    """A number above 0, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text!r}")
    return value


def chapter(text):
    """A notebook's number, for argparse."""
    if text == OWN:
        return text
    number = text.zfill(2)
    if not number.isdigit() or not ids(number):
        numbers = sorted({path.parent.name[-2:] for path in files().values()})
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(numbers)}, got {text!r}")
    return number


class Parser(argparse.ArgumentParser):
    """One that needs a line to say what is wrong."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}\n")


def options(arguments, prog):
    """What the command line says."""
    parser = Parser(
        prog=prog,
        description=__doc__.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("notebooks", nargs="+", metavar="NOTEBOOK")
    parser.add_argument("--csv", metavar="FILE", help="write a row for each exercise there")
    parser.add_argument("--wide", action="store_true", help="there, a row for each student instead")
    parser.add_argument("--feedback", metavar="FOLDER", help="write a page for each student there")
    parser.add_argument("--notebook", type=chapter, metavar="05", help="the chapter that was set")
    parser.add_argument(
        "--exercises", metavar="FOLDER", help="yours, beside the chapter's (--notebook own: alone)"
    )
    parser.add_argument("--sandbox", choices=["auto", *KINDS], default="auto", help="(auto)")
    numbers = {
        "seconds": (480, "time for the cells of one notebook"),
        "cell-seconds": (None, "time for one cell: a quarter of that"),
        "memory": (2, "memory for one notebook, in GB"),
        "disk": (0.25, "what one notebook may write, in GB"),
    }
    for name, (default, what) in numbers.items():
        known = f" ({default:g})" if default else ""
        parser.add_argument(f"--{name}", type=positive, default=default, help=what + known)
    said = parser.parse_args(arguments)
    if said.wide and not said.csv:
        parser.error("--wide needs --csv FILE")
    return said


def limits_of(said):
    """The Limits of a command line."""
    a_cell = said.cell_seconds or said.seconds / 4
    return Limits(said.seconds, a_cell, int(said.memory * 2**30), int(said.disk * 2**30))


def names_of(patterns):
    """The files; a pattern such as class/*.ipynb is for the shell to expand, and on Windows no
    shell does."""
    found = []
    for one in patterns:
        there = os.path.lexists(one)
        found += (sorted(glob(one)) if not there else []) or [one]
    return found


def graded(name, *more):
    """The Grade of one file, whatever happens."""
    try:
        return grade(name, *more)
    except Exception as error:
        return Grade(name, [], f"the grader failed: {type(error).__name__}: {error}"[:300])


def main(arguments=None, prog="course.py grade"):
    said = options(arguments, prog)
    names = names_of(said.notebooks)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        if said.exercises:
            add(said.exercises)
        kind, file = choose(said.sandbox), _open(said.csv, names)
        reports = _reports(said, names, file)
    except (ValueError, OSError) as error:
        sys.exit(f"{prog}: {error}")
    if kind == "none":
        print(ACCIDENTS, file=sys.stderr, flush=True)
    with file, _cleared_away():
        return _grade_all(names, said, kind, reports)


def _reports(said, names, file):
    """What is told each Grade: `{what it writes to: what has an add}`."""
    named = students({name: said.notebook or chapter_of(name) for name in names})
    reports = {said.csv: Wide(file, named) if said.wide else Rows(file)}
    if said.feedback:
        reports[said.feedback] = Pages(said.feedback, named)
    return reports


@contextlib.contextmanager
def _cleared_away():
    """Whoever ends the grader by SIGTERM ends what it has started too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _grade_all(names, said, kind, reports):
    count = right = 0
    try:
        for name in names:
            one = graded(name, limits_of(said), kind, said.notebook)
            print(table([one]), flush=True)
            for place, report in reports.items():
                try:
                    report.add(one)
                except OSError as error:  # the disk is full, and may not be so later
                    print(f"{place}: {error.strerror}; its rows are above", file=sys.stderr)
            count, right = count + 1, right + (one.score == 1)
    except KeyboardInterrupt:
        print(f"Interrupted: {count} of {len(names)} notebooks are graded.", flush=True)
        return 130
    several = "s" * (count != 1)
    print(f"{count} notebook{several}, {right} with everything right. Sandbox: {kind}.")
    return 0


def _open(path, names):
    """Where the rows go; an error now is better than one after an hour."""
    if path is None:
        return open(os.devnull, "w", encoding="utf-8")
    for name in names:
        if os.path.exists(name) and os.path.exists(path) and os.path.samefile(name, path):
            raise ValueError(f"{path} is one of the notebooks: it would be written over")
    return open(path, "w", newline="", encoding="utf-8")


__all__ = ["Grade", "NO_VERDICT", "grade", "main", "table"]

if __name__ == "__main__":
    sys.exit(main())
