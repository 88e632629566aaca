"""Grade students' notebooks: python course.py grade NOTEBOOK... [--csv FILE] [--seconds 120] [--memory 2]

Each notebook runs in a fresh process, in a temporary folder, with a limit of time and memory; a cell that raises is
noted and the next ones still run; a cell that never ends, or ends its process, is left out of another run. The score
is the number of required exercises that are right, of those of the notebook of the course that it is: its own check
cells tell which, whatever the file is called. Optional exercises are shown, not counted. Wrong ones are shown with the
reason that the learner's card gives. "Not checked" is an exercise whose check was not reached: its cell raised, was
stopped, or is gone.

What holds: solutions, hints and wrong answers are not in that process, and files that have them cannot be opened
there; writing and deleting outside the folder, other processes, the network and ctypes are refused; verdicts come
through a pipe of their own, so that nothing printed is taken for one; functions of numpy or of the judge that were
replaced are noticed.

What does not: the answers are judged in the process that runs them, so that someone who knows Python's insides well
and means to cheat can. Native code in an extension passes by the guard. An answer that calls the library's own
function, or that a neighbour wrote, is right all the same. Memory is not limited on Windows and, mostly, not on macOS;
on Windows the time on the clock is the only limit. Where strangers' notebooks are graded, do it in a container.
"""

import argparse
import csv
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

import nbformat

from ..exercises import ids, load
from .run import ORDER, run
from .strip import stripped

LARGEST = 50_000_000        # bytes of a notebook file
AGAIN = 2                   # runs without the cells that stopped the ones before
NO_VERDICT = "not checked"  # the check was not reached: its cell raised, was stopped, or is gone
CHECK = re.compile(r"""\bcheck\(\s*["']([a-z0-9-]+)["']""")


@dataclass
class Grade:
    """One notebook: [(exercise, optional, state)], a remark on how it went, {exercise: why it is wrong}."""

    name: str
    rows: list
    remark: str = ""
    reasons: dict = field(default_factory=dict)

    @property
    def needed(self):
        return [state for _, optional, state in self.rows if not optional]

    @property
    def score(self):
        return self.needed.count("right") / len(self.needed) if self.needed else 0.0


def code_cells(path):
    """The sources of the code cells; ValueError says why there are none to be had."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("too large for a notebook")
        notebook = nbformat.read(path, as_version=4)
        return [str(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except Exception as error:          # nbformat raises many kinds
        raise ValueError("is no notebook") from error


def exercises_of(cells):
    """The exercises of the notebook of the course that most of the checks belong to; [] where there are none."""
    there = set(ids())
    asked = [id for source in cells for id in CHECK.findall(source) if id in there]
    if not asked:
        return []
    (number, _), = Counter(load(id).notebook for id in asked).most_common(1)
    return [load(id) for id in ids(number)]


def grade(path, seconds=120, memory=2.0, hidden=()):
    """The Grade of one file; `memory` in GB. Never raises for what is in the file."""
    path = Path(path)
    try:
        cells = code_cells(path)
    except ValueError as error:
        return Grade(str(path), [], str(error))
    exercises = exercises_of(cells)
    if not exercises:
        return Grade(str(path), [], "no exercises of the course are checked in it")
    given = {e.id: {"notebook": e.notebook, "source": stripped(e.source, e.name), "stub": e.stub} for e in exercises}
    outcomes = []
    while not outcomes or outcomes[-1].ended and outcomes[-1].last and len(outcomes) <= AGAIN:
        if outcomes:
            cells = [*cells[:outcomes[-1].last - 1], "", *cells[outcomes[-1].last:]]
        outcomes.append(run(cells, given, seconds, int(memory * 2 ** 30), [path.resolve(), *hidden]))
    outcome, remarks = outcomes[-1], [one.ended for one in outcomes if one.ended]
    remarks += ["run again without it"] * (len(outcomes) > 1)
    if errors := [number for number in outcome.errors if number not in outcome.refused]:
        remarks.append(f"errors in {_in_cells(errors)}")
    for why in dict.fromkeys(outcome.refused.values()):
        there = [number for number, one in outcome.refused.items() if one == why]
        remarks.append(f"refused in {_in_cells(there)}: {why.rstrip('.')}")
    if any(one.tampered for one in outcomes):
        remarks.append("functions that judge were replaced: look at it yourself")
    states = {}
    for one in outcomes:
        for id, state in one.states.items():
            states[id] = max(states.get(id, ORDER[0]), state, key=ORDER.index)
    reasons = {id: why for one in outcomes for id, why in one.reasons.items() if states[id] == "wrong"}
    return Grade(str(path), [(e.id, e.optional, states.get(e.id, NO_VERDICT)) for e in exercises], "; ".join(remarks),
                 reasons)


def _in_cells(numbers):
    return f"code cell{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


def table(grades):
    """All grades as text."""
    lines = []
    for one in grades:
        lines.append(_printable(one.name))
        for id, optional, state in one.rows:
            why = _printable(one.reasons.get(id, "")).partition(" | ")[0]
            lines.append(f"    {id:28} {state}{' (optional)' if optional else ''}{': ' if why else ''}{why}")
        total = f"{one.needed.count('right')} of {len(one.needed)}, {100 * one.score:.0f} %" if one.rows else "0 %"
        lines.append(f"    {'score':28} {total}" + (f" -- {_printable(one.remark)}" if one.remark else ""))
    return "\n".join(lines)


def write_csv(grades, file):
    """One line for each exercise (score 1 or 0; why it is wrong) and one for each notebook's total (from 0 to 1)."""
    writer = csv.writer(file)
    writer.writerow(["notebook", "exercise", "optional", "verdict", "score", "remark"])
    for one in grades:
        name = _harmless(one.name)
        for id, optional, state in one.rows:
            writer.writerow([name, id, "yes" if optional else "no", state, int(state == "right"),
                             _harmless(one.reasons.get(id, ""))])
        writer.writerow([name, "total", "no", f"{one.needed.count('right')} of {len(one.needed)}",
                         round(one.score, 4), _printable(one.remark)])


def _harmless(text):
    """Text that a spreadsheet does not take for a formula."""
    return "'" * (text[:1] in {*"=+-@"}) + _printable(text)


def _named(patterns):
    """The files; a pattern such as class/*.ipynb is for the shell to expand, and on Windows no shell does."""
    return [name for one in patterns for name in (sorted(glob(one)) if not Path(one).exists() else []) or [one]]


def _printable(text):
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def main(arguments=None, prog="course.py grade"):
    parser = argparse.ArgumentParser(prog=prog, description="Grade students' notebooks.")
    parser.add_argument("notebooks", nargs="+", metavar="NOTEBOOK")
    parser.add_argument("--csv", metavar="FILE", help="write the table there as well")
    parser.add_argument("--seconds", type=float, default=120, help="time for one notebook (120)")
    parser.add_argument("--memory", type=float, default=2, help="memory for one notebook, in GB (2); not on Windows")
    options = parser.parse_args(arguments)
    names, grades = _named(options.notebooks), []
    everyone = [Path(name).resolve() for name in names]
    if options.csv:
        open(options.csv, "a").close()      # better now than after an hour
    for name in names:
        grades.append(grade(name, options.seconds, options.memory, everyone))
        print(table(grades[-1:]), flush=True)
    if options.csv:
        with open(options.csv, "w", newline="", encoding="utf-8") as file:
            write_csv(grades, file)
    right = sum(one.score == 1 for one in grades)
    print(f"{len(grades)} notebook{'s' * (len(grades) != 1)}, {right} with everything right.")


if __name__ == "__main__":
    sys.exit(main())
