"""MAF and RealNVP with equally many parameters: who sees whom, the fit, the calls for a sample."""

from functools import cache

import numpy as np
from ipywidgets import SelectionSlider

from tinymaf import fit, maf, realnvp
from tinymaf.checks import jacobians, random_params

from ..interactive import BLUE, ORANGE, Panel, Picture, explore, matrix
from ._recorded import numbers_of

DIMS = (2, 4, 8, 16)
LAYERS = (2, 4)
HIDDEN = (48, 48)
STYLES = {"MAF": (BLUE, "o", ()), "RealNVP": (ORANGE, "s", (7, 4))}


class Waves:
    """D variables, each a noisy wave of the one before it, in a shuffled order.

        z_1 ~ N(0, 1),    z_i | z_{i-1} ~ N(1.2 sin(1.5 z_{i-1}), 0.16 exp(tanh z_{i-1}))

    x is z, shuffled. `log_prob` is exact.
    """

    def __init__(self, dim):
        self.dim = dim
        # The seed is a list: the shuffle is part of the data, the same in every draw of the bands.
        self.places = np.random.default_rng([0]).permutation(dim)

    @staticmethod
    def _mean_sd(before):
        return 1.2 * np.sin(1.5 * before), 0.4 * np.exp(0.5 * np.tanh(before))

    def sample(self, rng, n):
        z = rng.standard_normal((n, self.dim))
        for i in range(1, self.dim):
            mean, sd = self._mean_sd(z[:, i - 1])
            z[:, i] = mean + sd * z[:, i]
        return z[:, self.places]

    def log_prob(self, x):
        z = x[:, np.argsort(self.places)]
        mean, sd = self._mean_sd(z[:, :-1])
        noise = np.concatenate([z[:, :1], (z[:, 1:] - mean) / sd], axis=1)
        return -0.5 * np.sum(noise**2 + np.log(2 * np.pi), axis=1) - np.sum(np.log(sd), axis=1)


def nets(layer):
    """The networks of a layer: an autoregressive layer has one, a coupling one or two."""
    return layer.nets if hasattr(layer, "nets") else [layer.net]


def parameters(flow):
    """How many numbers are trained. Weights that a mask hides do not count."""
    count = 0
    for layer in flow.bijection.layers:
        for net in nets(layer):
            if hasattr(net, "masks"):
                count += sum(int(mask.sum()) + mask.shape[1] for mask in net.masks)
            else:
                count += sum((a + 1) * b for a, b in zip(net.sizes, net.sizes[1:]))
    return count


@cache
def pair(dim, layers):
    """A MAF, and the RealNVP of as many layers whose number of parameters is closest."""
    one = maf(dim, layers, HIDDEN, activation="tanh")
    candidates = [realnvp(dim, layers, (width, width), activation="tanh") for width in range(4, 64)]
    return {
        "MAF": one,
        "RealNVP": min(candidates, key=lambda flow: abs(parameters(flow) - parameters(one))),
    }


@cache
def shortfall(dim, layers, name):
    """Nats short of the truth on held-out rows, after a training here and now."""
    waves, flow = Waves(dim), pair(dim, layers)[name]
    params = fit(
        flow,
        lambda rng: waves.sample(rng, 3000),
        rng=np.random.default_rng(0),
        epochs=20,
        batch_size=250,
        lr=1e-2,
        schedule="cosine",
        progress=False,
    ).params
    x = waves.sample(np.random.default_rng(1), 4000)
    return float(np.mean(waves.log_prob(x) - flow.log_prob(params, x)))


def train_all():
    """What recorded/equal_parameters.json keeps."""
    settings = [(d, n, name) for d in DIMS for n in LAYERS for name in STYLES]
    return {f"{name} {d} {n}": shortfall(d, n, name) for d, n, name in settings}


@cache
def _all_recorded():
    return numbers_of("equal_parameters")


def recorded(dim, layers, name):
    """What `shortfall` gave, beforehand."""
    return _all_recorded()[f"{name} {dim} {layers}"]


def steps(dim, layers, name):
    """Network calls for a sample, one after another: D for each MAF layer, 1 for each coupling."""
    return layers * (dim if name == "MAF" else 1)


@cache
def sees(dim, name):
    """Which x_j moves which u_i in one layer, by autograd at random weights: (D, D)."""
    flow = pair(dim, 2)[name]
    layer = flow.bijection.layers[0]
    params = random_params(layer, np.random.default_rng(2), scale=1.0)
    x = np.random.default_rng(3).standard_normal((3, dim))
    return (np.abs(jacobians(lambda x: layer.x_to_u(params, x)[0], x)) > 1e-12).any(axis=0)


def draw(dim, layers):
    """Who sees whom in one layer of each, and fit and calls against D."""
    top = []
    for name in STYLES:
        seen = sees(dim, name)
        ties = int(seen.sum()) - dim
        title = f"a {name} layer: {ties} tie{'s' * (ties > 1)}"
        top.append(matrix(seen * (0.55 + 0.45 * np.eye(dim)), title, "x", "u", vmax=1.4))
    fits = Panel(
        (0.7, 4.3),
        (-0.1, 4.4),
        "nats short of the truth",
        "variables D",
        legend="upper left",
        x_ticks={np.log2(d): str(d) for d in DIMS},
        aspect=0.75,
    )
    waits = Panel(
        (0.7, 4.3),
        (-0.3, 8),
        "network calls for a sample",
        "variables D",
        legend="upper left",
        x_ticks={np.log2(d): str(d) for d in DIMS},
        y_ticks={k: str(2**k) for k in range(7)},
        aspect=0.75,
    )
    for name, (color, marker, dash) in STYLES.items():
        for panel, value in (
            (fits, lambda d, name=name: recorded(d, layers, name)),
            (waits, lambda d, name=name: np.log2(steps(d, layers, name))),
        ):
            curve = np.array([[np.log2(d), value(d)] for d in DIMS])
            panel.lines(curve, color=color, width=1.5, dash=dash)
            panel.points(curve, color=color, marker=marker, size=4.5, alpha=1, label=name)
    for panel in (fits, waits):
        here = np.array([[np.log2(dim), panel.y[0]], [np.log2(dim), panel.y[1]]])
        panel.lines(here, color="muted", dash=(3, 3), width=1)
    return Picture([top, [fits, waits]], width=620)


def say(dim, layers):
    flows = pair(dim, layers)
    each = "; ".join(
        (
            f"{name}, {parameters(flows[name]):,} parameters: {recorded(dim, layers, name):.2f} "
            f"nats short, {steps(dim, layers, name)} calls for a sample"
        )
        for name in STYLES
    )
    return f"D = {dim}, {layers} layers. {each}"


def controls():
    return {
        "dim": SelectionSlider(options=DIMS, value=8, description="variables D"),
        "layers": SelectionSlider(options=LAYERS, value=4, description="layers"),
    }


SHEET = [
    {"dim": 2, "layers": 4},
    {"dim": 8, "layers": 4},
    {"dim": 16, "layers": 4},
    {"dim": 16, "layers": 2},
]
ALT = (
    "Four frames. On top which x moves which u in one layer: for MAF a full triangle, for RealNVP "
    "only every second row has anything beside the diagonal, in every second column. Below, "
    "against D from 2 to 16: nats short of the truth, where both curves start near nothing at D = "
    "2 and rise, that of RealNVP faster; and network calls for a sample, which rise with D for MAF "
    "and stay level for RealNVP."
)


def equal_parameters():
    """Show MAF and RealNVP of equal size on the same data. The flows were trained beforehand."""
    explore(
        draw=draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="MAF against RealNVP at equal parameters",
        columns=2,
    )
