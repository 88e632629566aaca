"""The layers of a trained flow, one after another, in either direction."""

import functools

import numpy as np
from ipywidgets import ToggleButtons

from tinymaf.datasets import TOYS
from tinymaf.flows import maf
from tinymaf.plotting import between, grid_lines
from tinymaf.training import fit

from ..interactive import Scrub, explore, plane, wheel

REACH = 3.6
CIRCLE = 2 * np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 121)), np.sin(np.linspace(0, 2 * np.pi, 121))], axis=1
)


@functools.cache
def trained():
    """`(flow, params)`: a MAF of five layers on the two moons. Training takes about a second."""
    flow, moons = maf(2, 5, activation="tanh"), TOYS["two moons"]
    found = fit(
        flow,
        moons.sample(np.random.default_rng(0), 3000),
        rng=np.random.default_rng(0),
        epochs=80,
        batch_size=256,
        lr=1e-2,
        schedule="cosine",
        progress=False,
    )
    return flow, found.params


def _steps_back(chain, params, u):
    """`[u, ..., x]`: u after 0, 1, ..., all layers are undone, the last layer first."""
    steps = [u]
    for layer, p in zip(reversed(chain.layers), reversed(params)):
        steps.append(layer.u_to_x(p, steps[-1])[0])
    return steps


class Layers:
    """A cloud and a grid after 0, 1, ..., K layers, in both directions.

    "x to u" starts with the data, "u to x" with fresh noise and a square grid. The way back goes
    through the last layer first.
    """

    def __init__(self, flow, params, x, box):
        chain, p = flow.bijection, params["bijection"]
        self.count = len(chain.layers)
        u = np.random.default_rng(0).standard_normal(np.shape(x))
        starts = {
            "x to u": (np.asarray(x), grid_lines(box, points=80)),
            "u to x": (u, grid_lines(((-3, 3), (-3, 3)), points=80)),
        }
        self.points = {}
        self.grids = {}
        self.colors = {}
        for direction, (cloud, grid) in starts.items():
            steps = chain.steps if direction == "x to u" else functools.partial(_steps_back, chain)
            self.points[direction] = steps(p, cloud)
            self.grids[direction] = [
                step.reshape(grid.shape) for step in steps(p, grid.reshape(-1, 2))
            ]
            self.colors[direction] = wheel(cloud)

    def draw(self, t, direction):
        """The cloud and the grid after t layers.

        In between they move on straight lines, for the eye only.
        """
        ends = ("data x", "noise u") if direction == "x to u" else ("noise u", "data x")
        title = {0: ends[0], self.count: ends[1]}.get(t, f"after {t:g} of {self.count} layers")
        panel = plane(
            ((-REACH, REACH),) * 2, title, {0: ends[0][-1], self.count: ends[1][-1]}.get(t, "h")
        )
        panel.lines(between(self.grids[direction], t), color="faint", width=1)
        panel.points(between(self.points[direction], t), self.colors[direction], "wheel", size=2.6)
        return panel.lines(CIRCLE, color="ink", width=1.5, dash=(5, 4))

    def say(self, t, direction):
        z = between(self.points[direction], t)
        mean = z.mean(axis=0).round(2) + 0.0
        sd = z.std(axis=0)
        inside = np.mean(np.hypot(*z.T) < 2)
        where = f"{direction.replace(' to ', ' → ')}, {t:g} of {self.count} layers"
        where += "" if t == int(t) else ", on the way"
        return (
            f"{where}: means {mean[0]:.2f}, {mean[1]:.2f}; sds {sd[0]:.2f}, {sd[1]:.2f}; "
            f"correlation {np.corrcoef(z.T)[0, 1]:.2f}; {inside:.1%} in the circle (standard "
            f"normal: {1 - np.exp(-2):.1%})"
        ).replace("-", "−")


def controls(scene):
    steps = np.arange(0, scene.count + 0.01, 0.25 if scene.count <= 6 else 0.5)
    ways = [("x → u", "x to u"), ("u → x", "u to x")]
    return {
        "direction": ToggleButtons(options=ways, style={"button_width": "90px"}),
        "t": Scrub([float(t) for t in steps], "layers passed"),
    }


def sheet_for(scene):
    """Start, middle and end of the way to the noise, then middle and end of the way to the data."""
    half, end = float(min(2, scene.count - 0.5)), float(scene.count)
    return [
        {"t": 0.0, "direction": "x to u"},
        {"t": half, "direction": "x to u"},
        {"t": end, "direction": "x to u"},
        {"t": half, "direction": "u to x"},
        {"t": end, "direction": "u to x"},
    ]


ALT = (
    "Five frames, points coloured by their angle at the start, on a grid that is carried along; a "
    "dashed circle of radius 2. From data to noise: two moons on a square grid; sheared and bent "
    "after two layers; a round cloud at the end. From noise to data: the cloud drawn out after two "
    "layers; two moons at the end, colours still in order."
)
ALT_OF_OTHERS = "Five frames: data, on the way, noise; then, from noise, on the way and samples."


def layers(flow=None, params=None, x=None, box=None, alt=None):
    """Show what each layer of a flow in the plane does, from data to noise or back.

    Args:
        flow, params: a trained flow with a chain of layers, by default a MAF on the two moons.
        x: data (N, 2) to send through. About 1,000 rows are enough.
        box: the grid's range in data space. By default it spans the data.
        alt: the contact sheet in words, if the default does not fit.
    """
    own = flow is None
    flow, params = trained() if own else (flow, params)
    x = TOYS["two moons"].sample(np.random.default_rng(1), 1200) if x is None else x
    box = box or (
        TOYS["two moons"].box if own else tuple(zip(np.min(x, axis=0), np.max(x, axis=0)))
    )
    scene = Layers(flow, params, x, box)
    explore(
        draw=scene.draw,
        controls=controls(scene),
        sheet=sheet_for(scene),
        alt=alt or (ALT if own else ALT_OF_OTHERS),
        say=scene.say,
        title="Through the layers",
        columns=5,
    )
