"""Held-out nats of one or two models on the same points, with two standard errors."""

from dataclasses import dataclass

import numpy as np

from .run import QUIET


@dataclass(frozen=True)
class Score:
    """A mean and two of its standard errors."""

    mean: float
    error: float

    def __str__(self):
        text = f"{self.mean:.3f} ± {self.error:.3f}" if abs(self.mean) < 1e4 else f"{self.mean:.3g}"
        return text.replace("-", "−")


def score(nats):
    """The `Score` of one number for each point."""
    nats = np.asarray(nats, float)
    return Score(float(nats.mean()), 2 * float(nats.std(ddof=1) / np.sqrt(len(nats))))


def comparison(a, b):
    """A sentence on two models, from their paired differences on the same points."""
    gap = score(np.asarray(b) - np.asarray(a))
    size = Score(abs(gap.mean), gap.error)
    if not np.isfinite(gap.mean) or abs(gap.mean) <= gap.error:
        return f"no difference that these points could tell (B − A = {gap})"
    return f"{'B' if gap.mean < 0 else 'A'} is better by {size} nats a point"


@QUIET
def rows(data, now=None, kept=None):
    """`(name, label, Score)` of each density, and the sentence that compares A with B.

    Nats are `-log p(x)`: lower is better.
    """
    nats = {
        name: -model.log_prob(data.test)
        for name, model in (("A", kept), ("B", now))
        if model is not None
    }
    found = [("B" if kept else "now", now.label, score(nats["B"]))] if now else []
    found = ([("A", kept.label, score(nats["A"]))] if kept else []) + found
    if data.truth is not None:
        found.append(("truth", "the density that made the points", score(-data.truth(data.test))))
    return found, comparison(nats["A"], nats["B"]) if len(nats) == 2 else ""
