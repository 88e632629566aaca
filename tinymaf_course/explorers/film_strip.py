"""A film strip of a stack: the data after each layer, and how far each variable is from normal."""

import functools
import math
import warnings

import numpy as np
from ipywidgets import SelectionSlider, ToggleButtons

from tinymaf import fit, maf
from tinymaf.datasets import TOYS

from ..interactive import BLUE, ORANGE, Panel, Picture, explore, plane, wheel
from ..interactive.film import circles
from ._recorded import params_of

NAMES = ("same", "reversed", "random")
DEPTHS = (1, 2, 3, 5)
BINS = 16
REACH = 3.4
IN_LINE = 3
# The orders of five layers, drawn at random once.
COINS = ("reversed", "natural", "natural", "reversed", "natural")
_erf = np.vectorize(math.erf, otypes=[float])


def orders_of(name, depth):
    """The orders of the first `depth` layers, from the one that faces the data.

    >>> orders_of("reversed", 3)
    ['natural', 'reversed', 'natural']
    """
    orders = {
        "same": ["natural"] * depth,
        "reversed": ["natural", "reversed"] * depth,
        "random": list(COINS),
    }
    return orders[name][:depth]


def pit(h):
    """`Phi(h)`, the probability integral transform.

    It is uniform on [0, 1] where h is standard normal.
    """
    return 0.5 * (1 + _erf(h / math.sqrt(2)))


def flow_of(name, depth):
    with warnings.catch_warnings():
        # One shared order is what the figure shows.
        warnings.filterwarnings("ignore", "layers .* share one order")
        return maf(2, depth, (32, 32), orders=orders_of(name, depth), activation="tanh")


def train(name, depth):
    """The parameters of `flow_of(name, depth)` after training on two moons."""
    return fit(
        flow_of(name, depth),
        TOYS["two moons"].sample(np.random.default_rng(0), 4000),
        rng=np.random.default_rng(0),
        epochs=40,
        batch_size=200,
        lr=1e-2,
        schedule="cosine",
        progress=False,
    ).params


def train_all():
    """What recorded/film_strip.npz keeps."""
    return {f"{name} {depth}": train(name, depth) for name in NAMES for depth in DEPTHS}


@functools.cache
def trained(anew=False):
    """`{(name of the orders, depth): (flow, params)}` on two moons, trained beforehand, or anew."""
    found = {}
    for name, depth in [(name, depth) for name in NAMES for depth in DEPTHS]:
        flow = flow_of(name, depth)
        kept = None if anew else params_of("film_strip", f"{name} {depth}", flow)
        found[name, depth] = flow, train(name, depth) if anew else kept
    return found


class Strip:
    """The data of a toy after each layer.

    Attributes:
        steps: the cloud after 0, 1, ..., K layers.
        nats: KL(h, N(0, I)) of each. It is exact: `log p(h_k) = log p(x) - sum of log_det so far`.
    """

    def __init__(self, flow, params, x, log_p):
        h = x
        log_p_h = log_p
        self.steps = []
        self.nats = []
        for layer, p in [(None, None), *zip(flow.bijection.layers, params["bijection"])]:
            if layer is not None:
                h, log_det = layer.x_to_u(p, h)
                log_p_h = log_p_h - log_det
            self.steps.append(h)
            normal = -0.5 * np.sum(h**2, axis=1) - math.log(2 * math.pi)
            self.nats.append(float(np.mean(log_p_h - normal)))


