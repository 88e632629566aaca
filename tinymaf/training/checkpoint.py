"""Checkpoints of `fit`: the whole state of a run, so that it goes on as if it had never stopped."""

import os

from ..saving.archive import read_archive, write_archive
from ..structure import in_full
from ..trees import same_shapes
from .loop import Fit

FORMAT = 2  # what the numbers in the file mean, Adam's moments among them


class Checkpoint:
    """All that a run needs to go on but for the data, which the caller brings.

    Args:
        path: the file.
        run: the epochs of `fit`.
        rng: the generator that draws the minibatches.
    """

    def __init__(self, path, run, rng):
        self.path, self.run, self.rng, self.model = path, run, rng, in_full(run.density)

    def _trees(self):
        trainer = self.run.trainer
        return {
            "params": trainer.flat,
            "best": self.run.result.params,
            "m": trainer.adam.m,
            "v": trainer.adam.v,
        }

    def save(self):
        result = self.run.result
        meta = {
            "t": self.run.trainer.adam.t,
            "history": result.history,
            "best_epoch": result.best_epoch,
            "best_score": self.run.best_score,
            "model": self.model,
            "rng": self.rng.bit_generator.state,
            "format": FORMAT,
        }
        write_archive(self.path, "checkpoint", meta, self._trees())

    def resume(self):
        """Put the run where the file left it; without a file, nothing changes."""
        path = self.path
        if not os.path.exists(path):
            return
        meta, trees = read_archive(path, "checkpoint")
        remedy = "name another file, or delete it"
        if meta.get("format") != FORMAT:
            raise ValueError(f"{path} is the checkpoint of another version of tinymaf: {remedy}")
        if not same_shapes(trees, self._trees()) or meta.get("model") != self.model:
            raise ValueError(f"{path} is the checkpoint of another model or dtype: {remedy}")
        try:
            self.rng.bit_generator.state = meta["rng"]
            self.run.trainer.adam.t = int(meta["t"])
            self.run.best_score = float(meta["best_score"])
            history, best_epoch = list(meta["history"]), int(meta["best_epoch"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"cannot resume from {path}: {type(error).__name__}: {error}"
            ) from error
        self.run.result = Fit(trees["best"], history, best_epoch, density=self.run.density)
        for name, mine in self._trees().items():
            if name != "best":
                mine[...] = trees[name]
