"""Marks as a gradebook takes them, a page of feedback for each student, and whose notebook it is;
exercises of one's own.
"""

import csv
import os
import re

import nbformat
import pytest

for name in ("ipywidgets", "threadpoolctl"):
    pytest.importorskip(name)

from kit import ROOT  # noqa: E402

from tinymaf_course import exercises  # noqa: E402
from tinymaf_course.exercises import __main__ as prove  # noqa: E402
from tinymaf_course.exercises import ids, load  # noqa: E402
from tinymaf_course.grading import __main__ as command  # noqa: E402
from tinymaf_course.grading import feedback  # noqa: E402
from tinymaf_course.grading.grade import Grade  # noqa: E402
from tinymaf_course.grading.report import Wide  # noqa: E402
from tinymaf_course.grading.students import students  # noqa: E402
from tinymaf_course.source import exercise_cell  # noqa: E402

IMPORTS = "import numpy as np\nimport autograd.numpy as anp\nfrom tinymaf_course import check"
NEEDED = [id for id in ids("03") if not load(id).optional]
GUIDE = ROOT / "notebooks" / "instructor" / "GUIDE.md"


def write(path, sources):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return str(path)


def solved(id):
    return exercise_cell(load(id), solved=True)


def wrong(id="made-masks"):
    """A cell with a wrong answer, and the sentence that its author must read."""
    exercise = load(id)
    one = exercise.wrong[0]
    (edit,) = [e for e in exercise.names["WRONG_EDITS"] if e.name == one.name]
    cell = exercise_cell(exercise, solved=True)
    for old, new in edit.changes:
        assert cell.count(old) == 1
        cell = cell.replace(old, new)
    return cell, one.sentence


@pytest.mark.parametrize(
    "files, names",
    [
        ({"class/anna.ipynb": "03", "class/ben.ipynb": "03"}, ["anna", "ben"]),
        ({"03/anna.ipynb": "03", "05/anna.ipynb": "05"}, ["anna", "anna"]),
        ({"class/anna/03_made.ipynb": "03", "class/ben/03_made.ipynb": "03"}, ["anna", "ben"]),
        ({"class/anna/03_made.ipynb": "03"}, ["anna"]),
        ({"c/anna/w1/03_made.ipynb": "03", "c/ben/w1/03_made.ipynb": "03"}, ["anna", "ben"]),
        (
            {"d/Anna Öz_1234_assignsubmission_file/my work.ipynb": "03", "d/x/my work.ipynb": "03"},
            ["Anna Öz", "x"],
        ),
        ({"anna.ipynb": "03", "anna/03_made.ipynb": "03"}, ["anna, anna", "anna, 03_made"]),
    ],
)
def test_whose_notebook_it_is(files, names):
    assert list(students(files).values()) == names


def grades():
    one = Grade("a/anna.ipynb", [("made-masks", False, "right"), ("mend-the-masks", True, "wrong")])
    two = Grade("b/anna.ipynb", [("maf-x-to-u", False, "wrong")], "errors in code cell 1 (line 1)")
    three = Grade("=1+1.ipynb", [("made-masks", False, "not checked")])
    return [one, two, three]


def test_the_wide_table_is_whole_after_each_grade(tmp_path):
    found = grades()
    named = {one.name: os.path.basename(one.name)[:-6] for one in found}
    with open(tmp_path / "marks.csv", "w+", newline="") as file:
        wide = Wide(file, named)
        for count, one in enumerate(found, 1):
            wide.add(one)
            rows = list(csv.DictReader((tmp_path / "marks.csv").read_text().splitlines()))
            assert len(rows) == max(1, count - 1)
    anna, other = rows
    total = "total (of 2)"
    heads = ["student", "made-masks", "mend-the-masks (optional)", "maf-x-to-u", total, "remark"]
    assert list(anna) == heads
    assert list(anna.values()) == ["anna", "1", "0", "0", "1", "errors in code cell 1 (line 1)"]
    assert list(other.values()) == ["'=1+1", "0", "", "", "0", ""]


def test_wide_needs_a_file(capsys):
    with pytest.raises(SystemExit):
        command.main(["a.ipynb", "--wide"])
    assert "--wide needs --csv FILE" in capsys.readouterr().err


def test_a_page_shows_the_students_text_as_text_and_loads_nothing():
    told = ("Strict at the <wrong> end.", [("Tested", "`f(<b>)`"), ("Came out", "x" * 5000)])
    one = Grade("a", [("made-masks", False, "wrong")], "it raised <i>", told={"made-masks": told})
    text = feedback.page("Jörg <b>", [one])
    assert "Strict at the &lt;wrong&gt; end." in text and "<h1>Jörg &lt;b&gt;</h1>" in text
    assert "raised &lt;i&gt;" in text and "f(&lt;b&gt;)" in text and "x" * 2001 not in text
    assert not re.search(r"https?:|<script|<link|src=|url\(|@import", text)


