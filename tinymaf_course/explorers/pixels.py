"""Binary pictures drawn pixel by pixel, in the model's order: one network call for each pixel."""

import functools
import math

import numpy as np
from ipywidgets import IntSlider, SelectionSlider, ToggleButtons

from tinymaf import MADE, Bernoulli, fit
from tinymaf.datasets import digits

from ..interactive import BLUE, ORANGE, Panel, Picture, Scrub, explore

GIVEN = (0, 16, 32, 48)  # pixels taken over from a real picture


def binary_digits():
    """scikit-learn's digits as zeros and ones: `(train, val, test)`. Ink is 8 of 16 or darker."""
    data = digits()
    return [
        (pixels >= 8).astype(float)
        for pixels in (data.train_pixels, data.val_pixels, data.test_pixels)
    ]


def pixel_orders(side=8):
    """Three orders of the pixels of a square picture, by name.

    >>> pixel_orders(2)["row by row"]
    array([0, 1, 2, 3])
    """
    down, right = np.indices((side, side)) - (side - 1) / 2
    ring = np.maximum(abs(down), abs(right)).ravel()
    turn = np.arctan2(down, right).ravel()
    return {
        "row by row": np.arange(side**2),
        "from the middle": np.lexsort((turn, ring)),
        "shuffled": np.random.default_rng(5).permutation(side**2),
    }


@functools.cache
def trained():
    """`{order: (made, params)}`: a MADE for each order. The first call trains them (seconds)."""
    train, val, _ = binary_digits()
    found = {}
    for name, order in pixel_orders().items():
        made = MADE(64, hidden=(200,), order=order, conditional=Bernoulli())
        found[name] = (
            made,
            fit(
                made,
                train,
                x_val=val,
                rng=np.random.default_rng(0),
                epochs=60,
                batch_size=100,
                lr=5e-3,
                schedule="cosine",
                weight_decay=0.003,
                progress=False,
            ).params,
        )
    return found


class Drawing:
    """One picture, and how it came about.

    Args:
        made, params: a MADE with Bernoulli conditionals.
        u: a number from [0, 1) for each pixel, which gets ink if that is below its probability.
        real: a picture whose first `given` pixels, in the model's order, are taken over.

    Attributes:
        x: the picture.
        p: the probability of ink of each pixel in its turn, NaN if it was taken over.
        order: the pixels in order.
        given: how many were taken over.
        calls: network calls, one for each other pixel.
        log_p: the log-probability of what is drawn after 0, 1, ..., D pixels, in nats.
    """

    def __init__(self, made, params, u, real=None, given=0):
        self.order = np.argsort(made.net.degrees)
        self.given = given
        self.calls = 0
        self.x = np.zeros(made.dim)
        self.p = np.full(made.dim, np.nan)
        self.log_p = np.zeros(made.dim + 1)
        first, rest = self.order[:given], self.order[given:]
        if given:
            self.x[first] = real[first]
        for k, pixel in enumerate(rest, given):
            theta = made.net(params, self.x[None])[0, 0, pixel]
            self.calls += 1
            self.p[pixel] = 0.5 * (1 + math.tanh(0.5 * theta))
            self.x[pixel] = u[pixel] < self.p[pixel]
            self.log_p[k + 1] = self.log_p[k] - np.logaddexp(0, (1 - 2 * self.x[pixel]) * theta)


