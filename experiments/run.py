"""One row: load the data, train, score the test rows, return a dictionary of facts."""

import dataclasses
import datetime
import functools
import platform
import time
from importlib import metadata
from pathlib import Path

import numpy as np

from tinymaf import fit
from tinymaf.trees import count_params

from . import data as papers
from .models import BASELINES, baseline, build

CLASSES = 10


@functools.lru_cache(maxsize=2)
def load(dataset, fold=None, folder=None):
    """The prepared data of a row."""
    kind, _, rest = dataset.partition("_")
    if kind == "wine":
        return papers.wine(rest, fold, folder)
    if dataset in ("dna", "mushrooms", "nips"):
        return papers.binary(dataset, folder)
    return getattr(papers, dataset)(folder)


def quick(row):
    """The same row, made to take seconds: the same code, a net of 16 units, two epochs."""
    return dataclasses.replace(
        row,
        hidden=(16,) * len(row.hidden),
        depth=min(row.depth, 2),
        epochs=2,
        members=min(row.members, 2),
        components=2,
    )


def run(row, folder=None, out=None, small=False, callback=None):
    """Train the row and return what the results file keeps of it.

    After an interruption it goes on from its checkpoint in `out`.

    Scores are means over the test rows, in nats, with two standard errors. With labels they are
    `log p(x) = log sum_y p(x | y) / 10`, as in the MAF paper: all labels are equally likely.
    """
    start, data = time.perf_counter(), load(row.dataset, row.fold, folder)
    if small:
        row, data = quick(row), data if row.model in BASELINES else _first(data, 300)
    facts = {"best_epoch": None, "epochs": 0, "stopped": "", "history": []}
    if row.model in BASELINES:
        test, params = _baseline(row, data)
    else:
        binary = row.dataset in ("dna", "mushrooms", "nips")
        density = build(row, data.dim, CLASSES if row.conditional else 0, binary)
        train, val, test_rows = (
            np.asarray(part, np.float32) for part in (data.train, data.val, data.test)
        )
        shift, scale = np.float32(0), np.float32(1)
        if row.standardise:
            shift, scale = train.mean(axis=0), train.std(axis=0)
        train, val, test_rows = ((part - shift) / scale for part in (train, val, test_rows))
        log_scale = float(np.log(scale, dtype=float).sum())
        contexts = [
            _one_hot(labels) if row.conditional else None for labels in (data.labels or [None] * 3)
        ]
        given = (train, contexts[0])
        if row.fresh_noise:
            a, labels = data.facts["a"], contexts[0]
            whole = papers.images.pixels(data.train, a)
            given = (
                lambda rng: ((papers.images.noisy_again(whole, a, rng) - shift) / scale, labels),
            )
        checkpoint = None if out is None or small else Path(out) / f"{row.name}.checkpoint"
        result = fit(
            density,
            *given,
            rng=np.random.default_rng(row.seed),
            x_val=val,
            context_val=contexts[1],
            epochs=row.epochs,
            batch_size=row.batch_size,
            lr=row.lr,
            schedule=row.schedule,
            weight_decay=row.weight_decay,
            patience=row.patience,
            checkpoint=checkpoint,
            progress=False,
            callback=callback,
        )
        # After Ctrl-C there is no result; the checkpoint stays for the next time.
        if result.stopped == "interrupted":
            raise KeyboardInterrupt
        params = result.params
        test = score(density, params, test_rows, row.conditional) - log_scale
        facts = {
            "best_epoch": result.best_epoch,
            "epochs": len(result.history),
            "stopped": result.stopped,
            "history": [
                [round(h[part] + log_scale, 4) for part in ("train", "val")] for h in result.history
            ],
        }
        if checkpoint is not None:
            checkpoint.unlink(missing_ok=True)
    return {
        "name": row.name,
        "row": dataclasses.asdict(row),
        "quick": small,
        "test": float(test.mean()),
        "two_se": float(2 * test.std() / np.sqrt(len(test))),
        "n": [len(data.train), len(data.val), len(test)],
        "params": int(count_params(params)),
        **facts,
        "data": data.made,
        "dtype": "float32",
        "seconds": round(time.perf_counter() - start, 1),
        "machine": (
            f"{platform.machine()}, numpy {np.__version__}, tinymaf {metadata.version('tinymaf')}"
        ),
        "date": datetime.date.today().isoformat(),
    }


def score(density, params, x, conditional=False, rows=1000):
    """The log-likelihood of each test row, (N,); computed in pieces of `rows` rows."""
    parts = [x[k : k + rows] for k in range(0, len(x), rows)]
    if not conditional:
        return np.concatenate([density.log_prob(params, part) for part in parts]).astype(np.float64)
    found = []
    for part in parts:
        each = [
            density.log_prob(params, part, _one_hot(np.full(len(part), y))) for y in range(CLASSES)
        ]
        found.append(np.logaddexp.reduce(np.array(each, np.float64), axis=0) - np.log(CLASSES))
    return np.concatenate(found)


def _baseline(row, data):
    if not row.conditional:
        density, params = baseline(row, data.train)
        return density.log_prob(params, np.asarray(data.test, np.float64)), params
    each, kept = [], []
    for y in range(CLASSES):
        density, params = baseline(row, data.train[data.labels[0] == y])
        kept.append(params)
        each.append(density.log_prob(params, np.asarray(data.test, np.float64)))
    return np.logaddexp.reduce(each, axis=0) - np.log(CLASSES), kept


def _one_hot(labels):
    return np.eye(CLASSES, dtype=np.float32)[labels]


def _first(data, n):
    """The first rows of each part, for a quick run."""
    labels = None if data.labels is None else tuple(y[:n] for y in data.labels)
    return dataclasses.replace(
        data, train=data.train[:n], val=data.val[:n], test=data.test[:n], labels=labels
    )
