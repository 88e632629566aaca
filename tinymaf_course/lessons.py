"""What the lessons ask of a learner, read from the notebooks themselves, and what is next."""

import functools
import json
import re
from dataclasses import dataclass

from . import pages
from .exercises import ids, load
from .quiz import load as load_quiz

PREDICT = re.compile(r"\bpredict\(\s*[\"']([a-z0-9-]+)[\"']")
QUIZ = re.compile(r"^quiz\([\"'](\w+)[\"']\)", re.MULTILINE)


@dataclass(frozen=True)
class Lesson:
    """A notebook: the ids of what it asks. `optional` are exercises that may be left out."""

    number: str
    title: str
    file: str
    exercises: tuple
    optional: tuple
    predictions: tuple
    quiz: tuple

    def done(self, state):
        """`{kind: ids that are done}`. An exercise or a quiz's question must be right."""
        exercises, quizzes = state.get("exercises", {}), state.get("quizzes", {})
        return {
            "exercises": [one for one in self.exercises if exercises.get(one) == "right"],
            "optional": [one for one in self.optional if exercises.get(one) == "right"],
            "predictions": [one for one in self.predictions if one in state.get("predictions", {})],
            "quiz": [one for one in self.quiz if quizzes.get(one) == "right"],
        }

    def begun(self, state):
        known = {*state.get("exercises", {}), *state.get("predictions", {})}
        known |= {*state.get("quizzes", {})}
        return bool(known & {*self.exercises, *self.optional, *self.predictions, *self.quiz})

    def missing(self, state):
        """What to do in it now, in words, or "" if its exercises and its quiz are done."""
        done = self.done(state)
        for one in self.exercises:
            if one not in done["exercises"]:
                return f"the exercise `{one}`"
        return "the quiz" if len(done["quiz"]) < len(self.quiz) else ""


@functools.cache
def lessons():
    """All lessons in order."""
    found = []
    for name, file in pages.found().items():
        if re.match(r"notebooks/\d\d_", name):
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            found.append(_lesson(file.name, ["".join(cell["source"]) for cell in cells]))
    return found


def _lesson(name, sources):
    code, number = "\n".join(sources), name[:2]
    exercises = [load(one) for one in ids(number)]
    return Lesson(
        number,
        sources[0].partition("\n")[0].removeprefix("# "),
        name,
        tuple(one.id for one in exercises if not one.optional),
        tuple(one.id for one in exercises if one.optional),
        tuple(dict.fromkeys(PREDICT.findall(code))),
        tuple(item.id for quiz in QUIZ.findall(code) for item in load_quiz(quiz)),
    )


def what_is_next(state):
    """`(lesson, what to do in it)`, or None where all is done.

    It is the last lesson that was begun, until that is done. Then comes the first undone one behind
    it, or else before it.
    """
    every = lessons()
    begun = [k for k, lesson in enumerate(every) if lesson.begun(state)]
    start = begun[-1] if begun else 0
    for lesson in every[start:] + every[:start]:
        if lesson.missing(state):
            return lesson, lesson.missing(state) if lesson.begun(state) else "from its beginning"
    return None
