"""Static figures, in one style. Needs matplotlib, which `import tinymaf` does not load.

They have no ground of their own: ink, palette and density map show on a white page and on a dark
one.
"""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart with any kind of colour vision.
BLUE, ORANGE, GREEN, PINK, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#6B6B6B"
WHEEL = LinearSegmentedColormap.from_list(
    "wheel", [BLUE, "#56B4E9", GREEN, "#E69F00", ORANGE, PINK, BLUE]
)
# For text and axes: a contrast of 4.5 with white, and of 4.1 with JupyterLab's and GitHub's dark.
INK = "#767676"
# A density: what has none is the page itself. Lightness (L* near 50 where it is opaque) goes to the
# middle, away from a white page and from a dark one; the hues lie between the palette's blue and
# orange, which are left to points and lines.
DENSITY = LinearSegmentedColormap.from_list(
    "tinymaf",
    [
        (0.0, (0.42, 0.44, 0.86, 0.0)),
        (0.35, (0.50, 0.40, 0.83, 0.5)),
        (0.7, (0.68, 0.28, 0.72, 0.85)),
        (1.0, (0.82, 0.22, 0.50, 1.0)),
    ],
)
matplotlib.colormaps.register(DENSITY, force=True)

STYLE = {
    "figure.dpi": 110,
    "savefig.dpi": 150,
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PINK, GREY]),
    "image.cmap": "tinymaf",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    **dict.fromkeys(["text.color", "axes.labelcolor", "axes.edgecolor"], INK),
    **dict.fromkeys(["xtick.color", "ytick.color"], INK),
    "figure.constrained_layout.use": True,
    "legend.frameon": False,
}


def use_style():
    """Set matplotlib's defaults to the course's style."""
    plt.rcParams.update(STYLE)


def new_figure(columns=1, rows=1, size=(3.2, 3.2), **options):
    """`(fig, axes)` like `plt.subplots`, `size` inches a panel. Nothing displays it but who is told
    to.
    """
    fig = Figure(
        figsize=(columns * size[0], rows * size[1]), dpi=STYLE["figure.dpi"], layout="constrained"
    )
    fig.get_layout_engine().set(wspace=0.06, hspace=0.06)
    return fig, fig.subplots(rows, columns, **options)


def angle_colors(x, centre=(0.0, 0.0)):
    """A colour for each row of `x` (N, 2) by its angle around `centre`: neighbours get similar
    colours.
    """
    angle = np.arctan2(x[:, 1] - centre[1], x[:, 0] - centre[0])
    return WHEEL(angle / (2 * np.pi) % 1)


def plot_density(ax: Axes, log_prob, box, n=150, **image_options):
    """`exp(log_prob)` as an image over `box = ((x1 low, high), (x2 low, high))`.

    `log_prob` is a function (N, 2) -> (N,). Returns the image.
    """
    grid, _ = grid_points(box, n)
    density = np.exp(log_prob(grid)).reshape(n, n)
    (x1_low, x1_high), (x2_low, x2_high) = box
    image = ax.imshow(
        density.T,
        origin="lower",
        extent=(x1_low, x1_high, x2_low, x2_high),
        aspect="equal",
        cmap=image_options.pop("cmap", DENSITY),
        **{"vmin": 0, "interpolation": "bilinear", **image_options},
    )
    label_axes(ax)
    return image


def grid_points(box, n):
    """The n x n points of a regular grid over `box`, shape (n * n, 2), and the two axes."""
    axes = [np.linspace(low, high, n) for low, high in box]
    return np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1), axes


def plot_points(ax: Axes, x, box=None, color=BLUE, **options):
    """A scatter plot of the rows of `x`, shape (N, 2)."""
    ax.scatter(*x.T, **{"s": 4, "alpha": 0.5, "linewidths": 0, "color": color, **options})
    ax.set_aspect("equal")
    if box is not None:
        ax.set_xlim(box[0])
        ax.set_ylim(box[1])
    label_axes(ax)


def label_axes(ax: Axes, letter="x"):
    """`x1` and `x2` (or u1 and u2) on the axes, few ticks."""
    ax.set_xlabel(f"${letter}_1$")
    ax.set_ylabel(f"${letter}_2$", rotation=0, labelpad=8)
    ax.locator_params(nbins=5)


def grid_lines(box, lines=13, points=300):
    """The lines of a grid over `box`, as points: shape (2 * lines, points, 2)."""
    (x1_low, x1_high), (x2_low, x2_high) = box
    x1, x2, t = (
        np.linspace(x1_low, x1_high, lines),
        np.linspace(x2_low, x2_high, lines),
        np.linspace(0, 1, points),
    )
    upright = np.stack(np.broadcast_arrays(x1[:, None], x2_low + (x2_high - x2_low) * t), axis=-1)
    level = np.stack(np.broadcast_arrays(x1_low + (x1_high - x1_low) * t, x2[:, None]), axis=-1)
    return np.concatenate([upright, level])


def between(steps, t):
    """Linear interpolation in a list of arrays: `steps[2]` for t = 2, half way to `steps[3]` for t
    = 2.5.
    """
    k = min(int(t), len(steps) - 2)
    return (1 - (t - k)) * steps[k] + (t - k) * steps[k + 1]


def plot_step(ax: Axes, points, lines, colors, grid_color="#9A9A9A88", **options):
    """One moment of a flow: a coloured cloud (N, 2) on the lines of a grid that it carries
    along.
    """
    ax.add_collection(LineCollection(lines, colors=grid_color, linewidths=0.6, zorder=1))
    ax.scatter(
        *points.T, c=colors, **{"s": 7, "alpha": 0.8, "linewidths": 0, "zorder": 2, **options}
    )
    ax.set_aspect("equal")


def plot_images(ax: Axes, images, columns=10, gap=1):
    """Square grey pictures, one a row of `images` (N, side^2), tiled with `columns` in a line."""
    side = int(round(np.sqrt(images.shape[1])))
    rows = -(-len(images) // columns)
    sheet = np.full((rows * (side + gap) - gap, columns * (side + gap) - gap), np.nan)
    for k, image in enumerate(images):
        top, left = (side + gap) * (k // columns), (side + gap) * (k % columns)
        sheet[top : top + side, left : left + side] = image.reshape(side, side)
    ax.imshow(sheet, cmap="gray_r", vmin=0, vmax=17)
    ax.set_axis_off()
