"""The tests' own tools: what is skipped is said, one kernel serves two notebooks without hiding a
fault, claims fail.
"""

import json
import os
import re
import subprocess
from types import SimpleNamespace

import pytest
from kit import ROOT
from kit.processes import python

for name in ("jupytext", "nbval", "nbformat"):
    pytest.importorskip(name)

import nbformat  # noqa: E402
import numpy as np  # noqa: E402
from kit import apt, browser, claims, notebooks, order  # noqa: E402

pytestmark = pytest.mark.long

TESTS = ROOT / "tests"


def run(folder, *options, plugins=(), **environment):
    """What a pytest of its own says in `folder`, and its exit code."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", apt.RUN))
    }
    plugins = [part for plugin in plugins for part in ("-p", plugin)]
    command = ["-m", "pytest", "-p", "no:cacheprovider", "-rA", *plugins, *options]
    paths = {"PYTHONPATH": os.pathsep.join([str(TESTS), str(ROOT)])}
    done = python(*command, cwd=folder, env={**kept, **paths, **environment})
    return done.stdout + done.stderr, done.returncode


# The browser

NEEDY = """
import pytest

@pytest.mark.browser
def test_needs_one():
    import shutil
    assert shutil.which("chromium")

@pytest.mark.browser
def test_skips():
    pytest.skip("for a reason of its own")

def test_needs_none():
    pass
"""


def path_with(folder, *programs):
    """A PATH with Python's folder and these programs, which do nothing and succeed."""
    folder.mkdir()
    for program in programs:
        (folder / program).write_text("#!/bin/sh\nexit 0\n")
        (folder / program).chmod(0o755)
    return str(folder)


posix = pytest.mark.skipif(os.name == "nt", reason="the programs of this test are shell scripts")


@posix
def test_without_a_browser_its_tests_are_skipped_loudly(tmp_path):
    (tmp_path / "test_it.py").write_text(NEEDY)
    said, code = run(tmp_path, plugins=["kit.browser"], PATH=path_with(tmp_path / "bin"))
    assert code == 0 and "1 passed, 2 skipped" in said
    assert (
        "*** NO CHROMIUM: 2 browser tests were NOT run (none is installed, and only root may"
        in said
    )
    assert "SKIPPED [2]" in said and "no Chromium: none is installed" in said


@posix
def test_with_a_browser_a_skipped_browser_test_is_a_failure(tmp_path):
    (tmp_path / "test_it.py").write_text(NEEDY)
    said, code = run(
        tmp_path, plugins=["kit.browser"], PATH=path_with(tmp_path / "bin", "chromium")
    )
    assert "2 passed, 1 skipped" in said and code == 1
    assert (
        "*** A BROWSER IS THERE, AND 1 browser tests were skipped: that counts as a failure ***"
        in said
    )
    said, code = run(
        tmp_path, "-k", "not skips", plugins=["kit.browser"], PATH=str(tmp_path / "bin")
    )
    assert "2 passed" in said and code == 0


