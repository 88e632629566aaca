"""The concept inventory: one question a misconception, pages that are up to date, a form that keeps
its secrets.
"""

import difflib
import importlib
import re
from collections import Counter

import pytest

for name in ("ipywidgets", "anywidget", "threadpoolctl"):
    pytest.importorskip(name)

import autograd.numpy as anp  # noqa: E402
from autograd import grad  # noqa: E402

from tinymaf_course.inventory import LETTERS, QUESTIONS, Question, form, pages, take  # noqa: E402
from tinymaf_course.misconceptions import MISCONCEPTIONS  # noqa: E402
from tinymaf_course.quiz import load, names  # noqa: E402

# in the package the name is a function
progress = importlib.import_module("tinymaf_course.progress")
each = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.misconception)


@pytest.fixture(autouse=True)
def own_memory(monkeypatch):
    monkeypatch.setattr(progress, "_memory", {})
    monkeypatch.delenv("TINYMAF_PROGRESS", raising=False)
    monkeypatch.setenv("TINYMAF_QUIET", "1")


# The questions


def test_there_is_one_question_for_each_misconception():
    assert [question.misconception for question in QUESTIONS] == list(MISCONCEPTIONS)
    assert len(QUESTIONS) == 18


def test_the_form_of_a_choice_gives_nothing_away():
    counts = Counter(question.letter for question in QUESTIONS)
    assert counts.keys() == set(LETTERS) and set(counts.values()) <= {4, 5}
    longest = [max(question.choices, key=len) == question.right for question in QUESTIONS]
    assert sum(longest) <= 6, "the right choice is too often the longest"


@each
def test_each_choice_has_a_note_for_teachers(question):
    notes = question.choices.values()
    assert len(set(notes)) == 4 and [note.startswith("Right") for note in notes].count(True) >= 1
    assert question.choices[question.right].startswith("Right")
    for choice, note in question.choices.items():
        assert choice == question.right or len(note) > 40
    assert len(question.because) > 30 and len(question.question) > 30


@each
def test_it_is_no_question_of_a_quiz(question):
    for name in names():
        for item in load(name):
            alike = difflib.SequenceMatcher(
                None, item.question.lower(), question.question.lower(), autojunk=False
            )
            assert alike.ratio() < 0.75, item.id
            assert question.right != item.right or len(question.right) < 25, item.id


def test_a_question_needs_four_choices_and_a_right_one():
    for choices, right in (({"a": "", "b": ""}, "a"), (dict.fromkeys("abcd", ""), "e")):
        with pytest.raises(ValueError, match="four choices"):
            Question("id", "?", choices, right, "because")


def test_the_numbers_in_the_answers_are_right():
    right = {question.misconception: question.right for question in QUESTIONS}
    assert float(right["density-above-one"]) * 0.1 == pytest.approx(1)
    for u2 in (-2.0, 0.5):
        slope = grad(lambda u1, u2: u1**2 + anp.exp(3 * u1) * u2, 1)(0.0, u2)
        assert float(right["jacobian-diagonal"]) == pytest.approx(slope)
    assert right["directions-cost-same"] == f"{3000 * 0.001:g} seconds"


# The pages


@pytest.mark.parametrize("name", pages.PAGES)
def test_pages_are_what_the_questions_give(name):
    assert (pages.FOLDER / name).read_text(encoding="utf-8") == pages.PAGES[name]()


@each
def test_the_learners_page_has_the_question_and_not_its_answer(question):
    page, key = pages.questions_page(), pages.key_page()
    assert question.question in page and all(choice in page for choice in question.choices)
    assert question.because not in page
    assert not any(note in page for note in question.choices.values())
    assert question.because in key
    assert all(pages.cell(note) in key for note in question.choices.values())
    assert f"| **{question.letter}** | {pages.cell(question.right)} |" in key


def test_each_row_of_the_key_has_three_cells():
    rows = re.findall(
        r"^\| (?:[a-d]|\*\*[a-d]\*\*) \| .*$", pages.key_page().partition("## 1")[2], re.MULTILINE
    )
    assert len(rows) == 18 * 4
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows)


