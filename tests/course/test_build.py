"""The notebooks' build: what it makes, what it notices, and whether strict nbval would notice a
fault.
"""

import copy
import os
import re
import shutil
import subprocess
import sys

import pytest
from kit import ROOT

for name in ("ipywidgets", "jupytext", "nbclient", "nbval"):
    pytest.importorskip(name)

import nbformat  # noqa: E402

from tinymaf_course import build  # noqa: E402
from tinymaf_course.source import exercise_cell, read_source, targets  # noqa: E402

# The canaries: faults that nbval must notice, each in a copy of one small notebook.

SMALL = """# %% [markdown]
# # A canary
# {{card}}

# %%
import math
print("the entropy of a die:", round(math.log(6), 6), "nats")

# %%
import numpy as np
from ipywidgets import IntSlider
from tinymaf_course import Explorer
from tinymaf_course.interactive import Panel

def draw(k):
    return Panel((0, 5), (0, 1)).lines(np.array([[0, 0], [k, 1]]))

controls, sheet = {"k": IntSlider(0, 0, 4)}, [{"k": k} for k in (0, 2, 4)]
explorer = Explorer(draw, controls, sheet, "three lines, ever flatter")
explorer.show()
"""


def replace(cell, old, new):
    assert old in cell.source
    cell.source = cell.source.replace(old, new)


