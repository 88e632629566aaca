'''What an exercise is: one file in exercises/ with a solution, hints, cases, a judge and wrong answers.

    """One line: what is asked."""
    NOTEBOOK = "03"                 # where it stands
    OPTIONAL = False
    HINTS = ("...", "...", "...")   # each says more than the one before

    def made_masks(degrees, hidden_degrees):        # the solution, named as the file;
        """The task."""                             # or a value: made_masks = "b", and TASK = "..."

    STUB, SETUP = None, ""          # the learner's cell, by default signature + docstring; lines that stand above it
    def cases(): ...                # a list of tuples of arguments, the same each time
    def judge(answer, *case): ...   # None, or a sentence, or a Complaint; properties, no stored arrays, no solution

    @wrong("what this learner must read", misconception=None)       # at least four; for values WRONG_VALUES
    def strict_everywhere(degrees, hidden_degrees): ...
'''

import ast
import difflib
import importlib
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PACKAGE = __package__


@dataclass(frozen=True)
class Complaint:
    """Why an answer is wrong: what was tested, at which input, what came out, what to look at."""

    what: str
    tested: str = ""
    got: str = ""
    look: str = ""


@dataclass(frozen=True)
class Wrong:
    """An answer that learners give, the sentence that it must get, and the misconception behind it, if any."""

    name: str
    answer: object
    sentence: str
    misconception: str | None


def wrong(sentence, misconception=None):
    """Mark a function of an exercise file as a wrong answer."""
    def mark(function):
        function.wrong_answer = Wrong(function.__name__, function, sentence, misconception)
        return function
    return mark


class Exercise:
    """One exercise. `names` is what its file defines, `source` the file's text, `stub` the learner's cell if known."""

    def __init__(self, id, names, source, stub=None):
        self.id, self.name, self.names, self.source = id, id.replace("-", "_"), names, source
        self.notebook, self.optional = names["NOTEBOOK"], names.get("OPTIONAL", False)
        self.title, self.hints, self.setup = names.get("__doc__") or "", names.get("HINTS", ()), names.get("SETUP", "")
        self.cases, self.judge = names["cases"], names["judge"]
        self.solution = names.get(self.name)
        self.wrong = [thing.wrong_answer for thing in names.values() if hasattr(thing, "wrong_answer")]
        self.wrong += [Wrong(repr(value), value, *about) for value, about in names.get("WRONG_VALUES", {}).items()]
        self.outcomes = {}          # of the wrong answers, by name: what they give does not change, see judging.py
        self.stub = stub if stub is not None else self._above(names.get("STUB") or self._default_stub())

    @property
    def is_value(self):
        """Is the answer a value, such as a letter or a number, and no function?"""
        return not _defines(self.stub)

    @property
    def solution_text(self):
        """The solution as it stands in its file, below the lines that it needs."""
        return self._above(_lines(self.source, self._definition()))

    def _definition(self):
        for node in ast.parse(self.source).body:
            if isinstance(node, ast.FunctionDef) and node.name == self.name:
                return node
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [self.name]:
                return node
        raise ValueError(f"{self.name}.py must define {self.name}")

    def _default_stub(self):
        node = self._definition()
        if isinstance(node, ast.Assign):
            task = textwrap.wrap(self.names.get("TASK", ""), 100, initial_indent="# ", subsequent_indent="# ")
            return "\n".join([*task, f"{self.name} = ...        # your answer"])
        if ast.get_docstring(node) is None:
            raise ValueError(f"{self.name} must have a docstring: it is the task")
        node.end_lineno = node.body[0].end_lineno
        return _lines(self.source, node) + "\n    return ...          # your code"

    def _above(self, text):
        setup = self.setup.strip("\n")
        space = "\n\n\n" if _defines(text) else "\n"
        return (setup + space if setup else "") + text.strip("\n")


def _defines(text):
    return re.search(r"^def ", text, re.MULTILINE) is not None


def _lines(source, node):
    return "\n".join(source.splitlines()[node.lineno - 1:node.end_lineno])


def ids(notebook=None):
    """The ids of all exercises, or of those of one notebook such as "03", in alphabetical order."""
    return sorted(path.stem.replace("_", "-") for path in FOLDER.glob("[a-z]*.py")
                  if notebook is None or f'\nNOTEBOOK = "{notebook}"' in path.read_text(encoding="utf-8"))


def load(id):
    """The exercise of an id, such as "made-masks"."""
    if id not in ids():
        close = difflib.get_close_matches(str(id), ids(), 1)
        raise ValueError(f"There is no exercise {id!r}." + (f" Did you mean {close[0]!r}?" if close else ""))
    module = importlib.import_module(f"{PACKAGE}.{id.replace('-', '_')}")
    return Exercise(id, vars(module), Path(module.__file__).read_text(encoding="utf-8"))
