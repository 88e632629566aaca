"""Whose notebook a file is: by its name, or by the folder that it lies in."""

import os
import re
from collections import Counter
from pathlib import Path

from ..pages import found

# What Moodle adds to a student's name, where it packs a class's files into folders.
MOODLE = re.compile(r"_\d+_assignsubmission_file_?$")


def students(files):
    """`{file: student}`, of `{file: chapter}`.

    A file is called as its student. Where several of one chapter have the same name, or where it is
    the course's own (03_made), the folders that tell them apart give the names. Notebooks of
    different chapters may have the same student.
    """
    groups, named = {}, {}
    for file, chapter in files.items():
        groups.setdefault((chapter, Path(file).stem), []).append(file)
    lessons = {Path(name).stem for name in found()}
    for (_, stem), group in groups.items():
        own = len(group) == 1 and stem not in lessons
        named.update({group[0]: stem} if own else _by_folders(group))
    named = {file: MOODLE.sub("", name) for file, name in named.items()}
    counted = Counter((files[file], name) for file, name in named.items())
    return {
        file: name if counted[files[file], name] == 1 else f"{name}, {Path(file).stem}"
        for file, name in named.items()
    }


def _by_folders(group):
    """`{file: the folders that no other file shares}`."""
    folders = {file: Path(os.path.abspath(file)).parts[1:-1] for file in group}
    if len(group) == 1:
        return {file: parts[-1] if parts else Path(file).stem for file, parts in folders.items()}
    start = _shared(list(folders.values()))
    end = _shared([parts[start:][::-1] for parts in folders.values()])
    own = {file: parts[start : len(parts) - end] for file, parts in folders.items()}
    return {file: " ".join(parts) or Path(file).stem for file, parts in own.items()}


def _shared(rows):
    """How many parts all rows have in common at their beginning."""
    count = 0
    for parts in zip(*rows):
        if len(set(parts)) > 1:
            break
        count += 1
    return count
