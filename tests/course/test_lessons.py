"""The page of progress: what the lessons ask, what is done, and what is next."""

import json
import re

import pytest
from kit import ROOT

for name in ("ipywidgets", "jupytext", "nbformat"):
    pytest.importorskip(name)

import importlib  # noqa: E402

from tinymaf_course import exercises  # noqa: E402
from tinymaf_course.lessons import lessons, what_is_next  # noqa: E402

store = importlib.import_module("tinymaf_course.progress")


@pytest.fixture
def state(tmp_path, monkeypatch):
    """Writes a local file of progress: `state(exercises={...})`."""
    monkeypatch.setattr(store, "_memory", {})
    monkeypatch.setenv("TINYMAF_PROGRESS", str(tmp_path / "progress.json"))
    return lambda **found: (tmp_path / "progress.json").write_text(json.dumps(found))


def finished(*some):
    """The state in which these lessons are done."""
    return {
        "exercises": {one: "right" for lesson in some for one in lesson.exercises},
        "quizzes": {one: "right" for lesson in some for one in lesson.quiz},
    }


def test_every_exercise_prediction_and_question_is_counted_once():
    every = lessons()
    assert [lesson.number for lesson in every] == [f"{k:02}" for k in range(14)]
    asked = [one for lesson in every for one in lesson.exercises + lesson.optional]
    assert sorted(asked) == sorted(exercises.ids())
    questions = [one for lesson in every for one in lesson.quiz]
    assert len(questions) == len(set(questions)) and all(lesson.quiz for lesson in every)
    for lesson in every:
        text = (ROOT / "notebooks" / lesson.file).read_text(encoding="utf-8")
        assert len(lesson.predictions) == len(re.findall(r"\"predict\(", text)) > 0


def test_next_is_the_lesson_that_was_begun_last_until_it_is_done():
    zero, one, two, *_, last = lessons()
    assert what_is_next({}) == (zero, "from its beginning")
    begun = {"predictions": {one.predictions[0]: "a"}}
    assert what_is_next(begun) == (one, f"the exercise `{one.exercises[0]}`")
    solved = {"exercises": {name: "right" for name in one.exercises}}
    assert what_is_next(solved) == (one, "the quiz")
    wrong = {**finished(one), "quizzes": {name: "wrong" for name in one.quiz}}
    assert what_is_next(wrong) == (one, "the quiz")
    assert what_is_next(finished(one)) == (two, "from its beginning")
    assert what_is_next(finished(last)) == (zero, "from its beginning")
    assert what_is_next(finished(*lessons())) is None


def test_the_page_is_built_from_the_local_file(state, capsys):
    one = lessons()[1]
    state(**finished(one), predictions={one.predictions[0]: "b"}, hints={"x": 1})
    store.progress()
    said = capsys.readouterr().out
    (line,) = re.findall(r"^01 .*$", said, re.MULTILINE)
    counts = re.findall(r"(\d+) of (\d+)", line)
    assert counts == [
        (str(len(one.exercises)),) * 2,
        ("1", str(len(one.predictions))),
        (str(len(one.quiz)),) * 2,
    ]
    assert re.search(r"^Next: 02 .*, from its beginning\.$", said, re.MULTILINE)
    state(**finished(*lessons()))
    assert store.in_words().endswith(store.FINISHED)


def test_the_page_links_to_the_lessons(state, monkeypatch):
    shown = []
    monkeypatch.setattr(store, "say", lambda plain, markup: shown.append(markup))
    store.progress()
    linked = set(re.findall(r"href='([^']+)'", shown[0]))
    assert linked == {lesson.file for lesson in lessons()}
    assert all((ROOT / "notebooks" / name).is_file() for name in linked)
