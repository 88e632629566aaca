"""Lessons for nbgrader: what its cells hold, and, with nbgrader installed, two students' marks."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from kit import ROOT

for name in ("ipywidgets", "nbconvert", "threadpoolctl"):
    pytest.importorskip(name)

from tinymaf_course import answers, check  # noqa: E402
from tinymaf_course import nbgrader as export  # noqa: E402
from tinymaf_course.exercises import ids, load  # noqa: E402

LESSON = "03_made"
NEEDED = [id for id in ids("03") if not load(id).optional]


def roles(cells):
    return {c.metadata.nbgrader.grade_id: c for c in cells if "nbgrader" in c.metadata}


@pytest.fixture
def folder(tmp_path):
    export.make(tmp_path / "course", ["03"])
    return tmp_path / "course"


def test_each_exercise_has_two_cells(folder):
    made = nbformat.read(folder / "source" / LESSON / f"{LESSON}.ipynb", as_version=4)
    given = nbformat.read(ROOT / "notebooks" / f"{LESSON}.ipynb", as_version=4)
    assert len(made.cells) == len(given.cells) + len(ids("03"))
    cells = roles(made.cells)
    assert sorted(cells) == sorted([*ids("03"), *(f"{id}-check" for id in ids("03"))])
    for exercise in map(load, ids("03")):
        learners, graded = cells[exercise.id], cells[f"{exercise.id}-check"]
        assert learners.metadata.nbgrader.solution and not learners.metadata.nbgrader.grade
        assert graded.metadata.nbgrader.locked
        assert graded.metadata.nbgrader.grade == (not exercise.optional)
        assert graded.metadata.nbgrader.get("points", 0) == (not exercise.optional)
        before, _, after = learners.source.partition("### BEGIN SOLUTION")
        assert before.strip() == exercise.stub and exercise.solution_text in after
    assert not any(cell.get("outputs") for cell in made.cells)
    others = [cell.source for cell in made.cells if "nbgrader" not in cell.metadata]
    asked = [cell for cell in given.cells if "exercise" in cell.metadata.get("tags", [])]
    assert others == [cell.source for cell in given.cells if cell not in asked]


def test_what_is_there_stays(folder, capsys):
    path = folder / "source" / LESSON / f"{LESSON}.ipynb"
    path.write_text("mine")
    (folder / "nbgrader_config.py").write_text("mine")
    with pytest.raises(SystemExit, match="is there already: remove it"):
        export.main([str(folder), "03"])
    export.main([str(folder), "05"])
    said = capsys.readouterr().out
    assert path.read_text() == (folder / "nbgrader_config.py").read_text() == "mine"
    assert "c.ClearSolutions.code_stub" in said


def test_a_lesson_without_exercises_and_none_at_all(tmp_path):
    for number, said in (("99", "no notebook's name begins with 99"), ("play", "no exercises")):
        with pytest.raises(SystemExit, match=said):
            export.main([str(tmp_path), number])


def test_insist_raises_the_words_of_the_card(monkeypatch, capsys):
    monkeypatch.setattr(answers, "_last", {})
    exercise = load("made-masks")
    with pytest.raises(AssertionError, match="made-masks was not checked"):
        export.insist("made-masks")
    check("made-masks", exercise.solution)
    assert export.insist("made-masks") is None
    wrong = exercise.wrong[0]
    check("made-masks", wrong.answer)
    with pytest.raises(AssertionError) as raised:
        export.insist("made-masks")
    assert wrong.sentence in str(raised.value)


def answered(path, right):
    """A released notebook, with the answers of a student to the exercises in `right`."""
    notebook = nbformat.read(path, as_version=4)
    cells = roles(notebook.cells)
    for id in right:
        assert export.ABOVE in cells[id].source
        cells[id].source += "\n" + load(id).solution_text
    return notebook


@pytest.mark.full
@pytest.mark.timeout(600)
@pytest.mark.skipif(
    importlib.util.find_spec("nbgrader") is None,
    reason="*** NO NBGRADER: an assignment was NOT generated, graded, given back ***",
)
def test_nbgrader_grades_two_students(folder):
    """Generate, autograde, feedback: one student has everything right, the other one exercise."""

    def run(*words):
        line = [sys.executable, "-m", "nbgrader", *words, LESSON]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_PREFER_ENV_PATH": "1"}
        env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        env |= {f"JUPYTER_{kind}_DIR": str(folder / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
        done = subprocess.run(
            line, cwd=folder, env=env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-3000:]

    run("generate_assignment")
    released = folder / "release" / LESSON / f"{LESSON}.ipynb"
    cells = roles(nbformat.read(released, as_version=4).cells)
    for exercise in map(load, ids("03")):
        text = cells[exercise.id].source + cells[f"{exercise.id}-check"].source
        assert exercise.stub in text and "insist" not in text
        assert exercise.solution_text not in text and "SOLUTION" not in text

    for student, right in (("right", NEEDED), ("half", NEEDED[:1])):
        handed_in = folder / "submitted" / student / LESSON
        handed_in.mkdir(parents=True)
        nbformat.write(answered(released, right), handed_in / f"{LESSON}.ipynb")
    run("autograde", "--create")
    run("generate_feedback")

    totals = {}
    for student in ("right", "half"):
        (page,) = (folder / "feedback" / student).rglob("*.html")
        text = page.read_text(encoding="utf-8")
        totals[student] = re.search(r"\(Score: ([\d.]+) / ([\d.]+)\)", text).groups()
        assert ("not attempted yet" in text) == (student == "half")
    most = str(float(len(NEEDED)))
    assert totals == {"right": (most, most), "half": ("1.0", most)}
