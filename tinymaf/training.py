"""Maximum likelihood: `fit`, with minibatches, early stopping, checkpoints and a progress bar."""

import contextlib
import math
import os
import warnings
from dataclasses import dataclass, field

import numpy as np

from .optim import SCHEDULES
from .runtime import blas_threads_for, progress_bar
from .saving import read_archive, write_archive
from .trainer import Trainer
from .trees import all_finite, copy_tree, leaves, same_shapes
from .validation import as_context, as_generator, as_rows, positive, whole_number

FORMAT = 2          # of checkpoints: what their numbers mean, Adam's moments among them


@dataclass
class Fit:
    """What `fit` returns: the best parameters by validation (without it, the last ones), one row of `history` an epoch,
    and why it stopped."""

    params: object
    history: list = field(default_factory=list)
    best_epoch: int = 0
    stopped: str = ""

    def column(self, key):
        """One column of the history, "epoch", "train", "val" or "lr", as an array."""
        return np.array([row[key] for row in self.history])


def fit(density, x, context=None, *, rng, params=None, x_val=None, context_val=None, epochs=1000, batch_size=100,
        lr=None, schedule="constant", weight_decay=1e-6, clip_norm=10.0, patience=30, checkpoint=None, progress=None,
        callback=None):
    """Fit a density by maximum likelihood: minimise the mean of `-log p(x | context)` over minibatches, with Adam.

    The defaults are the MAF paper's protocol: batches of 100, Adam at 1e-4 for flows and 1e-3 for MADE, an L2 penalty
    of 1e-6, and a stop after 30 epochs without a better validation score. (A VAE maximises its ELBO instead.)

    Args:
        density: any `Density`.
        x: training data (N, D), or a function `rng -> x` (or `-> (x, context)`) that is called afresh every epoch
            (new dequantisation noise, endless toy data). It should draw from that rng alone, or no run can be repeated
            or resumed.
        context: (N, C), for a conditional density.
        rng: draws the initial parameters and the minibatches.
        params: where to start; by default `density.init(rng, x)`. They are copied, never changed.
        x_val, context_val: validation data. Only they select the best epoch; without them there is no early stop,
            and the last parameters are returned.
        epochs: at most so many passes through the data.
        lr, schedule: Adam's rate and "constant" or "cosine" (to zero over all `epochs`).
        weight_decay: lambda in the penalty `lambda / 2 * |params|^2`.
        clip_norm: the gradient's global norm is scaled down to this; None for no clipping.
        patience: epochs without improvement before it stops; None for never.
        checkpoint: a path. The whole state is saved there after each epoch, and where the file is there already, the
            run goes on from it, to the same bits as if it had never stopped.
        progress: a tqdm bar? By default yes in a terminal or notebook, no where `CI` or `TINYMAF_QUIET` is set.
        callback: called after each epoch with `(row, params)`: the newest row of the history, and a copy of the
            parameters that is the callback's to keep.

    Returns a `Fit`; batch norm's statistics are in its parameters. A loss that is not finite stops the training with a
    warning; Ctrl-C stops it quietly; both give the best parameters so far.

    >>> rng = np.random.default_rng(0)
    >>> from tinymaf import MADE
    >>> result = fit(MADE(1, hidden=()), 3 + 2 * rng.standard_normal((500, 1)), rng=rng, epochs=50, lr=0.05)
    >>> b = result.params[-1][1]            # mu and (bounded) alpha: about 3 and log 2
    >>> bool(abs(b[0] - 3) < 0.3)
    True
    """
    rng, epochs = as_generator(rng), whole_number("epochs", epochs, 1)
    batch_size = whole_number("batch_size", batch_size, 1)
    if schedule not in SCHEDULES:
        raise ValueError(f"schedule must be one of {sorted(SCHEDULES)}, got {schedule!r}")
    rate = positive("lr", density.learning_rate if lr is None else lr)
    if clip_norm is not None:
        positive("clip_norm", clip_norm)
    if weight_decay:
        positive("weight_decay", weight_decay)
    if patience is not None:
        whole_number("patience", patience, 1)
    if callable(x) and context is not None:
        raise ValueError("context was given beside a function x: let x(rng) return (x, context)")
    if context_val is not None and x_val is None:
        raise ValueError("context_val was given without x_val")
    if checkpoint is not None and not os.path.isdir(os.path.dirname(os.path.abspath(checkpoint))):
        raise ValueError(f"checkpoint must be in a folder that exists, got {checkpoint}")
    draw = x if callable(x) else lambda _: (x, context)
    x_now, context_now = _training_rows(density, draw(rng))
    if x_val is not None:
        x_val = as_rows(x_val, density.dim, "x_val", finite=True)
        if not len(x_val):
            raise ValueError(f"x_val must have at least one row, got {x_val.shape}")
        context_val = as_context(context_val, density.context_dim, len(x_val), finite=True)

    params = density.init(rng, x_now, x_now.dtype) if params is None else density.thaw(params)
    trainer = Trainer(density, params, rng, clip_norm, weight_decay)
    params = trainer.params
    state = _State(trainer, Fit(density.freeze(copy_tree(params), x_now, context_now)), repr(density))
    if checkpoint is not None and os.path.exists(checkpoint):
        state.resume(checkpoint, rng)
    result = state.result

    largest = min(batch_size, len(x_now)) * max(map(np.size, leaves(params)), default=0)
    with blas_threads_for(largest), contextlib.closing(progress_bar(epochs, progress)) as bar:
        try:
            for epoch in range(len(result.history) + 1, epochs + 1):
                if _waited(result, x_val is not None, patience):
                    break
                x_now, context_now = _training_rows(density, draw(rng)) if callable(x) else (x_now, context_now)
                batches = _minibatches(rng, len(x_now), batch_size)
                train = 0.0
                for k, rows in enumerate(batches):
                    lr_now = rate * SCHEDULES[schedule]((epoch - 1 + k / len(batches)) / epochs)
                    context_rows = None if context_now is None else context_now[rows]
                    train += trainer.step(x_now[rows], context_rows, lr_now) / len(batches)
                    if not math.isfinite(train):
                        break
                if not (math.isfinite(train) and all_finite(params)):
                    result.stopped = f"the loss was not finite in epoch {epoch}: try a smaller lr"
                    warnings.warn(f"training stopped: {result.stopped}; the best parameters so far are returned",
                                  RuntimeWarning, stacklevel=2)
                    break
                frozen = density.freeze(params, x_now, context_now)
                val = math.nan if x_val is None else -float(np.mean(density.score(frozen, x_val, context_val)))
                if x_val is not None and not math.isfinite(val):
                    result.stopped = (f"the validation loss was not finite in epoch {epoch}: "
                                      "try a smaller lr, and see x_val")
                    warnings.warn(f"training stopped: {result.stopped}; the best parameters so far are returned",
                                  RuntimeWarning, stacklevel=2)
                    break
                result.history.append({"epoch": epoch, "train": train, "val": val, "lr": lr_now})
                if x_val is None or val < state.best_score:
                    result.params, result.best_epoch = copy_tree(frozen), epoch
                    state.best_score = math.inf if x_val is None else val
                if checkpoint is not None:
                    state.save(checkpoint, rng)
                losses = {"train loss": train} if x_val is None else {"train loss": train, "val loss": val}
                bar.set_postfix({name: f"{loss:.3f}" for name, loss in losses.items()}, refresh=False)
                bar.update()
                if callback is not None:
                    callback(result.history[-1], copy_tree(frozen))
            waited = _waited(result, x_val is not None, patience)
            result.stopped = result.stopped or waited or f"all {epochs} epochs done"
        except KeyboardInterrupt:
            result.stopped = "interrupted"
    return result


