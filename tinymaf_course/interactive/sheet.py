"""The pictures on paper: one as a matplotlib Figure, several as a contact sheet."""

import io
import textwrap

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from PIL import Image

from ..pictures import png, reduce_colors
from .colors import EITHER, THEME, levels, table
from .layout import layout, ticks

INCH = 100  # CSS pixels to an inch
POINT = 72 / INCH  # and a CSS pixel in points


def render(picture, width=None, caption="", theme=THEME, ground="white"):
    """A Picture as a matplotlib Figure, `width` CSS pixels wide, with a caption on top.

    `theme` has the colours ink, muted, faint, paper; `ground` is what it is drawn on, or "none".
    """
    width = width or picture.width
    places, height = layout(picture.rows, width)
    head = 22 * (1 + caption.count("\n")) if caption else 0
    fig = Figure(
        figsize=(width / INCH, (height + head) / INCH), dpi=INCH, facecolor=ground, layout="none"
    )
    if caption:
        fig.text(
            4 / width,
            1 - 5 / (height + head),
            caption,
            size=12 * POINT,
            color=theme["muted"],
            va="top",
            parse_math=False,
        )
    for panel, x, y, w, h, left in places:
        full = height + head
        ax = fig.add_axes(
            (x / width, 1 - (y + head + h) / full, w / width, h / full), xlim=panel.x, ylim=panel.y
        )
        _frame(ax, panel, w, h, left, theme)
        layers = [layer for layer in panel.layers if not layer.get("only")]
        for order, layer in enumerate(layers):
            DRAW[layer["kind"]](ax, _colored(layer, theme), order + 1, w)
        for handle in panel.handles:
            ax.plot(
                *handle["at"],
                "o",
                mfc="white",
                mec=handle["color"],
                mew=2.2,
                ms=11,
                zorder=90,
                clip_on=False,
            )
        _legend(ax, panel, theme, ground)
        for layer in [layer for layer in panel.layers if layer.get("bar")][:1]:
            _bar(
                fig.add_axes(
                    ((x + w + 10) / width, 1 - (y + head + h) / full, 11 / width, h / full)
                ),
                layer,
                theme,
            )
    return fig


