"""What strangers' notebooks try while they are graded, and what comes of it: nothing is read,
nothing outside is touched, no mark is forged, and nobody's marks are lost.

Attacks that leave their process alive share one: each is a cell. `check` of a question with letters
carries what a cell has found to the test.
"""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from kit import ROOT
from kit.sandbox import commands

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

import nbformat  # noqa: E402

from tinymaf_course import exercises  # noqa: E402
from tinymaf_course.exercises import ids, load  # noqa: E402
from tinymaf_course.grading import sandbox  # noqa: E402
from tinymaf_course.grading.grade import grade  # noqa: E402
from tinymaf_course.grading.run import Limits, run  # noqa: E402
from tinymaf_course.grading.watch import descendants  # noqa: E402
from tinymaf_course.source import exercise_cell  # noqa: E402

pytestmark = [pytest.mark.long, pytest.mark.sandbox]

LETTER = "which-jacobian"  # its answers are texts: they tell what was found
HEAD = "from tinymaf_course import check, hint, solution\nimport numpy as np\nimport os, sys"
FIRST, SECOND = (exercise_cell(load(id), solved=True) for id in ("mend-the-masks", "made-masks"))
SECRET = "kohlrabi in the cellar"
LIMITS = Limits(seconds=60, cell_seconds=3, memory=3 * 2**29, disk=2**25)


def cells(*sources):
    return dict(enumerate([HEAD, *sources], 1))


def tried(name, code):
    """A cell that tries something and tells whether it has found a secret."""
    return (
        "loot = None\ntry:\n"
        + textwrap.indent(code.strip("\n"), "    ")
        + "\nexcept BaseException as error:\n    loot = repr(error)\n"
        "loot = loot if isinstance(loot, (str, bytes)) else repr(loot)\n"
        "loot = loot if isinstance(loot, str) else loot.decode('latin-1')\n"
        f"check({LETTER!r}, {name!r} + ': ' + str(any(mark[::-1] in loot for mark in MARKS)))"
    )


# Reading. MARKS are what must not be found, written backwards: the cells themselves have none.

