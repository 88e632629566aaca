"""A page for each student: the cards that the exercises got, with the same sentences."""

import html
import os
import re
from pathlib import Path

from ..cards import STATES, card, rich, rows
from ..exercises import load
from .report import of

LONGEST = 2000  # letters of a line, which may be the student's
SAID = {  # where there is no complaint
    "right": "",
    "not attempted": "The three dots are still there.",
    "not checked": "Your notebook did not get as far as this check: what stands above it raised an "
    "error or never ended, or the cell is gone.",
}
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Feedback: {name}</title>
<style>
body {{ margin: 2em auto; max-width: 52em; padding: 0 1em; color: #111; background: #fff;
  font: 16px/1.5 "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }}
h1, h2 {{ line-height: 1.2; }}
code {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .9em;
  overflow-wrap: anywhere; }}
.asked {{ color: #555; }}
</style></head>
<body>
<h1>{name}</h1>
{body}
</body></html>
"""


class Pages:
    """The pages in a folder, each written anew when a notebook of its student has been graded."""

    def __init__(self, folder, named):
        self.folder, self.named, self.grades = Path(folder), named, {}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.files = _files(named.values())

    def add(self, one):
        """Add a Grade to its student's page; the page is whole whenever somebody looks."""
        name = self.named[one.name]
        found = self.grades.setdefault(name, [])
        found.append(one)
        target = self.folder / self.files[name]
        new = target.with_name(target.name + ".new")
        text = page(name, found)
        new.write_text(text, encoding="utf-8", errors="replace", newline="\n")
        os.replace(new, target)


def page(name, grades):
    """The HTML of the page of one student, which needs no other file."""
    return PAGE.format(name=html.escape(name), body="\n".join(map(_notebook, grades)))


def _notebook(one):
    chapter = next((load(id).notebook for id, _, _ in one.rows), "")
    where = "Your own exercises" if chapter == "own" else f"Notebook {chapter}".strip()
    remark = f"<p>How it ran: {html.escape(one.remark)}.</p>" if one.remark else ""
    cards = [_card(one, *row) for row in one.rows]
    return "\n".join([f"<h2>{where}: {of(one)} right</h2>", remark, *cards])


def _card(one, id, optional, state):
    exercise = load(id)
    title = f"<code>{rich(id)}</code>" + " (optional)" * optional
    asked = f'<div class="asked">{rich(exercise.title)}</div>'
    first, pairs = one.told.get(id, (SAID.get(state, ""), []))
    first, *texts = (text[:LONGEST] for text in (first, *(text for _, text in pairs)))
    pairs = list(zip([head for head, _ in pairs], texts))
    body = f'<div style="margin-top: 4px">{rich(first)}</div>' if first else ""
    kind = state if state in STATES else "not attempted"
    return card(kind, title, asked + body + rows(pairs))


def _files(names):
    """`{student: a name for the file}`, on every system and for each another one."""
    found, taken = {}, set()
    for name in sorted(set(names)):
        plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(". ")[:100] or "student"
        file, k = plain, 1
        while file.casefold() in taken:
            k += 1
            file = f"{plain} {k}"
        taken.add(file.casefold())
        found[name] = f"{file}.html"
    return found
