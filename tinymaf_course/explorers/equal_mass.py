"""Change of variables on a line: a map takes a strip of noise to a strip of data of equal mass."""

import autograd.numpy as np
from autograd import elementwise_grad
from ipywidgets import Dropdown, FloatSlider

from ..interactive import BLUE, GREEN, ORANGE, Handle, Panel, Picture, explore

# x = f(u, s), each with slope s (or -s) at u = 0
MAPS = {
    "affine": ("x = s u", lambda u, s: s * u),
    "falling": ("x = −s u", lambda u, s: -s * u),
    "exponential": ("x = 2 (exp(s u / 2) − 1)", lambda u, s: 2 * (np.exp(s * u / 2) - 1)),
    "cubic": ("x = s (u + u³ / 6)", lambda u, s: s * (u + u**3 / 6)),
    "S-curve": ("x = 2 tanh(s u / 2)", lambda u, s: 2 * np.tanh(s * u / 2)),
}
FORMULA = [
    ("p(x)", "data", "The density of the data at f(u): the height of the orange strip."),
    "=",
    ("p(u)", "noise", "The density of the noise at u: the height of the blue strip."),
    "/",
    ("|f′(u)|", "slope", "How steep the map is: by this factor the strip gets wider, and lower."),
]
REACH, TOP = 4.5, 0.9
ALL = np.linspace(-9, 9, 1201)


def normal(u):
    return np.exp(-0.5 * u**2) / np.sqrt(2 * np.pi)


def densities(kind, s, u):
    """`x, p_u(u), p_x(x), f'(u)` at the points `u`.

    p_x(x) = p_u(u) / |f'(u)|, and autograd gives f'.
    """
    f = MAPS[kind][1]
    slope = elementwise_grad(f)(u, s)
    return f(u, s), normal(u), normal(u) / np.abs(slope), slope


def areas(kind, s, centre, width, n=400):
    """The areas of the two strips, each by the trapezoid rule along its own axis."""
    x, p_u, p_x, _ = densities(
        kind, s, u := np.linspace(centre - width / 2, centre + width / 2, n + 1)
    )
    return float(_trapezoid(u, p_u)), float(abs(_trapezoid(x, p_x)))


def _trapezoid(t, p):
    return np.sum(np.diff(t) * (p[1:] + p[:-1]) / 2)


def _under(t, p):
    """The region between a curve and the axis."""
    return np.concatenate([[[t[0], 0]], np.stack([t, p], axis=1), [[t[-1], 0]]])