SPIES = {
    "a file": "loot = open(FILE).read()",
    "a neighbour's notebook": "loot = open(NEIGHBOUR).read()",
    "an exercise": "loot = open(EXERCISE).read()",
    "a solved notebook": "loot = open(SOLVED).read()",
    "bytecode": """
        import glob
        loot = b"".join(open(f, "rb").read() for f in glob.glob(os.path.dirname(EXERCISE) + "/__pycache__/*"))""",
    "an import": "from tinymaf_course.exercises import load\nloot = open(load('made-masks').names['__file__']).read()",
    "a module by its path": """
        import importlib.util
        spec = importlib.util.spec_from_file_location("tinymaf_course.exercises", EXERCISE)
        module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); loot = str(vars(module))""",
    "an installed copy": """
        import importlib.metadata as metadata
        files = [f for f in metadata.files("tinymaf-course") or [] if "made_masks" in str(f)]
        loot = "".join(f.read_text() for f in files)""",
    "a walk through all folders": """
        loot = ""
        for folder, _, names in os.walk("/"):
            if folder.startswith(("/proc", "/sys")):
                continue
            for name in names:
                if "made_masks" in name or name.endswith((".ipynb", ".jsonl")) or name == "secret":
                    loot += open(os.path.join(folder, name), errors="replace").read()""",
    "a folder's descriptor": """
        root = os.open("/", os.O_RDONLY)
        loot = os.read(os.open(FILE.lstrip("/"), os.O_RDONLY, dir_fd=root), 1000)""",
    "another root": "loot = open('/proc/1/root' + FILE).read()",
    "each process's root": """
        loot = ""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                loot += open(f"/proc/{pid}/root{FILE}").read()
            except OSError:
                pass""",
    "the environment": "loot = str(dict(os.environ))",
    "others' environments": """
        loot = b""
        for pid in [os.getppid(), 1, GRADER, *filter(str.isdigit, os.listdir("/proc"))]:
            try:
                loot += open(f"/proc/{pid}/environ", "rb").read()
            except OSError:
                pass""",
    "the grader's memory": """
        import re
        loot = b""
        for pid in {os.getppid(), GRADER, 1}:
            try:
                spans = re.findall("([0-9a-f]+)-([0-9a-f]+) rw", open(f"/proc/{pid}/maps").read())
                with open(f"/proc/{pid}/mem", "rb", 0) as memory:
                    for a, b in spans:
                        memory.seek(int(a, 16)); loot += memory.read(int(b, 16) - int(a, 16))
            except OSError:
                pass""",
    "a command": "import subprocess\nloot = subprocess.run(['cat', FILE], capture_output=True).stdout",
    "a shell": "loot = os.popen('cat ' + FILE + '; cat ' + EXERCISE).read()",
    "IPython's shell": "loot = str(get_ipython().getoutput('cat ' + FILE))",
    "a spawned process": """
        from multiprocessing import util
        pid = util.spawnv_passfds(b"/bin/sh", [b"sh", b"-c", f"cat {FILE} > got".encode()], [])
        os.waitpid(pid, 0); loot = open("got").read()""",
    "a process of joblib's": """
        import joblib
        loot = joblib.Parallel(n_jobs=2)(joblib.delayed(lambda f: open(f).read())(f) for f in [FILE])""",
    "C": """
        import ctypes
        libc, room = ctypes.CDLL(None), ctypes.create_string_buffer(1000)
        libc.read(libc.open(FILE.encode(), 0), room, 1000); loot = room.value""",
    "another interpreter": """
        import _xxsubinterpreters as sub
        one = sub.create(); sub.run_string(one, f"open('mine', 'w').write(open({FILE!r}).read())")
        loot = open("mine").read()""",
    "a link": "os.path.lexists('l') or os.symlink(FILE, 'l')\nloot = open('l').read()",
    "a hard link": "os.link(FILE, 'h')\nloot = open('h').read()",
    "NumPy": "loot = np.fromfile(FILE, np.uint8).tobytes()",
    "SQLite": "import sqlite3\nloot = str(sqlite3.connect(f'file:{FILE}?mode=ro', uri=True).execute('select 1').fetchall())",
    "linecache": "import linecache\nloot = ''.join(linecache.getlines(EXERCISE))",
    "a new root": """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mount(b"/proc/1/root", b"/home/student", None, 4096, None)
        libc.chroot(b"/proc/1/root"); loot = open(FILE).read()""",
    "a device": """
        import stat
        os.mknod("disk", 0o600 | stat.S_IFBLK, DISK); loot = open("disk", "rb").read(10 ** 6)""",
    "files that are open": """
        loot = b""
        for fd in range(3, 200):
            try:
                if not os.readlink(f"/proc/self/fd/{fd}").startswith("pipe"):
                    loot += os.pread(fd, 10 ** 6, 0)
            except OSError:
                pass""",
    "shared memory": "loot = open('/dev/shm/' + SHARED).read()",
    "a socket": """
        import socket
        one = socket.create_connection(("127.0.0.1", PORT), 1); loot = one.recv(100)""",
    "a socket of the system's": """
        import socket
        one = socket.socket(socket.AF_UNIX); one.connect("\\0" + SHARED); loot = one.recv(100)""",
    "a page": "import urllib.request\nloot = urllib.request.urlopen(f'http://127.0.0.1:{PORT}', timeout=1).read()",
    "the users": "loot = open('/etc/passwd').read() + open('/etc/shadow').read()",
    "all objects": "import gc\nloot = ' '.join(map(repr, gc.get_objects()))[:10 ** 7]",
    "all modules": "loot = ' '.join(repr(vars(m)) for m in list(sys.modules.values()) if m)[:10 ** 7]",
    "all texts of the memory": """
        import re
        loot = b""
        spans = re.findall("([0-9a-f]+)-([0-9a-f]+) rw", open("/proc/self/maps").read())
        with open("/proc/self/mem", "rb", 0) as memory:
            for a, b in spans:
                size = min(int(b, 16) - int(a, 16), 10 ** 6)
                memory.seek(int(a, 16)); loot += memory.read(size)
        loot = loot if WRONG[::-1].encode() in loot else ''""",
    "the judge's stack": """
        import inspect
        def spy(inputs, hidden, outputs):
            global loot
            loot = " ".join(repr(f.frame.f_locals) + repr(f.frame.f_globals)[:10 ** 5] for f in inspect.stack())
        check("made-masks", spy)""",
    "what a network knows": """
        def spy(log_prob, x, cell, contexts):
            global loot
            loot = str(log_prob.totals)
        check("mass-given-context", spy)""",
    "a network's insides": """
        def spy(mu_alpha, u):
            global loot
            loot = str([getattr(mu_alpha, n) for n in ("network", "__globals__", "__closure__", "__code__")])
        check("maf-u-to-x", spy)""",
    "an attribute over the border": """
        from tinymaf_course.grading.inside.student import here
        loot = here().ask("get", here().ask("faults", [])["Flow"], "__init__")""",
    "a module over the border": """
        from tinymaf_course.grading.inside.student import here
        loot = str(here().ask("get", here().ask("faults", [])["Flow"](3), "fit").__globals__)""",
    "the mended flow": """
        import inspect
        from tinymaf_course.referee import with_faults
        loot = inspect.getsource(with_faults([]).Flow)""",
    "hints": "loot = str(hint('made-masks')) + str(solution('made-masks'))",
}
assert len(SPIES) >= 40
CONTROL = [
    "a file",
    "a neighbour's notebook",
    "an exercise",
    "a folder's descriptor",
    "a command",
    "C",
]
CONTROL += ["a spawned process", "a link", "NumPy", "shared memory", "a socket", "a page"]


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """The names that the spies use; SECRET is in all of them, and in this process."""
    folder = tmp_path_factory.mktemp("secrets")
    for name in ("secret", "neighbour.ipynb"):
        (folder / name).write_text(SECRET)
    shared = Path("/dev/shm", f"tinymaf-{os.getpid()}")
    shared.write_text(SECRET)
    listeners = [socket.socket(), socket.socket(socket.AF_UNIX)]
    listeners[0].bind(("127.0.0.1", 0))
    listeners[1].bind("\0" + shared.name)
    for one in listeners:
        one.listen(20)
    serving = "import socket, sys\none = socket.socket(fileno=int(sys.argv[1]))\nwhile True:\n"
    serving += f"    a, _ = one.accept(); a.settimeout(0.2)\n    try: a.recv(9999)\n    except OSError: pass\n    a.sendall(b'HTTP/1.0 200 OK\\r\\n\\r\\n{SECRET}'); a.close()"
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", serving, str(one.fileno())], pass_fds=[one.fileno()]
        )
        for one in listeners
    ]
    os.environ["KITCHEN"] = SECRET
    lines = load("made-masks").solution_text.splitlines()
    wrong = max(lines[-8:], key=len).strip()
    yield {
        "FILE": str(folder / "secret"),
        "NEIGHBOUR": str(folder / "neighbour.ipynb"),
        "EXERCISE": str(exercises.files()["made-masks"]),
        "SOLVED": str(ROOT / "notebooks" / "solutions" / "03_made.ipynb"),
        "GRADER": os.getpid(),
        "DISK": os.stat(folder).st_dev,
        "SHARED": shared.name,
        "PORT": listeners[0].getsockname()[1],
        "WRONG": wrong[::-1],
        "MARKS": [
            SECRET[::-1],
            wrong[::-1],
            "root:x:"[::-1],
            "(inputs, hidden, outputs): from"[::-1],
        ],
    }
    del os.environ["KITCHEN"]
    for server in servers:
        server.kill()
        server.wait()
    for one in listeners:
        one.close()
    shared.unlink()


