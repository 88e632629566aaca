"""A picture as plain data: panels, each a list of layers. The browser draws it live, matplotlib
draws it for paper.

    plane(((-3, 3), (-2, 2)), title="what the flow learned") \
        .density(p, bar=True).points(x, color=BLUE).text(0, 1.5, "here")

A colour is "#rrggbb", or one of "ink", "muted", "faint", "paper", which follow the reader's light
or dark theme. Texts are plain Unicode (x₁, μ, α), not TeX. Layers are drawn in the order in which
they are added.
"""

import numpy as np

from .colors import BLUE, MAPS, PALETTES, levels

MARKERS = ("o", "s", "^", "x", "+")
CORNERS = ("upper right", "upper left", "lower right", "lower left")


class Picture:
    """Panels side by side, or in rows.

    Args:
        panels: one Panel, a list of them (side by side), or a list of lists (rows).
        width: its greatest width in CSS pixels. It shrinks with the page. By default 460 for one
            column.
        formula: the picture's formula, a list of strings, and of `(string, part, sentence)` for
            terms that light their part of the picture: see `Panel.part`.
        hint: what stands under the picture while nothing is pointed at.
    """

    def __init__(self, panels, width=None, formula=(), hint=""):
        panels = [panels] if isinstance(panels, Panel) else list(panels)
        self.rows = (
            [[p] if isinstance(p, Panel) else list(p) for p in panels]
            if _nested(panels)
            else [panels]
        )
        if (
            not self.rows
            or not all(self.rows)
            or not all(isinstance(p, Panel) for p in self.panels)
        ):
            raise TypeError("a Picture takes a Panel, a list of Panels, or a list of such lists")
        self.formula = [[term] if isinstance(term, str) else list(term) for term in formula]
        self.hint = str(hint)
        columns = max(map(len, self.rows))
        self.width = width or {1: 460, 2: 760}.get(columns, 940)

    @property
    def panels(self):
        return [panel for row in self.rows for panel in row]


def _nested(panels):
    return any(isinstance(panel, (list, tuple)) for panel in panels)


