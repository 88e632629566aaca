"""Predictions: the learner commits to a number or a choice first, and compares in a later cell.

    guess = predict("the-order", "Which order needs more?", {"a": "x1 first", "b": "x2 first"})
    guess = predict("nats-lost", "How many nats per point are lost?", unit="nats")

and in the later cell

    reveal(guess, 0.35, "What the number says.", tolerance=0.1)
"""

import math

from .cards import card, rich, say
from .form import Form
from .progress import record, state

FOLDED = (
    '<details style="margin-top: 4px"><summary>What came out (predict first)</summary>{}</details>'
)


class Guess:
    """A question, and the learner's `answer`, which is None until there is one."""

    def __init__(self, id, question, choices, unit):
        self.id = id
        self.question = question
        self.choices = choices
        self.unit = unit
        self.answer = None

    def __repr__(self):
        return f"Guess({self.id!r})"

    def read(self, given):
        """A choice's key, or a number, from what a learner types.

        ValueError says what to do instead.
        """
        text = str(given).strip()
        if self.choices is not None:
            for key in self.choices:
                if text.lower() == str(key).lower():
                    return key
            raise ValueError(f"Pick one of {', '.join(map(str, self.choices))}.")
        try:
            number = float(text.removesuffix("%").removesuffix(self.unit).replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(f"That is no number: {text!r}. Type one such as 0.5.")
        return number

    def told(self, answer):
        """An answer in words: "b: x2 first", or "0.35 nats"."""
        if self.choices is not None:
            return f"{answer}: {self.choices[answer]}".rstrip(".")
        return f"{answer:g} {self.unit}".strip()


def predict(id, question, choices=None, unit="", answer=None):
    """Ask for a prediction. Returns it for `reveal`. Code may give `answer` instead of the form."""
    guess = Guess(id, question, choices, unit)
    form = make_form(guess)
    earlier = answer if answer is not None else state().get("predictions", {}).get(id)
    if earlier is not None:
        try:
            commit(guess, form, earlier)
        except ValueError:
            if answer is not None:
                raise
    lines = [] if choices is None else [f"{key}: {text}" for key, text in choices.items()]
    said = (
        f"You said {guess.told(guess.answer)}."
        if answer is not None
        else "Commit yourself before you run on."
    )
    plain = "\n".join([f"Predict: {question}", *(f"  {line}" for line in lines), said])
    listed = "".join(f"<li>{rich(line)}</li>" for line in lines)
    form.show(
        plain,
        card(
            "told",
            f"Predict: {rich(question)}",
            (f"<ul>{listed}</ul>" if listed else "") + f"<div>{rich(said)}</div>",
        ),
    )
    return guess


def make_form(guess):
    """The widget that asks once."""

    def on_answer(id, value):
        try:
            return commit(guess, None, value)
        except ValueError as what:
            return "told", str(what)

    keys = guess.choices and [[str(key), f"{key}: {text}"] for key, text in guess.choices.items()]
    return Form(
        [
            {
                "id": guess.id,
                "legend": f"Predict: {guess.question}",
                "button": "That is my prediction",
                "choices": keys,
                "unit": guess.unit,
            }
        ],
        on_answer,
    )


def commit(guess, form, value):
    """Take the prediction. The form is closed then."""
    guess.answer = guess.read(value)
    record("predictions", guess.id, guess.answer)
    reply = (
        "told",
        (
            f"You said {guess.told(guess.answer)}. Now run the next cell (again, if it has run "
            "before)."
        ),
        True,
    )
    if form is not None:
        form.reply(guess.id, *reply)
    return reply


def reveal(guess, truth, why="", tolerance=None):
    """Compare a prediction with the truth.

    A number is close within `tolerance`, by default a tenth.
    """
    if guess.choices is not None and truth not in guess.choices:
        raise ValueError(f"{truth!r} is none of the choices {', '.join(map(str, guess.choices))}")
    is_so = guess.told(truth)
    if guess.answer is None:  # folded away, for whoever scrolls past before having thought
        first = "No prediction was made."
        truth = f"It is {is_so}. {why}".strip()
        return say(f"{first} {truth}", card("told", first, FOLDED.format(rich(truth))))
    elif guess.choices is not None:
        right = guess.answer == truth
        kind = "right" if right else "surprise"
        first = f"You said {guess.told(guess.answer)}" + (
            ": so it is." if right else f"; it is {is_so}."
        )
    else:
        allowed = abs(truth) / 10 if tolerance is None else tolerance
        off = guess.answer - truth
        kind = "right" if abs(off) <= allowed else "surprise"
        how = "close enough" if kind == "right" else "too high" if off > 0 else "too low"
        first = f"You said {guess.told(guess.answer)}; it is {is_so}: {how}."
    body = f'<div style="margin-top: 4px">{rich(why)}</div>' if why else ""
    say(f"{first} {why}".strip(), card(kind, rich(first), body))