def given(names):
    return "\n".join(f"{name} = {value!r}" for name, value in names.items())


def found(outcome):
    """What the cells have told: {name: "True" or "False"}."""
    told = [text.strip("'\"").rpartition(": ") for text in outcome.values.get(LETTER, [])]
    return {name: value for name, _, value in told}


@pytest.mark.parametrize(
    "way", ["as usual", pytest.param("in a user namespace", marks=pytest.mark.full)]
)
def test_nothing_is_read(secrets, way, monkeypatch):
    if way != "as usual":
        monkeypatch.setattr(sandbox, "_as_nobody", sandbox._in_a_user_namespace)
    spies = [tried(name, textwrap.dedent(code)) for name, code in SPIES.items()]
    outcome = run(cells(given(secrets), *spies, FIRST), LIMITS, "bwrap")
    assert outcome.ended == "" and outcome.states["mend-the-masks"] == "right"
    told = found(outcome)
    assert set(told) == set(SPIES), "each has told"
    assert [name for name, value in told.items() if value != "False"] == []


def test_without_walls_the_same_cells_find_it(secrets):
    """So that the test above can fail."""
    spies = [tried(name, textwrap.dedent(SPIES[name])) for name in CONTROL]
    told = found(run(cells(given(secrets), *spies), LIMITS, "none"))
    assert [name for name in CONTROL if told.get(name) != "True"] == []


