"""How the cost grows with D and with the hidden width: times, and slopes in log-log."""

import functools
from dataclasses import replace

import numpy as np

from .cases import SIZES
from .models import build
from .timing import interleave, median
from .works import RATE, _task, as_in_fit, rows

DIMS, WIDTHS = (2, 4, 8, 16, 32, 64, 128), (32, 64, 128, 256, 512, 1024)
AT_DIM, AT_WIDTH = 16, 256
IMPLEMENTATIONS = ("tinymaf float32", "zuko")
WORKS = ("training", "log_prob", "sampling")


def tasks(work, case, names):
    """A training step of 100 rows, the density of 1,000 points, or 1,000 draws."""
    made = []
    for name in names:
        model = build(name, "maf", case)
        if work == "training":
            call = functools.partial(model.update, model.batch(rows(case.batch, case.dim)), RATE)
        elif work == "log_prob":
            call = functools.partial(model.log_prob, model.batch(rows(1_000, case.dim)))
        else:
            call = functools.partial(model.sample, 1_000)
        made.append(_task(name, model, call, as_in_fit(name, case) if work == "training" else None))
    return made


def slope(x, y):
    """The slope of the straight line through log y against log x."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def measure(names, repeats=5, least=0.02, dims=DIMS, widths=WIDTHS, say=print):
    """`[{"work", "against", "name", "x", "seconds", "slope", "slope_end"}]`.

    `slope` is through all points, `slope_end` through the largest three.
    """
    names, curves = [name for name in IMPLEMENTATIONS if name in names], []
    for against, values in (("D", dims), ("hidden width", widths)):
        for work in WORKS:
            seconds = {name: [] for name in names}
            for value in values:
                dim, width = (value, AT_WIDTH) if against == "D" else (AT_DIM, value)
                case = replace(
                    SIZES["T6"], name=f"{against} {value}", dim=dim, hidden=(width, width)
                )
                times, _ = interleave(tasks(work, case, names), repeats, least)
                for name in names:
                    seconds[name].append(median(times[name]))
            say(f"  scaling of {work} with {against}")
            curves += [
                {
                    "work": work,
                    "against": against,
                    "name": name,
                    "x": list(values),
                    "seconds": seconds[name],
                    "slope": slope(values, seconds[name]),
                    "slope_end": slope(values[-3:], seconds[name][-3:]),
                }
                for name in names
            ]
    return curves
