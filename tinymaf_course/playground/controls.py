"""The controls, three cards in a column: points, model, learning.

They hold values, and app.py acts on them.
"""

import html

import ipywidgets as widgets

from tinymaf.datasets import TOYS

from ..interactive import BLUE, ORANGE
from .models import KINDS

DRAWING, FILE = "your drawing", "a CSV file"
WIDTHS = (8, 16, 32, 64, 128)
LEGEND = (
    "<span class='tp-quiet' style='font-size: 12px'>"
    f"<b style='color: {BLUE}'>&#9679;</b> to learn from &nbsp;"
    f"<b style='color: {ORANGE}'>+</b> held out</span>"
)
STYLE = {"style": {"description_width": "68px"}, "layout": {"width": "auto"}}


class Controls:
    """Its attributes are ipywidgets. `view` is the column of cards."""

    def __init__(self):
        self.source = widgets.Dropdown(
            options=[DRAWING, *TOYS, FILE], value=DRAWING, description="Points", **STYLE
        )
        self.tool = widgets.RadioButtons(
            options=["draw", "erase"], description="Brush", orientation="horizontal", **STYLE
        )
        self.brush = widgets.FloatSlider(
            0.045,
            min=0.01,
            max=0.15,
            step=0.005,
            description="Size",
            readout_format=".1%",
            continuous_update=False,
            **STYLE,
        )
        self.clear = widgets.Button(description="Clear", tooltip="an empty sheet")
        self.legend = widgets.HTML(LEGEND)
        self.file = widgets.FileUpload(
            accept=".csv,.tsv,.txt",
            description="Choose a file",
            tooltip="CSV, up to 5 MB",
            layout={"width": "auto"},
        )
        self.across = widgets.Dropdown(description="Across", **STYLE)
        self.up = widgets.Dropdown(description="Up", **STYLE)
        self.file_rows = [self.file, self.across, self.up]

        self.kind = widgets.Dropdown(options=list(KINDS), value="MAF", description="Model", **STYLE)
        self.layers = widgets.IntSlider(
            KINDS["MAF"].layers,
            min=1,
            max=10,
            description="Layers",
            continuous_update=False,
            **STYLE,
        )
        self.width = widgets.Dropdown(options=WIDTHS, value=64, description="Width", **STYLE)
        self.order = widgets.Dropdown(
            options=list(KINDS["MAF"].orders), description="Order", **STYLE
        )
        self.group = KINDS["MAF"].group
        self.note = widgets.HTML()

        self.train = widgets.Button(description="Train", icon="play", tooltip="train, pause, go on")
        self.reset = widgets.Button(description="Reset", tooltip="forget what was learned")
        self.keep = widgets.Button(
            description="Keep as A", tooltip="keep the present model, to compare"
        )
        self.forget = widgets.Button(description="Forget A", tooltip="end the comparison")
        self.samples = widgets.Checkbox(
            False, description="Show samples", indent=False, layout={"width": "auto"}
        )
        self.score = widgets.HTML()

        self.train.add_class("tp-train")
        self.score.add_class("tp-score")
        self._offer_file(False)
        self.made = []  # boxes and headings
        self.view = self._box(
            widgets.VBox,
            "tp-cards",
            [
                self._card(
                    1,
                    "Points",
                    [
                        self.source,
                        *self.file_rows,
                        self.tool,
                        self.brush,
                        self._box(widgets.HBox, "tp-buttons", [self.clear, self.legend]),
                    ],
                ),
                self._card(2, "Model", [self.kind, self.layers, self.width, self.order, self.note]),
                self._card(
                    3,
                    "Learn",
                    [
                        self._box(widgets.HBox, "tp-buttons", [self.train, self.reset]),
                        self._box(widgets.HBox, "tp-buttons", [self.keep, self.forget]),
                        self.samples,
                        self.score,
                    ],
                ),
            ],
        )

    def _box(self, kind, name, children):
        box = kind(children)
        box.add_class(name)
        self.made.append(box)
        return box

    def _card(self, number, title, children):
        head = widgets.HTML(f"<h3><span aria-hidden='true'>{number}</span>{title}</h3>")
        head.add_class("tp-head")
        self.made.append(head)
        return self._box(widgets.VBox, "tp-card", [head, *children])

    @property
    def all(self):
        return [
            widget for widget in vars(self).values() if isinstance(widget, widgets.Widget)
        ] + self.made

    def _offer_file(self, wanted):
        for widget in self.file_rows:
            widget.layout.display = None if wanted else "none"

    def show_source(self, table):
        """Show the rows for a file if the points come from one, and its columns if there is one."""
        wanted = self.source.value == FILE
        self._offer_file(wanted)
        for widget in (self.across, self.up):
            widget.layout.display = None if wanted and table else "none"

    def show_kind(self):
        """Offer the orders of the chosen kind of model. Returns what else was changed, in words.

        A depth stays if the kind counts the same layers, so that A and B can be compared.
        """
        kind, said = KINDS[self.kind.value], ""
        if kind.group != self.group:
            self.group, self.layers.description = kind.group, kind.depth
            if self.layers.value != kind.layers:
                self.layers.value = kind.layers
                said = f"{kind.depth} of {self.kind.value}: {kind.layers} to start with."
        self.order.options = list(kind.orders)
        self.order.disabled = len(kind.orders) == 1
        return said

    def show_state(self, state, trained, kept):
        """`state`: "waiting", "training", "paused" or "finished"."""
        words = {
            "waiting": ("Train", "play"),
            "training": ("Pause", "pause"),
            "paused": ("Go on", "play"),
            "finished": ("Train on", "play"),
        }
        self.train.description, self.train.icon = words[state]
        self.reset.disabled = not trained
        self.keep.disabled = not trained
        self.forget.disabled = not kept

    def show_score(self, rows, comparison):
        lines = "".join(
            (
                f"<tr><td>{name}</td><td>{score}</td><td "
                f"class='tp-quiet'>{html.escape(label)}</td></tr>"
            )
            for name, label, score in rows
        )
        head = (
            "<div class='tp-quiet'>Held-out nats ± 2 standard errors; lower is better</div>"
            if lines
            else ""
        )
        self.score.value = f"{head}<table>{lines}</table><div>{html.escape(comparison)}</div>"