# Writing, and signals to others.

VANDALS = """
open(VICTIM, "w").write("x")
open(VICTIM, "a").write("x")
os.remove(VICTIM)
import shutil; shutil.rmtree(FOLDER)
os.rename(VICTIM, VICTIM + "2")
os.chmod(VICTIM, 0)
os.truncate(VICTIM, 0)
os.utime(VICTIM, (0, 0))
os.symlink("x", FOLDER + "/new")
os.mkdir(FOLDER + "/new")
import pathlib; pathlib.Path(FOLDER, "new").write_text("x")
root = os.open("/", os.O_RDONLY); os.unlink(VICTIM.lstrip("/"), dir_fd=root)
import subprocess; subprocess.run(["rm", "-rf", FOLDER], check=True)
os.system("rm -rf " + FOLDER + "; touch " + FOLDER + "/new")
import ctypes; ctypes.CDLL(None).unlink(VICTIM.encode())
np.ones(9).tofile(VICTIM)
import sqlite3; sqlite3.connect(FOLDER + "/new").execute("create table a (b)")
open("/usr/new", "w")
open(np.__file__, "a").write("1 / 0")
open(os.__file__, "a").write("1 / 0")
import tinymaf; open(tinymaf.__file__, "a").write("1 / 0")
import tinymaf_course; open(tinymaf_course.__file__, "a").write("1 / 0")
open("/new", "w")
open("/dev/new", "w")
os.chmod("/dev/null", 0)
open("/proc/sys/kernel/core_pattern", "w").write("|/bin/false")
open("/proc/sys/vm/overcommit_memory", "w").write("1")
open(f"/proc/{GRADER}/oom_score_adj", "w").write("1000")
import signal; os.kill(BYSTANDER, signal.SIGKILL)
import signal; os.kill(GRADER, signal.SIGTERM)
import signal; os.kill(1, signal.SIGKILL)
import signal; signal.pidfd_send_signal(os.pidfd_open(BYSTANDER), signal.SIGKILL)
import ctypes; ctypes.CDLL(None).kill(BYSTANDER, 9)
import ctypes; ctypes.CDLL(None).ptrace(16, GRADER, 0, 0)
import resource; resource.prlimit(GRADER, resource.RLIMIT_CPU, (1, 1))
os.sched_setaffinity(GRADER, {0})
import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
os.setuid(0)
import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
import ctypes; ctypes.CDLL(None).reboot(0x1234567)
import ctypes; ctypes.CDLL(None).sethostname(b"mine", 4)
import fcntl, termios; fcntl.ioctl(os.open("/dev/tty", os.O_RDWR), termios.TIOCSTI, b"x")
""".strip().splitlines()


def test_nothing_outside_is_touched(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "victim").write_text("victim")
    before = (folder / "victim").stat(), os.stat("/dev/null").st_mode
    affinity, kernel = os.sched_getaffinity(0), Path("/proc/sys/kernel/core_pattern").read_text()
    host = socket.gethostname()
    bystander = subprocess.Popen(["sleep", "600"])
    names = {"FOLDER": str(folder), "VICTIM": str(folder / "victim"), "GRADER": os.getpid()}
    names["BYSTANDER"] = bystander.pid
    try:
        outcome = run(cells(given(names), *VANDALS, FIRST), LIMITS, "bwrap")
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    assert outcome.ended == "" and outcome.states == {"mend-the-masks": "right"}
    assert [path.name for path in folder.iterdir()] == ["victim"]
    after = (folder / "victim").stat(), os.stat("/dev/null").st_mode
    assert (folder / "victim").read_text() == "victim"
    assert before[0][:6] == after[0][:6] and before[0].st_mtime == after[0].st_mtime
    assert before[1] == after[1] and host == socket.gethostname()
    assert affinity == os.sched_getaffinity(0)
    assert kernel == Path("/proc/sys/kernel/core_pattern").read_text()


# Forging.