def test_two_students_never_share_a_page():
    files = feedback._files(["Anna", "anna", "a/b", "a:b", "..", "é"])
    assert len({file.casefold() for file in files.values()}) == 6
    assert all(re.fullmatch(r"[^/:.]+\.html", file) for file in files.values())


@pytest.mark.long
def test_marks_and_feedback_of_two_students(tmp_path, capsys):
    """One has all right, one a wrong answer: both read what their own card would have said."""
    cell, sentence = wrong()
    good = write(tmp_path / "anna" / "03_made.ipynb", [IMPORTS, *map(solved, NEEDED)])
    rest = [solved(id) for id in NEEDED if id != "made-masks"]
    half = write(tmp_path / "ben" / "03_made.ipynb", [IMPORTS, cell, rest[0], "1 / 0"])
    marks, pages = tmp_path / "marks.csv", tmp_path / "feedback"
    line = [good, half, "--csv", str(marks), "--feedback", str(pages)]
    command.main([*line, "--wide"])
    rows = {row["student"]: row for row in csv.DictReader(marks.read_text().splitlines())}
    total = f"total (of {len(NEEDED)})"
    assert rows["anna"][total] == str(len(NEEDED)) and rows["ben"][total] == "1"
    assert rows["ben"]["made-masks"] == "0" and "ZeroDivisionError" in rows["ben"]["remark"]
    anna, ben = ((pages / f"{name}.html").read_text() for name in ("anna", "ben"))
    assert anna.count("Right &middot;") == len(NEEDED) and "Not yet" not in anna
    assert feedback.rich(sentence) in ben and "Tested:" in ben and "made-masks" in ben
    assert ben.count(feedback.SAID["not checked"]) >= len(NEEDED) - 2
    assert sentence not in anna

    command.main(line)
    assert sentence.replace("`", "") in marks.read_text().replace("`", "")
    assert sentence.split(":")[0] in capsys.readouterr().out


# Exercises of one's own, beside one's own notebook.

EXAMPLE = re.search(r"```python\n(\"\"\"A scale.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)[1]


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a notebook's exercises in it: the guide's example."""
    monkeypatch.setattr(exercises, "_added", [])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "softplus_scale.py").write_text(EXAMPLE, encoding="utf-8")
    return tmp_path / "exercises"


def test_the_guides_own_exercise_is_as_it_should_be(own, capsys):
    assert prove.main([str(own)]) == 0
    said = capsys.readouterr().out
    assert "softplus-scale: as it should be, with 4 wrong answers" in said
    assert 'softplus_scale = check("softplus-scale", softplus_scale)' in said


def test_an_own_exercise_that_judges_wrongly_is_found_out(own, capsys):
    path = own / "softplus_scale.py"
    path.write_text(
        EXAMPLE.replace("def judge(answer, alpha):", 'def judge(answer, alpha):\n    return "no"')
    )
    assert prove.main([str(own)]) == 1
    assert "the solution must be right, and is wrong" in capsys.readouterr().out


def test_check_finds_it_beside_the_notebook(own, capsys):
    from tinymaf_course import check, hint, solution

    space = {"check": check}
    exec("import numpy as np\n" + exercise_cell(exercises.find("softplus-scale"), True), space)
    assert "softplus-scale: right" in capsys.readouterr().out
    check("softplus-scale", lambda alpha: np_exp(alpha))
    assert "not yet" in capsys.readouterr().out
    hint("softplus-scale")
    solution("softplus-scale")
    assert "logaddexp" in capsys.readouterr().out


def np_exp(alpha):
    import numpy as np

    return np.exp(alpha)


@pytest.mark.parametrize("id", ["../softplus-scale", "softplus_scale", "", "no-such-thing", 3])
def test_no_other_file_is_found(own, id):
    with pytest.raises(ValueError, match="There is no exercise"):
        exercises.find(id)


def test_a_grader_does_not_look_beside_itself(own):
    """The current folder may hold what students have handed in, and the grader would run it."""
    with pytest.raises(ValueError, match="There is no exercise"):
        exercises.load("softplus-scale")


def test_a_name_of_the_courses_is_refused(own):
    (own / "made_masks.py").write_text(EXAMPLE)
    with pytest.raises(ValueError, match="'made-masks' is an exercise of the course already"):
        exercises.add(own)
    with pytest.raises(ValueError, match="there are no exercises in"):
        exercises.add(ROOT / "figures")


@pytest.mark.long
def test_the_grader_judges_own_exercises_where_it_is_told_of_them(own, tmp_path):
    cell = exercise_cell(exercises.find("softplus-scale"), True)
    good = write(tmp_path / "anna.ipynb", [IMPORTS, cell])
    half = write(tmp_path / "ben.ipynb", [IMPORTS, cell.replace("logaddexp(0, ", "exp((")])
    marks = tmp_path / "marks.csv"
    line = [good, half, "--exercises", str(own), "--csv", str(marks), "--wide"]
    command.main(line)
    rows = list(csv.DictReader(marks.read_text().splitlines()))
    assert [row["softplus-scale"] for row in rows] == ["1", "0"]
    assert list(rows[0])[2] == "total (of 1)"
