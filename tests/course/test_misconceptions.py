"""Every misconception of the notebooks that exist is met three times: a demonstration, a quiz item,
a wrong answer.
"""

import re

import pytest
from kit import ROOT

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

from tinymaf_course.exercises import ids, load  # noqa: E402
from tinymaf_course.misconceptions import MISCONCEPTIONS  # noqa: E402
from tinymaf_course.quiz import load as load_quiz  # noqa: E402
from tinymaf_course.quiz import names as quiz_names  # noqa: E402
from tinymaf_course.source import read_source  # noqa: E402

SOURCE = ROOT / "notebooks" / "source"
NOTEBOOKS = {path.name[:2]: path for path in sorted(SOURCE.glob("[0-9][0-9]_*.py"))}
EXERCISES = [load(id) for id in ids()]
ITEMS = {item.id: item for name in quiz_names() for item in load_quiz(name)}
MET = {id: entry for id, entry in MISCONCEPTIONS.items() if entry[2] in NOTEBOOKS}


def tags(path):
    """The misconceptions that the cells of a notebook demonstrate."""
    return {
        tag.partition(":")[2]
        for cell in read_source(path).cells
        for tag in cell.metadata.get("tags", [])
        if tag.startswith("misconception:")
    }


def quizzes_of(path):
    """The items of the quiz that a notebook shows."""
    shown = re.findall(r"^quiz\([\"'](\w+)[\"']\)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return [item for name in shown for item in load_quiz(name)]


def test_the_table_is_well_formed():
    for id, (belief, truth, notebook) in MISCONCEPTIONS.items():
        assert re.fullmatch(r"[a-z0-9-]+", id) and re.fullmatch(r"\d\d", notebook)
        assert belief.endswith(".") and truth.endswith(".") and belief != truth and len(truth) > 20
    assert len(MISCONCEPTIONS) == 18


@pytest.mark.parametrize("id", MET)
def test_each_has_a_demonstration_a_quiz_item_and_a_wrong_answer(id):
    notebook = MISCONCEPTIONS[id][2]
    assert id in tags(NOTEBOOKS[notebook]), "a cell tagged with it, in its notebook"
    assert id in [item.misconception for item in quizzes_of(NOTEBOOKS[notebook])], (
        "an item of its notebook's quiz"
    )
    met = [w for exercise in EXERCISES if exercise.notebook == notebook for w in exercise.wrong]
    assert id in [w.misconception for w in met], "a wrong answer to an exercise of its notebook"


def test_nothing_names_a_misconception_that_is_not_in_the_table():
    named = {item.misconception for item in ITEMS.values()} | {
        w.misconception for e in EXERCISES for w in e.wrong
    }
    for path in NOTEBOOKS.values():
        named |= tags(path)
    assert named - {None} <= MISCONCEPTIONS.keys()
