"""Predictions: the learner commits to a number or a choice first, and compares in a later cell.

    predict("noise-back")

and in a later cell

    reveal("noise-back")

or, where the notebook has computed the number that was asked for, `reveal("calls", calls)`. What is
asked, what is so and why stand in `predictions/`, out of the reader's sight.
"""

import functools
import importlib
import math
from dataclasses import dataclass
from pathlib import Path

from .cards import card, rich, say
from .form import Form
from .progress import record, state
from .shuffle import shuffled

LETTERS = "abcdefgh"
FOLDED = (
    '<details style="margin-top: 4px"><summary>What came out (predict first)</summary>{}</details>'
)


@dataclass(frozen=True)
class Choice:
    """A question with one right choice. Choices are shown shuffled, or sorted if `sort`."""

    id: str
    question: str
    right: str
    wrong: tuple
    why: str
    sort: bool = False

    @property
    def choices(self):
        """`{letter: text}`, as shown."""
        texts = (self.right, *self.wrong)
        return dict(zip(LETTERS, sorted(texts) if self.sort else shuffled(self.id, texts)))

    @property
    def letter(self):
        """The right one's."""
        return next(key for key, text in self.choices.items() if text == self.right)

    def read(self, given):
        """A letter, from what a learner types or clicks. ValueError says what to do instead."""
        letter = str(given).strip().lower()
        if letter not in self.choices:
            raise ValueError(f"Pick one of {', '.join(self.choices)}.")
        return letter

    def told(self, answer):
        """An answer in words: "b: x2 first"."""
        return f"{answer}: {self.choices[answer]}".rstrip(".")

    def compared(self, answer):
        """`(is it so?, what to say)`."""
        if answer == self.letter:
            return True, f"You said {self.told(answer)}: so it is."
        return False, f"You said {self.told(answer)}; it is {self.told(self.letter)}."


@dataclass(frozen=True)
class Number:
    """A question that a number answers. `truth` is None where the notebook computes it. A number is
    close enough within `tolerance`, by default a tenth of the truth.
    """

    id: str
    question: str
    why: str
    unit: str = ""
    truth: float | None = None
    tolerance: float | None = None

    choices = None

    def read(self, given):
        """A number, from what a learner types. ValueError says what to do instead."""
        text = str(given).strip()
        try:
            number = float(text.removesuffix("%").removesuffix(self.unit).replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"That is no number: {text!r}. Type one such as 0.5.")
        return number

    def told(self, answer):
        """An answer in words: "0.35 nats"."""
        return f"{answer:g} {self.unit}".strip()

    def compared(self, answer, truth):
        """`(is it close?, what to say)`."""
        off = answer - truth
        close = abs(off) <= (abs(truth) / 10 if self.tolerance is None else self.tolerance)
        how = "close enough" if close else "too high" if off > 0 else "too low"
        return close, f"You said {self.told(answer)}; it is {self.told(truth)}: {how}."


@functools.cache
def predictions():
    """`{id: Choice or Number}` of the whole course."""
    found = {}
    for path in sorted((Path(__file__).parent / "predictions").glob("[a-z]*.py")):
        module = importlib.import_module(f"{__package__}.predictions.{path.stem}")
        found.update({question.id: question for question in module.PREDICTIONS})
    return found


def load(id):
    if id not in predictions():
        raise ValueError(f"There is no prediction {id!r}.")
    return predictions()[id]


def answered(question):
    """What the learner has said, or None. What makes no sense in a file is no answer."""
    earlier = state().get("predictions", {}).get(question.id)
    try:
        return None if earlier is None else question.read(earlier)
    except ValueError:
        return None


def predict(id, answer=None):
    """Ask for a prediction. Code may give the `answer` instead of the form."""
    question = load(id)
    form = make_form(question)
    earlier = answered(question) if answer is None else answer
    if earlier is not None:
        form.reply(id, *commit(question, earlier))
    choices = question.choices or {}
    lines = [f"{key}: {text}" for key, text in choices.items()]
    said = (
        "Commit to a guess before you run on."
        if answer is None
        else f"You said {question.told(answered(question))}."
    )
    plain = "\n".join([f"Predict: {question.question}", *(f"  {line}" for line in lines), said])
    listed = "".join(f"<li>{rich(line)}</li>" for line in lines)
    form.show(
        plain,
        card(
            "told",
            f"Predict: {rich(question.question)}",
            (f"<ul>{listed}</ul>" if listed else "") + f"<div>{rich(said)}</div>",
        ),
    )


def make_form(question):
    """The widget that asks once."""

    def on_answer(id, value):
        try:
            return commit(question, value)
        except ValueError as what:
            return "told", str(what)

    choices = question.choices
    return Form(
        [
            {
                "id": question.id,
                "legend": f"Predict: {question.question}",
                "button": "That is my prediction",
                "choices": choices and [[key, f"{key}: {text}"] for key, text in choices.items()],
                "unit": getattr(question, "unit", ""),
            }
        ],
        on_answer,
    )


def commit(question, value):
    """Take the prediction. Returns the form's last reply."""
    answer = question.read(value)
    record("predictions", question.id, answer)
    said = f"You said {question.told(answer)}. Now run the next cell (again, if it has run before)."
    return "told", said, True


def reveal(id, truth=None):
    """Compare a prediction with what is so; `truth` if the notebook has computed it."""
    question = load(id)
    if (truth is None) == (isinstance(question, Number) and question.truth is None):
        raise ValueError(f"{id!r}: the number comes from the cell or from its file, from one.")
    if isinstance(question, Number):
        truth = question.truth if truth is None else truth
        given = (truth,)
        is_so = question.told(truth)
    else:
        given, is_so = (), question.told(question.letter)
    answer = answered(question)
    if answer is None:  # folded away, for whoever scrolls past before having thought
        first, rest = "No prediction was made.", f"It is {is_so}. {question.why}".strip()
        say(f"{first} {rest}", card("told", first, FOLDED.format(rich(rest))))
        return
    right, first = question.compared(answer, *given)
    body = f'<div style="margin-top: 4px">{rich(question.why)}</div>' if question.why else ""
    state_ = "right" if right else "surprise"
    say(f"{first} {question.why}".strip(), card(state_, rich(first), body))
