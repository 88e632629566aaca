"""A training to start, pause and disturb while the notebook goes on."""

import functools
import time
import weakref

import numpy as np
from ipywidgets import Button, FloatLogSlider, HBox, SelectionSlider

from tinymaf import maf
from tinymaf.datasets import TOYS

from .. import medium
from ..interactive import Explorer, contact_sheet, explore, render
from ..interactive.explorer import VIEW
from ..interactive.rerun import close_former
from ..pictures import show_bundle, show_frames
from ._flows import in_the_plane
from ._live import Slices, Training, backdrop, picture_of

PERIOD = 0.12  # seconds between two pictures, at least
MOST = 4000  # updates until it pauses by itself
_alive = weakref.WeakSet()


class LiveTraining(Explorer):
    """An `Explorer` whose picture also moves by itself, as long as `slices` runs."""

    def __init__(self, training, **parts):
        self.training = training
        self.slices = Slices(self._job, self._ended)
        super().__init__(**parts)
        self.lock = self.slices.lock  # no picture of half an update
        self.buttons = {
            name: Button(description=name, icon=icon, tooltip=tip)
            for name, icon, tip in (
                ("start", "play", "train until paused"),
                ("pause", "pause", "stop where it is"),
                ("step", "step-forward", "train for one picture"),
                ("reset", "undo", "back to the untrained flow"),
            )
        }
        for name, button in self.buttons.items():
            button.on_click(lambda _, press=getattr(self, name): self._guarded(press))
        self.bar = HBox(list(self.buttons.values()))
        self.outside.children = (self.bar, *self.outside.children)
        self._mark()

    def start(self):
        for other in _alive - {self}:  # one training at a time: they share one kernel
            other.buttons["pause"].click()
        self.slices.start()

    def pause(self):
        self.slices.stop()
        self._update(fine=True)

    def step(self):
        for _ in range(self.controls["speed"].value):
            self.training.update(self.controls["lr"].value)
        self._update()

    def reset(self):
        self.slices.stop()
        self.training.reset()
        self._update(fine=True)

    def close(self):
        self.slices.stop()
        _alive.discard(self)
        for widget in (*self.buttons.values(), self.bar, *self.controls.values()):
            widget.close()
        super().close()

    def show(self):
        close_former(self)  # what this cell showed before is stopped and closed
        for other in list(_alive):
            other.buttons["pause"].click()
        pictures, captions = self.rehearse()
        if medium.chosen():
            return show_frames(pictures, captions, self.alt, render)
        sheet = contact_sheet(pictures, captions, columns=self.columns)
        _alive.add(self)
        show_bundle({VIEW: self.view._repr_mimebundle_()[VIEW], "image/png": sheet}, self.alt)

    def rehearse(self):
        """Press the buttons as a reader would, up to the sheet's stages.

        Returns `(pictures, captions)`.
        """
        speed = self.controls["speed"]
        before = self.controls["speed"].value
        pictures = []
        captions = []
        self.buttons["reset"].click()
        stages = [frame["updates"] for frame in self.sheet]
        for stage in stages:
            while len(self.training.losses) < stage:
                speed.value = max(
                    s for s in speed.options if s <= stage - len(self.training.losses)
                )
                self._press("step", len(self.training.losses) + speed.value)
            pictures.append(self._picture(self._values(), fine=True))
            captions.append(self.say(**self._values()))
        speed.value = before
        if Slices.possible():
            self._press("start", stages[-1], running=True)
            self._press("pause", stages[-1])
        self._press("reset", 0)
        return pictures, captions

    def _press(self, name, updates, running=False):
        """Click, and raise what failed, for whatever runs the notebook unattended."""
        self.buttons[name].click()
        self._raise_failure()
        if (len(self.training.losses), self.slices.running) != (updates, running):
            raise RuntimeError(f"the button {name!r} is not wired")

    def _job(self):
        """What runs in slices: some updates, a picture, a rest until the next one is due."""
        end = len(self.training.losses) + MOST
        while len(self.training.losses) < end:
            began = time.perf_counter()
            for _ in range(self.controls["speed"].value):
                self.training.update(self.controls["lr"].value)
                yield 0
            self._update()
            yield max(1e-9, PERIOD - (time.perf_counter() - began))

    def _guarded(self, press):
        with self.slices.lock:
            try:
                press()
            except Exception as failure:
                self._ended(failure)
            self._mark()

    def _ended(self, failure):
        self._update(fine=failure is None)
        if failure is not None:
            self.failure = failure
            self.canvas.error = f"The training has stopped. {type(failure).__name__}: {failure}"
        self._mark()

    def _update(self, fine=False):
        super()._update(fine)
        if self.training.failure:  # the picture is of no value, and no slider makes it one
            self.canvas.error = f"The training has stopped: {self.training.failure}"

    def _mark(self):
        self.buttons["start"].disabled = self.slices.running
        self.buttons["pause"].disabled = not self.slices.running

    def _frames(self, values, fine):
        self.cache.clear()  # the same controls, another picture
        return super()._frames(values, fine)


class Watched:
    """What the figure shows and says of a training, now. It changes nothing.

    The picture does not depend on the controls, but `draw` takes them as every explorer's does.
    """

    def __init__(self, flow, toy):
        in_the_plane(flow)
        self.training = Training(flow, toy)
        self.fixed = backdrop(self.training)

    def draw(self, lr, speed, fine):
        return picture_of(self.training, **self.fixed, n=140 if fine else 64)

    def say(self, lr, speed):
        done = len(self.training.losses)
        recent = self.training.losses[-20:]
        loss = f"loss {np.mean(recent):.2f} nats (mean of {len(recent)})" if recent else "untrained"
        return f"{done} updates, {loss}; learning rate {lr:.4f}"


def controls():
    return {
        "lr": FloatLogSlider(
            0.005, min=-4, max=0.5, description="learning rate", readout_format=".4f"
        ),
        "speed": SelectionSlider(options=(1, 5, 20, 100), value=5, description="updates a picture"),
    }


SHEET = [{"updates": 0}, {"updates": 20}, {"updates": 100}, {"updates": 500}]


def alt_for(toy):
    updates = ", ".join(str(frame["updates"]) for frame in SHEET)
    return (
        f"Four frames of a training on {toy.name}, after {updates} updates: learned density, "
        "samples on the data, and the loss. Untrained, density and samples are round. Then they "
        "are bent, coarsely at first, and follow the data more and more closely, while the loss "
        "falls, steeply, then slowly, towards that of the true density."
    )


def live_training(flow=None, toy=TOYS["two moons"]):
    """Show a training that other cells can run beside.

    Args:
        flow: what is trained, by default a small MAF.
        toy: one of `datasets.TOYS`.
    """
    flow = maf(2, 3, (32, 32), activation="tanh") if flow is None else flow
    watched = Watched(flow, toy)
    explore(
        draw=watched.draw,
        controls=controls(),
        sheet=SHEET,
        alt=alt_for(toy),
        say=watched.say,
        title="Live training",
        columns=1,
        kind=functools.partial(LiveTraining, watched.training),
    )
