"""A map bends a grid. A small square becomes a parallelogram with |det J| times its area."""

import autograd.numpy as np
from autograd import jacobian
from ipywidgets import Dropdown, FloatSlider

from tinymaf.plotting import grid_lines

from ..interactive import BLUE, GREEN, ORANGE, Handle, Picture, explore, plane

# x = f(u; a, b, c, d). With b = 0 both maps are autoregressive: x1 sees u1 alone, and J = dx/du is
# lower triangular.
MAPS = {
    "linear": lambda u, a, b, c, d: np.stack(
        [a * u[..., 0] + b * u[..., 1], c * u[..., 0] + d * u[..., 1]], axis=-1
    ),
    "smooth": lambda u, a, b, c, d: np.stack(
        [
            a * u[..., 0] + b * np.sin(u[..., 1]),
            c * np.sin(2 * u[..., 0]) + d * np.exp(0.4 * u[..., 0]) * u[..., 1],
        ],
        axis=-1,
    ),
}
FORMULAS = {
    "linear": "x₁ = a u₁ + b u₂, x₂ = c u₁ + d u₂",
    "smooth": "x₁ = a u₁ + b sin u₂, x₂ = c sin 2u₁ + d exp(0.4 u₁) u₂",
}
SIDE = 0.8
SQUARE = SIDE * (np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) - 0.5)
OUTLINE = np.concatenate(
    [np.linspace(p, q, 40, endpoint=False) for p, q in zip(SQUARE, np.roll(SQUARE, -1, axis=0))]
)
GRID = grid_lines(((-2.5, 2.5), (-2.5, 2.5)), lines=21, points=60)


def area(corners):
    """The area of a polygon (n, 2), by the shoelace formula."""
    x, y = corners.T
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


FORMULA = [
    ("area in x", "under J", "The parallelogram that J makes of the square."),
    "= |det J| ·",
    ("area in u", "square", "The small square."),
    ",   J = [",
    ("∂x/∂u₁", "first", "J's first column: what becomes of the square's lower side."),
    ",",
    ("∂x/∂u₂", "second", "J's second column: what becomes of the square's upright side."),
    "]",
]


def local(kind, at, a, b, c, d):
    """`J, parallelogram, image` at u = at: dx/du, the square under J and under the map."""

    def f(u):
        return MAPS[kind](u, a, b, c, d)

    at = np.array(at, float)
    J = jacobian(f)(at)
    return J, f(at) + SQUARE @ J.T, f(at + OUTLINE)


def draw(kind, at, a, b, c, d):
    """The grid and the square in the u-plane, and both in the x-plane."""
    J, parallelogram, image = local(kind, at, a, b, c, d)
    left = plane(((-2.5, 2.5),) * 2, f"u: the square, area {SIDE**2:.2f}", "u")
    left.lines(GRID, color="faint", width=1).part("square").polygons(
        SQUARE + at, BLUE, alpha=0.5, edge="ink", width=1.5
    )
    left.handle("at", at, box=((-2.1, 2.1),) * 2, label="the square")
    right = plane(
        ((-4, 4),) * 2, f"x: the parallelogram, area {area(parallelogram):.3f}", legend="upper left"
    )
    right.lines(MAPS[kind](GRID, a, b, c, d), color="faint", width=1)
    right.part("under J").polygons(
        parallelogram, ORANGE, alpha=0.6, edge="ink", width=1.5, label="the square under J"
    )
    corner = parallelogram[0]
    for k, name in ((1, "first"), (3, "second")):
        side = np.array([corner, parallelogram[k]])
        right.part(name, only=True).lines(side, color=GREEN, width=5)
    right.part(None)
    right.lines(
        np.concatenate([image, image[:1]]),
        color=BLUE,
        width=2,
        dash=(4, 3),
        label="under the map itself",
    )
    origin = MAPS[kind](np.array(at), a, b, c, d)
    right.points(origin[None], color="ink", size=3.5, alpha=1)
    return Picture([left, right], width=820, formula=FORMULA)


def say(kind, at, a, b, c, d):
    J, parallelogram, image = local(kind, at, a, b, c, d)
    (j11, j12), (j21, j22) = J
    how = f"triangular: det J = {j11:.3f} · {j22:.3f}" if j12 == 0 else "not triangular: det J"
    ratio = area(parallelogram) / SIDE**2
    bent = (
        ""
        if kind == "linear"
        else f" The square under the map itself: {area(image) / SIDE**2:.3f} times."
    )
    return (
        f"{FORMULAS[kind]}. J = [{j11:.3f}, {j12:.3f}; {j21:.3f}, {j22:.3f}], {how} = "
        f"{np.linalg.det(J):.3f}. Parallelogram / square = {area(parallelogram):.3f} / "
        f"{SIDE**2:.2f} = {ratio:.3f}.{bent}"
    ).replace("-", "−")


def controls(kind, at, a, b, c, d):
    return {
        "kind": Dropdown(options=list(MAPS), value=kind, description="map"),
        "a": FloatSlider(a, min=0.2, max=2, step=0.1, description="a (diagonal)"),
        "d": FloatSlider(d, min=0.2, max=2, step=0.1, description="d (diagonal)"),
        "c": FloatSlider(c, min=-1.5, max=1.5, step=0.1, description="c (below it)"),
        "b": FloatSlider(b, min=-1.5, max=1.5, step=0.1, description="b (above it)"),
        "at": Handle(*at),
    }


SHEET = [
    {"kind": "linear", "at": (0.8, 0.6), "a": 1.5, "d": 0.8, "c": 0.0, "b": 0.0},
    {"kind": "linear", "at": (0.8, 0.6), "a": 1.5, "d": 0.8, "c": 1.2, "b": 0.0},
    {"kind": "linear", "at": (0.8, 0.6), "a": 1.5, "d": 0.8, "c": 1.2, "b": 0.7},
    {"kind": "smooth", "at": (-0.6, 0.8), "a": 1.2, "d": 1.0, "c": 0.8, "b": 0.0},
]
ALT = (
    "Four frames, each with a square on a square grid at the left and what a map makes of both at "
    "the right. A diagonal map stretches the square to a rectangle; an entry below the diagonal "
    "shears it to a parallelogram of the same area; one above the diagonal as well changes the "
    "area. Last, a smooth map bends the grid: near its middle the square's bent image and the "
    "parallelogram of the Jacobian nearly agree."
)


def warp(kind="smooth", at=(0.8, 0.6), a=1.2, b=0.0, c=0.8, d=0.8):
    """Show a map of the plane with its Jacobian: the parallelogram of a square that can be dragged.

    Args:
        kind: "linear" or "smooth".
        at: where the square is.
        a, d: the diagonal, which sets the area.
        b: above the diagonal, 0 in an autoregressive map.
        c: below the diagonal, which changes the shape alone.
    """
    explore(
        draw=draw,
        controls=controls(kind, at, a, b, c, d),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="A grid under a map",
        columns=2,
    )
