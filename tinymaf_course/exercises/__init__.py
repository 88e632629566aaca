'''What an exercise is: one file in the folder of its notebook, with a solution, hints, cases, a
judge and wrong answers.

    """One line: what is asked."""
    OPTIONAL = False
    HINTS = ("...", "...", "...")   # each says more than the one before

    def made_masks(inputs, hidden, outputs):    # the solution, named as the file; or a value,
        """The task."""                         # as in made_masks = "b", and TASK = "..."

    STUB = None                     # the learner's cell, by default signature and docstring
    SETUP = ""                      # lines that stand above it
    FORBIDDEN = {"det slogdet": "..."}  # what else is right may not use, and what is said then
    def cases(): ...                # a list of tuples of arguments, the same each time
    def judge(answer, *case): ...   # None, or a sentence, or a Complaint;
                                    # by properties: no stored arrays, no solution

Four wrong answers or more, each with what its author must read: as edits of the solution where a
line or two differ, else as functions; for values WRONG_VALUES = {value: (sentence, misconception)}.

    WRONG_EDITS = [
        edit("loose_everywhere", "sentence", ("< outputs", "<= outputs"), misconception=None),
    ]

    @wrong("sentence", misconception=None)
    def strict_at_the_bottom(inputs, hidden, outputs): ...

Three other right answers or more, each of another kind (a loop, einsum, another formula): as
functions, or RIGHT_VALUES = [value, ...].

    @right
    def by_outer(inputs, hidden, outputs): ...

What many judges say lies in phrases.py, what they try answers on in networks.py and differences.py,
or in the folder that alone needs it.

An exercise of one's own is such a file in a folder `exercises` beside one's own notebook. It
imports what it needs by name (`from tinymaf_course.exercises import Complaint, edit`), and `check`
finds it there; `python -m tinymaf_course.exercises FOLDER` tries it out.
'''

import ast
import difflib
import importlib.util
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PACKAGE = __package__
BESIDE = Path("exercises")  # the folder of one's own, beside the notebook: kernels run there
OWN = "own"  # stands for the chapter's number
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_added = []  # folders of others' own exercises, by `add`


@dataclass(frozen=True)
class Complaint:
    """Why an answer is wrong: what was tested, at which input, what came out, what to look at.

    If it `says_all`, the answer is not compared with known wrong answers.
    """

    what: str
    tested: str = ""
    got: str = ""
    look: str = ""
    says_all: bool = False


@dataclass(frozen=True)
class Wrong:
    """An answer that learners give, the sentence that it must get, and the misconception behind it,
    if any."""

    name: str
    answer: object
    sentence: str
    misconception: str | None


@dataclass(frozen=True)
class Edit:
    """A wrong answer as changes of the solution's text."""

    name: str
    sentence: str
    changes: tuple
    misconception: str | None


def wrong(sentence, misconception=None):
    """Mark a function of an exercise file as a wrong answer."""

    def mark(function):
        function.wrong_answer = Wrong(function.__name__, function, sentence, misconception)
        return function

    return mark


def right(function):
    """Mark a function of an exercise file as another right answer, of another kind than the
    solution."""
    function.right_answer = True
    return function


def edit(name, sentence, *changes, misconception=None):
    """A wrong answer that is the solution with a few changes: pairs of an old text and a new one.

    Each old text must be in the solution's body once. The body begins below the docstring, and its
    lines are not indented: ("h = x\\n", "") takes a line out.
    """
    return Edit(name, sentence, changes, misconception)


