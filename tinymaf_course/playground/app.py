"""The playground: what each control does."""

import asyncio
import functools
import html
import threading

import ipywidgets as widgets
import numpy as np

from .controls import DRAWING, FILE, Controls
from .data import MOST, columns, drawing, toy
from .easel import Easel
from .exports import export
from .models import Choice
from .run import Run
from .screen import Screen
from .table import read_table

SLICE, GAP = 0.04, 0.003  # seconds of training, then seconds in which the kernel hears the reader


def guarded(method):
    """What the reader did; whatever goes wrong is said on the page, in one line."""

    @functools.wraps(method)
    def call(self, *arguments):
        with self.lock:
            if self.closed:
                return
            try:
                self.easel.error = ""
                method(self, *arguments)
            except Exception as failure:
                self.fail(failure)

    return call


class Playground:
    """The state of a playground, and what each control does to it.

    Attributes:
        data: the points.
        run: the `Run` on them, None before training.
        kept: `(Model, history, data)` to compare with, or None.
        task: what trains, None at rest.
    """

    def __init__(self):
        self.controls = Controls()
        self.easel = Easel(title="Playground: points, learned density, noise, curves")
        self.rng = np.random.default_rng(0)
        self.data = drawing()
        self.table = None
        self.run = self.kept = self.probe = self.task = None
        self.closed = False
        self.screen = Screen(self)
        # JupyterLab may call widgets in another thread.
        self.lock = threading.RLock()
        self.view = widgets.HBox([self.controls.view, self.easel])
        self.view.add_class("tp-desk")
        self.made = [self.view, self.easel, *self.controls.all]
        c = self.controls
        for handler, *moved in (
            (self._source, c.source),
            (self._file, c.file),
            (self._columns, c.across, c.up),
            (self._brush, c.tool, c.brush),
            (self._kind, c.kind),
            (self._new_model, c.layers, c.width, c.order),
            (self._samples, c.samples),
        ):
            for widget in moved:
                widget.observe(handler, "value")
        for handler, button in (
            (self._clear, c.clear),
            (self._train, c.train),
            (self._new_model, c.reset),
            (self._keep, c.keep),
            (self._forget, c.forget),
        ):
            button.on_click(handler)
        self.easel.observe(self._probed, "held")
        self.easel.on_msg(self._heard)
        self._brush()
        self.screen.show("Draw in the left panel, or choose points, then press Train.")

    def close(self):
        """Stop the training and close every widget."""
        self.closed = True
        self.stop()
        for widget in self.made:
            widget.unobserve_all()
            for part in (getattr(widget, "layout", None), getattr(widget, "style", None), widget):
                if isinstance(part, widgets.Widget):
                    part.close()
        self.run = self.kept = None

    def fail(self, failure):
        text = (
            str(failure)
            if isinstance(failure, ValueError)
            else f"{type(failure).__name__}: {failure}"
        )
        self.easel.error = " ".join(text.split())[:300]

    # Points

    def new_data(self, data, says="Press Train."):
        """Take other points. The training on the old ones ends."""
        if data is self.data:
            return
        self.stop()
        if data.box != self.data.box:
            self.probe = None
        self.easel.brush = self.controls.brush.value * (data.box[0][1] - data.box[0][0])
        self.data, self.run = data, None
        self.screen.show(f"{data.name}: {len(data.x):,} points. {says}")

    @guarded
    def _source(self, change):
        source = self.controls.source.value
        self.controls.show_source(self.table)
        if source == FILE:
            self.screen.show("Choose a file with two columns of numbers.")
            self._columns()
        else:
            self.new_data(drawing() if source == DRAWING else toy(source, self.rng))

    @guarded
    def _file(self, change):
        if not self.controls.file.value:
            return
        upload = self.controls.file.value[0]
        table = read_table(str(upload["name"]), upload["content"])
        self.table, names = None, list(table.columns)
        self.controls.across.options = self.controls.up.options = names
        self.controls.across.value, self.controls.up.value = names[:2]
        self.table = table
        self.controls.show_source(table)
        self._columns()

    @guarded
    def _columns(self, change=None):
        c = self.controls
        if self.table and c.source.value == FILE and c.across.value and c.up.value:
            self.new_data(
                columns(self.table, c.across.value, c.up.value, np.random.default_rng(0)),
                "Both columns are standardised. Press Train.",
            )

    @guarded
    def _clear(self, button):
        if self.controls.source.value != DRAWING:
            self.controls.source.value = DRAWING
        else:
            self.new_data(drawing(), "Draw.")

    @guarded
    def _brush(self, change=None):
        self.easel.tool = self.controls.tool.value
        self.easel.brush = self.controls.brush.value * (self.data.box[0][1] - self.data.box[0][0])

    @guarded
    def _puffs(self, at):
        at = np.asarray(at, float).reshape(-1, 2)
        if self.easel.tool == "erase":
            self.new_data(self.data.erased(at, self.easel.brush))
            return
        if len(self.data.x) >= MOST:
            raise ValueError(f"{MOST:,} points are enough: erase some, or press Train")
        self.new_data(self.data.sprayed(at, self.easel.brush, self.rng))

    # The model

    def choice(self):
        c = self.controls
        return Choice(c.kind.value, c.layers.value, c.width.value, c.order.value)

    @guarded
    def _kind(self, change):
        said = self.controls.show_kind()
        self._new_model()
        self.controls.note.value = html.escape(said)

    @guarded
    def _new_model(self, change=None):
        """Take another model. The old one stops, and is dropped unless it was kept as A."""
        self.stop()
        self.run, self.controls.note.value = None, ""
        self.screen.show(f"{self.choice()}. Press Train.")

    # Learning

    @guarded
    def _train(self, button):
        if self.task is not None:
            self.stop()
            self.run.note_progress()
            self.screen.show()
            return
        if self.data.problem():
            raise ValueError(self.data.problem())
        if self.run is None:
            self.run = Run(self.data, self.choice())
            self.controls.note.value = html.escape(self.run.note)
            self.probe = self.probe or tuple(self.data.train.mean(axis=0).tolist())
        elif self.run.finished:
            self.run.go_on()
        self.task = asyncio.get_running_loop().create_task(self._learn(self.run))
        self.screen.show()

    async def _learn(self, run):
        while self._slice(run, asyncio.current_task()):
            await asyncio.sleep(GAP)

    def _slice(self, run, task):  # a moment of training, and whether there is more to do
        with self.lock:
            if self.task is not task:
                return False
            try:
                run.advance(SLICE)
                if run.finished or self.screen.due():
                    run.note_progress()
                    self.screen.show()
                if not run.finished:
                    return True
            except Exception as failure:
                run.stopped = f"the training failed: {type(failure).__name__}: {failure}"
            self.task = None
            if run.stopped:
                self.fail(ValueError(run.stopped))
            self.screen.show()
        return False

    def stop(self):
        """Train no further: the task ends when it is no longer `self.task`."""
        self.task = None

    @guarded
    def _keep(self, button):
        self.kept = self.run.model(copy=True), list(self.run.history), self.data
        self.screen.show(
            "Kept as A. Change the model or the points and train B." if self.task is None else None
        )

    @guarded
    def _forget(self, button):
        self.kept = None
        self.screen.show()

    # The figure

    @guarded
    def _samples(self, change):
        self.screen.show()

    @guarded
    def _probed(self, change):
        with self.easel.hold_sync():
            self.easel.answered = change["new"].get("count", 0)
            place = change["new"].get("places", {}).get("probe")
            if place and self.run is not None:
                self.probe = tuple(map(float, place))
                self.screen.show(moving=True)

    def _heard(self, easel, message, buffers):
        kind = message.get("kind")
        if kind == "puffs":
            self._puffs(message["at"])
        elif kind == "export":
            self._export(message["what"])
        elif kind == "drawn":
            self.screen.seen = message["turn"]
        elif kind == "refine" and message.get("serial") == self.easel.coarse:
            self.screen.show()

    @guarded
    def _export(self, what):
        answer, content = {"kind": "file"}, []
        try:
            name, mime, content, says = export(
                what, self.data, self.run.model(), self.screen.picture
            )
            answer = {**answer, "name": name, "type": mime, "says": says}
            content = [content]
        finally:
            self.easel.send(answer, content)