class Panel:
    """One pair of axes, and layers drawn on them. Every method adds a layer and returns the panel.

    Args:
        x, y: the axes' ranges. (high, low) turns an axis around, as for a matrix, whose first row
            is on top.
        equal: one unit has the same length on both axes. The ranges then set the plot's shape.
        aspect: otherwise the plot's height by its width. By default it is as high as its
            neighbours.
        share: its part of the row's width, relative to its neighbours.
        axes: False for a diagram: no frame, no ticks, no labels.
        x_ticks, y_ticks: a list of numbers, a dict {number: text}, or [] for none. By default round
            numbers.
        legend: the corner for layers that have a `label`.
    """

    def __init__(
        self,
        x=(0, 1),
        y=(0, 1),
        title="",
        x_label="",
        y_label="",
        equal=False,
        aspect=None,
        share=1.0,
        axes=True,
        x_ticks=None,
        y_ticks=None,
        legend="upper right",
    ):
        self.x, self.y = _range(x, "x"), _range(y, "y")
        if legend not in CORNERS:
            raise ValueError(f"legend must be one of {', '.join(CORNERS)}, got {legend!r}")
        self.title = str(title)
        self.x_label = str(x_label)
        self.y_label = str(y_label)
        self.equal = bool(equal)
        self.aspect = aspect
        self.share = float(share)
        self.axes = bool(axes)
        self.x_ticks = _ticks(x_ticks)
        self.y_ticks = _ticks(y_ticks)
        self.legend = legend
        self.layers = []
        self.handles = []
        self.readouts = []
        self.spots = []
        self._part = {}

    def density(
        self,
        values,
        box=None,
        cmap="density",
        vmin=0.0,
        vmax=None,
        bar=False,
        label="p",
        smooth=True,
        float32=False,
    ):
        """An array of values in colour.

        Args:
            values: (rows, columns). Row 0 has the lowest x2, column 0 the lowest x1. Compute them
                at the points `cells(box, n)`. NaN is transparent.
            box: ((x1 low, high), (x2 low, high)) of the array. By default the panel's ranges.
            cmap: density (the page's own ground where there is none), greys, or balance (red and
                blue, for vmin = -vmax).
            vmin, vmax: the scale. None takes the smallest or largest value. Fix vmax to compare
                frames.
            bar: True draws a colour bar, with `label`.
            label: the name of the values, in the read-out under the pointer and at the bar.
            smooth: False shows cells as they are.
            float32: send the values themselves, for a read-out of more than two digits.
        """
        values = _array(values, "values", 2)
        if cmap not in MAPS:
            raise ValueError(f"cmap must be one of {', '.join(MAPS)}, got {cmap!r}")
        finite = values[np.isfinite(values)] if vmin is None or vmax is None else ()
        vmin = float(vmin) if vmin is not None else float(min(finite, default=0))
        vmax = float(vmax) if vmax is not None else float(np.max(finite, initial=vmin))
        vmax = vmax if vmax > vmin else vmin + 1.0
        return self._add(
            "density",
            box=_box(box or (self.x, self.y)),
            cmap=cmap,
            vmin=vmin,
            vmax=vmax,
            bar=bool(bar),
            label=label,
            smooth=bool(smooth),
            shape=list(values.shape),
            values=values.astype(np.float32) if float32 else levels(values, vmin, vmax),
        )

    def image(
        self,
        values,
        box=None,
        cmap="greys",
        vmin=0.0,
        vmax=None,
        borders=True,
        marks=None,
        label="value",
    ):
        """A small matrix as cells, row i between y = i and i + 1.

        `matrix` makes a panel that fits it.

        `borders` draws the cells' edges. `marks` puts a text into each cell, because grey alone
        should say nothing: a matrix of strings, or of booleans for a dot.
        """
        values = _array(values, "values", 2)
        rows, columns = values.shape
        self.density(
            values, box or ((0, columns), (0, rows)), cmap, vmin, vmax, label=label, smooth=False
        )
        if marks is not None:
            marks = np.asarray(marks)
            if marks.shape != values.shape:
                raise ValueError(f"marks must have shape {values.shape}, got {marks.shape}")
            marks = np.where(marks, "●", "") if marks.dtype == bool else marks.astype(str)
            marks = [[i, j, str(marks[i, j])] for i, j in np.ndindex(values.shape) if marks[i, j]]
        self.layers[-1].update(borders=bool(borders), marks=marks or [])
        return self

    def points(self, xy, color=BLUE, palette="okabe", size=3.0, alpha=0.8, marker="o", label=""):
        """A cloud `xy` (N, 2).

        `color` is one colour, or (N,) indices into `palette`: "okabe" (7 colours), "wheel" (64, see
        `wheel`), or a list of colours. `size` is the radius in pixels, `marker` one of o s ^ x +.
        """
        xy = _array(xy, "xy", 2, last=2)
        if marker not in MARKERS:
            raise ValueError(f"marker must be one of {' '.join(MARKERS)}, got {marker!r}")
        index = None
        if not isinstance(color, str):
            index, color = np.asarray(color), None
            palette = PALETTES[palette] if isinstance(palette, str) else list(palette)
            if index.shape != xy.shape[:1] or index.dtype.kind not in "iub":
                raise ValueError(
                    f"color must be a colour or {len(xy)} whole numbers, got shape {index.shape}, "
                    f"dtype {index.dtype}"
                )
            if len(index) and not 0 <= index.min() <= index.max() < len(palette):
                raise ValueError(
                    f"color indices must be from 0 to {len(palette) - 1}, got {index.max()}"
                )
        return self._add(
            "points",
            xy=xy.astype(np.float32),
            color=color,
            size=float(size),
            alpha=float(alpha),
            index=None if index is None else index.astype(np.uint8),
            palette=None if index is None else palette,
            marker=marker,
            label=label,
        )

    def lines(self, lines, color="ink", width=1.5, dash=(), alpha=1.0, label=""):
        """Polylines: one (n, 2), or several: (L, n, 2) or a list.

        NaN breaks a line. `dash` is like (6, 3).
        """
        return self._add(
            "lines",
            **_paths(lines),
            color=color,
            width=float(width),
            dash=list(dash),
            alpha=float(alpha),
            label=label,
        )

    def polygons(self, polygons, color=BLUE, alpha=0.3, edge=None, width=1.0, label=""):
        """Filled polygons: one (n, 2), or several: (L, n, 2) or a list.

        `edge` colours the outline.
        """
        return self._add(
            "polygons",
            **_paths(polygons),
            color=color,
            alpha=float(alpha),
            edge=edge,
            width=float(width),
            label=label,
        )

    def bars(self, x, height, width=0.8, base=0.0, color=BLUE, alpha=0.9, edge=None, label=""):
        """Upright bars centred at `x`, from `base` to `height`. `width` is in the axis' units."""
        x, height = np.broadcast_arrays(_array(x, "x", 1), _array(height, "height", 1))
        return self._add(
            "bars",
            x=x.astype(np.float32),
            height=height.astype(np.float32),
            width=float(width),
            base=float(base),
            color=color,
            alpha=float(alpha),
            edge=edge,
            label=label,
        )

    def text(self, x, y, string, color="ink", size=12, align="center", bold=False, halo=True):
        """A text at a point.

        `align` is left, center or right. `halo` keeps it legible on any ground.
        """
        return self._add(
            "text",
            x=float(x),
            y=float(y),
            text=str(string),
            color=color,
            size=float(size),
            align=align,
            bold=bool(bold),
            halo=bool(halo),
        )

    def handle(self, name, at, axis=None, box=None, label=None, color="#D55E00"):
        """A point to drag.

        With a control `name: Handle(x, y)`, `draw` gets its place as `name=(x, y)`.

        `axis="x"` or "y" lets it move along that axis alone. `box` = ((x low, high), (y low, high))
        keeps it inside, by default inside the panel. `label` is its name read aloud, by default
        `name`.
        """
        if axis not in (None, "x", "y"):
            raise ValueError(f"axis must be None, 'x' or 'y', got {axis!r}")
        self.handles.append(
            {
                "name": name,
                "at": [float(v) for v in at],
                "axis": axis,
                "label": label or name,
                "box": _box(box or (self.x, self.y)),
                "color": color,
            }
        )
        return self

    def part(self, name, only=False):
        """Layers that are added from now on belong to the part `name` of the picture (None: none,
        "*": all).

        A spot or a term of the formula lights a part, and the rest of the picture fades. Layers
        with `only` are seen while their part is lit, and never on paper.
        """
        self._part = {} if name is None else {"part": str(name), "only": bool(only)}
        return self

    def spot(self, at, says, part=None, sets=None, reach=12, barred=False):
        """A place to point at, with the sentence that is then read.

        Args:
            at: a point (x, y), or two of them: a wire.
            says: the sentence.
            part: the part of the picture that it lights.
            sets: {name of a control: value} for a click or the key Enter. A spot that sets nothing
                stays lit when it is clicked.
            reach: pixels around a point.
            barred: a wire that is not there: it is shown dashed, with a cross.
        """
        points = [at] if np.ndim(at) == 1 else at
        self.spots.append(
            {
                "at": [[float(x), float(y)] for x, y in points],
                "says": str(says),
                "part": part,
                "sets": sets,
                "reach": float(reach),
                "barred": bool(barred),
            }
        )
        return self

    def readout(self, label, values, box=None):
        """One more number under the pointer, linear between points of a coarse grid.

        `values` are (rows, columns), as for `density`. The outer points lie *on* the edges of
        `box`: `corners(box, n)` gives all of them.
        """
        values = _array(values, "values", 2)
        self.readouts.append(
            {
                "label": label,
                "box": _box(box or (self.x, self.y)),
                "shape": list(values.shape),
                "values": values.astype(np.float32),
            }
        )
        return self

    def _add(self, kind, **layer):
        self.layers.append({"kind": kind, **layer, **self._part})
        return self


