"""Imports run one way: library < course < experiments, benchmarks. Read from the code, not run."""

import ast
import importlib.util

import pytest
from kit import ROOT

PACKAGES = "tinymaf", "tinymaf_course", "experiments", "benchmarks"
NEVER = {  # what no file of a package imports, wherever in the file
    "tinymaf": {"tinymaf_course", "experiments", "benchmarks"},
    "tinymaf_course": {"experiments", "benchmarks"},
}


def imports(source):
    """The absolute names of modules that a file imports, one `(line, name)` for each.

    Relative ones stay in their package. `import_module("a.b")` counts.

    >>> imports("def f():\\n    from a.b import c\\nimport d, e\\nfrom . import g")
    [(2, 'a.b'), (3, 'd'), (3, 'e')]
    >>> imports("import_module('h')")
    [(1, 'h')]
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, one.name) for one in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append((node.lineno, node.module))
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                found.append((node.lineno, node.args[0].value))
    return sorted(found)


def load_architecture():
    spec = importlib.util.spec_from_file_location("architecture", ROOT / "docs" / "architecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


architecture = load_architecture()


def files(package):
    """The Python files of a package of the checkout."""
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", NEVER)
def test_what_a_package_never_imports(package):
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files(package)
        for line, name in imports(path.read_text(encoding="utf-8"))
        if name.partition(".")[0] in NEVER[package]
    ]
    assert files(package) and not wrong, "\n".join(wrong)


def test_relative_imports_stay_in_their_package():
    """Otherwise `imports` would miss those that do not."""
    for package in PACKAGES:
        for path in files(package):
            depth = len(path.relative_to(ROOT).parts) - 1
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not isinstance(node, ast.ImportFrom) or node.level <= depth, path


@pytest.mark.parametrize(
    "line",
    [
        "from experiments.grid import GRID",
        "import benchmarks.cases as cases",
        "def later():\n    import experiments",
        "importlib.import_module('experiments.run')",
    ],
)
def test_every_way_to_import_is_seen(line):
    assert {name.partition(".")[0] for _, name in imports(line)} & NEVER["tinymaf_course"]


# The rooms of the library: docs/architecture.py knows which file lies in which


def rooms_of(names):
    known = architecture.modules()
    for name in names:
        for target in architecture.imports(name, known[name], known):
            yield name, target, architecture.room(target)


def in_room(name):
    found = [module for module in architecture.modules() if architecture.room(module) == name]
    assert found
    return found


def test_the_story_knows_nothing_of_engine_training_or_saving():
    wrong = [
        f"{name} imports {target}"
        for name, target, room in rooms_of(in_room("story"))
        if room not in ("story", "ground")
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_go_down_in_every_room():
    order = list(architecture.ROOMS)
    wrong = [
        f"{name} ({here}) imports {target} ({room})"
        for here in order
        for name, target, room in rooms_of(in_room(here))
        if room in order and order.index(room) > order.index(here)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_file_of_the_library_has_a_room():
    """`tinymaf/__init__.py`, which gathers the names, has none."""
    in_all = [name for name in architecture.modules() if architecture.room(name) == "all"]
    assert in_all == ["tinymaf"]


def test_the_story_is_nine_files_and_a_folder_and_follows_the_reading_order():
    """A file imports from those before it alone: it can be read from the first to the last."""
    order = [*architecture.STORY[:-1], "layers", architecture.STORY[-1]]
    for name, target, room in rooms_of(in_room("story")):
        one, other = (module.split(".")[1] for module in (name, target))
        if room == "story" and one != other:
            assert order.index(other) < order.index(one), f"{name} imports {target}"
    story = {*architecture.STORY, "vae", "variational"}
    assert {name for name in story if (ROOT / "tinymaf" / f"{name}.py").is_file()} == story


def test_the_drawing_shows_the_house_as_it_is():
    page = architecture.PAGE.read_text(encoding="utf-8")
    assert architecture.drawn(page) == page, "run: python docs/architecture.py"
