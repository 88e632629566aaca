"""A masked autoregressive layer samples in D steps, but not with the work of D network calls."""

import functools

import numpy as np
from ipywidgets import IntSlider

from tinymaf.checks import random_params
from tinymaf.layers import AffineAutoregressive

from ..interactive import BLUE, GREEN, ORANGE, Panel, Picture, explore, wheel
from ._diagram import columns, connect, diagram, nodes, sub

HIDDEN = (7, 7)
KNOWN = "x₁ … xᵢ₋₁", "known", "What earlier calls have made: the network's inputs with a tick."
FORMULA = [
    ("xᵢ", "newest", "The variable of this call, in all samples."),
    "=",
    ("μᵢ", "network", "An output of the network, in the last column."),
    "(",
    KNOWN,
    ") + exp",
    ("αᵢ", "network", "The other output for this variable: the logarithm of the scale."),
    "(",
    KNOWN,
    ") · uᵢ",
]
WAYS = ("textbook: all units, every call", "each unit once")


class Run:
    """A layer with random weights, its units' degrees, and its samples after 0, 1, ..., D calls."""

    def __init__(self, dim, n=400):
        self.layer = AffineAutoregressive(dim, HIDDEN, activation="tanh")
        rng = np.random.default_rng(26)
        *hidden, (v, c) = random_params(self.layer, rng, scale=2.5)
        tame = np.repeat([1.0, 0.3], dim)  # mu as it comes, alpha smaller, both without a bias
        self.params = [*hidden, (v * tame, c * 0)]
        u = rng.standard_normal((n, dim))
        net = self.layer.net
        self.dim = dim
        self.degrees = [net.degrees, *net.hidden_degrees, net.degrees]
        self.n_params = net.n_params
        self.masks = [*net.masks[:-1], net.masks[-1][:, :dim]]
        x = np.zeros((n, dim))
        self.states = [x]
        for k in range(1, dim + 1):  # the textbook's way: call, keep one variable more, call again
            mu, alpha = self.layer.mu_alpha(self.params, x)
            x = np.where(net.degrees <= k, mu + np.exp(alpha) * u, 0)
            self.states.append(x)
        self.u = u

    def when(self, way):
        """How often each unit has been computed: (units, calls + 1) for each layer of units."""
        calls = np.arange(self.dim + 1)
        if way == 0:
            return [np.tile(calls, (len(d), 1)) for d in self.degrees[1:]]
        return [(calls > 0) & (d[:, None] <= calls) * 1 for d in self.degrees[1:]]

    def multiply_adds(self, way):
        """The total after 0, 1, ..., D calls.

        A unit costs one for each connection that its mask allows.
        """
        costs = [mask.sum(axis=0) for mask in self.masks]
        costs[-1] = costs[-1] * self.n_params
        return sum(cost @ times for cost, times in zip(costs, self.when(way)))


@functools.lru_cache(maxsize=8)
def run_of(dim):
    return Run(dim)


def _network(run, k, way):
    """The network after k calls: how often units were computed, and which are final."""
    places = columns([len(d) for d in run.degrees])
    panel = diagram(
        places,
        WAYS[way],
        ["x", "hidden 1", "hidden 2", "μ, α"],
        "number: times computed; filled: final",
        aspect=0.85,
    )
    connect(panel.part("network"), places, run.masks, color="faint", width=1)
    if k:
        now = [times[:, k] > times[:, k - 1] for times in run.when(way)]
        connect(
            panel,
            places,
            [mask & new for mask, new in zip(run.masks, now)],
            color=ORANGE,
            width=1.8,
        )
    known = run.degrees[0] <= k
    panel.part("known", only=True).points(places[0][known], color=ORANGE, size=15, alpha=0.7)
    panel.part("*")
    nodes(panel, places[0], np.where(known, "✓", "?"), known, GREEN)
    for layer, (place, degrees, times) in enumerate(
        zip(places[1:], run.degrees[1:], run.when(way)), 1
    ):
        last = layer == len(run.degrees) - 1
        right = (degrees <= (k if last or way else k - 1)) & (times[:, k] > 0)
        nodes(panel, place, [str(t or "") for t in times[:, k]], right, GREEN)
    for j in range(run.dim):
        panel.text(places[0][j, 0] - 0.3, places[0][j, 1], sub("x", j + 1))
    return panel


