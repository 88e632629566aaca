"""A flow as a film: each layer moves the cloud and the grid."""

import numpy as np

from tinymaf.plotting import between, grid_lines

from .colors import wheel
from .picture import plane


def circles(shares=(0.5, 0.95), points=90):
    """The circles that hold these shares of a standard normal, (len(shares), points, 2)."""
    t = np.linspace(0, 2 * np.pi, points)
    radii = np.sqrt(-2 * np.log1p(-np.asarray(shares)))
    return radii[:, None, None] * np.stack([np.cos(t), np.sin(t)], axis=1)


def film(flow, params, x, box, reach=3.6):
    """A function of t, from 0 (data) to the number of layers (noise), to a Panel.

    The dashed circles hold 50 and 95 % of N(0, I): the noise should fill them evenly.

    At whole numbers it shows what comes out of a layer. In between, points move on straight lines,
    for the eye only.
    """
    steps = flow.bijection.steps(params["bijection"], x)
    grid = grid_lines(box, points=120)
    grids = [
        step.reshape(grid.shape)
        for step in flow.bijection.steps(params["bijection"], grid.reshape(-1, 2))
    ]
    colors, last = wheel(x), len(steps) - 1

    def picture(t):
        title = {0: "data x", last: "noise u"}.get(t, f"after {t:g} of {last} layers")
        panel = plane(((-reach, reach), (-reach, reach)), title, {0: "x", last: "u"}.get(t, "h"))
        panel.lines(between(grids, t), color="faint", width=1)
        panel.points(between(steps, t), color=colors, palette="wheel", size=2.6)
        return panel.lines(
            circles(), color="ink", width=1.3, dash=(5, 4), label="hold 50 and 95 % of N(0, I)"
        )

    return picture
