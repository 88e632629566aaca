"""What several explorers of flows in the plane share: training, densities, circles, curves."""

from functools import cache

import numpy as np

from tinymaf import fit, maf
from tinymaf.datasets import TOYS
from tinymaf.trees import copy_tree, map_tree

from ..interactive import cells, plane, wheel

EPOCHS = (0, 1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 25, 30, 35, 40)  # often while much happens


def single(params):
    """The parameters in float32. That is enough for a picture, and twice as fast."""
    return map_tree(lambda a: a.astype(np.float32), params)


def density_on(flow, params, box, n):
    """p(x) on n x n cells over `box`."""
    x = cells(box, n).astype(np.float32)
    with np.errstate(over="ignore"):
        return np.exp(flow.log_prob(params, x)).reshape(n, n)


def record(flow, x, rng, epochs=EPOCHS, **options):
    """Train a flow with `fit` and keep its parameters at some epochs.

    Returns `(stages, history)`: `stages` maps an epoch to its parameters, 0 to the untrained ones.
    `options` go to `fit`.
    """
    first = x(np.random.default_rng(0)) if callable(x) else x
    start = flow.init(rng, first)
    stages = {0: flow.freeze(copy_tree(start), first)}

    def keep(row, params):
        if row["epoch"] in epochs:
            stages[row["epoch"]] = copy_tree(params)

    result = fit(
        flow, x, rng=rng, params=start, epochs=max(epochs), callback=keep, progress=False, **options
    )
    return stages, result.history


def in_the_plane(flow):
    """Raise ValueError for a flow that these figures cannot show."""
    if flow.dim != 2 or flow.context_dim:
        raise ValueError(
            f"flow must have dim 2 and no context, got dim {flow.dim}, context_dim "
            f"{flow.context_dim}"
        )


@cache
def recorded_moons():
    """`(flow, stages, history)` of a MAF that learns two moons. The first call trains it."""
    toy, flow = TOYS["two moons"], maf(2, 5, (32, 32), activation="tanh")
    stages, history = record(
        flow,
        lambda rng: toy.sample(rng, 4000),
        np.random.default_rng(0),
        batch_size=250,
        lr=1e-2,
        schedule="cosine",
        x_val=toy.sample(np.random.default_rng(1), 2000),
        patience=None,
    )
    return flow, stages, history


def snapshot(flow, params, box, x, u, n, vmax):
    """One moment of a training: the density on n x n cells, and samples f(u) on the data `x`."""
    p = plane(box, "learned density").density(density_on(flow, single(params), box, n), vmax=vmax)
    made = flow.bijection.u_to_x(params["bijection"], u)[0]
    samples = plane(box, "samples ● on data +").points(
        x, color="muted", size=2.2, alpha=0.5, marker="+"
    )
    return [p, samples.points(made, color=wheel(u), palette="wheel", size=2.4)]


def curve(panel, steps, values, **style):
    """A line that runs along the panel's edge where its values are off the chart or NaN."""
    low, high = panel.y
    values = np.clip(np.nan_to_num(np.asarray(values, float), nan=high), low, high)
    return panel.lines(np.stack([np.asarray(steps, float), values], axis=1), **style)
