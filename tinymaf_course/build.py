"""Make the notebooks from notebooks/source/NN_name.py (py:percent), and execute them.

    python course.py build                  make all of them
    python course.py build 00               only those whose names begin with 00
    python course.py build --check          change nothing: name what a committed notebook has
                                            that its source does not give; exit with 1 if any

notebooks/NN_name.ipynb is for students, notebooks/solutions/ has the solutions, and
notebooks/instructor/ the version for instructors.

The same source gives the same file. Cell ids come from the cells' contents, and outputs hold no
widget ids, timings or versions. The instructor's code is that of the solutions: it runs once, and
both get its outputs. Pictures are made anew, but --check does not compare them, because their
pixels depend on the machine. source.py says what a source may hold.
"""

import argparse
import copy
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from .source import METADATA, read_source, targets

SOURCE = Path(__file__).resolve().parents[1] / "notebooks" / "source"
SECONDS_PER_CELL = 180
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def execute(notebook, folder, more=()):
    """Run all cells in `folder`, with this very Python, and `more` in the environment.

    Outputs lose what differs from run to run.
    """
    environment = {
        **os.environ,
        **dict(more),
        "TINYMAF_QUIET": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    for name in ("TINYMAF_PROGRESS", "TINYMAF_STRICT"):
        environment.pop(name, None)
    NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=40"],
        resources={"metadata": {"path": str(folder)}},
    ).execute(env=environment)
    notebook.metadata = nbformat.from_dict(METADATA)
    for k, cell in enumerate(notebook.cells):
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise RuntimeError(f"cell {k} writes to stderr: {output.text.strip()}")
            # Its id is random, and its widget dies with the kernel.
            output.get("data", {}).pop(WIDGET_VIEW, None)
    return notebook


def executed(source, version, folder, done=None):
    """The executed notebook of a version.

    It takes the outputs of `done`, if that ran the same code.
    """
    notebook = read_source(source, version)
    if done is None:
        return execute(notebook, folder)
    code, ran = ([cell for cell in n.cells if cell.cell_type == "code"] for n in (notebook, done))
    assert [cell.source for cell in code] == [cell.source for cell in ran]
    for cell, other in zip(code, ran):
        cell.execution_count = other.execution_count
        cell.outputs = copy.deepcopy(other.outputs)
    return notebook


def build(source, target, version="student", done=None):
    """Make one notebook.

    Returns True if the file changed, which is replaced at once, never half written.
    """
    target = Path(target)
    target.parent.mkdir(exist_ok=True)
    text = nbformat.writes(executed(source, version, target.parent, done)) + "\n"
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return False
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".new")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    return True


def drift(source, target, run=True, version="student", done=None):
    """What a committed notebook has that its source does not give: a line for each difference.

    `run=False` compares the sources alone, which takes no time.
    """
    source, target = Path(source), Path(target)
    name = target.name if version == "student" else f"{version}/{target.name}"
    if not target.exists():
        return [f"{name} does not exist"]
    want = read_source(source, version)
    have = nbformat.read(target, as_version=4)
    found = [] if have.metadata == want.metadata else ["the notebook's metadata differ"]
    if len(want.cells) != len(have.cells):
        found.append(f"the source has {len(want.cells)} cells, the notebook {len(have.cells)}")
    for k, (a, b) in enumerate(zip(want.cells, have.cells)):
        found += [
            f"cell {k}: {what} of {_first_line(a)!r} differs"
            for what in ("cell_type", "source", "id", "metadata")
            if a[what] != b[what]
        ]
    if run and not found:
        ran = executed(source, version, target.parent, done)
        for k, (a, b) in enumerate(zip(ran.cells, have.cells)):
            if _comparable(a) != _comparable(b):
                found.append(f"cell {k}: the output of {_first_line(a)!r} differs")
    return [f"{name}: {line}" for line in found]


def _first_line(cell):
    return cell.source.strip().partition("\n")[0]


def _comparable(cell):
    """Count and outputs of a cell. A picture counts as present, whatever its pixels."""
    outputs = [
        {
            **output,
            "data": {kind: kind == "image/png" or data for kind, data in output.data.items()},
        }
        if "data" in output
        else dict(output)
        for output in cell.get("outputs", [])
    ]
    return cell.get("execution_count"), outputs


def solutions_of(target):
    """The solutions beside an instructor's notebook: with them it need not run again."""
    return nbformat.read(target.parent.parent / "solutions" / target.name, as_version=4)


def main(arguments=None, source=SOURCE):
    parser = argparse.ArgumentParser(
        prog="course.py build", description="Make the notebooks from notebooks/source."
    )
    parser.add_argument(
        "names", nargs="*", help="beginnings of names, such as 00; all notebooks by default"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing, exit with 1 where a notebook has drifted",
    )
    options = parser.parse_args(arguments)
    paths = [
        path
        for path in sorted(source.glob("*.py"))
        if not options.names or path.name.startswith(tuple(options.names))
    ]
    if not paths:
        sys.exit(
            f"no notebook's name begins with {' or '.join(options.names)}"
            if options.names
            else "no sources"
        )
    drifted = []
    for path in paths:
        for version, target in targets(path):
            if options.check:
                if version != "instructor":
                    found = drift(path, target, version=version)
                elif not found:  # then the solutions' outputs are what their source gives
                    found = drift(path, target, version=version, done=solutions_of(target))
                else:
                    found = drift(path, target, run=False, version=version)
                drifted += found
            else:
                changed = build(
                    path, target, version, solutions_of(target) if version == "instructor" else None
                )
                name = target.relative_to(source.parent).as_posix()
                print(f"{name}: {'made' if changed else 'unchanged'}", flush=True)
    if drifted:
        sys.exit("\n".join([*drifted, "Run `python course.py build` and commit what it makes."]))
    if options.check:
        print(f"{len(paths)} notebook(s), each as its source gives it.")


if __name__ == "__main__":
    main()
