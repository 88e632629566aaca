"""The code cells of a notebook file, whatever the file is. Old formats are read, and notebooks that
say nothing about themselves.
"""

import json
import os
import stat

LARGEST = 50_000_000  # bytes
KINDS = {
    stat.S_ISDIR: "is a folder",
    stat.S_ISFIFO: "is a pipe",
    stat.S_ISCHR: "is a device",
    stat.S_ISBLK: "is a device",
    stat.S_ISSOCK: "is a socket",
}


def code_cells(path):
    """`{number: source}` from 1; ValueError says why there are none to be had."""
    try:
        text = _text(path)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from error
    if not text.strip():
        raise ValueError("is empty")
    try:
        cells = _cells(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError) as error:
        raise ValueError("is no notebook") from error
    return dict(enumerate(cells, 1))


def _text(path):
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(file)
        for is_kind, what in KINDS.items():
            if is_kind(found.st_mode):
                raise ValueError(f"{what}, and no notebook")
        parts, size = [], 0
        while part := os.read(file, 2**20):
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise ValueError(f"is larger than {LARGEST // 10**6} MB: clear its outputs")
    finally:
        os.close(file)
    return b"".join(parts).decode("utf-8-sig", "replace")


def _cells(notebook):
    """The sources. Before version 4 cells lay in worksheets, and their source was called input."""
    sheets = notebook.get("worksheets") or [notebook]
    found = [cell for sheet in sheets for cell in sheet["cells"]]
    return [_source(cell) for cell in found if cell.get("cell_type") == "code"]


def _source(cell):
    source = cell.get("source", cell.get("input", ""))
    text = source if isinstance(source, str) else "".join(map(str, source))
    text = text.encode("utf-8", "replace").decode()  # half a character is none
    return text.replace("\r\n", "\n").replace("\r", "\n")
