"""check, hint, solution: what a learner calls in a notebook."""

import html
import os

from .attempt import SECONDS
from .cards import card, rich, rows, say
from .exercises import find as load
from .judging import NOT_ATTEMPTED, RIGHT, verdict_on
from .progress import record

PRE = "margin: 6px 0 0; white-space: pre; overflow-x: auto"
CODE = (
    "white-space: inherit; word-break: normal; overflow-wrap: normal; padding: 0; background: none"
)
_hints_given, _last = {}, {}


def check(id, answer):
    """Say whether an answer is right, and return what the notebook goes on with.

    That is the answer itself if it is right, and the course's own if it is not. So every notebook
    runs to its end. With TINYMAF_STRICT=1 in the environment, a wrong or missing answer raises
    AssertionError instead.
    """
    exercise = load(id)
    verdict = verdict_on(exercise, answer, SECONDS)
    show_verdict(exercise, verdict)
    _last[id] = verdict
    record("exercises", id, verdict.state)
    if verdict.state == RIGHT:
        return answer
    if os.environ.get("TINYMAF_STRICT", "0") not in ("", "0"):
        raise AssertionError(in_words(exercise, verdict))
    return exercise.solution


def show_verdict(exercise, verdict):
    """The card of one verdict."""
    say(in_words(exercise, verdict), _markup(exercise, verdict))


def told(verdict):
    """`(sentence, [(name, text)])`: what the card of a wrong answer says. Texts may be empty."""
    complaint = verdict.complaint
    known = verdict.sentence  # it says where to look, too
    return known or complaint.what, [
        ("What was found", complaint.what if known else ""),
        ("Tested", complaint.tested),
        ("Came out", complaint.got),
        ("Look at", "" if known else complaint.look),
        *_printed(verdict),
    ]


def _lines(exercise, verdict):
    first, pairs = told(verdict)
    return first, [*pairs, ("Meanwhile", "" if exercise.is_value else _meanwhile(exercise))]


def _in_short(printed, lines=3, width=80):
    """The first few lines of a longer text, in one."""
    found = [line.strip() for line in printed.strip().splitlines()]
    short = [line if len(line) <= width else line[:width] + " ..." for line in found[:lines]]
    return " / ".join(short + (["..."] if len(found) > lines else []))


def last_verdict(id):
    """What the last check of an exercise said in this kernel; None before the first."""
    return _last.get(id)


def in_words(exercise, verdict):
    """A verdict as plain text."""
    if verdict.state == RIGHT:
        said = [_from_here(exercise).replace("`", ""), *_told(_printed(verdict))]
        return f"{exercise.id}: right. " + "\n".join(said)
    if verdict.state == NOT_ATTEMPTED:
        return f"{exercise.id}: not attempted yet. {_untouched(exercise)}".replace("`", "")
    first, pairs = _lines(exercise, verdict)
    return "\n".join([f"{exercise.id}: not yet. {first}", *_told(pairs)])


def _told(pairs):
    return [f"  {name}: {text}" for name, text in pairs if text]


def _printed(verdict):
    return [("Printed by your function", _in_short(verdict.printed))]


def _markup(exercise, verdict):
    name = f"<code>{rich(exercise.id)}</code>"
    if verdict.state == RIGHT:
        return card(verdict.state, name, rows_of(_from_here(exercise)) + rows(_printed(verdict)))
    if verdict.state == NOT_ATTEMPTED:
        return card(verdict.state, name, rows_of(_untouched(exercise)))
    first, pairs = _lines(exercise, verdict)
    return card(verdict.state, name, rows_of(first) + rows(pairs))


def rows_of(text):
    """A sentence as the body of a card."""
    return f'<div style="margin-top: 4px">{rich(text)}</div>'


def _from_here(exercise):
    return (
        "Well done."
        if exercise.is_value
        else f"From here on the notebook uses your own `{exercise.name}`."
    )


def _untouched(exercise):
    go_on = (
        "" if exercise.is_value else "That is fine: the notebook goes on with the course's own. "
    )
    return go_on + f'Stuck? `hint("{exercise.id}")` helps.'


def _meanwhile(exercise):
    return (
        f"the notebook goes on with the course's own `{exercise.name}`, so what the cells below "
        "say is not about yours."
    )


def hint(id, number=None):
    """Show the next hint to an exercise, or hint `number`, counted from 1."""
    exercise = load(id)
    last = len(exercise.hints)
    if number is None:
        number = _hints_given[id] = min(_hints_given.get(id, 0) + 1, last)
    if number not in range(1, last + 1):
        raise ValueError(f"The hints to {id} have the numbers 1 to {last}, got {number!r}.")
    text = exercise.hints[number - 1]
    told = _last.get(id)
    last_time = _lines(exercise, told)[0] if told and told.complaint else ""
    record("hints", id, number)
    after = (
        f'`solution("{id}")` shows one way to do it.'
        if number == last
        else f'`hint("{id}")` once more shows the next one.'
    )
    pairs = [("Your last answer", last_time)]
    plain = [
        f"Hint {number} of {last}: {text}",
        last_time and f"Your last answer: {last_time}",
        after.replace("`", ""),
    ]
    say(
        "\n".join(filter(None, plain)),
        card(
            "hint",
            f"{number} of {last} &middot; <code>{rich(id)}</code>",
            rows_of(text) + rows(pairs) + rows_of(after),
        ),
    )


def solution(id):
    """Show one right answer."""
    exercise = load(id)
    record("solutions", id, True)
    text = exercise.solution_text
    say(
        text,
        card(
            "told",
            f"One way to solve <code>{rich(id)}</code>",
            f'<pre style="{PRE}"><code style="{CODE}">{html.escape(text)}</code></pre>',
        ),
    )