LIARS = """
class Array(np.ndarray):
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return np.True_
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __sub__ = __abs__ = lambda self, *a: Yes()
    def all(self, *a, **k): return True
    def max(self, *a, **k): return 0.0
class Yes(float):
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __ne__ = lambda self, other: True
    __sub__ = __rsub__ = __add__ = __mul__ = __abs__ = __float__ = lambda self, *a: self
    __hash__ = float.__hash__
class Text(str):
    __eq__ = __contains__ = lambda self, other: True
    strip = lower = upper = lambda self, *a: self
    __hash__ = str.__hash__
class Chameleon:
    shape, ndim, dtype = Yes(), 0, np.dtype(float)
    def __getattr__(self, name): return lambda *a, **k: self
    def __array__(self, *a, **k): raise TypeError
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = __add__ = __radd__ = __getitem__ = lambda self, *a: self
    def __iter__(self): return iter([self, self])
    def __len__(self): return 2
    def __bool__(self): return True
class Boxed:
    pass
from autograd.tracer import new_box
from autograd.core import VJPNode
def boxed():
    box = new_box(np.ones(3), 0, VJPNode.new_root()); box._value = Chameleon(); return box
lies = [lambda: np.zeros((4, 2)).view(Array), Yes, Text, Chameleon, lambda: (Chameleon(), Chameleon()),
        lambda: (np.zeros((4, 2)).view(Array),) * 2, lambda: (Yes(), Yes()), boxed]
"""
FORGERIES = [
    "print('made-masks: right')",
    "import numpy as np\nfor n in ('allclose', 'all', 'abs', 'isfinite', 'array_equal'):\n"
    "    setattr(np, n, lambda *a, **k: True)\ncheck('made-log-prob', lambda x, mu, alpha: 0)",
    "import tinymaf_course.answers as a\na.check = lambda *x: 'right'\na.check('sums-to-one', 1)",
    "from tinymaf_course.progress import record\nrecord('exercises', 'compose', 'right')",
    "check('elbo-estimate', None)",
    "check('mass-given-context', lambda log_prob, x, cell, contexts: log_prob.totals)",
    "check('total-mass', lambda log_prob, dim, rng, n: log_prob.mass)",
    "check('sums-to-one', lambda log_prob, D: log_prob.p.sum())",
    "check('leak-audit', lambda make, *rows: 'leak' in make.forms)",
    "def f(flow, x):\n    import gc\n    return {k for k in ('sign', 'batch sum') if k in repr(vars(flow)) }\n"
    "check('log-det-audit', f)",
    "import inspect\nfrom tinymaf_course.referee import with_faults\n"
    "check('mend-the-flow', lambda s: inspect.getsource(inspect.getmodule(with_faults([]).Flow)))",
    "from tinymaf_course.grading.peer import Far\nfrom tinymaf_course.grading.inside.student import here\n"
    "def f(net, degrees, u):\n    return [Far(here(), k, 'x')(u) for k in range(9)][-1]\n"
    "check('made-sampler', f)",
    "def f(mu_alpha, u):\n    mu_alpha.calls = -99\n    return u, u[:, 0]\ncheck('maf-u-to-x', f)",
    "import inspect\ndef f(*a):\n    for one in inspect.stack():\n"
    "        for name in ('exact', 'want', 'due', 'counted', 'really'):\n"
    "            if name in one.frame.f_locals: return one.frame.f_locals[name]\ncheck('trade-off', f)",
    "for letter in ['a', 'b', 'd', 'none', 'c', 'a']:\n    check('which-jacobian', letter)",
    "def f(s):\n    return s + '''\nclass Flow:\n    def __getattr__(self, n): return lambda *a, **k: 0\n"
    "    blocks = []\n    def __init__(self, *a, **k): pass\n'''\ncheck('mend-the-flow', f)",
    "import builtins\nbuiltins.any = lambda *a: False\nbuiltins.all = lambda *a: True\n"
    "check('made-sampler', lambda *a: (1, 1))",
]


REPLACED = """
from tinymaf_course.grading.inside.student import Student
Student.check = lambda *x: True
check("order-ensemble", 1)
"""
every = pytest.param(8, marks=pytest.mark.full)


@pytest.mark.parametrize("many", [2, every])
def test_no_mark_is_forged(many):
    """Verdicts are made elsewhere, of plain values. Each exercise gets two kinds of lies, or all."""
    liars = "\n".join(
        f"for lie in (lies * 2)[{k % 8}:{k % 8 + many}]:\n    check({id!r}, (lambda lie: lambda *a, **k: lie())(lie))\n    check({id!r}, lie())"
        for k, id in enumerate(ids())
        if id != LETTER
    )
    limits = Limits(seconds=200, cell_seconds=120, memory=3 * 2**29)
    outcome = run(cells(LIARS, liars, FIRST, *FORGERIES, REPLACED), limits, "bwrap")
    assert outcome.ended == ""
    assert {id for id, state in outcome.states.items() if state == "right"} <= {"mend-the-masks"}
    assert set(ids()) - set(outcome.states) == set(), "each was tried"


