"""Grading: an untouched notebook scores 0, the solutions score 100 %, an honest notebook gets its
points, and one notebook never costs another's.

What strangers try is in test_grading_attacks.py.
"""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from kit import ROOT
from kit.sandbox import commands, missing

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

import autograd.numpy as anp  # noqa: E402
import nbformat  # noqa: E402
import numpy as np  # noqa: E402

from tinymaf_course.exercises import ids, load  # noqa: E402
from tinymaf_course.grading import __main__ as command  # noqa: E402
from tinymaf_course.grading import sandbox  # noqa: E402
from tinymaf_course.grading.copy_for_students import copied  # noqa: E402
from tinymaf_course.grading.grade import NO_VERDICT, Grade, grade  # noqa: E402
from tinymaf_course.grading.inside.statements import statements  # noqa: E402
from tinymaf_course.grading.outside import Judge  # noqa: E402
from tinymaf_course.grading.reading import code_cells  # noqa: E402
from tinymaf_course.grading.report import Rows, table  # noqa: E402
from tinymaf_course.grading.run import Limits, run  # noqa: E402
from tinymaf_course.grading.wire import Broken, Channel, Garbled, Packer, Unpacker  # noqa: E402
from tinymaf_course.source import exercise_cell  # noqa: E402
from tinymaf_course.values import Opaque, plain, same  # noqa: E402

pytestmark = pytest.mark.long

HEAD = "from tinymaf_course import check, hint, solution\n"
IMPORTS = HEAD + "import math\nimport numpy as np\nimport autograd.numpy as anp"
NOTEBOOKS = [p for p in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")) if ids(p.name[:2])]
SHORT = "03_made"  # the notebook that runs in three seconds stands for all that run in full
FIRST = exercise_cell(load("mend-the-masks"), solved=True)
QUICK = Limits(seconds=60, cell_seconds=4)

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no alarms, pipes, groups")


@pytest.fixture(scope="session")
def kind():
    """The sandbox of these tests: the best there is."""
    missing()
    return sandbox.choose()


def cells(*sources):
    return dict(enumerate(sources, 1))


def write_notebook(path, sources, **metadata):
    made = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), path)
    return path


def solved(number):
    return [exercise_cell(load(id), solved=True) for id in ids(number)]


# All exercises, through the border, in one process.

CHILD = """
import math, os
import autograd.numpy as anp
import numpy as np
from tinymaf_course.exercises import load
from tinymaf_course.grading.inside.student import Student
from tinymaf_course.grading.wire import Broken, Channel

class Tries(Student):
    def do_try(self, id, which):
        exercise, space = load(id), {"np": np, "anp": anp, "math": math}
        exec(exercise.stub if which == "stub" else exercise.solution_text, space)
        wrong = {w.name: w.answer for w in exercise.wrong}
        self.check(id, wrong[which] if which in wrong else space[exercise.name])

student = Tries(Channel(os.dup(0), os.dup(1)), None)
try:
    while True:
        student.serve(*student.channel.receive())
except Broken:
    pass
"""


