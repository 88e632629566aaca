"""Maximum likelihood with `fit`: minibatches, early stopping, checkpoints and a progress bar."""

import math
import os
from collections.abc import Callable

import numpy as np

from ..distributions import Density
from ..engine.runtime import blas_threads_for
from ..trees import all_finite, copy_tree, leaves
from ..types import ArrayLike, Params, Rng
from ..validation import (
    a_function,
    a_path,
    an_instance,
    as_context,
    as_generator,
    as_rows,
    short,
    whole_number,
)
from .advice import advise
from .checkpoint import Checkpoint
from .loop import Fit, NotFinite, Run, loop
from .rates import learning_rate
from .standardized import a_way_to_standardize, standardized
from .trainer import Trainer, training_rows, weighted


def fit(
    density: Density,
    x: ArrayLike | Callable,
    context: ArrayLike | None = None,
    *,
    rng: Rng,
    params: Params | None = None,
    x_val: ArrayLike | None = None,
    context_val: ArrayLike | None = None,
    standardize: bool | str = False,
    sample_weight: ArrayLike | None = None,
    sample_weight_val: ArrayLike | None = None,
    epochs: int = 1000,
    batch_size: int = 100,
    lr: float | None = None,
    schedule: str = "constant",
    weight_decay: float = 1e-6,
    clip_norm: float | None = 10.0,
    patience: int | None = 30,
    checkpoint: str | os.PathLike | None = None,
    progress: bool | None = None,
    callback: Callable | None = None,
) -> Fit:
    """Fit a density by maximum likelihood: minimise the mean of `-log p(x | context)` with Adam.

    The defaults are the MAF paper's protocol: batches of 100, Adam at 1e-4 for flows and 1e-3 for
    MADE, an L2 penalty of 1e-6, and a stop after 30 epochs without a better validation score. (A
    VAE maximises its ELBO instead.)

    Args:
        density: any `Density`.
        x: training data (N, D), or a function `rng -> x` (or `-> (x, context)`) that is called
            again every epoch (new dequantisation noise, endless toy data). It should draw from
            that rng alone; otherwise no run can be repeated or resumed.
        context: (N, C), for a conditional density.
        rng: draws the initial parameters and the minibatches.
        params: where to start; by default `density.init(rng, x)`. They are copied, never changed.
        x_val, context_val: validation data, which select the best epoch. Without them nothing
            stops early, and the last parameters are returned.
        standardize: True, or "robust" against wild rows, to fit `Standardized(density)`, with the
            statistics of x and context (of training rows alone) in its parameters. All that is
            handed in and reported is in the units of the data; `Fit.density` is what the parameters
            belong to.
        sample_weight, sample_weight_val: (N,), at least 0: the loss is the weighted mean of
            `-log p`. A row of weight 2 counts as two, of weight 0 not at all.
        epochs: the largest number of passes through the data.
        lr, schedule: Adam's rate and "constant" or "cosine" (to zero over all `epochs`).
        weight_decay: lambda in the penalty `lambda / 2 * |params|^2`.
        clip_norm: the gradient's global norm is scaled down to this; None for no clipping.
        patience: epochs without improvement before training stops; None for never.
        checkpoint: a path. The whole state is saved there after each epoch. If the file already
            exists, the run continues from it, to the same bits as if it had never stopped. A file
            from another run, with other data or settings, is refused. With a constant rate, more
            epochs may be added to a run.
        progress: whether to show a tqdm bar. By default yes in a terminal or notebook, but not if
            `CI` or `TINYMAF_QUIET` is set.
        callback: called after each epoch with `(row, params)`: the history's newest row, and a copy
            of the parameters, for the callback to keep.

    Returns a `Fit`; its parameters include batch norm's statistics. A loss that is not finite stops
    the training with a warning, Ctrl-C stops it quietly; both return the best parameters so far.

    >>> rng = np.random.default_rng(0)
    >>> from tinymaf import MADE
    >>> x = 3 + 2 * rng.standard_normal((500, 1))
    >>> result = fit(MADE(1, hidden=()), x, rng=rng, epochs=50, lr=0.05)
    >>> b = result.params[-1][1]            # mu and (bounded) alpha: about 3 and log 2
    >>> bool(abs(b[0] - 3) < 0.3)
    True
    """
    an_instance("density", density, Density)
    rng = as_generator(rng)
    epochs = whole_number("epochs", epochs, 1)
    batch_size = whole_number("batch_size", batch_size, 1)
    lr = density.learning_rate if lr is None else lr
    rate = learning_rate(lr, schedule)
    _check_options(patience, checkpoint, callback, standardize)
    rows = _TrainingRows(density, x, context, rng, sample_weight)
    validation = _validation_rows(density, x_val, context_val, sample_weight_val)
    if standardize:
        density, begin = standardized(density, standardize, params, rows.x, rows.context, rng)
    elif params is None:
        advise(density, rows.x, rows.context)
        begin = density.init(rng, rows.x, rows.x.dtype)
    else:
        begin = density.thaw(params)
    trainer = Trainer(density, begin, rng=rng, clip_norm=clip_norm, weight_decay=weight_decay)
    if density.needs_statistics and batch_size < 2:
        raise ValueError("batch_size must be at least 2 for batch norm, got 1")

    def rate_at(epoch, share):
        return rate((epoch - 1 + share) / epochs)

    run = _Epochs(density, trainer, rows, batch_size, rate_at, validation, patience)
    if checkpoint is not None:
        settings = {"batch_size": batch_size, "lr": lr, "schedule": schedule}
        settings.update(weight_decay=weight_decay, clip_norm=clip_norm, params=params)
        if schedule != "constant":  # the schedule stretches over all epochs
            settings["epochs"] = epochs
        run.checkpoint = Checkpoint(checkpoint, run, rng, settings)
        run.checkpoint.resume(epochs)
    largest = min(batch_size, len(rows.x)) * max(map(np.size, leaves(begin)), default=0)
    with blas_threads_for(largest):
        return loop(run, epochs, progress=progress, callback=callback)