class Pixels:
    """Pictures of several models. All of them draw with the same random numbers."""

    def __init__(self, models, real):
        self.models = models
        self.dim = next(iter(models.values()))[0].dim
        self.side = math.isqrt(self.dim)
        self.real = np.asarray(real, float)
        for made, _ in models.values():
            if (
                not isinstance(getattr(made, "conditional", None), Bernoulli)
                or made.dim != self.side**2
            ):
                raise ValueError(
                    "pixels takes MADEs with Bernoulli conditionals over square pictures, got "
                    f"{type(made).__name__} with D={made.dim}"
                )
        if self.real.ndim != 2 or self.real.shape[1] != self.dim or not len(self.real):
            raise ValueError(f"real must have shape (N, {self.dim}), got {self.real.shape}")
        self.lowest = -0.62 * self.dim
        self.drawing = functools.lru_cache(maxsize=64)(self._drawing)

    def _drawing(self, order, draw, given):
        u = np.random.default_rng(draw).random(self.dim)
        return Drawing(*self.models[order], u, self.real[draw % len(self.real)], given)

    def _frame(self, pixel):
        row, column = divmod(int(pixel), self.side)
        return np.array(
            [
                [column, row],
                [column + 1, row],
                [column + 1, row + 1],
                [column, row + 1],
                [column, row],
            ]
        )

    def draw(self, order, draw, given, k):
        """After k pixels: the picture, its pixels' probabilities, and log p so far."""
        drawn, side = self.drawing(order, draw, given), self.side
        done, now = drawn.order[:k], drawn.order[k - 1] if k else None
        ink = np.full(self.dim, 0.3)  # grey: not drawn yet
        ink[done] = drawn.x[done]
        chance = np.full(self.dim, np.nan)
        chance[done] = drawn.p[done]
        sheet = {"x": (0, side), "y": (side, 0), "equal": True, "x_ticks": [], "y_ticks": []}
        left = Panel(title=f"{k} of {self.dim} pixels; grey: not yet", **sheet).image(
            ink.reshape(side, side), vmax=1
        )
        right = Panel(title="probability of ink, when drawn", share=1.22, **sheet)
        right.density(
            chance.reshape(side, side),
            cmap="density",
            vmax=1,
            bar=True,
            label="p(ink)",
            smooth=False,
        )
        for panel in (left, right):
            frames = [self._frame(pixel) for pixel in done[:given]]
            if frames:
                panel.lines(frames, color=BLUE, width=2)
            if now is not None and k > given:
                panel.lines(self._frame(now), color=ORANGE, width=3.5)
        score = Panel(
            (0, 1.04 * self.dim),
            (self.lowest, 0.03 * self.dim),
            "log p so far, in nats",
            "pixels drawn",
            aspect=1,
        )
        steps = np.stack([np.arange(self.dim + 1), drawn.log_p], axis=1)
        score.lines(steps[given:], color="faint", width=1.5).lines(
            steps[given : k + 1], color=ORANGE, width=2.5
        )
        score.points(steps[k : k + 1], color=ORANGE, size=5, alpha=1)
        score.text(
            0.04 * self.dim,
            0.93 * self.lowest,
            f"network calls: {max(k - given, 0)}",
            align="left",
            size=13,
        )
        return Picture([left, right, score], width=900)

    def say(self, order, draw, given, k):
        drawn = self.drawing(order, draw, given)
        said = [
            f"{order.capitalize()}: {k} of {self.dim} pixels, {max(k - given, 0)} network calls"
        ]
        if k > given:
            row, column = divmod(int(drawn.order[k - 1]), self.side)
            came = "ink" if drawn.x[drawn.order[k - 1]] else "paper"
            p = drawn.p[drawn.order[k - 1]]
            said.append(
                f"Row {row + 1}, column {column + 1}: ink with probability "
                f"{p:.3f}, it came out {came}".replace(" 0.000,", " below 0.001,")
            )
            said.append(f"log p so far {drawn.log_p[k]:.2f} nats".replace("-", "−"))
        elif given:
            said.append(
                f"The first {given}, framed in blue, are those of a real picture and cost no call"
            )
        return ". ".join(said) + "."


def controls(show):
    names = list(show.models)
    last = show.dim
    found = {
        "order": ToggleButtons(options=names, description="order", style={"button_width": "130px"}),
        "draw": IntSlider(15, min=1, max=30, description="another picture"),
        "given": SelectionSlider(options=[last * g // 64 for g in GIVEN], description="given"),
        "k": Scrub(range(last + 1), "pixels drawn", value=last // 3),
    }
    if len(names) == 1:  # no choice, no control
        del found["order"]
    return found


def sheet_for(show):
    names, last = list(show.models), show.dim
    frames = [
        {"order": names[0], "draw": 15, "given": 0, "k": last // 3},
        {"order": names[0], "draw": 15, "given": 0, "k": last},
        {"order": names[-1], "draw": 2, "given": 0, "k": last // 2},
        {"order": names[0], "draw": 6, "given": last // 2, "k": last},
    ]
    if len(names) == 1:
        for frame in frames:
            del frame["order"]
    return frames


ALT = (
    "Four frames, each with a picture of 8 by 8 pixels, the probabilities of ink that its pixels "
    "were drawn with, and the falling curve of log p. Row by row after 21 pixels: the top is "
    "drawn, the rest is grey, 21 network calls. The same after all 64: a complete picture that "
    "resembles a digit, 64 calls. Shuffled order, half way: drawn pixels scattered over the sheet. "
    "Row by row with the upper half of a real digit given, framed in blue: the model has completed "
    "it in 32 calls."
)


def pixels(models=None, real=None, alt=None):
    """Show how a MADE draws binary pictures, pixel by pixel.

    Args:
        models: {name of the order: (made, params)}, with Bernoulli conditionals over square
            pictures. By default the first call trains three on scikit-learn's digits.
        real: pictures (N, D) of zeros and ones whose first pixels can be taken over. By default the
            test digits.
        alt: the contact sheet in words, if the default does not fit.
    """
    models = trained() if models is None else dict(models)
    show = Pixels(models, binary_digits()[2] if real is None else real)
    first = next(iter(models))
    explore(
        draw=functools.partial(show.draw, order=first),
        controls=controls(show),
        sheet=sheet_for(show),
        alt=alt or ALT,
        say=functools.partial(show.say, order=first),
        title="A picture, pixel by pixel",
        columns=2,
    )