@pytest.fixture(scope="module")
def border():
    """A Judge whose other side gives the course's answers, right and wrong: (judge, verdicts)."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    verdicts = []
    channel = Channel(process.stdout.fileno(), process.stdin.fileno())
    yield Judge(channel, lambda exercise, verdict, answer: verdicts.append(verdict)), verdicts
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


@pytest.mark.parametrize("id", ids())
def test_each_answer_gets_its_verdict_from_outside(id, border):
    judge, verdicts = border
    exercise, due = load(id), [("stub", "not attempted", ""), ("solution", "right", "")]
    due += [(w.name, "wrong", w.sentence) for w in exercise.wrong]
    for which, state, sentence in due:
        verdicts.clear()
        judge.ask("try", id, which)
        assert [(one.state, one.sentence) for one in verdicts] == [(state, sentence)], which


# What crosses the border.

VALUES = [
    (None, True, 7, -(10**30), 0.1, float("inf"), "text", 1j, ...),
    [np.arange(3), np.float32(2), np.zeros((0, 3)), np.array(5), np.array(["a", "bc"])],
    {"a": {1, 2}, (1, 2): frozenset({3})},
    np.array([[1, 2], [3, [4]]], dtype=object),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_plain_values_cross_as_they_are(value):
    packer = Packer(lambda thing: pytest.fail(f"{thing!r} is plain"))
    node = json.loads(json.dumps(packer.pack(value)))
    back = Unpacker(b"".join(packer.arrays), None).unpack(node)
    assert type(back) is type(value) and repr(back) == repr(value)


@pytest.mark.parametrize(
    "node",
    [
        ["array", "O", [1], 0, 8],
        ["array", "<f8", [2], 0, 8],
        ["array", "<f8", [1], 0, 99],
        ["array", "<f8", [-1], 8, 0],
        ["array", 3, [1], 0, 8],
        ["dict", [["list"], 1]],
        ["int", "x"],
        [],
        {},
        ["set", ["list"]],
    ],
)
def test_what_is_no_value_is_refused(node):
    with pytest.raises(Garbled):
        Unpacker(bytes(8), None).unpack(node)


def test_plain_values_are_what_their_base_class_says():
    class Liar(np.ndarray):
        def __array_finalize__(self, other): ...
        def max(self, *given):
            return 0

    class Number(float):
        def __float__(self):
            return 1.0

    class Pairs(dict):
        def items(self):
            return []

    lie = plain([np.arange(3.0).view(Liar), Number(2), Pairs(a=1)])
    assert type(lie[0]) is np.ndarray and lie[0].max() == 2 and lie[1] == 2 and lie[2] == {"a": 1}
    assert same(plain((1, np.ones(2), {"a": None})), (1, np.ones(2), {"a": None}), exactly=True)
    assert repr(plain(object())) == "a object" and type(plain(iter([]))) is Opaque


def test_derivatives_cross_in_both_directions():
    """A network that stays here is differentiated there, and the whole from here."""
    from autograd import grad

    a, b, c, d = *os.pipe(), *os.pipe()
    from tinymaf_course.grading.inside.student import Student

    student = Student(Channel(a, d), None)

    def serve():
        try:
            while True:
                student.serve(*student.channel.receive())
        except Broken:
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    here = Judge(Channel(c, b), None)
    far = here._unpacker(b"", False).unpack(
        student.handed(lambda net, w, x: anp.sum(net(w * x) ** 2))
    )
    x = np.arange(1.0, 4.0)
    slope = grad(lambda w: far(lambda h: anp.sin(h) * w, w, x))(0.7)
    exact = grad(lambda w: anp.sum((anp.sin(w * x) * w) ** 2))(0.7)
    assert abs(slope - exact) < 1e-12
    for one in (b, d):
        os.close(one)
    thread.join(10)
    for one in (a, c):
        os.close(one)


# Whole notebooks.


def exercises_alone(path, folder):
    """The exercises' cells of a notebook, with the imports that they need."""
    made = [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if "exercise" in cell.metadata.get("tags", [])
    ]
    return write_notebook(folder / path.name, [IMPORTS, *made])


def is_untouched(found, path):
    assert found.score == 0 and len(found.rows) == len(ids(path.name[:2])), found.remark
    assert "ended" not in found.remark
    assert {state for _, _, state in found.rows} == {"not attempted"}


def is_solved(found, path):
    assert {state for _, _, state in found.rows} == {"right"}, found.remark
    assert found.score == 1 and len(found.rows) == len(ids(path.name[:2])) and found.remark == ""


def sample(keep):
    return pytest.mark.parametrize(
        "path",
        [
            pytest.param(path, marks=() if keep(k, path) else pytest.mark.full)
            for k, path in enumerate(NOTEBOOKS)
        ],
        ids=lambda path: path.stem,
    )


in_full = sample(lambda k, path: path.stem == SHORT)


