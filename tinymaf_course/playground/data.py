"""Points in the plane to learn from: drawn, from a toy, or from a file. A fourth is held out."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tinymaf.datasets import TOYS

SHEET = ((-4.0, 4.0), (-4.0, 4.0))
MOST = 8000  # points; a drawing stops there
FEWEST = 30  # to train on
PUFF = 8  # points that one puff of the brush leaves
ONE_IN = 4  # every fourth point is held out


@dataclass(frozen=True)
class Data:
    """Points `x` (n, 2), and which of them are `held` out. Adding and erasing make a new `Data`.

    `names` label the axes. `x * std + mean` are the points in the units of a file. `truth` is the
    exact log-density, where it is known.
    """

    name: str
    x: np.ndarray
    held: np.ndarray
    box: tuple = SHEET
    names: tuple = ("x₁", "x₂")
    mean: tuple = (0.0, 0.0)
    std: tuple = (1.0, 1.0)
    truth: Callable | None = None

    @property
    def train(self):
        return self.x[~self.held]

    @property
    def test(self):
        return self.x[self.held]

    def problem(self):
        """Why nothing can learn from it, in one line, or ""."""
        if len(self.x) < FEWEST:
            return f"{len(self.x)} points are too few to learn from: {FEWEST} are needed"
        if min(self.train.std(axis=0)) < 1e-9:
            return (
                "all points lie on one upright or level line: there is no density in the plane to "
                "learn"
            )
        return ""

    def sprayed(self, puffs, width, rng):
        """With more points around each of the places `puffs` (k, 2). `width` is the brush's."""
        puffs = np.asarray(puffs, float).reshape(-1, 2)
        points = np.repeat(puffs, PUFF, axis=0)
        points = points + 0.35 * width * rng.standard_normal(points.shape)
        (left, right), (low, high) = self.box
        points = points[(points >= [left, low]).all(axis=1) & (points <= [right, high]).all(axis=1)]
        points = points[: max(0, MOST - len(self.x))]
        held = np.arange(len(self.x), len(self.x) + len(points)) % ONE_IN == ONE_IN - 1
        return self._edited(np.concatenate([self.x, points]), np.concatenate([self.held, held]))

    def erased(self, puffs, width):
        """Without the points that are within `width` / 2 of one of the places."""
        keep = np.ones(len(self.x), bool)
        for puff in np.asarray(puffs, float).reshape(-1, 2):
            keep &= np.hypot(*(self.x - puff).T) > width / 2
        return self._edited(self.x[keep], self.held[keep])

    def _edited(self, x, held):
        if len(x) == len(self.x):
            return self
        name = self.name if self.name.endswith(("drawing", "edited")) else f"{self.name}, edited"
        return replace(self, x=x, held=held, name=name, truth=None)


def drawing():
    """An empty sheet."""
    return Data("your drawing", np.zeros((0, 2)), np.zeros(0, bool))


def toy(name, rng, n=4000):
    """`n` points of one of `tinymaf.datasets.TOYS` in a square window."""
    density = TOYS[name]
    side = max(high - low for low, high in density.box) / 2
    box = tuple(((low + high) / 2 - side, (low + high) / 2 + side) for low, high in density.box)
    return Data(
        name,
        density.sample(rng, n),
        np.arange(n) % ONE_IN == ONE_IN - 1,
        box,
        truth=density.log_prob,
    )


def columns(table, across, up, rng):
    """Two columns of a `table.Table`, standardised. Rows that lack a number in either are dropped.

    Raises ValueError, in one line, if nothing can learn from them.
    """
    if across == up:
        raise ValueError(f"choose two different columns, both are {across!r}")
    x = np.stack([table.columns[across], table.columns[up]], axis=1)
    x = x[np.isfinite(x).all(axis=1)]
    if len(x) < FEWEST:
        raise ValueError(
            f"only {len(x)} rows of {table.name} have a number in both columns, {FEWEST} are needed"
        )
    mean, std = x.mean(axis=0), x.std(axis=0)
    for name, spread, size in zip((across, up), std, np.abs(x).max(axis=0)):
        if not spread > 1e-12 * size:
            raise ValueError(f"column {name!r} holds the same number in every row")
    x = ((x - mean) / std)[rng.permutation(len(x))[:MOST]]
    side = min(6.0, max(2.5, 1.08 * np.quantile(np.abs(x), 0.999)))
    return Data(
        table.name,
        x,
        np.arange(len(x)) % ONE_IN == ONE_IN - 1,
        ((-side, side), (-side, side)),
        (across, up),
        tuple(mean.tolist()),
        tuple(std.tolist()),
    )
