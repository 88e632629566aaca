"""The pages that a learner gets: the students' notebooks, and what those link to.

In a checkout they lie in `notebooks/` and `docs/`; an installed course has copies of them.
"""

import os
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKED = HERE / "packed"  # made when the package is built
INSTALLED = PACKED.is_dir()
ROOT = PACKED if INSTALLED else HERE.parent
# Neither solutions nor instructors' versions. The page in instructor/ is one to hand out.
PAGES = (
    "LICENSE",
    "docs/directions.md",
    "docs/equations.md",
    "docs/history.md",
    "figures/history.png",
    "notebooks/*.ipynb",
    "notebooks/glossary.md",
    "notebooks/instructor/concept_inventory.md",
)


def found(root=ROOT):
    """`{path in the learner's folder: file}`."""
    files = [file for pattern in PAGES for file in sorted(Path(root).glob(pattern))]
    return {file.relative_to(root).as_posix(): file for file in files}


def copy(folder):
    """Copy the pages into a folder. Files that are there stay. Returns how many were copied.

    `ValueError` or `OSError` says why nothing can be put there.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder")
    copied = 0
    for name, file in found().items():
        target = folder / name
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            new = target.with_name(target.name + ".new")  # never half a notebook
            shutil.copyfile(file, new)
            os.replace(new, target)
            copied += 1
    return copied
