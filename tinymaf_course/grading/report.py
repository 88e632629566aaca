"""Grades as a table for the eye, and as rows of a CSV that are written as they are known."""

import csv
import os


def table(grades):
    """All grades as text."""
    lines = []
    for one in grades:
        lines.append(_printable(one.name))
        for id, optional, state in one.rows:
            why = _printable(one.reasons.get(id, "")).partition(" | ")[0]
            mark = " (optional)" if optional else ""
            lines.append(f"    {id:28} {state}{mark}{': ' if why else ''}{why}")
        total = f"{_of(one)}, {100 * one.score:.0f} %" if one.rows else "0 %"
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
        total = [name, "total", "no", _of(one), round(one.score, 4), _harmless(one.remark)]
        self._write([*rows, total])

    def _write(self, rows):
        self.writer.writerows(rows)
        self.file.flush()
        try:
            os.fsync(self.file.fileno())
        except (OSError, ValueError, AttributeError):  # a pipe, a device, no file at all
            pass


def _of(one):
    return f"{one.needed.count('right')} of {len(one.needed)}"


def _why(one, id):
    return _harmless(one.reasons.get(id, ""))


def _harmless(text):
    """Text that a spreadsheet does not take for a formula."""
    return "'" * (text[:1] in {*"=+-@\t\r"}) + _printable(text)


def _printable(text):
    return "".join(letter if letter.isprintable() else "?" for letter in text)
