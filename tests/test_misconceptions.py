"""Misconceptions are met where the table says, and the glossary explains the words that the notebooks use."""

import functools
import re
from pathlib import Path

import pytest

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

import jupytext  # noqa: E402

from tinymaf.course import exercise  # noqa: E402
from tinymaf.course.misconceptions import MISCONCEPTIONS  # noqa: E402
from tinymaf.course.quiz import load as load_quiz  # noqa: E402

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SOURCES = {path.name[:2]: path for path in sorted((NOTEBOOKS / "source").glob("[0-9][0-9]_*.py"))}
WRITTEN = {id: about for id, about in MISCONCEPTIONS.items() if about[2] in SOURCES}
GLOSSARY = (NOTEBOOKS / "glossary.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^\*\*(.+?)\*\*: (.+?)(?=\n\n|\n?\Z)", GLOSSARY, re.DOTALL | re.MULTILINE)

written = pytest.mark.parametrize("id", WRITTEN)


@functools.cache
def tagged(number):
    """{misconception: how many cells of a notebook demonstrate it}, code and markdown alike."""
    found = {}
    for cell in jupytext.read(SOURCES[number], fmt="py:percent").cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("misconception:"):
                found[tag.partition(":")[2]] = found.get(tag.partition(":")[2], 0) + 1
    return found


def quizzes_of(number):
    """The items of the quizzes that a notebook shows."""
    names = re.findall(r'^quiz\("(\w+)"\)', SOURCES[number].read_text(encoding="utf-8"), re.MULTILINE)
    return [item for name in names for item in load_quiz(name)]


@functools.cache
def wrong_answers_of(number):
    """The wrong answers to the exercises of a notebook."""
    exercises = map(exercise.load, exercise.ids())
    return [wrong for one in exercises if one.notebook == number for wrong in one.wrong]


def test_the_first_half_of_the_course_has_ten():
    assert sum(about[2] <= "05" for about in MISCONCEPTIONS.values()) == 10
    for belief, truth, number in MISCONCEPTIONS.values():
        assert belief.endswith(".") and truth.endswith(".") and re.fullmatch(r"\d\d", number)


@written
def test_is_demonstrated_in_its_notebook(id):
    assert tagged(WRITTEN[id][2]).get(id, 0) >= 1


@written
def test_has_a_quiz_item_whose_wrong_choices_are_answered(id):
    items = [item for item in quizzes_of(WRITTEN[id][2]) if item.misconception == id]
    assert len(items) >= 1
    for item in items:
        assert all(len(feedback) > 15 for feedback in item.choices.values())


@written
def test_is_behind_a_wrong_answer(id):
    wrong = [wrong for wrong in wrong_answers_of(WRITTEN[id][2]) if wrong.misconception == id]
    assert len(wrong) >= 1 and all(len(one.sentence) > 40 for one in wrong)


@pytest.mark.parametrize("number", SOURCES)
def test_no_tag_names_a_misconception_that_does_not_exist(number):
    assert set(tagged(number)) <= set(MISCONCEPTIONS)
    assert {item.misconception for item in quizzes_of(number)} <= {None, *MISCONCEPTIONS}


# The glossary

def letters(term):
    """A term as the alphabet sorts it: without brackets, underscores, hyphens."""
    return re.sub(r"[^a-z0-9]", "", re.split(r" \(|,", term.lower())[0])


def test_the_glossary_is_alphabetic_and_has_no_term_twice():
    terms = [letters(term) for term, _ in ENTRIES]
    assert terms == sorted(set(terms)) and len(terms) >= 60
    assert len(ENTRIES) == len(re.findall(r"^\*\*", GLOSSARY, re.MULTILINE)), "each paragraph is one entry"


@pytest.mark.parametrize("term, text", ENTRIES, ids=[letters(term) for term, _ in ENTRIES])
def test_an_entry_is_short_and_says_where_its_word_is_introduced(term, text):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    words = re.sub(r"\(?\[[^\]]*\]\([^)]*\)|`[^`]*`", "", " ".join(text.split()))
    assert len(words) < 300 and len(re.findall(r"\.(?= [A-Z])", words)) <= 2
    assert links, "a notebook or a page of docs/"
    for link in links:
        assert (NOTEBOOKS / link).exists() or re.fullmatch(r"0[1-5]_\w+\.ipynb", link), link


def words_of(number):
    """The text of a notebook's source in small letters, without line ends, comment marks and underscores."""
    lines = SOURCES[number].read_text(encoding="utf-8").lower().splitlines()
    return " ".join(" ".join(line.lstrip("# ") for line in lines).replace("_", " ").split())


@pytest.mark.parametrize("term, text", ENTRIES, ids=[letters(term) for term, _ in ENTRIES])
def test_a_word_is_used_in_the_notebook_that_is_said_to_introduce_it(term, text):
    names = [name.strip(" )").lower().replace("_", " ") for name in re.split(r"[(,]", term)]
    for number in re.findall(r"\]\((\d\d)_", text):
        if number in SOURCES:
            assert any(name in words_of(number) for name in names), f"{names} in notebook {number}"


@pytest.mark.parametrize("term", [
    "log_prob", "log_det", "context", "base", "order", "degree", "mask", "MADE", "MAF", "IAF", "RealNVP", "NICE",
    "coupling", "ActNorm", "alpha", "mu", "noise", "bijection", "determinant", "Jacobian", "change of variables",
    "chain rule", "ancestral sampling", "conditional", "mixture", "Bernoulli", "ensemble", "nat",
    "maximum likelihood", "x_to_u"])
def test_the_fields_terms_are_explained(term):
    assert any(re.search(rf"\b{re.escape(term)}", entry) for entry, _ in ENTRIES)
