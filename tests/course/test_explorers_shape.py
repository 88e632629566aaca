"""Every explorer has the same parts by the same names, in the same order: see
`explorers/__init__.py`.
"""

import ast

import pytest
from kit import ROOT

FOLDER = ROOT / "tinymaf_course" / "explorers"
EXPLORERS = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))
CALL = ["draw", "controls", "sheet", "alt", "say", "title", "columns"]
EITHER = {"sheet": ("SHEET", "sheet_for"), "alt": ("ALT", "alt_for")}


def defined(body):
    """What a module or a class defines, {name: node}, in order; a name defined twice raises."""
    found = {}
    for node in body:
        names = [getattr(target, "id", None) for target in getattr(node, "targets", [])]
        for name in [node.name] if hasattr(node, "name") else names:
            assert name not in found, f"{name} is defined twice"
            found[name] = node
    return found


def pair(tree, top):
    """`(draw, say)`: two functions of the module, or two methods of one of its classes."""
    scopes = [top, *(defined(node.body) for node in tree.body if isinstance(node, ast.ClassDef))]
    found = [
        (scope["draw"], scope["say"]) for scope in scopes if "draw" in scope and "say" in scope
    ]
    alone = [name for scope in scopes for name in ("draw", "say") if name in scope]
    assert len(found) == 1 and len(alone) == 2, "one draw and one say, side by side"
    return found[0]


def parameters(function):
    return [each.arg for each in function.args.args if each.arg not in ("self", "fine")]


def check(source, name):
    """Raises AssertionError for a module `name` of another shape."""
    tree = ast.parse(source)
    top = defined(tree.body)
    assert ast.get_docstring(tree), "a docstring says what the figure shows"
    draw, say = pair(tree, top)
    assert parameters(draw) == parameters(say), "draw and say are functions of the same values"
    assert "controls" in top and name in top
    parts = [draw, say, top["controls"]]
    for either in EITHER.values():
        (one,) = [each for each in either if each in top]
        parts.append(top[one])
    parts.append(top[name])
    lines = [part.lineno for part in parts]
    assert lines == sorted(lines), "draw, say, controls, sheet, alt, and then what shows them"
    assert top[name] is tree.body[-1] and ast.get_docstring(top[name])
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "explore"
    ]
    assert len(calls) == 1 and top[name].body[-1].value is calls[0], (
        "the function ends with explore(...)"
    )
    assert not calls[0].args
    words = [keyword.arg for keyword in calls[0].keywords]
    assert words[: len(CALL)] == CALL and words[len(CALL) :] in ([], ["kind"]), words


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_explorer_has_the_same_parts(name):
    check((FOLDER / f"{name}.py").read_text(encoding="utf-8"), name)


def test_all_explorers_are_in_the_package():
    (exported,) = [
        node
        for node in ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
    ]
    assert ast.literal_eval(exported.value) == EXPLORERS and len(EXPLORERS) > 20


FAULTS = [
    ("def say(", "def words("),
    ("say=say", "say=None, extra=say"),
    ("explore(\n        draw=draw,", "explore(\n        draw,"),
    ("def controls(", "def sliders("),
    ("SHEET = [", "FRAMES = ["),
    ("ALT = (", "alt_for = ALT = ("),
    ("def draw(dim, calls)", "def draw(dim, k)"),
    ("def draw(dim, calls)", "def draw():\n    pass\n\n\ndef draw(dim, calls)"),
    ("columns=2,", "columns=2,\n    )\n    print("),
    ('"""Step through', 'b"""Step through'),
]


@pytest.mark.parametrize("old, new", FAULTS)
def test_another_shape_is_found(old, new):
    source = (FOLDER / "sampling.py").read_text(encoding="utf-8")
    assert source.count(old) == 1, old
    with pytest.raises((AssertionError, ValueError)):
        check(source.replace(old, new), "sampling")