def _waited(result, validated, patience):
    """Why to stop, once `patience` epochs have brought no better validation score; else ""."""
    patient = not validated or patience is None or len(result.history) - result.best_epoch < patience
    return "" if patient else f"no better validation score for {patience} epochs"


@dataclass
class _State:
    """All that a run needs to go on as if it had never stopped (but for the data, which the caller brings)."""

    trainer: Trainer
    result: Fit
    model: str
    best_score: float = math.inf

    def _trees(self):
        adam = self.trainer.adam
        return {"params": self.trainer.flat, "best": self.result.params, "m": adam.m, "v": adam.v}

    def save(self, path, rng):
        write_archive(path, "checkpoint", {
            "t": self.trainer.adam.t, "history": self.result.history, "best_epoch": self.result.best_epoch,
            "best_score": self.best_score, "model": self.model, "rng": rng.bit_generator.state, "format": FORMAT},
            self._trees())

    def resume(self, path, rng):
        meta, trees = read_archive(path, "checkpoint")
        if meta.get("format") != FORMAT:
            raise ValueError(f"{path} is the checkpoint of another version of tinymaf: name another file, or delete it")
        if not same_shapes(trees, self._trees()) or meta.get("model") != self.model:
            raise ValueError(f"{path} is the checkpoint of another model or dtype: name another file, or delete it")
        try:
            rng.bit_generator.state = meta["rng"]
            self.trainer.adam.t, self.best_score = int(meta["t"]), float(meta["best_score"])
            self.result = Fit(trees["best"], list(meta["history"]), int(meta["best_epoch"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"cannot resume from {path}: {type(error).__name__}: {error}") from error
        for name, mine in self._trees().items():
            if name != "best":
                mine[...] = trees[name]


def _training_rows(density, drawn):
    """One epoch's validated `(x, context)` from what the caller handed in."""
    x, context = drawn if isinstance(drawn, tuple) else (drawn, None)
    x = as_rows(x, density.dim, finite=True)
    if not len(x):
        raise ValueError(f"x must have at least one row, got {x.shape}")
    return x, as_context(context, density.context_dim, len(x), finite=True)


def _minibatches(rng, n, batch_size):
    """Shuffled row numbers in full batches; the rest of less than a batch waits for another shuffle."""
    shuffled = rng.permutation(n)
    batch_size = min(batch_size, n)
    return [shuffled[k:k + batch_size] for k in range(0, n - batch_size + 1, batch_size)]