@sample(lambda k, path: k % 4 == 0)
def test_an_untouched_notebook_scores_0(path, tmp_path, kind):
    is_untouched(grade(exercises_alone(path, tmp_path), None, kind), path)


@in_full
def test_an_untouched_notebook_scores_0_when_it_runs_in_full(path, kind):
    is_untouched(grade(path, None, kind), path)


@in_full
def test_the_solutions_score_100_percent_and_run_to_their_end(path, kind):
    is_solved(grade(path.parent / "solutions" / path.name, None, kind), path)


def test_a_graded_notebook_can_import_all_that_notebooks_import():
    """What is missing there would end the cell that imports it, and all cells that need it."""
    code = "\n".join(
        cell.source
        for path in NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    )
    wanted = sorted(
        set(re.findall(r"^from tinymaf_course[\w.]* import [\w, ]+", code, re.MULTILINE))
    )
    assert len(wanted) > 30
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(wanted)],
        env={**os.environ, "PYTHONPATH": copied().name},
        cwd=copied().name,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_states(kind):
    outcome = run(
        cells(
            HEAD + "def first_output(x, order): return ...",
            "first_output = check('first-output', first_output)",
            "first_output(1, 2)",
            "import numpy as np\n" + FIRST,
            "check('mend-the-masks', lambda D, H: 1)\ncheck('mend-the-masks', None)",
            "check('jacobian-entry', 1)\ncheck('jacobian-entry', 2)",
        ),
        QUICK,
        kind,
    )
    assert outcome.states == {
        "first-output": "not attempted",
        "mend-the-masks": "right",
        "jacobian-entry": "wrong",
    }, "of functions the best counts"
    assert outcome.errors == {} and outcome.ended == "", "what needs a missing answer is no error"
    assert outcome.reasons["jacobian-entry"].startswith("Move u_2 by a little")
    assert outcome.values == {"jacobian-entry": ["1", "2"]}


# An honest notebook gets its points.

UNLUCKY = [
    "%matplotlib inline",
    "%matplotlib widget",
    "%pylab inline",
    "!pip install tinymaf",
    "files = !ls",
    "%pip install tinymaf",
    "%conda install numpy",
    "%autosave 30",
    "%load_ext autoreload\n%autoreload 2",
    "%config InlineBackend.figure_format = 'retina'",
    "?np",
    "np?",
    "np.ones??",
    "import matplotlib\nmatplotlib.use('TkAgg')",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nplt.savefig('a.png')",
    "name = input('Who are you?')",
    "%%time\nmore = 1",
    "%%capture\nmore = 1",
    "%%bash\nls",
    "%%html\n<b>x</b>",
    "%time more = 2",
    "%timeit 1",
    "%env A=1",
    "display(1)",
    "from tqdm import tqdm\nfor _ in tqdm(range(3)): pass",
    "print('x' * 10 ** 6)",
    "print('\u00e4\u4e2d\U0001f600 \\ud800')",
    "\u00e4 = 1",
    "open('note.txt', 'w').write('x')",
    "%%writefile mine.py\nthree = 3",
    "from mine import three\nassert three == 3",
    "import tempfile\ntempfile.TemporaryDirectory().cleanup()",
    "from sklearn.datasets import load_digits\nload_digits()",
    "hint('made-masks')\nsolution('made-masks')",
    "from tinymaf_course import quiz, progress, predict, reveal\nquiz('made')\nprogress()",
    "exit()\nquit(1)\nexit",
    "breakpoint()\nimport pdb; pdb.set_trace()",
    "import getpass\ngetpass.getpass()",
    "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().magic('pylab')",
    "get_ipython().system('ls')\nimport os\nos.system('ls')",
    "from tqdm.notebook import tqdm\nfor _ in tqdm(range(3)): pass",
    "import ipywidgets as w\nw.interact(lambda x: x, x=(0, 3))",
    "  indented = 1\n  indented = 2",
    "def inner():\n    !ls\n    return 1\nassert inner() == 1",
    "from tinymaf_course import check_environment\ncheck_environment()",
    "await_me = 1\nimport asyncio\nawait asyncio.sleep(0)",
    "import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')",
    "assert len(files) == 0 and more == 2",
    "",
    "# nothing",
]
FAULTY = {
    "import seaborn": 1,
    "import numpy as np, seaborn as sns, math": 1,
    "from tinymaf_course import check, nobody": 1,
    "import sys\nsys.exit()\nexit()\nquit()": 1,
    "import pandas as pd, numpy\nimport torch": 1,
    "raise SystemExit": 1,
    "raise KeyboardInterrupt": 1,
    "x = 1\n1 / 0\ny = 2": 1,
    "a = 1\n\ndef f(:\n    pass\nb = (2,\n3)": 1,
    "no python here\nc = 3": 1,
    "int(input('How many?'))": 1,
    "%no_such_magic": 1,
    "assert (y, b, c) == (2, (2, 3), 3)": 0,
}


