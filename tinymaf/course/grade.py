"""Grade students' notebooks: python course.py grade NOTEBOOK... [--csv FILE] [--seconds 120] [--memory 2]

Each notebook runs in a fresh process, in a temporary folder, with a limit of time and memory; a cell that raises is
noted and the next ones still run. The score is the number of required exercises that are right, of those of the
notebook of the course that it is: its own check cells tell which, whatever the file is called. Optional exercises are
shown, not counted.

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
from dataclasses import dataclass
from pathlib import Path

import nbformat

from .exercise import ids, load
from .grading.run import run
from .grading.strip import stripped

LARGEST = 50_000_000        # bytes of a notebook file
CHECK = re.compile(r"""\bcheck\(\s*["']([a-z0-9-]+)["']""")


@dataclass
class Grade:
    """One notebook: [(exercise, optional, state)] and a remark on how it went."""

    name: str
    rows: list
    remark: str = ""

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
    given = {e.id: {"source": stripped(e.source, e.name), "stub": e.stub} for e in exercises}
    outcome = run(cells, given, seconds, int(memory * 2 ** 30), [path.resolve(), *hidden])
    remarks = [outcome.ended] if outcome.ended else []
    if outcome.errors:
        remarks.append(f"errors in code cell{'s' * (len(outcome.errors) > 1)} {', '.join(map(str, outcome.errors))}")
    if outcome.tampered:
        remarks.append("functions that judge were replaced: look at it yourself")
    return Grade(str(path), [(e.id, e.optional, outcome.states.get(e.id, "not attempted")) for e in exercises],
                 "; ".join(remarks))


def table(grades):
    """All grades as text."""
    lines = []
    for one in grades:
        lines.append(_printable(one.name))
        lines += [f"    {id:28} {state}{' (optional)' if optional else ''}" for id, optional, state in one.rows]
        total = f"{one.needed.count('right')} of {len(one.needed)}, {100 * one.score:.0f} %" if one.rows else "0 %"
        lines.append(f"    {'score':28} {total}" + (f" -- {_printable(one.remark)}" if one.remark else ""))
    return "\n".join(lines)


def write_csv(grades, file):
    """One line for each exercise (score 1 or 0) and one for each notebook's total (score from 0 to 1)."""
    writer = csv.writer(file)
    writer.writerow(["notebook", "exercise", "optional", "verdict", "score", "remark"])
    for one in grades:
        name = _printable(one.name)
        name = "'" + name if name[0] in "=+-@" else name        # or a spreadsheet takes it for a formula
        for id, optional, state in one.rows:
            writer.writerow([name, id, "yes" if optional else "no", state, int(state == "right"), ""])
        writer.writerow([name, "total", "no", f"{one.needed.count('right')} of {len(one.needed)}",
                         round(one.score, 4), _printable(one.remark)])


def _printable(text):
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="course.py grade", description="Grade students' notebooks.")
    parser.add_argument("notebooks", nargs="+", metavar="NOTEBOOK")
    parser.add_argument("--csv", metavar="FILE", help="write the table there as well")
    parser.add_argument("--seconds", type=float, default=120, help="time for one notebook (120)")
    parser.add_argument("--memory", type=float, default=2, help="memory for one notebook, in GB (2); not on Windows")
    options = parser.parse_args(arguments)
    everyone, grades = [Path(name).resolve() for name in options.notebooks], []
    if options.csv:
        open(options.csv, "a").close()      # better now than after an hour
    for name in options.notebooks:
        grades.append(grade(name, options.seconds, options.memory, everyone))
        print(table(grades[-1:]), flush=True)
    if options.csv:
        with open(options.csv, "w", newline="", encoding="utf-8") as file:
            write_csv(grades, file)
    right = sum(one.score == 1 for one in grades)
    print(f"{len(grades)} notebook{'s' * (len(grades) != 1)}, {right} with everything right.")


if __name__ == "__main__":
    sys.exit(main())
