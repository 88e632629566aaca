"""The printed pages: the questions alone, and the key with a note on each choice for teachers."""

import argparse
import sys
from pathlib import Path

from ..misconceptions import MISCONCEPTIONS
from . import LETTERS, QUESTIONS

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"


def cell(text):
    """Text in a cell of a table, where | would end it."""
    return text.replace("|", r"\|")


def questions_page():
    """The page for learners."""
    lines = [
        "# Concept inventory",
        "",
        (
            "Name or code: ____________________  Date: ____________  This is taken: [ ] before  [ "
            "] after the course"
        ),
        "",
        (
            "Eighteen questions, twenty minutes, no notes, no computer. Tick one answer for each; "
            "if you do not know, tick the one you find most likely. This is not graded: it shows "
            "what the course should spend its time on, and afterwards what it has changed."
        ),
        "",
    ]
    for k, question in enumerate(QUESTIONS, 1):
        lines += [f"**{k}.** {question.question}", ""]
        lines += [f"- [ ] {letter}. {text}" for letter, text in zip(LETTERS, question.choices)] + [
            ""
        ]
    return "\n".join(lines)


def key_page():
    """The page for teachers."""
    lines = [
        "# Concept inventory: key and notes",
        "",
        (
            "For teachers. Each question is about one misconception of the course's table. Hand "
            "out the page [concept_inventory.md](../concept_inventory.md) before the first "
            "notebook and again after the last one, or use "
            "[the notebook](../concept_inventory.ipynb), "
            "which keeps right and wrong to itself until the last answer. Do not go through the "
            "answers in between: the second sitting would then measure that hour alone."
        ),
        "",
        (
            "**Reading the result.** Per question, compare the shares of right answers before (b) "
            "and after (a). The normalised gain is (a - b) / (1 - b). The sum says less than the "
            "wrong choices do: the notes say what each one gives away. A question that most "
            "learners get right beforehand leaves time for another one. With four choices, "
            "guessing gives 4 or 5 of 18."
        ),
        "",
        (
            "The questions are new, and have not been tried with a class yet: their difficulty and "
            "discrimination are unknown. The notes say what the authors expect."
        ),
        "",
        "| " + " | ".join(f"{k}" for k in range(1, len(QUESTIONS) + 1)) + " |",
        "|" + " --- |" * len(QUESTIONS),
        "| " + " | ".join(question.letter for question in QUESTIONS) + " |",
        "",
    ]
    for k, question in enumerate(QUESTIONS, 1):
        belief, truth, number = MISCONCEPTIONS[question.misconception]
        lines += [
            f"## {k}. {question.misconception} (notebook {number})",
            "",
            f"*The belief:* {belief} *What is so:* {truth}",
            "",
            question.question,
            "",
            "| | choice | why a learner picks it |",
            "| --- | --- | --- |",
        ]
        lines += [
            (
                f"| {f'**{letter}**' if letter == question.letter else letter} | {cell(text)} | "
                f"{cell(note)} |"
            )
            for letter, (text, note) in zip(LETTERS, question.choices.items())
        ]
        lines += ["", f"*To the class:* {question.because}", ""]
    return "\n".join(lines)


PAGES = {
    "concept_inventory.md": questions_page,
    "instructor/concept_inventory_key.md": key_page,
}


def main(arguments=None, folder=FOLDER):
    parser = argparse.ArgumentParser(
        prog="tinymaf_course.inventory", description="Write the printed pages."
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing, exit with 1 where a page is not up to date",
    )
    check = parser.parse_args(arguments).check
    stale = [
        name
        for name, page in PAGES.items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != page()
    ]
    if check and stale:
        sys.exit(
            f"{', '.join(stale)}: run `python -m tinymaf_course.inventory` and commit what it "
            "writes."
        )
    for name in stale:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(PAGES[name](), encoding="utf-8", newline="\n")
        print(f"{name}: written")