def test_an_honest_notebook_gets_its_points(tmp_path, kind):
    """Whatever stands in the cells above, and whatever in the same cell."""
    first, *others = solved("03")
    above = "\n".join(["%matplotlib inline", "!pip install x", "import seaborn", IMPORTS, first])
    path = write_notebook(tmp_path / "a.ipynb", [above, *UNLUCKY, *FAULTY, *others])
    graded = grade(path, None, kind)
    assert graded.score == 1 and {state for *_, state in graded.rows} == {"right"}, graded.remark
    outcome = run(cells(IMPORTS, *UNLUCKY, *FAULTY), None, kind)
    begin = 2 + len(UNLUCKY)
    errors = {cell: found for cell, found in outcome.errors.items() if cell < begin}
    assert errors == {} and outcome.ended == ""
    assert set(outcome.errors) == {begin + k for k, n in enumerate(FAULTY.values()) if n}
    assert outcome.errors[begin + 7] == [[2, "ZeroDivisionError: division by zero"]]
    assert "errors in code cells 1 (line 3)" in graded.remark and "seaborn" in graded.remark


CHECKS = {
    "mend-the-masks": ("from tinymaf_course import check as c", "c({id!r}, {name})"),
    "made-masks": ("from tinymaf_course import check", 'check ("{id}", {name})'),
    "first-output": ("from tinymaf_course import *", "check(\n    id={id!r}, answer={name})"),
    "masked-forward": ("import tinymaf_course", "tinymaf_course.check({id!r}, {name})"),
    "one-dim-maf": ("import tinymaf_course as t", "t.check(answer={name}, id={id!r})"),
    "trade-off": (
        "from tinymaf_course.answers import check as d",
        "mine = d\nmine({id!r}, {name})",
    ),
    "adam-step": ("import tinymaf_course.answers", "tinymaf_course.answers.check({id!r}, {name})"),
}


def test_every_way_to_call_check_counts(kind):
    sources = ["import math\nimport numpy as np\nimport autograd.numpy as anp"]
    for id, (head, call) in CHECKS.items():
        called = call.format(id=id, name=load(id).name)
        sources += [load(id).solution_text, f"{head}\n{called}\nglobals().pop('check', 0)"]
    outcome = run(cells(*sources), None, kind)
    assert outcome.states == dict.fromkeys(CHECKS, "right") and outcome.errors == {}


def test_the_chapter_that_was_set_is_graded(tmp_path, kind):
    """A solved 00 is not full marks for 05."""
    path = write_notebook(tmp_path / "05_maf.ipynb", [IMPORTS, *solved("00")])
    assert grade(path, None, kind).score == 1
    graded = grade(path, None, kind, "05")
    assert graded.score == 0 and [id for id, *_ in graded.rows] == ids("05")
    assert {state for *_, state in graded.rows} == {NO_VERDICT}
    assert graded.remark == "its checks belong to notebook 00, not to 05"
    empty = write_notebook(tmp_path / "b.ipynb", ["1 + 1"])
    assert grade(empty, None, kind).remark == "no exercises of the course are checked in it"
    assert len(grade(empty, None, kind, "05").rows) == len(ids("05"))


