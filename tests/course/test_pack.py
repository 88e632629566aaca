"""A class's zip file: it holds the lessons and what they need, no answers, and runs where there is
nothing else.
"""

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest

for name in ("flit_core", "nbclient"):
    pytest.importorskip(name)

import nbformat  # noqa: E402

import tinymaf  # noqa: E402
from tinymaf_course import pack  # noqa: E402
from tinymaf_course.exercises import ids, load  # noqa: E402

LESSONS = ["03", "05"]
# What a learner does in the folder, without the other cells.
RUNS = """
import asyncio, json, os, sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
extra = "import tinymaf, tinymaf_course; print(tinymaf.__file__, tinymaf_course.__file__)"
notebook.cells.append(nbformat.v4.new_code_cell(extra))
folder = os.path.dirname(os.path.abspath(sys.argv[1]))
NotebookClient(notebook, timeout=120, resources={"metadata": {"path": folder}}).execute()
print(notebook.cells[-1].outputs[0].text)
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The folder that a student gets, unpacked."""
    folder = tmp_path_factory.mktemp("class")
    names = pack.pack(LESSONS, folder / "week 2.zip")
    with zipfile.ZipFile(folder / "week 2.zip") as file:
        file.extractall(folder / "unpacked")
    root = folder / "unpacked" / "week 2"
    files = (path for path in root.rglob("*") if path.is_file())
    assert sorted(path.relative_to(root).as_posix() for path in files) == names
    return root


pytestmark = pytest.mark.long


def test_two_lessons_and_what_they_link_to(packed):
    lessons = [path.name for path in sorted((packed / "notebooks").glob("*.ipynb"))]
    assert lessons == ["03_made.ipynb", "05_maf.ipynb"]
    assert (packed / "notebooks" / "glossary.md").is_file() and (packed / "LICENSE").is_file()
    names = [path.name for path in (packed / "packages").iterdir()]
    assert len(names) == 2 and all(name.endswith(".whl") for name in names)


def test_each_link_leads_to_something_in_the_folder(packed):
    checked = 0
    for path in [*packed.rglob("*.ipynb"), *packed.rglob("*.md")]:
        for target in pack.targets(path.relative_to(packed).as_posix(), pack._text(path)):
            assert (packed / target).exists(), f"{path}: {target}"
            checked += 1
    assert checked >= 3


def test_there_are_no_answers_but_in_the_package(packed):
    """No solution, no hint, no sentence of a wrong answer; nothing of the instructor's."""
    texts = [path.read_text(encoding="utf-8") for path in packed.rglob("*.md")]
    for path in packed.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        texts += [cell.source for cell in notebook.cells]
        texts.append(json.dumps([cell.get("outputs", []) for cell in notebook.cells]))
        assert not any("instructor" in cell.metadata.get("tags", []) for cell in notebook.cells)
    text = "\n".join(texts)
    for exercise in [load(id) for number in LESSONS for id in ids(number)]:
        assert f'check("{exercise.id}", {exercise.name})' in text, "it is asked"
        assert exercise.solution_text not in text
        assert not any(hint in text for hint in exercise.hints)
        assert not any(wrong.sentence in text for wrong in exercise.wrong)
    parts = {part for path in packed.rglob("*") for part in path.relative_to(packed).parts}
    assert not parts & {"solutions", "instructor", "source", "tests"}
    for wheel in packed.rglob("*.whl"):
        with zipfile.ZipFile(wheel) as file:
            names = file.namelist()
        assert not [name for name in names if re.search("/(solutions|instructor)/.*ipynb$", name)]


def test_two_lines_say_how(packed):
    readme = (packed / "README.md").read_text(encoding="utf-8")
    lines = re.search("```\n(.*?)```", readme, re.DOTALL)[1].splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("pip install -r requirements.txt")
    assert (packed / lines[1].split()[-1]).is_file()
    find, asked = (packed / "requirements.txt").read_text().splitlines()
    assert (packed / find.split()[1]).is_dir()
    assert asked == f"tinymaf-course=={tinymaf.__version__}"


def test_a_lesson_runs_with_the_packages_of_the_pack(packed, tmp_path):
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"]
    install += ["--find-links", "packages", "--target", str(tmp_path), "tinymaf-course", "tinymaf"]
    subprocess.run(install, cwd=packed, check=True, timeout=200)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", RUNS, "notebooks/03_made.ipynb"],
        cwd=packed,
        env={**kept, "PYTHONPATH": str(tmp_path), "TINYMAF_QUIET": "1"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    files = done.stdout.split()
    assert len(files) == 2 and all(str(tmp_path) in file for file in files)


def test_the_same_lessons_give_the_same_file(packed, tmp_path):
    again = tmp_path / "week 2.zip"
    pack.pack(LESSONS, again)
    assert again.read_bytes() == (packed.parents[1] / "week 2.zip").read_bytes()


def test_what_is_no_lesson_is_said_in_a_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="course.py pack: no notebook's name begins with 99"):
        pack.main(["03", "99"])
    monkeypatch.setattr(pack, "wheels", lambda folder: [])
    with pytest.raises(SystemExit, match="No such file"):
        pack.main(["03", "--to", "no/where.zip"])
    assert list(tmp_path.iterdir()) == []


def test_an_installed_course_names_its_version(monkeypatch, tmp_path):
    monkeypatch.setattr(pack.pages, "INSTALLED", True)
    assert pack.wheels(tmp_path) == []
    text = pack.contents(["03"])["requirements.txt"].decode()
    assert text == f"tinymaf-course=={tinymaf.__version__}\n"
