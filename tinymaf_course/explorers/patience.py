"""Early stopping on recorded trainings: what another patience would run, report and miss."""

import functools

import numpy as np
from ipywidgets import Dropdown

from ..interactive import BLUE, GREEN, GREY, ORANGE, Panel, Picture, Scrub, explore
from ..records import results
from ._flows import curve

PATIENCES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60)


def replay(val, patience):
    """`(best_epoch, last_epoch, stopped)` of a run with these validation losses.

    Epochs count from 1.

    The run ends when `patience` epochs have passed since the best one. `stopped` is False if the
    record ends first. Records hold four digits, so a gain below that does not count.

    >>> replay([3.0, 2.0, 2.5, 2.4, 1.0], 2), replay([3.0, 2.0, 2.5, 2.4, 1.0], 9)
    ((2, 4, True), (5, 5, False))
    """
    best = 0
    for k, loss in enumerate(val):
        best = k if loss < val[best] else best
        if k - best >= patience:
            return best + 1, k + 1, True
    return best + 1, len(val), False


class Record:
    """One recorded training: its losses `train` and `val`, and its replay with each patience."""

    def __init__(self, result):
        self.train, self.val = np.array(result["history"], float).T
        self.epochs = 1 + np.arange(len(self.val))
        self.own = result.get("row", {}).get("patience")
        self.replays = {p: replay(self.val, p) for p in PATIENCES}
        low = min(self.train.min(), self.val.min())
        high = np.quantile(np.concatenate([self.train, self.val]), 0.9)
        room = max(high - low, 1e-3)
        self.window = low - 0.06 * room, high + 0.75 * room

    def missed(self, patience):
        """Validation nats that waiting to the end of the record would have gained."""
        return float(self.val[self.replays[patience][0] - 1] - self.val.min())


class Records:
    """All results that have a history."""

    def __init__(self, found):
        self.names = sorted(
            name for name, result in found.items() if len(result.get("history") or ()) > 1
        )
        if len(self.names) < 2:
            raise ValueError(
                f"two results with a history are needed at least, got {len(self.names)} of "
                f"{len(found)}"
            )
        self.record = functools.cache(lambda name: Record(found[name]))

    @staticmethod
    def _missed(record, patience):
        at = np.log10(PATIENCES)
        missed = np.array([record.missed(p) for p in PATIENCES])
        known = np.array([record.replays[p][2] for p in PATIENCES])
        top = max(missed.max(), 0.1)
        panel = Panel(
            (-0.08, at[-1] + 0.08),
            (-0.1 * top, 1.15 * top),
            "missed, in validation nats",
            "patience in epochs (log scale)",
            x_ticks={np.log10(p): str(p) for p in (1, 3, 10, 30, 60)},
        )
        here = np.log10(patience)
        panel.lines(
            np.array([[here, -0.1 * top], [here, 1.15 * top]]), color="muted", dash=(3, 3), width=1
        )
        panel.lines(np.stack([at, missed], axis=1), color="muted", width=1)
        for which, color, marker, label in (
            (known, GREEN, "o", "patience used up"),
            (~known, GREY, "x", "the record ends first"),
        ):
            if which.any():
                panel.points(
                    np.stack([at, missed], axis=1)[which],
                    color=color,
                    marker=marker,
                    size=4,
                    alpha=1,
                    label=label,
                )
        return panel

    def draw(self, run, patience):
        """The curves as far as this patience would see them, and what each patience misses."""
        record = self.record(run)
        best, last, stopped = self.record(run).replays[patience]
        n, (low, high) = len(record.val), record.window
        left = Panel(
            (-0.02 * n, 1.04 * n), (low, high), "loss in nats", "epoch", legend="upper right"
        )
        for losses, color, width, dash, label in (
            (record.train, BLUE, 1.5, (), "training"),
            (record.val, ORANGE, 2, (6, 3), "validation"),
        ):
            if last < n:
                curve(
                    left, record.epochs[last - 1 :], losses[last - 1 :], color="faint", width=width
                )
            curve(
                left,
                record.epochs[:last],
                losses[:last],
                color=color,
                width=width,
                dash=dash,
                label=label,
            )
        left.lines(
            np.array([[last, low], [last, high]]),
            color="ink",
            width=1,
            dash=() if stopped else (2, 4),
            label="stops here" if stopped else "the record ends",
        )
        left.points(
            np.array([[best, np.clip(record.val[best - 1], low, high)]]),
            color=GREEN,
            marker="o",
            size=5,
            alpha=1,
            label="reported",
        )
        return Picture([left, self._missed(record, patience)])

    def say(self, run, patience):
        record = self.record(run)
        best, last, stopped = record.replays[patience]
        said = f"{run}, patience {patience}: "
        if not stopped:
            return said + (
                f"the record ends after epoch {last}, before this patience is used up. The best "
                f"epoch so far is {best}, {record.val[best - 1]:.2f} nats; what came later nobody "
                "knows"
            )
        missed = record.missed(patience)
        later = (
            f"waiting longer would have brought {missed:.3f} nats"
            if last < len(record.val) and missed
            else "waiting to the end of the record would have brought nothing"
            if last < len(record.val)
            else "here the record ends, too"
        )
        return said + (
            f"stops after epoch {last}, reports epoch {best}, {record.val[best - 1]:.2f} nats; "
            f"{later}"
        )


def controls(records, first):
    """They start at the sheet's first frame."""
    return {
        "run": Dropdown(options=records.names, value=first["run"], description="run"),
        "patience": Scrub(PATIENCES, "patience", value=first["patience"]),
    }


def sheet_for(records):
    """Two telling runs: little patience misses most in the first, and least in the second."""
    by_cost = sorted(records.names, key=lambda name: records.record(name).missed(2))
    dear, cheap = by_cost[-1], by_cost[0]
    return [{"run": dear, "patience": p} for p in (2, 10, 30)] + [{"run": cheap, "patience": 2}]


def alt_for(records, frames):
    each = " ".join(f"Frame {k}: {records.say(**frame)}." for k, frame in enumerate(frames, 1))
    return (
        f"{len(frames)} frames. In each, left: training and validation loss against epochs, up to "
        "a line where training would have stopped, and faint beyond it; a dot on the epoch that is "
        "reported. Right: the validation nats that each patience from 1 to 60 misses, falling to 0 "
        f"towards the right, with crosses where the record ends first. {each}"
    )


def patience(found=None, sheet=None):
    """Show recorded trainings, and what another patience would have made of them.

    Args:
        found: `{name: result}`, as `tinymaf_course.records.results.read()` gives it. By default the
            committed ones.
        sheet: frames of the contact sheet, [(name, patience), ...]. By default two telling runs.
    """
    records = Records(results.read() if found is None else found)
    frames = (
        sheet_for(records) if sheet is None else [{"run": run, "patience": p} for run, p in sheet]
    )
    explore(
        draw=records.draw,
        controls=controls(records, frames[0]),
        sheet=frames,
        alt=alt_for(records, frames),
        say=records.say,
        title="Patience",
        columns=2,
    )
