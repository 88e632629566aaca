"""Grades as a table for the eye, and as a CSV: a row for each exercise, or one for each student."""

import csv
import os

from ..exercises import load


def table(grades):
    """All grades as text."""
    lines = []
    for one in grades:
        lines.append(_printable(one.name))
        for id, optional, state in one.rows:
            why = _printable(one.reasons.get(id, "")).partition(" | ")[0]
            mark = " (optional)" if optional else ""
            lines.append(f"    {id:28} {state}{mark}{': ' if why else ''}{why}")
        total = f"{of(one)}, {100 * one.score:.0f} %" if one.rows else "0 %"
        remark = f" -- {_printable(one.remark)}" if one.remark else ""
        lines.append(f"    {'score':28} {total}{remark}")
    return "\n".join(lines)


class Rows:
    """A CSV that grows: one line for each exercise (score 1 or 0; why it is wrong) and one for each
    notebook's total (from 0 to 1)."""

    def __init__(self, file):
        self.file, self.writer = file, csv.writer(file)
        self._write([["notebook", "exercise", "optional", "verdict", "score", "remark"]])

    def add(self, one):
        """The rows of a Grade, on the disk when this returns."""
        name = _harmless(one.name)
        rows = [
            [name, id, "yes" if optional else "no", state, int(state == "right"), _why(one, id)]
            for id, optional, state in one.rows
        ]
        total = [name, "total", "no", of(one), round(one.score, 4), _harmless(one.remark)]
        self._write([*rows, total])

    def _write(self, rows):
        self.writer.writerows(rows)
        _on_the_disk(self.file)


class Wide:
    """A CSV for a gradebook, written anew with each Grade: a row for each student, a column for
    each exercise (1 or 0, empty where no notebook of its chapter was handed in), the total, and how
    it ran. Optional exercises are shown, not counted."""

    def __init__(self, file, named):
        if not file.seekable():
            raise ValueError("--wide writes its file anew again and again: name one on the disk")
        self.file, self.named, self.grades = file, named, {}
        self._write()

    def add(self, one):
        """The table with one more Grade, on the disk when this returns."""
        self.grades.setdefault(self.named[one.name], []).append(one)
        self._write()

    def _write(self):
        optional = {row[0]: row[1] for one in self._all() for row in one.rows}
        asked = sorted(optional, key=lambda id: (load(id).notebook, id))
        heads = [id + " (optional)" * optional[id] for id in asked]
        total = f"total (of {list(optional.values()).count(False)})"
        self.file.seek(0)
        self.file.truncate()
        writer = csv.writer(self.file)
        writer.writerow(["student", *heads, total, "remark"])
        writer.writerows(self._row(name, asked) for name in self.grades)
        _on_the_disk(self.file)

    def _row(self, name, asked):
        grades = self.grades[name]
        marks = {id: int(state == "right") for one in grades for id, _, state in one.rows}
        total = sum(one.needed.count("right") for one in grades)
        remarks = "; ".join(one.remark for one in grades if one.remark)
        return [_harmless(name), *(marks.get(id, "") for id in asked), total, _harmless(remarks)]

    def _all(self):
        return [one for grades in self.grades.values() for one in grades]


def _on_the_disk(file):
    file.flush()
    try:
        os.fsync(file.fileno())
    except (OSError, ValueError, AttributeError):  # a pipe, a device, no file at all
        pass


def of(one):
    return f"{one.needed.count('right')} of {len(one.needed)}"


def _why(one, id):
    return _harmless(one.reasons.get(id, ""))


def _harmless(text):
    """Text that a spreadsheet does not take for a formula."""
    return "'" * (text[:1] in {*"=+-@\t\r"}) + _printable(text)


def _printable(text):
    return "".join(letter if letter.isprintable() else "?" for letter in text)
