"""Checkpoints of `fit`: a run's whole state, so that it continues as if it had never stopped."""

import hashlib
import os

import numpy as np

from ..saving.archive import read_archive, write_archive
from ..structure import in_full
from ..trees import leaves, same_shapes
from .loop import Fit

FORMAT = 3  # what the numbers in the file mean, Adam's moments among them

DIGESTS = "x context x_val context_val sample_weight sample_weight_val params".split()


class Checkpoint:
    """Everything a run needs to continue except the data, which the caller brings.

    Args:
        path: the file.
        run: the epochs of `fit`.
        rng: the generator that draws the minibatches.
        settings: what else identifies the run; arrays are kept as fingerprints.
    """

    def __init__(self, path, run, rng, settings):
        self.path, self.run, self.rng, self.model = path, run, rng, in_full(run.density)
        x_val, context_val, weight_val = run.validation or (None, None, None)
        fresh = run.rows.source is not None
        data = {
            "x": "a function" if fresh else run.rows.x,
            "context": None if fresh else run.rows.context,
            "x_val": x_val,
            "context_val": context_val,
            "sample_weight": run.rows.weight,
            "sample_weight_val": weight_val,
        }
        settings = {**data, **settings, "rng": _seed(rng)}
        self.settings = {name: _fingerprint(value) for name, value in settings.items()}

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
            "settings": self.settings,
            "rng": self.rng.bit_generator.state,
            "format": FORMAT,
        }
        write_archive(self.path, "checkpoint", meta, self._trees())

    def resume(self, epochs):
        """Restore the run from the file; without a file, nothing changes."""
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
            others = _differences(dict(meta["settings"]), self.settings)
            if others:
                raise ValueError(f"{path} is the checkpoint of another run, {others}: {remedy}")
            history, best_epoch = list(meta["history"]), int(meta["best_epoch"])
            if len(history) > epochs:
                raise ValueError(f"{path} has {len(history)} epochs behind it, epochs is {epochs}")
            self.rng.bit_generator.state = meta["rng"]
            self.run.trainer.adam.t = int(meta["t"])
            self.run.best_score = float(meta["best_score"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            if str(path) in str(error):
                raise
            raise ValueError(
                f"cannot resume from {path}: {type(error).__name__}: {error}"
            ) from error
        self.run.result = Fit(trees["best"], history, best_epoch, density=self.run.density)
        for name, mine in self._trees().items():
            if name != "best":
                mine[...] = trees[name]


def _fingerprint(value):
    """What JSON can hold; for a tree of arrays, a digest."""
    arrays = leaves(value)
    if not any(isinstance(array, np.ndarray) for array in arrays):
        return value if value is None or isinstance(value, (str, int)) else float(value)
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return digest.hexdigest()


def _seed(rng):
    """The generator's seed; None if the system drew it, as for `default_rng()`."""
    seed = getattr(rng.bit_generator, "seed_seq", None)
    entropy = getattr(seed, "entropy", None)
    if seed is None or entropy is None or isinstance(entropy, int) and entropy >= 2**64:
        return None
    return f"seed {entropy}{seed.spawn_key or ''}"


def _differences(there, here):
    """Which settings differ, in words."""
    found = []
    for name in sorted(there.keys() | here.keys()):
        one, other = there.get(name), here.get(name)
        if one == other or name in ("rng", "epochs") and None in (one, other):
            continue
        found.append(f"other {name}" if name in DIGESTS else f"{name} {one} there and {other} here")
    return ", ".join(found)
