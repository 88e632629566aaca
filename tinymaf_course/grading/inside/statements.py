"""A cell, statement by statement: one that fails costs itself, and not what stands below it."""

import ast
import re

GO_ON = re.compile(r"[\s)\]}#]|(else|elif|except|finally)\b")
MOST = 300  # pieces of a broken cell that are put together again


def statements(source, transform):
    """`[(line, node, or what is wrong with it)]` of a cell; `transform` makes Python of magics."""
    found = _parsed(source, transform, 1)
    return _apart(found) if found is not None else _apart(_in_pieces(source, transform))


def _parsed(source, transform, line):
    """The statements of a text that begins at a line; None where it is no Python."""
    try:
        nodes = ast.parse(transform(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in nodes:
        ast.increment_lineno(node, line - 1)
    return [(node.lineno, node) for node in nodes]


def _in_pieces(source, transform):
    """What of a cell that is no Python is Python all the same."""
    lines = source.splitlines(keepends=True)
    starts = [k for k, line in enumerate(lines) if k == 0 or not GO_ON.match(line)]
    starts = starts[:MOST] + [len(lines)]
    found, k = [], 0
    while k < len(starts) - 1:
        for end in range(k + 1, min(k + 30, len(starts))):
            text = "".join(lines[starts[k] : starts[end]])
            part = _parsed(text, transform, starts[k] + 1)
            if part is not None:
                found += part
                k = end
                break
        else:
            found.append((starts[k] + 1, "SyntaxError"))
            k += 1
    return found


def _apart(found):
    """Imports of several things, each for itself: one that is not installed costs no other."""
    for line, node in found:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and len(node.names) > 1:
            for alias in node.names:
                fields = {**dict(ast.iter_fields(node)), "names": [alias]}
                yield line, ast.copy_location(type(node)(**fields), node)
        else:
            yield line, node
