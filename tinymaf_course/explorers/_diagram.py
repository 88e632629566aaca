"""A small network as a diagram: layers from left to right, units from top to bottom."""

import numpy as np

from ..interactive import Panel

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def sub(letter, k):
    """`sub("x", 3)` is "x₃"."""
    return letter + str(k).translate(SUBSCRIPTS)


def columns(sizes):
    """Where the units are: one array (units, 2) a layer, all columns of one height."""
    most = max(sizes)
    return [
        np.stack([np.full(n, float(k)), (np.arange(n) + 0.5) * most / n], axis=1)
        for k, n in enumerate(sizes)
    ]


def diagram(places, title="", heads=(), foot="", **options):
    """An empty panel for the network, with `heads` over its layers and a line of words below."""
    most = max(map(len, places))
    panel = Panel(
        (-0.55, len(places) - 0.45),
        (most + (0.6 if foot else 0.1), -0.55),
        title,
        axes=False,
        **options,
    )
    panel.text((len(places) - 1) / 2, most + 0.3, foot, color="muted", size=11)
    for k, head in enumerate(heads):
        panel.text(k, -0.3, head, color="muted", size=11)
    return panel


def connect(panel, places, masks, **style):
    """A line for every connection that the masks allow; a mask is (units below, units above)."""
    lines = [
        [below[i], above[j]]
        for below, above, mask in zip(places, places[1:], masks)
        for i, j in np.argwhere(mask)
    ]
    return panel.lines(np.reshape(lines, (-1, 2, 2)), **style) if lines else panel


def nodes(panel, place, texts, filled, color, radius=11):
    """Units with a text in each: those that are `filled` have a coloured disc and a thick ring."""
    filled = np.asarray(filled, bool)
    for which, ring, inner, disc in (
        (filled, "ink", radius - 2, color),
        (~filled, "muted", radius - 1, "paper"),
    ):
        if which.any():
            panel.points(place[which], color=ring, size=radius, alpha=1)
            # The disc is translucent, so paper goes below it.
            panel.points(place[which], color="paper", size=inner, alpha=1)
            panel.points(place[which], color=disc, size=inner, alpha=0.55 if disc != "paper" else 1)
    for (x, y), text in zip(place, texts):
        panel.text(x, y, text, size=12, halo=False)
    return panel
