"""How many couplings does a flow need, and why must their masks change? On two moons."""

import warnings
from functools import cache

import numpy as np
from ipywidgets import SelectionSlider, ToggleButtons

from tinymaf import AffineCoupling, Chain, Flow, fit
from tinymaf.datasets import TOYS

from ..interactive import BLUE, ORANGE, Panel, Picture, explore, plane, wheel
from ..interactive.film import circles
from ._flows import density_on, single
from ._recorded import params_of

TOY, COUNTS = TOYS["two moons"], (1, 2, 3, 4, 6, 8)
MASKS = {
    "alternating": lambda k: [k % 2 == 0, k % 2 == 1],
    "always x1 stays": lambda k: [True, False],
}
STYLES = {"alternating": (BLUE, "o", ()), "always x1 stays": (ORANGE, "s", (7, 4))}


@cache
def truth():
    """Test data, their exact log-density, and the highest density."""
    x = TOY.sample(np.random.default_rng(1), 10_000)
    log_p = TOY.log_prob(x)
    return x, log_p, float(np.exp(log_p.max()))


def flow_of(count, masks):
    layers = [AffineCoupling(MASKS[masks](k), (32, 32), activation="tanh") for k in range(count)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "variables .* no coupling")  # that is what is shown
        return Flow(Chain(layers))


def train(count, masks):
    """The parameters of `flow_of(count, masks)` after training on two moons."""
    return fit(
        flow_of(count, masks),
        lambda rng: TOY.sample(rng, 3000),
        rng=np.random.default_rng(0),
        epochs=25,
        batch_size=250,
        lr=1e-2,
        schedule="cosine",
        progress=False,
    ).params


def train_all():
    """What recorded/couplings.npz keeps."""
    return {f"{masks} {count}": train(count, masks) for masks in MASKS for count in COUNTS}


@cache
def model(count, masks, anew=False):
    """`(flow, params, nats short of the truth)` of `count` couplings.

    They were trained beforehand, or are trained anew.
    """
    flow = flow_of(count, masks)
    params = train(count, masks) if anew else params_of("couplings", f"{masks} {count}", flow)
    x, log_p, _ = truth()
    return flow, single(params), float(np.mean(log_p - flow.log_prob(params, x)))


def draw(count, masks, fine):
    """The learned density, the data as noise, and nats short of the truth for every count."""
    flow, params, _ = model(count, masks)
    x, _, top = truth()
    n = 130 if fine else 64
    learned = plane(TOY.box, f"learned: {count} coupling{'s' * (count > 1)}")
    learned.density(density_on(flow, params, TOY.box, n), vmax=top)
    u = flow.to_noise(params, x[:1200].astype(np.float32))
    noise = plane(((-3.6, 3.6), (-3.4, 4.6)), "data as noise", "u")  # room for the legend
    noise.points(u, color=wheel(x[:1200]), palette="wheel", size=2)
    noise.lines(circles(), color="ink", width=1.3, dash=(5, 4), label="hold 50 and 95 % of N(0, I)")
    return Picture([learned, noise, _scores(count, masks)])


def _scores(count, masks):
    panel = Panel(
        (0.5, COUNTS[-1] + 0.5),
        (-0.03, 0.75),
        "nats short of the truth",
        "couplings",
        x_ticks=COUNTS,
    )
    for name, (color, marker, dash) in STYLES.items():
        curve = np.array([[n, model(n, name)[2]] for n in COUNTS])
        panel.lines(curve, color=color, width=1.5, dash=dash)
        panel.points(curve, color=color, marker=marker, size=4.5, alpha=1, label=name)
    t = np.linspace(0, 2 * np.pi, 60)
    at = [count, model(count, masks)[2]]
    return panel.lines(
        at + np.stack([0.28 * np.cos(t), 0.03 * np.sin(t)], axis=1), color="ink", width=2
    )


def say(count, masks):
    stay = ", ".join("x₁" if MASKS[masks](k)[0] else "x₂" for k in range(count))
    return (
        f"{count} coupling{'s' * (count > 1)} (stays: {stay}): {model(count, masks)[2]:.2f} nats "
        "short of the truth"
    )


def controls():
    tooltips = [
        "x1 and x2 stay in turn, from the layer that faces the data on",
        "x2 alone is ever mapped",
    ]
    return {
        "count": SelectionSlider(options=COUNTS, value=2, description="couplings"),
        "masks": ToggleButtons(options=list(MASKS), description="masks", tooltips=tooltips),
    }


SHEET = [
    {"count": 1, "masks": "alternating"},
    {"count": 2, "masks": "alternating"},
    {"count": 8, "masks": "alternating"},
    {"count": 8, "masks": "always x1 stays"},
]
ALT = (
    "Four frames, each with the learned density, the data as noise with circles that hold 50 and "
    "95 percent of a standard normal, and nats short of the truth against the number of couplings. "
    "One coupling: a blurred band, far from two moons. Two, with alternating masks: moons begin to "
    "show. Eight, alternating: two moons, and a round cloud of noise. Eight in which the first "
    "variable always stays: the blurred band again; the cloud has the width of the data in the "
    "first direction, and more couplings have not helped."
)


def couplings():
    """Show what the number of couplings and their masks do. The models were trained beforehand."""
    explore(
        draw=draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="The number of couplings",
        columns=1,
    )
