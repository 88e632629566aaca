"""One draw: run a notebook's code cells once, in this process, with other seeds.

    python -m tinymaf_course.bands.replay SOURCE DRAW

prints claims and errors as one JSON list. Draw 0 has the notebook's own seeds. In draw k, each
whole-number seed s becomes the pair (s, k): data, first weights, batches and samples are all drawn
anew. Another kind of seed, such as [0], stays, because it is part of the problem. So does what is
loaded from files. The environment chooses BLAS kernels and threads. Figures and explorers claim
nothing, and are not drawn.
"""

import json
import os
import sys

# QUIET: no learner's progress is written.
os.environ.update(MPLBACKEND="Agg", TINYMAF_QUIET="1")

import numpy as np  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

import tinymaf_course as course  # noqa: E402

from ..explorers import live_training  # noqa: E402, F401  (loads the module)
from ..source import read_source  # noqa: E402

LiveTraining = sys.modules["tinymaf_course.explorers.live_training"].LiveTraining


def reseed(draw, plain=np.random.default_rng):
    """From now on `np.random.default_rng` gives this draw's numbers."""

    def default_rng(seed=None):
        return plain([seed, draw] if draw and isinstance(seed, (int, np.integer)) else seed)

    np.random.default_rng = default_rng


class Ledger:
    """Stands in for `in_band` and `confirm`: it notes each claim and raises nothing."""

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
    """`(claims, errors)` of one draw.

    A claim has its cell (nbval's number), its band and its value. An error has the cell that raised
    it, and its words.
    """
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
