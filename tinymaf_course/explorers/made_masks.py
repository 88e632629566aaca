"""MADE's masks from the degrees of its units: the network, its paths, and who depends on whom."""

import functools
import warnings

import numpy as np
from ipywidgets import Checkbox, Dropdown, IntSlider

from tinymaf.checks import jacobians, random_params
from tinymaf.masks import as_order, dependency_matrix, lost_dependencies
from tinymaf.masks import made_masks as made_masks_of
from tinymaf.nets import MaskedNet

from ..interactive import ORANGE, Picture, Touched, explore, matrix
from ._diagram import columns, connect, diagram, nodes, sub

HINT = (
    "Point at a unit: its web. At a wire: its rule. Click a hidden unit: its degree changes. "
    "Keys: arrows, Shift + arrows for wires, Enter."
)
ORDERS = ["natural", "reversed", "rotated"]


def order_of(name, dim):
    """A permutation.

    "rotated" puts the last variable first: for dim = 3 that is a cycle of three.
    """
    return np.roll(np.arange(dim), 1) if name == "rotated" else as_order(name, dim)


@functools.lru_cache(maxsize=256)
def network(dim, layers, width, order, strict, degrees=()):
    """`(degrees of each layer, masks, Jacobian, lost, allowed)` of a masked network.

    `strict` makes every mask strict, where only the last one needs to be. `degrees` are those of
    each hidden layer, where the reader has changed them. Autograd gives the Jacobian at random
    parameters: the largest |d out_i / d x_j| over some points.
    """
    with warnings.catch_warnings():
        # It warns of lost dependencies, which the figure shows.
        warnings.simplefilter("ignore", UserWarning)
        net = MaskedNet(dim, 1, (width,) * layers, order=order_of(order, dim), activation="tanh")
    hidden = [np.array(d) for d in degrees] or net.hidden_degrees
    degrees = [net.degrees, *hidden, net.degrees]
    net.masks = made_masks_of(net.degrees, list(hidden), net.degrees)
    if strict:
        net.masks = [below[:, None] < above for below, above in zip(degrees, degrees[1:])]
    rng = np.random.default_rng(0)
    params = random_params(net, rng)
    J = np.abs(jacobians(lambda x: net(params, x)[:, 0], rng.standard_normal((2, dim)))).max(axis=0)
    return degrees, net.masks, J, *lost_dependencies(net.masks, net.degrees, net.degrees)


def paths(masks, output):
    """What lies on a path from any input to this output: `(connections, units, alive)`.

    `connections` has a mask for each pair of layers, `units` a boolean row for each layer. `alive`
    says which units any input reaches.
    """
    alive = [np.ones(len(masks[0]), bool)]
    for mask in masks:
        alive.append((mask & alive[-1][:, None]).any(axis=0))
    leads = [np.arange(masks[-1].shape[1]) == output]
    for mask in reversed(masks):
        leads.insert(0, (mask & leads[0]).any(axis=1))
    on = [a & b for a, b in zip(alive, leads)]
    return (
        [mask & below[:, None] & above for mask, below, above in zip(masks, on, on[1:])],
        on,
        alive,
    )


def through(masks, layer, unit):
    """The connections on all paths from an input to an output through one unit, as masks."""
    on = {layer: np.arange(_sizes(masks)[layer]) == unit}
    for k in range(layer, len(masks)):
        on[k + 1] = (masks[k] & on[k][:, None]).any(axis=0)
    for k in reversed(range(layer)):
        on[k] = (masks[k] & on[k + 1]).any(axis=1)
    return [mask & on[k][:, None] & on[k + 1] for k, mask in enumerate(masks)], on


def _sizes(masks):
    return [len(masks[0]), *(mask.shape[1] for mask in masks)]


def _name(k, i, layers):
    """What a unit is called: layer k of the diagram, unit i."""
    if k == 0:
        return sub("x", i + 1)
    if k == layers + 1:
        return f"output {i + 1}"
    return f"hidden {i + 1}" if layers == 1 else f"hidden {k}.{i + 1}"


