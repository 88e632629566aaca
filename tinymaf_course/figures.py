"""Draw the README's pictures: `python course.py figures` writes figures/, always the same bytes.

The hero and its animation come from a flow that is trained here. thumbnails.py draws one
small picture for each notebook.
"""

import functools
import io
import os
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tinymaf import fit, maf
from tinymaf.datasets import TOYS
from tinymaf.plotting import (
    DENSITY,
    INK,
    angle_colors,
    between,
    grid_lines,
    grid_points,
    plot_step,
    use_style,
)

from . import thumbnails, timeline
from .pictures import FILMS, choose_palette, png, reduce_colors
from .timeline import LIGHT, NIGHT

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "figures"
LAYERS, BOX = 10, ((-4.0, 4.0), (-4.0, 4.0))


@functools.cache
def trained():
    """`(flow, params, clouds, grids)`: a MAF of a pinwheel, points and a grid after each layer."""
    toy = TOYS["pinwheel"]
    flow = maf(2, LAYERS, hidden=(64, 64), activation="tanh")
    params = fit(
        flow,
        lambda rng: toy.sample(rng, 4000),
        rng=np.random.default_rng(0),
        epochs=150,
        batch_size=256,
        lr=5e-3,
        schedule="cosine",
        progress=False,
    ).params
    grid = grid_lines(BOX, lines=17)
    clouds = flow.bijection.steps(params["bijection"], toy.sample(np.random.default_rng(1), 2600))
    grids = flow.bijection.steps(params["bijection"], grid.reshape(-1, 2))
    return flow, params, clouds, [step.reshape(grid.shape) for step in grids]


def hero():
    """A pinwheel on its way through a trained MAF, and the learned density."""
    flow, params, clouds, grids = trained()
    colors, reach = angle_colors(clouds[-1]), BOX[0][1]

    fig = Figure(figsize=(12.6, 5.0), dpi=150, facecolor=NIGHT, layout="none")

    def panel(left, bottom, side, title):  # a square, in inches
        ax = fig.add_axes((left / 12.6, bottom / 5.0, side / 12.6, side / 5.0))
        ax.set_axis_off()
        ax.text(
            0.04,
            0.96,
            title,
            transform=ax.transAxes,
            va="top",
            color=LIGHT,
            fontsize=11 + side / 2,
            zorder=9,
            path_effects=[withStroke(linewidth=3, foreground=NIGHT)],
        )
        return ax

    ax = panel(0.05, 0.05, 4.9, "the learned density  $p(x)$")
    points, _ = grid_points(BOX, 500)
    density = np.exp(flow.log_prob(params, points)).reshape(500, 500)
    ax.imshow(
        density.T, origin="lower", extent=np.ravel(BOX), cmap=DENSITY, vmax=0.8 * density.max()
    )
    titles = {0: "data  $x$", LAYERS: "noise  $u$"}
    for frame, k in enumerate(range(0, LAYERS + 1, 2)):
        row, column = divmod(frame, 3)
        ax = panel(5.1 + 2.5 * column, 2.55 - 2.5 * row, 2.4, titles.get(k, f"after {k} layers"))
        plot_step(ax, clouds[k], grids[k], colors, grid_color="#2C3348", s=3.5, alpha=0.9)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    return fig


def animation(side=400, between_layers=6, n=1300):
    """Noise to data, as the frames of a film: each layer is undone in turn.

    Within a layer the points move straight, which no flow does. It knows the ends alone.
    """
    _, _, clouds, grids = trained()
    colors, frames = angle_colors(clouds[-1])[:n], []
    for t in np.linspace(LAYERS, 0, LAYERS * between_layers + 1):
        fig = Figure(figsize=(side / 100, side / 100), dpi=100, facecolor=NIGHT, layout="none")
        ax = fig.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        plot_step(
            ax,
            between(clouds, t)[:n],
            between(grids, t)[::2],
            colors,
            grid_color="#2C3348",
            s=5,
            alpha=1,
        )
        ax.set(xlim=BOX[0], ylim=BOX[1])
        words = {LAYERS: "noise  $u$", 0: "data  $x$"}.get(
            t, f"{LAYERS - int(np.ceil(t))} of {LAYERS} layers undone"
        )
        ax.text(
            0.04,
            0.96,
            words,
            transform=ax.transAxes,
            va="top",
            color=LIGHT,
            fontsize=14,
            zorder=9,
            path_effects=[withStroke(linewidth=3, foreground=NIGHT)],
        )
        canvas = FigureCanvasAgg(fig)
        canvas.draw()
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]))
    return frames


