"""MADE's masks from the degrees of its units: the network, its paths, and who depends on whom."""

import functools
import warnings

import numpy as np
from ipywidgets import Checkbox, Dropdown, IntSlider

from tinymaf.checks import jacobians, random_params
from tinymaf.masks import as_order, dependency_matrix, lost_dependencies
from tinymaf.nets import MaskedNet

from ..interactive import ORANGE, Picture, explore, matrix
from ._diagram import columns, connect, diagram, nodes, sub

ORDERS = ["natural", "reversed", "rotated"]


def order_of(name, dim):
    """A permutation.

    "rotated" puts the last variable first: for dim = 3 that is a cycle of three.
    """
    return np.roll(np.arange(dim), 1) if name == "rotated" else as_order(name, dim)


@functools.lru_cache(maxsize=256)
def network(dim, layers, width, order, strict):
    """`(degrees of each layer, masks, Jacobian, lost, allowed)` of a masked network.

    `strict` makes every mask strict, where only the last one needs to be. Autograd gives the
    Jacobian at random parameters: the largest |d out_i / d x_j| over some points.
    """
    with warnings.catch_warnings():
        # It warns of lost dependencies, which the figure shows.
        warnings.simplefilter("ignore", UserWarning)
        net = MaskedNet(dim, 1, (width,) * layers, order=order_of(order, dim), activation="tanh")
    degrees = [net.degrees, *net.hidden_degrees, net.degrees]
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


def draw(dim, layers, width, order, strict, output):
    """The network with its degrees, and its dependencies: from the masks, and from derivatives."""
    degrees, masks, J, _, _ = network(dim, layers, width, order, strict)
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
    for k, (place, degree) in enumerate(zip(places, degrees)):
        chosen = np.arange(dim) == output if k == len(places) - 1 else on[k]
        nodes(panel, place, degree, chosen, ORANGE)
        dead = place[~alive[k]] if 0 < k < len(places) - 1 else place[:0]
        panel.points(dead, color="ink", size=13, marker="x", alpha=0.4)
    for k in range(dim):
        panel.text(places[0][k, 0] - 0.3, places[0][k, 1], sub("x", k + 1))
        panel.text(places[-1][k, 0] + 0.33, places[-1][k, 1], f"θ{sub('', k + 1)}")
    seen = dependency_matrix(masks)
    frame = np.array([[0, output], [dim, output], [dim, output + 1], [0, output + 1], [0, output]])
    panels = [
        matrix(values, title, "input", "output", marks=mark, vmax=1).lines(
            frame, color=ORANGE, width=3
        )
        for values, title, mark in (
            (0.4 * seen, "from the masks (dot: sees)", seen),
            (0.4 * J / (J.max() or 1), "|d out / d x| (dot: not 0)", J != 0),
        )
    ]
    return Picture([panel, *panels], width=940)


def say(dim, layers, width, order, strict, output):
    degrees, masks, J, lost, allowed = network(dim, layers, width, order, strict)
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
        "dim": IntSlider(dim, min=2, max=6, description="variables D"),
        "layers": IntSlider(layers, min=1, max=2, description="hidden layers"),
        "width": IntSlider(width, min=1, max=8, description="width"),
        "order": Dropdown(options=ORDERS, value=order, description="order"),
        "strict": Checkbox(
            strict,
            indent=False,
            layout={"width": "auto"},
            description="strictly triangular everywhere (<, never ≤)",
        ),
        "output": IntSlider(output, min=1, max=6, description="paths into"),
    }

    def stay_inside(change):
        # A maximum that moves would be simpler, but the key End goes to the one of the beginning.
        found["output"].value = min(found["output"].value, found["dim"].value)

    for name in ("dim", "output"):
        found[name].observe(stay_inside, "value")
    return found


SHEET = [
    {"dim": 3, "layers": 1, "width": 6, "order": "natural", "strict": False, "output": 3},
    {"dim": 4, "layers": 2, "width": 6, "order": "rotated", "strict": False, "output": 2},
    {"dim": 6, "layers": 1, "width": 3, "order": "reversed", "strict": False, "output": 1},
    {"dim": 2, "layers": 1, "width": 4, "order": "natural", "strict": True, "output": 2},
]
ALT = (
    "Four frames, each a network with a degree in every unit, paths into one output drawn thick, "
    "and two matrices with dots in the same cells: dependencies from the masks, and non-zero "
    "derivatives. Three variables in natural order: dots strictly below the diagonal. Four in the "
    "order x₄, x₁, x₂, x₃: the first row is no longer empty, the last one is. Six variables, three "
    "hidden units: some dots are missing. Two variables with strict masks everywhere: not one "
    "connection leaves an input, both matrices are empty."
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
