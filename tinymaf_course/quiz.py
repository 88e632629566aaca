"""Quizzes: questions with feedback on every choice. The keyboard is enough, and no data is sent.

Without a kernel the choices are a list that opens, with the same words, as `<details>`.
"""

import importlib
import re
from dataclasses import dataclass
from pathlib import Path

from .cards import rich
from .form import Form
from .progress import record
from .shuffle import shuffled

LETTERS = "abcdefgh"


@dataclass(frozen=True)
class Item:
    """One question. `choices` maps each choice to its feedback, and `right` is one of them."""

    id: str
    question: str
    choices: dict
    right: str
    misconception: str | None = None

    @property
    def shown(self):
        """`{letter: choice}`, shuffled."""
        return dict(zip(LETTERS, shuffled(self.id, self.choices)))

    def __post_init__(self):
        if self.right not in self.choices:
            raise ValueError(f"{self.id}: the right choice {self.right!r} is none of the choices")
        if not 2 <= len(self.choices) <= len(LETTERS):
            raise ValueError(
                f"{self.id}: between 2 and {len(LETTERS)} choices, got {len(self.choices)}"
            )
        for choice, feedback in self.choices.items():
            if not feedback.strip():
                raise ValueError(f"{self.id}: the choice {choice!r} has no feedback")


def names():
    """The names of all quizzes."""
    return sorted(path.stem for path in (Path(__file__).parent / "questions").glob("[a-z]*.py"))


def load(name):
    """The items of a quiz, such as "autoregressive"."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name not in names():
        raise ValueError(f"There is no quiz {name!r}; there are {', '.join(names()) or 'none'}.")
    return importlib.import_module(f"{__package__}.questions.{name}").ITEMS


def quiz(name):
    """Show the quiz of a notebook."""
    items = load(name)
    make_form(items).show(in_words(items), markup(items))


def make_form(items):
    """The widget: radio buttons, a button, and room for feedback for each item."""
    by_id = {item.id: item for item in items}

    def on_answer(id, value):
        item = by_id[id]
        choice = item.shown[value]
        state = "right" if choice == item.right else "wrong"
        record("quizzes", id, state)
        return state, item.choices[choice]

    return Form(
        [
            {
                "id": item.id,
                "legend": f"{k}. {item.question}",
                "button": "Answer",
                "choices": [list(choice) for choice in item.shown.items()],
            }
            for k, item in enumerate(items, 1)
        ],
        on_answer,
    )


def in_words(items):
    """The quiz as plain text, without its answers."""
    return "\n".join(
        line
        for k, item in enumerate(items, 1)
        for line in [
            f"{k}. {item.question}",
            *(f"   {letter}. {text}" for letter, text in item.shown.items()),
        ]
    )


def markup(items):
    """The quiz as a list that opens, for pages without a kernel."""
    parts = ["<p>Choose before you open. Every choice has an answer, also the wrong ones.</p>"]
    for k, item in enumerate(items, 1):
        parts.append(f"<p><strong>{k}. {rich(item.question)}</strong></p>")
        for letter, text in item.shown.items():
            word = "Right. " if text == item.right else "Not yet. "
            parts.append(
                f"<details><summary>{letter}. "
                f"{rich(text)}</summary>{word}{rich(item.choices[text])}</details>"
            )
    return "\n".join(parts)
