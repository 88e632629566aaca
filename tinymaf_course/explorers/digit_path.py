"""Two ways from a real digit to another of its class: straight in u, and straight in the pixels."""

import numpy as np
from ipywidgets import IntSlider

from tinymaf.uses import one_hot

from ..interactive import BLUE, GREY, Panel, Picture, Scrub, explore
from ._digits import CLASSES, given_or_trained, sheet_panel

SHARES = np.linspace(0, 1, 21)


class Paths:
    """Both ways between two test pictures of a class, and log p(x | class) along them."""

    def __init__(self, flow, params, data):
        self.flow = flow
        self.params = params
        self.data = data
        self.known = {}

    def ends(self, digit, pair):
        """x of two unlike pictures of the class.

        Each value is in the middle of its grey cell (noise 1/2).
        """
        mine = self.data.test_pixels[self.data.test_labels == digit]
        first = mine[pair % len(mine)]
        other = mine[np.argmax(((mine - first) ** 2).sum(axis=1))]
        y = (np.stack([first, other]) + 0.5) / 17
        z = self.data.a + (1 - 2 * self.data.a) * y
        return np.log(z) - np.log1p(-z)

    def ways(self, digit, pair):
        """`x` and `log p(x | class)` at each share of the way, in u and in the pixels."""
        if (digit, pair) not in self.known:
            context = one_hot(np.full(len(SHARES), digit), CLASSES)
            bijection = self.flow.bijection
            ends = self.ends(digit, pair)
            u = bijection.x_to_u(self.params["bijection"], ends, context[:2])[0]
            t = SHARES[:, None]
            by_u = bijection.u_to_x(self.params["bijection"], (1 - t) * u[0] + t * u[1], context)[0]
            grey = self.data.to_pixels(ends)
            z = self.data.a + (1 - 2 * self.data.a) * ((1 - t) * grey[0] + t * grey[1]) / 17
            self.known[digit, pair] = [
                (x, self.flow.log_prob(self.params, x, context))
                for x in (by_u, np.log(z) - np.log1p(-z))
            ]
        return self.known[digit, pair]

    def draw(self, digit, pair, k):
        (by_u, log_p_u), (by_pixels, log_p_pixels) = self.ways(digit, pair)
        left = sheet_panel(self.data.to_pixels(by_u[k : k + 1]), 1, "line in u")
        middle = sheet_panel(self.data.to_pixels(by_pixels[k : k + 1]), 1, "line in the pixels")
        both = np.concatenate([log_p_u, log_p_pixels])
        room = 0.08 * max(np.ptp(both), 10)
        right = Panel(
            (-0.03, 1.03),
            (both.min() - 4 * room, both.max() + room),
            "log p(x | class), nats",
            "share of the way",
            aspect=1,
            legend="lower left",
        )
        right.lines(np.stack([SHARES, log_p_u], axis=1), color=BLUE, width=2.5, label="line in u")
        right.lines(
            np.stack([SHARES, log_p_pixels], axis=1),
            color=GREY,
            width=2.5,
            dash=(6, 3),
            label="in the pixels",
        )
        right.points(
            [[SHARES[k], log_p_u[k]], [SHARES[k], log_p_pixels[k]]], color="ink", size=4.5, alpha=1
        )
        return Picture([left, middle, right], width=860)

    def say(self, digit, pair, k):
        (_, log_p_u), (_, log_p_pixels) = self.ways(digit, pair)
        return (
            f"Class {digit}, {SHARES[k]:.0%} of the way: log p is {log_p_u[k]:.1f} nats on the "
            f"line in u, {log_p_pixels[k]:.1f} on the line in the pixels."
        ).replace("-", "\u2212")


def controls():
    texts = [f"{share:.0%}" for share in SHARES]
    return {
        "digit": IntSlider(2, min=0, max=9, description="class"),
        "pair": IntSlider(3, min=1, max=12, description="another pair"),
        "k": Scrub(range(len(SHARES)), "share of the way", texts, value=len(SHARES) // 2),
    }


SHEET = [
    {"digit": 2, "pair": 3, "k": 0},
    {"digit": 2, "pair": 3, "k": 10},
    {"digit": 2, "pair": 3, "k": 20},
    {"digit": 3, "pair": 1, "k": 10},
]
ALT = (
    "Four frames, each with one picture on the way in u, one on the way in the pixels, and the "
    "log-density along both ways. At the start both show the same handwritten 2, at the end both "
    "show another. Half way the line in u shows one blurred 2, the line in the pixels both at "
    "once, the two strokes side by side. The same half way between two pictures of a 3. The curves "
    "of log-density meet at both ends; in between that of the line in u is the higher one."
)


def digit_path(flow=None, params=None, data=None):
    """Show two ways from one digit to another. The arguments are those of `digit_classes`."""
    paths = Paths(*given_or_trained(flow, params, data))
    explore(
        draw=paths.draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=paths.say,
        title="From digit to digit",
        columns=2,
    )
