"""An explorer: a pure function to a picture, controls, and a contact sheet for paper."""

import html
import inspect
import threading
from collections import OrderedDict

import ipywidgets as widgets

from .. import medium
from ..pictures import show_bundle, show_frames
from .canvas import Canvas
from .controls import Handle, Scrub, Touched, tidy
from .layout import fitting
from .picture import Panel, Picture
from .rerun import close_former
from .sheet import contact_sheet, render
from .wire import pack, substance
from .working import each

# CSS pixels. With controls, sentence and read-out a figure fits into a laptop's window.
TALLEST = 500
BESIDE_WIDTH, BESIDE_HEIGHT = 654, 530  # of a picture that has the controls at its left
BYTES_KEPT = 8_000_000  # of drawn frames: going back costs nothing
VIEW = "application/vnd.jupyter.widget-view+json"


def explore(draw, controls, sheet, alt, say=None, title="", columns=None, kind=None):
    """Show an interactive figure.

    Args:
        draw: a pure function of the controls' values, by name, to a Picture (or a Panel, or a list
            of Panels). If it takes `fine` as well, it is called with fine=False while something
            moves, and with fine=True a moment later and for the sheet. Draw 60 x 60 cells first,
            then 150 x 150.
        controls: by name: ipywidgets, as in {"layer": IntSlider(...)}, Handles (points to drag in
            the picture), and at most one Scrub (a slider that needs no kernel). The live figure
            opens at their values.
        sheet: the frames of the contact sheet, three to five dicts of values. Each control needs
            two values at least.
        alt: the contact sheet in words.
        say: a function of the same values to the sentence under the picture, which is also read
            aloud. By default it says "layer: 2".
        title: the figure's name, read aloud.
        columns: frames of the contact sheet side by side.
        kind: a subclass of `Explorer` to show, by default `Explorer`.
    """
    figure = (kind or Explorer)(
        draw=draw, controls=controls, sheet=sheet, alt=alt, say=say, title=title, columns=columns
    )
    figure.show()


