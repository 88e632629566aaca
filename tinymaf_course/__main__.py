"""Take the course: tinymaf-course lab.

  tinymaf-course lab [FOLDER] [options]   copy the notebooks into ./tinymaf-course or FOLDER, and
                                          open them in JupyterLab (--copy: do not open them;
                                          its options: --no-browser, --port 8899, ...)
  tinymaf-course update [FOLDER]          bring corrections of the course into the copy; what you
                                          have changed stays
  tinymaf-course progress                 what you have done, and what is next
  tinymaf-course open NOTEBOOK            open one in JupyterLab where it lies, as `lab` would
  tinymaf-course app [options]            open the playground as a page without code
                                          (options of voila: --port, ...)
  tinymaf-course grade NOTEBOOK...        grade students' notebooks (--help: how)
  tinymaf-course pack, nbgrader           hand lessons out, to a class or to nbgrader (--help: how)
  tinymaf-course hub [options]            a user's server, where a JupyterHub starts it

A file that is in the folder already is never written over: start `lab` again to go on.
"""

import importlib.util
import sys
from pathlib import Path

from . import desk, pages
from .copies import Copy

FOLDER = "tinymaf-course"
FIRST = "notebooks/00_start_here.ipynb"


def lab(options):
    """Copy what is not there yet, and open JupyterLab in the folder."""
    copy, there = _copy(options), len(pages.found())
    added = copy.add()
    if "--copy" in options:
        kept = f", {there - added} left as they were" * (added < there)
        print(f"{copy.folder}: {added} page{'s' * (added != 1)} copied{kept}")
        return 0
    desk.prepare(copy.folder)
    if stale := copy.stale():
        how = f"tinymaf-course update {copy.folder}" if pages.INSTALLED else "course.py update"
        print(f"The course has corrected {len(stale)} of your pages: see `{how}`.")
    for address in desk.open_already(copy.folder):
        print(
            f"JupyterLab is open on these notebooks already, at {address}: work in one of the two, "
            "or each will overwrite what the other has saved."
        )
    latest = copy.latest()
    return desk.lab(
        copy.folder, latest.relative_to(copy.folder).as_posix() if latest else FIRST, options
    )


def update(options):
    """Bring corrections into the copy."""
    copy = _copy(options)
    if options:
        raise ValueError(f"{options[0]!r} is no option: name at most a folder")
    if not copy.folder.is_dir():
        raise ValueError(f"there is no {copy.folder} yet: `lab` makes it")
    said = copy.update()
    print("\n".join(said or ["Your copy has all that the course has."]))
    if any(copy.hidden.glob("before/*")) and said:
        print(f"What was replaced is kept in {copy.hidden / 'before'}.")
    if said and desk.open_already(copy.folder):
        print("JupyterLab is open: reload the notebooks (File, Reload from Disk) before you save.")
    return 0


def _copy(options):
    return Copy(options.pop(0) if options and not options[0].startswith("-") else FOLDER)


def open_(options):
    """Start JupyterLab on a notebook that lies in the current folder, or below."""
    name = Path(options.pop(0)) if options else Path("a notebook")
    if not name.is_file():
        raise ValueError(f"name a notebook: {name} is none")
    here = Path.cwd()
    if not name.resolve().is_relative_to(here):
        raise ValueError(f"{name} is not below this folder: go to where it lies")
    desk.prepare(here)
    return desk.lab(here, name.resolve().relative_to(here).as_posix(), options)


def app(options):
    """Serve the playground."""
    if importlib.util.find_spec("voila") is None:
        raise ValueError("the page needs voila: pip install 'tinymaf-course[app]'")
    desk.prepare(".")
    return desk.app(pages.found()["notebooks/playground.ipynb"], options)


def grade(options):
    from .grading.__main__ import main as graded

    return graded(options, prog="tinymaf-course grade")


def progress(options):
    from .progress import in_words

    print(in_words())
    return 0


def pack(options):
    from .pack import main as packed

    return packed(options, prog="tinymaf-course pack")


def nbgrader(options):
    from .nbgrader import main as made

    return made(options, prog="tinymaf-course nbgrader")


def hub(options):
    from .hub import main as server

    return server(options)


COMMANDS = {"lab": lab, "update": update, "progress": progress, "open": open_, "app": app}
COMMANDS |= {"grade": grade, "pack": pack, "nbgrader": nbgrader, "hub": hub}


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments or arguments[0] not in COMMANDS:
        asked = arguments[:1] in (["-h"], ["--help"])
        print(__doc__.strip(), file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except (ValueError, OSError) as error:
        sys.exit(f"tinymaf-course {arguments[0]}: {error}")


if __name__ == "__main__":
    sys.exit(main())