FAULTS = {
    "nothing": lambda cell: cell,
    "a digit": lambda cell: cell.outputs[0].update(
        text=cell.outputs[0].text.replace("1.791759", "1.791758")
    ),
    "words of a figure": lambda cell: cell.outputs[0].data.update({"text/plain": "two lines"}),
    "callback raises": lambda cell: replace(cell, "return Panel", "raise ValueError(k)\n    Panel"),
    "picture ignores control": lambda cell: replace(cell, "[k, 1]", "[1, 1]"),
    "control not wired": lambda cell: replace(
        cell, "explorer.show()", "explorer.controls['k'].unobserve_all()\nexplorer.show()"
    ),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """`(source, notebook)` of a small notebook that was built here, the student's version."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "source").mkdir()
    (folder / "source" / "card.md").write_text("One card.\n")
    source, target = folder / "source" / "00_small.py", folder / "00_small.ipynb"
    source.write_text(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "PYTHONPATH", str(ROOT)
        )  # for the kernels, where the checkout is not installed
        assert build.build(source, target)
        yield source, target


@pytest.fixture(scope="module")
def canaries(small, tmp_path_factory):
    """The names of the faults that strict nbval lets pass, each in a cell of its own."""
    folder = tmp_path_factory.mktemp("canaries")
    notebook = nbformat.read(small[1], as_version=4)
    _, entropy, explorer = notebook.cells
    spoilt = []
    for fault, change in FAULTS.items():
        cell = copy.deepcopy(entropy if fault == "a digit" else explorer)
        change(cell)
        cell.id = fault.replace(" ", "-")
        spoilt.append(cell)
    notebook.cells[1:] = [entropy, *spoilt]
    nbformat.write(notebook, folder / "canaries.ipynb")
    (folder / "pytest.ini").write_text("[pytest]\n")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-rA",
            "--nbval",
            "--nbval-current-env",
            "--nbval-cell-timeout=60",
            ".",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, "TINYMAF_QUIET": "1", "PYTHONPATH": str(ROOT)},
    )
    assert "failed" in run.stdout, run.stdout + run.stderr
    passed = set(
        map(int, re.findall(r"^PASSED canaries.ipynb::Cell (\d+)", run.stdout, re.MULTILINE))
    )
    assert 0 in passed, run.stdout + run.stderr
    return [fault for number, fault in enumerate(FAULTS, 1) if number in passed]


@pytest.mark.long
def test_nbval_notices_every_canary_and_passes_the_sound_notebook(canaries):
    assert canaries == ["nothing"]


@pytest.mark.long
def test_a_rebuild_changes_nothing(small):
    source, target = small
    before = target.read_bytes()
    assert not build.build(source, target)
    assert target.read_bytes() == before
    assert sorted(path.name for path in target.parent.iterdir()) == ["00_small.ipynb", "source"], (
        "nothing else is left"
    )
    assert build.drift(source, target) == []


def test_check_names_what_has_drifted(small, tmp_path, capsys):
    source, target = small
    folder = shutil.copytree(source.parent, tmp_path / "source")
    committed = tmp_path / target.name

    (folder / source.name).write_text(SMALL.replace("math.log(6)", "math.log(7)"))
    shutil.copy(target, committed)
    with pytest.raises(
        SystemExit, match=r"00_small.ipynb: cell 1: source of 'import math' differs"
    ):
        build.main(["--check"], folder)
    assert committed.read_bytes() == target.read_bytes(), "--check changes nothing"

    (folder / "card.md").write_text("Another card.\n")
    drifted = build.drift(folder / source.name, committed, run=False)
    assert any("cell 0: source of '# A canary'" in line for line in drifted)

    (folder / source.name).write_text(SMALL)
    (folder / "card.md").write_text("One card.\n")
    committed.write_text(committed.read_text().replace("1.791759", "1.791758"))
    with pytest.raises(SystemExit, match=r"cell 1: the output of 'import math' differs"):
        build.main(["--check"], folder)
    committed.unlink()
    with pytest.raises(SystemExit, match="00_small.ipynb does not exist"):
        build.main(["--check"], folder)


def test_stderr_stops_the_build(tmp_path):
    source = tmp_path / "00_loud.py"
    source.write_text("# %%\nimport warnings\nwarnings.warn('careful')\n")
    with pytest.raises(RuntimeError, match="cell 0 writes to stderr"):
        build.build(source, tmp_path / "00_loud.ipynb")
    assert not (tmp_path / "00_loud.ipynb").exists()


# The three versions of one source.

THREE = """# %% [markdown]
# # Three versions
#
# [docs](../docs/api.md), [next](01_next.ipynb), <img src="../figures/hero.png">

# %% [markdown] tags=["instructor"]
# Ask them. See [docs](../docs/api.md).

# %% tags=["misconception:any-order"]
import numpy as np
from tinymaf_course import check, hint, predict, quiz, reveal, solution

predict("noise-back")

# %% tags=["exercise"]
# {{exercise which-jacobian}}

# %%
reveal("noise-back")
quiz("start")
print("answer:", which_jacobian)
"""


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """`{version: notebook}` of one source, and the folder."""
    folder = tmp_path_factory.mktemp("three")
    (folder / "source").mkdir()
    (folder / "source" / "00_three.py").write_text(THREE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        build.main([], folder / "source")
        build.main(["--check"], folder / "source")
        yield (
            {
                version: nbformat.read(path, as_version=4)
                for version, path in targets(folder / "source" / "00_three.py")
            },
            folder,
        )


def sources(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


def test_gaps_are_filled_in_the_solutions_alone(three):
    student, solved, instructor = (
        sources(three[0][version]) for version in ("student", "solutions", "instructor")
    )
    last = 'which_jacobian = check("which-jacobian", which_jacobian)\n'
    last += '# hint("which-jacobian")\n# solution('
    assert all(last in text for text in (student, solved, instructor))
    assert (
        "which_jacobian = ...        # your answer" in student
        and 'which_jacobian = "c"' not in student
    )
    assert 'which_jacobian = "c"' in solved and 'which_jacobian = "c"' in instructor
    assert "Ask them." in instructor and "Ask them." not in solved + student
    assert "{{" not in student + solved + instructor


def test_an_unsolved_notebook_goes_on_with_the_courses_answer(three):
    for version, first in (("student", "not attempted"), ("solutions", "right")):
        code = [cell for cell in three[0][version].cells if cell.cell_type == "code"]
        assert f"which-jacobian: {first}" in code[1].outputs[0]["data"]["text/plain"]
        assert code[2].outputs[-1]["text"] == "answer: c\n"


def test_links_fit_the_folder(three):
    student, solved = (sources(three[0][version]) for version in ("student", "solutions"))
    assert (
        '[docs](../docs/api.md), [next](01_next.ipynb), <img src="../figures/hero.png">' in student
    )
    assert (
        '[docs](../../docs/api.md), [next](01_next.ipynb), <img src="../../figures/hero.png">'
        in solved
    )
    assert "See [docs](../../docs/api.md)" in sources(three[0]["instructor"])


def test_forms_are_stored_as_what_is_seen_without_a_kernel(three):
    code = [cell for cell in three[0]["student"].cells if cell.cell_type == "code"]
    outputs = [code[0].outputs[0], code[2].outputs[1]]
    for output, words in zip(outputs, ("Predict: Can the noise", "1. A flow gives")):
        assert (
            set(output["data"]) == {"text/html", "text/plain"}
            and words in output["data"]["text/plain"]
        )
    assert "<details>" in outputs[1]["data"]["text/html"]


@pytest.mark.long
def test_strict_nbval_passes_them(three):
    folder = three[1]
    (folder / "pytest.ini").write_text("[pytest]\n")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "--nbval",
            "--nbval-current-env",
            "--nbval-cell-timeout=60",
            ".",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, "TINYMAF_QUIET": "1", "PYTHONPATH": str(ROOT)},
    )
    assert run.returncode == 0 and "9 passed" in run.stdout, run.stdout


def test_what_a_source_may_not_hold(tmp_path):
    source = tmp_path / "00_wrong.py"
    source.write_text('# %% tags=["instructor"]\nprint(1)\n')
    with pytest.raises(ValueError, match="instructor must be markdown"):
        read_source(source, "instructor")
        read_source(source)
    source.write_text("# %%\n# {{exercise which-jacobian}}\nprint(1)\n")
    with pytest.raises(ValueError, match="must be alone in its cell"):
        read_source(source)
    source.write_text("# %%\n# {{exercise no-such}}\n")
    with pytest.raises(ValueError, match="There is no exercise 'no-such'"):
        read_source(source)


def test_the_learners_cell_has_what_it_needs_above_it():
    from test_answers_quizzes import SOURCE

    from tinymaf_course.exercises import Exercise, package

    names = {"__package__": package("99"), "cases": None, "judge": None, "SETUP": "import math\n"}
    exec(SOURCE, names)
    text = exercise_cell(Exercise("double", names, SOURCE), solved=False)
    assert text.startswith('import math\n\n\ndef double(x):\n    """Return 2 x."""\n    return ...')
    assert text.endswith(
        '\n\n\ndouble = check("double", double)\n# hint("double")\n# solution("double")'
    )
