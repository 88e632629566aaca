"""One draw: a notebook's code cells run once, in this process, with other seeds; each claim's value
is told.

    python -m tinymaf_course.bands.replay SOURCE DRAW

prints one JSON object a claim. Draw 0 has the notebook's own seeds. In draw k each whole-number
seed s stands for the pair (s, k), so that data, first weights, batches and samples are all drawn
anew. A seed of another kind stays, such as [0]: that is a part of the problem; and so does what is
loaded from files. Which BLAS kernels compute, and on how many threads, is for the environment to
say. Figures and explorers, which claim nothing, are not drawn.
"""

import json
import os
import sys

# quiet: no progress of a learner's is written
os.environ.update(MPLBACKEND="Agg", TINYMAF_QUIET="1")

import numpy as np  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

import tinymaf_course as course  # noqa: E402

from ..explorers import live_training  # noqa: E402, F401  (loads the module)
from ..source import read_source  # noqa: E402

LiveTraining = sys.modules["tinymaf_course.explorers.live_training"].LiveTraining


def reseed(draw, plain=np.random.default_rng):
    """Let `np.random.default_rng` give other numbers, those of this draw, from now on."""

    def default_rng(seed=None):
        return plain([seed, draw] if draw and isinstance(seed, (int, np.integer)) else seed)

    np.random.default_rng = default_rng


class Ledger:
    """What the cells claim: it stands in for `in_band` and `confirm`, and raises nothing."""

    def __init__(self):
        self.cell, self.claims = 0, []

    def in_band(self, value, low, high, what):
        self.note(value, low, high, what, exact=False)

    def confirm(self, what, error, below):
        self.note(error, None, below, what, exact=True)

    def note(self, value, low, high, what, exact):
        low, high = (None if end is None else float(end) for end in (low, high))
        self.claims.append(
            dict(at=self.cell, what=what, low=low, high=high, value=float(value), exact=exact)
        )


def replay(source, draw):
    """`(claims, errors)` of one draw: every claim with its cell (nbval's number), its band and
    its value; the cells that raised an exception, each with its words."""
    ledger, errors = Ledger(), []
    course.in_band, course.confirm = ledger.in_band, ledger.confirm
    course.show = course.Explorer.show = LiveTraining.show = lambda *_, **__: None
    reseed(draw)
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    os.chdir(source.parent.parent)  # where the notebook lies
    code = [
        cell.source for cell in read_source(source, "solutions").cells if cell.cell_type == "code"
    ]
    for ledger.cell, text in enumerate(code):
        result = shell.run_cell(text, store_history=False, silent=True)
        if not result.success:
            error = result.error_in_exec or result.error_before_exec
            errors.append({"at": ledger.cell, "error": f"{type(error).__name__}: {error}"})
    return ledger.claims, errors


if __name__ == "__main__":
    from pathlib import Path

    source, draw = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    told = os.dup(1)  # what the cells print is for nobody
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    found = replay(source, draw)
    with os.fdopen(told, "w") as file:
        json.dump(found, file)