class Strips:
    """The strips of several flows in the plane.

    A picture has three columns and as many rows as it takes.
    """

    def __init__(self, models, toy):
        self.models, self.toy = models, toy
        self.x = toy.sample(np.random.default_rng(1), 6000)
        self.log_p = toy.log_prob(self.x)
        self.colors = wheel(self.x[:800])
        self.strip = functools.cache(
            lambda orders, depth: Strip(*models[orders, depth], self.x, self.log_p)
        )

    @property
    def names(self):
        """The names of the orders, as given."""
        return list(dict.fromkeys(name for name, _ in self.models))

    @property
    def depths(self):
        return sorted({depth for _, depth in self.models})

    def _cloud(self, strip, k, depth):
        if k > depth:
            return plane(((-REACH, REACH),) * 2, axes=False)
        name = "data" if k == 0 else "noise" if k == depth else f"layer {k}"
        cloud = plane(((-REACH, REACH),) * 2, f"{name}: {strip.nats[k]:.2f}", axes=False)
        h = strip.steps[k][:800]
        # A stray point would lie on a title or in the next cloud.
        inside = np.abs(h).max(axis=1) < REACH
        cloud.points(h[inside], self.colors[inside], "wheel", size=2)
        return cloud.lines(circles(), color="ink", width=1, dash=(4, 4))

    @staticmethod
    def _pit(strip, k, depth):
        if k > depth:
            return Panel((0, 1), (0, 1), aspect=0.4, axes=False)
        h = strip.steps[k]
        panel = Panel((0, 1), (0, 3.9), aspect=0.4, x_ticks={0: "0", 0.5: "½", 1: "1"}, y_ticks=[])
        share = [np.histogram(column, BINS, (0, 1))[0] * BINS / len(h) for column in pit(h).T]
        edges = np.linspace(0, 1, BINS + 1)
        level = np.minimum(share, 3.85)
        names = ("Φ(h₁)", "Φ(h₂)") if k == 0 else ("", "")
        panel.bars(
            (edges[1:] + edges[:-1]) / 2, level[0], 1 / BINS, color=BLUE, alpha=0.45, label=names[0]
        )
        steps = np.stack([np.repeat(edges, 2)[1:-1], np.repeat(level[1], 2)], axis=1)
        panel.lines(steps, color=ORANGE, width=1.8, label=names[1])
        return panel.lines(np.array([[0, 1], [1, 1]]), color="ink", width=1, dash=(3, 3))

    def draw(self, depth, orders):
        """Rows of clouds, and below each cloud the PIT of both variables.

        On a narrow page one long row would break, and part the clouds from their PIT.
        """
        strip, rows = self.strip(orders, depth), []
        for start in range(0, depth + 1, IN_LINE):
            line = range(start, start + IN_LINE)
            rows += [
                [self._cloud(strip, k, depth) for k in line],
                [self._pit(strip, k, depth) for k in line],
            ]
        return Picture(rows, width=820)

    def say(self, depth, orders):
        flow, _ = self.models[orders, depth]
        turns = ", ".join(
            "x₁ x₂" if layer.net.degrees[0] == 1 else "x₂ x₁" for layer in flow.bijection.layers
        )
        nats = self.strip(orders, depth).nats
        return (
            f"{depth} layer{'s' * (depth > 1)}, {orders} ({turns}): {nats[-1]:.2f} nats short of "
            f"the truth. Nats from noise on the way: {', '.join(f'{n:.2f}' for n in nats)}"
        )


def controls(strips):
    names, depths = strips.names, strips.depths
    return {
        "depth": SelectionSlider(options=depths, value=depths[-1], description="layers"),
        "orders": ToggleButtons(options=names, value=names[0], description="orders"),
    }


def sheet_for(strips):
    """The shallowest stack, then the deepest one in every order."""
    names, depths = strips.names, strips.depths
    deep = [{"depth": depths[-1], "orders": name} for name in names]
    return [{"depth": depths[0], "orders": names[0]}, *deep]


ALT = (
    "Four film strips. Each has the two moons, coloured, then the cloud after every layer, with "
    "nats from noise in its title, and below each cloud the histograms of Phi(h1) and Phi(h2), "
    "flat where the variable is standard normal. One layer: still two bands, the histogram of the "
    "second variable has two humps at the end. Five layers in the same order: odd clouds on the "
    "way, and the same two humps at the end. Five layers in reversed orders: odd clouds on the "
    "way, a round cloud and two flat histograms at the end. Five layers in random orders: nearly "
    "as good."
)


def film_strip(models=None, toy=TOYS["two moons"], alt=None):
    """Show what each layer of a stack leaves behind, for stacks of several depths and orders.

    Args:
        models: {(name of the orders, depth): (flow, params)} for all pairs, MAFs in the plane. By
            default twelve of them, trained beforehand on two moons.
        toy: the density whose data goes through.
        alt: the contact sheet in words, if the default does not fit.
    """
    strips = Strips(trained() if models is None else dict(models), toy)
    explore(
        draw=strips.draw,
        controls=controls(strips),
        sheet=sheet_for(strips),
        alt=alt or ALT,
        say=strips.say,
        title="A film strip of a stack",
        columns=2,
    )
