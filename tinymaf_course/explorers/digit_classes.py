"""Digits drawn class by class at a temperature T: u = T eps, eps ~ N(0, I), x = f(u; class)."""

import numpy as np
from ipywidgets import FloatSlider, IntSlider

from tinymaf.uses import classify, one_hot

from ..interactive import BLUE, GREY, Panel, Picture, explore
from ._digits import CLASSES, given_or_trained, sheet_panel

PICTURES = 16


class Drawn:
    """What a class-conditional flow draws."""

    def __init__(self, flow, params, data):
        self.flow = flow
        self.params = params
        self.data = data

    def samples(self, digit, temperature, another):
        """16 draws of x given the class. Every class and temperature uses the same noise."""
        u = temperature * np.random.default_rng(another).standard_normal((PICTURES, self.flow.dim))
        context = one_hot(np.full(PICTURES, digit), CLASSES)
        return self.flow.bijection.u_to_x(self.params["bijection"], u, context)[0]

    def taken_for(self, x):
        """How many rows the model takes for each class, by Bayes' rule."""
        return np.bincount(
            classify(self.flow, self.params, x, CLASSES).argmax(axis=1), minlength=CLASSES
        )

    def draw(self, digit, temperature, another):
        x = self.samples(digit, temperature, another)
        left = sheet_panel(
            self.data.to_pixels(x), 4, f"class {digit}, temperature {temperature:.1f}"
        )
        bars = Panel(
            (-0.6, CLASSES - 0.4),
            (0, PICTURES + 1),
            "which class fits each best",
            "class",
            "pictures",
            x_ticks=range(CLASSES),
            aspect=0.9,
        )
        counts = self.taken_for(x)
        bars.bars(np.arange(CLASSES), counts, color=GREY).bars(
            [float(digit)], [float(counts[digit])], color=BLUE
        )
        return Picture([left, bars])

    def say(self, digit, temperature, another):
        right = self.taken_for(self.samples(digit, temperature, another))[digit]
        return (
            f"Class {digit}, temperature {temperature:.1f}: the model itself takes {right} of "
            f"{PICTURES} draws for this class."
        )


def controls():
    return {
        "digit": IntSlider(3, min=0, max=9, description="class"),
        "temperature": FloatSlider(
            1.0, min=0, max=2, step=0.1, description="temperature", readout_format=".1f"
        ),
        "another": IntSlider(1, min=1, max=30, description="other noise"),
    }


SHEET = [
    {"digit": 3, "temperature": 1.0, "another": 1},
    {"digit": 8, "temperature": 1.0, "another": 1},
    {"digit": 3, "temperature": 0.4, "another": 2},
    {"digit": 3, "temperature": 2.0, "another": 1},
]
ALT = (
    "Four frames, each with 16 drawn pictures of 8 by 8 pixels and a bar chart of the classes that "
    "the model takes them for. Class 3 at temperature 1: threes in different hands, nearly all "
    "taken for a 3. Class 8 with the same noise: eights. Class 3 at temperature 0.4: threes that "
    "look nearly alike. Class 3 at temperature 2: harsh, ragged pictures; the model takes several "
    "of them for another class."
)


def digit_classes(flow=None, params=None, data=None):
    """Show draws of a class-conditional flow on the digits.

    Without arguments it trains one (seconds).

    Args:
        flow, params: with `dim` 64 and `context_dim` 10, the one-hot class.
        data: the `Digits` that it was fitted to.
    """
    drawn = Drawn(*given_or_trained(flow, params, data))
    explore(
        draw=drawn.draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=drawn.say,
        title="Digits by class and temperature",
        columns=2,
    )
