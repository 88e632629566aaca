"""Explorers: a figure, its controls, and a contact sheet for every place where nothing moves.

An explorer has three parts that know nothing of one another: a pure function from the controls' values to a Figure,
ipywidgets controls, and a list of values whose frames make the contact sheet. GitHub, paper and screen readers get the
sheet and its words; a running notebook gets the live figure.
"""

import html
import io

import ipywidgets as widgets
from PIL import Image

from .pictures import png, reduce_colors, show_bundle

FRAMES_KEPT = 300       # drawn frames stay, so that going back costs nothing


def explore(draw, controls, sheet, alt, say=None, width=460):
    """Show an interactive figure.

    Args:
        draw: a pure function of the controls' values, by name, to a matplotlib Figure.
        controls: ipywidgets by name, as in {"layer": FloatSlider(...)}; the live figure opens at their values.
        sheet: three to five dicts of values: the frames of the contact sheet, each control with two values at least.
        alt: the contact sheet in words.
        say: a function of the values to the sentence under the controls; "layer: 2.0" by default.
        width: of the live picture, in pixels.
    """
    Explorer(draw, controls, sheet, alt, say, width).show()


class Explorer:
    """See `explore`. `view` is the widget, `image` its picture, `line` the sentence or error below the controls."""

    def __init__(self, draw, controls, sheet, alt, say=None, width=460):
        self.draw, self.controls, self.sheet, self.alt = draw, dict(controls), list(sheet), alt
        self.say = say or (lambda **values: ", ".join(f"{name}: {value}" for name, value in values.items()))
        self.frames, self.failure = {}, None
        self.image = widgets.Image(format="png", layout=widgets.Layout(width=f"{width}px", max_width="100%"))
        self.line = widgets.HTML()
        for control in self.controls.values():
            control.observe(self._update, "value")
        words = widgets.HTML(f"<details><summary>The figure in words</summary>{html.escape(alt)}</details>")
        self.view = widgets.VBox([*self.controls.values(), self.line, self.image, words])

    def show(self):
        """Rehearse, then display one bundle: the live figure, the contact sheet, its words."""
        sheet = contact_sheet(self.rehearse())
        view = self.view._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
        show_bundle({"application/vnd.jupyter.widget-view+json": view, "image/png": sheet}, self.alt)

    def rehearse(self):
        """Drive the controls, as a reader would, through the values of the sheet; return the frames.

        Raises what `draw` raised, or RuntimeError for a control that draws nothing or changes nothing: whatever runs
        the notebook unattended notices.
        """
        start = self._values()
        for name in self.controls:
            if len({values[name] for values in self.sheet}) < 2:
                raise RuntimeError(f"the contact sheet must hold two values of the control {name!r} at least")
        self._set(self.sheet[-1], check=False)      # so that the first frame is a change as well
        frames = []
        for values in self.sheet:
            self._set(values)
            frames.append(bytes(self.image.value))
        for k, frame in enumerate(frames):
            if frame in frames[:k]:
                twin = self.sheet[frames.index(frame)]
                raise RuntimeError(f"the picture for {self.sheet[k]} is the same as for {twin}")
        self._set(start, check=False)
        self._update()
        self._raise_failure()
        return frames

    def _values(self):
        return {name: control.value for name, control in self.controls.items()}

    def _set(self, values, check=True):
        for name, value in values.items():
            if self.controls[name].value == value:
                continue
            self.image.value = b""
            self.controls[name].value = value
            self._raise_failure()
            if check and not self.image.value:
                raise RuntimeError(f"the control {name!r} is not wired: it was moved and nothing was drawn")

    def _raise_failure(self):
        if self.failure is not None:
            raise self.failure

    def _update(self, change=None):
        """The callback: draw, or say beside the controls why not (a browser would show no trace of an exception)."""
        values = self._values()
        key = tuple(values.values())
        try:
            if key not in self.frames:
                if len(self.frames) >= FRAMES_KEPT:
                    self.frames.pop(next(iter(self.frames)))
                self.frames[key] = png(self.draw(**values))
            self.image.value = self.frames[key]
            self.line.value = f'<span role="status" aria-live="polite">{html.escape(self.say(**values))}</span>'
            self.failure = None
        except Exception as failure:
            self.failure = failure
            what = html.escape(f"{type(failure).__name__}: {failure}")
            self.line.value = f'<b role="alert" style="color: #D55E00">This picture could not be drawn. {what}</b>'


def contact_sheet(frames, width=400, gap=12):
    """PNG frames side by side in one PNG of 128 colours, each `width` pixels wide."""
    images = [Image.open(io.BytesIO(frame)).convert("RGB") for frame in frames]
    images = [image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
              for image in images]
    size = (width * len(images) + gap * (len(images) - 1), max(image.height for image in images))
    sheet = Image.new("RGB", size, "white")
    for k, image in enumerate(images):
        sheet.paste(image, (k * (width + gap), 0))
    return reduce_colors(sheet)
