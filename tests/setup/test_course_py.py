"""course.py: a fresh machine is set up, a finished one starts at once, and every failure is one
sentence with its fix.

No network and no installer here: `Machine` stands in for the processes that course.py starts, and
records them.
"""

import ast
import importlib.util
import json
import os
import re
import shutil
import sys
import tomllib
from importlib.metadata import requires, version
from pathlib import Path
from types import SimpleNamespace

import pytest
from kit import ROOT
from packaging.requirements import Requirement

PIP_OFFLINE = """WARNING: Retrying after connection broken by 'NewConnectionError('Failed to
establish a new connection: [Errno 111] Connection refused')': /simple/uv/
ERROR: No matching distribution found for uv==1.2.3"""
UV_OFFLINE = """error: Failed to fetch: `some/index/numpy/`
  Caused by: error sending request for url (some/index/numpy/)
  Caused by: client error (Connect)"""
UV_FULL = "error: failed to copy file to .venv/lib/numpy.so: No space left on device (os error 28)"
PIP_FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"

FILES = {  # of a small checkout
    "requirements.txt": "# pins\nnumpy==2.0.0\nuv==1.2.3\n",
    "pyproject.toml": "",
    "packages/tinymaf-course/pyproject.toml": "",
    "tinymaf/__init__.py": '__version__ = "1.0"\n',
}


class Machine:
    """Processes that succeed, unless `fails` has what they say: {a word of the command: its
    output}.
    """

    DEVNULL = -3

    def __init__(self, course):
        self.course, self.ran, self.fails, self.started = course, [], {}, []

    def call(self, command, stdout, **_):
        self.ran.append(command)
        complaint = next((said for word, said in self.fails.items() if word in command), None)
        if isinstance(complaint, BaseException):
            raise complaint
        if complaint is not None:
            os.write(stdout.fileno(), complaint.encode())
            return 1
        if "venv" in command:
            python = Path(self.course.PYTHON)
            python.parent.mkdir(parents=True)
            python.write_text("")
            python.chmod(0o755)
        return 0

    def Popen(self, command, env, **_):
        self.started.append((command, env))
        return SimpleNamespace(wait=lambda: 7)

    def kinds(self):
        """Which steps ran, in short."""
        names = {"venv": "venv", "--only-binary": "get uv", "uv": "uv", "pip": "pip"}
        return [
            next(kind for word, kind in names.items() if word in command) for command in self.ran
        ]


@pytest.fixture
def load(tmp_path):
    def load(folder="course"):
        folder = tmp_path / folder
        folder.mkdir(exist_ok=True)
        shutil.copy(ROOT / "course.py", folder)
        for name, text in FILES.items():
            if not (folder / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text)
        spec = importlib.util.spec_from_file_location("course_under_test", folder / "course.py")
        course = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(course)
        course.signal = SimpleNamespace(SIGINT=2, SIGTERM=15, SIG_IGN=1, signal=lambda *_: None)
        course.subprocess = Machine(course)
        return course

    return load


@pytest.fixture
def course(load):
    return load()


def sentence(course, *arguments):
    """What the user reads where `course.py arguments` stops; exactly one sentence, then at most the
    path of the log.
    """
    with pytest.raises(SystemExit) as stop:
        course.main(list(arguments) or ["test"])
    text, _, log = str(stop.value.code).partition("\nThe whole log: ")
    assert "\n" not in text and text.endswith(".")
    assert log in ("", course.LOG)
    assert course.subprocess.started == []
    return text


# --- the file itself


def test_parses_on_an_old_python():
    source = (ROOT / "course.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    # f(1, *args); not f(*args, 1) and not [*items]
    old_stars = {call.args[-1] for call in calls if call.args}
    new = (
        ast.JoinedStr,
        ast.AnnAssign,
        ast.NamedExpr,
        ast.AsyncFunctionDef,
        ast.Nonlocal,
        ast.Starred,
        ast.YieldFrom,
    )
    for node in ast.walk(tree):
        assert not isinstance(node, new) or node in old_stars, f"line {node.lineno}"
        if isinstance(node, ast.arguments):
            assert not node.kwonlyargs and not node.posonlyargs
            assert not any(arg.annotation for arg in [*node.args, node.vararg, node.kwarg] if arg)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, ast.ClassDef):
            assert not node.keywords
    # f(*args,) is no syntax of Python 2.7; a tree does not show the comma
    for star in old_stars:
        if isinstance(star, ast.Starred):
            after = source.splitlines()[star.end_lineno - 1][star.end_col_offset :]
            assert not after.startswith(","), f"line {star.lineno}"
    assert source.isascii()
    assert len(source.splitlines()) < 250


