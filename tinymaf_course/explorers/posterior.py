"""An IAF learns an unnormalised density by reverse KL: samples, density, the bound on log Z."""

from functools import cache

import autograd.numpy as anp
import numpy as np
from ipywidgets import ToggleButtons

from tinymaf import fit_reverse_kl, iaf
from tinymaf.trees import copy_tree

from ..interactive import AMBER, BLUE, Panel, Picture, Scrub, cells, explore, plane
from ._flows import curve, density_on, single

STAGES = (0, 5, 10, 20, 40, 70, 120, 200, 350, 600)
BOX, N = ((-5.2, 5.8), (-4.0, 7.0)), 80


def banana(x):
    """log p~ of a posterior.

    Prior: x ~ N(0, 4 I). Measured: x2 - x1^2 / 4 = 0, with noise N(0, 1/4).
    """
    prior = -0.5 * anp.sum(x**2, axis=1) / 4 - anp.log(2 * anp.pi * 4)
    miss = (x[:, 1] - x[:, 0] ** 2 / 4) / 0.5
    return prior - 0.5 * miss**2 - 0.5 * anp.log(2 * anp.pi * 0.25)


def two_peaks(x):
    """log p~ of two equal round peaks far apart, Z = 1."""
    one = anp.sum((x - np.array([-1.5, 0.0])) ** 2, axis=1)
    two = anp.sum((x - np.array([4.0, 4.0])) ** 2, axis=1)
    return anp.logaddexp(-0.5 * one / 0.36, -0.5 * two / 0.36) - anp.log(2 * 2 * anp.pi * 0.36)


TARGETS = {"banana": banana, "two peaks": two_peaks}


@cache
def target_on_grid(name):
    """p~ on the figure's cells, and log Z as a sum over a wider grid."""
    wide = ((-14.0, 14.0), (-12.0, 16.0))
    p = np.exp(TARGETS[name](cells(wide, 700)))
    return np.exp(TARGETS[name](cells(BOX, N))).reshape(N, N), round(
        float(np.log(p.sum() * (28 / 700) ** 2)), 6
    ) + 0.0


@cache
def recorded(name):
    """`(flow, stages, losses)`: an IAF fitted to a target, its parameters at STAGES."""
    flow, stages = iaf(2, 3, (32, 32), activation="tanh"), {}
    start = flow.init(np.random.default_rng(0))
    stages[0] = copy_tree(start)

    def keep(row, params):
        if row["step"] in STAGES:
            stages[row["step"]] = copy_tree(params)

    result = fit_reverse_kl(
        flow,
        TARGETS[name],
        rng=np.random.default_rng(1),
        params=start,
        steps=STAGES[-1],
        n_samples=128,
        lr=1e-2,
        progress=False,
        callback=keep,
    )
    return flow, stages, result.column("loss")


@cache
def bound(name, step, n=4000):
    """log Z - KL(q || p) at that step: the mean of log p~(x) - log q(x) over n samples of q."""
    flow, stages, _ = recorded(name)
    x, log_q = flow.sample_and_log_prob(stages[step], np.random.default_rng(2), n)
    return float(np.mean(TARGETS[name](x) - log_q))


def draw(target, step):
    """The target with samples of q, the density of q, and the bound so far."""
    flow, stages, losses = recorded(target)
    p, log_z = target_on_grid(target)
    x = flow.sample(stages[step], np.random.default_rng(3), 250)
    top = p.max() / np.exp(log_z)
    left = plane(BOX, "target p, samples of q").density(p / np.exp(log_z), vmax=top)
    left.points(x, color="paper", size=2.2, alpha=0.9).points(x, color=AMBER, size=1.4, alpha=1)
    right = plane(BOX, f"q after {step} steps").density(
        density_on(flow, single(stages[step]), BOX, N), vmax=top
    )
    last = STAGES[-1]
    panel = Panel((-0.03 * last, 1.03 * last), (log_z - 2.5, log_z + 0.5), "bound on log Z", "step")
    panel.lines(np.array([[0, log_z], [last, log_z]]), color="muted", dash=(3, 3), width=1.5)
    panel.text(
        0.97 * last, log_z + 0.2, f"log Z = {log_z:.2f}", color="muted", size=11, align="right"
    )
    panel = curve(panel, np.arange(1, last + 1), -losses, color=BLUE, width=1)
    at = np.clip(bound(target, step), *panel.y)
    panel.lines(np.array([[step, panel.y[0]], [step, at]]), color="ink", width=1)
    return Picture(
        [left, right, panel.points(np.array([[step, at]]), color="ink", size=5, alpha=1)]
    )


def say(target, step):
    b, log_z = bound(target, step), target_on_grid(target)[1]
    return (
        f"{target}, step {step}: bound {b:.2f}, log Z = {log_z:.2f}, so KL(q || p) is about "
        f"{max(log_z - b, 0):.2f} nats"
    )


def controls():
    return {
        "target": ToggleButtons(options=list(TARGETS), description="target"),
        "step": Scrub(STAGES, "step"),
    }


SHEET = [
    {"target": "banana", "step": 0},
    {"target": "banana", "step": 40},
    {"target": "banana", "step": 600},
    {"target": "two peaks", "step": 600},
]
ALT = (
    "Four frames, each with the target density and samples of q on it, the density of q, and the "
    "bound on log Z against the step. Banana, step 0: a round cloud of samples, much of it beside "
    "the banana, and a bound far below log Z. Step 40: the cloud begins to bend. Step 600: samples "
    "and density lie along the whole banana, and the bound has come up to log Z. Two peaks, step "
    "600: all samples lie on one of the two peaks, the other is empty, and the bound stops about "
    "0.7 below log Z."
)


def posterior():
    """Show an IAF that is fitted by reverse KL, to a curved posterior or to two far peaks."""
    explore(
        draw=draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="A posterior being fitted",
        columns=1,
    )
