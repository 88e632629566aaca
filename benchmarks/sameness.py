"""Do all implementations compute the same kind of thing? Asked before anything is timed."""

import numpy as np

from .cases import SIZES
from .models import build

TOLERANCE = {"integral": 0.01, "change of variables": 1e-3}


def integral(model, reach=6.0, n=500):
    """The integral of exp(log_prob) over the plane. The grid is even in asinh(x), to reach far."""
    t = np.linspace(-reach, reach, n)
    x, weight = np.sinh(t), np.cosh(t) * (t[1] - t[0])
    points = np.stack([a.ravel() for a in np.meshgrid(x, x, indexing="ij")], axis=1)
    log_prob = model.numpy(model.log_prob(model.batch(points))).reshape(n, n)
    return float(weight @ np.exp(log_prob.astype(float)) @ weight)


def check(names, kinds, sizes):
    """One row for each kind, size and implementation; ValueError where one is no density."""
    rows = []
    for kind in kinds:
        for size in sizes:
            case = SIZES[size]
            for name in names:
                model = build(name, kind, case)
                row = {
                    "kind": kind,
                    "size": size,
                    "name": name,
                    "params": int(model.n_params),
                    "matrices": [list(map(int, shape)) for shape in model.describe()],
                }
                if case.dim == 2:
                    row["integral"] = integral(model)
                if case.dim <= 64:
                    x = model.batch(np.random.default_rng(1).standard_normal((3, case.dim)))
                    error = model.numpy(model.log_prob(x)) - model.change_of_variables(x)
                    row["change of variables"] = float(np.abs(error).max() / case.dim)
                for what, wanted in (("integral", 1), ("change of variables", 0)):
                    if what in row and not abs(row[what] - wanted) < TOLERANCE[what]:
                        raise ValueError(
                            f"{name}, {kind}, {size}: {what} {row[what]:.4f} is not {wanted}"
                        )
                rows.append(row)
    return rows
