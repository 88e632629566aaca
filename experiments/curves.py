"""Learning curves: training and validation scores, epoch by epoch.

Rows that are averaged over folds have none here.
"""

import numpy as np

from .grid import published
from .table import TITLES, label

# This part of the epochs, the first, does not set the scale: there the curves come from far below.
SKIP = 0.05


def curves(results, rows):
    """One panel for each row.

    The training score is dashed and the validation score solid. A dotted line shows the published
    figure, which is of test rows.
    """
    from tinymaf.plotting import BLUE, GREY, ORANGE, new_figure

    found = [
        (row, results[row.name])
        for row in rows
        if row.fold is None and results.get(row.name, {}).get("history")
    ]
    columns = min(4, max(1, len(found)))
    fig, axes = new_figure(
        columns, max(1, -(-len(found) // columns)), size=(3.0, 2.1), squeeze=False
    )
    for ax, (row, result) in zip(axes.ravel(), found):
        train, val = -np.array(result["history"]).T
        epochs, paper = np.arange(1, len(val) + 1), published(row)
        ax.plot(epochs, train, "--", color=GREY, label="training", linewidth=1.2)
        ax.plot(epochs, val, color=BLUE, label="validation", linewidth=1.5)
        seen = np.concatenate([train[int(SKIP * len(val)) :], val[int(SKIP * len(val)) :]])
        if paper is not None:
            ax.axhline(paper[0], color=ORANGE, linestyle=":", label="published (test)")
            seen = np.append(seen, paper[0])
        margin = 0.06 * (seen.max() - seen.min())
        ax.set_ylim(seen.min() - margin, seen.max() + margin)
        ax.set_title(f"{TITLES[row.dataset]}, {label(row)}", fontsize=9)
    for ax in axes[:, 0]:
        ax.set_ylabel("nats")
    for ax in axes.ravel()[max(0, len(found) - columns) : len(found)]:
        ax.set_xlabel("epoch")
    for ax in axes.ravel()[len(found) :]:
        ax.set_axis_off()
    if found:
        axes[0, 0].legend(fontsize=7)
    return fig
