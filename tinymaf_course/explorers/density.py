"""The density of a trained flow in the plane, and its samples, warmer and colder."""

import numpy as np
from ipywidgets import FloatSlider, SelectionSlider

from tinymaf import StandardNormal
from tinymaf.datasets import TOYS

from ..interactive import Picture, cells, corners, explore, plane, wheel
from ..interactive.film import circles
from ._flows import in_the_plane, recorded_moons, single

COUNTS = (0, 100, 300, 1000, 3000)


def window(flow, params):
    """A box around nearly all samples, with some room."""
    x = flow.sample(params, np.random.default_rng(0), 2000)
    low, high = np.quantile(x, [0.005, 0.995], axis=0)
    air = 0.15 * (high - low)
    return tuple((float(a), float(b)) for a, b in zip(low - air, high + air))


class Warmth:
    """A flow at a temperature T: samples are f(T u) with u ~ N(0, I).

        log p_T(x) = log N(u(x) / T) - D log T + log|det du/dx|

    T changes the base alone. So u(x) and the determinant are computed once for all T.
    """

    def __init__(self, flow, params, box, most=max(COUNTS)):
        in_the_plane(flow)
        if not isinstance(flow.base, StandardNormal):
            raise ValueError(
                f"flow must have a standard normal base, got {type(flow.base).__name__}"
            )
        self.flow = flow
        self.params = single(params)
        self.box = box
        self.u = np.random.default_rng(0).standard_normal((most, 2)).astype(np.float32)
        self.colors, self.grids = wheel(self.u), {}
        # All three panels get one shape.
        wide = 5 * max(1.0, (box[0][1] - box[0][0]) / (box[1][1] - box[1][0]))
        high = wide * (box[1][1] - box[1][0]) / (box[0][1] - box[0][0])
        self.u_box = (-wide, wide), (0.2 - 1.2 * high, 0.8 * high)
        self.noise_at = self._x_to_u(corners(box, 49))[0]

    def _x_to_u(self, x):
        return self.flow.bijection.x_to_u(self.params["bijection"], x.astype(np.float32))

    def density(self, T, n):
        """p_T on n x n cells."""
        if n not in self.grids:
            self.grids[n] = self._x_to_u(cells(self.box, n))
        u, log_det = self.grids[n]
        return np.exp(
            -0.5 * (u**2).sum(axis=1) / T**2 - np.log(2 * np.pi * T**2) + log_det
        ).reshape(n, n)

    def samples(self, T, n):
        """`(x, u)`: n samples at temperature T and their noise. Every T uses the same draws."""
        u = self.u[:n] * np.float32(T)
        return (self.flow.bijection.u_to_x(self.params["bijection"], u)[0] if n else u), u

    def draw(self, T, samples, fine):
        """Density, samples and noise side by side: a Picture."""
        x, u = self.samples(T, samples)
        dots = {
            "color": self.colors[:samples],
            "palette": "wheel",
            "size": 2.4 if samples < 2000 else 1.7,
        }
        p = plane(self.box, "density", share=1.22).density(
            self.density(T, 200 if fine else 100), vmax=None, bar=True, float32=True, label="p(x)"
        )
        for k in range(2):
            p.readout(f"u{'₁₂'[k]}", self.noise_at[:, k].reshape(49, 49))
        noise = plane(self.u_box, "their noise T u", "u", legend="lower left").points(u, **dots)
        noise.lines(T * circles(), color="ink", width=1.3, dash=(5, 4), label="hold 50 and 95 %")
        return Picture([p, plane(self.box, "samples").points(x, **dots), noise])

    def say(self, T, samples):
        top = f"temperature {T:.2f}: the density rises to {self.density(T, 200).max():.2f}"
        if not samples:
            return f"{top}; no samples drawn"
        own = self.flow.log_prob(self.params, self.samples(T, samples)[0])
        return (
            f"{top}; the flow itself, T = 1, gives these {samples:,} samples {own.mean():.2f} nats "
            "on average"
        ).replace("-", "−")


def controls():
    return {
        "T": FloatSlider(
            1.0,
            min=0.1,
            max=1.6,
            step=0.05,
            description="temperature",
        ),
        "samples": SelectionSlider(options=COUNTS, value=1000, description="samples"),
    }


SHEET = [
    {"T": 0.3, "samples": 300},
    {"T": 0.7, "samples": 1000},
    {"T": 1.0, "samples": 1000},
    {"T": 1.5, "samples": 3000},
]
ALT = (
    "Four frames, each with a density, samples in the colour of the noise that they come from, and "
    "that noise. At temperature 0.3 the noise is a small disc and the samples cover only what the "
    "flow made of its middle. At 0.7 they cover more, at 1 the whole of the learned density. At "
    "1.5 they stray beyond it, and the density is lower and wider."
)


def density(flow=None, params=None, box=None):
    """Show the density of a trained flow in the plane, and its samples. By default it is two moons.

    Args:
        flow, params: a `Flow` with a standard normal base, and its trained parameters.
        box: ((x1 low, high), (x2 low, high)), the window; by default one that holds most samples.
    """
    if flow is None:
        flow, stages, _ = recorded_moons()
        params, box = stages[max(stages)], box or TOYS["two moons"].box
    if params is None:
        raise ValueError("density(flow, params) needs the trained parameters of the flow")
    warm = Warmth(flow, params, box or window(flow, params))
    explore(
        draw=warm.draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=warm.say,
        title="Density and temperature",
        columns=1,
    )