def test_imports_the_standard_library_only():
    tree = ast.parse((ROOT / "course.py").read_text(encoding="utf-8"))
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


# --- the way to a ready .venv


def test_first_start_makes_everything_then_starts(course, capsys):
    assert course.main(["test", "-k", "x"]) == 7  # the child's exit code
    assert course.subprocess.kinds() == ["venv", "get uv", "uv", "uv"]
    _, get_uv, pins, checkout = course.subprocess.ran
    assert get_uv[-1] == "uv==1.2.3"
    assert "numpy==2.0.0" in pins and "# pins" not in pins
    assert checkout[-6:-4] == ["--no-deps", "--no-build-isolation"]
    assert checkout[-4:] == ["--editable", course.ROOT, "--editable", course.COURSE]
    command, env = course.subprocess.started[0]
    assert command == [course.PYTHON, "-m", "pytest", *course.PARALLEL, "-k", "x"]
    assert env["TINYMAF_QUIET"] == "1"
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_part_of_the_tests_runs_in_one_process(course):
    Path(course.ROOT, "tests").mkdir()
    for options in (["tests"], ["tests::one", "--pdb"], ["-q", "requirements.txt"]):
        course.main(["test", *options])
        assert course.subprocess.started.pop()[0][3:] == options


@pytest.mark.parametrize(
    "command, module", [("build", "tinymaf_course.build"), ("figures", "tinymaf_course.figures")]
)
def test_other_commands(course, command, module):
    course.main([command, "--check"])
    started, env = course.subprocess.started[0]
    assert started[1:] == ["-m", module, "--check"] and env["TINYMAF_QUIET"] == "1"


@pytest.mark.parametrize("command", ["lab", "update", "progress", "app"])
def test_what_learners_start_is_told_their_folder_and_not_to_be_quiet(course, monkeypatch, command):
    monkeypatch.delenv("TINYMAF_QUIET", raising=False)
    course.main([command, "--no-browser"])
    started, env = course.subprocess.started[0]
    start = os.path.join(course.ROOT, "tinymaf_course", "lab", "start.py")
    mine = [os.path.join(course.ROOT, "my-course")] * (command in ("lab", "update"))
    assert started == [course.PYTHON, start, command, *mine, "--no-browser"]
    assert "TINYMAF_QUIET" not in env


def test_my_course_is_ignored_by_git():
    assert "/my-course/" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_ctrl_c_is_ignored_until_the_server_listens_to_it(course):
    heard = []
    course.signal = SimpleNamespace(
        SIGINT=2, SIGTERM=15, SIG_IGN=1, signal=lambda *on: heard.append(on)
    )
    works = course.subprocess.Popen
    course.subprocess.Popen = lambda *args, **options: (
        heard.append("started") or works(*args, **options)
    )
    course.main(["lab"])
    assert heard[:2] == [(2, 1), "started"]
    heard.clear()
    course.main(["test"])
    assert heard[0] == "started", "pytest wants to hear it"


def test_what_lab_is_told_about_itself_is_known_to_it():
    """The settings for JupyterLab are those of a plugin that it has, in its own words."""
    pytest.importorskip("jupyterlab")
    told = ROOT / "tinymaf_course" / "lab" / "labconfig" / "default_setting_overrides.json"
    plugins = json.loads(told.read_text(encoding="utf-8"))
    assert plugins
    for plugin, settings in plugins.items():
        package, name = plugin.split(":")
        known = Path(sys.prefix, "share", "jupyter", "lab", "schemas", package, f"{name}.json")
        assert set(settings) <= set(json.loads(known.read_text(encoding="utf-8"))["properties"])


def test_second_start_runs_nothing_and_says_nothing(load, capsys):
    load().main(["test"])
    capsys.readouterr()
    again = load()
    again.main(["test"])
    assert again.subprocess.ran == [] and len(again.subprocess.started) == 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("file", [name for name in FILES if not name.endswith(".py")])
def test_changed_pins_go_into_the_venv_that_is_there(load, file):
    load().main(["test"])
    again = load()
    with open(Path(again.ROOT, file), "a") as stream:
        stream.write("tqdm==4.0.0\n")
    again.main(["test"])
    assert again.subprocess.kinds() == ["get uv", "uv", "uv"]
    assert ("tqdm==4.0.0" in again.subprocess.ran[1]) == (file == "requirements.txt")
    last = load()
    last.main(["test"])
    assert last.subprocess.ran == []