def draw(kind, slope, centre, width):
    """The map, p(u) below it, p(x) beside it, and the strip in all three.

    All p-axes have one scale.
    """
    c = centre[0]
    u = np.linspace(c - width / 2, c + width / 2, 101)
    x, p_u, p_x, _ = densities(kind, slope, u)
    x_all, p_u_all, p_x_all, _ = densities(kind, slope, ALL)
    (x_c,), (p_u_c,), (p_x_c,), (slope_c,) = densities(kind, slope, np.array([c]))
    span = (-REACH, REACH)

    middle = Panel(
        span,
        span,
        f"the map {MAPS[kind][0]}, s = {slope:.2f}",
        "u",
        "x = f(u)",
        equal=True,
        share=2,
    )
    curve = np.stack([u, x], axis=1)
    middle.part("noise").polygons(
        np.concatenate([curve, [[u[-1], -REACH], [u[0], -REACH]]]), BLUE, alpha=0.16
    )
    middle.part("data").polygons(
        np.concatenate([curve, [[REACH, x[-1]], [REACH, x[0]]]]), ORANGE, alpha=0.16
    )
    middle.part("noise").lines([[[c, -REACH], [c, x_c]]], BLUE, dash=(5, 4))
    middle.part("data").lines([[[c, x_c], [REACH, x_c]]], ORANGE, dash=(5, 4))
    middle.part(None).lines(np.stack([ALL, x_all], axis=1), width=2)
    middle.part("slope").lines(curve, width=5)
    tangent = np.array([[c - 3, x_c - 3 * slope_c], [c + 3, x_c + 3 * slope_c]])
    middle.part("slope", only=True).lines(tangent, color=GREEN, width=2)

    below = Panel(span, (0, TOP), "noise p(u)", "u", "p(u)", share=2, aspect=0.42)
    below.part("noise").polygons(_under(u, p_u), BLUE, alpha=0.45, edge=BLUE).lines(
        np.stack([ALL, p_u_all], axis=1), BLUE, width=2.5
    )
    below.lines([[[c, 0], [c, p_u_c]]], dash=(3, 3)).handle(
        "centre", (c, 0), axis="x", label="centre of the strip"
    )

    beside = Panel((0, TOP), span, "data p(x)", "p(x)", y_ticks=[])
    beside.part("data").polygons(_under(x, p_x)[:, ::-1], ORANGE, alpha=0.45, edge=ORANGE)
    beside.lines(np.stack([p_x_all, x_all], axis=1), ORANGE, width=2.5).lines(
        [[[0, x_c], [p_x_c, x_c]]], dash=(3, 3)
    )

    words = Panel(axes=False, title="two strips, one mass")
    area_u, area_x = areas(kind, slope, c, width)
    rows = {
        "area below": f"{area_u:.4f}",
        "area beside": f"{area_x:.4f}",
        "f′ there": f"{slope_c:.3f}",
        "p(u) there": f"{p_u_c:.3f}",
        "p(x) there": f"{p_x_c:.3f}",
    }
    for k, (name, value) in enumerate(rows.items()):
        y = 0.9 - 0.19 * k
        words.text(0.62, y, name + " =", align="right", bold=k < 2)
        words.text(0.66, y, value.replace("-", "−"), align="left", bold=k < 2)
    return Picture([[middle, beside], [below, words]], width=640, formula=FORMULA)


def say(kind, slope, centre, width):
    c = centre[0]
    ends, p_u, p_x, slopes = densities(kind, slope, np.array([c - width / 2, c, c + width / 2]))
    area_u, area_x = areas(kind, slope, c, width)
    return (
        f"From u = {c - width / 2:.2f} to {c + width / 2:.2f}: mass {area_u:.4f}. From x = "
        f"{min(ends):.2f} to {max(ends):.2f}: mass {area_x:.4f}. In the middle f′ = "
        f"{slopes[1]:.3f}, so p(x) = p(u) / |f′| = {p_u[1]:.3f} / {abs(slopes[1]):.3f} = "
        f"{p_x[1]:.3f}."
    ).replace("-", "−")


def controls(kind, slope, centre, width):
    return {
        "kind": Dropdown(options=list(MAPS), value=kind, description="map"),
        "slope": FloatSlider(slope, min=0.5, max=2, step=0.05, description="slope s"),
        "width": FloatSlider(width, min=0.1, max=2, step=0.1, description="strip width"),
        "centre": Handle(centre, 0),
    }


SHEET = [
    {"kind": "affine", "slope": 2, "centre": (0.8, 0), "width": 0.6},
    {"kind": "affine", "slope": 0.5, "centre": (0.8, 0), "width": 0.6},
    {"kind": "exponential", "slope": 1.5, "centre": (-1, 0), "width": 1},
    {"kind": "S-curve", "slope": 2, "centre": (1.2, 0), "width": 0.8},
]
ALT = (
    "Four frames. Below, the bell of the noise u with a strip in blue; above it the graph of a "
    "map, which carries the strip to the data axis; at the side the density of x with the strip in "
    "orange. A slope of 2 doubles the strip and halves its height, a slope of one half does the "
    "opposite. The exponential leans the density over, the S-curve makes it two-humped: where the "
    "map is flat the strip is narrow and tall. Both areas are equal in every frame."
)


def equal_mass(kind="S-curve", slope=1.5, centre=-0.8, width=0.6):
    """Show how a map turns the standard normal density of u into the density of x = f(u).

    Args:
        kind: one of `MAPS`.
        slope: f'(0).
        centre, width: of the strip on the u-axis.
    """
    explore(
        draw=draw,
        controls=controls(kind, slope, centre, width),
        sheet=SHEET,
        alt=ALT,
        say=say,
        title="A strip of equal mass",
        columns=2,
    )
