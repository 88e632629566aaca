"""The command `tinymaf-course`: what it starts, copies and refuses."""

import os

import pytest

for name in ("ipywidgets", "jupyter_server", "nbformat", "threadpoolctl"):
    pytest.importorskip(name)

from tinymaf_course import __main__ as command  # noqa: E402
from tinymaf_course import desk, pages  # noqa: E402

HOME = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


@pytest.fixture
def started(monkeypatch):
    """What would have been started: [(server, *its arguments)]; it ends with exit code 7."""
    ran = []
    monkeypatch.setattr(desk, "lab", lambda *given: ran.append(("lab", *given)) or 7)
    monkeypatch.setattr(desk, "app", lambda *given: ran.append(("app", *given)) or 7)
    monkeypatch.setattr(desk, "open_already", lambda folder: [])
    for name in ("JUPYTER_CONFIG_PATH", "IPYTHONDIR", "MPLCONFIGDIR", "TINYMAF_PROGRESS", *HOME):
        monkeypatch.setenv(name, "")  # so that it is as before afterwards
        monkeypatch.delenv(name)
    return ran


def test_lab_opens_the_first_lesson_in_the_learners_folder(started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command.main(["lab", "--no-browser", "--port", "8899"]) == 7
    ((server, folder, first, options),) = started
    assert (server, options) == ("lab", ["--no-browser", "--port", "8899"])
    assert folder.resolve() == tmp_path / "tinymaf-course"
    assert (folder / first).is_file() and first.endswith("00_start_here.ipynb")
    assert pages.HERE / "lab" == pages.Path(os.environ["JUPYTER_CONFIG_PATH"])


def test_later_lab_opens_the_lesson_that_was_saved_last(started, tmp_path):
    command.main(["lab", str(tmp_path), "--copy"])
    lesson = tmp_path / "notebooks" / "03_made.ipynb"
    lesson.write_text(lesson.read_text(encoding="utf-8").replace("MADE", "made"))
    command.main(["lab", str(tmp_path)])
    assert started[0][2] == "notebooks/03_made.ipynb"


def test_lab_says_what_a_learner_must_know_and_else_nothing(started, tmp_path, monkeypatch, capsys):
    command.main(["lab", str(tmp_path)])
    assert capsys.readouterr() == ("", "")
    (tmp_path / ".tinymaf" / "given" / "notebooks" / "glossary.md").write_text("an older one")
    monkeypatch.setattr(desk, "open_already", lambda folder: ["http://localhost:8888/"])
    command.main(["lab", str(tmp_path)])
    corrected, twice = capsys.readouterr().out.splitlines()
    assert "corrected 1 of your pages" in corrected and "update" in corrected
    assert "http://localhost:8888/" in twice and "overwrite" in twice


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
    files = [one.relative_to(folder) for one in folder.rglob("*") if not one.is_dir()]
    seen = {one.as_posix() for one in files if one.parts[0] != ".tinymaf"}
    assert seen == set(pages.found())


def test_update_says_what_it_did(started, tmp_path, monkeypatch, capsys):
    with pytest.raises(SystemExit, match="no .*nowhere yet: `lab` makes it"):
        command.main(["update", str(tmp_path / "nowhere")])
    command.main(["lab", str(tmp_path), "--copy"])
    with pytest.raises(SystemExit, match="'--now' is no option"):
        command.main(["update", str(tmp_path), "--now"])
    capsys.readouterr()
    assert command.main(["update", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Your copy has all that the course has.\n"
    for file in (tmp_path / "LICENSE", tmp_path / ".tinymaf" / "given" / "LICENSE"):
        file.write_text("an older one")
    monkeypatch.setattr(desk, "open_already", lambda folder: ["http://localhost:8888/"])
    command.main(["update", str(tmp_path)])
    corrected, kept, reload = capsys.readouterr().out.splitlines()
    assert corrected == "LICENSE: corrected" and "before" in kept and "reload" in reload
    assert (tmp_path / "LICENSE").read_bytes() == pages.found()["LICENSE"].read_bytes()


def test_settings_of_ones_own_stay(started, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    command.main(["lab", str(tmp_path)])
    assert os.environ["JUPYTER_CONFIG_PATH"] == "mine"


def test_a_home_that_cannot_be_made(started, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "file" / "home"))
    for name in ("XDG_DATA_HOME", "XDG_RUNTIME_DIR", "JUPYTER_PLATFORM_DIRS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(desk.sys, "prefix", str(tmp_path / "venv"))
    (tmp_path / "venv").mkdir()
    command.main(["lab", str(tmp_path / "mine")])
    for name in HOME:
        assert pages.Path(os.environ[name]).is_relative_to(tmp_path / "venv")
    assert pages.Path(os.environ["TINYMAF_PROGRESS"]).is_relative_to(tmp_path / "mine")


def test_a_home_that_is_there_is_used(started, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    command.main(["lab", str(tmp_path)])
    assert "TINYMAF_PROGRESS" not in os.environ and (tmp_path / "config").is_dir()


def test_app_serves_the_playground_where_there_is_voila(started, monkeypatch):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: object())
    assert command.main(["app", "--port", "8866"]) == 7
    ((server, notebook, options),) = started
    assert server == "app" and options == ["--port", "8866"]
    assert pages.Path(notebook).name == "playground.ipynb"
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
    assert started == [("lab", tmp_path, "sub/a.ipynb", ["--no-browser"])]
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