def _work(run, k):
    both = [run.multiply_adds(way) for way in (0, 1)]
    most, one = both[0][-1], both[1][-1]
    panel = Panel(
        (0, run.dim + 0.15),
        (0, 1.12 * most),
        "multiply-adds so far",
        "calls made",
        aspect=0.62,
        x_ticks=list(range(run.dim + 1)),
        y_ticks=[0, one, most],
        legend="upper left",
    )
    panel.lines([[[0, one], [run.dim, one]]], color="muted", dash=(3, 3), width=1)
    panel.text(
        run.dim, one * (1 if run.dim > 2 else 0.6) + 0.06 * most, "one pass", "muted", 11, "right"
    )
    for work, color, marker, label in zip(
        both, (BLUE, ORANGE), "so", ("textbook", "each unit once")
    ):
        curve = np.stack([np.arange(run.dim + 1), work], axis=1)
        panel.lines(curve, color=color, width=1, alpha=0.35).lines(
            curve[: k + 1], color=color, width=2.5
        )
        panel.points(
            curve[k : k + 1],
            color=color,
            size=6,
            marker=marker,
            alpha=1,
            label=f"{label}: {work[k]}",
        )
    return panel


def _samples(run, k):
    x = run.states[k]
    title = (
        "all right" if k == run.dim else "nothing is right yet" if k == 0 else f"right: {_names(k)}"
    )
    if run.dim == 2:
        sides = [(1.1 * min(v), 1.1 * max(v)) for v in run.states[-1].T]
        return Panel(*sides, f"{len(x)} samples, {title}", "x₁", "x₂", aspect=0.62).points(
            x, wheel(run.u), "wheel"
        )
    reach = 1.1 * np.abs(run.states[-1][:40]).max()
    panel = Panel(
        (0.7, run.dim + 0.3),
        (-reach, reach),
        f"40 samples, {title}",
        "variable",
        "value",
        x_ticks={j + 1: sub("x", j + 1) for j in range(run.dim)},
    )
    lines = np.stack(
        [np.broadcast_to(np.arange(1.0, run.dim + 1), (40, run.dim)), x[:40]], axis=-1
    )[:, :k]
    panel.lines(lines, color=BLUE, width=1, alpha=0.5)
    for j in range(k, run.dim):
        panel.text(j + 1, 0, "?", color="muted", size=14)
    panel.points(lines.reshape(-1, 2), color=BLUE, size=2.5)
    newest = lines[:, max(0, k - 1) :].reshape(-1, 2)
    return panel.part("newest", only=True).points(newest, color=ORANGE, size=4, alpha=1)


def _names(k):
    return sub("x", 1) if k == 1 else f"{sub('x', 1)} to {sub('x', k)}" if k > 2 else "x₁, x₂"


def draw(dim, calls):
    """Both ways through the network, their work so far, and the samples."""
    run, k = run_of(dim), min(calls, dim)
    return Picture(
        [[_network(run, k, 0), _network(run, k, 1)], [_work(run, k), _samples(run, k)]],
        width=820,
        formula=FORMULA,
    )


def say(dim, calls):
    run, k = run_of(dim), min(calls, dim)
    textbook, once = run.multiply_adds(0), run.multiply_adds(1)
    right = "nothing is" if k == 0 else f"{_names(k)} {'is' if k == 1 else 'are'}"
    return (
        f"After {k} of {dim} calls {right} right. Multiply-adds: textbook {textbook[k]}, each unit "
        f"once {once[k]}; one whole pass takes {textbook[1]}. In the end {textbook[-1]} against "
        f"{once[-1]}, both after {dim} steps, one after another."
    )


def controls(dim, calls):
    found = {
        "dim": IntSlider(dim, min=2, max=8, description="variables D"),
        "calls": IntSlider(calls, min=0, max=dim, description="calls made"),
    }
    found["dim"].observe(lambda change: setattr(found["calls"], "max", change["new"]), "value")
    return found


SHEET = [
    {"dim": 2, "calls": 1},
    {"dim": 2, "calls": 2},
    {"dim": 5, "calls": 2},
    {"dim": 5, "calls": 5},
]
ALT = (
    "Four frames, each with the network drawn twice, numbers in its units for how often they were "
    "computed. D = 2 after one call: the samples lie on a line, x₁ is right; after two they fill a "
    "curved cloud. D = 5 after two and after five calls: in the textbook's way every unit has been "
    "computed at every call, in the other each unit once, when its inputs were known. A chart of "
    "the work: a straight line up to D passes, and a curve that ends at one pass."
)


def sampling(dim=4, calls=2):
    """Step through the sampling of a MAF layer: D network calls, or each unit once.

    Args:
        dim: D, 2 to 8.
        calls: network calls made, 0 to D.
    """
    explore(
        draw=draw,
        controls=controls(dim, calls),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="Sampling, call by call",
        columns=2,
    )
