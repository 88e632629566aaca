"""Where things are on paper, in CSS pixels: the same layout and ticks as in canvas/axes.js."""

import numpy as np

GAP = 14


def layout(rows, width):
    """`(places, height)`: `(panel, x, y, width, height, left)` of the plot of each panel."""
    places, top = [], 0.0
    for row in rows:
        edges = [margins(panel) for panel in row]
        room = width - GAP * (len(row) - 1)
        outer = [room * panel.share / sum(p.share for p in row) for panel in row]
        widths = [w - m["left"] - m["right"] for w, m in zip(outer, edges)]
        heights = [_shape(panel) * w for panel, w in zip(row, widths)]
        height = max(heights) or 0.66 * max(widths)
        above, below = (max(m[side] for m in edges) for side in ("top", "bottom"))
        left = 0.0
        for panel, w, h, out, m in zip(row, widths, heights, outer, edges):
            own = h or height
            places.append(
                (panel, left + m["left"], top + above + (height - own) / 2, w, own, m["left"])
            )
            left += out + GAP
        top += above + height + below
    return places, int(np.ceil(top))


def fitting(rows, width, tallest):
    """The greatest width up to `width` at which the picture is `tallest` pixels high at most."""
    low, high = 1, int(width)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if layout(rows, middle)[1] <= tallest else (low, middle - 1)
    return low


def margins(panel):
    """The room around a plot for ticks, labels, title and colour bar."""

    def ticks(given, room):
        return 8 if given == [] else room

    bar = any(layer.get("bar") for layer in panel.layers)
    return {
        "left": ticks(panel.y_ticks, 34) + (18 if panel.y_label else 2) if panel.axes else 6,
        "right": 12 + (62 if bar else 0),
        "top": 28 if panel.title else 10,
        "bottom": ticks(panel.x_ticks, 22) + (18 if panel.x_label else 4) if panel.axes else 6,
    }


def _shape(panel):
    if panel.equal:
        return abs((panel.y[1] - panel.y[0]) / (panel.x[1] - panel.x[0]))
    return panel.aspect or 0.0


def ticks(low, high, most=5):
    """Round numbers in a range, six at most, with their texts.

    >>> ticks(-1, 1)
    [(-1.0, '−1.0'), (-0.5, '−0.5'), (0.0, '0.0'), (0.5, '0.5'), (1.0, '1.0')]
    >>> [text for _, text in ticks(30, 0)]
    ['0', '10', '20', '30']
    """
    low, high = min(low, high), max(low, high)
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = power * next((s for s in (1, 2, 5) if s * power >= rough * (1 - 1e-9)), 10)
    digits = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    values = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step + 0.0
    return [(float(v), f"{v:.{digits}f}".replace("-", "−")) for v in values]
