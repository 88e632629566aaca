"""The notebooks: what is committed, whether its parts are all there, in all three versions."""

import inspect
import re

import pytest
from kit import ROOT
from kit.processes import python

for name in ("ipywidgets", "jupytext", "nbclient", "nbval"):
    pytest.importorskip(name)

import nbformat  # noqa: E402

from tinymaf_course import build  # noqa: E402
from tinymaf_course.exercises import ids, load  # noqa: E402
from tinymaf_course.quiz import names as quiz_names  # noqa: E402
from tinymaf_course.source import VERSIONS, exercise_cell, read_source  # noqa: E402

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))  # what students get
SOLUTIONS, FOR_INSTRUCTORS = (
    sorted((ROOT / "notebooks" / version).glob("*.ipynb"))
    for version in ("solutions", "instructor")
)
SOURCES = sorted((ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
NOTATION = (ROOT / "notebooks" / "source" / "notation.md").read_text(encoding="utf-8").strip()
LEAST_COMPARED = 10  # numbers and verdicts that strict nbval compares, in each notebook

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_version = pytest.mark.parametrize(
    "path",
    NOTEBOOKS + SOLUTIONS + FOR_INSTRUCTORS,
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)


def audit(path):
    """What must not be in a committed notebook, and what must: one line for each complaint."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [*about_runs(code), *about_outputs(code), *about_pictures(code), *about_file(path)]


def about_runs(code):
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        yield "execution counts are not 1..n: run from a fresh kernel, all cells"
    outputs = [output for cell in code for output in cell.outputs]
    if any(output.output_type == "error" for output in outputs):
        yield "an output is an error"
    if any(output.get("name") == "stderr" for output in outputs):
        yield "a cell wrote to stderr"


def about_outputs(code):
    outputs = [output for cell in code for output in cell.outputs]
    printed = "\n".join(output.text for output in outputs if output.output_type == "stream")
    data = [output.data for output in outputs if "data" in output]
    told = "\n".join(str(one["text/plain"]) for one in data if "image/png" not in one)
    numbers = re.findall(r"-?\d+\.\d+|: \d+", printed)
    compared = len(numbers) + len(re.findall(r": right\.|, as expected$", told, re.MULTILINE))
    if compared < LEAST_COMPARED:
        yield f"only {compared} numbers and verdicts are compared, {LEAST_COMPARED} are asked for"
    said = printed + "".join(str(one.get("text/plain", "")) for one in data)
    if re.search(r"0x[0-9a-f]{6,}|<Figure|object at", said):
        yield "an output holds a memory address or an object's repr"


def about_pictures(code):
    for cell in code:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = output.metadata.get("image/png", {}).get("alt", "")
                if len(alt) < 40 or alt != output.data["text/plain"]:
                    yield f"a figure of {cell.source[:40]!r} has no alt text"


def about_file(path):
    text = path.read_text(encoding="utf-8")
    readable = re.sub(r'"image/png": "[^"]*"', "", text)
    if re.search(r"/home/|/root|/tmp|/work|/Users/|[A-Z]:\\\\|site-packages", readable):
        yield "a machine's path is in it"
    if "widgets" in nbformat.reads(text, as_version=4).metadata or "widget-view" in text:
        yield "widget state or a widget id is in it"
    if path.stat().st_size >= 1_000_000:
        yield f"{path.stat().st_size} bytes: 1 MB is the limit"


@every_version
def test_audit(path):
    assert audit(path) == []


def test_there_are_three_notebooks_for_each_source():
    names = [path.stem for path in SOURCES]
    assert names != []
    for there in (NOTEBOOKS, SOLUTIONS, FOR_INSTRUCTORS):
        assert [path.stem for path in there] == names


def code_of(path):
    """Sources, counts and outputs of the code cells."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", FOR_INSTRUCTORS, ids=lambda path: path.stem)
def test_the_instructors_code_and_outputs_are_those_of_the_solutions(path):
    """This stands in for running the instructors' notebooks: nbval runs the students' and the
    solutions. What the two have beside the code is text.
    """
    assert code_of(path) == code_of(path.parent.parent / "solutions" / path.name) != []


def test_nbval_leaves_out_the_instructors_notebooks_alone():
    collected = python("-m", "pytest", "--collect-only", "-qq", "notebooks", cwd=ROOT).stdout
    seen = {
        line.partition(":")[0].replace("\\", "/")
        for line in collected.splitlines()
        if ".ipynb" in line
    }
    assert {f"notebooks/{path.name}" for path in NOTEBOOKS} <= seen
    assert {f"notebooks/solutions/{path.name}" for path in SOLUTIONS} <= seen
    assert not any("instructor" in name for name in seen)


@every_notebook
def test_the_versions_differ_in_exercises_and_notes_alone(path):
    student, solved, instructor = (
        nbformat.read(path.parent / version / path.name, as_version=4).cells
        for version in ("", "solutions", "instructor")
    )
    # What answers a prediction is folded for students alone.
    assert [cell.metadata.get("tags") for cell in student] == [
        cell.metadata.get("tags") for cell in solved
    ]
    for a, b in zip(student, solved):
        if a.cell_type == "code" and a.source != b.source:
            assert "exercise" in a.metadata.tags and "check(" in a.source
    notes = [cell for cell in instructor if "instructor" in cell.metadata.get("tags", [])]
    assert [cell for cell in instructor if cell not in notes] == solved
    assert not any("instructor" in cell.metadata.get("tags", []) for cell in student)


def spoil(what, notebook):
    """A notebook with one fault."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    pictures = [
        output for cell in code for output in cell.outputs if "image/png" in output.get("data", {})
    ]
    if what == "execution counts":
        code[1].execution_count = 7
    elif what == "numbers and verdicts":
        for cell in code:
            cell.outputs = []
    elif what == "is an error":
        code[0].outputs.append(nbformat.v4.new_output("error", ename="E", evalue="", traceback=[]))
    elif what == "stderr":
        code[0].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="careful"))
    elif what == "memory address":
        code[0].outputs.append(nbformat.v4.new_output("stream", text="<Thing at 0x7f3a5c0d1e50>"))
    elif what == "machine's path":
        code[0].outputs.append(nbformat.v4.new_output("stream", text="/home/somebody/file"))
    elif what == "widget state":
        notebook.metadata["widgets"] = {}
    elif what == "alt text":
        pictures[0].metadata = {}
    return notebook


@pytest.mark.parametrize(
    "what",
    [
        "execution counts",
        "numbers and verdicts",
        "is an error",
        "stderr",
        "memory address",
        "machine's path",
        "widget state",
        "alt text",
    ],
)
def test_the_audit_sees_each_fault(what, tmp_path):
    path = tmp_path / "spoilt.ipynb"
    nbformat.write(spoil(what, nbformat.read(NOTEBOOKS[0], as_version=4)), path)
    assert any(what in line for line in audit(path))


def first_screen(cells):
    """What is wrong with the way in which a notebook opens: one line for each complaint."""
    place = [k for k, cell in enumerate(cells) if cell.source.startswith("## At a glance\n")]
    if len(place) != 1:
        yield "one cell begins with '## At a glance'"
        return
    title, *opening = cells[: place[0]]
    if not TITLE.fullmatch(title.source) or sentences(TITLE.fullmatch(title.source)[1]) > 2:
        yield "the first cell is a title and a promise of one or two sentences"
    code = [cell.source for cell in opening if cell.cell_type == "code"]
    words = "\n\n".join(cell.source for cell in opening if cell.cell_type != "code")
    if not code or opening[0].cell_type != "code":
        yield "the thing itself comes first: a cell that shows it"
    elif not re.search(
        r"\bprint\(|\bshow\w*\(|\bin_band\(|^\w+\(\)$", "\n".join(code), re.MULTILINE
    ):
        yield "the first code shows nothing"
    if sum(len(source.splitlines()) for source in code) > 22 or "predict(" in "".join(code):
        yield "the first code is too long for the first screen, or it asks already"
    if not 0 < sentences(words) <= 3 or "#" in words:
        yield "one to three sentences say what is to be seen, without a heading"
    if not (glance := GLANCE.fullmatch(cells[place[0]].source)):
        yield "at a glance: a list, Before you start, Time, and the card, folded"
    elif not 0 < minutes(glance["time"]) <= 45:
        yield "at most 45 minutes"


TITLE = re.compile(r"# [^\n]+\n\n\*\*([^*]+)\*\*")
GLANCE = re.compile(
    r"## At a glance\n\n[^\n]+\n\n(\* [^\n]+\n(  [^\n]+\n)*){2,}\n"
    r"\*\*Before you start\.\*\* ([^\n]+\n)+\n\*\*Time\.\*\* (?P<time>([^\n]+\n)+)\n"
    rf"<details><summary>Notation</summary>\n\n{re.escape(NOTATION)}\n(\n[^#]+\n)?\n</details>"
)


def sentences(text):
    """How many there are. `x_1, ...` ends none.

    >>> sentences("*One. Two?* And $p(x)$: three."), sentences("One")
    (3, 1)
    """
    return max(len(re.findall(r"[.!?]\W*(?:\s|$)", text)), int(bool(text.strip())))


def unexecuted(path):
    """The instructor's notebook as its source gives it."""
    return read_source(build.SOURCE / f"{path.stem}.py", "instructor").cells


@every_notebook
def test_the_first_screen(path):
    assert list(first_screen(unexecuted(path))) == []


def test_the_card_renders_without_backslashes():
    """As exported HTML, folded, with a blank line on both sides. A bar ends a cell of a table."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    source = next(c.source for c in unexecuted(NOTEBOOKS[3]) if c.source.startswith("## At"))
    page = markdown2html_mistune(source)
    table = page[page.index("<summary>") : page.index("</details>")]
    assert table.count("<tr>") == 9 and table.count("<td>") == 16
    assert "\\" not in re.sub(r"\$[^$]*\$", "", table) and "|" not in table
    assert "\\|" not in NOTATION


@pytest.mark.parametrize(
    "spoilt, complaint",
    [
        (lambda cells: cells[:1] + cells[3:], "the thing itself"),
        (lambda cells: [cells[0], *cells[2:3], cells[1], *cells[3:]], "the thing itself"),
        (lambda cells: edited(cells, 0, "**", "**First. Second. "), "a promise of one or two"),
        (lambda cells: edited(cells, 0, "# ", "Words.\n\n# "), "the first cell is a title"),
        (lambda cells: edited(cells, 1, "show_film(", "hide("), "shows nothing"),
        (lambda cells: edited(cells, 1, "show_film(", "predict("), "asks already"),
        (lambda cells: edited(cells, 1, "\n", "\n" * 30), "too long"),
        (lambda cells: edited(cells, 2, "*", "*One. Two. Three. "), "one to three sentences"),
        (lambda cells: edited(cells, 3, "19 minutes", "44 minutes"), "at most 45"),
        (lambda cells: edited(cells, 3, "**Time.**", "## Time\n\n"), "at a glance"),
        (lambda cells: edited(cells, 3, "<details>", ""), "at a glance"),
        (lambda cells: edited(cells, 3, "| `u` |", "| `v` |"), "at a glance"),
        (lambda cells: edited(cells, 3, "## At a glance", "## Notation"), "begins with"),
    ],
)
def test_a_first_screen_is_judged(spoilt, complaint):
    assert any(complaint in line for line in first_screen(spoilt(unexecuted(NOTEBOOKS[0]))))


def edited(cells, k, old, new):
    assert old in cells[k].source
    cells[k].source = cells[k].source.replace(old, new, 1)
    return cells


@every_notebook
def test_anatomy(path):
    cells = unexecuted(path)
    notes = [cell for cell in cells if "instructor" in cell.metadata.get("tags", [])]
    learners = [cell for cell in cells if cell not in notes]
    markdown = "\n\n".join(cell.source for cell in learners if cell.cell_type == "markdown")
    headings = re.findall(r"^## (.+)$", markdown, re.MULTILINE)
    assert headings[0] == "At a glance" and headings[-3:] == ["Quiz", "Recap", "References"]
    sections = headings[1:-3]
    assert len(sections) >= 2, "sections"
    numbers = [str(k + 1) for k in range(len(sections))]
    assert [heading.split(".")[0] for heading in sections] == numbers
    for step in ("Predict", "Write", "Check"):
        assert f"**{step}.**" in markdown, step
    # The course's macros.
    code = "\n".join(cell.source for cell in learners if cell.cell_type == "code")
    assert re.search(r"^predict\(", code, re.MULTILINE)
    shown = re.findall(r"^(\w+) = check\(", code, re.MULTILINE)
    needed = [id for id in ids(path.name[:2]) if not load(id).optional]
    exercises = sorted(id.replace("-", "_") for id in ids(path.name[:2]))
    assert sorted(shown) == exercises, "each of its exercises, once"
    if path.name[:2] != "00":  # the first one has one task alone
        assert 2 <= len(needed) <= 5 and len(needed) < len(shown), (
            "two to five exercises, and an optional one"
        )
    assert len(notes) >= len(sections), "a note for instructors in each section"
    (quiz,) = re.findall(r"^quiz\([\"'](\w+)[\"']\)$", code, re.MULTILINE)
    assert quiz in quiz_names()


@every_version
def test_the_last_cell_says_what_is_next(path):
    """Read from the committed notebook: a link to the next one beside it, and to the progress."""
    last = nbformat.read(path, as_version=4).cells[-1]
    assert last.cell_type == "markdown" and last.source.startswith("**Next:** [")
    linked = [(path.parent / name).resolve() for name in re.findall(r"\]\(([^)]+)\)", last.source)]
    beside = sorted(path.parent.glob("[0-9][0-9]_*.ipynb"))
    later = beside[beside.index(path) + 1 :]
    home = ROOT / "notebooks"
    ends = [home / "concept_inventory.ipynb", home / "playground.ipynb"]
    assert linked == [*(later[:1] or ends), home / "progress.ipynb"]


def minutes(text):
    """Reading and exercises together; the computer's own time is part of neither."""
    return sum(int(number) for number in re.findall(r"(\d+) minutes", text))


@every_version
def test_is_what_its_source_gives(path):
    version = path.parent.name if path.parent.name in VERSIONS else "student"
    source = build.SOURCE / f"{path.stem}.py"
    # nbval compares what it prints
    assert build.drift(source, path, run=False, version=version) == []


# What lets one kernel run both notebooks of a chapter (tests/kit/notebooks.py): the cells that they
# share are alike, and after an exercise both go on with the same function.


@every_notebook
def test_shared_cells_have_the_same_outputs_in_both(path):
    student, solved = code_of(path), code_of(path.parent / "solutions" / path.name)
    assert len(student) == len(solved)
    for k, (a, b) in enumerate(zip(student, solved)):
        if a.source == b.source:
            assert a.outputs == b.outputs, f"cell {k}"


@every_notebook
def test_where_they_differ_the_learners_cell_is_the_courses_solution(path):
    """`check` gives back the course's own function for the one and the learner's for the other: it
    is the same text.
    """
    student, solved = code_of(path), code_of(path.parent / "solutions" / path.name)
    differ = [(a, b) for a, b in zip(student, solved) if a.source != b.source]
    checked = [
        [re.search(r'check\("([a-z0-9-]+)"', one.source)[1] for one in pair] for pair in differ
    ]
    assert checked != [] and all(in_student == in_solved for in_student, in_solved in checked)
    for stub, answer in differ:
        exercise = load(re.search(r'check\("([a-z0-9-]+)"', answer.source)[1])
        assert answer.source == exercise_cell(exercise, solved=True), exercise.id
        assert stub.source == exercise_cell(exercise, solved=False), exercise.id
        assert f"{exercise.id}: right." in answer.outputs[-1].data["text/plain"]
        assert f"{exercise.id}: not attempted yet." in stub.outputs[-1].data["text/plain"]
        if not exercise.is_value:  # (tests/course/test_exercises.py judges both to be right)
            assert inspect.getsource(exercise.solution).strip() in answer.source, exercise.id


def test_the_readme_has_the_same_notation_card():
    assert NOTATION in (ROOT / "README.md").read_text(encoding="utf-8")
