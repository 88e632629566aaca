"""How long a notebook takes a learner, counted from its source.

150 words or 15 lines of code a minute, 45 seconds a displayed formula, 5 minutes an exercise. A
section whose heading ends in "(optional)" and an optional exercise count apart. References, folded
blocks, imports and comments are not counted.

`PYTHONPATH=tests python -m kit.minutes [03 ...]` prints the minutes of each section.
"""

import math
import re
import sys
from typing import NamedTuple

from tinymaf_course.exercises import load
from tinymaf_course.source import read_source

from . import ROOT

WORDS, LINES, FORMULA, EXERCISE = 150, 15, 0.75, 5
SOURCES = sorted((ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))


class Section(NamedTuple):
    heading: str
    reading: float  # minutes
    exercises: int  # how many must be done
    optional: int  # and how many may

    @property
    def is_optional(self):
        return self.heading.endswith("(optional)")

    @property
    def minutes(self):
        return self.reading + EXERCISE * self.exercises


def sections(path):
    """A `Section` for each heading of the students' notebook; what stands before the first, too."""
    found = [["", 0.0, 0, 0]]
    for cell in read_source(path).cells:
        if cell.cell_type == "markdown":
            if cell.source.startswith("## References"):
                continue
            if heading := re.search(r"^## (.+)$", cell.source, re.MULTILINE):
                found.append([heading[1], 0.0, 0, 0])
            found[-1][1] += reading_of(cell.source)
        elif "exercise" in cell.metadata.get("tags", []):
            id = re.search(r'check\("([a-z0-9-]+)"', cell.source)[1]
            found[-1][3 if load(id).optional else 2] += 1
        else:
            found[-1][1] += len(lines_of(cell.source)) / LINES
    return [Section(*one) for one in found]


def reading_of(markdown):
    """Minutes of a text.

    >>> reading_of("one " * 300 + "$$ x $$")
    2.75
    """
    text = re.sub(r"<details>.*?</details>", "", markdown, flags=re.DOTALL)
    text, formulas = re.subn(r"\$\$.+?\$\$", "", text, flags=re.DOTALL)
    return len(text.split()) / WORDS + FORMULA * formulas


def lines_of(code):
    """The lines of code that are read."""
    return [
        line
        for line in code.splitlines()
        if line.strip() and not re.match(r"\s*#|(?:from|import) ", line)
    ]


def told(path):
    """`(reading, exercises, optional)` as the notebook says it of itself."""
    text = "\n".join(cell.source for cell in read_source(path).cells)
    (found,) = re.findall(
        r"\*\*Time\.\*\* Reading (\d+) minutes, exercises (\d+) minutes"
        r"(?:, and (\d+) more for what is\s+optional)?\.",
        text,
    )
    return tuple(int(number or 0) for number in found)


def counted(path):
    """The same three, counted and rounded up."""
    must = [one for one in sections(path) if not one.is_optional]
    may = [one for one in sections(path) if one.is_optional]
    optional = sum(one.minutes for one in may) + EXERCISE * sum(one.optional for one in must + may)
    return (
        math.ceil(sum(one.reading for one in must)),
        EXERCISE * sum(one.exercises for one in must),
        math.ceil(optional),
    )


def main(names):
    for path in SOURCES:
        if not names or path.name.startswith(tuple(names)):
            reading, exercises, optional = counted(path)
            print(f"{path.stem}: {reading} + {exercises} = {reading + exercises}, +{optional}")
            for one in sections(path):
                print(f"    {one.minutes:5.1f}  {one.exercises} {one.optional}  {one.heading}")


if __name__ == "__main__":
    main(sys.argv[1:])
