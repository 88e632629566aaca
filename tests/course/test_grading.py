"""Grading: an untouched notebook scores 0, the solutions score 100 %, and whatever else comes is contained and told."""

import csv
import os
import sys
from pathlib import Path

import pytest
from kit import ROOT

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

import nbformat  # noqa: E402

from tinymaf_course.exercises import ids, load, package  # noqa: E402
from tinymaf_course.grading import __main__ as grade  # noqa: E402
from tinymaf_course.grading.run import run  # noqa: E402
from tinymaf_course.grading.strip import stripped  # noqa: E402
from tinymaf_course.judging import RIGHT, WRONG, verdict_on  # noqa: E402
from tinymaf_course.source import exercise_cell  # noqa: E402

pytestmark = pytest.mark.long

GB = 2 ** 30
HEAD = "from tinymaf_course import check, hint, solution\n"
IMPORTS = HEAD + "import math\nimport numpy as np\nimport autograd.numpy as anp"
RIGHT_CELL = "def double(x):\n    return 2 * x\n\n\ndouble = check('double', double)"
DEMO = {"double": {"notebook": "99", "stub": "def double(x):\n    return ...", "source": """
import numpy as np
from .. import phrases

def cases():
    return [(np.arange(3.0),)]

def judge(answer, x):
    return None if np.allclose(answer(x), x + x) else "not twice as much"
"""}}

posix = pytest.mark.skipif(os.name == "nt", reason="there are no such limits on Windows")


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))         # where the checkout is not installed


def run_demo(*cells, seconds=30, memory=2 * GB, hidden=()):
    return run([HEAD, *cells], DEMO, seconds, memory, hidden)


def write_notebook(path, cells):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)
    return path


NOTEBOOKS = [path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")) if ids(path.name[:2])]


SHORT = "03_made"           # the notebook that runs in three seconds stands for all that run in full


def exercises_alone(path, folder):
    """The exercises' cells of a notebook, with the imports that they need: nbval runs the notebooks in full."""
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells
             if "exercise" in cell.metadata.get("tags", [])]
    return write_notebook(folder / path.name, [IMPORTS, *cells])


def is_untouched(found, path):
    assert found.score == 0 and len(found.rows) == len(ids(path.name[:2])) and "ended" not in found.remark
    assert {state for _, _, state in found.rows} == {"not attempted"}


def is_solved(found, path):
    assert found.score == 1 and len(found.rows) == len(ids(path.name[:2])) and found.remark == ""
    assert {state for _, _, state in found.rows} == {"right"}


each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
in_full = pytest.mark.parametrize("path", [pytest.param(path, marks=() if path.stem == SHORT else pytest.mark.full)
                                           for path in NOTEBOOKS], ids=lambda path: path.stem)


@each_notebook
def test_an_untouched_notebook_scores_0(path, tmp_path):
    is_untouched(grade.grade(exercises_alone(path, tmp_path)), path)


@in_full
def test_an_untouched_notebook_scores_0_when_it_runs_in_full(path):
    is_untouched(grade.grade(path), path)


@pytest.mark.parametrize("path", [pytest.param(path, marks=() if k % 3 == 0 else pytest.mark.full)
                                  for k, path in enumerate(NOTEBOOKS)], ids=lambda path: path.stem)
def test_the_solutions_score_100_percent(path, tmp_path):
    is_solved(grade.grade(exercises_alone(path.parent / "solutions" / path.name, tmp_path)), path)


@in_full
def test_the_solutions_score_100_percent_and_run_to_their_end(path):
    is_solved(grade.grade(path.parent / "solutions" / path.name), path)


@pytest.mark.parametrize("id", ids())
def test_what_goes_into_a_students_process_has_no_answers(id):
    exercise = load(id)
    source = stripped(exercise.source, exercise.name)
    space = {"__package__": package(exercise.notebook)}
    exec(source, space)
    assert exercise.name not in space and not {"HINTS", "WRONG_EDITS"} & space.keys()
    for w in exercise.wrong:
        assert w.name not in space and w.sentence not in source
    for one in exercise.names.get("WRONG_EDITS", ()):
        assert one.sentence not in source and "edit(" not in source
    alone = type(exercise)(id, space, source, exercise.stub)
    assert verdict_on(alone, exercise.solution).state == RIGHT, "the judge alone knows a right answer"
    for w in exercise.wrong:
        verdict = verdict_on(alone, w.answer)
        assert verdict.state == WRONG and verdict.sentence == "", "and a wrong one, without knowing why"


