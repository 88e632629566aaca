"""Draw the pictures of the README: `python course.py figures` writes figures/*.png, the same bytes on every run."""

import os
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from .. import fit, maf
from ..datasets import TOYS
from ..plotting import angle_colors, grid_lines, grid_points, plot_step, use_style
from .pictures import png

FIGURES = Path(__file__).resolve().parents[2] / "figures"
NIGHT, LIGHT = "#10131C", "#E8EAF0"        # a ground of its own: the same in GitHub's light and dark themes


def hero():
    """A pinwheel on its way through a trained MAF, and the density that the flow has learned."""
    toy, n_layers = TOYS["pinwheel"], 10
    flow = maf(2, n_layers, hidden=(64, 64), activation="tanh")
    params = fit(flow, lambda rng: toy.sample(rng, 4000), rng=np.random.default_rng(0), epochs=150, batch_size=256,
                 lr=5e-3, schedule="cosine", progress=False).params
    x = toy.sample(np.random.default_rng(1), 2600)
    box, reach = ((-4.0, 4.0), (-4.0, 4.0)), 4.0
    grid = grid_lines(box, lines=17)
    clouds = flow.bijection.steps(params["bijection"], x)
    grids = [step.reshape(grid.shape) for step in flow.bijection.steps(params["bijection"], grid.reshape(-1, 2))]
    colors = angle_colors(clouds[-1])

    fig = Figure(figsize=(12.6, 5.0), dpi=150, facecolor=NIGHT, layout="none")

    def panel(left, bottom, side, title):               # a square, in inches
        ax = fig.add_axes((left / 12.6, bottom / 5.0, side / 12.6, side / 5.0))
        ax.set_axis_off()
        ax.text(0.04, 0.96, title, transform=ax.transAxes, va="top", color=LIGHT, fontsize=11 + side / 2, zorder=9,
                path_effects=[withStroke(linewidth=3, foreground=NIGHT)])
        return ax

    ax = panel(0.05, 0.05, 4.9, "the learned density  $p(x)$")
    points, _ = grid_points(box, 500)
    density = np.exp(flow.log_prob(params, points)).reshape(500, 500)
    ax.imshow(density.T, origin="lower", extent=np.ravel(box), cmap="magma", vmax=0.8 * density.max())
    titles = {0: "data  $x$", n_layers: "noise  $u$"}
    for frame, k in enumerate(range(0, n_layers + 1, 2)):
        row, column = divmod(frame, 3)
        ax = panel(5.1 + 2.5 * column, 2.55 - 2.5 * row, 2.4, titles.get(k, f"after {k} layers"))
        plot_step(ax, clouds[k], grids[k], colors, grid_color="#2C3348", s=3.5, alpha=0.9)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    return fig


def main():
    use_style()
    FIGURES.mkdir(exist_ok=True)
    for name, draw in {"hero": hero}.items():
        handle, temporary = tempfile.mkstemp(dir=FIGURES, suffix=".new")
        with open(handle, "wb") as file:
            file.write(png(draw(), colors=256))
        os.chmod(temporary, 0o644)
        os.replace(temporary, FIGURES / f"{name}.png")
        print(f"figures/{name}.png")


if __name__ == "__main__":
    main()
