"""From a playground's state to frames in the browser: not faster than seen, finer at rest."""

import time

import numpy as np

from ..interactive.wire import pack
from .picture import COARSE, picture
from .run import QUIET
from .score import rows

# Seconds between two frames: if the browser has shown the last one, and if it does not answer.
SHORTEST, LONGEST = 0.15, 1.0
SCORES = 0.5  # seconds between two scores while it trains
SLOW = 0.04  # a frame that takes longer than this is drawn coarser


class Screen:
    """`show()` draws the playground `of`. `due()` says whether a training frame is wanted."""

    def __init__(self, of):
        self.of = of
        self.seen = 0
        self.at = 0.0
        self.scored = 0.0
        self.cost = 0.0
        self.cells = COARSE

    def due(self):
        waited = time.perf_counter() - self.at
        return waited > max(SHORTEST, 3 * self.cost) and (
            self.seen == self.of.easel.turn or waited > LONGEST
        )

    def show(self, says=None, moving=False):
        """Draw, with the sentence `says` below. While `moving`, a finer picture comes later."""
        of, start = self.of, time.perf_counter()
        fine = of.task is None and not moving
        if of.run is None or of.run.step < 10:
            self.cells = COARSE
        frames = pack([self._picture(fine)])
        with of.easel.hold_sync():
            of.easel.frames = frames
            of.easel.says = [says or self._says()]
            of.easel.turn += 1
            of.easel.ready = of.run is not None
            of.easel.coarse = of.easel.coarse + 1 if moving and of.task is None else 0
        of.controls.show_state(self.state, of.run is not None, of.kept is not None)
        if of.task is None or start - self.scored > SCORES:
            of.controls.show_score(*self._score())
            self.scored = time.perf_counter()
        self.at = time.perf_counter()
        self.cost = self.at - start
        if not fine and self.cost > SLOW:
            self.cells = max(32, self.cells - 8)

    @property
    def picture(self):
        """The picture, drawn with time to spare."""
        return self._picture(True)

    @property
    def state(self):
        of = self.of
        if of.task is not None:
            return "training"
        return "waiting" if of.run is None else "finished" if of.run.finished else "paused"

    def _picture(self, fine):
        of = self.of
        return picture(
            of.data,
            of.run,
            of.kept,
            of.probe if of.run else None,
            of.controls.samples.value,
            fine,
            None if fine else self.cells,
        )

    @QUIET
    def _says(self):
        of, run = self.of, self.of.run
        if run is None:
            return f"{of.data.name}: {len(of.data.x):,} points."
        held = f", {run.history[-1][2]:.3f} nats held out" if run.history else ""
        words = f"{self.state.capitalize()}: step {run.step:,} of {run.of:,}{held}."
        if of.probe is not None:
            at = np.array([of.probe])
            model = run.model()
            nats, u = float(model.log_prob(at)[0]), model.noise(at)[0]
            x = ", ".join(f"{v:.2f}" for v in of.probe)
            words += (
                f" Probe at ({x}): density {np.exp(nats):.3g}, {nats:.2f} nats; u = ({u[0]:.2f}, "
                f"{u[1]:.2f})."
            )
        return words.replace("-", "−")

    def _score(self):
        of = self.of
        if not of.data.held.sum() > 1:
            return [], ""
        kept = of.kept[0] if of.kept else None
        found, comparison = rows(of.data, of.run.model() if of.run else None, kept)
        other = of.kept is not None and of.kept[2] is not of.data
        return [
            (name, label + " (learned from other points)" * (name == "A" and other), score)
            for name, label, score in found
        ], comparison
