"""The one training loop: rounds (epochs or steps) with a history, a bar, a callback and an end."""

import contextlib
import warnings
from dataclasses import dataclass, field

import numpy as np

from .progress import progress_bar


@dataclass
class Fit:
    """What training returns: the best parameters by validation (without it, the last ones), one row
    of `history` per round, why it stopped, and (from `fit`) the density that the parameters are of.
    """

    params: object
    history: list = field(default_factory=list)
    best_epoch: int = 0
    stopped: str = ""
    density: object = None

    def column(self, key):
        """One column of the history as an array: "epoch", "train", "val" or "lr"."""
        return np.array([row[key] for row in self.history])

    def __repr__(self):
        last = self.history[-1] if self.history else {}
        numbers = "".join(f", {name}={value:.6g}" for name, value in last.items())
        return f"Fit(best_epoch={self.best_epoch}, stopped={self.stopped!r}{numbers})"


class NotFinite(ArithmeticError):
    """A round's loss or gradient is not finite. The message says which round, and what to try."""


class Run:
    """What `loop` repeats. Each kind of training is a subclass that defines a round and what to
    keep.
    """

    unit = "epoch"
    kept = "the best parameters so far"  # what a round that is not finite leaves

    def __init__(self, result):
        self.result = result

    def round(self, number: int) -> dict:
        """Do round 1, 2, ... and return its row of the history. Raises NotFinite if it fails."""
        raise NotImplementedError

    def why_stop(self) -> str:
        """The reason not to do another round, or ""."""
        return ""

    def keep(self, row):
        """After each round: put the best parameters into the result, a checkpoint on disk."""

    def shown(self, row):
        """What the bar shows, {name: number}."""
        return {name: value for name, value in row.items() if name == "loss"}

    def parameters(self):
        """A copy of the parameters, for the callback to keep."""
        raise NotImplementedError


def loop(run, total, *, progress=None, callback=None):
    """Rounds until there are `total`, the run wants to stop, or Ctrl-C; returns its `Fit`."""
    result = run.result
    with contextlib.closing(progress_bar(total, progress, run.unit)) as bar:
        try:
            for k in range(len(result.history) + 1, total + 1):
                if run.why_stop():
                    break
                row = run.round(k)
                result.history.append(row)
                run.keep(row)
                shown = {name: f"{value:.3f}" for name, value in run.shown(row).items()}
                bar.set_postfix(shown, refresh=False)
                bar.update()
                if callback is not None:
                    callback(row, run.parameters())
            result.stopped = run.why_stop() or f"all {total} {run.unit}s done"
        except NotFinite as trouble:
            result.stopped = str(trouble)
            warnings.warn(
                f"training stopped: {trouble}; {run.kept} are returned",
                RuntimeWarning,
                stacklevel=3,
            )
        except KeyboardInterrupt:
            result.stopped = "interrupted"
    return result
