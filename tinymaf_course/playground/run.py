"""Training in slices of a few milliseconds, with time for other things in between."""

import math
import time

import numpy as np

from tinymaf.training import Trainer
from tinymaf.training.rates import learning_rate
from tinymaf.trees import copy_tree, flatten, unflatten

from .models import KINDS, Model

BATCH, CLIP = 256, 10.0
# The run looks for values that are not finite, and says so itself.
QUIET = np.errstate(over="ignore", invalid="ignore", divide="ignore")
KEPT = 400  # rows of the history at most; then every second one goes


class Run:
    """A model in training, by Adam on minibatches with a cosine schedule.

    The figure shows and scores the running average of the parameters over the last hundred steps.
    It is steadier than the parameters, and mostly better. `history` has rows (step, training nats,
    held-out nats).
    """

    def __init__(self, data, choice, seed=0):
        self.data = data
        self.choice = choice
        self.kind = KINDS[choice.kind]
        self.density, self.note = choice.build()
        self.mean = data.train.mean(axis=0)
        self.std = data.train.std(axis=0)
        self.z = ((data.train - self.mean) / self.std).astype(np.float32)
        self.rng = np.random.default_rng(seed)
        params = self.density.init(self.rng, self.z, np.float32)
        self.trainer = Trainer(self.density, params, clip_norm=CLIP)
        self.rate = learning_rate(self.kind.rate, "cosine")
        self.mean_flat, self.good = flatten(params), flatten(params)
        self.average = unflatten(self.mean_flat, params)  # views of it
        self.step = 0
        self.of = self.kind.steps
        self.stopped = ""
        self.history, self.losses = [], []
        self.offset = float(np.log(self.std).sum())

    @property
    def finished(self):
        return self.step >= self.of or bool(self.stopped)

    @QUIET
    def advance(self, seconds):
        """Train for about `seconds`, at least one step."""
        end = time.perf_counter() + seconds
        while not self.finished:
            z = self.z[self.rng.integers(len(self.z), size=min(BATCH, len(self.z)))]
            begin = min(1, (self.step + 1) / 50)
            loss = self.trainer.step(z, lr=begin * self.rate(self.step / self.of))
            if not math.isfinite(loss):
                self.stop_at_nan()
                return
            self.step += 1
            share = min(0.99, self.step / (self.step + 9))
            self.mean_flat += np.float32(1 - share) * (self.trainer.flat - self.mean_flat)
            self.losses.append(loss + self.offset)
            if time.perf_counter() >= end:
                return

    def stop_at_nan(self):
        self.trainer.flat[:] = self.mean_flat[:] = self.good
        self.stopped = (
            f"the loss was not finite in step {self.step + 1}: the last good model is shown"
        )

    @QUIET
    def note_progress(self):
        """Add a row to the history.

        Training returns to these parameters if later ones are not finite.
        """
        if not self.losses:
            return
        held = -float(np.mean(self.model().log_prob(self.data.test[:1000])))
        if not (math.isfinite(held) and np.isfinite(self.mean_flat).all()):
            self.stop_at_nan()
            return
        self.good[:] = self.mean_flat
        self.history.append((self.step, float(np.mean(self.losses)), held))
        self.losses.clear()
        if len(self.history) > KEPT:
            self.history = self.history[::2]

    def go_on(self):
        """Start another round from the last one's average. Adam keeps its moments."""
        self.trainer.flat[:] = self.mean_flat
        self.of += self.kind.steps
        self.stopped = ""

    def model(self, copy=False):
        """The `Model` now. Training goes on changing it, unless it is a copy."""
        return Model(
            self.density,
            copy_tree(self.average) if copy else self.average,
            self.mean,
            self.std,
            str(self.choice),
        )
