"""Training in slices of a few milliseconds, so that whoever trains can do other things in between."""

import math
import time

import numpy as np
from autograd import value_and_grad

from tinymaf.optim import Adam, global_norm
from tinymaf.trees import all_finite, copy_tree, leaves

from .models import KINDS, Model

BATCH, CLIP = 256, 10.0
QUIET = np.errstate(over="ignore", invalid="ignore", divide="ignore")   # what is not finite is looked for and said
KEPT = 400              # rows of the history at most; then every second one goes


class Run:
    """A model on its way: minibatches, Adam with a cosine schedule, nats of the training and the held-out points.

    What is shown and scored is the running average of the parameters over the last hundred steps: it is steadier, and
    mostly better, than the parameters themselves. `history` has rows (step, training nats, held-out nats).
    """

    def __init__(self, data, choice, seed=0):
        self.data, self.choice, self.kind = data, choice, KINDS[choice.kind]
        self.density, self.note = choice.build()
        self.mean, self.std = data.train.mean(axis=0), data.train.std(axis=0)
        self.z = ((data.train - self.mean) / self.std).astype(np.float32)
        self.rng = np.random.default_rng(seed)
        self.params = self.density.init(self.rng, self.z, np.float32)
        self.average, self.good = copy_tree(self.params), copy_tree(self.params)
        self.step, self.of, self.stopped = 0, self.kind.steps, ""
        self.adam, self.history, self.losses = Adam(self.params), [], []
        self.gradient = value_and_grad(lambda params, z: -self.density.log_prob(params, z).sum() / np.float32(len(z)))
        self.offset = float(np.log(self.std).sum())

    @property
    def finished(self):
        return self.step >= self.of or bool(self.stopped)

    @QUIET
    def advance(self, seconds):
        """Train for about so many seconds, one step at least."""
        end = time.perf_counter() + seconds
        while not self.finished:
            z = self.z[self.rng.integers(len(self.z), size=min(BATCH, len(self.z)))]
            loss, grads = self.gradient(self.params, z)
            norm = global_norm(grads)
            if not (math.isfinite(loss) and math.isfinite(norm)):
                self.stop_at_nan()
                return
            cosine = 0.5 * (1 + math.cos(math.pi * self.step / self.of))
            self.adam.lr = self.kind.rate * min(1, (self.step + 1) / 50) * cosine
            self.adam.step(self.params, grads, min(1.0, CLIP / norm) if norm else 1.0)
            self.step += 1
            share = min(0.99, self.step / (self.step + 9))
            for mean, now in zip(leaves(self.average), leaves(self.params), strict=True):
                mean += np.float32(1 - share) * (now - mean)
            self.losses.append(float(loss) + self.offset)
            if time.perf_counter() >= end:
                return

    def stop_at_nan(self):
        self.params, self.average = copy_tree(self.good), copy_tree(self.good)
        self.stopped = f"the loss was not finite in step {self.step + 1}: the last good model is shown"

    @QUIET
    def note_progress(self):
        """One row of the history. The parameters are those to go back to, if the next ones are not finite."""
        if not self.losses:
            return
        held = -float(np.mean(self.model().log_prob(self.data.test[:1000])))
        if not (math.isfinite(held) and all_finite(self.average)):
            self.stop_at_nan()
            return
        self.good = copy_tree(self.average)
        self.history.append((self.step, float(np.mean(self.losses)), held))
        self.losses.clear()
        if len(self.history) > KEPT:
            self.history = self.history[::2]

    def go_on(self):
        """Another round, from the average of the last one; Adam's memory of the slopes stays."""
        self.params = copy_tree(self.average)
        self.of += self.kind.steps
        self.stopped = ""

    def model(self, copy=False):
        """The `Model` as it is now; training goes on changing it, unless it is a copy."""
        return Model(self.density, copy_tree(self.average) if copy else self.average, self.mean, self.std,
                     str(self.choice))
