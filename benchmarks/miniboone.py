"""Do tinymaf and zuko learn as much? `python -m benchmarks.miniboone FILE.npz`.

We train MAF(5) on rows of MINIBOONE with each. FILE.npz holds an array `x`, or one array of any
name, (N, 43), standardised: rows of the set that the MAF paper uses. Both get the same rows, split,
net, batches, rate and patience. Each has its own initial parameters.
"""

import argparse
import datetime
import math
import os
import statistics
from pathlib import Path

import numpy as np

from . import setting
from .cases import SIZES
from .models import build

CASE, RATE, BATCH, PATIENCE, EPOCHS = SIZES["T43"], 1e-4, 100, 30, 300
OUT = Path(__file__).parent / "results" / "miniboone.md"


def split(path):
    """80, 10 and 10 per cent of the rows, in an order that we draw once."""
    with np.load(path) as archive:
        x = archive["x" if "x" in archive else archive.files[0]].astype(np.float32)
    x = x[np.random.default_rng(0).permutation(len(x))]
    return np.split(x, [int(0.8 * len(x)), int(0.9 * len(x))])


def trained(name, rows, seed):
    """`(test scores (N,) at the best validation epoch, that epoch, epochs)`."""
    model, rng = build(name, "maf", CASE, seed, moved=False), np.random.default_rng(seed)
    train, val, test = (model.batch(part) for part in rows)
    best, found, at = -math.inf, None, 0
    for epoch in range(1, EPOCHS + 1):
        order = rng.permutation(len(rows[0]))
        for k in range(0, len(order) - BATCH + 1, BATCH):
            model.finish(model.update(train[order[k : k + BATCH]], RATE))
        score = float(np.mean(model.numpy(model.log_prob(val))))
        if score > best:
            best, found, at = score, np.array(model.numpy(model.log_prob(test)), float), epoch
        if epoch - at >= PATIENCE:
            break
    return found, at, epoch


def main(arguments=None):
    parser = argparse.ArgumentParser("python -m benchmarks.miniboone", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    o = parser.parse_args(arguments)
    rows, names = split(o.file), ("tinymaf float32", "zuko")
    runs = {name: [trained(name, rows, seed) for seed in range(o.seeds)] for name in names}
    lines = [
        "| | " + " | ".join(f"seed {k}" for k in range(o.seeds)) + " | mean | best epochs |",
        "|---|" + "---:|" * (o.seeds + 2),
    ]
    for name, found in runs.items():
        means = [scores.mean() for scores, _, _ in found]
        cells = [
            name,
            *(f"{mean:.2f}" for mean in means),
            f"{statistics.mean(means):.2f}",
            ", ".join(str(at) for _, at, _ in found),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    ours, theirs = (np.mean([scores for scores, _, _ in runs[name]], axis=0) for name in names)
    gap, error = (ours - theirs).mean(), 2 * (ours - theirs).std(ddof=1) / math.sqrt(len(ours))
    machine = setting.describe(None, "")
    OUT.write_text(
        "\n".join(
            [
                "# MAF(5) on rows of MINIBOONE",
                "",
                f"{datetime.date.today()}, `python -m benchmarks.miniboone {o.file.name}`, "
                f"{machine.get('cpu', '')}, {os.cpu_count()} cores. Mean test log-likelihood in "
                f"nats; {len(rows[0])} rows to train on, {len(rows[1])} to stop by, "
                f"{len(rows[2])} to test. Five layers of 2 x 512 units, batches of {BATCH}, Adam "
                f"at {RATE:g}, patience {PATIENCE} epochs, at most {EPOCHS}. (They are the "
                "paper's validation rows, a tenth of what it trained on, so its -11.75 is out of "
                "reach for both.)",
                "",
                *lines,
                "",
                f"tinymaf less zuko, paired by test row, means over seeds: {gap:+.2f} +- "
                f"{error:.2f} nats, two standard errors.",
                "",
            ]
        ),
        encoding="utf-8",
    )
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
