"""Lessons as assignments for nbgrader: python course.py nbgrader FOLDER 03 05

FOLDER becomes a course of nbgrader's: source/03_made/03_made.ipynb and so on, and
nbgrader_config.py. Then, in FOLDER,

    nbgrader generate_assignment 03_made      the students' version, in release/
    nbgrader autograde 03_made                of what lies in submitted/STUDENT/03_made/
    nbgrader generate_feedback 03_made

Each exercise is the learner's cell, and below it a read-only one with the check: a point for each
required exercise. Students see the course's cards. Where nbgrader grades, a hidden line raises for
what is not right, and the feedback has the card's sentence. The rest of the lesson is unchanged.

nbgrader runs students' code with your rights, and beside the judge: where strangers hand in, use
`course.py grade`, which reads the same files.
"""

import argparse
import os
import re
import sys
from pathlib import Path

import nbformat

from . import pages
from .exercises import load
from .judging import RIGHT

CHECK = re.compile(r'^\w+ = check\("([a-z0-9-]+)", \w+\)$', re.MULTILINE)
ABOVE = "# Replace the three dots above."  # what students get in place of a solution
CONFIG = f'''"""nbgrader's settings for tinymaf's lessons."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "tinymaf"
c.ClearSolutions.code_stub = {{"python": "{ABOVE}"}}
c.ExecutePreprocessor.timeout = 180  # seconds, of one cell
'''


def insist(id):
    """Raise AssertionError, with the words of the card, unless the last check of `id` said right.

    It is the hidden line of an autograder's cell.
    """
    from .answers import in_words, last_verdict

    verdict = last_verdict(id)
    if verdict is None:
        raise AssertionError(f"{id} was not checked.")
    if verdict.state != RIGHT:
        raise AssertionError(in_words(load(id), verdict))


def source(notebook):
    """The source notebook of nbgrader's, made from a student's one; the given one is changed."""
    cells = []
    for cell in notebook.cells:
        found = CHECK.search(cell.source) if "exercise" in cell.metadata.get("tags", []) else None
        cells += _cells(load(found[1]), cell) if found else [cell]
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.cells = cells
    return notebook


def _cells(exercise, cell):
    """The learner's cell with the solution to be taken out, and the autograder's."""
    id, name = exercise.id, exercise.name
    learners = [exercise.stub, "### BEGIN SOLUTION", exercise.solution_text, "### END SOLUTION"]
    learners += [f'# hint("{id}")', f'# solution("{id}")']
    check = [f'{name} = check("{id}", {name})']
    hidden = ["from tinymaf_course.nbgrader import insist", f'insist("{id}")']
    if not exercise.optional:
        check += ["### BEGIN HIDDEN TESTS", *hidden, "### END HIDDEN TESTS"]
    first, second = _cell(cell.id, learners), _cell(f"{cell.id}-check", check)
    first.metadata.nbgrader = _about(id, solution=True)
    second.metadata.nbgrader = _about(f"{id}-check", locked=True, grade=not exercise.optional)
    return [first, second]


def _cell(id, lines):
    cell = nbformat.v4.new_code_cell("\n".join(lines))
    cell.id = id
    return cell


def _about(grade_id, **more):
    told = {"grade": False, "solution": False, "locked": False, "task": False, **more}
    points = {"points": 1} if told["grade"] else {}
    return {"schema_version": 3, "grade_id": grade_id, **told, **points}


def make(folder, numbers):
    """Write the course's folder; what is there stays. Returns the paths of what was written."""
    folder, todo = Path(folder), {}
    lessons = [Path(file) for name, file in pages.found().items() if name.endswith(".ipynb")]
    for number in numbers:
        found = [path for path in lessons if path.name.startswith(number)]
        if not found:
            raise ValueError(f"no notebook's name begins with {number}")
        for path in found:
            made = source(nbformat.read(path, as_version=4))
            if not any("nbgrader" in cell.metadata for cell in made.cells):
                raise ValueError(f"{path.name} has no exercises")
            todo[folder / "source" / path.stem / path.name] = nbformat.writes(made) + "\n"
    if there := [path for path in todo if os.path.lexists(path)]:
        raise ValueError(f"{there[0]} is there already: remove it, or name another folder")
    if not (folder / "nbgrader_config.py").exists():
        todo[folder / "nbgrader_config.py"] = CONFIG
    for path, text in todo.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(todo)


def main(arguments=None, prog="course.py nbgrader"):
    parser = argparse.ArgumentParser(
        prog=prog,
        description=__doc__.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("numbers", nargs="+", metavar="NN", help="beginnings of notebooks' names")
    said = parser.parse_args(arguments)
    try:
        written = make(said.folder, said.numbers)
    except (ValueError, OSError) as error:
        sys.exit(f"{prog}: {error}")
    print("\n".join(map(str, written)))
    if said.folder and not any(path.name == "nbgrader_config.py" for path in written):
        print(f"nbgrader_config.py was there. It needs this line:\n{CONFIG.splitlines()[4]}")


if __name__ == "__main__":
    main()
