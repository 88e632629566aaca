"""The command `tinymaf-course`: what it starts, copies and refuses."""

import signal
import sys
from types import SimpleNamespace

import pytest

for name in ("ipywidgets", "nbformat", "threadpoolctl"):
    pytest.importorskip(name)

from tinymaf_course import __main__ as command  # noqa: E402
from tinymaf_course import pages  # noqa: E402


@pytest.fixture
def started(monkeypatch):
    """What would have been started: [(command, environment)]; it ends with exit code 7."""
    ran = []

    def popen(line, env):
        ran.append((line, env))
        return SimpleNamespace(wait=lambda: 7, terminate=lambda: None)

    monkeypatch.setattr(command.subprocess, "Popen", popen)
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    return ran


def test_lab_opens_the_first_lesson_in_the_learners_folder(started, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command.main(["lab", "--no-browser", "--port", "8899"]) == 7
    (line, env), folder = started[0], tmp_path / "tinymaf-course"
    assert line[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={folder}" in line
    assert line[-3:] == [
        "--no-browser",
        "--port",
        "8899",
    ]
    (first,) = (part.partition("/lab/tree/")[2] for part in line if "default_url" in part)
    assert (folder / first).is_file() and first.endswith("00_start_here.ipynb")
    assert pages.HERE / "lab" == pages.Path(env["JUPYTER_CONFIG_PATH"])
    assert f"{len(pages.found())} pages copied" in capsys.readouterr().out


def test_what_is_there_is_left_alone(started, tmp_path, capsys):
    folder = tmp_path / "mine"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "03_made.ipynb").write_text("mine")
    (folder / "notebooks" / "glossary.md").symlink_to("nowhere")
    command.main(["lab", str(folder), "--copy"])
    assert started == [] and "2 left as they were" in capsys.readouterr().out
    assert (folder / "notebooks" / "03_made.ipynb").read_text() == "mine"
    assert (folder / "notebooks" / "glossary.md").is_symlink()
    assert not (folder / "notebooks" / "nowhere").exists()
    files = [one for one in folder.rglob("*") if not one.is_dir()]
    assert {one.relative_to(folder).as_posix() for one in files} == set(pages.found())


def test_settings_of_ones_own_stay(started, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    command.main(["lab", str(tmp_path)])
    assert started[0][1]["JUPYTER_CONFIG_PATH"] == "mine"


def test_app_serves_the_playground_where_there_is_voila(started, monkeypatch):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: object())
    assert command.main(["app", "--port", "8866"]) == 7
    line, _ = started[0]
    assert line[2] == "voila"
    assert pages.Path(line[3]).name == "playground.ipynb"
    assert line[4:] == ["--port", "8866"]
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        SystemExit, match=r"tinymaf-course app: .* pip install 'tinymaf-course\[app\]'"
    ):
        command.main(["app"])


def test_a_folder_that_is_a_file(started, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="file is a file: name a folder"):
        command.main(["lab", str(tmp_path / "file")])
    assert started == []


def test_termination_reaches_the_server(started, monkeypatch):
    handlers, ended = {}, []
    monkeypatch.setattr(command.signal, "signal", handlers.__setitem__)
    monkeypatch.setattr(
        command.subprocess,
        "Popen",
        lambda *_, **__: SimpleNamespace(
            wait=lambda: handlers[signal.SIGTERM](15, None), terminate=lambda: ended.append(True)
        ),
    )
    command.run(["jupyterlab"])
    assert ended == [True] and handlers[signal.SIGINT](2, None) is None


@pytest.mark.parametrize("name", ["grade", "pack", "nbgrader"])
def test_the_others_are_called_by_their_names_here(name, capsys):
    with pytest.raises(SystemExit):
        command.main([name, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: tinymaf-course {name}")


def test_open_starts_where_the_notebook_lies(started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.ipynb").touch()
    assert command.main(["open", "sub/a.ipynb", "--no-browser"]) == 7
    line, env = started[0]
    assert f"--ServerApp.root_dir={tmp_path}" in line and line[-1] == "--no-browser"
    assert "--LabApp.default_url=/lab/tree/sub/a.ipynb" in line
    assert pages.HERE / "lab" == pages.Path(env["JUPYTER_CONFIG_PATH"])
    for arguments, said in (([], "name a notebook"), (["b.ipynb"], "b.ipynb is none")):
        with pytest.raises(SystemExit, match=said):
            command.main(["open", *arguments])
    monkeypatch.chdir(tmp_path / "sub")
    (tmp_path / "b.ipynb").touch()
    with pytest.raises(SystemExit, match="is not below this folder"):
        command.main(["open", "../b.ipynb"])
    assert len(started) == 1


@pytest.mark.parametrize("arguments, code", [([], 2), (["serve"], 2), (["-h"], 0), (["--help"], 0)])
def test_usage(capsys, arguments, code):
    assert command.main(arguments) == code
    out, err = capsys.readouterr()
    shown, other = (err, out) if code else (out, err)
    assert all(name in shown for name in command.COMMANDS) and other == ""
    assert "tinymaf-course lab" in shown