class Explorer:
    """The figure that `explore` shows. `view` is its widget, `canvas` its picture."""

    def __init__(self, draw, controls, sheet, alt, say=None, title="", columns=None):
        self.draw = draw
        self.controls = dict(controls)
        self.sheet = list(sheet)
        self.alt = alt
        self.say = say or (
            lambda **values: ", ".join(f"{k}: {_brief(value)}" for k, value in values.items())
        )
        self.columns = columns
        self.failure = None
        self.drawn = None
        self.cache = OrderedDict()
        # JupyterLab may call widgets in a thread of their own, beside a cell.
        self.lock = threading.RLock()
        self.has_fine = "fine" in inspect.signature(draw).parameters and "fine" not in self.controls
        scrubs = [name for name, control in self.controls.items() if isinstance(control, Scrub)]
        if len(scrubs) > 1:
            raise ValueError(f"one Scrub is the limit, got {', '.join(scrubs)}")
        self.scrub = scrubs[0] if scrubs else None
        self.canvas = Canvas(title=title or "Interactive figure", tallest=TALLEST)
        self.canvas.add_class("tm-picture")
        for name, control in self.controls.items():
            control.observe(self._moved, "value")
        self.canvas.observe(self._dragged, "held")
        self.canvas.observe(self._pressed, "pressed")
        self.canvas.on_msg(self._asked)
        words = widgets.HTML(
            f"<details><summary>Describe this figure</summary>{html.escape(alt)}</details>"
        )
        outside = tidy(
            {name: c for name, c in self.controls.items() if isinstance(c, widgets.Widget)}
        )
        self.outside = widgets.Box(outside).add_class("tm-controls")
        self.desk = widgets.Box([self.outside, self.canvas]).add_class("tm-desk")
        self.words = words
        self.view = widgets.VBox([self.desk, words]).add_class("tm-explorer")

    def show(self):
        """Rehearse, then display one bundle: live figure, contact sheet and words."""
        close_former(self)
        pictures = self.rehearse()
        captions = [self.say(**values) for values in self.sheet]
        if medium.chosen():
            return show_frames(pictures, captions, self.alt, render)
        sheet = contact_sheet(pictures, captions, self.columns)
        show_bundle({VIEW: self.view._repr_mimebundle_()[VIEW], "image/png": sheet}, self.alt)

    def close(self):
        """Close its own widgets and forget the frames. The controls belong to whoever made them."""
        for control in self.controls.values():
            if self._moved in control._trait_notifiers.get("value", {}).get("change", []):
                control.unobserve(self._moved, "value")
        for widget in (self.view, self.desk, self.outside, self.canvas, self.words):
            widget.close()
        self.cache.clear()
        self.drawn = None

    def rehearse(self):
        """Drive the controls through the sheet's values, as a reader would. Returns the pictures.

        Raises what `draw` or `say` raised, and RuntimeError if a control draws or changes nothing.
        So a notebook that runs unattended fails there.
        """
        start = self._values()
        for name in self.controls:
            if len({_key(values[name]) for values in self.sheet}) < 2:
                raise RuntimeError(
                    f"the contact sheet must hold two values of the control {name!r} at least"
                )
        self._set(self.sheet[-1], check=False)  # then the first frame is a change, too
        seen = []
        for values in self.sheet:
            self._set(values)
            seen.append(substance(self.drawn))
            if seen[-1] in seen[:-1]:
                twin = self.sheet[seen.index(seen[-1])]
                raise RuntimeError(f"the picture for {values} is the same as for {twin}")
        pictures = [self._picture(values, fine=True) for values in self.sheet]
        self._set(start, check=False)
        self._update(fine=True)
        self._raise_failure()
        self._check_handles(pictures[0])
        self._check_spots(pictures)
        self._arrange(pictures)
        return pictures

    def _arrange(self, pictures):
        """The controls in a row above the picture, or at its left if there is room for them."""
        widest = max(fitting(p.rows, p.width, BESIDE_HEIGHT) for p in pictures)
        beside = bool(self.outside.children) and widest <= BESIDE_WIDTH
        formula = 28 if any(picture.formula for picture in pictures) else 0
        self.canvas.tallest = (BESIDE_HEIGHT if beside else TALLEST) - formula
        (self.desk.add_class if beside else self.desk.remove_class)("tm-beside")

    def _values(self):
        return {name: control.value for name, control in self.controls.items()}

    def _set(self, values, check=True):
        for name, value in values.items():
            if self.controls[name].value == value:
                continue
            self.drawn = None
            self.controls[name].value = value
            self._raise_failure()
            if check and self.drawn is None:
                raise RuntimeError(
                    f"the control {name!r} is not wired: it was moved and nothing was drawn"
                )

    def _raise_failure(self):
        if self.failure is not None:
            raise self.failure

    def _check_handles(self, picture):
        shown = {handle["name"] for panel in picture.panels for handle in panel.handles}
        wanted = {name for name, control in self.controls.items() if isinstance(control, Handle)}
        if shown != wanted:
            raise RuntimeError(
                f"the picture has the handles {sorted(shown)}, the controls are {sorted(wanted)}"
            )

    def _check_spots(self, pictures):
        panels = [panel for picture in pictures for panel in picture.panels]
        set_by = {name for panel in panels for spot in panel.spots for name in spot["sets"] or ()}
        wanted = {name for name, control in self.controls.items() if isinstance(control, Touched)}
        if not wanted <= set_by <= set(self.controls):
            raise RuntimeError(
                f"the picture's spots set {sorted(set_by)}, the controls to touch are "
                f"{sorted(wanted)}"
            )

    # What happens when something moves. The kernel calls these in the order of the reader's moves.

    def _moved(self, change=None):
        self._update()

    def _dragged(self, change):
        """The browser moved handles, and sends the last place of each."""
        with self.canvas.hold_sync():
            self.canvas.answered = change["new"].get("count", 0)
            for name, place in change["new"].get("places", {}).items():
                if isinstance(self.controls.get(name), Handle):
                    self.controls[name].value = tuple(place)

    def _pressed(self, change):
        """The browser's reader has pressed a spot that sets controls."""
        for name, value in change["new"].get("sets", {}).items():
            self.controls[name].value = _hashable(value)

    def _asked(self, canvas, message, buffers):
        """The browser has shown a coarse picture for a moment, and nothing followed."""
        if message.get("kind") == "refine" and message.get("serial") == self.canvas.coarse:
            self._update(fine=True)

    def _update(self, fine=False):
        """Draw, or say in the figure why that failed. A browser shows no exception."""
        with self.lock:
            self._draw(self._values(), fine)

    def _draw(self, values, fine):
        try:
            frames, says = self._frames(values, fine)
            with self.canvas.hold_sync():
                if self.scrub:
                    control = self.controls[self.scrub]
                    self.canvas.scrub = {
                        "label": control.label,
                        "texts": control.texts,
                        "start": control.values.index(control.value),
                        **({"seconds": control.seconds} if control.seconds else {}),
                    }
                self.canvas.frames = frames
                self.canvas.says = says
                self.canvas.error = ""
                self.canvas.coarse = self.canvas.coarse + 1 if self.has_fine and not fine else 0
            k = self.canvas.scrub.get("start", 0)
            self.drawn = {**frames, "specs": [frames["specs"][k]]}
            self.failure = None
        except Exception as failure:
            self.failure = failure
            self.canvas.error = (
                f"This picture could not be drawn. {type(failure).__name__}: {failure}"
            )

    def _frames(self, values, fine):
        """`(frames, says)` for the canvas: one frame, or one for each value of the scrub."""
        key = (
            tuple((name, _key(value)) for name, value in values.items() if name != self.scrub),
            fine,
        )
        if key in self.cache:
            self.cache.move_to_end(key)
            return self.cache[key]
        every = (
            [values]
            if not self.scrub
            else [{**values, self.scrub: v} for v in self.controls[self.scrub].values]
        )
        drawn = each("drawing {} of {} frames", every) if self.scrub else every
        self.cache[key] = found = (
            pack([self._picture(v, fine) for v in drawn]),
            [str(self.say(**v)) for v in every],
        )
        while (
            len(self.cache) > 1
            and sum(len(b) for f, _ in self.cache.values() for b in f["buffers"]) > BYTES_KEPT
        ):
            self.cache.popitem(last=False)
        return found

    def _picture(self, values, fine):
        made = self.draw(**values, **({"fine": fine} if self.has_fine else {}))
        if isinstance(made, (Panel, list)):
            made = Picture(made)
        if not isinstance(made, Picture):
            raise TypeError(
                "draw must return a Picture, a Panel or a list of Panels, got "
                f"{type(made).__name__}"
            )
        return made


def _key(value):
    return tuple(value) if isinstance(value, list) else value


def _hashable(value):
    """What came as JSON, with tuples for lists."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _brief(value):
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_brief, value)) + ")"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