@posix
def test_endless_cells_cost_no_others(tmp_path, kind):
    endless = ["while True: pass", "import time; time.sleep(99)", "while 1:\n    pass\nafter = 1"]
    path = write_notebook(tmp_path / "a.ipynb", [IMPORTS, *endless, FIRST, "assert after == 1"])
    graded = grade(path, Limits(seconds=20, cell_seconds=1), kind)
    assert ("mend-the-masks", False, "right") in graded.rows
    where = "code cells 2 (line 1), 3 (line 1), 4 (line 1)"
    assert graded.remark == f"stopped, as it took too long: {where}"


@posix
def test_an_endless_answer_is_wrong_and_is_asked_once(tmp_path, kind):
    endless = "def made_masks(*a):\n    while True: pass\ncheck('made-masks', made_masks)"
    path = write_notebook(tmp_path / "a.ipynb", [IMPORTS, endless, FIRST])
    began = time.monotonic()
    graded = grade(path, Limits(seconds=60, cell_seconds=1), kind)
    assert ("made-masks", False, "wrong") in graded.rows and time.monotonic() - began < 30
    assert "had not come back after 1 s" in graded.reasons["made-masks"]
    assert ("mend-the-masks", False, "right") in graded.rows


# Files.

V3 = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["a\n", "b"]}]}]}


@pytest.mark.parametrize(
    "content, found",
    [
        ('{"cells": [{"cell_type": "code", "source": "a"}]}', {1: "a"}),
        ('\ufeff{"cells": [{"cell_type": "code", "source": ["a\\r\\n", "b"]}]}', {1: "a\nb"}),
        ('{"nbformat": 4, "cells": [{"cell_type": "markdown"}, {"cell_type": "code"}]}', {1: ""}),
        (json.dumps(V3), {1: "a\nb"}),
        ('{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', {1: "?"}),
        ('{"metadata": {"kernelspec": null}, "nbformat": 9, "cells": []}', {}),
    ],
)
def test_notebooks_of_any_format_are_read(content, found, tmp_path):
    (tmp_path / "a.ipynb").write_text(content, encoding="utf-8")
    assert code_cells(tmp_path / "a.ipynb") == found


@pytest.mark.parametrize(
    "content, why",
    [
        ("", "is empty"),
        ("{", "is no notebook"),
        ("[]", "is no notebook"),
        ("[" * 10**6, "is no notebook"),
        ('{"cells": 3}', "is no notebook"),
        ('{"cells": [3]}', "is no notebook"),
        ("PK\x03\x04", "is no notebook"),
        (" " * 60_000_000, "is larger than 50 MB: clear its outputs"),
    ],
    ids=range(8),
)
def test_what_is_no_notebook_is_said_in_a_row(content, why, tmp_path):
    (tmp_path / "a.ipynb").write_text(content, encoding="utf-8")
    assert grade(tmp_path / "a.ipynb", kind="none").remark == why


@posix
def test_strange_files_are_said_in_a_row(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "zeros").symlink_to("/dev/zero")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    said = {
        name: grade(tmp_path / name, kind="none").remark
        for name in ("pipe", "folder", "zeros", "a", "no")
    }
    assert said.pop("a").startswith("cannot be read: Too many") and said.pop("no").startswith(
        "cannot"
    )
    assert said == {
        "pipe": "is a pipe, and no notebook",
        "folder": "is a folder, and no notebook",
        "zeros": "is a device, and no notebook",
    }


# The command.


