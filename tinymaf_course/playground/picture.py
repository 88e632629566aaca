"""What the reader sees: points, learned density, noise or the other model, and the curves."""

import numpy as np

from ..interactive import BLUE, ORANGE, Panel, Picture, cells, corners, plane, wheel
from .run import QUIET

POINTS, SAMPLES = 1500, 400  # shown at most
WIDTH = 1000
COARSE, FINE = 88, 220  # cells a side, while it moves and when it rests
NOISE = ((-3.6, 3.6), (-3.6, 3.6))


@QUIET
def picture(data, run=None, kept=None, probe=None, samples=False, fine=False, cells_a_side=None):
    """The Picture of a playground.

    Args:
        data: the points.
        run: the `Run` on them, or None.
        kept: `(Model, history, data)` to compare with, or None.
        probe: a point (x₁, x₂) that the reader can move.
        samples: draw samples on the densities?
        fine: is there time for a fine grid, and for exact values under the pointer?
    """
    n = cells_a_side or (FINE if fine else COARSE)
    now = run.model() if run else None
    densities = {
        name: np.exp(model.log_prob(cells(data.box, n))).reshape(n, n)
        for name, model in (("now", now), ("kept", kept[0] if kept else None))
        if model
    }
    top = max(
        [np.quantile(p, 0.998) for p in densities.values() if np.isfinite(p).all()], default=1.0
    )
    row = [_points(data)]
    row.append(
        _density(
            data,
            densities.get("now"),
            top,
            now,
            probe,
            samples,
            fine,
            "B, as it learns" if kept else "what it has learned",
        )
        if now
        else _waiting(data)
    )
    noise, curves = _noise(data, now, probe), _curves(run, kept, data)
    if not kept:
        return Picture([[*row, noise], [curves]], WIDTH)
    row.append(_density(data, densities["kept"], top, kept[0], None, samples, fine, "A, kept"))
    return Picture([row, [noise, curves]], WIDTH)


def _points(data):
    panel = _plane(data, f"points: {data.name}")
    for held, color, marker in ((False, BLUE, "o"), (True, ORANGE, "+")):  # see controls.LEGEND
        x = data.x[data.held == held]
        some = POINTS * 3 // 4 if not held else POINTS // 4
        if len(x):
            x = x[np.linspace(0, len(x) - 1, min(some, len(x))).astype(int)]
            panel.points(
                x,
                color=color,
                size=2 if held is False else 3,
                marker=marker,
                alpha=0.7,
            )
    if not len(data.x):
        (left, right), (low, high) = data.box
        panel.text(
            (left + right) / 2,
            (low + high) / 2 + 0.03 * (high - low),
            "draw here",
            size=17,
            color="muted",
            bold=True,
        )
        panel.text(
            (left + right) / 2,
            (low + high) / 2 - 0.05 * (high - low),
            "a ring, your name, anything",
            size=12,
            color="muted",
        )
    return panel


def _plane(data, title, **options):
    across, up = data.names
    return plane(data.box, title, **{"x_label": across, "y_label": up, **options})


def _waiting(data):
    panel = _plane(data, "what it has learned")
    (left, right), (low, high) = data.box
    text = "press Train" if len(data.x) else "nothing yet"
    return panel.text((left + right) / 2, (low + high) / 2, text, size=15, color="muted")


def _density(data, p, top, model, probe, samples, fine, title):
    panel = _plane(data, title)
    panel.density(
        np.minimum(p, np.float64(1e30)), vmax=max(float(top), 1e-12), label="density", float32=fine
    )
    if fine:
        grid = corners(data.box, 25)
        u = np.clip(np.nan_to_num(model.noise(grid)), -99, 99).reshape(25, 25, 2)
        panel.readout("u₁", u[..., 0]).readout("u₂", u[..., 1])
    if samples:
        x = model.sample(np.random.default_rng(3), SAMPLES)  # from the same noise in every frame
        panel.points(x, color="#FFFFFF", size=1.8, alpha=0.85)
    if probe is not None:
        panel.handle("probe", probe, label="probe: the point whose density and noise are read")
    return panel


def _noise(data, model, probe):
    panel = plane(NOISE, "the points as noise u", "u")
    if model is None:
        return panel.text(0, 0, "a round cloud, once it has learned", size=12, color="muted")
    panel.lines(_circles(), color="faint", width=1)
    x = data.train[:900]
    panel.points(
        np.clip(model.noise(x), -99, 99),
        color=wheel(x, x.mean(axis=0)),
        palette="wheel",
        size=2,
        alpha=0.75,
    )
    if probe is not None:
        u = np.clip(model.noise(np.array([probe])), -99, 99)
        panel.points(u, color="paper", size=7, alpha=1).points(u, color=ORANGE, size=5, alpha=1)
    return panel


def _circles():
    t = np.linspace(0, 2 * np.pi, 80)
    return [r * np.stack([np.cos(t), np.sin(t)], axis=1) for r in (1.0, 2.0, 3.0)]


def _curves(run, kept, data):
    rows = np.array(run.history) if run and run.history else np.zeros((0, 3))
    same = kept and kept[1] and kept[2] is data  # otherwise its nats are those of other points
    old = np.array(kept[1]) if same else np.zeros((0, 3))
    steps = max([run.of if run else 1000, *old[-1:, 0]])
    every = np.concatenate([rows[:, 1:].ravel(), old[:, 2]])
    low, high = (float(every.min()), float(np.quantile(every, 0.97))) if len(every) else (0.0, 1.0)
    truth = -float(data.truth(data.test).mean()) if data.truth else None
    low = low if truth is None else min(low, truth)
    room = max(0.15, 0.12 * (high - low))
    shape = {"share": 2.1} if kept else {"aspect": 0.17}
    panel = Panel((0, 1.03 * steps), (low - room, high + room), "", "step", "nats", **shape)
    if len(rows):
        panel.lines(rows[:, :2], color="muted", width=1, label="training")
        panel.lines(
            rows[:, [0, 2]], color=BLUE, width=2.2, label="B held out" if kept else "held out"
        )
    if len(old):
        panel.lines(old[:, [0, 2]], color=ORANGE, width=2, dash=(6, 3), label="A held out")
    if truth is not None:
        panel.lines(
            np.array([[0, truth], [steps, truth]]),
            color="ink",
            width=1,
            dash=(2, 3),
            label="the truth",
        )
    return panel