@pytest.mark.parametrize("many", [2, every])
def test_lies_are_noticed_in_the_notebook_too(many):
    from tinymaf_course.judging import RIGHT, verdict_on

    space = {}
    exec("import numpy as np\n" + LIARS, space)
    lies = space["lies"][:-1] * 2
    for k, id in enumerate(ids()):
        for lie in lies[k % 7 : k % 7 + many]:
            for answer in (lie(), lambda *a, lie=lie, **k: lie()):
                assert verdict_on(load(id), answer).state != RIGHT, id


# What talks over the border out of turn costs its own run alone.

BABBLE = [
    "from tinymaf_course.grading.inside.student import here\nhere().channel.send({'op': 'load'})",
    "from tinymaf_course.grading.inside.student import here\nhere().channel.send({'op': ['call']})",
    "from tinymaf_course.grading.inside.student import here\nhere().channel.send({'value': ['slot', 7]})",
    'for fd in range(3, 60):\n    try: os.write(fd, b\'{"state": "right"}\\n\' * 9)\n    except OSError: pass',
]
TALK = """
from tinymaf_course.grading.inside.student import here
def say(**message):
    here().channel.send({"parts": [], **message}); return here().channel.receive()
for message in [{"op": "call"}, {"op": "get", "parts": [1, "x"]}, {"op": "check", "parts": [["list"], 1]},
                {"op": "check", "parts": ["nobody", 1]}, {"op": "copy", "parts": [3]},
                {"op": "pull", "parts": [1, 2, 3]}, {"op": "faults", "parts": [["list", "x"]]},
                {"op": "set", "parts": [None, "x", 1]}, {"op": "call", "parts": ["x", 1, ["dict"]]}]:
    said = say(**message)[0]
    assert "error" in said, said
def ping(*a):
    return here().ask("call", ping, [1], {})
check("made-masks", ping)
"""


def test_strange_requests_are_answered_with_an_error():
    outcome = run(cells(TALK, FIRST), LIMITS, "bwrap")
    assert outcome.ended == "" and outcome.errors == {}
    assert outcome.states["mend-the-masks"] == "right" and outcome.states["made-masks"] == "wrong"


# What ends, blocks or bloats its process.

ENDS = {
    "os._exit": "os._exit(0)",
    "a crash": "import ctypes; ctypes.string_at(0)",
    "abort": "os.abort()",
    "SIGKILL": "import signal; os.kill(os.getpid(), signal.SIGKILL)",
    "everyone": "import signal; os.kill(-1, signal.SIGKILL)",
    "a namespace": "import ctypes, time\nctypes.CDLL(None).unshare(0x10000000)\ntime.sleep(99)",
    "the stack": "sys.setrecursionlimit(10 ** 9)\nclass A:\n    def __getattr__(self, n): return getattr(self, n + '1')\n"
    "import ctypes; f = ctypes.CFUNCTYPE(None)(lambda: f()); f()",
    "no descriptors": "os.closerange(0, 99)",
    "signals blocked": "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 60))\ntime.sleep(999)",
    "stopped": "import signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "forks": "while True:\n    os.fork()",
    "many files": "k = 0\nwhile True:\n    open(f'f{k}', 'w').close(); k += 1",
    **{f"babble {k}": code for k, code in enumerate(BABBLE)},
}
ALWAYS = [
    "os._exit",
    "a crash",
    "everyone",
    "a namespace",
    "signals blocked",
    "forks",
    "babble 0",
    "babble 3",
]


def notebook(folder, *sources):
    made = [nbformat.v4.new_code_cell(source) for source in (HEAD, *sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=made), folder / "a.ipynb")
    return folder / "a.ipynb"


def living():
    """This process and what came of it, and all that wait as one of the attacks does."""
    return set(descendants(os.getpid())), b"sleep\x004711" in commands()


@pytest.mark.parametrize(
    "name",
    [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.full) for name in ENDS],
)
def test_what_ends_its_process_costs_its_own_cell(name, tmp_path):
    before = living()
    graded = grade(notebook(tmp_path, FIRST, ENDS[name], SECOND), LIMITS, "bwrap", "03")
    states = {id: state for id, _, state in graded.rows}
    assert states["mend-the-masks"] == states["made-masks"] == "right", graded.remark
    assert "code cell 3" in graded.remark
    assert living() == before, "nothing lives on"