def contact_sheet(pictures, captions=None, columns=None, total=1200, gap=16):
    """A PNG of 128 colours: the pictures in order, `columns` in a row, each with its caption.

    It has no ground, and shows on a white page and on a dark one.
    """
    panels = max(len(row) for picture in pictures for row in picture.rows)
    columns = min(len(pictures), columns or max(1, round(5 / panels)))
    width = min(340 * panels, (total - gap * (columns - 1)) // columns)
    # Each is drawn at least this wide, then shrunk, which keeps text legible.
    naturals = [max(width, min(picture.width, 300 * panels)) for picture in pictures]
    captions = [
        textwrap.wrap(text, max(20, w // 8))
        for text, w in zip(captions or [""] * len(pictures), naturals)
    ]
    deep = max(map(len, captions))  # all plots start at one height
    frames = []
    for picture, natural, caption in zip(pictures, naturals, captions):
        fig = render(
            picture,
            natural,
            "\n".join(caption + [" "] * (deep - len(caption))),
            theme=EITHER,
            ground="none",
        )
        image = Image.open(io.BytesIO(png(fig, dpi=2 * INCH))).convert("RGBA")
        frames.append(
            image.convert("RGBa")  # else the ground's colour, which is none, would show at edges
            .resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
            .convert("RGBA")
        )
    lines = [frames[k : k + columns] for k in range(0, len(frames), columns)]
    heights = [max(frame.height for frame in line) for line in lines]
    sheet = Image.new(
        "RGBA",
        (width * columns + gap * (columns - 1), sum(heights) + gap * (len(lines) - 1)),
        (255, 255, 255, 0),
    )
    for i, line in enumerate(lines):
        for j, frame in enumerate(line):
            sheet.paste(frame, (j * (width + gap), sum(heights[:i]) + i * gap))
    return reduce_colors(sheet)


def _colored(layer, theme):
    """A layer with colours in place of the theme's names."""
    found = {
        name: theme.get(layer[name], layer[name]) for name in ("color", "edge") if layer.get(name)
    }
    if layer.get("palette"):
        found["palette"] = [theme.get(name, name) for name in layer["palette"]]
    halo = layer.get("halo") and theme is THEME and theme["paper"]
    return {**layer, **found, "halo": halo, "ink": THEME["ink"]}


def _frame(ax, panel, width, height, left, theme):
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if panel.title:
        ax.set_title(
            panel.title,
            size=13 * POINT,
            pad=9 * POINT,
            weight="bold",
            color=theme["ink"],
            parse_math=False,
        )
    if not panel.axes:
        ax.set_xticks([])
        ax.set_yticks([])
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        ax.patch.set_visible(False)
        return
    for axis, given, span in (
        (ax.xaxis, panel.x_ticks, panel.x),
        (ax.yaxis, panel.y_ticks, panel.y),
    ):
        marks = ticks(*span) if given is None else given
        axis.set_ticks(
            [v for v, _ in marks],
            [text for _, text in marks],
            size=11 * POINT,
            color=theme["ink"],
            parse_math=False,
        )
        axis.set_tick_params(length=4 * POINT, width=POINT, pad=3 * POINT, color=theme["muted"])
    for side in ("left", "bottom"):
        ax.spines[side].set(linewidth=POINT, color=theme["muted"])
    style = {
        "size": 12.5 * POINT,
        "color": theme["ink"],
        "transform": ax.transAxes,
        "parse_math": False,
    }
    below = 23 if panel.x_ticks != [] else 8
    ax.text(0.5, -below / height, panel.x_label, va="top", ha="center", **style)
    ax.text(
        (10 - left) / width,
        0.5,
        panel.y_label,
        va="center",
        ha="center",
        rotation=90 if len(panel.y_label) > 3 else 0,
        **style,
    )


def _density(ax, layer, order, width):
    (x0, x1), (y0, y1) = layer["box"]
    rows, columns = layer["shape"]
    values = layer["values"].reshape(rows, columns)
    level = values if values.dtype == np.uint8 else levels(values, layer["vmin"], layer["vmax"])
    limits = ax.get_xlim(), ax.get_ylim()
    ax.imshow(
        table(layer["cmap"])[level],
        origin="lower",
        extent=(x0, x1, y0, y1),
        aspect="auto",
        zorder=order,
        interpolation="bilinear" if layer["smooth"] else "nearest",
    )
    ax.set(xlim=limits[0], ylim=limits[1])
    if layer.get("borders"):
        lines = [[(x, y0), (x, y1)] for x in np.linspace(x0, x1, columns + 1)]
        lines += [[(x0, y), (x1, y)] for y in np.linspace(y0, y1, rows + 1)]
        ax.add_collection(
            LineCollection(lines, colors="#808080", linewidths=POINT, alpha=0.6, zorder=order)
        )
    size = min(14, max(7, width / columns * 0.5)) * POINT
    for i, j, text in layer.get("marks", []):
        *rgb, alpha = table(layer["cmap"])[level[i, j]] / 255.0
        dark = (np.dot(rgb, [0.3, 0.59, 0.11]) - 1) * alpha + 1 < 140 / 255
        ax.text(
            x0 + (x1 - x0) * (j + 0.5) / columns,
            y0 + (y1 - y0) * (i + 0.5) / rows,
            text,
            size=size,
            va="center",
            ha="center",
            color="white" if dark else layer["ink"],
            zorder=order,
            parse_math=False,
        )


def _points(ax, layer, order, width):
    xy = layer["xy"].reshape(-1, 2)
    color = layer["color"]
    if layer["index"] is not None:
        color = np.array(layer["palette"])[layer["index"]]
    marker = layer["marker"]
    ax.scatter(
        *xy.T,
        c=color,
        s=(2 * layer["size"] * POINT) ** 2,
        alpha=layer["alpha"],
        marker=marker,
        zorder=order,
        linewidths=max(1, layer["size"] / 2.5) * POINT if marker in "x+" else 0,
    )


def _lines(ax, layer, order, width):
    style = (0, [d / max(1, layer["width"]) for d in layer["dash"]]) if layer["dash"] else "solid"
    ax.add_collection(
        LineCollection(
            _split(layer),
            colors=layer["color"],
            linewidths=layer["width"] * POINT,
            linestyles=[style],
            alpha=layer["alpha"],
            zorder=order,
        ),
        autolim=False,
    )


def _polygons(ax, layer, order, width):
    ax.add_collection(
        PolyCollection(
            _split(layer),
            facecolors=layer["color"],
            alpha=layer["alpha"],
            linewidths=0,
            zorder=order,
        ),
        autolim=False,
    )
    if layer["edge"]:
        ax.add_collection(
            PolyCollection(
                _split(layer),
                facecolors="none",
                edgecolors=layer["edge"],
                linewidths=layer["width"] * POINT,
                zorder=order,
            ),
            autolim=False,
        )


def _split(layer):
    return np.split(layer["xy"].reshape(-1, 2), layer["ends"][:-1]) if len(layer["ends"]) else []


def _bars(ax, layer, order, width):
    for x, height in zip(layer["x"], layer["height"]):
        ax.add_patch(
            Rectangle(
                (x - layer["width"] / 2, layer["base"]),
                layer["width"],
                height - layer["base"],
                color=layer["color"],
                alpha=layer["alpha"],
                linewidth=0,
                zorder=order,
            )
        )
        if layer["edge"]:
            ax.add_patch(
                Rectangle(
                    (x - layer["width"] / 2, layer["base"]),
                    layer["width"],
                    height - layer["base"],
                    fill=False,
                    edgecolor=layer["edge"],
                    linewidth=POINT,
                    zorder=order,
                )
            )


def _text(ax, layer, order, width):
    ax.text(
        layer["x"],
        layer["y"],
        layer["text"],
        color=layer["color"],
        size=layer["size"] * POINT,
        ha=layer["align"],
        va="center",
        weight="bold" if layer["bold"] else "normal",
        zorder=order,
        clip_on=True,
        path_effects=[withStroke(linewidth=3.5 * POINT, foreground=layer["halo"])]
        if layer["halo"]
        else [],
        parse_math=False,
    )


DRAW = {
    "density": _density,
    "points": _points,
    "lines": _lines,
    "polygons": _polygons,
    "bars": _bars,
    "text": _text,
}


def _legend(ax, panel, theme, ground):
    named = [
        layer
        for layer in panel.layers
        if layer.get("label") and layer["kind"] != "density" and not layer.get("only")
    ]
    keys = []
    for layer in (_colored(layer, theme) for layer in named):
        color = layer["color"] or layer["palette"][0]
        if layer["kind"] == "points":
            keys.append(
                Line2D(
                    [],
                    [],
                    ls="",
                    marker=layer["marker"],
                    color=color,
                    alpha=max(layer["alpha"], 0.4),
                    ms=2 * max(3, min(5, layer["size"])) * POINT,
                )
            )
        elif layer["kind"] == "lines":
            dash = (
                (0, [d / max(1, layer["width"]) for d in layer["dash"]]) if layer["dash"] else "-"
            )
            keys.append(Line2D([], [], color=color, lw=layer["width"] * POINT, ls=dash))
        else:
            keys.append(Rectangle((0, 0), 1, 1, facecolor=color, alpha=max(layer["alpha"], 0.4)))
    if keys:
        ax.legend(
            keys,
            [layer["label"] for layer in named],
            loc=panel.legend,
            fontsize=11.5 * POINT,
            framealpha=0.82 if ground != "none" else 0,
            labelcolor=theme["ink"],
            edgecolor="none",
            borderaxespad=0.4,
            handlelength=1.6,
        ).set_zorder(95)


def _bar(ax, layer, theme):
    ax.imshow(
        table(layer["cmap"])[:255, None],
        origin="lower",
        aspect="auto",
        extent=(0, 1, layer["vmin"], layer["vmax"]),
    )
    ax.set(xticks=[], ylim=(layer["vmin"], layer["vmax"]))
    ax.spines[:].set_visible(False)
    marks = ticks(layer["vmin"], layer["vmax"], 4)
    ax.yaxis.tick_right()
    ax.set_yticks(
        [v for v, _ in marks], [text for _, text in marks], size=10.5 * POINT, color=theme["ink"]
    )
    ax.tick_params(length=0, pad=3 * POINT)
    ax.text(
        56 / 11 - 0.5,
        0.5,
        layer["label"],
        rotation=90,
        va="center",
        ha="center",
        size=12 * POINT,
        transform=ax.transAxes,
        color=theme["ink"],
        parse_math=False,
    )
