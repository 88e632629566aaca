"""The README's thumbnails: a small drawing for each notebook, without words, made for its size."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from sklearn.datasets import load_digits

from tinymaf.datasets import TOYS
from tinymaf.plotting import BLUE, ORANGE, angle_colors

INK, FAINT = "#334155", "#CBD5E1"
X = np.linspace(-3, 3, 200)


def bump(x, at=0.0, width=1.0):
    return np.exp(-0.5 * ((x - at) / width) ** 2) / width


def moons(ax):
    x = TOYS["two moons"].sample(np.random.default_rng(1), 700)
    ax.scatter(*x.T, c=angle_colors(x), s=4, linewidths=0)


def cut_through_a_joint(ax):
    a, b = np.meshgrid(X, X)
    joint = bump(a) * (bump(b, a, 0.5) + bump(b, -a, 0.5))
    ax.imshow(joint, origin="lower", extent=(-3, 3, -3, 3), cmap="magma", aspect="auto")
    ax.axvline(1.4, color="white", lw=2)
    ax.plot(1.4 + 0.5 * (bump(X, 1.4, 0.5) + bump(X, -1.4, 0.5)), X, color=ORANGE, lw=3)


def bent_grid(ax):
    for line in np.linspace(-2, 2, 9):
        for x, y in ((X, 0 * X + line), (0 * X + line, X)):
            ax.plot(x + 0.5 * np.sin(1.4 * y), y + 0.35 * x * np.tanh(x), color=BLUE, lw=1.3)


def network(ax):
    layers = [[1, 2, 3, 4], [1, 1, 2, 2, 3, 3], [1, 2, 3, 4]]
    places = [np.linspace(-1, 1, len(units)) for units in layers]
    for k in (0, 1):
        for i, low in zip(places[k], layers[k]):
            for j, high in zip(places[k + 1], layers[k + 1]):
                if high > low or (k == 0 and high == low):
                    ax.plot((k, k + 1), (i, j), color=FAINT, lw=1.2, zorder=1)
    for k, (units, at) in enumerate(zip(layers, places)):
        ax.scatter([k] * len(units), at, c=units, cmap="viridis", s=95, zorder=2, vmin=0, vmax=4.5)
    ax.set(xlim=(-0.2, 2.2), ylim=(-1.2, 1.2))


def mixture(ax):
    parts = [0.5 * bump(X, -1.3, 0.5), 0.8 * bump(X, 0.4, 0.6), 0.4 * bump(X, 1.9, 0.4)]
    for part in parts:
        ax.fill_between(X, part, color=BLUE, alpha=0.2, lw=0)
    ax.plot(X, sum(parts), color=INK, lw=2.5)


def triangle(ax):
    n = 6
    for i in range(n):
        for j in range(i + 1):
            color = ORANGE if i == j else BLUE
            ax.add_patch(_square(j, -i, color, 1 if i == j else 0.25 + 0.1 * j))
    ax.set(xlim=(-3, n + 2), ylim=(-n + 0.5, 1.6), aspect="equal")


def _square(x, y, color, alpha):
    return Rectangle((x, y), 0.88, 0.88, color=color, alpha=alpha, lw=0)


def crossing_wires(ax):
    t = np.linspace(0, 1, 60)
    smooth = t**2 * (3 - 2 * t)
    for k in range(3):
        for i, color in enumerate((BLUE, ORANGE, "#009E73", "#CC79A7")):
            order = (i, 3 - i) if k % 2 == 0 else (3 - i, i)
            ax.plot(k + t, order[0] + (order[1] - order[0]) * smooth, color=color, lw=3)


def two_losses(ax):
    t = np.linspace(0.02, 1, 150)
    held = 0.9 * np.exp(-7 * t) + 0.45 * t**1.6 + 0.2
    ax.plot(t, 0.95 * np.exp(-6 * t) + 0.12, color=FAINT, lw=3)
    ax.plot(t, held, color=BLUE, lw=3)
    ax.plot(t[held.argmin()], held.min(), "o", color=ORANGE, ms=9)


def one_of_two_peaks(ax):
    ax.fill_between(X, bump(X, -1.4, 0.45) + bump(X, 1.4, 0.45), color=FAINT, lw=0)
    ax.plot(X, bump(X, -1.4, 0.5), color=ORANGE, lw=3)


def checkerboard(ax):
    for i in range(4):
        for j in range(7):
            ax.add_patch(_square(j, i, BLUE if (i + j) % 2 else ORANGE, 0.85))
    ax.set(xlim=(-0.3, 7.2), ylim=(-0.2, 4.1), aspect="equal")


def digits(ax):
    for k, digit in enumerate(load_digits().images[[3, 0, 6]]):
        ax.imshow(digit, cmap="gray_r", extent=(9 * k, 9 * k + 8, 0, 8))
    ax.set(xlim=(-1, 27), ylim=(-1, 9), aspect="auto")


def latent_plane(ax):
    rng = np.random.default_rng(0)
    for k in range(7):
        turn = 2 * np.pi * k / 7
        spread = rng.standard_normal((70, 2)) * [0.22, 0.55]
        turned = spread @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        at = 1.5 * np.array([np.cos(turn), np.sin(turn)])
        ax.scatter(*(at + turned).T, s=5, color=f"C{k}", linewidths=0)


def off_the_diagonal(ax):
    t = np.linspace(0, 1, 80)
    ax.plot(t, t, color=FAINT, lw=3)
    ax.plot(t, t + 0.28 * np.sin(np.pi * t) ** 2, color=ORANGE, lw=3)
    ax.plot(t, t - 0.02 * np.sin(7 * t), color=BLUE, lw=2)


def error_bars(ax):
    means = np.array([0.2, 0.45, 0.5, 0.62, 0.8])
    for k, (mean, bar) in enumerate(zip(means, (0.10, 0.14, 0.12, 0.16, 0.09))):
        color = ORANGE if k == 2 else BLUE
        ax.errorbar(mean, -k, xerr=bar, fmt="o", color=color, ms=8, lw=3, capsize=5)


def drawn_ring(ax):
    a, b = np.meshgrid(X, 0.7 * X)
    ax.imshow(
        bump(np.hypot(a, b), 1.4, 0.28),
        origin="lower",
        extent=(-3, 3, -2.1, 2.1),
        cmap="magma",
        aspect="auto",
    )
    turn = np.random.default_rng(0).uniform(0, 1.5 * np.pi, 220)
    reach = 1.4 + 0.16 * np.random.default_rng(1).standard_normal(220)
    ax.scatter(reach * np.cos(turn), reach * np.sin(turn), s=5, color="#7CC7FF", linewidths=0)
    ax.set(xlim=(-3, 3), ylim=(-2.1, 2.1))


DRAWINGS = {
    "00": moons,
    "01": cut_through_a_joint,
    "02": bent_grid,
    "03": network,
    "04": mixture,
    "05": triangle,
    "06": crossing_wires,
    "07": two_losses,
    "08": one_of_two_peaks,
    "09": checkerboard,
    "10": digits,
    "11": latent_plane,
    "12": off_the_diagonal,
    "13": error_bars,
    "playground": drawn_ring,
}


def draw(name, width=240, height=150):
    """The figure of a notebook's thumbnail; `name` is a key of `DRAWINGS`."""
    fig = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor="white", layout="none")
    ax = fig.add_axes((0.03, 0.05, 0.94, 0.9))
    ax.set_axis_off()
    DRAWINGS[name](ax)
    return fig
