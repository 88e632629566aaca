"""Open a playground below a cell, rehearsed, with a static picture beside it. One at a time."""

from pathlib import Path

import numpy as np

from ..pictures import show_bundle
from .app import Playground
from .picture import picture
from .run import Run

SHEET = Path(__file__).parent / "sheet.png"  # made by sheet.py
VIEW = "application/vnd.jupyter.widget-view+json"
ALT = (
    "A playground: points are drawn with the mouse, a flow is chosen and trained, and its density "
    "is seen as it forms. Three frames of a hand-drawn ring: at first the density is a round blob, "
    "after 150 steps a ring with a gap, after 1,500 steps a thin ring, and the points as noise are "
    "a round cloud."
)
_open = None


def playground():
    """Open the playground below the cell. One that was open before is closed, with its training."""
    global _open
    if _open is not None:
        _open.close()
    _open = Playground()
    rehearse(_open)
    view = _open.view._repr_mimebundle_()[VIEW]
    show_bundle({VIEW: view, "image/png": SHEET.read_bytes()}, ALT, width=1000)


def rehearse(play):
    """Spray a ring, train two steps and draw the picture, as a reader would. Raises what fails."""
    angle = np.linspace(0, 2 * np.pi, 40)
    ring = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    data = play.data.sprayed(ring, 0.4, np.random.default_rng(0))
    run = Run(data, play.choice())
    for _ in range(2):
        run.advance(0)
        run.note_progress()
    picture(data, run, (run.model(), run.history, data), (0.0, 0.0), samples=True, fine=True)
    if play.easel.error:
        raise RuntimeError(play.easel.error)