def plane(box, title="", letter="x", **options):
    """A Panel over `box` = ((x1 low, high), (x2 low, high)) with equal units and axes x₁ and x₂."""
    return Panel(
        *box, title, **{"x_label": f"{letter}₁", "y_label": f"{letter}₂", "equal": True, **options}
    )


def matrix(values, title="", x_label="", y_label="", marks=None, ticks=True, **options):
    """A Panel with one matrix, its first row on top.

    Many rows or columns have every fourth number.
    """
    rows, columns = np.shape(values)
    panel = Panel(
        (0, columns),
        (rows, 0),
        title,
        x_label,
        y_label,
        equal=True,
        x_ticks=_numbers(columns) if ticks else [],
        y_ticks=_numbers(rows) if ticks else [],
    )
    return panel.image(values, marks=marks, **options)


def _numbers(n):
    return {k + 0.5: k + 1 for k in range(n) if n <= 10 or k == 0 or k % 4 == 3}


def cells(box, n=100):
    """The centres of n x n cells, (n * n, 2). `density` takes `f(cells(box, n)).reshape(n, n)`."""
    middles = [low + (high - low) * (np.arange(n) + 0.5) / n for low, high in box]
    return np.stack([axis.ravel() for axis in np.meshgrid(*middles)], axis=1)


def corners(box, n=25):
    """n x n points up to the edges of `box`, (n * n, 2), in the order that `readout` takes."""
    return np.stack(
        [a.ravel() for a in np.meshgrid(*(np.linspace(*side, n) for side in box))], axis=1
    )


def _array(values, name, ndim, last=None):
    values = np.asarray(values)
    if (
        values.dtype.kind not in "iubf"
        or values.ndim != ndim
        or (last and values.shape[-1] != last)
    ):
        wanted = f"{ndim}-D" + (f", (N, {last})" if last else "")
        raise ValueError(
            f"{name} must be an array of numbers, {wanted}, got shape {values.shape}, "
            f"{values.dtype}"
        )
    return values


def _paths(paths):
    """The points of all paths in one array, and where each path ends."""
    single = not isinstance(paths, (list, tuple)) and np.ndim(paths) == 2
    paths = [_array(path, "each path", 2, last=2) for path in ([paths] if single else paths)]
    xy = np.concatenate(paths) if paths else np.zeros((0, 2))
    return {
        "xy": xy.astype(np.float32),
        "ends": np.cumsum([len(path) for path in paths], dtype=np.uint32),
    }


def _range(pair, name):
    low, high = map(float, pair)
    if not np.isfinite([low, high]).all() or low == high:
        raise ValueError(f"{name} must be two finite different numbers, got {pair!r}")
    return [low, high]


def _box(box):
    return [sorted(_range(side, "box")) for side in box]


def _ticks(ticks):
    if ticks is None:
        return None
    pairs = ticks.items() if isinstance(ticks, dict) else [(value, f"{value:g}") for value in ticks]
    return [[float(value), str(text)] for value, text in pairs]