class Exercise:
    """One exercise.

    `names` is what its file defines, `source` the file's text, `stub` the learner's cell if known.
    """

    def __init__(self, id, names, source, stub=None):
        self.id, self.name = id, id.replace("-", "_")
        self.names, self.source = names, source
        self.notebook = names["__package__"].rpartition("_")[2]  # .notebook_03: its folder
        self.optional = names.get("OPTIONAL", False)
        self.title = " ".join((names.get("__doc__") or "").split())
        self.hints = names.get("HINTS", ())
        self.setup = names.get("SETUP", "")
        self.forbidden = names.get("FORBIDDEN", {})
        self.cases, self.judge = names["cases"], names["judge"]
        self.solution = names.get(self.name)
        self.wrong = self._wrong()
        self.alternatives = self._alternatives()
        self.outcomes = {}  # of the wrong answers, by name, once for all: see judging.py
        self.stub = stub
        if stub is None:
            self.stub = self._above(names.get("STUB") or self._default_stub())

    @property
    def is_value(self):
        """Is the answer a value, such as a letter or a number, and no function?"""
        return not _defines(self.stub)

    @property
    def solution_text(self):
        """The solution as it stands in its file, below the lines that it needs."""
        return self._above(_lines(self.source, self._definition()))

    def _wrong(self):
        names = self.names
        edited = [self._edited(one) for one in names.get("WRONG_EDITS", ())]
        marked = [one.wrong_answer for one in names.values() if hasattr(one, "wrong_answer")]
        values = names.get("WRONG_VALUES", {}).items()
        return [*edited, *marked, *(Wrong(repr(value), value, *about) for value, about in values)]

    def _alternatives(self):
        """`{name: another right answer}`."""
        values = {repr(value): value for value in self.names.get("RIGHT_VALUES", ())}
        marked = {name: one for name, one in self.names.items() if hasattr(one, "right_answer")}
        return values | marked

    def alternative_text(self, name):
        """A function among the alternatives as a learner would have written it."""
        node = next(
            node
            for node in ast.parse(self.source).body
            if isinstance(node, ast.FunctionDef) and node.name == name
        )
        text = _lines(self.source, node)
        return self._above(re.sub(rf"\b{name}\b", self.name, text))

    def _edited(self, edit):
        node = self._definition()
        after = node.body[0].end_lineno  # of the docstring
        lines = self.source.splitlines()[after : node.end_lineno]
        body = text = textwrap.dedent("\n".join(lines)) + "\n"
        for old, new in edit.changes:
            for there in (body, text):  # the solution, and what the changes before have made of it
                if (times := there.count(old)) != 1:
                    must = f"{old!r} must be in the solution once, it is there {times} times"
                    raise ValueError(f"{self.id}, {edit.name}: {must}")
            text = text.replace(old, new)
        node.name, node.body = edit.name, ast.parse(text).body
        code = compile(ast.Module([node], []), f"<{self.id}: {edit.name}>", "exec")
        found = {}
        exec(code, self.names, found)
        return Wrong(edit.name, found[edit.name], edit.sentence, edit.misconception)

    def _definition(self):
        for node in ast.parse(self.source).body:
            if isinstance(node, ast.FunctionDef) and node.name == self.name:
                return node
            if isinstance(node, ast.Assign):
                if [ast.unparse(target) for target in node.targets] == [self.name]:
                    return node
        raise ValueError(f"{self.name}.py must define {self.name}")

    def _default_stub(self):
        node = self._definition()
        if isinstance(node, ast.Assign):
            task = textwrap.wrap(
                self.names.get("TASK", ""), 96, initial_indent="# ", subsequent_indent="# "
            )
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
    return "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])


def package(notebook):
    """The package in which the exercises of a notebook lie, such as "03"."""
    return f"{PACKAGE}.notebook_{notebook}"


def files(notebook="[0-9][0-9]"):
    """`{id: path}` of all exercises, or of those of one notebook such as "03"."""
    paths = FOLDER.glob(f"notebook_{notebook}/[a-z]*.py")
    return {path.stem.replace("_", "-"): path for path in paths}


def own_files(folder=None):
    """`{id: path}` of the exercises in a folder of one's own, or in all that were added."""
    folders = _added if folder is None else [Path(folder)]
    paths = [path for one in folders for path in sorted(one.glob("[a-z]*.py"))]
    return {path.stem.replace("_", "-"): path for path in paths}


def add(folder):
    """Let `load` find the exercises of a folder, too, to grade the notebooks that have them. Their
    code runs here."""
    folder = Path(folder).resolve()
    if not own_files(folder):
        raise ValueError(f"there are no exercises in {folder}")
    if taken := sorted(own_files(folder).keys() & files().keys()):
        raise ValueError(f"{taken[0]!r} is an exercise of the course already: rename {folder}'s")
    _added.append(folder)


def ids(notebook=None):
    """The ids of the course's exercises, or of those of one notebook such as "03", in alphabetical
    order. The notebook "own" has those of the folders that were added."""
    if notebook == OWN:
        return sorted(own_files())
    return sorted(files(notebook) if notebook else files())


def find(id):
    """The exercise of an id, one of the course's or one beside the notebook: for learners. What
    lies beside a grader is left alone: it may be a student's."""
    path = BESIDE / f"{str(id).replace('-', '_')}.py"
    if ID.fullmatch(str(id)) and id not in files() and path.is_file():
        return load_file(path)
    return load(id)


def load(id):
    """The exercise of an id, such as "made-masks"."""
    known = files()
    if id not in known and id in own_files():
        return load_file(own_files()[id])
    if id not in known:
        close = difflib.get_close_matches(str(id), known, 1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"There is no exercise {id!r}.{meant}")
    path = known[id]
    module = importlib.import_module(f"{PACKAGE}.{path.parent.name}.{path.stem}")
    return Exercise(id, vars(module), path.read_text(encoding="utf-8"))


def load_file(path):
    """The exercise of a file outside of the course, as the file is now."""
    path = Path(path)
    # The package that it seems to be in gives its chapter: see Exercise.notebook.
    spec = importlib.util.spec_from_file_location(f"notebook_{OWN}.{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    source = path.read_text(encoding="utf-8")
    exec(compile(source, str(path), "exec"), vars(module))  # no older bytecode
    return Exercise(path.stem.replace("_", "-"), vars(module), source)
