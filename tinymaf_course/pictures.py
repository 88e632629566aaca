"""Matplotlib figures as PNG, shown as one bundle of picture and words."""

import io
from pathlib import Path

import numpy as np
from IPython.display import display
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.spines import Spine
from matplotlib.text import Text
from PIL import Image

from tinymaf.plotting import (
    BLUE,
    INK,
    ORANGE,
    angle_colors,
    grid_lines,
    label_axes,
    new_figure,
    plot_step,
)

from . import medium

FILMS = Path(__file__).parent / "films"  # drawn by figures.py


def png(fig: Figure, dpi=None, colors=None):
    """The figure as PNG, always the same bytes.

    `colors=128` makes a palette, a third of the size.
    """
    file = io.BytesIO()
    fig.savefig(
        file,
        format="png",
        dpi=dpi or fig.dpi,
        facecolor=fig.get_facecolor(),
        metadata={"Software": None},
    )
    return reduce_colors(Image.open(file), colors) if colors else file.getvalue()


def choose_palette(image, colors):
    """The best colours for a PIL image, rare hues among them: `(palette, distinct, index)`.

    `palette` is (colors, 4), red, green, blue, alpha; `distinct` (M, 4) are the image's own
    colours, `index` says which of these each pixel has. A colour counts by the square root of its
    pixels. Otherwise a thin line would be drawn in its neighbours' colour.
    """
    pixels = np.asarray(image.convert("RGBA"))
    pixels = np.where(pixels[..., 3:] > 0, pixels, 0).astype(np.uint8)  # nothing has one colour
    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    packed, index, counts = np.unique(packed, return_inverse=True, return_counts=True)
    distinct = packed[:, None].view(np.uint8).astype(np.int32)
    weighted = np.repeat(distinct, np.rint(np.sqrt(counts)).astype(int), axis=0)
    if (distinct[:, 3] == 255).all():
        strip = Image.fromarray(weighted[None, :, :3].astype(np.uint8))
        chosen = np.reshape(strip.quantize(colors, kmeans=2).getpalette()[: 3 * colors], (-1, 3))
        chosen = np.concatenate([chosen, np.full((len(chosen), 1), 255)], axis=1)
    else:
        chosen = _clusters(weighted, colors)
    return chosen.astype(np.int32), distinct, index.reshape(pixels.shape[:2])


def _clusters(colours, count, rounds=4):
    """Colours with alpha (N, 4) as `count` of them: an octree's, moved by k-means."""
    strip = Image.fromarray(colours[None].astype(np.uint8))
    found = strip.quantize(count, method=Image.Quantize.FASTOCTREE)
    chosen = np.reshape(found.getpalette("RGBA"), (-1, 4))[:count].astype(float)
    each, times = np.unique(colours, axis=0, return_counts=True)
    for _ in range(rounds):
        nearest = _nearest(each, chosen)
        for k in np.unique(nearest):
            mine = nearest == k
            chosen[k] = np.average(each[mine], axis=0, weights=times[mine])
    return np.rint(chosen)


