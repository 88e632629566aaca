"""A race between MAF and IAF, step by step: values appear as they are computed, and the steps and
multiply-adds are counted.
"""

from functools import cache

import autograd.numpy as anp
import numpy as np
from autograd import grad
from ipywidgets import SelectionSlider, ToggleButtons

from tinymaf import iaf, maf
from tinymaf.checks import random_params
from tinymaf.definition import plain

from ..interactive import BLUE, ORANGE, Panel, Picture, Scrub, explore
from ._diagram import sub

DIMS = (2, 4, 8, 16)
HIDDEN = (64, 64)
ROWS = 4
SHOWN = 30  # rows in the picture
WANTED = ("log p of given x", "sample", "sample + its log p")
COLORS = {"MAF": BLUE, "IAF": ORANGE}
WAYS = {
    "textbook": "the whole network at every call",
    "each unit once": "a unit is computed when its inputs are known",
}


class CountedNet:
    """A layer's network that counts its calls and the multiply-adds of a row."""

    def __init__(self, net):
        self.net = net
        self.calls = 0
        self.multiply_adds = 0

    def __getattr__(self, name):
        return getattr(self.net, name)

    def __call__(self, params, x, *context):
        self.calls += 1
        # Masked weights are multiplied like any others.
        self.multiply_adds += sum(w.size for w, _ in params)
        return self.net(params, x, *context)


def each_unit_once(layer, params, u):
    """Noise to data through a MAF layer in natural order: `(x, multiply-adds of a row)`.

    The multiply-adds are a list, one number for each of the D steps.
    """
    *hidden, (v, c) = params
    degrees = [layer.net.degrees, *layer.net.hidden_degrees]
    known, costs = [np.zeros((len(u), len(d))) for d in degrees], []
    for d in range(1, layer.dim + 1):
        sees, columns = degrees[-1] < d, [d - 1, layer.dim + d - 1]
        theta = known[-1][:, sees] @ v[sees][:, columns] + c[columns]
        cost = sees.sum() * len(columns)
        mu, alpha = layer.elementwise.mu_alpha(theta[:, :, None])
        known[0][:, d - 1] = (mu + np.exp(alpha) * u[:, [d - 1]])[:, 0]
        for k, (w, b) in enumerate(hidden):
            sees, mine = degrees[k] <= d, degrees[k + 1] == d
            known[k + 1][:, mine] = np.tanh(known[k][:, sees] @ w[sees][:, mine] + b[mine])
            cost += sees.sum() * mine.sum()
        costs.append(int(cost))
    return known[0], costs


def cost_of_a_gradient(flow, params, rows):
    """Calls of all networks, and multiply-adds of a row, for one gradient of the loss on `rows`.

    The textbook's way, counted while autograd runs.
    """
    layers = [getattr(layer, "bijection", layer) for layer in flow.bijection.layers]
    nets = [layer.net for layer in layers]
    counted = [CountedNet(net) for net in nets]
    try:
        for layer, net in zip(layers, counted):
            layer.net = net
        with plain():
            grad(lambda p: -anp.mean(flow.log_prob(p, rows)))(params)
    finally:
        for layer, net in zip(layers, nets):
            layer.net = net
    return sum(net.calls for net in counted), sum(net.multiply_adds for net in counted)


@cache
def measured(dim):
    """`{(way, model, wanted): (steps, multiply-adds of a row)}` of one layer, by running it."""
    found, rng = {}, np.random.default_rng(0)
    for model, make in (("MAF", maf), ("IAF", iaf)):
        flow = make(dim, 1, HIDDEN, activation="tanh")
        params = random_params(flow, rng)
        layer = getattr(flow.bijection.layers[0], "bijection", flow.bijection.layers[0])
        net = layer.net
        z = rng.standard_normal((ROWS, dim))
        costs = each_unit_once(layer, params["bijection"][0], z)[1]
        for wanted in WANTED:
            layer.net = counted = CountedNet(net)
            with plain():  # the textbook's way
                if wanted == WANTED[0]:
                    flow.log_prob(params, z)
                elif wanted == WANTED[1]:
                    flow.sample(params, rng, ROWS)
                else:
                    flow.sample_and_log_prob(params, rng, ROWS)
            layer.net = net
            found["textbook", model, wanted] = counted.calls, counted.multiply_adds
            at_once = counted.calls == 1  # then both ways are the same single pass
            found["each unit once", model, wanted] = (
                (1, counted.multiply_adds) if at_once else (len(costs), sum(costs))
            )
    return found


@cache
def computed(dim):
    """`(at once, in turn, multiply-adds of each turn)`: what a layer's two directions make of the
    same rows (SHOWN, D), and what the slow one costs if each unit is computed once.
    """
    layer = maf(dim, 1, HIDDEN, activation="tanh").bijection.layers[0]
    *hidden, (v, c) = random_params(layer, np.random.default_rng(3), scale=1.0)
    params = [*hidden, (v * np.repeat([1.0, 0.25], dim), 0 * c)]
    z = np.random.default_rng(4).standard_normal((SHOWN, dim))
    return layer.x_to_u(params, z)[0], *each_unit_once(layer, params, z)


