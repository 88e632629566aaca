"""What MAF and IAF pay for a density and for a sample. Calls and multiply-adds are counted."""

from functools import cache

import autograd.numpy as anp
import numpy as np
from autograd import grad
from ipywidgets import SelectionSlider, ToggleButtons

from tinymaf import iaf, maf
from tinymaf.checks import random_params
from tinymaf.definition import plain

from ..interactive import BLUE, GREEN, ORANGE, Panel, Picture, explore

DIMS = (2, 4, 8, 16, 32, 64)
HIDDEN = (64, 64)
ROWS = 4
WANTED = ("log p of given x", "sample", "sample + its log p")
WAYS = {
    "textbook": "the whole network at every call",
    "each unit once": "a unit is computed when its inputs are known",
}


class CountedNet:
    """A layer's network that counts its calls and the multiply-adds of a row."""

    def __init__(self, net):
        self.net = net
        self.calls = 0
        self.multiply_adds = 0

    def __getattr__(self, name):
        return getattr(self.net, name)

    def __call__(self, params, x, *context):
        self.calls += 1
        # Masked weights are multiplied like any others.
        self.multiply_adds += sum(w.size for w, _ in params)
        return self.net(params, x, *context)


def each_unit_once(layer, params, u):
    """Noise to data through a MAF layer in natural order: `(x, steps, multiply-adds of a row)`."""
    *hidden, (v, c) = params
    degrees = [layer.net.degrees, *layer.net.hidden_degrees]
    known, count = [np.zeros((len(u), len(d))) for d in degrees], 0
    for d in range(1, layer.dim + 1):
        sees, columns = degrees[-1] < d, [d - 1, layer.dim + d - 1]
        theta = known[-1][:, sees] @ v[sees][:, columns] + c[columns]
        count += sees.sum() * len(columns)
        mu, alpha = layer.elementwise.mu_alpha(theta[:, :, None])
        known[0][:, d - 1] = (mu + np.exp(alpha) * u[:, [d - 1]])[:, 0]
        for k, (w, b) in enumerate(hidden):
            sees, mine = degrees[k] <= d, degrees[k + 1] == d
            known[k + 1][:, mine] = np.tanh(known[k][:, sees] @ w[sees][:, mine] + b[mine])
            count += sees.sum() * mine.sum()
    return known[0], layer.dim, int(count)


def cost_of_a_gradient(flow, params, rows):
    """Calls of all networks, and multiply-adds of a row, for one gradient of the loss on `rows`.

    The textbook's way, counted while autograd runs.
    """
    layers = [getattr(layer, "bijection", layer) for layer in flow.bijection.layers]
    nets = [layer.net for layer in layers]
    counted = [CountedNet(net) for net in nets]
    try:
        for layer, net in zip(layers, counted):
            layer.net = net
        with plain():
            grad(lambda p: -anp.mean(flow.log_prob(p, rows)))(params)
    finally:
        for layer, net in zip(layers, nets):
            layer.net = net
    return sum(net.calls for net in counted), sum(net.multiply_adds for net in counted)


@cache
def measured(dim):
    """`{(way, model, wanted): (steps, multiply-adds of a row)}` of one layer, by running it."""
    found, rng = {}, np.random.default_rng(0)
    for model, make in (("MAF", maf), ("IAF", iaf)):
        flow = make(dim, 1, HIDDEN, activation="tanh")
        params = random_params(flow, rng)
        layer = getattr(flow.bijection.layers[0], "bijection", flow.bijection.layers[0])
        net = layer.net
        z = rng.standard_normal((ROWS, dim))
        _, steps, work = each_unit_once(layer, params["bijection"][0], z)
        for wanted in WANTED:
            layer.net = counted = CountedNet(net)
            with plain():  # the textbook's way
                if wanted == WANTED[0]:
                    flow.log_prob(params, z)
                elif wanted == WANTED[1]:
                    flow.sample(params, rng, ROWS)
                else:
                    flow.sample_and_log_prob(params, rng, ROWS)
            layer.net = net
            found["textbook", model, wanted] = counted.calls, counted.multiply_adds
            at_once = counted.calls == 1  # then both ways are the same single pass
            found["each unit once", model, wanted] = (
                (1, counted.multiply_adds) if at_once else (steps, work)
            )
    return found