def test_everything_at_once_and_the_table(tmp_path, capsys, kind):
    """A class: one good notebook among strange ones, all graded, in a table and as CSV."""
    good = [IMPORTS, *solved("03")]
    files = [
        write_notebook(tmp_path / "=good.ipynb", good),
        write_notebook(tmp_path / "half.ipynb", good[:3]),
        write_notebook(tmp_path / "dies.ipynb", [*good[:2], "import os; os._exit(3)", *good[2:]]),
        write_notebook(tmp_path / "other.ipynb", ["print('hello')"]),
        tmp_path / "broken\udcff\x1b[2J.ipynb" if os.name == "posix" else tmp_path / "broken.ipynb",
        tmp_path / "missing.ipynb",
    ]
    files[4].write_text("{")
    code = command.main(
        [*map(str, files), "--csv", str(tmp_path / "grades.csv"), "--sandbox", kind]
    )
    said = capsys.readouterr().out
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    totals = {Path(row["notebook"]).name[:6]: row for row in rows if row["exercise"] == "total"}
    assert code == 0 and {name: float(row["score"]) for name, row in totals.items()} == {
        "=good.": 1,
        "half.i": 0.3333,
        "dies.i": 1,
        "other.": 0,
        "broken": 0,
        "missin": 0,
    }
    remarks = {name: row["remark"] for name, row in totals.items()}
    assert remarks["=good."] == "" and remarks["broken"] == "is no notebook"
    assert remarks["dies.i"] == (
        "its process ended in code cell 3 (exit code 3); run again without it"
    )
    assert all(text in said for text in [*remarks.values(), "made-masks", "Sandbox: " + kind])
    assert "6 notebooks, 2 with everything right." in said and "\x1b" not in said


@posix
def test_ctrl_c_keeps_the_rows_that_are_there(tmp_path):
    """A row is on the disk before the next notebook begins."""
    for name in "abc":
        slow = [] if name == "a" else ["import time; time.sleep(50)"]
        write_notebook(tmp_path / f"{name}.ipynb", [IMPORTS, *slow, FIRST])
    files = [str(tmp_path / f"{name}.ipynb") for name in "abc"]
    rows = tmp_path / "grades.csv"
    process = subprocess.Popen(
        [sys.executable, "-m", "tinymaf_course.grading", *files, "--csv", str(rows)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        start_new_session=True,
    )
    end = time.monotonic() + 60
    while not (rows.exists() and "total" in rows.read_text()) and time.monotonic() < end:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[0]
    assert "Interrupted: 1 of 3 notebooks are graded." in said and process.returncode == 130
    assert rows.read_text().count("total") == 1


@pytest.mark.parametrize(
    "options, said",
    [
        (["--memory", "0"], "argument --memory: must be a number above 0, got '0'"),
        (["--memory", "-1"], "argument --memory: must be a number above 0, got '-1'"),
        (["--memory", "nan"], "argument --memory: must be a number above 0, got 'nan'"),
        (["--disk", "inf"], "argument --disk: must be a number above 0, got 'inf'"),
        (["--seconds", "x"], "argument --seconds: must be a number above 0, got 'x'"),
        (["--cell-seconds", "0"], "argument --cell-seconds: must be a number above 0, got '0'"),
        (["--notebook", "77"], "argument --notebook: must be one of 00, 01, 02"),
        (["--sandbox", "jail"], "argument --sandbox: invalid choice: 'jail'"),
    ],
)
def test_impossible_options_are_refused_in_a_line(options, said, capsys):
    with pytest.raises(SystemExit):
        command.main(["a.ipynb", *options])
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_chapter_is_named_with_or_without_its_nought():
    assert command.options(["a", "--notebook", "5"], "x").notebook == "05"


def test_a_sandbox_that_is_missing_is_said_in_a_line(monkeypatch, tmp_path):
    sandbox.missing.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        assert sandbox.choose() == "none"
        with pytest.raises(
            SystemExit, match=r"^course.py grade: the sandbox bwrap is not to be had .*$"
        ):
            command.main(["a.ipynb", "--sandbox", "bwrap"])
    finally:
        sandbox.missing.cache_clear()


def test_without_a_sandbox_it_says_so_loudly(tmp_path, capsys):
    write_notebook(tmp_path / "a.ipynb", [IMPORTS, FIRST])
    command.main([str(tmp_path / "a.ipynb"), "--sandbox", "none"])
    said = capsys.readouterr()
    assert said.err.startswith("NO SANDBOX") and "Sandbox: none." in said.out
    assert "mend-the-masks               right" in said.out


@posix
def test_without_a_sandbox_nothing_lives_on(tmp_path, monkeypatch):
    """Not its processes, nor its folder; and who ends its parent does not end the grader."""
    copied()  # lies where it is made first
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path))
    stays = "import subprocess; subprocess.Popen(['sleep', '8765'], start_new_session=True)"
    deep = "import os\nfor k in range(2000): os.mkdir('d'); os.chdir('d')"
    deep += "\nos.chdir(os.environ['HOME'])"
    kill = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
    outcome = run(
        cells(IMPORTS, stays, deep, "os.mkdir('n'); os.chmod('n', 0)", kill, FIRST), QUICK
    )
    assert outcome.states == {"mend-the-masks": "right"} and outcome.ended == ""
    assert not list(tmp_path.glob("tinymaf-grade-*"))
    if sys.platform == "linux":
        assert b"sleep\x008765" not in commands()


