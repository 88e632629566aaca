"""Predictions: asked, committed to, compared. And the form of choices, which gives nothing away."""

import importlib
import re
from collections import Counter

import nbformat
import pytest

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

from kit import ROOT  # noqa: E402

from tinymaf_course import predict, quiz, reveal  # noqa: E402
from tinymaf_course.predict import Choice, Number  # noqa: E402
from tinymaf_course.predict import make_form as ask  # noqa: E402
from tinymaf_course.shuffle import shuffled  # noqa: E402
from tinymaf_course.source import hide_answers, read_source  # noqa: E402

# the package has functions of these names
module, quizzes, store = (
    importlib.import_module(f"tinymaf_course.{name}") for name in ("predict", "quiz", "progress")
)
ALL = module.predictions()
CHOICES = [question for question in ALL.values() if isinstance(question, Choice)]
ITEMS = [item for name in quizzes.names() for item in quizzes.load(name)]
SOURCES = sorted((ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
MADE_UP = [
    Choice("which", "Which?", right="x2 first.", wrong=("x1 first",), why="Because.", sort=True),
    Number("many", "How many?", why="", unit="nats", tolerance=0.1),
    Number("known", "How many?", why="So.", truth=0.9),
    Choice("strange", "Is <b> `a < b`?", right="<i>", wrong=("no",), why="<u>"),
]


@pytest.fixture(autouse=True)
def own(monkeypatch):
    monkeypatch.setattr(store, "_memory", {})
    monkeypatch.delenv("TINYMAF_PROGRESS", raising=False)
    monkeypatch.setenv("TINYMAF_QUIET", "1")
    monkeypatch.setattr(module, "predictions", lambda: {one.id: one for one in MADE_UP})


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr("IPython.get_ipython", lambda: True)
    monkeypatch.setattr("tinymaf_course.cards.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_a_prediction_is_compared(capsys):
    predict("which")
    reveal("which")
    for answer in ("b", "a"):
        predict("which", answer)
        reveal("which")
    predict("many", 0.5)
    reveal("many", 0.35)
    reveal("many", 0.45)
    predict("known", 0.5)
    reveal("known")
    asked = ["Predict: Which?", "  a: x1 first", "  b: x2 first."]
    assert capsys.readouterr().out.splitlines() == [
        *asked,
        "Commit to a guess before you run on.",
        "No prediction was made. It is b: x2 first. Because.",
        *asked,
        "You said b: x2 first.",
        "You said b: x2 first: so it is. Because.",
        *asked,
        "You said a: x1 first.",
        "You said a: x1 first; it is b: x2 first. Because.",
        "Predict: How many?",
        "You said 0.5 nats.",
        "You said 0.5 nats; it is 0.35 nats: too high.",
        "You said 0.5 nats; it is 0.45 nats: close enough.",
        "Predict: How many?",
        "You said 0.5.",
        "You said 0.5; it is 0.9: too low. So.",
    ]


def test_a_number_comes_from_the_cell_or_from_the_file():
    for wrong in ("many",), ("known", 3), ("which", 3):
        with pytest.raises(ValueError, match="the number comes from"):
            reveal(*wrong)
    with pytest.raises(ValueError, match="There is no prediction 'what'"):
        predict("what")


def test_the_form_of_a_prediction_takes_one_answer_and_locks():
    which, many, *_ = MADE_UP
    form = ask(many)
    form.answer = {"id": "many", "value": "lots", "count": 1}
    assert module.answered(many) is None
    assert "no number" in form.replies["many"]["text"] and not form.replies["many"]["locked"]
    form.answer = {"id": "many", "value": " 0,5 ", "count": 2}
    assert module.answered(many) == 0.5 and form.replies["many"]["locked"]
    said = "You said 0.5 nats. Now run the next cell (again, if it has run before)."
    assert form.replies["many"]["text"] == said
    share = Number("share", "How much?", why="", unit="percent", truth=1)
    assert share.read("12.5 %") == share.read("12,5 percent") == 12.5
    form = ask(which)
    form.answer = {"id": "which", "value": "b", "count": 1}
    assert module.answered(which) == "b"


def test_a_prediction_survives_the_kernel_and_a_bad_one_is_none(capsys):
    store.record("predictions", "which", "a")
    reveal("which")
    assert "You said a" in capsys.readouterr().out
    for strange in ("q", {"a": 1}, 7):  # from another form of the question, or a damaged file
        store.record("predictions", "which", strange)
        reveal("which")
        assert "No prediction was made" in capsys.readouterr().out
    with pytest.raises(ValueError, match="Pick one of a, b"):
        predict("which", "z")


def test_words_are_escaped(shown):
    predict("strange")
    reveal("strange")
    for bundle in shown:
        assert not re.search(r"<(b|i|u)>", bundle["text/html"])
    assert "&lt;b&gt; <code>a &lt; b</code>?" in shown[0]["text/html"]


# The course's own


def test_each_prediction_is_asked_and_revealed_once_in_this_order():
    asked = []
    for path in SOURCES:
        code = "\n".join(c.source for c in read_source(path).cells if c.cell_type == "code")
        calls = re.findall(r'^(predict|reveal)\("([a-z0-9-]+)"(.*)\)$', code, re.MULTILINE)
        assert len(calls) == len(re.findall(r"\b(?:predict|reveal)\(", code)), path.stem
        names = [name for call, name, _ in calls if call == "predict"]
        assert len(set(names)) == len(names)
        for name in names:
            mine = [(call, more) for call, which, more in calls if which == name]
            assert [call for call, _ in mine] == ["predict", "reveal"], name
            computed = isinstance(ALL[name], Number) and ALL[name].truth is None
            assert mine[0][1] == "" and bool(mine[1][1]) == computed, name
        asked += names
    assert sorted(asked) == sorted(ALL) and len(asked) > 40


def test_what_answers_a_prediction_is_folded_for_students_alone():
    for path in SOURCES:
        notebook = nbformat.read(path.parents[1] / f"{path.stem}.ipynb", as_version=4)
        open_ = False
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            if open_ and "exercise" not in cell.metadata.get("tags", []):
                assert cell.metadata["jupyter"]["outputs_hidden"] and cell.metadata["collapsed"]
            if re.search(r"^predict\(", cell.source, re.MULTILINE):
                open_ = True
                assert "jupyter" not in cell.metadata
            if re.search(r"^reveal\(", cell.source, re.MULTILINE):
                open_ = False
        for version in ("solutions", "instructor"):
            cells = read_source(path, version).cells
            assert not any("jupyter" in cell.metadata for cell in cells)


def test_a_prediction_that_is_never_revealed_stops_the_build():
    cells = [nbformat.v4.new_code_cell('predict("a")'), nbformat.v4.new_code_cell('reveal("b")')]
    with pytest.raises(ValueError, match="not revealed: a"):
        hide_answers(cells)


@pytest.mark.parametrize("question", ALL.values(), ids=list(ALL))
def test_each_prediction_is_whole(question):
    assert question.question.endswith("?") and len(question.why) > 20
    if isinstance(question, Choice):
        texts = (question.right, *question.wrong)
        assert len(set(texts)) == len(texts) >= 3
        assert question.choices[question.letter] == question.right


# What the form of choices gives away: nothing


def places(questions):
    """How often the right choice has which letter."""
    return Counter(
        next(letter for letter, text in choices.items() if text == right)
        for choices, right in questions
    )


@pytest.mark.parametrize(
    "questions",
    [
        [(question.choices, question.right) for question in CHOICES],
        [(item.shown, item.right) for item in ITEMS],
    ],
    ids=["predictions", "quizzes"],
)
def test_neither_place_nor_length_betrays_the_right_choice(questions):
    n = len(questions)
    assert n > 25
    by_chance = Counter()
    for choices, _ in questions:
        for letter in choices:
            by_chance[letter] += 1 / len(choices)
    for letter, found in places(questions).items():  # within two standard errors of chance
        assert abs(found - by_chance[letter]) < 2 * by_chance[letter] ** 0.5, letter
    for extreme in (max, min):
        said = sum(
            sorted(choices.values(), key=len)[-1 if extreme is max else 0] == right
            for choices, right in questions
        )
        assert said / n < 0.42, f"{extreme.__name__} length: {said} of {n}"


def test_the_shuffle_depends_on_id_and_words_alone():
    texts = ["one", "two", "three", "four"]
    assert shuffled("id", texts) == shuffled("id", texts[::-1])
    assert len({tuple(shuffled(f"id {k}", texts)) for k in range(100)}) > 20
    assert quiz and sorted(shuffled("id", texts)) == sorted(texts)


def test_no_text_names_a_choice_by_its_letter():
    named = re.compile(
        r"\*\*[a-d]\*\*|\bchoice [a-d]\b|\banswer [a-d]\b|\b[a-d], [a-d],? (?:or|and) [a-d]\b"
    )
    for path in [*SOURCES, ROOT / "notebooks" / "instructor" / "GUIDE.md"]:
        assert named.findall(path.read_text(encoding="utf-8")) == [], path.name
    for question in [*ALL.values(), *ITEMS]:
        texts = [getattr(question, "why", ""), *(getattr(question, "choices", None) or {}).values()]
        assert not any(named.search(str(text)) for text in texts), question.id
