"""Take the course: tinymaf-course lab.

  tinymaf-course lab [FOLDER] [options]   copy the notebooks into ./tinymaf-course or FOLDER, and
                                          open them in JupyterLab (--copy: do not open them;
                                          its options: --no-browser, --port 8899, ...)
  tinymaf-course open NOTEBOOK            open one in JupyterLab where it lies, as `lab` would
  tinymaf-course app [options]            open the playground as a page without code
                                          (options of voila: --port, ...)
  tinymaf-course grade NOTEBOOK...        grade students' notebooks (--help: how)
  tinymaf-course pack, nbgrader           hand lessons out, to a class or to nbgrader (--help: how)
  tinymaf-course hub [options]            a user's server, where a JupyterHub starts it

A file that is in the folder already is never written over: start `lab` again to go on.
"""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

from . import pages

FOLDER = "tinymaf-course"
FIRST = "notebooks/00_start_here.ipynb"
# In a container one is root, mostly.
AS_ROOT = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []


def lab(options):
    """Copy what is not there yet, and start JupyterLab in the folder."""
    folder = Path(options.pop(0) if options and not options[0].startswith("-") else FOLDER)
    only_copy = "--copy" in options
    copied = pages.copy(folder)
    there = len(pages.found()) - copied
    said = f"{folder}: {copied} page{'s' * (copied != 1)} copied"
    print(said + f", {there} left as they were" * bool(there), flush=True)
    if only_copy:
        return 0
    command = [
        "jupyterlab",
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
    ]
    return run([*command, *AS_ROOT, *options])


def open_(options):
    """Start JupyterLab on a notebook that lies in the current folder, or below."""
    name = Path(options.pop(0)) if options else Path("a notebook")
    if not name.is_file():
        raise ValueError(f"name a notebook: {name} is none")
    here = Path.cwd()
    if not name.resolve().is_relative_to(here):
        raise ValueError(f"{name} is not below this folder: go to where it lies")
    place = name.resolve().relative_to(here).as_posix()
    command = [
        "jupyterlab",
        f"--ServerApp.root_dir={here}",
        f"--LabApp.default_url=/lab/tree/{place}",
    ]
    return run([*command, *AS_ROOT, *options])


def app(options):
    """Serve the playground."""
    if importlib.util.find_spec("voila") is None:
        raise ValueError("the page needs voila: pip install 'tinymaf-course[app]'")
    return run(["voila", str(pages.found()["notebooks/playground.ipynb"]), *options])


def grade(options):
    from .grading.__main__ import main as graded

    return graded(options, prog="tinymaf-course grade")


def pack(options):
    from .pack import main as packed

    return packed(options, prog="tinymaf-course pack")


def nbgrader(options):
    from .nbgrader import main as made

    return made(options, prog="tinymaf-course nbgrader")


def hub(options):
    from .hub import main as server

    return server(options)


def run(command):
    """Run a module of Jupyter's, with the course's settings, to its end; return its exit code."""
    env = {"JUPYTER_CONFIG_PATH": str(pages.HERE / "lab"), **os.environ}
    child = subprocess.Popen([sys.executable, "-m", *command], env=env)
    signal.signal(signal.SIGINT, lambda *_: None)  # the child gets it too: it decides
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()


COMMANDS = {"lab": lab, "open": open_, "app": app, "grade": grade}
COMMANDS |= {"pack": pack, "nbgrader": nbgrader, "hub": hub}


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
