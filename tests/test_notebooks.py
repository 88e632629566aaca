"""The notebooks: what is committed, whether nbval would notice a fault, whether they live in a browser."""

import copy
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

for name in ("ipywidgets", "jupytext", "nbclient", "nbval"):
    pytest.importorskip(name)

import nbformat  # noqa: E402

from tinymaf.course import build  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SOURCES = sorted((ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
NOTATION = (ROOT / "notebooks" / "source" / "notation.md").read_text(encoding="utf-8").strip()
ARTEFACTS = ROOT / ".artefacts"
LEAST_COMPARED = 10         # numbers and verdicts that strict nbval compares, in each notebook

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def audit(path):
    """What must not be in a committed notebook, and what must: one line for each complaint."""
    notebook, text = nbformat.read(path, as_version=4), path.read_text(encoding="utf-8")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    printed = "\n".join(output.text for output in outputs if output.output_type == "stream")
    found = []
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("execution counts are not 1..n: run from a fresh kernel, all cells")
    compared = len(re.findall(r"-?\d+\.\d+|: True|: \d+", printed))
    if compared < LEAST_COMPARED:
        found.append(f"only {compared} numbers and verdicts are compared, {LEAST_COMPARED} are asked for")
    if any(output.output_type == "error" for output in outputs):
        found.append("an output is an error")
    if any(output.get("name") == "stderr" for output in outputs):
        found.append("a cell wrote to stderr")
    said = printed + "".join(str(output.data.get("text/plain", "")) for output in outputs if "data" in output)
    if re.search(r"0x[0-9a-f]{6,}|<Figure|object at", said):
        found.append("an output holds a memory address or an object's repr")
    if re.search(r"/home/|/root|/tmp|/work|/Users/|[A-Z]:\\\\|site-packages", text.replace("image/png", "")):
        found.append("a machine's path is in it")
    if "widgets" in notebook.metadata or "widget-view" in text:
        found.append("widget state or a widget id is in it")
    if path.stat().st_size >= 1_000_000:
        found.append(f"{path.stat().st_size} bytes: 1 MB is the limit")
    for cell in code:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = output.metadata.get("image/png", {}).get("alt", "")
                if len(alt) < 40 or alt != output.data["text/plain"]:
                    found.append(f"a figure of {cell.source[:40]!r} has no alt text")
    return found


@every_notebook
def test_audit(path):
    assert audit(path) == []


def test_there_is_a_notebook_for_each_source():
    assert [path.stem for path in NOTEBOOKS] == [path.stem for path in SOURCES] != []


def spoil(what, notebook):
    """A notebook with one fault."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    pictures = [output for cell in code for output in cell.outputs if "image/png" in output.get("data", {})]
    if what == "execution counts":
        code[1].execution_count = 7
    elif what == "numbers and verdicts":
        for cell in code:
            cell.outputs = []
    elif what == "is an error":
        code[0].outputs.append(nbformat.v4.new_output("error", ename="E", evalue="", traceback=[]))
    elif what == "stderr":
        code[0].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="careful"))
    elif what == "memory address":
        code[0].outputs.append(nbformat.v4.new_output("stream", text="<Thing at 0x7f3a5c0d1e50>"))
    elif what == "machine's path":
        code[0].outputs.append(nbformat.v4.new_output("stream", text="/home/somebody/file"))
    elif what == "widget state":
        notebook.metadata["widgets"] = {}
    elif what == "alt text":
        pictures[0].metadata = {}
    return notebook


@pytest.mark.parametrize("what", ["execution counts", "numbers and verdicts", "is an error", "stderr", "memory address",
                                  "machine's path", "widget state", "alt text"])
def test_the_audit_sees_each_fault(what, tmp_path):
    path = tmp_path / "spoilt.ipynb"
    nbformat.write(spoil(what, nbformat.read(NOTEBOOKS[0], as_version=4)), path)
    assert any(what in line for line in audit(path))


@every_notebook
def test_anatomy(path):
    cells = nbformat.read(path, as_version=4).cells
    markdown = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    title, promise = re.match(r"# ([^\n]+)\n\n\*\*(.+?)\*\*\n", markdown, re.DOTALL).groups()
    assert title and promise.count(". ") == 0, "a title and a promise of one sentence"
    headings = re.findall(r"^## (.+)$", markdown, re.MULTILINE)
    assert headings[:4] == ["What you will be able to do", "Before you start", "Time", "Notation"]
    assert headings[-3:] == ["Quiz", "Recap", "References"]
    sections = headings[4:-3]
    assert len(sections) >= 2, "sections"
    assert [heading.split(".")[0] for heading in sections] == [str(k + 1) for k in range(len(sections))]
    times = re.search(r"## Time\n\n(.+?)\n\n?#", markdown, re.DOTALL).group(1)
    assert sum(map(int, re.findall(r"\d+", times))) <= 45 and "minute" in times, "at most 45 minutes"
    assert NOTATION in markdown
    assert markdown.count("**Predict.**") >= 1 and "**Write.**" in markdown and "**Check.**" in markdown
    quiz = markdown.split("## Quiz")[1].split("## Recap")[0]
    assert len(re.findall(r"^\*\*\d\. ", quiz, re.MULTILINE)) >= 3 and quiz.count("<details>") >= 3 * 3
    assert all(feedback.strip() for feedback in re.findall(r"</summary>(.*?)</details>", quiz, re.DOTALL))


@every_notebook
def test_is_what_its_source_gives(path):
    assert build.drift(build.SOURCE / f"{path.stem}.py", path, run=False) == []     # nbval compares what it prints


def test_the_readme_has_the_same_notation_card():
    assert NOTATION in (ROOT / "README.md").read_text(encoding="utf-8")


# The canaries: faults that nbval must notice, each in a copy of one small notebook.

SMALL = '''# %% [markdown]
# # A canary
# {{card}}

# %%
import math
print("the entropy of a die:", round(math.log(6), 6), "nats")

# %%
import numpy as np
from ipywidgets import IntSlider
from tinymaf.course import Explorer
from tinymaf.course.explore import Panel

def draw(k):
    return Panel((0, 5), (0, 1)).lines(np.array([[0, 0], [k, 1]]))

explorer = Explorer(draw, {"k": IntSlider(0, 0, 4)}, [{"k": 0}, {"k": 2}, {"k": 4}], "three lines, ever flatter")
explorer.show()
'''


def replace(cell, old, new):
    assert old in cell.source
    cell.source = cell.source.replace(old, new)


FAULTS = {
    "nothing": lambda cell: cell,
    "a digit": lambda cell: cell.outputs[0].update(text=cell.outputs[0].text.replace("1.791759", "1.791758")),
    "words of a figure": lambda cell: cell.outputs[0].data.update({"text/plain": "two lines"}),
    "callback raises": lambda cell: replace(cell, "return Panel", "raise ValueError(k)\n    Panel"),
    "picture ignores control": lambda cell: replace(cell, "[k, 1]", "[1, 1]"),
    "control not wired": lambda cell: replace(
        cell, "explorer.show()", "explorer.controls['k'].unobserve_all()\nexplorer.show()"),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """`(source, notebook)` of a small notebook that was built here."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "source").mkdir()
    (folder / "source" / "card.md").write_text("One card.\n")
    source, target = folder / "source" / "00_small.py", folder / "00_small.ipynb"
    source.write_text(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))           # for the kernels, where the checkout is not installed
        assert build.build(source, target)
        yield source, target


@pytest.fixture(scope="module")
def canaries(small, tmp_path_factory):
    """The names of the faults whose notebooks strict nbval lets pass."""
    folder = tmp_path_factory.mktemp("canaries")
    notebook = nbformat.read(small[1], as_version=4)
    for fault, change in FAULTS.items():
        spoilt = copy.deepcopy(notebook)
        change(spoilt.cells[1 if fault == "a digit" else 2])
        nbformat.write(spoilt, folder / f"{fault.replace(' ', '_')}.ipynb")
    (folder / "pytest.ini").write_text("[pytest]\n")
    run = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA",
                          "--nbval", "--nbval-current-env", "--nbval-cell-timeout=60", "."],
                         cwd=folder, capture_output=True, text=True, timeout=180,
                         env={**os.environ, "TINYMAF_QUIET": "1", "PYTHONPATH": str(ROOT)})
    assert "failed" in run.stdout, run.stdout + run.stderr
    failed = set(re.findall(r"^FAILED (\w+)\.ipynb", run.stdout, re.MULTILINE))
    return [fault for fault in FAULTS if fault.replace(" ", "_") not in failed]


