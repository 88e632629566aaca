"""Order and depth: what another layer buys, and what it cannot buy. On the MAF paper's figure 1."""

import warnings
from functools import cache

import numpy as np
from ipywidgets import SelectionSlider, ToggleButtons

from tinymaf import fit, maf
from tinymaf.datasets import TOYS

from ..interactive import AMBER, BLUE, ORANGE, Panel, Picture, cells, explore, plane, wheel
from ..interactive.film import circles
from ._flows import density_on, single
from ._recorded import params_of

TOY = TOYS["figure1"]  # x2 is normal, and x1 given x2: in the order x2, x1 one layer is enough
LAYERS = (1, 2, 3, 5)
ORDERS = {  # from the layer that faces the data on
    "good": lambda n: ["reversed" if k % 2 == 0 else "natural" for k in range(n)],
    "bad first": lambda n: ["natural" if k % 2 == 0 else "reversed" for k in range(n)],
    "same": lambda n: ["natural"] * n,
}
STYLES = {"good": (BLUE, "o", ()), "bad first": (ORANGE, "^", (7, 4)), "same": (AMBER, "s", (2, 3))}
U = ((-4.5, 4.5), (-4.2, 5.2))


def flow_of(order, n):
    with warnings.catch_warnings():
        # One shared order is what the figure shows.
        warnings.filterwarnings("ignore", "layers .* share one order")
        return maf(2, n, (32, 32), orders=ORDERS[order](n))


def train(order, n):
    """The parameters of `flow_of(order, n)` after training on the toy."""
    return fit(
        flow_of(order, n),
        lambda rng: TOY.sample(rng, 4000),
        rng=np.random.default_rng(0),
        epochs=25,
        batch_size=250,
        lr=1e-2,
        schedule="cosine",
        progress=False,
    ).params


def train_all():
    """What recorded/depth.npz keeps."""
    return {f"{order} {n}": train(order, n) for order in ORDERS for n in LAYERS}


@cache
def models(anew=False):
    """`{(order, layers): (flow, params, nats short, their standard error, test u)}`.

    The parameters were trained beforehand, or are trained anew.
    """
    x_test = TOY.sample(np.random.default_rng(1), 20_000)
    truth, found = TOY.log_prob(x_test), {}
    for order, n in [(order, n) for order in ORDERS for n in LAYERS]:
        flow = flow_of(order, n)
        params = train(order, n) if anew else params_of("depth", f"{order} {n}", flow)
        lost = truth - flow.log_prob(params, x_test)
        found[order, n] = (
            flow,
            single(params),
            lost.mean(),
            lost.std() / len(lost) ** 0.5,
            flow.to_noise(params, x_test),
        )
    return found


@cache
def floor(n=700):
    """Nats short of the truth for the best model with Gaussian p(x1) and Gaussian p(x2 | x1).

    That model has the true means and variances. It loses the entropy of its Gaussians minus the
    entropy of the truth. The integral is a sum over a grid.
    """
    box = ((-6.0, 42.0), (-14.0, 14.0))
    x = cells(box, n)
    p = (
        np.exp(TOY.log_prob(x)).reshape(n, n)
        * (box[0][1] - box[0][0])
        * (box[1][1] - box[1][0])
        / n**2
    )
    x1 = x[:n, 0]
    x2 = x[::n, 1]
    p1 = p.sum(axis=0)
    variance = x1**2 @ p1 - (x1 @ p1) ** 2
    conditional = (x2**2 @ p) / p1 - ((x2 @ p) / p1) ** 2
    entropy = 0.5 * np.log(2 * np.pi * np.e * np.array([variance])).sum() + p1 @ (
        0.5 * np.log(2 * np.pi * np.e * conditional)
    )
    return float(entropy - TOY.entropy)


@cache
def _truth(n):
    return np.exp(TOY.log_prob(cells(TOY.box, n))).reshape(n, n)


