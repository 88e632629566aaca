"""The grade of one notebook: what is asked in its chapter, what was right, and how it went."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ..exercises import OWN, ids, load
from ..judging import WRONG
from .reading import code_cells
from .run import ORDER, Limits, run
from .sandbox import choose

AGAIN = 5  # runs without the cells that ended the ones before
NO_VERDICT = "not checked"  # the check was not reached: its cell raised, was stopped, or is gone
TEXT = re.compile(r"""["']([a-z0-9]+(?:-[a-z0-9]+)+)["']""")
TOLD = 4  # places that a remark names


@dataclass
class Grade:
    """One notebook: [(exercise, optional, state)], a remark on how it went, and why exercises are
    wrong: {exercise: one line}, and {exercise: (sentence, [(name, text)])}, as its card says it."""

    name: str
    rows: list
    remark: str = ""
    reasons: dict = field(default_factory=dict)
    told: dict = field(default_factory=dict)

    @property
    def needed(self):
        return [state for _, optional, state in self.rows if not optional]

    @property
    def score(self):
        return self.needed.count("right") / len(self.needed) if self.needed else 0.0


def grade(path, limits=None, kind=None, notebook=None):
    """The Grade of one file. Never raises for what is in the file.

    `notebook` is the chapter that was set, such as "05"; by default the one that most of the
    exercises belong to which the file names. "own" are those of the folders that were added:
    they are asked beside any chapter's.
    """
    name, limits, kind = str(path), limits or Limits(), kind or choose()
    try:
        cells = code_cells(Path(path))
    except ValueError as error:
        return Grade(name, _rows(notebook, {}), str(error))
    asked = _asked(cells)
    chapter = notebook or _chapter(asked)
    if chapter is None:
        return Grade(name, [], "no exercises of the course are checked in it")
    outcomes = _outcomes(cells, limits, kind)
    states, reasons, told = _best(outcomes)
    remarks = _remarks(outcomes)
    others = sorted({load(id).notebook for id in asked} - {chapter, OWN})
    if notebook and others and not asked & set(ids(chapter)):
        remarks.insert(0, f"its checks belong to notebook {', '.join(others)}, not to {chapter}")
    elif notebook and not asked:
        remarks.insert(0, "no exercises of the course are checked in it")
    return Grade(name, _rows(chapter, states), "; ".join(remarks), reasons, told)


def chapter_of(path):
    """The chapter that most of the exercises belong to which a file names; None for no notebook."""
    try:
        return _chapter(_asked(code_cells(Path(path))))
    except ValueError:
        return None


def _rows(chapter, states):
    asked = ids(OWN) + (ids(chapter) if chapter not in (None, OWN) else [])
    exercises = map(load, asked)
    return [(e.id, e.optional, states.get(e.id, NO_VERDICT)) for e in exercises]


def _asked(cells):
    """The exercises that the cells name, in quotes."""
    return {*ids(), *ids(OWN)} & {id for source in cells.values() for id in TEXT.findall(source)}


def _chapter(asked):
    counted = Counter(load(id).notebook for id in sorted(asked))
    if len(counted) > 1:
        counted.pop(OWN, None)  # beside those of the course's notebook
    return counted.most_common(1)[0][0] if counted else None


def _outcomes(cells, limits, kind):
    """The Outcome of each run: where a cell has ended one, there is another without it."""
    outcomes, left_out = [], set()
    while len(outcomes) <= AGAIN:
        outcomes.append(run(cells, limits, kind, left_out))
        last = outcomes[-1]
        left_out |= {last.last, *last.late}
        if not last.ended or not last.last:
            break
    return outcomes


def _best(outcomes):
    """The states over all runs, and twice why what is wrong is wrong. A value that was given in one
    run is not bettered in another."""
    states, reasons, told, given = {}, {}, {}, set()
    for one in outcomes:
        for id, state in one.states.items():
            if id not in given:
                states[id] = max(states.get(id, ORDER[0]), state, key=ORDER.index)
        reasons.update(one.reasons)
        told.update(one.told)
        given |= set(one.values)
    wrong = [id for id in reasons if states.get(id) == WRONG]
    return states, {id: reasons[id] for id in wrong}, {id: told[id] for id in wrong}


def _remarks(outcomes):
    remarks = list(dict.fromkeys(one.ended for one in outcomes if one.ended))
    if len(outcomes) > 1:
        remarks.append("run again without it" if len(outcomes) == 2 else "run again without them")
    late, errors, values = {}, {}, {}
    for one in outcomes:
        late.update(one.late)
        errors.update(one.errors)
        values.update(one.values)
    if late:
        remarks.append(f"stopped, as it took too long: {_places(late)}")
    if errors:
        lines = {cell: [line for line, _ in found] for cell, found in errors.items()}
        first = next(iter(errors.values()))[0][1]
        remarks.append(f"errors in {_places(lines)}: {first}")
    for id, answers in values.items():
        if len(set(answers)) > 1:
            remarks.append(f"{id} was given {len(set(answers))} different values: the last counts")
    return remarks


def _places(lines):
    """`{cell: lines}` in words: code cell 3 (line 1), 5 (lines 2, 7)."""
    told = []
    for cell, found in list(lines.items())[:TOLD]:
        more = ", ..." if len(found) > TOLD else ""
        where = ", ".join(map(str, found[:TOLD])) + more
        told.append(f"{cell} (line{'s' * (len(found) > 1)} {where})")
    more = f" and {len(lines) - TOLD} more" if len(lines) > TOLD else ""
    return f"code cell{'s' * (len(lines) > 1)} {', '.join(told)}{more}"