def test_the_command_writes_pages_and_check_names_stale_ones(tmp_path, capsys):
    with pytest.raises(
        SystemExit, match="concept_inventory.md, instructor/concept_inventory_key.md"
    ):
        pages.main(["--check"], tmp_path)
    assert list(tmp_path.iterdir()) == []
    pages.main([], tmp_path)
    assert "concept_inventory_key.md: written" in capsys.readouterr().out
    pages.main(["--check"], tmp_path)
    (tmp_path / "concept_inventory.md").write_text("old", encoding="utf-8")
    with pytest.raises(SystemExit, match="concept_inventory.md: run"):
        pages.main(["--check"], tmp_path)


# The form


def hand_in(made, id, letter):
    made.answer = {"id": id, "value": letter, "count": made.answer.get("count", 0) + 1}


def sit(when, pick=lambda question: question.letter):
    made, sitting = form.make_form(QUESTIONS, when)
    for question in QUESTIONS:
        hand_in(made, question.misconception, pick(question))
    return made, sitting


def always_wrong(question):
    return "a" if question.letter != "a" else "b"


@pytest.mark.parametrize("when", form.WHEN)
def test_nothing_is_told_before_the_last_answer(when):
    made, sitting = form.make_form(QUESTIONS, when)
    for k, question in enumerate(QUESTIONS[:-1]):
        hand_in(made, question.misconception, "abcd"[k % 4])
        reply = made.replies[question.misconception]
        assert reply["state"] == "told"
        assert not reply["locked"]
        assert f"{17 - k} to go" in reply["text"]
        assert question.because not in reply["text"]
    hand_in(made, QUESTIONS[0].misconception, "d")  # a change of mind is no new answer
    assert sitting.left == 1 and sitting.answers[QUESTIONS[0].misconception] == "d"
    assert progress.state().get("inventory") is None


def test_before_the_course_only_the_score_is_told():
    made, sitting = sit("before", always_wrong)
    assert sitting.left == 0
    for question in QUESTIONS:
        reply = made.replies[question.misconception]
        assert reply["state"] == "told"
        assert reply["locked"]
        assert question.because not in reply["text"]
    last = made.replies[QUESTIONS[-1].misconception]["text"]
    assert "0 of 18 right" in last and "01, 02, 03, 05, 06, 08, 09" in last


def test_after_the_course_all_is_told_beside_the_earlier_score(capsys):
    sit("before", lambda question: "a")
    made, sitting = sit(
        "after", lambda question: question.letter if question.misconception > "i" else "a"
    )
    for question in QUESTIONS:
        reply = made.replies[question.misconception]
        assert reply["state"] == ("right" if sitting.is_right(question.misconception) else "wrong")
        assert question.because in reply["text"] and reply["locked"]
    sitting.result()
    said = capsys.readouterr().out
    assert "of 18 right. Before the course it was 4." in said
    letters = "".join(sitting.answers[question.misconception] for question in QUESTIONS)
    assert re.search(r"ask for them: ([a-d ]+)\.", said)[1].replace(" ", "") == letters


def test_what_cannot_be_read_is_no_answer():
    made, sitting = form.make_form(QUESTIONS, "before")
    hand_in(made, QUESTIONS[0].misconception, "e")
    assert sitting.left == 18
    assert "Pick one of a, b, c, d" in made.replies[QUESTIONS[0].misconception]["text"]
    with pytest.raises(ValueError, match='"before" or "after"'):
        take("later")


def test_the_page_without_a_kernel_has_all_questions_and_no_answer(capsys):
    sitting = take("before")
    shown = capsys.readouterr().out
    sitting.result()
    assert "18 of 18 are not answered yet" in capsys.readouterr().out
    for question in QUESTIONS:
        assert question.question in shown
        assert all(f"{a}. {text}" in shown for a, text in zip(LETTERS, question.choices))
        for text in (shown, form.markup(QUESTIONS)):
            assert question.because not in text
            assert not any(note in text for note in question.choices.values())
