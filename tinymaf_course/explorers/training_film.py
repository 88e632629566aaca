"""A finished training as a film: a scrub goes through the parameters of some of its epochs."""

import numpy as np

from tinymaf.datasets import TOYS

from ..interactive import BLUE, ORANGE, Panel, Picture, Scrub, explore
from ._flows import curve, in_the_plane, recorded_moons, snapshot


class Film:
    """A recorded training on a toy density.

    Args:
        flow, stages, history: the flow, its parameters {epoch: params}, the rows of `Fit.history`.
        toy: a `Toy`. It gives the window, some data, and the entropy that no model can beat.
        cells: of the density, along a side.
    """

    def __init__(self, flow, stages, history, toy, cells=110):
        in_the_plane(flow)
        self.flow = flow
        self.stages = stages
        self.toy = toy
        self.cells = cells
        x = toy.sample(np.random.default_rng(2), 20_000)
        self.x = x[:600]
        self.vmax = np.exp(toy.log_prob(x)).max()
        self.entropy = -toy.log_prob(x).mean()
        self.u = np.random.default_rng(3).standard_normal((600, 2))
        self.epochs = np.array([0] + [row["epoch"] for row in history])
        untrained = -flow.log_prob(stages[0], x).mean()
        self.losses = {
            key: np.array([untrained] + [row[key] for row in history]) for key in ("train", "val")
        }

    def draw(self, epoch):
        """The density, samples, and the loss curve with a marker."""
        pair = snapshot(
            self.flow, self.stages[epoch], self.toy.box, self.x, self.u, self.cells, self.vmax
        )
        last, top = self.epochs[-1], self.losses["train"][0]
        room = top - self.entropy
        loss = Panel(
            (-0.03 * last, 1.03 * last),
            (self.entropy - 0.12 * room, top + 0.05 * room),
            "loss in nats",
            "epoch",
        )
        floor = np.array([[0, self.entropy], [last, self.entropy]])
        loss.lines(floor, color="muted", dash=(2, 3), label="of the truth")
        curve(loss, self.epochs, self.losses["train"], color=BLUE, width=2, label="training")
        if np.isfinite(self.losses["val"]).all():
            curve(
                loss,
                self.epochs,
                self.losses["val"],
                color=ORANGE,
                width=1.5,
                dash=(6, 3),
                label="validation",
            )
        at = np.clip(self.loss(epoch), *loss.y)
        loss.lines(np.array([[epoch, loss.y[0]], [epoch, at]]), color="ink", width=1)
        return Picture([*pair, loss.points(np.array([[epoch, at]]), color="ink", size=5, alpha=1)])

    def loss(self, epoch):
        """The training loss of an epoch. Epoch 0 is the untrained flow."""
        return float(self.losses["train"][self.epochs == epoch][0])

    def say(self, epoch):
        return (
            f"epoch {epoch} of {self.epochs[-1]}: loss {self.loss(epoch):.2f} nats; "
            f"the true density itself has {self.entropy:.2f}"
        )


def controls(epochs):
    return {"epoch": Scrub(epochs, "epoch", seconds=6)}


def sheet_for(epochs):
    """Four epochs, closer together at the beginning."""
    chosen = [epochs[round(share * (len(epochs) - 1))] for share in (0, 0.15, 0.5, 1)]
    return [{"epoch": epoch} for epoch in chosen]


def alt_for(frames):
    epochs = ", ".join(str(frame["epoch"]) for frame in frames)
    return (
        f"{len(frames)} frames, at epochs {epochs}: learned density, samples on the data, and the "
        "loss with a marker at the epoch. Untrained the density is a round spot, as are the "
        "samples. It is stretched and bent, soon and coarsely at first, then finely, until density "
        "and samples lie on the data. The loss falls steeply, then slowly towards that of the true "
        "density."
    )


def training_film(flow=None, stages=None, history=None, toy=TOYS["two moons"], sheet=None):
    """Show a finished training, epoch by epoch. Moving through it needs no kernel.

    By default it is a MAF on two moons, which the first call trains. Your own:

        stages = {0: flow.init(rng)}                                # epoch -> parameters
        keep = lambda row, params: stages.update({row["epoch"]: copy_tree(params)})
        result = fit(flow, x, rng=rng, params=stages[0], epochs=40, callback=keep)
        training_film(flow, stages, result.history, toy)

    `sheet` has the epochs of the contact sheet.
    """
    if flow is None:
        flow, stages, history = recorded_moons()
    film, epochs = Film(flow, stages, history, toy), sorted(stages)
    frames = sheet_for(epochs) if not sheet else [{"epoch": epoch} for epoch in sheet]
    explore(
        draw=film.draw,
        controls=controls(epochs),
        sheet=frames,
        alt=alt_for(frames),
        say=film.say,
        title="A training as a film",
        columns=1,
    )