def test_what_a_judge_needs_stays_with_all_its_lines():
    source = """def _help(): ...
_help.__name__ = "help"
def f(): ...
f.__name__ = "g"
def cases(): return [_help]
def judge(answer, helper): ...
"""
    space = {}
    exec(stripped(source, "f"), space)
    assert space["_help"].__name__ == "help" and "f" not in space


def test_a_judge_that_uses_the_solution_is_refused():
    with pytest.raises(ValueError, match="must do without"):
        stripped("def f(): ...\ndef cases(): ...\ndef _g(): return f()\ndef judge(answer): return _g()", "f")


def test_cells_that_raise_do_not_stop_the_others():
    outcome = run_demo("1 / 0", "this is no Python", "raise SystemExit", RIGHT_CELL, "%time 1\ndisplay(2)")
    assert outcome.states == {"double": "right"} and outcome.ended == ""
    assert outcome.errors == [2, 3, 4] and outcome.refused == {}


def test_states():
    outcome = run_demo("double = check('double', lambda x: x)")
    assert outcome.states == {"double": "wrong"} and outcome.reasons["double"].startswith("not twice as much")
    outcome = run_demo("def double(x): return ...", "double = check('double', double)", "double(3)")
    assert outcome.states == {"double": "not attempted"} and outcome.errors == []
    outcome = run_demo("check('double', lambda x: x)", RIGHT_CELL, "check('double', None)")
    assert outcome.states == {"double": "right"}, "the best one counts"


def test_an_answer_that_never_ends_costs_its_own_mark_alone(tmp_path, capsys):
    """The cell is left out of another run; what was never checked is not called unattempted; reasons are told."""
    number = next(n for n in ("03", "01", "05") if len(ids(n)) > 2)
    exercises = [load(id) for id in ids(number)]
    first, second, third = [one for one in exercises if not one.optional][:3]
    wrong = f"{first.name} = check('{first.id}', lambda *given: 0)"
    endless = f"while True: pass\ncheck('{second.id}', 1)"
    path = write_notebook(tmp_path / "a.ipynb", [IMPORTS, wrong, endless, exercise_cell(third, solved=True)])
    graded = grade.grade(path, seconds=8)
    states = {id: state for id, _, state in graded.rows}
    assert [states[one.id] for one in (second, third)] == [grade.NO_VERDICT, "right"]
    assert states[first.id] == "wrong" and graded.reasons[first.id]
    assert graded.remark == "stopped after 8 s in code cell 3; run again without it"


def test_a_reason_stands_beside_a_wrong_answer():
    graded = grade.Grade("a.ipynb", [("b", False, "wrong")], reasons={"b": "=the sign | tested: x = 1"})
    lines = []
    grade.write_csv([graded], type("File", (), {"write": lambda self, text: lines.append(text)})())
    assert "'=the sign | tested: x = 1" in lines[1]
    assert "wrong: =the sign\n" in grade.table([graded])


def test_patterns_are_expanded_where_no_shell_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.ipynb", "a.ipynb", "[c].ipynb"):
        (tmp_path / name).touch()
    assert grade._named(["*.ipynb", "[c].ipynb", "none*.ipynb"]) == [
        "[c].ipynb", "a.ipynb", "b.ipynb", "[c].ipynb", "none*.ipynb"]


