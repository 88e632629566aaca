"""Bring corrections of the course into a notebook that a learner has worked in.

A course's cell carries a hash of its text as its id (source.py), and an editor keeps a cell's id
when its text changes. So ids say which cell is which, and a text that no longer fits its id has
been changed by hand.

Cells are dicts, as they stand in the file.
"""

import difflib
import hashlib
import re
import uuid
from dataclasses import dataclass, field

ID = re.compile(r"[0-9a-f]{8}(-\d+)?")
EXERCISE = re.compile(r"\bcheck\(\s*[\"']([a-z0-9-]+)[\"']")
ALIKE = 0.5  # share of a text that two versions of one cell have in common


@dataclass
class Changes:
    """What a merge did, as counts, and the first lines of cells that both sides changed."""

    corrected: int = 0
    added: int = 0
    dropped: int = 0
    kept: list = field(default_factory=list)


@dataclass(eq=False)
class Mine:
    """A learner's cell, and the course's cell that it came from, if any."""

    cell: dict
    base: dict | None = None

    @property
    def touched(self):
        return self.base is None or not same(self.cell, self.base)


def digest(kind, text):
    """The id of a course's cell.

    >>> digest("markdown", "# One")
    '7e28a110'
    """
    return hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()[:8]


def text(cell):
    source = cell.get("source", "")
    return (source if isinstance(source, str) else "".join(source)).rstrip()


def same(one, other):
    return one["cell_type"] == other["cell_type"] and text(one) == text(other)


def merge(mine, theirs, base=None):
    """`(cells, changes)` from three lists of cells: the learner's, the course's new and old ones.

    A cell that the learner changed stays, and so do cells of the learner's own. Without `base` the
    learner's ids say what the old ones were.

    >>> def cell(source, of=None):
    ...     name = digest("code", of or source)
    ...     return {"cell_type": "code", "id": name, "source": source}
    >>> old, new = [cell("a = 1"), cell("b = 2")], [cell("a = 10"), cell("b = 2"), cell("c = 3")]
    >>> cells, changes = merge([cell("a = 1"), cell("b = 7", of="b = 2")], new, old)
    >>> [one["source"] for one in cells], changes.corrected, changes.added
    (['a = 10', 'b = 7', 'c = 3'], 1, 1)
    """
    known = base is not None
    own = [Mine(cell) for cell in mine]
    base = base if known else _stand_ins(own)
    _find_bases(own, base)
    partner = _partners(own, theirs, base)
    changes, placed = Changes(), []
    old = {cell["id"] for cell in base}
    for cell in theirs:
        one = partner.get(cell["id"])
        if one is not None:
            placed.append((_chosen(one, cell, changes), one))
        elif not known or cell["id"] not in old:  # otherwise the learner has deleted it
            placed.append((cell, None))
            changes.added += 1
    _keep_the_rest(own, placed, {cell["id"] for cell in theirs}, changes)
    return _with_ids_of_their_own([cell for cell, _ in placed]), changes


def _stand_ins(own):
    """The course's old cells, as far as the learner's ids tell them."""
    found = []
    for one in own:
        name = one.cell.get("id", "")
        if ID.fullmatch(name):
            fits = name.partition("-")[0] == digest(one.cell["cell_type"], text(one.cell))
            found.append(one.cell if fits else {"cell_type": "", "id": name, "source": ""})
    return found


def _find_bases(own, base):
    free = {cell["id"]: cell for cell in base}
    for one in own:
        one.base = free.pop(one.cell.get("id"), None)
    for one in own:  # an editor has given ids of its own
        if one.base is None:
            found = next((cell for cell in free.values() if same(cell, one.cell)), None)
            one.base = found and free.pop(found["id"])


def _partners(own, theirs, base):
    """`{id of a new cell: Mine}`: which of the learner's cells stands where it belongs."""
    new = {cell["id"] for cell in theirs}
    partner = {one.base["id"]: one for one in own if one.base and one.base["id"] in new}
    free = [one for one in own if one not in partner.values()]
    successors = _successors(base, theirs)

    def has_it(one, cell):
        return same(one.cell, cell)

    def same_exercise(one, cell):
        found = EXERCISE.search(text(cell))
        return bool(found) and found[1] in EXERCISE.findall(text(one.cell))

    def came_before(one, cell):
        return one.base is not None and successors.get(one.base["id"]) == cell["id"]

    for fits in (has_it, same_exercise, came_before):
        for cell in theirs:
            if cell["id"] not in partner:
                found = next((one for one in free if fits(one, cell)), None)
                if found is not None:
                    partner[cell["id"]] = found
                    free.remove(found)
    return partner


def _successors(base, theirs):
    """`{id of an old cell: id of the new one in its place}`, where the two texts are alike."""
    found, ids = {}, [[cell["id"] for cell in cells] for cells in (base, theirs)]
    for _, a, b, c, d in difflib.SequenceMatcher(None, *ids, autojunk=False).get_opcodes():
        new = theirs[c:d]
        for old in base[a:b]:
            alike = [_likeness(old, cell) for cell in new]
            if alike and max(alike) > ALIKE:
                found[old["id"]] = new.pop(alike.index(max(alike)))["id"]
    return found


def _likeness(old, new):
    if not old["cell_type"]:  # its old text is unknown: its place must do
        return 2 * ALIKE
    if old["cell_type"] != new["cell_type"]:
        return 0.0
    return difflib.SequenceMatcher(None, text(old), text(new), autojunk=False).ratio()


def _chosen(one, cell, changes):
    if same(one.cell, cell) or (one.base and one.base["id"] == cell["id"]):
        return one.cell  # with its outputs
    if not one.touched:
        changes.corrected += 1
        return cell
    changes.kept.append(text(one.cell).partition("\n")[0])
    return one.cell


def _keep_the_rest(own, placed, new, changes):
    """Put cells of the learner's own, and changed ones that the course has dropped, where they
    stood: behind the cell before them."""
    before = None
    for one in own:
        if one not in [other for _, other in placed]:
            if not one.touched and one.base["id"] not in new:
                changes.dropped += 1
                continue
            at = [other for _, other in placed].index(before) + 1 if before else 0
            placed.insert(at, (one.cell, one))
        before = one


def _with_ids_of_their_own(cells):
    seen, found = set(), []
    for cell in cells:
        if cell.get("id") in seen:
            cell = {**cell, "id": uuid.uuid4().hex}
        seen.add(cell.get("id"))
        found.append(cell)
    return found
