"""The results beside the published figures, as Markdown; tinymaf_course/records has the picture."""

import json
import statistics
from dataclasses import replace

from .grid import GRID, published

TITLES = {
    "dna": "DNA",
    "mushrooms": "Mushrooms",
    "nips": "NIPS-0-12",
    "wine_red": "Red wine",
    "wine_white": "White wine",
    "mnist": "MNIST",
}
NAMES = {
    "gaussian": "Gaussian",
    "bernoulli": "independent Bernoulli",
    "made": "MADE",
    "made_mog": "MADE MoG",
    "maf": "MAF",
    "maf_mog": "MAF MoG",
    "realnvp": "RealNVP",
    "nsf": "NSF",
}


def label(row):
    """What the row is called in a table."""
    words = NAMES[row.model] + (
        f" ({row.depth})" if row.model in ("maf", "maf_mog", "realnvp", "nsf") else ""
    )
    words += (f", {row.members} orders" if row.members > 1 else "") + (
        ", conditional" if row.conditional else ""
    )
    return words + (f", {row.variant}" if row.variant else "")


def lines(results, grid=GRID):
    """One dictionary for each line of the table.

    Folds are averaged; their spread gives the error.

    Keys: dataset, model, nats, two_se, runs, epochs, hidden, rate, seed, published, source, names.
    """
    groups = {}
    for row in grid:
        if row.name in results:
            groups.setdefault(replace(row, fold=None), []).append(results[row.name])
    found = []
    for row, runs in groups.items():
        nats = [r["test"] for r in runs]
        error = (
            runs[0]["two_se"] if len(runs) == 1 else 2 * statistics.stdev(nats) / len(nats) ** 0.5
        )
        value, source = published(row) or (None, "")
        found.append(
            {
                "dataset": TITLES[row.dataset],
                "model": label(row),
                "nats": statistics.mean(nats),
                "two_se": error,
                "runs": len(runs),
                "epochs": [r["epochs"] for r in runs],
                "hidden": runs[0]["row"]["hidden"],
                "rate": _rate(row),
                "seed": row.seed,
                "published": value,
                "source": source,
                "names": [r["name"] for r in runs],
            }
        )
    return found


def _rate(row):
    if row.lr is None:
        return "-"
    return f"{row.lr:g}" if row.schedule == "constant" else f"{row.lr:g}, {row.schedule}"


def markdown(found):
    """The table: nats on the test rows, and two standard errors."""
    out = [
        "| data | model | test nats | published | source | hidden | rate | epochs | folds | seed |",
        "|---|---|---:|---:|---|---|---|---:|---:|---:|",
    ]
    for line in found:
        epochs = line["epochs"]
        ran = f"{min(epochs)} to {max(epochs)}" if min(epochs) < max(epochs) else f"{epochs[0]}"
        hidden = "-" if not max(epochs) else " x ".join(map(str, line["hidden"]))
        value = "-" if line["published"] is None else f"{line['published']:.2f}"
        cells = [
            line["dataset"],
            line["model"],
            f"{line['nats']:.2f} ± {line['two_se']:.2f}",
            value,
            line["source"] or "-",
            hidden,
            line["rate"],
            ran if max(epochs) else "-",
            line["runs"],
            line["seed"],
        ]
        out.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(out)


def write_lines(path, found):
    """Write one JSON object for each line of the table."""
    text = "".join(json.dumps(line) + "\n" for line in found)
    path.write_text(text, encoding="utf-8", newline="\n")


def replace_table(path, table):
    """Put a table in the place of the one with the same heading in a Markdown file."""
    heading = table.splitlines()[0]
    before, found, after = path.read_text(encoding="utf-8").partition(heading)
    if not found:
        raise ValueError(f"{path} has no table with the heading {heading}")
    path.write_text(
        before + table + "\n\n" + after.partition("\n\n")[2], encoding="utf-8", newline="\n"
    )
