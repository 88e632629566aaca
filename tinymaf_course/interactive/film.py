"""A flow as a film: each layer moves the cloud and the grid."""

from tinymaf.plotting import between, grid_lines

from .colors import wheel
from .picture import plane


def film(flow, params, x, box, reach=3.6):
    """A function of t, from 0 (data) to the number of layers (noise), to a Panel.

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
        return panel.points(between(steps, t), color=colors, palette="wheel", size=2.6)

    return picture