@pytest.mark.parametrize("cell", [
    "import time; time.sleep(999)",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass"])
def test_a_notebook_that_never_ends_is_stopped(cell):
    outcome = run_demo(RIGHT_CELL, cell, "print('not reached')", seconds=2)
    assert outcome.ended == "stopped after 2 s in code cell 3"
    assert outcome.states == {"double": "right"}, "what was right before counts"


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not limit memory")
@pytest.mark.parametrize("cell", ["import numpy as np; np.ones(10 ** 10)",
                                  "kept = []\nwhile True: kept.append(bytearray(10 ** 7))"])
def test_a_notebook_that_eats_memory_is_stopped(cell):
    outcome = run_demo(RIGHT_CELL, cell, memory=int(1.5 * GB))
    assert outcome.states == {"double": "right"}
    assert outcome.errors == [3] or "its process ended in code cell 3" in outcome.ended


@pytest.mark.parametrize("cell, code", [("import os; os._exit(0)", "exit code 0"),
                                        ("import os; os.closerange(0, 99)", "")])
def test_a_notebook_that_ends_its_process(cell, code):
    outcome = run_demo(RIGHT_CELL, cell)
    assert outcome.ended.startswith("its process ended in code cell 3") and outcome.states == {"double": "right"}
    assert code in outcome.ended or os.name == "nt"


PRANKS = """
import os; os.remove(VICTIM)
import os; os.unlink(os.path.relpath(VICTIM))
import shutil; shutil.rmtree(FOLDER)
open(VICTIM, "w")
open(VICTIM, "a")
open(VICTIM, "r+")
open(NEW, "x")
import pathlib; pathlib.Path(NEW).write_text("x")
import pathlib; pathlib.Path(NEW).mkdir()
import os; open("mine", "w").close(); os.rename("mine", NEW)
import os; os.rename(VICTIM, "mine")
import os; os.replace(VICTIM, VICTIM + "2")
import os; os.open(NEW, os.O_CREAT | os.O_WRONLY)
import os; os.truncate(VICTIM, 0)
import os; os.utime(VICTIM)
import os; os.chmod(VICTIM, 0)
import os; os.symlink("x", NEW)
import os; os.chdir(FOLDER); open(os.path.basename(VICTIM), "w")
import numpy; numpy.save(NEW, numpy.ones(2))
import numpy; numpy.ones(2).tofile(NEW)
import matplotlib.pyplot as plt; plt.figure(); plt.savefig(NEW + ".png")
import sqlite3; sqlite3.connect(NEW)
import subprocess, sys; subprocess.run([sys.executable, "-c", "1"])
import os; os.system("echo")
import os, signal; os.kill(os.getppid(), signal.SIGTERM)
import multiprocessing; multiprocessing.Process(target=print).start()
import socket; socket.socket()
import urllib.request; urllib.request.urlopen("http://127.0.0.1:9")
import ctypes; ctypes.CDLL(None)
import gc; gc.get_objects()
open(EXERCISE)
import pathlib; pathlib.Path(EXERCISE).read_bytes()
import importlib; importlib.import_module(MODULE)
from tinymaf_course.exercises import load; load(ID.replace("_", "-"))
open(SECRET)
import shutil; shutil.copy(SECRET, "mine")
""".strip().splitlines()
POSIX_PRANKS = """
import os; os.fork()
import os; os.posix_spawn("/bin/true", ["true"], {})
import os; os.execv("/bin/true", ["true"])
import os; os.symlink(SECRET, "link"); open("link")
import os; os.link(SECRET, "hard"); open("hard")
import os; fd = os.open(FOLDER, os.O_RDONLY); open("victim", "w", opener=lambda p, f: os.open(p, f, dir_fd=fd))
import os; fd = os.open(FOLDER, os.O_RDONLY); os.unlink("victim", dir_fd=fd)
import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
""".strip().splitlines()
HARMLESS = """
open("mine", "w").write("x"); assert open("mine").read() == "x"
import os; os.mkdir("folder"); os.rmdir("folder"); os.remove("mine")
import pathlib; pathlib.Path.home().joinpath("note").write_text("x")
import tempfile; tempfile.TemporaryDirectory().cleanup()
import tempfile; tempfile.NamedTemporaryFile().write(b"x")
import matplotlib.pyplot as plt; plt.figure(); plt.savefig("picture.png"); plt.show()
import json; assert open(json.__file__).read()
hint("double"); solution("double")
from sklearn.datasets import load_digits; load_digits()
import threading; thread = threading.Thread(target=print); thread.start(); thread.join()
""".strip().splitlines()


def test_pranks_are_refused_and_harmless_things_are_not(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("victim", "secret"):
        (folder / name).write_text(name)
    exercise = load(ids()[0])
    names = {"FOLDER": str(folder), "VICTIM": str(folder / "victim"), "NEW": str(folder / "new"), "ID": exercise.name,
             "MODULE": exercise.names["__name__"],
             "SECRET": str(folder / "secret"), "EXERCISE": exercise.names["__file__"]}
    pranks = PRANKS + (POSIX_PRANKS if os.name == "posix" else [])
    given = "\n".join(f"{name} = {value!r}" for name, value in names.items())
    outcome = run_demo(given, *HARMLESS, *pranks, RIGHT_CELL, hidden=[folder / "secret"])
    first = 3 + len(HARMLESS)
    assert outcome.ended == ""
    refused = [cell for number, cell in enumerate(pranks, first) if number in outcome.errors]
    assert [cell for cell in pranks if cell not in refused] == []
    assert len(outcome.refused) > len(pranks) / 2 and "in its own folder alone" in " ".join(outcome.refused.values())
    assert [number for number in outcome.errors if number < first] == [], "harmless cells"
    assert sorted(path.name for path in folder.iterdir()) == ["secret", "victim"]
    assert (folder / "victim").read_text() == "victim" and (folder / "victim").stat().st_mode & 0o400
    assert outcome.states == {"double": "right"} and not outcome.tampered


FORGERIES = [
    "print('double: right'); print('{\"kind\": \"verdict\", \"id\": \"double\", \"state\": \"right\"}')",
    """import os
for fd in range(3, 40):
    try:
        os.write(fd, b'\\nx {"kind": "verdict", "id": "double", "state": "right"}\\n')
    except OSError:
        pass""",
    "from tinymaf_course.progress import record; record('exercises', 'double', 'right')",
    "import tinymaf_course as c; c.check('made-masks', 1)",
    "def check(id, answer): return 'right'\ncheck('double', 1)",
]


def test_a_forged_result_counts_nothing():
    assert run_demo(*FORGERIES).states.get("double", "not attempted") == "not attempted"


@pytest.mark.parametrize("cell", ["import numpy as np; np.allclose = lambda *a, **k: True",
                                  "import tinymaf_course.judging as j; j._judge_function = lambda *a: None",
                                  "import tinymaf_course.judging as j; j.verdict_on.__code__ = (lambda *a: 1).__code__",
                                  "import tinymaf_course.exercises.phrases as p; p.mass = lambda *a, **k: None",
                                  "import builtins; builtins.any = lambda *a: False"])
def test_replaced_functions_are_noticed(cell):
    outcome = run_demo(cell, "check('double', lambda x: x)")
    assert outcome.states.get("double", "not attempted") != "right" and outcome.tampered


def test_everything_at_once_and_the_table(tmp_path, capsys):
    """A class: one good notebook among strange ones, all graded, in a table and as CSV."""
    number = next(n for n in ("05", "01", "02", "03", "04") if ids(n))
    exercises = [load(id) for id in ids(number)]
    solved = [IMPORTS, *(exercise_cell(exercise, solved=True) for exercise in exercises)]
    files = [write_notebook(tmp_path / "=good.ipynb", solved),
             write_notebook(tmp_path / "first_only.ipynb", solved[:2]),
             write_notebook(tmp_path / "dies.ipynb", [*solved[:2], "import os; os._exit(3)", *solved[2:]]),
             write_notebook(tmp_path / "other.ipynb", ["print('hello')"]),
             tmp_path / "broken.ipynb", tmp_path / "missing.ipynb",
             write_notebook(tmp_path / "neighbour.ipynb", [f"open({str(tmp_path / '=good.ipynb')!r})", *solved])]
    files[4].write_text("{")
    grade.main([*map(str, files), "--csv", str(tmp_path / "grades.csv"), "--seconds", "60"])
    said = capsys.readouterr().out
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    totals = {Path(row["notebook"]).name: row for row in rows if row["exercise"] == "total"}
    first = 0 if exercises[0].optional else 1 / sum(not exercise.optional for exercise in exercises)
    assert {name: float(row["score"]) for name, row in totals.items()} == {
        "=good.ipynb": 1, "first_only.ipynb": first, "dies.ipynb": 1, "other.ipynb": 0, "broken.ipynb": 0,
        "missing.ipynb": 0, "neighbour.ipynb": 1}
    remarks = {name: row["remark"] for name, row in totals.items()}
    assert remarks["=good.ipynb"] == "" and remarks["broken.ipynb"] == "is no notebook"
    assert remarks["dies.ipynb"] == "its process ended in code cell 3 (exit code 3); run again without it"
    assert remarks["missing.ipynb"].startswith("cannot be read")
    assert remarks["other.ipynb"] == "no exercises of the course are checked in it"
    assert remarks["neighbour.ipynb"].startswith("refused in code cell 1: This file is not open"), "another student's"
    assert len([row for row in rows if "=good" in row["notebook"]]) == len(exercises) + 1
    assert all(text in said for text in [*remarks.values(), exercises[0].id, "7 notebooks, 3 with everything right."])


def test_names_are_made_safe():
    found = grade.Grade("=cmd\x1b[2J", [("a", False, "right")])
    lines = []
    grade.write_csv([found], type("File", (), {"write": lambda self, text: lines.append(text)})())
    assert all(line.startswith(("notebook", "'=cmd?[2J")) for line in lines)
    assert "\x1b" not in grade.table([found])
