"""The rooms of the house and who imports whom, read from the code: `python docs/architecture.py`
writes the drawing into architecture.md, and tests/library/test_rooms.py sees that it is true.
"""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by docs/architecture.py -->\n", "<!-- end of the drawing -->\n"

STORY = "masks nets elementwise distributions conditionals made flows".split()
GROUND = "definition parameters structure trees types validation".split()
USE = "vae variational estimator uses checks plotting".split()
ROOMS = {  # in the order in which they may import: each only from those above it, and itself
    "ground": "what everyone stands on",
    "story": "what a flow is",
    "engine": "the same numbers sooner",
    "saving": "writes a model down",
    "training": "moves parameters",
    "use": "models of use, checks, data",
    "course": "teaches with all of it",
    "experiments": "the papers' tables",
    "benchmarks": "speed beside the peers",
}


def room(module):
    """The room of a module such as "tinymaf.layers.coupling"; None for one that is not ours.

    >>> room("tinymaf.layers.coupling"), room("tinymaf.training"), room("numpy")
    ('story', 'training', None)
    """
    top, *rest = module.split(".")
    if top != "tinymaf":
        return {"tinymaf_course": "course"}.get(top, top if top in ROOMS else None)
    first = rest[0] if rest else "__init__"
    if first in ("engine", "training", "saving"):
        return first
    if first in STORY or first == "layers":
        return "story"
    return "ground" if first in GROUND else "use" if first in USE or first == "datasets" else "all"


def modules(folder=ROOT):
    """`{name: path}` of every module in the house."""
    found = {}
    for top in ("tinymaf", "tinymaf_course", "experiments", "benchmarks"):
        for path in sorted((folder / top).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name, path, known):
    """The modules of the house that one module imports, wherever in it."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if room(alias.name))
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            source = ".".join([*(base if node.level else []), *filter(None, [node.module])])
            for alias in node.names:  # a module of a package, or a name in a module
                whole = f"{source}.{alias.name}"
                if room(source):
                    yield whole if whole in known else source


def edges(folder=ROOT):
    """`Counter` of (from room, to room): how many modules of the one import from the other."""
    known, found = modules(folder), Counter()
    for name, path in known.items():
        targets = {room(target) for target in imports(name, path, known)}
        for target in targets - {room(name), "all", None}:
            if room(name) != "all":
                found[room(name), target] += 1
    return found


def drawing(folder=ROOT):
    """The drawing, in Mermaid's words."""
    known = modules(folder)
    size = Counter(room(name) for name in known)
    lines = ["```mermaid", "flowchart BT"]
    for name, sentence in ROOMS.items():
        lines.append(f'    {name}["<b>{name}</b>, {size[name]} files<br/>{sentence}"]')
    for (one, other), count in sorted(edges(folder).items()):
        lines.append(f"    {one} -->|{count}| {other}")
    return "\n".join([*lines, "```"]) + "\n"


def drawn(page):
    """The page with the drawing as it is now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + drawing() + END + after


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