def test_nbval_notices_every_canary_and_passes_the_sound_notebook(canaries):
    assert canaries == ["nothing"]


def test_a_rebuild_changes_nothing(small):
    source, target = small
    before = target.read_bytes()
    assert not build.build(source, target)
    assert target.read_bytes() == before
    assert sorted(path.name for path in target.parent.iterdir()) == ["00_small.ipynb", "source"], "nothing else is left"
    assert build.drift(source, target) == []


def test_check_names_what_has_drifted(small, tmp_path, capsys):
    source, target = small
    folder = shutil.copytree(source.parent, tmp_path / "source")
    committed = tmp_path / target.name

    (folder / source.name).write_text(SMALL.replace("math.log(6)", "math.log(7)"))
    shutil.copy(target, committed)
    with pytest.raises(SystemExit, match=r"00_small.ipynb: cell 1: source of 'import math' differs"):
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


# The browser.

def installed_chromium():
    """Chromium's path; Debian's package is installed where that takes no asking: as root, with apt."""
    from lab import chromium
    if not chromium() and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
            try:
                subprocess.run(command, capture_output=True, timeout=120, check=True)
            except (subprocess.SubprocessError, OSError):
                break
    return chromium()


def test_the_first_notebook_lives_in_a_browser(tmp_path, capsys):
    pytest.importorskip("playwright")
    pytest.importorskip("jupyterlab")
    if not installed_chromium():
        with capsys.disabled():
            print("\n*** NO CHROMIUM IS INSTALLED: whether the notebook works in a browser was NOT tested ***")
        pytest.skip("no Chromium")
    from lab import browser_page, cell_errors, lab, run_all
    ARTEFACTS.mkdir(exist_ok=True)
    notebook = ROOT / "notebooks" / "00_start_here.ipynb"
    with lab(tmp_path / "lab", [notebook]) as address, browser_page() as (page, errors):
        try:
            run_all(page, address(notebook.name), sliders=1)
            handle = page.get_by_role("slider", name="layers passed")
            picture = page.locator("canvas.tm-canvas[data-frame]")
            picture.scroll_into_view_if_needed()
            before = picture.screenshot()
            page.screenshot(path=ARTEFACTS / "slider_before.png")
            handle.focus()
            for _ in range(4):
                page.keyboard.press("ArrowRight")
            page.get_by_text("1 of 5 layers passed", exact=True).first.wait_for()
            assert handle.get_attribute("aria-valuetext") == "1"
            assert picture.screenshot() != before, "the picture's pixels follow the slider"
        finally:
            page.screenshot(path=ARTEFACTS / "slider_after.png")
        assert cell_errors(page) == []
        assert errors == []
