"""Taking the inventory in a notebook: an answer is only noted, until all are given."""

from ..cards import card, rich, say
from ..form import Form
from ..misconceptions import MISCONCEPTIONS
from ..progress import record, state
from .question import LETTERS

WHEN = ("before", "after")


class Sitting:
    """One sitting: the answers so far, and what is said when the last one has come."""

    def __init__(self, questions, when):
        self.questions = {question.misconception: question for question in questions}
        self.when = when
        self.answers = {}
        self.form = None

    def __repr__(self):
        return f"Sitting({self.when!r})"

    @property
    def left(self):
        return len(self.questions) - len(self.answers)

    def answer(self, id, letter):
        """Note one answer; the last one reveals the result."""
        if letter not in list(LETTERS):
            raise ValueError(f"Pick one of {', '.join(LETTERS)}.")
        self.answers[id] = letter
        if self.left:
            return "told", f"Noted. {self.left} to go; until then you may change your mind."
        record("inventory", self.when, dict(self.answers))
        for other in self.questions:
            if other != id:
                self.form.reply(other, *self.told(other), True)
        kind, text = self.told(id)
        return kind, f"{text} That was the last one: {self.summary()}", True

    def result(self):
        """Show the score, once all is answered."""
        text = (
            (
                f"{self.summary()} Your answers, 1 to {len(self.questions)}, should your teacher "
                f"ask for them: {self.letters()}."
            )
            if not self.left
            else f"{self.left} of {len(self.questions)} are not answered yet."
        )
        say(
            text,
            card(
                "told", "The concept inventory", f'<div style="margin-top: 4px">{rich(text)}</div>'
            ),
        )

    def letters(self):
        """All answers, in the order of the page, in groups of four: to be handed in."""
        all = "".join(self.answers[id] for id in self.questions)
        return " ".join(all[k : k + 4] for k in range(0, len(all), 4))

    def is_right(self, id):
        return self.answers[id] == self.questions[id].letter

    def told(self, id):
        """What is said about one answer at the end. Before the course: only where it is taught."""
        number = MISCONCEPTIONS[id][2]
        if self.when == "before":
            return "told", f"Noted. Notebook {number} is about this."
        if self.is_right(id):
            return "right", self.questions[id].because
        return "wrong", f"{self.questions[id].because} See notebook {number}."

    def summary(self):
        """The score in one line; after the course beside the one before it, where that is known."""
        score = sum(map(self.is_right, self.questions))
        text = f"{score} of {len(self.questions)} right."
        before = state().get("inventory", {}).get("before")
        if self.when == "after" and isinstance(before, dict):
            earlier = sum(
                before.get(id) == question.letter for id, question in self.questions.items()
            )
            return f"{text} Before the course it was {earlier}."
        if self.when == "before":
            open_ones = sorted(
                {MISCONCEPTIONS[id][2] for id in self.questions if not self.is_right(id)}
            )
            return text + (
                f" Take your time in notebooks {', '.join(open_ones)}." if open_ones else ""
            )
        return text


def make_form(questions, when):
    """`(form, sitting)`."""
    sitting = Sitting(questions, when)
    fields = [
        {
            "id": question.misconception,
            "legend": f"{k}. {question.question}",
            "button": "Note my answer",
            "choices": [list(pair) for pair in zip(LETTERS, question.choices)],
        }
        for k, question in enumerate(questions, 1)
    ]
    sitting.form = Form(fields, sitting.answer)
    return sitting.form, sitting


def take(when):
    """Show the inventory; `when` is "before" or "after" the course. Returns the sitting, whose
    `result()` is its score.

    Answers never leave the machine.
    """
    from . import QUESTIONS  # only here: that module imports this one

    if when not in WHEN:
        raise ValueError(f'when must be "before" or "after", got {when!r}')
    form, sitting = make_form(QUESTIONS, when)
    form.show(in_words(QUESTIONS), markup(QUESTIONS))
    return sitting


def in_words(questions):
    """The questions as plain text, without answers."""
    return "\n".join(
        line
        for k, question in enumerate(questions, 1)
        for line in [
            f"{k}. {question.question}",
            *(f"   {a}. {text}" for a, text in zip(LETTERS, question.choices)),
        ]
    )


def markup(questions):
    """The questions as HTML for pages without a kernel, without answers."""
    parts = ["<p>These questions are answered on paper, or by running this notebook.</p>"]
    for k, question in enumerate(questions, 1):
        lines = "<br>".join(
            f"{letter}. {rich(text)}" for letter, text in zip(LETTERS, question.choices)
        )
        parts.append(f"<p><strong>{k}. {rich(question.question)}</strong><br>{lines}</p>")
    return "\n".join(parts)
