"""Our results beside the published figures: the lines of the table, and its picture."""

import json
from pathlib import Path

FILE = Path(__file__).with_name("table.jsonl")  # written by `python -m experiments table --lines`


def lines():
    """One dictionary a line of the table.

    Keys: dataset, model, nats, two_se, runs, epochs, hidden, rate, seed, published, source, and
    names, those of the runs.
    """
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def picture(found):
    """A panel a dataset: ours with its error bar, the published figure as a hollow diamond."""
    from tinymaf.plotting import BLUE, ORANGE, new_figure

    names = list(dict.fromkeys(line["dataset"] for line in found))
    columns = min(2, len(names))
    of = [[line for line in found if line["dataset"] == name] for name in names]
    heights = [
        1.1 + 0.2 * max(map(len, of[k : k + columns])) for k in range(0, len(of), columns)
    ] or [1]
    fig, axes = new_figure(
        columns,
        len(heights),
        size=(5.2, sum(heights) / len(heights)),
        squeeze=False,
        height_ratios=heights,
    )
    for ax, name, mine in zip(axes.ravel(), names, of):
        places = range(len(mine))
        ax.errorbar(
            [line["nats"] for line in mine],
            places,
            xerr=[line["two_se"] for line in mine],
            fmt="o",
            color=BLUE,
            label="here",
            markersize=5,
        )
        there = [
            (line["published"], k) for k, line in enumerate(mine) if line["published"] is not None
        ]
        if there:
            ax.plot(
                *zip(*there), "D", color=ORANGE, fillstyle="none", markersize=8, label="published"
            )
        ax.set_yticks(places, [line["model"] for line in mine])
        ax.set_ylim(len(mine) - 0.5, -0.5)
        ax.spines[["top", "right"]].set_visible(False)
        ax.locator_params(axis="x", nbins=5)
        ax.set_title(name)
        ax.set_xlabel("test log-likelihood, nats")
    for ax in axes.ravel()[len(names) :]:
        ax.set_axis_off()
    if names:
        axes[0, 0].legend(fontsize=8)
    return fig


def of_the_paper(bold=()):
    """The MAF paper's table, each cell shaded by its rank in the column.

    `bold` names what stands out: `(model, column)` pairs.
    """
    import numpy as np

    from tinymaf.plotting import new_figure

    from . import paper

    values = np.array(list(paper.TABLE.values()))
    rank = (-values).argsort(axis=0).argsort(axis=0)
    dark = np.array([[(model, name) in bold for name in paper.COLUMNS] for model in paper.TABLE])
    fig, ax = new_figure(size=(9.2, 3.4))
    ax.imshow(np.where(dark, 9, 6 - 0.8 * rank), cmap="Blues", vmin=-1, vmax=10, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        digits = 2 if abs(value) < 200 and j < 5 else 1 if j < 7 else 0
        ax.text(
            j,
            i,
            f"{value:.{digits}f}",
            ha="center",
            va="center",
            fontsize=9,
            color="white" if dark[i, j] else "black",
            weight="bold" if dark[i, j] else "normal",
        )
    ax.set_xticks(range(len(paper.COLUMNS)), paper.COLUMNS, fontsize=8)
    ax.set_yticks(range(len(paper.TABLE)), paper.TABLE)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return fig