def draw(layers, order, fine):
    """The truth, the model, the test data in u-space, and nats short for every depth and order."""
    flow, params, short, _, u = models()[order, layers]
    n, top = (150 if fine else 64), _truth(150).max()
    p = density_on(flow, params, TOY.box, n)
    true = plane(TOY.box, "true density").density(_truth(n), vmax=top)
    learned = plane(TOY.box, f"learned: {layers} layer{'s' * (layers > 1)}, {order}").density(
        p, vmax=top
    )
    noise = plane(U, "test data in u-space", "u").points(
        u[:1500], color=wheel(u[:1500]), palette="wheel", size=2.2
    )
    noise.lines(circles(), color="ink", width=1.3, dash=(5, 4), label="hold 50 and 95 % of N(0, I)")
    return Picture([[true, learned], [noise, _scores(layers, order)]])


def _scores(layers, order):
    """Nats short against layers, on a log scale. Each order has a curve, (layers, order) a ring."""
    ticks = {np.log10(v): f"{v:g}" for v in (0.001, 0.01, 0.1, 1)}
    panel = Panel(
        (0.6, 5.4),
        (-3.35, 0.95),
        "nats short of the truth",
        "layers",
        x_ticks=LAYERS,
        y_ticks=ticks,
    )
    panel.lines(
        np.array([[0.6, np.log10(floor())], [5.4, np.log10(floor())]]), color="muted", width=1
    )
    panel.text(
        5.35,
        np.log10(floor()) - 0.2,
        "Gaussian conditionals at best",
        size=11,
        color="muted",
        align="right",
    )
    for name, (color, marker, dash) in STYLES.items():
        curve = np.array([[n, np.log10(max(models()[name, n][2], 6e-4))] for n in LAYERS])
        panel.lines(curve, color=color, width=1.5, dash=dash)
        panel.points(curve, color=color, marker=marker, size=4.5, alpha=1, label=name)
    at = [layers, np.log10(max(models()[order, layers][2], 6e-4))]
    t = np.linspace(0, 2 * np.pi, 60)
    return panel.lines(
        at + np.stack([0.2 * np.cos(t), 0.2 * np.sin(t)], axis=1), color="ink", width=2
    )


def say(layers, order):
    _, _, short, error, _ = models()[order, layers]
    orders = ORDERS[order](layers)
    sequence = ", ".join("x₂ x₁" if o == "reversed" else "x₁ x₂" for o in orders)
    limit = (
        f"; Gaussian conditionals in this order cannot beat {floor():.3f}"
        if set(orders) == {"natural"}
        else ""
    )
    return (
        f"{layers} layer{'s' * (layers > 1)} ({sequence}): {short:.3f} ± {2 * error:.3f} nats "
        f"short of the truth{limit}"
    )


def controls():
    tooltips = [
        "x2 first in the layer that faces the data, then alternating",
        "x1 first in the layer that faces the data, then alternating",
        "x1 first in every layer",
    ]
    return {
        "layers": SelectionSlider(options=LAYERS, value=1, description="layers"),
        "order": ToggleButtons(
            options=list(ORDERS), value="bad first", description="order", tooltips=tooltips
        ),
    }


SHEET = [
    {"layers": 1, "order": "good"},
    {"layers": 1, "order": "bad first"},
    {"layers": 2, "order": "bad first"},
    {"layers": 5, "order": "same"},
]
ALT = (
    "Four frames, each with the true density, a bent crescent, the learned one, the test data in "
    "u-space and a chart of nats short of the truth against the number of layers, for three "
    "choices of orders. One layer in the good order, x2 first: crescent and round cloud. One layer "
    "in the bad order: a straight blurred wedge, and a cloud in u-space that is not round. Two "
    "layers, bad order first, then the other: the crescent again. Five layers all in the bad "
    "order: as wrong as one; in the chart their curve stays on the line of the best model with "
    "Gaussian conditionals."
)


def depth():
    """Show how order and depth change what a MAF can learn. They were trained beforehand."""
    explore(
        draw=draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="Order and depth",
        columns=2,
    )
