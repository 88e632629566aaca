"""A learner's copy of the course: made once, then corrected without touching what the learner did.

    my-course/notebooks/     the lessons, the glossary, the playground
    my-course/docs/          what they link to
    my-course/.tinymaf/given/         each page as the course last gave it
    my-course/.tinymaf/before/DATE/   each page as it was before a correction

No page is written over, only replaced, and the old one is kept in `before`.
"""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

from . import pages
from .merge import merge

HIDDEN = ".tinymaf"
NOTEBOOK = ".ipynb"


class Copy:
    """The copy in `folder`. `ValueError` or `OSError` says why nothing can be put there."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.hidden = self.folder / HIDDEN
        if self.folder.exists() and not self.folder.is_dir():
            raise ValueError(f"{folder} is a file: name a folder")

    def add(self):
        """Copy the pages that are not there. Files that are there stay. Returns how many came."""
        added = 0
        for name, page in pages.found().items():
            if not os.path.lexists(self.folder / name):
                content = page.read_bytes()
                put(self.folder / name, content)
                put(self.given(name), content)
                added += 1
        return added

    def given(self, name):
        return self.hidden / "given" / name

    def stale(self):
        """The names of the pages that the course has corrected since it gave them."""
        return [
            name
            for name, page in pages.found().items()
            if self.given(name).is_file() and self.given(name).read_bytes() != page.read_bytes()
        ]

    def update(self, now=None):
        """Bring the course's corrections in. Returns a line for each page that has changed."""
        before = self.hidden / "before" / (now or datetime.now()).strftime("%Y-%m-%d %H.%M.%S")
        said = []
        for name, page in pages.found().items():
            line = self._update(name, page.read_bytes(), before)
            said += [f"{name}: {line}"] if line else []
        return said

    def _update(self, name, theirs, before):
        path, given = self.folder / name, self.given(name)
        base = given.read_bytes() if given.is_file() else None
        if not os.path.lexists(path):
            put(path, theirs)
            put(given, theirs)
            return "added"
        if not path.is_file() or path.is_symlink():
            return "left alone: a link or a folder has its name" if base != theirs else ""
        mine = path.read_bytes()
        if mine == theirs or base == theirs:
            put(given, theirs)
            return ""
        line, content, beside = _changed(name, mine, theirs, base)
        if beside:
            line += f"; the course's is in {self._put_beside(path, theirs)}"
        if content is not None and content != mine:
            put(before / name, mine)
            put(path, content)
        put(given, theirs)
        return line

    def _put_beside(self, path, content):
        """Save the course's page under a name that is free; return that."""
        number, name = 1, f"{path.stem}.course{path.suffix}"
        while (
            os.path.lexists(path.with_name(name)) and path.with_name(name).read_bytes() != content
        ):
            number += 1
            name = f"{path.stem}.course-{number}{path.suffix}"
        put(path.with_name(name), content)
        return name

    def latest(self):
        """The lesson that the learner saved last, or None where all are as they were given."""
        worked_on = [
            path
            for path in (self.folder / "notebooks").glob(f"[0-9][0-9]_*{NOTEBOOK}")
            if (given := self.given(f"notebooks/{path.name}")).is_file()
            and path.read_bytes() != given.read_bytes()
        ]
        return max(worked_on, key=lambda path: path.stat().st_mtime, default=None)


def _changed(name, mine, theirs, base):
    """`(what to say, the page's new content or None, does the course's go beside it?)`."""
    if mine == base:
        return "corrected", theirs, False
    if not name.endswith(NOTEBOOK):
        return "changed by you and by the course: yours stays", None, True
    try:
        own, new, old = (content and json.loads(content) for content in (mine, theirs, base))
        cells, changes = merge(own["cells"], new["cells"], old and old["cells"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return "cannot be read as a notebook: yours stays", None, True
    if [id(cell) for cell in cells] == [id(cell) for cell in own["cells"]] and not changes.kept:
        return "", None, False  # the corrections are in it already, or only outputs differ
    own["cells"] = cells
    content = json.dumps(own, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return _in_words(changes), content.encode(), bool(changes.kept)


def _in_words(changes):
    counts = {
        "corrected": changes.corrected,
        "added": changes.added,
        "taken out": changes.dropped,
    }
    parts = [f"{n} cell{'s' * (n != 1)} {what}" for what, n in counts.items() if n]
    if changes.kept:
        shown = ", ".join(repr(line[:50]) for line in changes.kept)
        parts.append(f"changed by you and by the course, yours stays: {shown}")
    return "; ".join(parts) or "cells in the course's order"


def put(path, content):
    """Write a file, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    if path.is_file():
        shutil.copymode(path, new)
    os.replace(new, path)