def brief(count):
    """A count in few characters.

    >>> [brief(n) for n in (64, 20480, 1310720)]
    ['64', '20 k', '1.3 M']
    """
    return (
        str(count)
        if count < 1000
        else f"{count / 1e3:.0f} k"
        if count < 1e6
        else f"{count / 1e6:.1f} M"
    )


def _table(dim, way, which, title, top):
    """MAF and IAF against what is wanted. Darker cells cost more."""
    counts = np.array(
        [
            [measured(dim)[way, model, wanted][which] for wanted in WANTED]
            for model in ("MAF", "IAF")
        ]
    )
    panel = Panel(
        (0, 3),
        (2, 0),
        title,
        aspect=0.4,
        x_ticks=dict(zip((0.5, 1.5, 2.5), WANTED)),
        y_ticks={0.5: "MAF", 1.5: "IAF"},
    )
    low = 0 if which == 0 else 8
    shade = np.maximum(np.log2(counts) - low, 0.5) / (2.2 * (np.log2(top) - low))
    return panel.image(shade, vmax=1, marks=np.array([[brief(n) for n in row] for row in counts]))


def _chart(dim):
    ticks = {
        np.log2(2**k): text
        for k, text in ((12, "4 k"), (14, "16 k"), (16, "66 k"), (18, "262 k"), (20, "1 M"))
    }
    panel = Panel(
        (0.7, 6.3),
        (11.3, 24.6),
        "multiply-adds a row",
        "variables D",
        aspect=0.55,
        legend="upper left",
        x_ticks={np.log2(d): str(d) for d in DIMS},
        y_ticks=ticks,
    )
    panel.lines(
        np.array([[np.log2(dim), 11.3], [np.log2(dim), 24.6]]), color="muted", dash=(3, 3), width=1
    )
    for way, model, color, marker, dash, label in (
        ("textbook", "IAF", BLUE, "o", (), "cheap direction: one call"),
        ("textbook", "MAF", ORANGE, "s", (7, 4), "dear direction, textbook: D calls"),
        ("each unit once", "MAF", GREEN, "^", (2, 3), "dear direction, each unit once: D steps"),
    ):
        curve = np.log2([[d, measured(d)[way, model, WANTED[1]][1]] for d in DIMS])
        panel.lines(curve, color=color, width=2, dash=dash)
        panel.points(curve, color=color, marker=marker, size=4.5, alpha=1, label=label)
    return panel


def draw(dim, way):
    """Both tables at one D, and the multiply-adds at every D."""
    steps = _table(dim, way, 0, f"steps, one after another, D = {dim}", DIMS[-1])
    work = _table(
        dim, way, 1, "multiply-adds a row", measured(DIMS[-1])["textbook", "MAF", WANTED[1]][1]
    )
    return Picture([[steps], [work], [_chart(dim)]], width=560)


def say(dim, way):
    cost = measured(dim)
    dear, cheap = cost[way, "MAF", "sample"], cost[way, "IAF", "sample"]
    return (
        f"D = {dim}, {way}: the cheap direction takes {cheap[0]} step and {cheap[1]:,} "
        f"multiply-adds a row, the dear one {dear[0]} steps and {dear[1]:,}."
    )


def controls():
    return {
        "dim": SelectionSlider(options=DIMS, value=16, description="variables D"),
        "way": ToggleButtons(
            options=list(WAYS), description="dear direction", tooltips=list(WAYS.values())
        ),
    }


SHEET = [
    {"dim": 4, "way": "textbook"},
    {"dim": 64, "way": "textbook"},
    {"dim": 64, "way": "each unit once"},
]
ALT = (
    "Three frames, each with two tables and a chart. The tables have the rows MAF and IAF and the "
    "columns log p of given x, sample, and sample with its own log p. MAF takes 1 step, D steps, D "
    "steps; IAF takes D steps, 1 step, 1 step. In multiply-adds the D steps of the textbook cost D "
    "network passes; with each unit computed once they cost less than one dense pass, still in D "
    "steps. The chart shows multiply-adds against D from 2 to 64: a steep line for the textbook, "
    "two nearly level ones for the cheap direction and for each unit once."
)


def price():
    """Show what a layer of MAF and of IAF pays for a density, for a sample, and for both."""
    explore(
        draw=draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="The price of direction",
        columns=3,
    )
