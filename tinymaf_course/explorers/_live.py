"""A training that takes one step at a time, and slices of time that leave the kernel free."""

import asyncio
import math
import threading
import time

import numpy as np

from tinymaf.training import Trainer
from tinymaf.trees import all_finite

from ..interactive import BLUE, Panel, Picture
from ._flows import curve, snapshot


class Training:
    """Adam on fresh minibatches of a toy density. It clips nothing: a rate that is too large shows.

    Attributes:
        params: the parameters now.
        losses: one for each update.
        failure: a sentence, or "". A training that failed goes on only after `reset()`.
    """

    def __init__(self, flow, toy, batch=250, seed=0):
        self.flow = flow
        self.toy = toy
        self.batch = batch
        self.seed = seed
        self.reset()

    def reset(self):
        """Go back to the untrained flow. The seed is the same, and so is the path."""
        self.rng = np.random.default_rng(self.seed)
        self.trainer = Trainer(self.flow, self.flow.init(self.rng), clip_norm=None)
        self.params = self.trainer.params
        self.losses, self.failure = [], ""

    def update(self, lr):
        """Take one step of Adam.

        Raises FloatingPointError if the loss or a parameter is not finite.
        """
        if self.failure:
            raise FloatingPointError(self.failure)
        with np.errstate(all="ignore"):
            loss = self.trainer.step(self.toy.sample(self.rng, self.batch), lr=lr)
        self.losses.append(loss)
        if not (math.isfinite(loss) and all_finite(self.params)):
            self.failure = (
                f"update {len(self.losses)} gave a loss of {loss:.3g}, and parameters without a "
                "value: press reset and take a smaller learning rate"
            )
            raise FloatingPointError(self.failure)


def backdrop(training):
    """The arguments of `picture_of` that stay the same through a training.

    Call it before the first step.
    """
    toy = training.toy
    x = training.toy.sample(np.random.default_rng(2), 5000)
    entropy = -toy.log_prob(x).mean()
    untrained = -training.flow.log_prob(training.params, x).mean()
    return {
        "data": x[:400],
        "u": np.random.default_rng(3).standard_normal((400, 2)),
        "entropy": entropy,
        "vmax": np.exp(toy.log_prob(x)).max(),
        "top": untrained + 0.1 * (untrained - entropy),
    }


def picture_of(training, data, u, vmax, entropy, top, n):
    """Density, samples and loss curve of a training as it stands. The loss axis ends at `top`."""
    losses, box = np.array(training.losses), training.toy.box
    end = max(100, 2 ** int(np.ceil(np.log2(len(losses) + 1))))
    loss = Panel((0, end), (entropy - 0.15 * (top - entropy), top), "loss in nats", "updates")
    loss.lines(
        np.array([[0, entropy], [end, entropy]]), color="muted", dash=(2, 3), label="of the truth"
    )
    if len(losses):
        steps, w = np.arange(1, len(losses) + 1), min(20, len(losses))
        curve(loss, steps, losses, color=BLUE, width=1, alpha=0.4, label="minibatches")
        mean = np.convolve(losses, np.ones(w) / w, "valid")
        middle = steps[w - 1 :] - (w - 1) / 2
        curve(loss, middle, mean, color="ink", width=2, label=f"mean of {w}")
        loss.points(
            [[middle[-1], np.clip(np.nan_to_num(mean[-1], nan=9e9), *loss.y)]],
            color="ink",
            size=4,
            alpha=1,
        )
        if not mean[-1] < top:
            loss.text(
                end / 2,
                entropy - 0.075 * (top - entropy),
                f"off the chart: {mean[-1]:.3g}",
                bold=True,
            )
    return Picture([*snapshot(training.flow, training.params, box, data, u, n, vmax), loss])


class Slices:
    """Run `job()`, a generator function, on the kernel's event loop for `slice` seconds at a time.

    There is no thread. Between two slices the kernel answers, runs other cells and moves sliders.
    The job yields the seconds that it wants to sleep, or 0. When it ends or raises,
    `ended(exception or None)` is called.
    """

    def __init__(self, job, ended, slice=0.03, rest=0.01):
        self.job = job
        self.ended = ended
        self.slice = slice
        self.rest = rest
        self.task = None
        # The job holds it while it runs: JupyterLab may call widgets in another thread.
        self.lock = threading.RLock()

    @property
    def running(self):
        return self.task is not None

    @staticmethod
    def possible():
        """Does an event loop run here, as it does in Jupyter?"""
        try:
            return asyncio.get_running_loop() is not None
        except RuntimeError:
            return False

    def start(self):
        if not self.possible():
            raise RuntimeError("a training needs an event loop to run on: start it in a notebook")
        if not self.running:
            self.task = asyncio.get_running_loop().create_task(self._run())

    def stop(self):
        self.task = None  # and it ends when it sees that

    async def _run(self):
        ended = None
        pause = 0
        job = self.job()
        me = asyncio.current_task()
        try:
            while pause is not None:
                await asyncio.sleep(max(pause, self.rest))
                with self.lock:
                    if self.task is not me:
                        return
                    end = time.perf_counter() + self.slice
                    pause = next(job, None)
                    while pause == 0 and time.perf_counter() < end:
                        pause = next(job, None)
        except Exception as failure:  # nobody awaits the task: it must be said in the figure
            ended = failure
        except KeyboardInterrupt:  # meant for a cell that waits: without this it ends the kernel
            pass
        with self.lock:
            if self.task is me:
                self.task = None
                self.ended(ended)
