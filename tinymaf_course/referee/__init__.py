"""What notebook 12 audits: a flow that somebody else wrote, with faults on purpose, and data of
known entropy.

swiftflow.py is the stranger's module. It is wrong in five places: never use it for anything but the
audit. Where it is wrong, and how to fix it, stands where the exercises are judged
(exercises/notebook_12/_planting.py), not here.
"""

from pathlib import Path
from types import ModuleType

from . import chain, swiftflow

SOURCE = Path(__file__).with_name("swiftflow.py").read_text(encoding="utf-8")


def load(source):
    """Run the text of a module such as swiftflow.py and return the module; it is not put among the
    imported ones.

    >>> load(SOURCE).Flow(3).n_dims
    3
    """
    module = ModuleType("swiftflow")
    exec(compile(source, "swiftflow", "exec"), vars(module))
    return module


def with_faults(names):
    """A module like swiftflow.py with these of its faults alone: "sign", "batch sum", "mask",
    "same order", "leak"."""
    from ..exercises.notebook_12._planting import build  # only here: that file knows the answers

    return load(build(names))


__all__ = ["SOURCE", "chain", "load", "swiftflow", "with_faults"]
