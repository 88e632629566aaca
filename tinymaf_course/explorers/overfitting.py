"""Learning too much from too little: one flow, few points or many, update by update."""

import functools

import numpy as np
from ipywidgets import SelectionSlider

from tinymaf import Trainer, maf
from tinymaf.datasets import TOYS
from tinymaf.training.rates import SCHEDULES
from tinymaf.trees import copy_tree

from ..interactive import BLUE, ORANGE, Panel, Picture, Scrub, explore, plane
from ._flows import curve, density_on, single

POINTS = (20, 100, 500, 4000)
BATCH = 100
LR = 3e-3
UPDATES = (1, 3, 6, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1000, 1250, 1500)


class Run:
    """One training on the first `points` draws of a toy. Nothing stops it.

    Attributes:
        stages: {updates: params}.
        train: the loss on its own points after each of `UPDATES`.
        held_out: the loss on fresh points after each of them.
        best: the number of updates with the lowest `held_out`.
    """

    def __init__(self, flow, toy, points, updates=UPDATES):
        rng = np.random.default_rng(4)
        self.x = toy.sample(rng, max(POINTS))[:points]
        fresh = toy.sample(np.random.default_rng(5), 3000)
        trainer = Trainer(flow, flow.init(np.random.default_rng(0)))
        self.updates = np.array(updates)
        self.stages = {}
        self.train = []
        self.held_out = []
        for k in range(updates[-1] + 1):
            if k in updates:
                self.stages[k] = copy_tree(trainer.params)
                for losses, rows in ((self.train, self.x), (self.held_out, fresh)):
                    losses.append(float(-np.mean(flow.log_prob(trainer.params, rows))))
            rows = self.x if points <= BATCH else self.x[rng.integers(points, size=BATCH)]
            # A constant rate would end in noise.
            trainer.step(rows, lr=LR * SCHEDULES["cosine"](k / updates[-1]))
        self.best = int(self.updates[np.argmin(self.held_out)])


class Runs:
    """The runs of one flow on different numbers of points."""

    def __init__(self, flow, toy, points=POINTS, updates=UPDATES):
        self.flow = flow
        self.toy = toy
        self.points = points
        self.updates = updates
        x = toy.sample(np.random.default_rng(2), 20_000)
        self.entropy = float(-toy.log_prob(x).mean())
        self.vmax = 1.4 * np.exp(toy.log_prob(x)).max()
        self.run = functools.cache(lambda points: Run(flow, toy, points, updates))

    def draw(self, points, updates):
        """The learned density under the points, and both losses with a marker."""
        run, at = self.run(points), np.log10(self.updates)
        p = density_on(self.flow, single(run.stages[updates]), self.toy.box, 120)
        left = plane(self.toy.box, f"learned from {points} points").density(p, vmax=self.vmax)
        left.points(run.x[:500], color="#FFFFFF", size=2.6 if points <= 100 else 1.2, alpha=0.9)
        low, high = self.entropy - 4.4, self.entropy + 3.2
        marks = {np.log10(n): str(n) for n in (1, 10, 100, 1000) if n <= self.updates[-1]}
        loss = Panel(
            (-0.05, at[-1] + 0.1),
            (low, high),
            "loss in nats",
            "updates (log scale)",
            x_ticks=marks,
            legend="lower left",
        )
        floor = np.array([[0, self.entropy], [at[-1], self.entropy]])
        loss.lines(floor, color="muted", dash=(2, 3), label="of the truth")
        curve(loss, at, run.held_out, color=ORANGE, width=2, dash=(7, 4), label="fresh points")
        curve(loss, at, run.train, color=BLUE, width=2, label="the points it learns from")
        best, k = np.log10(run.best), self.updates.index(updates)
        loss.lines(
            np.array([[best, min(run.held_out)], [best, high]]), color="ink", width=1, dash=(3, 3)
        )
        loss.text(best - 0.05, high - 0.05 * (high - low), "best", align="right", size=11)
        for losses, color, marker in ((run.train, BLUE, "o"), (run.held_out, ORANGE, "s")):
            loss.points(
                [[at[k], np.clip(losses[k], low, high)]],
                color=color,
                marker=marker,
                size=5,
                alpha=1,
            )
        return Picture([left, loss])

    def say(self, points, updates):
        run, k = self.run(points), self.updates.index(updates)
        return (
            f"{points} points, {updates} update{'s' * (updates > 1)}: loss {run.train[k]:.2f} nats "
            f"on them, {run.held_out[k]:.2f} on fresh points; the truth has {self.entropy:.2f}. "
            f"Best on fresh points after {run.best} updates"
        ).replace("-", "−")


@functools.cache
def moons():
    """The runs on two moons. Each is trained when it is first needed (a second or two)."""
    return Runs(maf(2, 5, (32, 32), activation="tanh"), TOYS["two moons"])


def controls(runs):
    return {
        "points": SelectionSlider(options=runs.points, value=runs.points[0], description="points"),
        "updates": Scrub(runs.updates, "updates"),
    }


def sheet_for(runs):
    """Few points at the best moment, then few, more and many points at the end."""
    few = runs.points[0]
    more = runs.points[1]
    many = runs.points[-1]
    last = runs.updates[-1]
    return [
        {"points": few, "updates": runs.run(few).best},
        {"points": few, "updates": last},
        {"points": more, "updates": last},
        {"points": many, "updates": last},
    ]


ALT = (
    "Four frames, each a learned density with the training points on it, and two curves of loss "
    "against updates. Twenty points at the best moment: a blurred blob around them. Twenty points "
    "at the end: thin bright needles through the points, the loss on them far below that of the "
    "truth, the loss on fresh points off the chart. A hundred points at the end: narrow bright "
    "strands, the curves apart. Four thousand points: two clean moons, both curves together, close "
    "to the truth."
)


def overfitting(runs=None):
    """Show what a flow learns from few points, and what its loss on fresh points says about it.

    `runs` is a `Runs`. By default it trains a MAF of five layers on two moons.
    """
    runs = moons() if runs is None else runs
    explore(
        draw=runs.draw,
        controls=controls(runs),
        sheet=sheet_for(runs),
        alt=ALT,
        say=runs.say,
        title="Learning too much",
        columns=2,
    )
