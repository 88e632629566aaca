"""A learner's copy: what comes into it, what stays, and that nothing is lost."""

import asyncio
import json
import os
from datetime import datetime

import pytest
from kit import ROOT

for name in ("ipywidgets", "jupyter_server", "jupytext"):
    pytest.importorskip(name)

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager  # noqa: E402

from tinymaf_course import copies, pages  # noqa: E402
from tinymaf_course.copies import Copy  # noqa: E402
from tinymaf_course.exercises import load  # noqa: E402
from tinymaf_course.merge import digest  # noqa: E402

LESSON = "notebooks/03_made.ipynb"
NOW = datetime(2030, 1, 2, 3, 4, 5)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of four pages, and the function that corrects one: `course(name, old, new)`."""
    root = tmp_path / "course"
    for name in (LESSON, "notebooks/05_maf.ipynb", "notebooks/glossary.md", "LICENSE"):
        copies.put(root / name, (ROOT / name).read_bytes())
    monkeypatch.setattr(
        pages, "found", lambda: pages_of(root) if root.is_dir() else pytest.fail("no course")
    )

    def correct(name, old, new):
        path = root / name
        if path.suffix != ".ipynb":
            content = path.read_text(encoding="utf-8").replace(old, new)
        else:
            notebook = json.loads(path.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                source = "".join(cell["source"])
                if old in source:
                    cell["source"] = source.replace(old, new)
                    cell["id"] = digest(cell["cell_type"], cell["source"])
            content = json.dumps(notebook)
        assert content != path.read_text(encoding="utf-8")
        path.write_text(content, encoding="utf-8")

    return correct


def pages_of(root):
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path for path in files}


@pytest.fixture
def copy(course, tmp_path):
    copy = Copy(tmp_path / "my course ü")
    assert copy.add() == 4
    return copy


def save_as_jupyter_does(copy, name, change):
    """Load a notebook, change its cells, and save it, all by Jupyter's own contents manager."""
    manager = AsyncLargeFileManager(root_dir=str(copy.folder))

    async def work():
        model = await manager.get(name)
        change(model["content"]["cells"])
        await manager.save(model, name)

    asyncio.run(work())


def answer(cells):
    """Solve an exercise, run it, and add a note."""
    exercise = load("made-masks")
    (cell,) = (cell for cell in cells if 'check("made-masks"' in cell["source"])
    cell["source"] = cell["source"].replace(exercise.stub, "# mine\n" + exercise.solution_text)
    cell["execution_count"] = 77
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "right\n"}]
    note = {"cell_type": "markdown", "metadata": {}, "id": "my-note", "source": "A note of mine."}
    cells.insert(4, note)


def read(copy, name=LESSON):
    return json.loads((copy.folder / name).read_text(encoding="utf-8"))["cells"]


def sources(cells):
    return ["".join(cell["source"]) for cell in cells]


def test_nothing_to_do(copy):
    assert copy.update() == [] and copy.stale() == []
    assert not (copy.hidden / "before").exists()
    assert copy.add() == 0


def test_pages_that_nobody_touched_are_replaced_and_the_old_ones_kept(course, copy):
    before = (copy.folder / LESSON).read_bytes()
    course(LESSON, "# MADE", "# Corrected MADE")
    course("notebooks/glossary.md", "the", "THE")
    assert copy.stale() == [LESSON, "notebooks/glossary.md"]
    assert copy.update(NOW) == [f"{LESSON}: corrected", "notebooks/glossary.md: corrected"]
    assert sources(read(copy))[0].startswith("# Corrected MADE")
    assert (copy.hidden / "before/2030-01-02 03.04.05" / LESSON).read_bytes() == before
    assert copy.update() == [] and copy.stale() == []


def test_a_notebook_that_jupyter_saved_keeps_answers_and_outputs(course, copy):
    save_as_jupyter_does(copy, LESSON, answer)
    mine = read(copy)
    course(LESSON, "# MADE", "# Corrected MADE")
    (line,) = copy.update()
    assert line == f"{LESSON}: 1 cell corrected"
    merged = read(copy)
    assert len(merged) == len(mine) and sources(merged)[0].startswith("# Corrected MADE")
    assert merged[1:] == mine[1:], "outputs, counts, metadata, the note: as they were"
    assert copy.update() == []


def test_what_cannot_be_merged_is_kept_beside_and_said(course, copy):
    save_as_jupyter_does(copy, LESSON, answer)
    mine = read(copy)
    course(LESSON, 'made_masks = check("made-masks"', '# now\nmade_masks = check("made-masks"')
    (line,) = copy.update()
    assert "yours stays: '# mine'" in line and "the course's is in 03_made.course.ipynb" in line
    assert read(copy) == mine
    beside = sources(read(copy, "notebooks/03_made.course.ipynb"))
    assert any("# now\nmade_masks" in source for source in beside)
    assert copy.update() == [], "it is said once"
    course(LESSON, "# now", "# and now")
    (line,) = copy.update()
    assert "03_made.course-2.ipynb" in line
    assert beside == sources(read(copy, "notebooks/03_made.course.ipynb")), "the first one stays"


def test_other_pages_that_both_changed(course, copy):
    (copy.folder / "notebooks/glossary.md").write_text("my words")
    course("notebooks/glossary.md", "the", "THE")
    (line,) = copy.update()
    assert "yours stays; the course's is in glossary.course.md" in line
    assert (copy.folder / "notebooks/glossary.md").read_text() == "my words"
    assert "THE" in (copy.folder / "notebooks/glossary.course.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", ["", "half a {", "[]", '{"cells": 3}', '{"cells": [3]}'])
def test_a_damaged_notebook_stays(course, copy, content):
    (copy.folder / LESSON).write_text(content)
    course(LESSON, "# MADE", "# Corrected MADE")
    (line,) = copy.update()
    assert "cannot be read as a notebook: yours stays; the course's is in" in line
    assert (copy.folder / LESSON).read_text() == content


def test_what_is_gone_comes_again_and_links_stay(course, copy, tmp_path):
    (copy.folder / LESSON).unlink()
    (copy.folder / "LICENSE").unlink()
    (tmp_path / "mine").write_text("mine")
    (copy.folder / "LICENSE").symlink_to(tmp_path / "mine")
    course("LICENSE", "MIT", "mit")
    assert copy.update() == [
        "LICENSE: left alone: a link or a folder has its name",
        f"{LESSON}: added",
    ]
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_copy_from_before_there_was_an_update(course, copy):
    """The first versions of the command kept no record of what they gave."""
    save_as_jupyter_does(copy, LESSON, answer)
    for file in sorted(copy.hidden.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    mine = read(copy)
    course(LESSON, "# MADE", "# Corrected MADE")
    (line,) = copy.update()
    assert line == f"{LESSON}: 1 cell corrected"
    assert sources(read(copy))[1:] == sources(mine)[1:] and copy.stale() == []


def test_the_lesson_that_was_saved_last(copy):
    assert copy.latest() is None
    save_as_jupyter_does(copy, LESSON, answer)
    save_as_jupyter_does(copy, "notebooks/05_maf.ipynb", lambda cells: cells.pop())
    os.utime(copy.folder / LESSON, (1, 1))
    assert copy.latest().name == "05_maf.ipynb"


def test_the_real_pages_hold_no_answers_and_need_no_other():
    names = set(pages.found())
    assert not [name for name in names if "solutions" in name or "instructor" in name]
    assert {"notebooks/00_start_here.ipynb", "notebooks/glossary.md", "docs/history.md"} <= names


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="file is a file: name a folder"):
        Copy(tmp_path / "file")