class Runner:
    """A model in the race: after each step, which variables it knows and what that has cost."""

    def __init__(self, model, dim, way, wanted):
        self.name = model
        self.steps, total = measured(dim)[way, model, wanted]
        at_once, in_turn, costs = computed(dim)
        quick = self.steps == 1
        self.values = at_once if quick else in_turn
        spread = costs if way == "each unit once" else [total // self.steps] * self.steps
        self.work = np.concatenate([[0], np.cumsum([total] if quick else spread)])
        self.known = [0, dim] if quick else list(range(dim + 1))

    def at(self, moment):
        """`(steps done, variables known, multiply-adds of a row)`."""
        done = min(moment, self.steps)
        return done, self.known[done], int(self.work[done])


def runners(dim, way, wanted):
    return [Runner(model, dim, way, wanted) for model in ("MAF", "IAF")]


def brief(count):
    """A count in few characters.

    >>> [brief(n) for n in (64, 20480, 1310720)]
    ['64', '20 k', '1.3 M']
    """
    return (
        str(count)
        if count < 1000
        else f"{count / 1e3:.0f} k"
        if count < 1e6
        else f"{count / 1e6:.1f} M"
    )


def _track(runner, moment, letter):
    """Rows of values, variable by variable, as far as they are known."""
    done, known, _ = runner.at(moment)
    dim = runner.values.shape[1]
    state = "done, " if done == runner.steps else ""
    panel = Panel(
        (0.3, dim + 0.7),
        (-5, 5),
        f"{runner.name}: {state}{done} of {runner.steps} step{'s' * (runner.steps > 1)}",
        "variable",
        letter,
        aspect=0.85,
        x_ticks={j: sub(letter, j) for j in range(1, dim + 1) if dim < 9 or j % 4 == 0 or j == 1},
    )
    across = np.broadcast_to(np.arange(1.0, dim + 1), runner.values.shape)
    rows = np.stack([across, np.clip(runner.values, -5, 5)], axis=-1)[:, :known]
    panel.lines(rows, color=COLORS[runner.name], width=1, alpha=0.3)
    panel.points(rows.reshape(-1, 2), color=COLORS[runner.name], size=2.6)
    if done and moment <= runner.steps:  # what has come in this step
        new = rows[:, runner.known[done - 1] :].reshape(-1, 2)
        panel.points(new, color="ink", size=3.4, alpha=1)
    for j in range(known, dim):
        panel.text(j + 1, 0, "?", color="muted", size=14)
    return panel


def _work(both, moment, dense, dim):
    """What has been multiplied so far. The axis is that of the textbook's way."""
    top = dense * dim
    panel = Panel(
        (0.4, 2.6),
        (0, 1.12 * top),
        "multiply-adds a row",
        share=0.7,
        x_ticks={k + 1: runner.name for k, runner in enumerate(both)},
        y_ticks={0: "0", dense: brief(dense), top: brief(top)},
    )
    for k, runner in enumerate(both):
        _, _, work = runner.at(moment)
        panel.bars([k + 1], [work], width=0.6, color=COLORS[runner.name])
        panel.text(k + 1, work + 0.05 * top, brief(work), bold=True)
    panel.lines(np.array([[0.4, dense], [2.6, dense]]), color="muted", dash=(4, 3), width=1)
    return panel.text(0.45, dense + 0.035 * top, "one pass", color="muted", size=11, align="left")


def draw(moment, dim, way, wanted):
    """Both models' values so far, and their work."""
    both = runners(dim, way, wanted)
    letter = "u" if wanted == WANTED[0] else "x"
    dense = measured(dim)["textbook", "MAF", WANTED[0]][1]
    return Picture(
        [*(_track(runner, moment, letter) for runner in both), _work(both, moment, dense, dim)],
        width=848,
    )


def say(moment, dim, way, wanted):
    said = []
    for runner in runners(dim, way, wanted):
        done, known, work = runner.at(moment)
        so_far = f"done after {done}" if done == runner.steps else f"{known} of {dim} after {done}"
        said.append(
            f"{runner.name}: {so_far} step{'s' * (done != 1)}, {work:,} multiply-adds a row"
        )
    return f"{wanted}, D = {dim}, {way}. {'; '.join(said)}."


def controls():
    moments = range(DIMS[-1] + 1)
    return {
        "dim": SelectionSlider(options=DIMS, value=8, description="D"),
        "wanted": ToggleButtons(
            options=[("a sample", WANTED[1]), ("log p of given x", WANTED[0])],
            description="wanted",
        ),
        "way": ToggleButtons(options=list(WAYS), description="way", tooltips=list(WAYS.values())),
        "moment": Scrub(moments, "step of the race", value=4, seconds=8),
    }


def _frame(moment, dim, way, wanted):
    return {"dim": dim, "wanted": wanted, "way": way, "moment": moment}


SHEET = [
    _frame(1, 8, "textbook", WANTED[1]),
    _frame(5, 8, "textbook", WANTED[1]),
    _frame(8, 8, "each unit once", WANTED[1]),
    _frame(1, 4, "textbook", WANTED[0]),
]
ALT = (
    "Four moments of a race. At the left the values that a MAF has computed, one column for each "
    "variable and question marks for what is not known; in the middle those of an IAF; at the "
    "right their multiply-adds as bars. A sample, after step 1: the IAF is done, the MAF has one "
    "variable of eight. After step 5: five of eight, and the MAF's bar is five passes high. With "
    "each unit computed once the MAF still needs eight steps, but its bar ends below one pass. "
    "The density of given x: the MAF is done after one step, the IAF has one variable of four."
)


def price():
    """Let a layer of MAF and of IAF race for a sample, or for the density of given data."""
    explore(
        draw=draw,
        controls=controls(),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="The price of direction: a race",
        columns=2,
    )
