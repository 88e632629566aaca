"""A density in the plane, cut along a line: p(x) = p(first) p(second | first), in either order."""

import numpy as np
from ipywidgets import ToggleButtons

from tinymaf.datasets import TOYS

from ..interactive import BLUE, ORANGE, Handle, Panel, Picture, cells, explore, plane

NAMES = ("x₁", "x₂")
FIRST = {"natural": 0, "reversed": 1}  # order -> which variable comes first


def _middles(side, n):
    return side[0] + (side[1] - side[0]) * (np.arange(n) + 0.5) / n


def moments(t, p):
    """Mean, standard deviation, and KL(p || the Gaussian with both) in nats.

    Only a Gaussian has 0.
    """
    weights = p / p.sum()
    mean = float(weights @ t)
    sd = float(np.sqrt(weights @ (t - mean) ** 2))
    log_p = np.log(np.where(p > 0, p / (p.sum() * (t[1] - t[0])), 1))
    return mean, sd, max(0.0, float(0.5 * np.log(2 * np.pi * np.e * sd**2) + weights @ log_p))


class Slices:
    """The two factors of a density in either order, as sums over fine grids.

    Args:
        log_prob: (N, 2) -> (N,), the log-density in nats.
        box: where it is drawn; sums run over twice its width and height.
    """

    def __init__(self, log_prob, box, n=240):
        self.log_prob, self.box = log_prob, box
        self.wide = [(1.5 * low - 0.5 * high, 1.5 * high - 0.5 * low) for low, high in box]
        p = np.concatenate(
            [np.exp(log_prob(x)) for x in np.array_split(cells(self.wide, n), 64)]
        ).reshape(n, n)
        self.image = np.exp(log_prob(cells(box, 120))).reshape(120, 120)
        steps = [(high - low) / n for low, high in self.wide]
        self.marginals = [(_middles(self.wide[i], n), p.sum(axis=i) * steps[1 - i]) for i in (0, 1)]
        self.tops = []  # the highest p(second | first) in the picture, for axes that stand still
        for i, (_, marginal) in enumerate(self.marginals):
            seen = (marginal > 1e-3 * marginal.max())[
                None if i == 0 else slice(None), slice(None) if i == 0 else None
            ]
            with np.errstate(invalid="ignore", divide="ignore"):
                conditional = p / np.expand_dims(marginal, i)
            self.tops.append(
                float(np.max(conditional, where=np.broadcast_to(seen, p.shape), initial=0))
            )

    def conditional(self, first, at, n=800):
        """`(t, p), p(at)`: the density of the other variable given `first` = `at`.

        None, 0 without mass.
        """
        t = _middles(self.wide[1 - first], n)
        x = np.stack([np.full(n, at), t] if first == 0 else [t, np.full(n, at)], axis=1)
        log_p = self.log_prob(x)
        if log_p.max() < -700:
            return None, 0.0
        p = np.exp(log_p - log_p.max())
        total = p.sum() * (t[1] - t[0])
        return (t, p / total), float(total * np.exp(log_p.max()))

    def factors(self, place, order):
        """`[(which, curve, value there), ...]`: the first variable, then the other one given it."""
        first = FIRST[order]
        given, value = self.conditional(first, place[first])
        there = 0.0
        if given is not None:
            # Interpolating the logarithm is right in the tails as well.
            there = float(np.exp(np.interp(place[1 - first], given[0], np.log(given[1] + 1e-300))))
        return [(first, self.marginals[first], value), (1 - first, given, there)]

    def draw(self, place, order):
        """The plane with the cut, and each factor along its own axis.

        The matched Gaussian is dashed.
        """
        first, box = FIRST[order], self.box
        where = f"{NAMES[first]} = {place[first]:.2f}".replace("-", "−")
        main = plane(box, f"p(x₁, x₂), cut at {where}").density(self.image, label="p(x₁, x₂)")
        cut = (
            np.array([box[0], (place[1],) * 2]).T
            if first
            else np.array([(place[0],) * 2, box[1]]).T
        )
        main.lines(cut, color="paper", width=5).lines(cut, color=ORANGE, width=2)
        main.handle(
            "place", place, axis="xy"[first], label=f"{NAMES[first]}, where the density is cut"
        )
        found, panels = self.factors(place, order), {}
        for i, curve, value in found:
            top = 1.1 * (self.marginals[i][1].max() if i == first else self.tops[first])
            panel = (
                Panel(box[0], (0, top), x_label="x₁", y_label="p", aspect=0.36)
                if i == 0
                else Panel((0, top), box[1], x_label="p", y_ticks=[])
            )
            panel.title = f"p({NAMES[i]})" if i == first else f"p({NAMES[i]} | {where})"
            color = BLUE if i == first else ORANGE
            panels[i] = panel
            if curve is None:
                panel.text(np.mean(panel.x), np.mean(panel.y), "no mass on this line")
                continue
            flip = slice(None, None, 1 if i == 0 else -1)
            (t, p), (mean, sd, _) = curve, moments(*curve)
            gaussian = np.exp(-0.5 * ((t - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
            inside = (t > box[i][0]) & (t < box[i][1])
            area = np.concatenate([[[t[0], 0]], np.stack([t, p], axis=1), [[t[-1], 0]]])
            panel.polygons(area[:, flip], color, alpha=0.25)
            panel.lines(np.stack([t, p], axis=1)[inside][:, flip], color=color, width=2.5)
            panel.lines(np.stack([t, gaussian], axis=1)[inside][:, flip], color="ink", dash=(6, 4))
            panel.points(np.array([[place[i], value]])[:, flip], color="ink", size=5, alpha=1)
        values = [value for _, _, value in found]
        joint = float(np.exp(self.log_prob(np.array([place], float))[0]))
        names = [
            f"p({NAMES[first]})",
            f"p({NAMES[1 - first]} | {NAMES[first]})",
            "their product",
            "p(x₁, x₂)",
        ]
        words = Panel((0, 1), (0, 1), "at the point", axes=False)
        for k, (name, value) in enumerate(zip(names, [*values, np.prod(values), joint])):
            y = 0.88 - 0.15 * k
            words.text(0.56, y, name + " =", align="right").text(
                0.6, y, f"{value:.3g}", align="left"
            )
        words.text(0.5, 0.18, "dashed: the Gaussian", color="muted", size=11)
        words.text(0.5, 0.06, "of the same mean and sd", color="muted", size=11)
        main.share = panels[0].share = 2.0
        return Picture([[main, panels[1]], [panels[0], words]], width=640)

    def say(self, place, order):
        """Both factors in numbers."""
        first, said = FIRST[order], []
        for i, curve, _ in self.factors(place, order):
            name = (
                f"p({NAMES[i]})"
                if i == first
                else f"p({NAMES[i]} | {NAMES[first]} = {place[first]:.2f})"
            )
            if curve is None:
                return (
                    f"No mass at {NAMES[first]} = {place[first]:.2f}, so nothing is conditioned on "
                    "it."
                )
            mean, sd, kl = moments(*curve)
            said.append(
                f"{name}: mean {mean + 1e-9:.2f}, sd {sd:.2f}, {kl:.3f} nats from the matched "
                "Gaussian"
            )
        return ". ".join(said).replace("-", "−") + "."


def controls(start):
    orders = [("x₁ first", "natural"), ("x₂ first", "reversed")]
    return {
        "order": ToggleButtons(options=orders, style={"button_width": "90px"}),
        "place": Handle(*start),
    }


SHARES = ((0.25, 0.5), (0.5, 0.75), (0.3, 0.5), (0.5, 0.8))  # of the box, where the frames cut


def sheet_for(box, places=None):
    """Two cuts in each order."""
    if not places:
        places = [
            tuple(low + share * (high - low) for share, (low, high) in zip(shares, box))
            for shares in SHARES
        ]
    orders = ["natural", "natural", "reversed", "reversed"]
    return [{"order": order, "place": place} for order, place in zip(orders, places)]


ALT = (
    "Four frames of a density shaped like a boomerang, open to the right. First two, x₁ first: a "
    "cut upright through x₁; p(x₁) is skewed, and p(x₂ | x₁) has one broad hump on the left and "
    "two narrow, separate ones further right: neither matches its dashed Gaussian. Last two, x₂ "
    "first: a level cut; p(x₂) and p(x₁ | x₂) lie on their dashed Gaussians, wherever the cut is."
)
ALT_OF_OTHERS = (
    "Four frames: a density in the plane, cut at two places in either order, with the marginal of "
    "the first variable and the conditional of the second."
)


def slice_density(density="figure1", box=None, places=None, alt=None):
    """Show a density in the plane with its two factors, in either order.

    Args:
        density: a toy's name, or a log-density (N, 2) -> (N,), such as
            `lambda x: flow.log_prob(params, x)`.
        box: ((x1 low, high), (x2 low, high)). A toy brings its own.
        places: four points for the contact sheet, two for each order.
        alt: the contact sheet in words, if the default does not fit.
    """
    toy = TOYS[density] if isinstance(density, str) else None
    slices = Slices(toy.log_prob if toy else density, box or toy.box)
    frames = sheet_for(slices.box, places)
    explore(
        draw=slices.draw,
        controls=controls(frames[1]["place"]),
        sheet=frames,
        alt=alt or (ALT if density == "figure1" else ALT_OF_OTHERS),
        say=slices.say,
        title="A density and its slices",
        columns=2,
    )