def _nearest(colours, palette):
    """The index of the palette's nearest colour, for each of (N, 4): as they look on a page, that
    is by alpha times colour.
    """

    def seen(a):
        a = np.asarray(a, float)
        return np.concatenate([a[:, :3] * a[:, 3:] / 255, a[:, 3:]], axis=1)

    p = seen(palette)
    parts = np.array_split(seen(colours), max(1, len(colours) // 4096))
    return np.concatenate(
        [((part[:, None] - p) ** 2).sum(axis=-1).argmin(axis=1) for part in parts]
    )


def reduce_colors(image, colors=128):
    """A PIL image as a PNG with at most `colors` colours, rare hues among them."""
    palette, distinct, index = choose_palette(image, colors)
    nearest = _nearest(distinct, palette)
    for pure in ((255, 255, 255, 255), (0, 0, 0, 0)):  # paper stays white, and nothing nothing
        palette[nearest[(distinct == pure).all(axis=1)]] = pure
    sheet = Image.fromarray(nearest[index].astype(np.uint8))
    sheet.putpalette(palette[:, :3].ravel().tolist())
    clear = {"transparency": bytes(palette[:, 3].tolist())} if (palette[:, 3] < 255).any() else {}
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True, **clear)
    return file.getvalue()


def suit_either_theme(fig):
    """Take a figure's ground away, and give black ink the grey that shows on white and on dark."""
    fig.patch.set_facecolor("none")
    for ax in fig.axes:
        ax.patch.set_facecolor("none")
    for artist in fig.findobj(lambda artist: isinstance(artist, (Text, Line2D, Spine))):
        if isinstance(artist, Text) and artist.axes is not None and artist in artist.axes.texts:
            if artist.axes.images:  # it lies on a picture, and was given a colour for that
                continue
        if isinstance(artist, Spine):
            if _is_black(artist.get_edgecolor()):
                artist.set_edgecolor(INK)
        elif _is_black(artist.get_color()):
            artist.set_color(INK)


def _is_black(color):
    try:
        r, g, b = to_rgb(color)
    except ValueError:  # "none", "auto"
        return False
    return max(r, g, b) < 0.3 and max(r, g, b) - min(r, g, b) < 0.05


def show(fig: Figure, alt, dpi=130, colors=128):
    """Display a figure once. `alt` says in words what it shows, for readers who do not see it.

    The words are the output's text, too. Strict notebook tests compare that, because pixels differ
    between machines.
    """
    if medium.chosen():
        return show_fitted(medium.fitted(fig, medium.chosen()), alt)
    suit_either_theme(fig)
    show_bundle({"image/png": png(fig, dpi, colors)}, alt, width=round(fig.get_figwidth() * 100))


def show_fitted(fig, alt, **more):
    """Display a figure for slides or for paper; `more` goes into the picture's metadata."""
    metadata = {"image/png": {"alt": alt, **medium.size(fig), **more}}
    picture = {"image/png": png(fig, 2 * medium.INCH, 128), "text/plain": alt}
    display(picture, raw=True, metadata=metadata)


def show_frames(pictures, captions, alt, render):
    """Display the pictures of a contact sheet one by one, for slides or for paper. `alt` describes
    the sheet."""
    for k, (picture, caption) in enumerate(zip(pictures, captions), 1):
        words = f"Frame {k} of {len(pictures)}: {caption}."
        for fig in medium.frames(picture, medium.chosen(), render):
            show_fitted(fig, words if k > 1 else f"{words} {alt}", caption=caption)


def show_film(name):
    """Display a film of the course: an animated PNG, which moves without a kernel."""
    with Image.open(FILMS / f"{name}.png") as film:
        alt, width = film.text["Description"], film.width
    show_bundle({"image/png": (FILMS / f"{name}.png").read_bytes()}, alt, width=width)


def plot_pattern(ax, reacts, row="\\mu", column="x"):
    """A small matrix of yes and no: filled where row i reacts to column j."""
    ax.imshow(reacts, cmap="Blues", vmin=0, vmax=1.3)
    for axis, letter, n in ((ax.xaxis, column, reacts.shape[1]), (ax.yaxis, row, len(reacts))):
        axis.set_ticks(range(n), [f"${letter}_{k + 1}$" for k in range(n)])
        axis.set_ticks(np.arange(n - 1) + 0.5, minor=True)
    ax.grid(which="minor", color="#6B6B6B", lw=0.7)
    ax.tick_params(which="both", length=0)
    ax.spines[:].set_visible(True)


def plot_carried(ax, seen, allowed):
    """A large matrix of dependencies, outputs against inputs.

    Blue: carried. Orange: allowed, and lost. White: not allowed.
    """
    picture, dim = np.ones((*seen.shape, 3)), len(seen)
    picture[seen] = to_rgb(BLUE)
    picture[allowed & ~seen] = to_rgb(ORANGE)
    ax.imshow(picture, extent=(0.5, dim + 0.5, dim + 0.5, 0.5))
    ticks = [1, dim // 2, dim]
    ax.set(xlabel="input", ylabel="output", xticks=ticks, yticks=ticks)


def plot_entropy_and_kl(entropy, kl, knobs):
    """The mean of -log q over the values of a knob, the entropy below it, and KL between the two.

    Returns `(fig, ax)`.
    """
    fig, ax = new_figure(size=(5.6, 3.4))
    low, high = knobs[0], knobs[-1]
    fine, at = np.linspace(low, high, 200), low + 0.867 * (high - low)
    ax.plot(fine, entropy + kl(fine), label="exact mean of $-\\log q$")
    ax.axhline(entropy, color="#6B6B6B", lw=1)
    ax.text(low, entropy - 0.03, "entropy", va="top", color="#6B6B6B")
    arrow = {"arrowstyle": "<->", "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (at, entropy), (at, entropy + kl(at)), arrowprops=arrow)
    ax.text(at + 0.017 * (high - low), entropy + 0.1, "KL")
    return fig, ax


def plot_lines(x, lines, size=(5.8, 3.4)):
    """Lines over `x` and a legend: `lines` maps each label to (y, style, colour).

    Returns `(fig, ax)`.
    """
    fig, ax = new_figure(size=size)
    for label, (y, style, color) in lines.items():
        ax.plot(x, y, style, color=color, label=label)
    ax.legend()
    return fig, ax


def plot_there(from_noise, u, box):
    """Noise (N, 2) and what `from_noise` makes of it, on a grid that is carried along."""
    grid = grid_lines(((-2.5, 2.5), (-2.5, 2.5)), lines=11)
    fig, axes = new_figure(2, size=(3.7, 3.4))
    panels = [
        ("u", "noise $u$", u, grid),
        ("x", "data $x$", from_noise(u), from_noise(grid)),
    ]
    for ax, (letter, title, points, lines) in zip(axes, panels):
        plot_step(ax, points, lines, angle_colors(u))
        ax.set_title(title)
        label_axes(ax, letter)
        ax.set(xlim=box[0], ylim=box[1])
    return fig


def plot_work(dims, curves):
    """Multiply-adds against the number of variables, both axes in powers of 2.

    `curves` maps each label to one number for each of `dims`.
    """
    fig, ax = new_figure(size=(5.6, 3.4))
    for (label, values), style in zip(curves.items(), ("o--", "s-", "^-")):
        ax.loglog(dims, values, style, label=label, base=2)
    ax.set(xlabel="variables D", ylabel="multiply-adds a row", xticks=dims, xticklabels=dims)
    ax.set_yticks(2 ** np.arange(12, 21, 2), ["4 k", "16 k", "64 k", "256 k", "1 M"])
    ax.legend()
    return fig


def show_bundle(bundle, alt, width=None):
    """Display a MIME bundle, with `alt` as text/plain and as the picture's alt text."""
    metadata = (
        {"image/png": {"alt": alt, **({"width": width} if width else {})}}
        if "image/png" in bundle
        else {}
    )
    display({**bundle, "text/plain": alt}, raw=True, metadata=metadata)
