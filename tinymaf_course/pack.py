"""Pack some lessons for a class, as one zip file: python course.py pack 03 05 --to class.zip

Inside are the students' notebooks of these lessons, the pages and pictures that they link to, the
two packages (data sets, checks and explorers are in them), requirements.txt, and a README.md that
says in two lines how to install and start. Links to lessons that are not inside become plain words.
There are no solved notebooks and no instructor's pages. The course's package itself has a solution
to each exercise, because solution() shows it.

An installed course has no sources of its packages: its pack names their version, for pip to fetch.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import nbformat

import tinymaf

from . import pages

# [words](target), and what an image has before it; not inside of `code`
LINK = re.compile(r"`[^`\n]*`|(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
WEB = re.compile(r"[a-z]+:|#")
# The same lessons give the same file, whenever they are packed.
DATE = (1980, 1, 1, 0, 0, 0)
EPOCH = "315532800"  # the same moment for the wheels
COURSE = pages.HERE.parent / "packages" / "tinymaf-course"
README = """# {title}

You need Python 3.11 or newer. In this folder (on Windows with `py` in place of `python3`):

```
python3 -m pip install -r requirements.txt
python3 -m tinymaf_course open {first}
```

The first line installs the course, 200 MB with all that it needs, once. (To keep it apart from
other things, make a virtual environment first, `python3 -m venv .venv`, and activate it.) The
second line opens JupyterLab in your browser; to stop it, press Ctrl-C twice in the terminal.

The lessons: {lessons}.

Code is under the MIT licence, text and figures under CC BY 4.0: see LICENSE.
"""


def pack(numbers, target):
    """Write the zip file. Returns the names of what is inside, in order."""
    held = contents(numbers)
    with tempfile.TemporaryDirectory() as folder:
        for wheel in wheels(Path(folder)):
            held[f"packages/{wheel.name}"] = wheel.read_bytes()
        target = Path(target)
        new = target.with_name(target.name + ".new")  # never half a pack
        root = PurePosixPath(target.stem)
        with zipfile.ZipFile(new, "w") as file:
            for name, data in sorted(held.items()):
                entry = zipfile.ZipInfo(str(root / name), DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                file.writestr(entry, data)
        os.replace(new, target)
    return sorted(held)


def contents(numbers):
    """`{name: bytes}` of the lessons, and of what belongs to them."""
    there = pages.found()
    lessons = [name for name in there if PurePosixPath(name).name.startswith(tuple(numbers))]
    lessons = [name for name in lessons if name.endswith(".ipynb")]
    for number in numbers:
        if not any(PurePosixPath(name).name.startswith(number) for name in lessons):
            raise ValueError(f"no notebook's name begins with {number}")
    names = reached(lessons, there)
    held = {name: _page(name, there[name], names) for name in names}
    titles = [_title(there[name]) for name in lessons]
    held["README.md"] = README.format(
        title=titles[0] if len(titles) == 1 else f"{len(titles)} lessons on flows",
        first=lessons[0],
        lessons="; ".join(titles),
    ).encode()
    local = "" if pages.INSTALLED else "--find-links packages\n"
    held["requirements.txt"] = f"{local}tinymaf-course=={tinymaf.__version__}\n".encode()
    return held


def reached(lessons, there):
    """The names of the lessons, the licence, and the pages that those link to, and so on, where
    they are no lessons themselves."""
    names, left = {}, [*lessons, "LICENSE"]
    while left:
        name = left.pop(0)
        names[name] = True
        left += [
            target
            for target in targets(name, _text(there[name]))
            if target in there and target not in names and not target.endswith(".ipynb")
        ]
    return sorted(names)


def targets(name, text):
    """The files that a page links to, as names in the learner's folder."""
    return {_place(name, link[3]) for link in LINK.finditer(text) if link[3]} - {None}


def _place(name, link):
    """Where a relative link of a page leads: a name in the learner's folder. None for the web."""
    if WEB.match(link):
        return None
    folder = PurePosixPath(name).parent
    return os.path.normpath(folder / link.partition("#")[0]).replace(os.sep, "/")


def without_dead_links(name, text, names):
    """Markdown in which links to files that are not in `names` are plain words.

    >>> text = "[MADE](03_made.ipynb#quiz), [a page](b.md), ![a [red] dot](c.png), `[0](x)`"
    >>> without_dead_links("03.ipynb", text, ["b.md"])
    'MADE, [a page](b.md), a [red] dot, `[0](x)`'
    """

    def kept(link):
        place = _place(name, link[3]) if link[3] else None
        return link[0] if place is None or place in names else link[2]

    return LINK.sub(kept, text)


def _text(file):
    """The Markdown of a notebook or of a page; "" for a picture."""
    if file.suffix == ".ipynb":
        cells = nbformat.read(file, as_version=4).cells
        return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return file.read_text(encoding="utf-8") if file.suffix == ".md" else ""


def _page(name, file, names):
    """The bytes of a page as it goes into the pack."""
    if file.suffix == ".md":
        return without_dead_links(name, _text(file), names).encode()
    if file.suffix != ".ipynb":
        return file.read_bytes()
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = without_dead_links(name, cell.source, names)
    return (nbformat.writes(notebook) + "\n").encode()


def _title(file):
    text = _text(file)
    return next(line[2:].strip() for line in text.splitlines() if line.startswith("# "))


def wheels(folder):
    """The two packages of a checkout as wheels in a folder; none of an installed course."""
    if pages.INSTALLED:
        return []
    line = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    line += ["--disable-pip-version-check", "--quiet", "--wheel-dir", str(folder)]
    done = subprocess.run(
        [*line, str(pages.ROOT), str(COURSE)],
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["pip failed"]
        raise ValueError(f"the packages could not be built: {said[-1]}")
    return sorted(folder.glob("*.whl"))


def main(arguments=None, prog="course.py pack"):
    parser = argparse.ArgumentParser(
        prog=prog,
        description=__doc__.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("numbers", nargs="+", metavar="NN", help="beginnings of notebooks' names")
    parser.add_argument("--to", metavar="FILE", default="class.zip", help="(class.zip)")
    said = parser.parse_args(arguments)
    try:
        held = pack(said.numbers, said.to)
    except (ValueError, OSError) as error:
        sys.exit(f"{prog}: {error}")
    print("\n".join(held))
    print(f"{said.to}: {Path(said.to).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