class _Epochs(Run):
    """Each round is an epoch: every minibatch once, then the validation score."""

    def __init__(self, density, trainer, rows, batch_size, rate_at, validation, patience):
        first = density.freeze(copy_tree(trainer.params), rows.x, rows.context)
        super().__init__(Fit(first, density=density))
        self.density, self.trainer, self.rows = density, trainer, rows
        self.batch_size, self.rate_at = batch_size, rate_at
        self.validation, self.patience = validation, patience
        self.best_score, self.checkpoint, self.frozen = math.inf, None, None

    def why_stop(self):
        """The reason to stop, once `patience` epochs have not improved the validation score."""
        waited = len(self.result.history) - self.result.best_epoch
        if self.validation is None or self.patience is None or waited < self.patience:
            return ""
        return f"no better validation score for {self.patience} epochs"

    def round(self, number):
        epoch, rows, lr = number, self.rows, 0.0
        rows.draw_again()
        batches = _minibatches(rows.rng, len(rows.x), self.batch_size)
        train = 0.0
        for k, batch in enumerate(batches):
            lr = self.rate_at(epoch, k / len(batches))
            context = None if rows.context is None else rows.context[batch]
            weight = None if rows.weight is None else rows.weight[batch]
            train += self.trainer.advance(rows.x[batch], context, lr, weight) / len(batches)
            if not math.isfinite(train):
                break
        if not (math.isfinite(train) and all_finite(self.trainer.params)):
            raise NotFinite(f"the loss was not finite in epoch {epoch}: try a smaller lr")
        self.frozen = self.density.freeze(self.trainer.params, rows.x, rows.context)
        return {"epoch": epoch, "train": train, "val": self._score(epoch), "lr": lr}

    def _score(self, epoch):
        if self.validation is None:
            return math.nan
        *rows, weight = self.validation
        score = -float(np.average(self.density.score(self.frozen, *rows), weights=weight))
        if not math.isfinite(score):
            raise NotFinite(
                f"the validation loss was not finite in epoch {epoch}: try a smaller lr, and see "
                f"x_val"
            )
        return score

    def keep(self, row):
        if self.validation is None or row["val"] < self.best_score:
            self.result.params, self.result.best_epoch = copy_tree(self.frozen), row["epoch"]
            self.best_score = math.inf if self.validation is None else row["val"]
        if self.checkpoint is not None:
            self.checkpoint.save()

    def shown(self, row):
        losses = {"train loss": row["train"]}
        return losses if self.validation is None else {**losses, "val loss": row["val"]}

    def parameters(self):
        return copy_tree(self.frozen)


class _TrainingRows:
    """The validated training rows: the caller's, or drawn again for each epoch."""

    def __init__(self, density, x, context, rng, weight=None):
        if isinstance(x, type):
            raise TypeError(f"x must be an array or a function of rng, got {short(x)}")
        if callable(x) and context is not None:
            raise ValueError(
                "context was given beside a function x: let x(rng) return (x, context)"
            )
        self.density, self.rng, self.source = density, rng, x if callable(x) else None
        self.x, self.context = self._checked(x(rng) if callable(x) else (x, context))
        self.weight = None
        if weight is not None:
            self.x, self.context, self.weight = weighted(
                self.x, self.context, weight, "sample_weight"
            )
            if callable(x) or density.needs_statistics:
                raise ValueError("sample_weight does not go with a function x or batch norm")

    def draw_again(self):
        if self.source is not None:
            self.x, self.context = self._checked(self.source(self.rng))

    def _checked(self, drawn):
        x, context = drawn if isinstance(drawn, tuple) else (drawn, None)
        return training_rows(self.density, x, context)


def _validation_rows(density, x, context, weight=None):
    """`(x, context, weight)`, or None if there are none."""
    if x is None:
        for name, given in (("context_val", context), ("sample_weight_val", weight)):
            if given is not None:
                raise ValueError(f"{name} was given without x_val")
        return None
    x = as_rows(x, density.dim, "x_val", finite=True)
    if not len(x):
        raise ValueError(f"x_val must have at least one row, got {x.shape}")
    context = as_context(
        context, density.context_dim, len(x), finite=True, name="context_val", rows="x_val"
    )
    if weight is not None:
        return weighted(x, context, weight, "sample_weight_val")
    return x, context, None


def _check_options(patience, checkpoint, callback, standardize):
    a_way_to_standardize(standardize)
    if patience is not None:
        whole_number("patience", patience, 1)
    if callback is not None:
        a_function("callback", callback)
    if checkpoint is not None:
        folder = os.path.dirname(os.path.abspath(a_path("checkpoint", checkpoint)))
        if not os.path.isdir(folder):
            raise ValueError(f"checkpoint must be in a folder that exists, got {checkpoint}")


def _minibatches(rng, n, batch_size):
    """Shuffled row numbers in full batches; the rows left over wait for the next shuffle."""
    shuffled = rng.permutation(n)
    batch_size = min(batch_size, n)
    return [shuffled[k : k + batch_size] for k in range(0, n - batch_size + 1, batch_size)]
