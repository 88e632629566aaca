"""A CSV file as columns of numbers. Whatever is wrong with it is a ValueError in one line."""

import csv
import io
from dataclasses import dataclass

import numpy as np

LARGEST = 5_000_000  # bytes: what goes from the browser to the kernel in one piece


@dataclass(frozen=True)
class Table:
    """`columns` maps the names of numeric columns to arrays. A missing number is NaN."""

    name: str
    columns: dict


def read_table(name, content):
    """The `Table` in a file's bytes, separated by comma, semicolon or tab. Names are optional."""
    if len(content) > LARGEST:
        raise ValueError(
            f"{name} has {len(content) / 1e6:.1f} MB, the playground takes {LARGEST / 1e6:.0f}"
        )
    if b"\0" in bytes(content[:4096]):
        raise ValueError(f"{name} is no text file")
    try:
        text = bytes(content).decode("utf-8-sig")
    except UnicodeDecodeError:
        text = bytes(content).decode("latin-1")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"{name} is empty")
    mark = max(";\t,", key=lambda c: min(line.count(c) for line in lines[:20]))
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark))
    except csv.Error as error:
        raise ValueError(f"{name} cannot be read: {error}") from None
    width = len(rows[0])
    ragged = next((k for k, row in enumerate(rows) if len(row) != width), None)
    if ragged is not None:
        raise ValueError(
            f"{name}: row {ragged + 1} has {len(rows[ragged])} columns, row 1 has {width}"
        )

    head = None if any(np.isfinite(_number(cell, mark)) for cell in rows[0]) else rows.pop(0)
    names = [f"column {k + 1}" for k in range(width)] if head is None else _unique(head)
    found = {}
    for k, title in enumerate(names):
        values = np.array([_number(row[k], mark) for row in rows], float)
        if len(values) and np.isfinite(values).mean() >= 0.5:
            found[title] = values
    if len(found) < 2:
        raise ValueError(
            f"{name} has {'one column' if found else 'no column'} of numbers, two are needed"
        )
    return Table(name, found)


def _number(cell, mark):
    try:
        value = float(cell.replace(",", ".") if mark != "," else cell)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


def _unique(names):
    seen, found = set(), []
    for k, name in enumerate(names):
        name = " ".join(name.split())[:40] or f"column {k + 1}"
        while name in seen:
            name += "'"
        seen.add(name)
        found.append(name)
    return found