def rule(k, i, j, degrees, strict):
    """The sentence on the wire from unit i of layer k to unit j of the next."""
    layers = len(degrees) - 2
    below, above = int(degrees[k][i]), int(degrees[k + 1][j])
    last = k == layers
    sign, holds = ("<", below < above) if strict or last else ("≤", below <= above)
    why = "into an output the rule is <" if last else f"below the outputs the rule is {sign}"
    return (
        f"{_name(k, i, layers)} → {_name(k + 1, j, layers)}: "
        f"{'allowed' if holds else 'forbidden'}, {why}, and {below} {sign} {above} is "
        f"{'true' if holds else 'false'}."
    ), holds


def _list(letter, which):
    return ", ".join(sub(letter, j + 1) for j in np.flatnonzero(which)) or "nothing"


def draw(dim, layers, width, order, strict, output, degrees=()):
    """The network with its degrees, and its dependencies: from the masks, and from derivatives."""
    hand = degrees
    degrees, masks, J, _, _ = network(dim, layers, width, order, strict, hand)
    output = min(output, dim) - 1
    highlighted, on, alive = paths(masks, output)
    places = columns([len(d) for d in degrees])
    heads = [
        "inputs",
        *(f"hidden {k + 1}" if layers > 1 else "hidden" for k in range(layers)),
        "outputs",
    ]
    panel = diagram(
        places,
        f"the network, and all paths into output {output + 1}",
        heads,
        "the number is the unit's degree",
        aspect=0.75,
        share=2,
    )
    connect(panel, places, masks, color="faint", width=1)
    connect(panel, places, highlighted, color=ORANGE, width=2.5)
    seen = dependency_matrix(masks)
    lost = (degrees[-1][:, None] > degrees[0]) & ~seen
    marks = np.where(seen, "●", np.where(lost, "✕", ""))
    frame = np.array([[0, output], [dim, output], [dim, output + 1], [0, output + 1], [0, output]])
    squares = [
        np.array([[j, i], [j + 1, i], [j + 1, i + 1], [j, i + 1]]) for i, j in np.argwhere(lost)
    ]
    panels = [
        matrix(values, title, "input", "output", marks=mark, vmax=1)
        .polygons(squares, ORANGE, alpha=0.3, edge=ORANGE, width=2)
        .lines(frame, color=ORANGE, width=3)
        for values, title, mark in (
            (0.4 * seen, "masks: ● sees, ✕ lost", marks),
            (0.4 * J / (J.max() or 1), "derivatives: ● not 0", np.where(J != 0, "●", marks)),
        )
    ]
    for k, sizes in enumerate(degrees):
        for i in range(len(sizes)):
            _web(panel, panels, places, masks, k, i)
    panel.part("*")
    for k, (place, degree) in enumerate(zip(places, degrees)):
        chosen = np.arange(dim) == output if k == len(places) - 1 else on[k]
        nodes(panel, place, degree, chosen, ORANGE)
        dead = place[~alive[k]] if 0 < k < len(places) - 1 else place[:0]
        panel.points(dead, color="ink", size=13, marker="x", alpha=0.4)
    for k in range(dim):
        panel.text(places[0][k, 0] - 0.3, places[0][k, 1], sub("x", k + 1))
        panel.text(places[-1][k, 0] + 0.33, places[-1][k, 1], f"θ{sub('', k + 1)}")
    _spots(panel, places, masks, degrees, strict)
    return Picture([panel, *panels], width=940, hint=HINT)


def _web(panel, matrices, places, masks, k, i):
    """What is lit for a unit: the paths through it, and the dependencies that these carry."""
    web, on = through(masks, k, i)
    connect(panel.part(f"{k}, {i}", only=True), places, web, color=ORANGE, width=3)
    lines = [
        [[j, i], [j + 1, i], [j + 1, i + 1], [j, i + 1], [j, i]]
        for i, j in np.argwhere(on[len(masks)][:, None] & on[0])
    ]
    for each in matrices:
        each.part(f"{k}, {i}", only=True)
        if lines:
            each.lines(np.array(lines, float), color="ink", width=3)


