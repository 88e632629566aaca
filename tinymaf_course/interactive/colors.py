"""The colours of figures and contact sheets: colour maps, palettes, the theme's ink."""

import numpy as np
from matplotlib import colormaps

from tinymaf.plotting import BLUE, GREEN, GREY, INK, ORANGE, PINK, WHEEL

SKY, AMBER = "#56B4E9", "#E69F00"
OKABE = [BLUE, ORANGE, GREEN, PINK, SKY, AMBER, GREY]
WHEEL_SIZE = 64
PALETTES = {
    "okabe": OKABE,
    "wheel": [
        "#{:02x}{:02x}{:02x}".format(*(int(255 * c) for c in WHEEL(k / WHEEL_SIZE)[:3]))
        for k in range(WHEEL_SIZE)
    ],
}
# Colours that follow the reader's theme, light or dark; on paper they are these.
THEME = {"ink": "#222222", "muted": "#6B6B6B", "faint": "#CFCFCF", "paper": "#FFFFFF"}
# On paper that may turn out to be a dark page, without a ground of its own.
EITHER = {"ink": INK, "muted": INK, "faint": "#9A9A9A88", "paper": "#FFFFFF"}
LEVELS = 255  # of a colour map; level 255 is "no value", transparent
MAPS = {
    "density": "tinymaf",
    "balance": "RdBu_r",
    "greys": "gray_r",
}


def table(name):
    """A colour map as bytes (256, 4): 255 levels, lowest first, then the transparent one.

    >>> table("greys")[[0, 254, 255]].tolist()
    [[255, 255, 255, 255], [0, 0, 0, 255], [0, 0, 0, 0]]
    """
    colors = colormaps[MAPS[name]](np.linspace(0, 1, LEVELS), bytes=True)
    return np.concatenate([colors, np.zeros((1, 4), np.uint8)])


def levels(values, vmin, vmax):
    """Values as levels of a colour map, uint8: 0 up to vmin, 254 from vmax on, 255 for NaN.

    >>> levels(np.array([-1.0, 0.0, 1.0, 2.0, 9.0, np.nan]), 0, 2).tolist()
    [0, 0, 127, 254, 254, 255]
    """
    scaled = np.clip(
        (np.asarray(values, float) - vmin) * ((LEVELS - 1) / (vmax - vmin)), 0, LEVELS - 1
    )
    return np.where(np.isnan(scaled), LEVELS, np.rint(scaled)).astype(np.uint8)


def wheel(x, centre=(0.0, 0.0)):
    """A colour for each row of `x` (N, 2) by its angle around `centre`: an index into "wheel"."""
    x = np.asarray(x)
    turn = np.arctan2(x[:, 1] - centre[1], x[:, 0] - centre[0]) / (2 * np.pi) % 1
    return (turn * WHEEL_SIZE).astype(np.uint8) % WHEEL_SIZE