def test_another_version_goes_into_the_venv_and_other_code_does_not(load):
    """Both packages are editable, but their version was written down when they were installed."""
    load().main(["test"])
    again = load()
    file = Path(again.ROOT, "tinymaf", "__init__.py")
    file.write_text(file.read_text() + "import numpy\n")
    again.main(["test"])
    assert again.subprocess.ran == []
    file.write_text(file.read_text().replace("1.0", "1.1"))
    again.main(["test"])
    assert again.subprocess.kinds() == ["get uv", "uv", "uv"]


@pytest.mark.parametrize("step", ["venv", "--only-binary", "numpy==2.0.0", "--editable"])
@pytest.mark.parametrize("update", [False, True])
def test_interrupted_set_up_is_made_anew(load, step, update):
    course = load()
    if update and step != "venv":
        course.main(["test"])
        Path(course.ROOT, "requirements.txt").write_text("uv==1.2.3\nnumpy==2.0.0\ntqdm==4.0.0\n")
        course.subprocess.started.clear()
    course.subprocess.fails = {step: KeyboardInterrupt()}
    assert "run this again" in sentence(course)
    Path(course.VENV, "left over").mkdir()
    again = load()
    again.main(["test"])
    assert again.subprocess.kinds()[0] == "venv" and len(again.subprocess.started) == 1
    assert not Path(again.VENV, "left over").exists()


def test_venv_without_its_python_is_made_anew(load):
    course = load()
    course.main(["test"])
    os.remove(course.PYTHON)
    again = load()
    again.main(["test"])
    assert again.subprocess.kinds()[0] == "venv" and len(again.subprocess.started) == 1


@pytest.mark.parametrize("there", ["a venv", "a folder", "a link", "a file"])
def test_what_somebody_else_calls_venv_is_left_alone(course, there):
    """No stamp and no log of ours in it: it may be a year's work."""
    place = Path(course.VENV)
    if there == "a link":
        (place.parent / "elsewhere").mkdir()
        (place.parent / "elsewhere" / "setup.log").write_text("")
        place.symlink_to(place.parent / "elsewhere")
    elif there == "a file":
        place.write_text("")
    else:
        place.mkdir()
        (place / "pyvenv.cfg").write_text("home = /usr/bin\n")
        if there == "a venv":
            Path(course.PYTHON).parent.mkdir()
            Path(course.PYTHON).write_text("")
            Path(course.PYTHON).chmod(0o755)
    before = sorted(course.os.listdir(place)) if place.is_dir() else place.read_text()
    text = sentence(course)
    assert course.VENV in text and "was not made by course.py" in text and "rename" in text
    assert (sorted(course.os.listdir(place)) if place.is_dir() else place.read_text()) == before
    assert course.subprocess.ran == []


def test_an_empty_venv_folder_is_nobody_s(course):
    Path(course.VENV).mkdir()
    course.main(["test"])
    assert course.subprocess.kinds()[0] == "venv"


def test_python_that_does_not_run_is_made_anew(load):
    load().main(["test"])
    course = load()
    works = course.subprocess.Popen

    def popen(*args, **options):
        if not course.subprocess.ran:
            raise OSError(8, "Exec format error")
        return works(*args, **options)

    course.subprocess.Popen = popen
    assert course.main(["test"]) == 7
    assert course.subprocess.kinds()[0] == "venv" and len(course.subprocess.started) == 1


def test_moved_checkout_is_made_anew(load, tmp_path):
    load("here").main(["test"])
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    there = load("there")
    there.main(["test"])
    assert there.subprocess.kinds()[0] == "venv"


def test_other_python_is_made_anew(load, monkeypatch):
    load().main(["test"])
    monkeypatch.setattr(sys, "version", "3.99.0 (another one)")
    again = load()
    again.main(["test"])
    assert again.subprocess.kinds()[0] == "venv"


@pytest.mark.parametrize("word", ["uv==1.2.3", "uv"])  # not to be had; does not work
def test_pip_takes_over_from_uv(course, word):
    course.subprocess.fails = {word: "error: no uv for this machine"}
    assert course.main(["test"]) == 7
    pins, checkout = course.subprocess.ran[-2:]
    assert pins[1:] == ["-m", "pip", "install", "numpy==2.0.0"]  # without uv, that cannot be had
    assert checkout[1:4] == ["-m", "pip", "install"]
    assert checkout[-3::2] == [course.ROOT, course.COURSE]


# --- failures: one sentence, with the fix


