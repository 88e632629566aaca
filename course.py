"""Set the course up and start it; Python 3.11 or newer is all that a machine must have.

  python course.py lab [options]        copy the lessons into my-course and open them in JupyterLab
                                        (options: --no-browser, --port 8899, ...)
  python course.py update               bring corrections into my-course; what you wrote stays
  python course.py progress             what you have done, and what is next
  python course.py test [options]       run all tests and all notebooks (--quick, --full),
                                        or what pytest's options say
  python course.py app [options]        open the playground as a page without code
                                        (options of voila: --port, ...)
  python course.py grade NOTEBOOK...    grade students' notebooks
  python course.py pack, nbgrader       hand lessons out, to a class or to nbgrader (--help: how)
  python course.py build                make the notebooks anew; likewise figures, handouts, bands

The first start makes .venv, with the versions that requirements.txt names; later ones mend it.
Deleting it is safe.
"""

# All of this parses on Python 2.7 too, which gets a sentence, no SyntaxError.
from __future__ import print_function

import hashlib
import os
import shutil
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.realpath(__file__))
COURSE = os.path.join(ROOT, "packages", "tinymaf-course")  # the second package; the first is ROOT
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, *(["Scripts", "python.exe"] if os.name == "nt" else ["bin", "python"]))
STAMP = os.path.join(VENV, "setup.stamp")  # written last: what a finished .venv was made from
LOG = os.path.join(VENV, "setup.log")
LEARNERS = os.path.join(ROOT, "tinymaf_course", "lab", "start.py")
MINE = os.path.join(ROOT, "my-course")  # the learner's copy
COMMANDS = {
    "lab": [LEARNERS, "lab", MINE],
    "update": [LEARNERS, "update", MINE],
    "progress": [LEARNERS, "progress"],
    "app": [LEARNERS, "app"],
    "test": ["-m", "pytest"],
    "grade": ["-m", "tinymaf_course.grading"],
}
COMMANDS.update(
    (name, ["-m", "tinymaf_course." + name]) for name in ("bands", "build", "figures", "handouts")
)
COMMANDS.update((name, ["-m", "tinymaf_course." + name]) for name in ("nbgrader", "pack"))
# One process more than cores: one or another always waits, for the browser or a notebook's kernel.
PARALLEL = ["-n", str(min(8, (os.cpu_count() or 1) + 1)), "--dist", "loadfile"]

# What pip, uv or the system says, and the sentence that it becomes; the first that fits counts.
REASONS = [
    (
        [
            "no space left",
            "os error 28)",
            "os error 112)",
            "winerror 112]",
            "not enough space",
            "quota exceeded",
        ],
        "The disk is full: free 2 GB, then run this again.",
    ),
    (
        [
            "read-only file system",
            "permission denied",
            "operation not permitted",
            "access is denied",
            "winerror 5]",
        ],
        "{} cannot be written: end what runs from it, "
        "or run a copy of the course in a folder of yours.".format(VENV),
    ),
    (
        [
            "connection broken by",
            "max retries exceeded",
            "failed to establish a new connection",
            "timed out",
            "name resolution",
            "dns error",
            "error sending request",
            "network is unreachable",
            "failed to fetch",
        ],
        "The package index cannot be reached: connect to the internet or set your proxy or mirror, "
        "then run this again.",
    ),
]


def read(name):
    with open(os.path.join(ROOT, name), "rb") as file:
        return file.read()


def wanted():
    """The stamp that .venv should carry: hashes of its place (Python, folder) and contents."""
    place = repr((sys.version, sys.base_prefix, ROOT)).encode("utf-8", "replace")
    files = "requirements.txt", "pyproject.toml", os.path.join(COURSE, "pyproject.toml")
    library = read(os.path.join("tinymaf", "__init__.py")).splitlines()
    contents = [line for line in library if b"__version__ =" in line]
    contents += [read(name) for name in files]
    return [hashlib.sha256(part).hexdigest() for part in (place, b"".join(contents))]


def found():
    """The stamp that .venv does carry; none where its Python is gone."""
    there = os.path.isfile(STAMP) and os.access(PYTHON, os.X_OK)
    return read(STAMP).decode("latin-1").split() if there else []