@pytest.fixture
def empty_machine(tmp_path, monkeypatch):
    """A machine without a browser, on which root may install one."""
    monkeypatch.setenv("PATH", path_with(tmp_path / "bin", "apt-get"))
    monkeypatch.setenv(apt.RUN, str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    return tmp_path


@posix
def test_it_is_installed_once_for_all_who_ask(empty_machine, monkeypatch):
    import threading

    ran = []

    def install(command, **_):
        ran.append(command[3])
        if command[3] == "install":
            (empty_machine / "bin" / "chromium").write_text("#!/bin/sh\n")
            (empty_machine / "bin" / "chromium").chmod(0o755)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(apt.subprocess, "run", install)
    told = []
    askers = [threading.Thread(target=lambda: told.append(browser.missing())) for _ in range(5)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(30)
    assert told == [""] * 5 and ran == ["update", "install"]


@posix
def test_why_it_could_not_be_installed_is_told(empty_machine, monkeypatch):
    failed = subprocess.CompletedProcess(
        [], 100, "", "Reading...\nE: Unable to locate package chromium\n"
    )
    monkeypatch.setattr(apt.subprocess, "run", lambda command, **_: failed)
    assert browser.missing() == "apt-get update: E: Unable to locate package chromium"
    assert browser.missing() == "apt-get update: E: Unable to locate package chromium", (
        "nobody tries again"
    )


# One kernel for two notebooks

CELLS = [
    "import os\nlog = open('log', 'a')\nprint('begun', file=log, flush=True)",
    "answer = ...\nprint('not attempted')\nanswer = 3",
    "print(answer, file=log, flush=True)\nprint('the answer:', answer)",
]
SOLVED = [CELLS[0], "answer = 3\nprint('right')", CELLS[2]]


def pair(folder, student=(), solved=(), cells=CELLS, answers=SOLVED, name="a"):
    """Two executed notebooks; `student`, `solved`: {number of a cell: what it is said to have
    printed}.
    """
    for path, sources, printed, wrong in (
        (folder / f"{name}.ipynb", cells, ["not attempted\n", "the answer: 3\n"], student),
        (folder / "solutions" / f"{name}.ipynb", answers, ["right\n", "the answer: 3\n"], solved),
    ):
        path.parent.mkdir(exist_ok=True)
        made = [
            nbformat.v4.new_code_cell(source, execution_count=k + 1)
            for k, source in enumerate(sources)
        ]
        for cell, text in zip(made[1:], printed):
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
        for k, text in dict(wrong).items():
            made[k].outputs[0].text = text
        nbformat.write(nbformat.v4.new_notebook(cells=made), path)


def validate(folder, *options):
    return run(
        folder,
        "--nbval",
        "--nbval-current-env",
        "--nbval-cell-timeout=60",
        *options,
        plugins=["kit.order", "kit.notebooks"],
    )


def failed(said):
    return sorted(re.findall(r"^FAILED (\S+::Cell \d)", said, re.MULTILINE))


@pytest.mark.full
def test_full_and_alone_each_has_a_kernel_of_its_own(tmp_path):
    pair(tmp_path)
    assert validate(tmp_path, "--full")[1] == 0 and (tmp_path / "log").read_text() == "begun\n3\n"
    assert (tmp_path / "solutions" / "log").read_text() == "begun\n3\n"
    assert validate(tmp_path, "solutions")[1] == 0
    assert (tmp_path / "solutions" / "log").read_text() == 2 * "begun\n3\n"


def test_a_fault_in_either_is_found_where_it_is(tmp_path):
    pair(tmp_path, student={1: "attempted\n"})
    pair(tmp_path, student={2: "the answer: 4\n"}, name="b")
    pair(tmp_path, solved={1: "wrong\n"}, name="c")
    pair(tmp_path, solved={2: "the answer: 4\n"}, name="d")
    # Not shared: the solutions' cell is another one.
    pair(tmp_path, cells=[*CELLS[:2], CELLS[2] + "\n1 / 0"], name="e")
    # A shared cell raises: that is a fault in both.
    raising = "1 / 0", CELLS[1], "print('the answer:', answer)"
    pair(tmp_path, cells=raising, answers=["1 / 0", SOLVED[1], raising[2]], name="f")
    (tmp_path / "sound").mkdir()
    pair(tmp_path / "sound")
    said, code = validate(tmp_path)
    assert (tmp_path / "sound" / "log").read_text() == "begun\n3\n", "one kernel, shared cells once"
    assert not (tmp_path / "sound" / "solutions" / "log").exists()
    assert code == 1
    assert failed(said) == [
        "a.ipynb::Cell 1",
        "b.ipynb::Cell 2",
        "e.ipynb::Cell 2",
        "f.ipynb::Cell 0",
        "solutions/c.ipynb::Cell 1",
        "solutions/d.ipynb::Cell 2",
        "solutions/f.ipynb::Cell 0",
    ]


@pytest.mark.full
def test_the_other_processors_kernels_are_others_and_computed_with(tmp_path):
    """--full: the solutions' kernel has them, the student's has this processor's own."""
    name, why = notebooks.other_kernels()
    if why:
        pytest.skip(why)
    cell = """import numpy, threadpoolctl
of = threadpoolctl.threadpool_info()[0]["architecture"]
_ = open("kernels", "w").write(of)"""
    for folder in (tmp_path, tmp_path / "solutions"):
        folder.mkdir(exist_ok=True)
        made = nbformat.v4.new_code_cell(cell, execution_count=1)
        nbformat.write(nbformat.v4.new_notebook(cells=[made]), folder / "a.ipynb")
    said, code = validate(tmp_path, "--full")
    assert code == 0 and f"The solutions' notebooks ran on OpenBLAS' {name} kernels." in said
    own, other = ((folder / "kernels").read_text() for folder in (tmp_path, tmp_path / "solutions"))
    assert own != other == name


@pytest.mark.full
def test_pinned_kernels_are_left_alone(tmp_path):
    cell = "import os\n_ = open('pin', 'w').write(os.environ['OPENBLAS_CORETYPE'])"
    (tmp_path / "solutions").mkdir()
    made = nbformat.v4.new_code_cell(cell, execution_count=1)
    nbformat.write(nbformat.v4.new_notebook(cells=[made]), tmp_path / "solutions" / "a.ipynb")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    said, code = run(
        tmp_path,
        "--full",
        "--nbval",
        "--nbval-current-env",
        plugins=["kit.order", "kit.notebooks"],
        OPENBLAS_CORETYPE="Nehalem",
    )
    assert code == 0 and (tmp_path / "solutions" / "pin").read_text() == "Nehalem"
    assert (
        "*** NO SECOND PROCESSOR'S KERNELS: OPENBLAS_CORETYPE is pinned to Nehalem on this machine"
        in said
    )


# What runs


@pytest.mark.parametrize(
    "option, names",
    [
        (None, {"browser", "long", "short"}),
        ("quick", {"short"}),
        ("full", {"browser", "full", "long", "short"}),
    ],
)
def test_markers_say_what_runs(option, names):
    out = []
    config = SimpleNamespace(
        getoption=lambda name: name == option,
        hook=SimpleNamespace(pytest_deselected=lambda items: out.extend(items)),
    )
    items = [
        SimpleNamespace(
            nodeid=name, get_closest_marker=lambda marker, name=name: marker == name or None
        )
        for name in ("browser", "full", "long", "short")
    ]
    all_of_them = list(items)
    order.pytest_collection_modifyitems(config, items)
    assert {item.nodeid for item in items} == names and len(items) + len(out) == len(all_of_them)


# Claims

# written so, this file is not one of those that claim something
CLAIMING = """
import numpy as np
import pytest
from kit.claims import claim

@pytest.mark.MARK
def test_it():
    claim(np.random.default_rng(1).random(), 2, None, "a number")
""".replace("MARK", "trained")


def test_a_draw_has_other_seeds_and_writes_claims_down_for_the_table(tmp_path):
    (tmp_path / "test_it.py").write_text(CLAIMING)
    _, code = run(
        tmp_path, "--draw=3", plugins=["kit.claims"], **{claims.FILE: str(tmp_path / "told")}
    )
    assert code == 0, "what lies outside is for the table to say"
    assert json.loads((tmp_path / "told").read_text()) == {
        "at": "test_it.py::test_it",
        "what": "a number",
        "low": 2,
        "high": None,
        "exact": False,
        "value": np.random.default_rng([1, 3]).random(),
    }


def test_claims_that_are_not_for_the_table_fail():
    with pytest.raises(AssertionError, match="a number: nan lies outside the band from 2 to None"):
        claims.claim(float("nan"), 2, None, "a number")
