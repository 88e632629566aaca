"""The picture of docs/history.md: which paper took up whose ideas."""

import re
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[1]
# Its own background, the same in GitHub's light and dark themes.
NIGHT, LIGHT = "#10131C", "#E8EAF0"

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


def draw():
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
