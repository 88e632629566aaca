"""The pages that a learner gets: the students' notebooks, and what those link to.

In a checkout they lie in `notebooks/` and `docs/`; an installed course has copies of them.
"""

from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKED = HERE / "packed"  # made when the package is built
INSTALLED = PACKED.is_dir()
ROOT = PACKED if INSTALLED else HERE.parent
# Neither solutions nor instructors' versions.
PAGES = (
    "LICENSE",
    "docs/directions.md",
    "docs/equations.md",
    "docs/history.md",
    "figures/history.png",
    "notebooks/*.ipynb",
    "notebooks/*.md",
)


def found(root=ROOT):
    """`{path in the learner's folder: file}`."""
    files = [file for pattern in PAGES for file in sorted(Path(root).glob(pattern))]
    return {file.relative_to(root).as_posix(): file for file in files}
