"""Interactive figures: a picture described as plain data, drawn live by the browser and on paper by
matplotlib.

    from ipywidgets import FloatSlider
    from tinymaf_course.interactive import cells, explore, plane

    box = ((-3, 3), (-3, 3))
    x = cells(box, 80)                                              # where the density is computed

    def draw(shift):
        p = np.exp(-0.5 * ((x - [shift, 0]) ** 2).sum(axis=1)) / (2 * np.pi)
        return plane(box, "a normal density").density(p.reshape(80, 80), bar=True, label="p(x)")

    explore(
        draw,
        controls={"shift": FloatSlider(0, min=-2, max=2, step=0.1)},
        sheet=[{"shift": s} for s in (-2, 0, 2)],
        alt="Three frames: a round bright spot moves from left to right.",
    )

Reading order: picture.py (what can be drawn), controls.py, explorer.py (what happens when something
moves), sheet.py (paper), wire.py and canvas.py (the way to the browser), canvas/*.js (there).
"""

from .colors import AMBER, BLUE, GREEN, GREY, OKABE, ORANGE, PINK, SKY, wheel
from .controls import Handle, Scrub, Touched
from .explorer import Explorer, explore
from .film import film
from .picture import Panel, Picture, cells, corners, matrix, plane
from .sheet import contact_sheet, render

__all__ = [
    "AMBER",
    "BLUE",
    "GREEN",
    "GREY",
    "OKABE",
    "ORANGE",
    "PINK",
    "SKY",
    "Explorer",
    "Handle",
    "Panel",
    "Picture",
    "Scrub",
    "Touched",
    "cells",
    "contact_sheet",
    "corners",
    "explore",
    "film",
    "matrix",
    "plane",
    "render",
    "wheel",
]