def gif(frames, colors=200):
    """The bytes of an endless film that holds its first and last frame.

    Five frames give the palette. With few colours the wheel of the points would be lost.
    """
    some = frames[:: len(frames) // 4]
    strip = Image.new("RGB", (frames[0].width, frames[0].height * len(some)))
    for k, frame in enumerate(some):
        strip.paste(frame, (0, k * frame.height))
    palette = Image.new("P", (1, 1))
    palette.putpalette(choose_palette(strip, colors)[0][:, :3].ravel().tolist())
    first, *rest = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    file = io.BytesIO()
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=rest,
        loop=0,
        optimize=False,
        duration=[1200] + [60] * (len(rest) - 1) + [2500],
    )
    return file.getvalue()


MOONS = (
    "A film. A round cloud of noise, coloured like a colour wheel, moves until it has become two "
    "interlocking half moons. Each point keeps its colour, and neighbours stay neighbours."
)


def moons(side=280, n=560, frames=18):
    """Two moons out of noise, as an animated PNG that plays three times: the bytes.

    It knows the flow's two ends alone. Notebook 00 asks what lies between them.
    """
    toy = TOYS["two moons"]
    flow = maf(2, 5, activation="tanh")
    params = fit(
        flow,
        toy.sample(np.random.default_rng(0), 4000),
        rng=np.random.default_rng(0),
        epochs=80,
        batch_size=256,
        lr=1e-2,
        schedule="cosine",
        progress=False,
    ).params
    data = toy.sample(np.random.default_rng(1), n)
    ends = [flow.to_noise(params, data), data]
    colors, drawn = angle_colors(ends[0]), []
    for t in (1 - np.cos(np.linspace(0, np.pi, frames))) / 2:  # slow at both ends
        fig = Figure(figsize=(side / 100, side / 100), dpi=100, facecolor="none", layout="none")
        ax = fig.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.scatter(*between(ends, t).T, c=colors, s=5, linewidths=0)
        ax.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2))
        ax.text(
            0.04,
            0.92,
            {0: "noise  $u$", 1: "data  $x$"}.get(t, ""),
            transform=ax.transAxes,
            color=INK,
        )
        canvas = FigureCanvasAgg(fig)
        canvas.draw()
        drawn.append(Image.fromarray(np.asarray(canvas.buffer_rgba())))
    return film(drawn, MOONS)


def film(frames, alt, colors=32):
    """The bytes of an animated PNG without a ground. It holds its first and last frame, and says
    what it shows.
    """
    words, file = PngInfo(), io.BytesIO()
    words.add_text("Description", alt)
    first, *rest = [
        Image.open(io.BytesIO(reduce_colors(f, colors))).convert("RGBA") for f in frames
    ]
    first.save(
        file,
        "PNG",
        save_all=True,
        append_images=rest,
        loop=3,
        blend=0,  # a frame replaces the one before, where it is transparent, too
        pnginfo=words,
        optimize=True,
        duration=[1200] + [70] * (len(rest) - 1) + [2500],
    )
    return file.getvalue()


def main():
    use_style()
    drawn = {
        "hero.png": lambda: png(hero(), colors=256),
        "flow.gif": lambda: gif(animation()),
        "history.png": lambda: png(timeline.draw(), colors=64),
    }
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        name = notebook.stem.partition("_")[0]
        if name in thumbnails.DRAWINGS:
            draw = functools.partial(thumbnails.draw, name)
            drawn[f"thumbnails/{notebook.stem}.png"] = lambda draw=draw: png(draw(), colors=64)
    targets = {FIGURES / name: draw for name, draw in drawn.items()}
    for path, draw in {FILMS / "moons.png": moons, **targets}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with open(handle, "wb") as file:
            file.write(draw())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        print(path.relative_to(ROOT).as_posix())


if __name__ == "__main__":
    main()
