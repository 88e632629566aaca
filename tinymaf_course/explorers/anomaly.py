"""The anomaly threshold: where scores -log p(x) of digits end, and those of odd pictures begin."""

import numpy as np
from ipywidgets import Dropdown, SelectionSlider

from tinymaf.uses import anomaly_threshold, class_marginal_log_prob

from ..interactive import BLUE, ORANGE, Panel, Picture, explore
from ._digits import CLASSES, given_or_trained, sheet_panel

RATES = (0.01, 0.02, 0.05, 0.1, 0.2)
SIDE = 8


def odd_pictures(pixels, median, rng):
    """Pictures that are no digits, by name. Each is made of the digits `pixels` (N, 64)."""
    squares = pixels.reshape(-1, SIDE, SIDE)
    return {
        "shuffled pixels": rng.permuted(pixels, axis=1),
        "lying on the side": np.rot90(squares, axes=(1, 2)).reshape(pixels.shape),
        "upside down": squares[:, ::-1].reshape(pixels.shape),
        "blank paper": np.zeros_like(pixels),
        "half the ink": pixels // 2,
        "the median of all digits": np.tile(np.rint(median), (len(pixels), 1)),
    }


class Alarm:
    """Scores of validation digits, which set the threshold, of test digits and of odd pictures."""

    def __init__(self, flow, params, data):
        rng = np.random.default_rng(0)

        def score(pixels):
            return -class_marginal_log_prob(flow, params, data.to_logits(pixels, rng), CLASSES)

        self.normal = score(data.val_pixels)
        self.test = score(data.test_pixels)
        self.pixels = odd_pictures(data.test_pixels, np.median(data.train_pixels, axis=0), rng)
        self.odd = {name: score(pixels) for name, pixels in self.pixels.items()}
        self.shown = np.random.default_rng(1).choice(len(self.test), 12, replace=False)

    def shares(self, what, rate):
        """`(threshold, share of test digits above it, share of odd pictures above it)`."""
        t = anomaly_threshold(self.normal, rate)
        return t, np.mean(self.test > t), np.mean(self.odd[what] > t)

    def draw(self, what, rate):
        low, high = 20.0, 160.0
        edges, t = np.linspace(low, high, 36), self.shares(what, rate)[0]
        middles = (edges[:-1] + edges[1:]) / 2
        width = edges[1] - edges[0]
        counts = [
            np.histogram(np.clip(scores, low, high - 1e-9), edges)[0] / len(scores)
            for scores in (self.test, self.odd[what])
        ]
        top = 1.25 * max(counts[0].max(), min(counts[1].max(), 0.35))
        panel = Panel(
            (low, high),
            (0, top),
            "scores, digits and odd pictures",
            "score −log p(x), nats",
            "share",
            share=1.35,
            x_ticks={40: 40, 80: 80, 120: 120, high: f"≥ {high:.0f}"},
        )
        panel.bars(middles, counts[0], width, color=BLUE, alpha=0.75, label="digits")
        panel.bars(middles, counts[1], width, color=ORANGE, alpha=0.6, edge=ORANGE, label=what)
        panel.lines(np.array([[t, 0], [t, top]]), color="ink", width=2, dash=(5, 3))
        panel.text(t + 2, 0.72 * top, "alarm →", align="left", size=11)
        chosen = self.shown
        sheet = sheet_panel(self.pixels[what][chosen] * 17 / 16, 4, "framed: alarm")
        for k, score in enumerate(self.odd[what][chosen]):
            if score > t:
                left = (SIDE + 1) * (k % 4) - 0.3
                above = (SIDE + 1) * (k // 4) - 0.3
                size = SIDE + 0.6
                sheet.lines(
                    np.array(
                        [
                            [left, above],
                            [left + size, above],
                            [left + size, above + size],
                            [left, above + size],
                            [left, above],
                        ]
                    ),
                    color=ORANGE,
                    width=2.5,
                )
        return Picture([panel, sheet], width=820)

    def say(self, what, rate):
        t, false, caught = self.shares(what, rate)
        return (
            f"Threshold for {rate:.0%} false alarms: {t:.1f} nats. The alarm rings for {false:.1%} "
            f"of fresh digits, and for {caught:.1%} of these pictures: {what}."
        )


def controls(alarm):
    rates = [(f"{rate:.0%}", rate) for rate in RATES]
    return {
        "what": Dropdown(options=list(alarm.odd), description="odd pictures"),
        "rate": SelectionSlider(options=rates, value=0.05, description="false alarms"),
    }


SHEET = [
    {"what": "shuffled pixels", "rate": 0.05},
    {"what": "upside down", "rate": 0.05},
    {"what": "upside down", "rate": 0.2},
    {"what": "the median of all digits", "rate": 0.05},
]
ALT = (
    "Four frames, each with histograms of the score for digits and for odd pictures, an upright "
    "line at the threshold, and twelve of the odd pictures, framed where there is an alarm. "
    "Shuffled pixels: all far to the right of the digits, all framed. Upside down: overlapping "
    "with the digits, most of them framed. The same with more false alarms allowed: the line has "
    "moved left, more are framed. The median of all digits, pixel by pixel, a smudge: left of most "
    "real digits, no alarm at all."
)


def anomaly(flow=None, params=None, data=None):
    """Show the anomaly threshold of a class-conditional flow.

    The arguments are those of `digit_classes`.
    """
    alarm = Alarm(*given_or_trained(flow, params, data))
    explore(
        draw=alarm.draw,
        controls=controls(alarm),
        sheet=SHEET,
        alt=ALT,
        say=alarm.say,
        title="The anomaly threshold",
        columns=2,
    )