def _spots(panel, places, masks, degrees, strict):
    """What can be touched: every unit, and every wire, also those that are not there."""
    dim, layers = len(degrees[0]), len(degrees) - 2
    for k, i in [(k, i) for k, layer in enumerate(degrees) for i in range(len(layer))]:
        _, on = through(masks, k, i)
        name = f"{_name(k, i, layers)}, degree {degrees[k][i]}"
        sets = None
        if k == 0:
            says = f"{name}: reaches outputs {_list('θ', on[layers + 1])}."
        elif k == layers + 1:
            sets = {"output": i + 1}
            says = f"{name}: sees {_list('x', on[0])}. Click: its paths stay."
        else:
            new = [[int(d) for d in layer] for layer in degrees[1:-1]]
            new[k - 1][i] = (new[k - 1][i] + 1) % dim
            sets = {"degrees": new}
            says = (
                f"{name}: sees {_list('x', on[0])}, feeds {_list('θ', on[layers + 1])}. "
                f"Click: degree {new[k - 1][i]}."
            )
        panel.spot(places[k][i], says, part=f"{k}, {i}", sets=sets, reach=12)
    for k, mask in enumerate(masks):
        for i, j in np.ndindex(mask.shape):
            says, holds = rule(k, i, j, degrees, strict)
            panel.spot([places[k][i], places[k + 1][j]], says, barred=not holds)


def say(dim, layers, width, order, strict, output, degrees=()):
    degrees, masks, J, lost, allowed = network(dim, layers, width, order, strict, degrees)
    seen, output = dependency_matrix(masks), min(output, dim) - 1
    sees = ", ".join(sub("x", j + 1) for j in np.flatnonzero(seen[output])) or "no input"
    dead = sum(int((~units).sum()) for units in paths(masks, output)[2][1:-1])
    crossed = (
        f"{dead} hidden unit{'s see' if dead > 1 else ' sees'} no input (crossed out). "
        if dead
        else ""
    )
    equal = "the same pattern as" if np.array_equal(seen, J != 0) else "NOT the pattern of"
    names = ", ".join(sub("x", k + 1) for k in order_of(order, dim))
    return (
        f"Order {names}. Output {output + 1} has degree {degrees[-1][output]} and sees {sees}. "
        f"Lost: {lost} of the {allowed} {'dependency' if allowed == 1 else 'dependencies'} that "
        f"the order allows. {crossed}The masks give {equal} the derivatives."
    )


def controls(dim, layers, width, order, strict, output):
    found = {
        "dim": IntSlider(dim, min=2, max=6, description="D"),
        "layers": Dropdown(options=(1, 2), value=layers, description="layers"),
        "width": IntSlider(width, min=1, max=8, description="width"),
        "order": Dropdown(options=ORDERS, value=order, description="order"),
        "strict": Checkbox(strict, description="strict (<) everywhere"),
        "output": Touched(output),
        "degrees": Touched(()),
    }

    def start_anew(change):
        found["degrees"].value = ()
        found["output"].value = min(found["output"].value, found["dim"].value)

    for name in ("dim", "layers", "width"):
        found[name].observe(start_anew, "value")
    return found


def _frame(dim, layers, width, order, strict, output, degrees=()):
    names = ("dim", "layers", "width", "order", "strict", "output", "degrees")
    return dict(zip(names, (dim, layers, width, order, strict, output, degrees)))


SHEET = [
    _frame(3, 1, 6, "natural", False, 3),
    _frame(4, 2, 6, "rotated", False, 2),
    _frame(6, 1, 3, "reversed", False, 1, ((1, 3, 3),)),
    _frame(2, 1, 4, "natural", True, 2),
]
ALT = (
    "Four frames, each a network with a degree in every unit, paths into one output drawn thick, "
    "and two matrices with dots in the same cells: dependencies from the masks, and non-zero "
    "derivatives. Three variables in natural order: dots strictly below the diagonal. Four in the "
    "order x₄, x₁, x₂, x₃: the first row is no longer empty, the last one is. Six variables, three "
    "hidden units with the degrees 1, 3, 3: crosses mark the dependencies that are lost. Two "
    "variables with strict masks everywhere: not one connection leaves an input, and a cross "
    "stands where the only dot should be."
)


def made_masks(dim=3, layers=1, width=6, order="natural", strict=False, output=3):
    """Show MADE's masks for any small network.

    Args:
        dim: D, 2 to 6.
        layers: hidden layers, 1 or 2.
        width: units of each hidden layer, 1 to 8.
        order: "natural", "reversed" or "rotated" (the last variable first).
        strict: make *every* mask strict, and see what it costs.
        output: the output whose paths are drawn, 1 to D.
    """
    explore(
        draw=draw,
        controls=controls(dim, layers, width, order, strict, output),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="MADE's masks",
        columns=2,
    )