@pytest.mark.parametrize("old", [(2, 7, 18), (3, 6, 0), (3, 10, 13)])
def test_old_python(course, monkeypatch, old):
    monkeypatch.setattr(sys, "version_info", old)
    text = sentence(course, "lab")
    assert "needs Python 3.11" in text and "{}.{}:".format(*old) in text
    assert course.subprocess.ran == []


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_python_without_venv(course, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    text = sentence(course)
    assert "apt install python3-venv" in text
    assert "python{}.{}-venv".format(*sys.version_info[:2]) in text
    assert not os.path.exists(course.VENV)


@pytest.mark.parametrize(
    "fails",
    [
        {"--only-binary": PIP_OFFLINE},
        {"uv": UV_OFFLINE, "numpy==2.0.0": PIP_OFFLINE},
        {"uv==1.2.3": "no such version", "numpy==2.0.0": "Temporary failure in name resolution"},
    ],
)
def test_no_network(course, fails):
    course.subprocess.fails = fails
    assert "connect to the internet" in sentence(course)
    assert not os.path.exists(course.STAMP)


@pytest.mark.parametrize(
    "fails",
    [
        {"venv": "[Errno 28] No space left on device"},
        {"--only-binary": PIP_FULL},
        {"uv": UV_FULL, "numpy==2.0.0": PIP_FULL},
        {"venv": OSError(28, "No space left on device")},  # not even the log can be written
    ],
)
def test_no_space(course, fails):
    course.subprocess.fails = fails
    assert "disk is full" in sentence(course)


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")]
)
def test_read_only_folder(course, monkeypatch, error):
    def mkdir(path):
        raise error

    monkeypatch.setattr(course.os, "mkdir", mkdir)
    text = sentence(course)
    assert "cannot be written" in text and course.VENV in text


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere"
)
def test_read_only_folder_for_real(course):
    os.chmod(course.ROOT, 0o555)
    try:
        assert "cannot be written" in sentence(course)
    finally:
        os.chmod(course.ROOT, 0o755)


def test_unknown_failure_shows_the_end_of_the_log(course):
    course.subprocess.fails = {"install": "".join(f"line {i}\n" for i in range(50))}
    with pytest.raises(SystemExit) as stop:
        course.main(["test"])
    text = str(stop.value.code)
    assert "line 49" in text and "line 40" not in text and text.endswith(course.LOG)
    assert "line 0" in Path(course.LOG).read_text()


@pytest.mark.parametrize("arguments, code", [([], 2), (["serve"], 2), (["-h"], 0), (["--help"], 0)])
def test_usage(course, capsys, arguments, code):
    assert course.main(arguments) == code
    out, err = capsys.readouterr()
    shown, other = (err, out) if code else (out, err)
    assert all(re.search(rf"course.py .*\b{command}\b", shown) for command in course.COMMANDS)
    assert other == ""
    assert course.subprocess.ran == course.subprocess.started == []


# --- the lock


def pins():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.lstrip().startswith("#")]


def project(folder="."):
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_lock_pins_one_exact_version_a_package():
    for pin in pins():
        (spec,) = pin.specifier
        assert spec.operator == "==" and "*" not in spec.version, str(pin)
        assert pin.url is None
    names = [pin.name for pin in pins()]
    assert len(names) == len(set(names)) > 50


def test_lock_names_no_host_and_no_file():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for word in ("://", "--index", "--extra-index", "--find-links", "--hash", " @ "):
        assert word not in text


def test_lock_is_what_the_project_asks_for():
    locked = {pin.name.replace("_", "-"): next(iter(pin.specifier)).version for pin in pins()}
    extras, course = project()["optional-dependencies"], project("packages/tinymaf-course")
    wanted = project()["dependencies"] + extras["checkout"] + extras["test"]
    wanted += course["dependencies"] + course["optional-dependencies"]["app"]
    for line in wanted:
        if line == "tinymaf":
            continue
        requirement = Requirement(line)
        assert requirement.specifier.contains(locked[requirement.name.replace("_", "-")]), line


def test_this_environment_is_the_lock():
    for pin in pins():
        if pin.marker is None or pin.marker.evaluate():
            installed = version(pin.name)
            assert pin.specifier.contains(installed), f"{pin} is asked for, {installed} is there"


def test_version_is_the_same_everywhere():
    """It is written once for both packages, and once more in CITATION.cff."""
    import tinymaf

    for folder in (".", "packages/tinymaf-course"):
        assert project(folder)["dynamic"] == ["version"]
    assert tinymaf.__version__ == version("tinymaf") == version("tinymaf-course")
    assert f"tinymaf=={tinymaf.__version__}" in requires("tinymaf-course")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {tinymaf.__version__}\n" in citation


def test_the_environment_has_both_packages_from_this_checkout():
    import tinymaf
    import tinymaf_course

    assert [Path(one.__file__).parents[1] for one in (tinymaf, tinymaf_course)] == [ROOT, ROOT]
