"""Draw the README's pictures: `python course.py figures` writes figures/, always the same bytes.

The hero and its animation come from a flow that is trained here. The thumbnails are cut from the
committed notebooks.
"""

import base64
import functools
import io
import os
import re
import tempfile
from pathlib import Path

import nbformat
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from PIL import Image, ImageOps

from tinymaf import fit, maf
from tinymaf.datasets import TOYS
from tinymaf.plotting import angle_colors, between, grid_lines, grid_points, plot_step, use_style

from .pictures import choose_palette, png

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "figures"
# Its own background, the same in GitHub's light and dark themes.
NIGHT, LIGHT = "#10131C", "#E8EAF0"


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
        density.T, origin="lower", extent=np.ravel(BOX), cmap="magma", vmax=0.8 * density.max()
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


def gif(frames, colors=48):
    """The bytes of an endless film that holds its first and last frame.

    Five frames give the palette.
    """
    some = frames[:: len(frames) // 4]
    strip = Image.new("RGB", (frames[0].width, frames[0].height * len(some)))
    for k, frame in enumerate(some):
        strip.paste(frame, (0, k * frame.height))
    palette = Image.new("P", (1, 1))
    palette.putpalette(choose_palette(strip, colors)[0].ravel().tolist())
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


# The timeline's lanes: name, where that stands, colour.
LANES = {
    "made": ("variable by variable", 2.85, "#FFC857"),
    "both": ("the two meet", 2.0, "#FF7F8A"),
    "maps": ("invertible maps", 1.15, "#6FC3FF"),
}
# The papers of docs/history.md: lane, height, and whose ideas they take up.
PAPERS = {
    "Rosenblatt": ("maps", 0.5, ()),
    "Bengio & Bengio": ("made", 3.4, ()),
    "Gaussianization": ("maps", 0.5, ()),
    "Tabak & Vanden-Eijnden": ("maps", 0.0, ()),
    "NADE": ("made", 3.4, ("Bengio & Bengio",)),
    "Tabak & Turner": ("maps", 0.0, ("Tabak & Vanden-Eijnden",)),
    "RNADE": ("made", 2.85, ("NADE",)),
    "NICE": ("maps", 1.0, ()),
    "MADE": ("made", 3.4, ("NADE",)),
    "planar flows": ("maps", 0.0, ("Tabak & Turner",)),
    "RealNVP": ("maps", 1.0, ("NICE",)),
    "IAF": ("both", 2.2, ("MADE", "planar flows")),
    "MAF": ("both", 2.2, ("MADE", "IAF", "RealNVP")),
    "Glow": ("maps", 1.0, ("RealNVP",)),
    "NSF": ("both", 1.6, ("MAF", "Glow")),
    "TarFlow": ("both", 2.2, ("MAF",)),
}


def papers():
    """`{paper: year}`, from the table of docs/history.md."""
    page = (ROOT / "docs" / "history.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{4}) \| ([^|]+?) \|", page, re.MULTILINE)
    return {name: int(year) for year, name in rows}


def history():
    """The papers above their years, with an arrow from each to those that build on it."""
    years, dim = papers(), "#8A93AD"
    columns = sorted(set(years.values()))
    fig = Figure(figsize=(12.6, 4.6), dpi=150, facecolor=NIGHT, layout="none")
    ax = fig.add_axes((0.01, 0.01, 0.98, 0.98))
    ax.set_axis_off()
    ax.set(xlim=(-0.75, len(columns) - 0.35), ylim=(-1.05, 3.8))
    for column, year in enumerate(columns):
        ax.plot((column, column), (-0.5, 3.75), color="#2C3348", lw=1, zorder=0)
        ax.text(column, -0.85, year, ha="center", color=LIGHT, fontsize=12)
        if column and year > columns[column - 1] + 1:  # years are left out here
            ax.text(column - 0.5, -0.85, "...", ha="center", color=dim, fontsize=12)
    for words, height, color in LANES.values():
        ax.text(-0.65, height, words, color=color, fontsize=12, style="italic", va="center")
    boxes = {}
    for name, year in years.items():
        lane, height, _ = PAPERS[name]
        color = LANES[lane][2]
        boxes[name] = ax.text(
            columns.index(year),
            height,
            re.sub(r"( &)? (?=[\w-]+$)", r"\1\n", name),
            ha="center",
            va="center",
            color=color,
            size=10.5,
            bbox={"boxstyle": "round,pad=0.3", "facecolor": NIGHT, "edgecolor": color, "lw": 1.6},
        )
    FigureCanvasAgg(fig).draw()  # only then has each box its size
    for name, box in boxes.items():
        for source in PAPERS[name][2]:
            arrow = {"arrowstyle": "-|>", "color": dim, "lw": 1.3, "shrinkA": 2, "shrinkB": 2}
            ends = {"patchA": boxes[source].get_bbox_patch(), "patchB": box.get_bbox_patch()}
            ax.annotate(
                "", box.get_position(), boxes[source].get_position(), arrowprops=arrow | ends
            )
    return fig


WHOLE = (0, 0, 1, 1)
# A notebook's thumbnail: which picture, and its left, top, right and bottom in shares of that.
CUT = {
    "00": (0, (0.5, 0.07, 0.88, 1)),
    "01": (0, (0.46, 0.08, 0.82, 1)),
    "02": (2, WHOLE),
    "03": (0, (0, 0.1, 0.25, 0.5)),
    "04": (3, (0, 0.58, 0.16, 1)),
    "05": (0, (0.5, 0, 1, 1)),
    "06": (1, WHOLE),
    "07": (2, (0, 0.06, 0.25, 0.5)),
    "08": (0, (0, 0, 0.47, 1)),
    "09": (3, (0.33, 0, 1, 1)),
    "10": (1, (0.5, 0.05, 1, 1)),
    "11": (0, WHOLE),
    "12": (1, WHOLE),
    "13": (3, (0.108, 0, 0.698, 0.93)),
    "playground": (0, (0.33, 0.68, 0.66, 1)),
}


def thumbnail(notebook, size=(240, 150)):
    """The bytes of a small PNG that is cut from one of the notebook's pictures."""
    cells = nbformat.read(notebook, as_version=4).cells
    pictures = [
        output.data["image/png"]
        for cell in cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    number, (left, top, right, bottom) = CUT[notebook.stem.partition("_")[0]]
    picture = Image.open(io.BytesIO(base64.b64decode(pictures[number]))).convert("RGB")
    w, h = picture.size
    picture = picture.crop((round(left * w), round(top * h), round(right * w), round(bottom * h)))
    file = io.BytesIO()
    ImageOps.pad(picture, size, color="white").quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()


def main():
    use_style()
    drawn = {
        "hero.png": lambda: png(hero(), colors=256),
        "flow.gif": lambda: gif(animation()),
        "history.png": lambda: png(history(), colors=64),
    }
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        if notebook.stem.partition("_")[0] in CUT:
            drawn[f"thumbnails/{notebook.stem}.png"] = functools.partial(thumbnail, notebook)
    for name, draw in drawn.items():
        path = FIGURES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with open(handle, "wb") as file:
            file.write(draw())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        print(f"figures/{name}")


if __name__ == "__main__":
    main()