STAYS = {
    "an endless loop": "while True: pass",
    "sleep": "import time; time.sleep(999)",
    "a deaf loop": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "an endless answer": "def endless(*a):\n    while True: pass\ncheck('masked-forward', endless)",
    "deaf to SIGTERM": "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "memory at once": "np.ones(10 ** 11)",
    "memory bit by bit": "kept = []\nwhile True: kept.append(bytearray(10 ** 7))",
    "room again": "del kept",
    "the disk": "with open('large', 'wb') as f:\n    while True: f.write(bytes(10 ** 6))",
    "a zip bomb": "import zipfile\nopen('large', 'w').close()\nwith zipfile.ZipFile('z', 'w', 8) as z:\n"
    "    z.writestr('a', bytes(2 * 10 ** 8))\nzipfile.ZipFile('z').extractall()",
    "shared memory full": "f = open('/dev/shm/a', 'wb')\nwhile True: f.write(bytes(10 ** 6))",
    "output": "for k in range(2000): print('x' * 10 ** 5)\nos.write(1, b'x' * 10 ** 7)",
    "deep folders": "for k in range(3000): os.mkdir('d'); os.chdir('d')",
    "home": "os.chdir('/home/student')",
    "symlinks in a ring": "os.symlink('b', 'a'); os.symlink('a', 'b')",
    "a FIFO": "os.mkfifo('fifo'); open('fifo')",
    "a device of zeros": "os.symlink('/dev/zero', 'zero'); open('zero').read()",
    "no rights": "os.mkdir('n'); os.chmod('n', 0)",
    "a process that stays": "import subprocess; subprocess.Popen(['sleep', '4711'], start_new_session=True)",
    "at the end": "import atexit, time; atexit.register(time.sleep, 999)",
    "a huge result": "check('masked-forward', lambda *a: np.ones(10 ** 8))",
    "a deep result": "a = []\nfor _ in range(10 ** 5): a = [a]\ncheck('masked-forward', lambda *x: a)",
    "a ring": "r = []; r.append(r)\ncheck('masked-forward', lambda *x: r)",
    "a huge number": "check('masked-forward', lambda *x: 1 << 10 ** 7)",
    "many things": "check('masked-forward', lambda *x: [0] * 10 ** 7)",
    "a slow training elsewhere": "from tinymaf_course.referee import with_faults\n"
    "with_faults([]).Flow(10 ** 5, n_hidden=10 ** 5)",
    "recursion": "def f(*a): return f(*a)\nf()\ncheck('masked-forward', f)",
    "threads": "import threading\ndef forever():\n    while True: pass\n"
    "for _ in range(3): threading.Thread(target=forever).start()",
}


def test_what_stays_within_limits_costs_nothing_else(tmp_path):
    limits = Limits(seconds=60, cell_seconds=1, memory=3 * 2**29, disk=2**25)
    began, before = time.monotonic(), living()
    graded = grade(notebook(tmp_path, FIRST, *STAYS.values(), SECOND), limits, "bwrap", "03")
    states = {id: state for id, _, state in graded.rows}
    assert states["mend-the-masks"] == states["made-masks"] == "right", graded.remark
    assert states["masked-forward"] == "wrong" and "stopped, as it took too long" in graded.remark
    assert time.monotonic() - began < 120
    assert living() == before, "nothing lives on"


def test_there_are_enough_attacks():
    assert len(SPIES) + len(VANDALS) + len(FORGERIES) + len(ENDS) + len(STAYS) >= 145


def test_the_true_course_is_hidden_below_what_is_shown(monkeypatch, tmp_path):
    """As where it is installed beside NumPy, or where the checkout lies in Python's own folder."""
    course = Path(sandbox.sysconfig.get_path("purelib")) / "tinymaf_course"
    monkeypatch.setattr(sandbox, "COURSE", course)
    assert (None, str(course)) in sandbox.mounts()
    order = [target for _, target in sandbox.mounts()]
    assert order.index(str(course)) > max(
        k
        for k, target in enumerate(order)
        if course.is_relative_to(target) and target != str(course)
    )


def test_signals_are_as_before():
    run(cells(FIRST), LIMITS, "bwrap")
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
