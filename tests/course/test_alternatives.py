"""Each notebook runs to its end with other right answers than the course's own: what follows an
exercise relies on what the task says, and on nothing else that the solution happens to do."""

import pytest

for name in ("ipywidgets", "jupytext", "nbclient"):
    pytest.importorskip(name)

from kit import ROOT  # noqa: E402

from tinymaf_course.build import execute  # noqa: E402
from tinymaf_course.exercises import ids, load  # noqa: E402
from tinymaf_course.source import exercise_cell, read_source  # noqa: E402

NUMBERS = [f"{number:02d}" for number in range(14)]
FEWEST = 3  # alternatives of an exercise


def with_alternatives(number, k):
    """The unexecuted notebook in which the k-th alternative answers each exercise, and the cells
    that hold them: {id: cell}."""
    (source,) = (ROOT / "notebooks" / "source").glob(f"{number}_*.py")
    notebook, found = read_source(source), {}
    for id in ids(number):
        exercise = load(id)
        (cell,) = (c for c in notebook.cells if c.source == exercise_cell(exercise, solved=False))
        cell.source = answered(exercise, list(exercise.alternatives)[k])
        found[id] = cell
    return notebook, found


def answered(exercise, name):
    """The learner's cell with an alternative in it."""
    text = (
        f"import math\n\n{exercise.name} = {name}"
        if exercise.is_value
        else f"{exercise.alternative_text(name)}\n\n"
    )
    return f'{text}\n{exercise.name} = check("{exercise.id}", {exercise.name})'


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("k", range(FEWEST))
@pytest.mark.parametrize("number", NUMBERS)
def test_the_notebook_goes_on_with_other_right_answers(number, k):
    notebook, cells = with_alternatives(number, k)
    execute(notebook, ROOT / "notebooks")
    for id, cell in cells.items():
        said = [output["data"]["text/plain"] for output in cell.outputs if "data" in output]
        assert len(said) == 1 and said[0].startswith(f"{id}: right."), said


@pytest.mark.parametrize("number", NUMBERS)
def test_the_cells_of_the_answers_are_found(number):
    notebook, cells = with_alternatives(number, 0)
    assert sorted(cells) == ids(number)
    for cell in notebook.cells:
        compile(cell.source, "<cell>", "exec") if cell.cell_type == "code" else None
