"""From notebooks/source/NN_name.py (py:percent) to an unexecuted notebook, in three versions.

* student: what learners get, with gaps. It is in notebooks/, the others in the folders solutions/
  and instructor/.
* solutions: the same with the gaps filled.
* instructor: the solutions, and the markdown cells that carry the tag `instructor`.

What answers a prediction is folded in the students' version until the cell is run.

A line {{notation}} in a markdown cell stands for the file notation.md beside the source. A code
cell that holds only `# {{exercise made-masks}}` becomes the learner's cell of that exercise.
"""

import re
from pathlib import Path

import jupytext
import nbformat

from .exercises import load
from .merge import digest

VERSIONS = ("student", "solutions", "instructor")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
EXERCISE = re.compile(r"# \{\{exercise ([a-z0-9-]+)\}\}")
PREDICT = re.compile(r"""^predict\(["']([a-z0-9-]+)""", re.MULTILINE)
REVEAL = re.compile(r"""^reveal\(["']([a-z0-9-]+)""", re.MULTILINE)
# JupyterLab shows the outputs of such a cell when it is run.
HIDDEN = {"collapsed": True, "jupyter": {"outputs_hidden": True}}
LINK = re.compile(r"""(\]\(|\b(?:href|src)=["'])(?![a-z]+:|[/#])([^)"'\s]+)""")


def targets(path):
    """The paths of the notebooks that a source makes: [(version, path)]."""
    home, name = Path(path).parent.parent, f"{Path(path).stem}.ipynb"
    versions = VERSIONS if _has_versions(name) else VERSIONS[:1]
    return [
        (version, home / name if version == "student" else home / version / name)
        for version in versions
    ]


def _has_versions(name):
    """Numbered notebooks have three versions; others, such as the playground, have one."""
    return re.match(r"\d\d_\w+\.ipynb", name) is not None


def read_source(path, version="student"):
    """The unexecuted notebook of one source file."""
    path = Path(path)
    notebook = jupytext.read(path, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat = 4
    notebook.nbformat_minor = 5
    notebook.cells = [
        cell for cell in notebook.cells if version == "instructor" or not for_instructors(cell)
    ]
    notebook.cells += next_cell(path)
    seen = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = include(cell.source, path.parent)
            if version != "student":
                cell.source = links_from_below(cell.source)
        elif macro := EXERCISE.fullmatch(cell.source.strip()):
            cell.source = exercise_cell(load(macro[1]), solved=version != "student")
        elif "{{" in cell.source and EXERCISE.search(cell.source):
            raise ValueError(
                f"the macro {EXERCISE.search(cell.source)[0]!r} must be alone in its cell"
            )
        cell.metadata = nbformat.from_dict(
            {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
        )
        name = digest(cell.cell_type, cell.source)
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    if version == "student":
        hide_answers(notebook.cells)
    return notebook


def hide_answers(cells):
    """Fold the stored outputs that answer a prediction: from there to the cell that reveals it."""
    asked = set()
    for cell in cells:
        if cell.cell_type == "code":
            if asked and "exercise" not in cell.metadata.get("tags", []):
                cell.metadata.update(nbformat.from_dict(HIDDEN))
            asked = (asked | set(PREDICT.findall(cell.source))) - set(REVEAL.findall(cell.source))
    if asked:
        raise ValueError(f"asked for, and not revealed: {', '.join(sorted(asked))}")


def next_cell(path):
    """The last cell of a lesson, which says where to go: a list of one, or none.

    From the last lesson one goes to the concept inventory and to the playground.
    """
    if not _has_versions(f"{path.stem}.ipynb"):
        return []
    later = [other for other in sorted(path.parent.glob("[0-9][0-9]_*.py")) if other > path]
    names = [later[0].stem] if later else ["concept_inventory", "playground"]
    links = [
        f"[{_title(path.with_name(f'{name}.py'))}]({name}.ipynb)"
        for name in names
        if path.with_name(f"{name}.py").exists()
    ]
    if not links:
        return []
    text = f"**Next:** {', then the '.join(links)}."
    if path.with_name("progress.py").exists():
        text += " How far you are is on the page [Your progress](progress.ipynb)."
    return [nbformat.v4.new_markdown_cell(text)]


def _title(path):
    """A source's heading, with the number of the lesson."""
    heading = re.search(r"^# # (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]
    return f"{path.stem[:2]} {heading}" if path.stem[:2].isdigit() else heading


def for_instructors(cell):
    if "instructor" not in cell.metadata.get("tags", []):
        return False
    if cell.cell_type != "markdown":
        raise ValueError(
            "a cell with the tag instructor must be markdown: code is the same as in the solutions"
        )
    return True


def include(text, folder):
    """`text` with each line {{name}} replaced by the file name.md in `folder`."""
    return re.sub(
        r"^\{\{(\w+)\}\}$",
        lambda m: (folder / f"{m[1]}.md").read_text(encoding="utf-8").strip(),
        text,
        flags=re.MULTILINE,
    )


def exercise_cell(exercise, solved):
    """The learner's cell: the stub or the solution, its check, its hints."""
    return "\n".join(
        [
            exercise.solution_text if solved else exercise.stub,
            *[""] * (1 if exercise.is_value else 2),
            f'{exercise.name} = check("{exercise.id}", {exercise.name})',
            f'# hint("{exercise.id}")',
            f'# solution("{exercise.id}")',
        ]
    )


def links_from_below(text):
    """Relative links as a notebook one folder down needs them.

    Its siblings are one folder down, too.

    >>> links_from_below("[docs](../docs/api.md), [next](03_made.ipynb#quiz)")
    '[docs](../../docs/api.md), [next](03_made.ipynb#quiz)'
    >>> links_from_below("<img src='a.png'>, [web](https://a.b)")
    "<img src='../a.png'>, [web](https://a.b)"
    """
    return LINK.sub(lambda m: m[0] if _has_versions(m[2]) else f"{m[1]}../{m[2]}", text)
