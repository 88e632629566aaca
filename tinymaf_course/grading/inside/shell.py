"""The IPython in which a student's cells run: no history, no kernel, no shell, nobody who types."""

import ast
import asyncio
import builtins
import getpass
import inspect
import pdb
import re
import sys
import time

import matplotlib
from IPython.core import debugger
from IPython.core.autocall import ExitAutocall
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from ..wire import Broken
from .missing import NotAttempted
from .statements import statements
from .student import TookTooLong, alarm

LONGEST = 300  # letters of an error
MOST = 20  # errors of one cell that are told
HARMLESS = """alias autoawait autoreload autosave bookmark colors conda config connect_info
    debug edit gui history load load_ext logoff logon logstart matplotlib mamba
    notebook page pastebin pdb pdef pdoc pfile pinfo pinfo2 pip precision prun psearch psource
    pycat qtconsole recall rehashx reload_ext rerun save sc store sx system tb timeit unload_ext uv
    xmode""".split()
NO_PYTHON = """bash cmd cython html javascript js latex markdown perl pypy python python2 python3
    ruby script sh svg sx system""".split()
WRITE = ["writefile", "file"]
PYLAB = """import numpy
import matplotlib
from matplotlib import pylab, mlab, pyplot
np = numpy
plt = pyplot
from pylab import *
from numpy import *"""
CELL_MAGIC = re.compile(r"\s*%%(\w+)[^\n]*\n?")


class Stays(ExitAutocall):
    """What `exit` and `quit` are."""

    def __call__(self, *given, **named):
        pass


def make_shell():
    """An IPython whose magics and commands touch nothing but the notebook's own names."""
    quiet = {"enabled": False}
    config = {"colors": "NoColor", "xmode": "Minimal", "cache_size": 0}
    shell = InteractiveShell.instance(config=Config(HistoryManager=quiet, InteractiveShell=config))

    def nothing(line="", cell=None):
        return None

    magics = shell.magics_manager.magics["line"]
    magics.update(dict.fromkeys(HARMLESS, nothing))
    magics["pylab"] = lambda line: shell.ex(PYLAB)
    magics["time"] = lambda line: _value(shell, line)
    shell.magic = lambda line: shell.run_line_magic(*f"{line.lstrip('%')} ".split(" ", 1))
    shell.builtin_trap.activate()  # display
    _nobody_is_there(shell)
    return shell


def _nobody_is_there(shell):
    """Nobody types, debugs or looks; there are no commands; and `exit()` is no reason to stop."""

    def nothing(*given, **named):
        return None

    shell.system = shell.system_raw = nothing
    shell.getoutput = lambda command, **named: []
    builtins.input = getpass.getpass = lambda *given, **named: ""
    pdb.set_trace = debugger.set_trace = sys.breakpointhook = nothing
    matplotlib.use = nothing
    shell.exiter = Stays()
    shell.user_ns.update(exit=shell.exiter, quit=shell.exiter)


def _value(shell, line):
    try:
        return shell.ev(line)
    except SyntaxError:
        return shell.ex(line)


class Cells:
    """Runs cells; `told` says of each what went wrong, and in which lines."""

    def __init__(self, shell):
        self.shell, self.peer = shell, None

    def __call__(self, number, source, seconds):
        """`{"errors": [[line, what]], "late": [line, ...], "lost": seconds in those}`."""
        errors, late, lost, left = [], [], 0.0, seconds
        self.name = self.shell.compile.cache(source, number, raw_code=source)
        for line, node in statements(self._body(source), self.shell.transform_cell):
            began = time.monotonic()
            error = node if isinstance(node, str) else self._run(node, left)
            if isinstance(error, TookTooLong):
                late.append(line)
                lost += time.monotonic() - began
                left = max(1.0, seconds / 4)
            elif error is not None and not isinstance(error, NotAttempted):
                errors.append([line, error if isinstance(error, str) else _told(error)])
        return {"errors": errors[:MOST], "late": late[:MOST], "lost": lost}

    def _body(self, source):
        """The Python of a cell, below a line such as %%time; lines keep their numbers."""
        found = CELL_MAGIC.match(source)
        if not found or found[1] in WRITE:
            return source
        if found[1].lower() in NO_PYTHON:
            return ""
        return found[0].count("\n") * "\n" + self._body(source[found.end() :])

    def _run(self, node, seconds):
        """One statement; what it raised, or None."""
        try:
            with alarm(seconds, self.peer):
                self._execute(node)
        except Broken:
            raise
        except BaseException as error:
            return error

    def _execute(self, node):
        names, flags = self.shell.user_ns, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        if isinstance(node, ast.Expr):
            code = compile(ast.Expression(node.value), self.name, "eval", flags)
        else:
            code = compile(ast.Module([node], []), self.name, "exec", flags)
        value = eval(code, names)
        if code.co_flags & inspect.CO_COROUTINE:
            value = asyncio.run(value)
        if isinstance(node, ast.Expr):
            names["_"] = value


def _told(error):
    """An exception in one line."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""
    return f"{type(error).__name__}{': ' * bool(text)}{text}"[:LONGEST]