def run(command, *options):
    """Run an installer, its output to the log; return what it said where it failed."""
    with open(LOG, "ab") as log:
        start = log.tell()
        code = subprocess.call(
            command + list(options), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.write("exit code {}\n".format(code).encode())
    return read(LOG)[start:].decode("utf-8", "replace") if code else ""


def meaning(trouble):
    """The sentence for a complaint, or None where it is of no known kind."""
    for signs, sentence in REASONS:
        if any(sign in trouble.lower() for sign in signs):
            return sentence
    return None


def stop_at(trouble):
    if trouble:
        end = "\n".join(trouble.splitlines()[-8:])
        unknown = "The set-up failed, in the installer's words:\n" + end
        sys.exit("{}\nThe whole log: {}".format(meaning(trouble) or unknown, LOG))


def ours():
    """Whether a set-up of this course began .venv: a folder with our stamp, our log, or nothing."""
    if not os.path.isdir(VENV) or os.path.islink(VENV):
        return False
    return os.path.isfile(STAMP) or os.path.isfile(LOG) or not os.listdir(VENV)


def make_venv():
    try:
        import ensurepip, venv  # noqa: E401, F401, I001
    except ImportError:
        sys.exit(
            "This Python lacks venv or ensurepip: on Debian and Ubuntu run `apt install "
            "python3-venv` (or python{}.{}-venv), then run this again.".format(
                *sys.version_info[:2]
            )
        )
    if os.path.lexists(VENV) and not ours():
        sys.exit(
            "{} is there already and was not made by course.py: rename it, or remove it if nobody "
            "needs it, then run this again.".format(VENV)
        )
    if os.path.isdir(VENV):
        shutil.rmtree(VENV)
    os.mkdir(VENV)
    stop_at(run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", VENV]))


def install():
    """Install the pins and both packages of the checkout: with uv, in seconds, or else with pip."""
    lines = [line.strip() for line in read("requirements.txt").decode("utf-8").splitlines()]
    pins = [line for line in lines if line and not line.startswith(("#", "uv=="))]
    checkout = ["--no-deps", "--no-build-isolation", "--editable", ROOT, "--editable", COURSE]
    pip = [PYTHON, "-m", "pip", "install"]
    uv = [PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON]
    trouble = run(pip, "--only-binary", "uv", *[line for line in lines if line.startswith("uv==")])
    stop_at(trouble if meaning(trouble) else "")  # what is no fault of uv's meets pip as well
    if trouble or run(uv, "--compile-bytecode", *pins) or run(uv, *checkout):
        stop_at(run(pip, *pins) or run(pip, *checkout))


def say(sentence):
    print(sentence, file=sys.stderr)


def set_up():
    """Bring .venv to what requirements.txt and pyproject.toml ask for, unless it is there."""
    want, have = wanted(), found()
    if have == want:
        return
    if have[:1] == want[:1]:
        say("Bringing .venv up to date with requirements.txt: seconds to a minute.")
        os.remove(STAMP)
    else:
        say("Making .venv, this once: 10 seconds to 3 minutes, as fast as 200 MB download.")
        make_venv()
    install()
    with open(STAMP + ".new", "w") as file:
        file.write("\n".join(want))
    os.replace(STAMP + ".new", STAMP)


def start(command, options):
    """Run the command in .venv, hand it Ctrl-C and termination, and return its exit code."""
    learners = LEARNERS in COMMANDS[command]
    env = dict(os.environ) if learners else dict(os.environ, TINYMAF_QUIET="1")
    # Students' files lie where the user is.
    here = None if command in ("grade", "nbgrader", "pack") else ROOT
    files = [one for one in options if os.path.exists(os.path.join(ROOT, one.split("::")[0]))]
    if command == "test" and not files:
        # A part of the tests runs in one process, where a debugger can be had.
        options = PARALLEL + options
    if learners:  # Ctrl-C is ignored until start.py listens to it: a moment
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen([PYTHON] + COMMANDS[command] + options, cwd=here, env=env)
    except OSError:  # a Python that is there and does not run
        os.remove(STAMP)
        return main([command] + options)
    # The terminal sends Ctrl-C to the child as well: it decides.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    return child.wait()


def main(arguments):
    if sys.version_info < (3, 11):
        sys.exit(
            "The course needs Python 3.11 or newer and this is {}.{}: install a newer one and "
            "name it, as in `python3.12 course.py lab`.".format(*sys.version_info[:2])
        )
    if not arguments or arguments[0] not in COMMANDS:
        asked = arguments[:1] in (["-h"], ["--help"])
        print(__doc__.strip(), file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        set_up()
        return start(arguments[0], arguments[1:])
    except KeyboardInterrupt:
        sys.exit("Interrupted: run this again to go on.")
    except OSError as error:
        sys.exit(
            meaning(str(error))
            or "The set-up failed: {}. Delete .venv, then run this again.".format(error)
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
