"""Two distributions: what their wheels and sdists hold, and that both work without a checkout."""

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from kit import ROOT

pytest.importorskip("flit_core")

import tinymaf  # noqa: E402

pytestmark = pytest.mark.long

PROJECTS = {"tinymaf": ROOT, "tinymaf_course": ROOT / "packages" / "tinymaf-course"}
OFFLINE = [
    "--no-build-isolation",
    "--no-deps",
    "--no-index",
    "--disable-pip-version-check",
    "--quiet",
]
LESSONS = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}


def say(*command, **options):
    """What a command says, which succeeds."""
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=240, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip_wheel(project, out):
    """The wheel that pip builds of a folder or of an sdist."""
    say(sys.executable, "-m", "pip", "wheel", *OFFLINE, "--wheel-dir", out, project)
    (wheel,) = out.glob("*.whl")
    return wheel


def sdist(project, out):
    """The sdist that its backend builds of a folder, called as PEP 517 says."""
    out.mkdir()
    code = "import sys; sys.path[:0] = '.'; import {} as one; one.build_sdist(sys.argv[1])"
    backend = re.search(
        r'^build-backend = "(.+?)"', (project / "pyproject.toml").read_text(), re.MULTILINE
    )[1]
    say(sys.executable, "-c", code.format(backend), out, cwd=project)
    (file,) = out.glob("*.tar.gz")
    return file


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """`{name: (wheel, sdist, the wheel that is built of the sdist)}`."""
    found = {}
    for name, project in PROJECTS.items():
        folder = tmp_path_factory.mktemp(name)
        source = sdist(project, folder / "sdist")
        found[name] = (
            pip_wheel(project, folder / "wheel"),
            source,
            pip_wheel(source, folder / "again"),
        )
    return found


def contents(wheel):
    """`{name: bytes}` of a wheel."""
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


def in_sdist(path):
    """The names in an sdist, without the folder that holds all."""
    with tarfile.open(path) as file:
        return {name.partition("/")[2] for name in file.getnames()}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_wheel_is_the_same_by_way_of_the_sdist(built, name):
    wheel, source, again = built[name]
    version = tinymaf.__version__
    assert wheel.name == again.name == f"{name}-{version}-py3-none-any.whl"
    assert source.name == f"{name}-{version}.tar.gz"
    one, other = contents(wheel), contents(again)
    assert one.keys() == other.keys()
    assert [file for file in one if one[file] != other[file] and not file.endswith("RECORD")] == []


def test_the_librarys_wheel_holds_the_library_alone(built):
    wheel, source, _ = built["tinymaf"]
    with zipfile.ZipFile(wheel) as archive:  # the estimator, which needs scikit-learn, aside
        beside = sum(
            info.compress_size + 2 * len(info.filename) + 76  # and its two headers
            for info in archive.infolist()
            if info.filename.startswith("tinymaf/estimator/")
        )
    assert wheel.stat().st_size - beside < 120_000 and wheel.stat().st_size < 135_000
    names = contents(wheel).keys()
    info = f"tinymaf-{tinymaf.__version__}.dist-info/"
    assert all(name.startswith(("tinymaf/", info)) for name in names)
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tinymaf").rglob("*.py")}
    assert there <= names
    extra = {name for name in names if name.startswith("tinymaf/")} - there
    assert all(not name.endswith((".py", ".jsonl", ".ipynb", ".png", ".csv")) for name in extra), (
        extra
    )
    beside = {name.partition("/")[0] for name in in_sdist(source)} - {""}
    assert beside == {
        "tinymaf",
        "pyproject.toml",
        "packages",
        "LICENSE",
        "CHANGELOG.md",
        "CITATION.cff",
        "PKG-INFO",
    }


