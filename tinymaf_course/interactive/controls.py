"""Controls inside the picture, Handle, Touched and Scrub, and the look of the widgets above it."""

import ipywidgets as widgets
import numpy as np
import traitlets


class Handle(traitlets.HasTraits):
    """A point that the reader drags: `value` is (x, y). `Panel.handle(name, at)` shows it.

    >>> Handle(0.5, -1).value
    (0.5, -1.0)
    """

    value = traitlets.Tuple(traitlets.Float(), traitlets.Float())

    def __init__(self, x=0.0, y=0.0):
        super().__init__(value=(float(x), float(y)))


class Touched(traitlets.HasTraits):
    """A value that the reader sets by touching the picture: see `sets` in `Panel.spot`.

    >>> Touched((1, 2)).value
    (1, 2)
    """

    value = traitlets.Any()

    def __init__(self, value=None):
        super().__init__(value=value)


class Scrub(traitlets.HasTraits):
    """A slider in the picture that needs no kernel: all of its frames are drawn beforehand.

    Args:
        values: the values in order. Some dozens at most: each is drawn when the cell runs.
        label: what it sets. The words beside it.
        texts: the words at its end for each value, also read aloud. By default the value.
        value: where it starts, by default at the first.
        seconds: how long it takes from end to end as a film. It then has buttons to play and pause,
            for the speed, and to begin anew at the end; the space bar plays and pauses.

    `value` stays where the scrub starts: the browser does not tell the kernel where it moves.

    >>> Scrub(range(3), "layers").texts
    ['0', '1', '2']
    """

    value = traitlets.Any()

    def __init__(self, values, label, texts=None, value=None, seconds=None):
        self.values, self.label, self.seconds = list(values), label, seconds
        self.texts = list(map(_brief, self.values) if texts is None else texts)
        if len(self.values) < 2 or len(self.texts) != len(self.values):
            raise ValueError(
                f"a Scrub needs two values at least and a text for each, got {len(self.values)} "
                f"values, {len(self.texts)} texts"
            )
        super().__init__(value=self.values[0] if value is None else value)

    @traitlets.validate("value")
    def _is_a_frame(self, proposal):
        if proposal["value"] not in self.values:
            raise traitlets.TraitError(f"{self.label} has no frame for {proposal['value']!r}")
        return proposal["value"]


SLIDERS = widgets.IntSlider, widgets.FloatSlider, widgets.FloatLogSlider, widgets.SelectionSlider


def tidy(controls):
    """The ipywidgets of a dict, in order.

    Each has a description, with room for all of it, and is as wide as it needs to be in a row.
    """
    for name, control in controls.items():
        if getattr(control, "description", None) == "":
            control.description = name
            control.tooltip = control.tooltip or name
    for control in controls.values():
        if isinstance(control, widgets.Checkbox):
            control.indent = False
            control.layout.width = control.layout.width or "auto"
            continue
        room = 0.52 * len(control.description) + 0.8  # in letters' heights
        if hasattr(control.style, "description_width"):
            control.style.description_width = control.style.description_width or f"{room:.1f}em"
        if isinstance(control, SLIDERS):
            control.layout.width = control.layout.width or f"{13 * room + 160:.0f}px"
        elif isinstance(control, widgets.Dropdown):
            letters = max(len(str(label)) for label in control._options_labels)
            control.layout.width = control.layout.width or f"{13 * room + 8 * letters + 48:.0f}px"
        elif isinstance(control, widgets.ToggleButtons):
            # Otherwise the label stands above, and the buttons wrap.
            control.layout.width = control.layout.width or "auto"
            control.layout.display = "flex"
            control.layout.flex_flow = "row nowrap"
            control.style.button_width = control.style.button_width or "auto"
    return list(controls.values())


def _brief(value):
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)
