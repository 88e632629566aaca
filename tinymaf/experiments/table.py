"""The results beside the published figures: as Markdown, and as a picture."""

import statistics
from dataclasses import replace

from .grid import GRID, published

TITLES = {"dna": "DNA", "mushrooms": "Mushrooms", "nips": "NIPS-0-12", "wine_red": "Red wine",
          "wine_white": "White wine", "mnist": "MNIST"}
NAMES = {"gaussian": "Gaussian", "bernoulli": "independent Bernoulli", "made": "MADE", "made_mog": "MADE MoG",
         "maf": "MAF", "maf_mog": "MAF MoG", "realnvp": "RealNVP", "nsf": "NSF"}


def label(row):
    """What the row is called in a table."""
    words = NAMES[row.model] + (f" ({row.depth})" if row.model in ("maf", "maf_mog", "realnvp", "nsf") else "")
    words += (f", {row.members} orders" if row.members > 1 else "") + (", conditional" if row.conditional else "")
    return words + (f", {row.variant}" if row.variant else "")


def lines(results, grid=GRID):
    """One dictionary a line of the table: folds are averaged, and their spread gives the error.

    Keys: dataset, model, nats, two_se, runs, epochs, hidden, rate, seed, published, source.
    """
    groups = {}
    for row in grid:
        if row.name in results:
            groups.setdefault(replace(row, fold=None), []).append(results[row.name])
    found = []
    for row, runs in groups.items():
        nats = [r["test"] for r in runs]
        error = runs[0]["two_se"] if len(runs) == 1 else 2 * statistics.stdev(nats) / len(nats) ** 0.5
        value, source = published(row) or (None, "")
        found.append({"dataset": TITLES[row.dataset], "model": label(row), "nats": statistics.mean(nats),
                      "two_se": error, "runs": len(runs), "epochs": [r["epochs"] for r in runs],
                      "hidden": runs[0]["row"]["hidden"], "rate": _rate(row), "seed": row.seed,
                      "published": value, "source": source})
    return found


def _rate(row):
    return "-" if row.lr is None else f"{row.lr:g}" + (f", {row.schedule}" if row.schedule != "constant" else "")


def markdown(found):
    """The table; nats on test rows, two standard errors."""
    out = ["| data | model | test nats | published | source | hidden | rate | epochs | folds | seed |",
           "|---|---|---:|---:|---|---|---|---:|---:|---:|"]
    for line in found:
        epochs = line["epochs"]
        ran = f"{min(epochs)} to {max(epochs)}" if min(epochs) < max(epochs) else f"{epochs[0]}"
        hidden = "-" if not max(epochs) else " x ".join(map(str, line["hidden"]))
        value = "-" if line["published"] is None else f"{line['published']:.2f}"
        cells = [line["dataset"], line["model"], f"{line['nats']:.2f} ± {line['two_se']:.2f}", value,
                 line["source"] or "-", hidden, line["rate"], ran if max(epochs) else "-", line["runs"], line["seed"]]
        out.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(out)


def replace_table(path, table):
    """Puts a table in the place of the one with the same heading in a Markdown file."""
    heading = table.splitlines()[0]
    before, found, after = path.read_text(encoding="utf-8").partition(heading)
    if not found:
        raise ValueError(f"{path} has no table with the heading {heading}")
    path.write_text(before + table + "\n\n" + after.partition("\n\n")[2], encoding="utf-8", newline="\n")


def picture(found):
    """A panel a dataset: ours with its error bar, the published figure as a hollow diamond."""
    from ..plotting import BLUE, ORANGE, new_figure
    names = list(dict.fromkeys(line["dataset"] for line in found))
    columns = min(2, len(names))
    of = [[line for line in found if line["dataset"] == name] for name in names]
    heights = [1.1 + 0.2 * max(map(len, of[k:k + columns])) for k in range(0, len(of), columns)] or [1]
    fig, axes = new_figure(columns, len(heights), size=(5.2, sum(heights) / len(heights)), squeeze=False,
                           height_ratios=heights)
    for ax, name, mine in zip(axes.ravel(), names, of):
        places = range(len(mine))
        ax.errorbar([line["nats"] for line in mine], places, xerr=[line["two_se"] for line in mine], fmt="o",
                    color=BLUE, label="here", markersize=5)
        there = [(line["published"], k) for k, line in enumerate(mine) if line["published"] is not None]
        if there:
            ax.plot(*zip(*there), "D", color=ORANGE, fillstyle="none", markersize=8, label="published")
        ax.set_yticks(places, [line["model"] for line in mine])
        ax.set_ylim(len(mine) - 0.5, -0.5)
        ax.spines[["top", "right"]].set_visible(False)
        ax.locator_params(axis="x", nbins=5)
        ax.set_title(name)
        ax.set_xlabel("test log-likelihood, nats")
    for ax in axes.ravel()[len(names):]:
        ax.set_axis_off()
    if names:
        axes[0, 0].legend(fontsize=8)
    return fig