def test_the_courses_wheel_holds_what_a_learner_needs_and_no_answers(built):
    wheel, source, _ = built["tinymaf_course"]
    files = contents(wheel)
    packed = "tinymaf_course/packed/"
    pages = {name.removeprefix(packed) for name in files if name.startswith(packed)}
    assert {f"notebooks/{name}" for name in LESSONS} <= pages
    assert {"notebooks/glossary.md", "docs/equations.md", "docs/directions.md", "LICENSE"} <= pages
    notebooks = {name for name in pages if name.endswith(".ipynb")}
    assert notebooks == {f"notebooks/{name}" for name in LESSONS}, (
        "neither solutions nor instructors' versions"
    )
    others = {
        name for name in pages if name.startswith(("notebooks/solutions", "notebooks/instructor"))
    }
    assert others == set()
    assert "notebooks/concept_inventory.md" in pages, "the questions to print, without the key"
    for name in notebooks:
        assert files[packed + name] == (ROOT / name).read_bytes()
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tinymaf_course").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there <= files.keys(), "exercises, quizzes, styles, scripts, settings, records"
    notebooks = [name for name in in_sdist(source) if name.endswith(".ipynb")]
    assert [name for name in notebooks if f"/{packed}" not in f"/{name}"] == []
    assert not [name for name in in_sdist(source) if "solutions" in name or "__pycache__" in name]


def test_the_course_asks_for_the_library_of_its_version(built):
    files = contents(built["tinymaf_course"][0])
    (metadata,) = (text.decode() for name, text in files.items() if name.endswith("/METADATA"))
    assert f"\nRequires-Dist: tinymaf=={tinymaf.__version__}\n" in metadata
    (points,) = (
        text.decode() for name, text in files.items() if name.endswith("/entry_points.txt")
    )
    assert "tinymaf-course=tinymaf_course.__main__:main" in points.replace(" ", "")


def links(text):
    """The relative paths that a page of Markdown, or a notebook as JSON, links to."""
    return {
        one.partition("#")[0]
        for one in re.findall(r"\]\(([^)\s]+)\)", text)
        if not one.startswith(("#", "http", "attachment:", "mailto:"))
    }


IMPORTS = """
import tinymaf
import tinymaf_course
from tinymaf_course import environment, pages
from tinymaf_course.records import results
print(tinymaf.__file__)
print(tinymaf_course.__file__)
print(environment.problems(environment.needed(), environment.installed), pages.INSTALLED)
print(len(results.read()))
"""


def test_both_work_without_a_checkout(built, tmp_path):
    """In an environment of their own, beside this one's other packages, in an empty folder."""
    home, empty = tmp_path / "venv", tmp_path / "empty"
    venv.create(home, with_pip=False, system_site_packages=False, symlinks=os.name != "nt")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(say(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    wheels = [built[name][0] for name in PROJECTS]
    say(sys.executable, "-m", "pip", "--python", python, "install", *OFFLINE, *wheels)
    others = Path(pytest.__file__).parents[1]
    # its own .pth files, of the checkout, are not read
    (site / "others.pth").write_text(f"{others}\n")
    empty.mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "JUPYTER", "TINYMAF"))
    }
    here = {"cwd": empty, "env": {**kept, "TINYMAF_QUIET": "1", "PYTHONWARNINGS": "error"}}
    words = say(python, "-c", IMPORTS, **here).splitlines()
    assert all(Path(place).is_relative_to(site) for place in words[:2]), words
    assert words[2] == "[] True" and int(words[3]) > 50
    command = home / ("Scripts/tinymaf-course.exe" if os.name == "nt" else "bin/tinymaf-course")
    for name in ("lab", "app", "grade"):
        assert f"tinymaf-course {name}" in say(command, "--help", **here)
    assert not list(empty.iterdir())

    assert "pages copied" in say(command, "lab", "--copy", **here)
    folder = empty / "tinymaf-course"
    assert {path.name for path in folder.glob("notebooks/*.ipynb")} == LESSONS
    for page in folder.rglob("*"):
        if page.suffix in (".md", ".ipynb"):
            for link in links(page.read_text(encoding="utf-8")):
                assert (page.parent / link).exists(), f"{page.name} links to {link}"

    mine = folder / "notebooks" / "00_start_here.ipynb"
    mine.write_text("my answers")
    (folder / "docs" / "equations.md").unlink()
    assert "1 page copied" in say(command, "lab", "tinymaf-course", "--copy", **here)
    assert mine.read_text() == "my answers" and (folder / "docs" / "equations.md").exists()
    assert not list(folder.rglob("*.new"))

    report = say(command, "grade", folder / "notebooks" / "03_made.ipynb", **here)
    assert re.search(r"score +0 of \d+, 0 %", report) and "could not start" not in report, report