def test_a_container_sees_what_bubblewrap_shows(monkeypatch):
    monkeypatch.setattr(sandbox, "_image", lambda kind: None)
    command = sandbox.place("podman", 2**20, {"limits": {}}).argv
    assert command[:2] == ["podman", "run"] and command[command.index("--network") + 1] == "none"
    shown = [part for part in command if part.endswith(":ro")]
    assert f"{copied().name}:/course:ro" in shown and not any(
        str(ROOT) + ":" in part for part in shown
    )


def test_the_students_copy_has_no_answers():
    """Not a sentence of a wrong answer, not a hint, not a judge."""
    files = [path for path in Path(copied().name).rglob("*") if path.is_file()]
    text = "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)
    names = {path.name for path in files}
    assert (
        "judging.py" not in names and "phrases.py" not in names and "mend_the_flow.py" not in names
    )
    for exercise in map(load, ids()):
        assert not any(w.sentence in text for w in exercise.wrong)
        assert not any(hint in text for hint in exercise.hints), exercise.id
    assert "questions" not in {path.parent.name for path in files}


def test_a_reason_stands_beside_a_wrong_answer():
    graded = Grade("a.ipynb", [("b", False, "wrong")], reasons={"b": "=the sign | tested: x = 1"})
    file = io.StringIO()
    Rows(file).add(graded)
    assert "'=the sign | tested: x = 1" in file.getvalue()
    assert "wrong: =the sign\n" in table([graded])


def test_names_are_made_safe():
    graded, file = Grade("=cmd\x1b[2J", [("a", False, "right")]), io.StringIO()
    Rows(file).add(graded)
    assert all(line.startswith(("notebook", "'=cmd?[2J")) for line in file.getvalue().splitlines())
    assert "\x1b" not in table([graded])


def test_the_rows_do_not_replace_a_notebook(tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", [IMPORTS])
    with pytest.raises(SystemExit, match="would be written over"):
        command.main([str(path), "--csv", str(path), "--sandbox", "none"])
    assert path.stat().st_size > 100


def test_patterns_are_expanded_where_no_shell_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.ipynb", "a.ipynb", "[c].ipynb"):
        (tmp_path / name).touch()
    names = command.names_of(["*.ipynb", "[c].ipynb", "none*.ipynb"])
    assert names == ["[c].ipynb", "a.ipynb", "b.ipynb", "[c].ipynb", "none*.ipynb"]


def test_a_cell_comes_apart_into_statements():
    def lines(text):
        return [
            (line, node if isinstance(node, str) else "") for line, node in statements(text, str)
        ]

    assert lines("a = 1\nif a:\n    b\nelse:\n    c\n") == [(1, ""), (2, "")]
    assert lines("import a, b\nx") == [(1, ""), (1, ""), (2, "")]
    assert lines("a = (1,\n2)\nno no\nb = '''\nx\n'''\n") == [(1, ""), (3, "SyntaxError"), (4, "")]
    assert lines("def f(:\n    x\ny") == [(1, "SyntaxError"), (3, "")]
    assert lines("") == []
