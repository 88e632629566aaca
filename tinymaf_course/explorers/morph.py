"""From MADE to a coupling: degrees merge, step by step, until two are left."""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from tinymaf import AffineAutoregressive
from tinymaf.checks import jacobians, random_params
from tinymaf.masks import dependency_matrix

from ..interactive import BLUE, OKABE, ORANGE, Panel, Picture, Scrub, explore, matrix
from ._diagram import sub

FORMULA = [
    "uᵢ = (xᵢ −",
    ("μᵢ(x₁ … )", "sees", "What μᵢ and αᵢ see: the curves, and the dots of the first matrix."),
    ") · exp(−",
    ("αᵢ(x₁ … )", "sees", "What μᵢ and αᵢ see: the curves, and the dots of the first matrix."),
    "),   log|det| =",
    (
        "−Σ αᵢ",
        "diagonal",
        "The Jacobian's diagonal alone: whatever stands below it, it is triangular.",
    ),
    ",   sampled in",
    (
        "steps",
        "steps",
        "Variables of one degree are computed together: the blocks on the diagonal.",
    ),
]


@dataclass(frozen=True)
class Stage:
    """A masked layer with some number of distinct degrees, and what follows from them."""

    layer: AffineAutoregressive
    params: list
    depends: np.ndarray  # (D, D): may mu_i, alpha_i see x_j? From the masks.
    jacobian: np.ndarray  # (D, D): du_i/dx_j at one x, by autograd
    copied: bool  # mu = alpha = 0 for the variables that see nothing

    @property
    def degrees(self):
        return self.layer.net.degrees

    @property
    def steps(self):
        """Sequential steps of u_to_x. Variables of one degree are computed together."""
        return len(set(self.degrees.tolist()))


@cache
def stages(dim):
    """`dim` stages: dim, dim - 1, ..., 2 distinct degrees, and 2 with the first half copied."""
    made = [_stage(dim, distinct) for distinct in range(dim, 1, -1)]
    return [*made, _stage(dim, 2, copied=True)]


def _stage(dim, distinct, copied=False):
    degrees = np.arange(dim) * distinct // dim + 1
    layer = AffineAutoregressive(dim, hidden=(24, 24), activation="tanh", degrees=degrees)
    params = random_params(layer, np.random.default_rng(0), scale=1.0)
    if copied:  # what sees nothing has constant mu and alpha: its two biases
        *hidden, (v, c) = params
        params = [*hidden, (v, np.where(np.tile(degrees == 1, 2), 0, c))]
    x = np.random.default_rng(1).standard_normal((1, dim))
    depends = dependency_matrix([*layer.net.masks[:-1], layer.net.masks[-1][:, :dim]])
    return Stage(
        layer, params, depends, jacobians(lambda x: layer.x_to_u(params, x)[0], x)[0], copied
    )


def draw(stage, dim):
    """The order of computation, the dependencies, the Jacobian, and what it costs."""
    now = stages(dim)[stage]
    allowed = matrix(
        now.depends.astype(float), "μᵢ, αᵢ see xⱼ (masks)", "j", "i", marks=now.depends, vmax=1.6
    )
    allowed.part("sees", only=True).lines(
        [_box(i, j) for i, j in np.argwhere(now.depends)], width=3
    )
    J = now.jacobian
    numbers = np.array([[_brief(v) for v in row] for row in J])
    slopes = matrix(
        J, "∂uᵢ/∂xⱼ (autograd)", "j", "i", marks=numbers, cmap="balance", vmin=-3, vmax=3
    )
    slopes.part("diagonal", only=True).lines([_box(i, i) for i in range(dim)], width=3)
    together = [np.flatnonzero(now.degrees == d)[[0, -1]] for d in range(1, now.steps + 1)]
    blocks = [_box(a, a, b - a + 1) for a, b in together]
    for panel in (allowed, slopes):
        panel.part("steps", only=True).lines(blocks, color=ORANGE, width=3)
    rows = [[_diagram(now)], [allowed, slopes, _price(stage, dim)]]
    return Picture(rows, width=820, formula=FORMULA)


def _box(row, column, side=1):
    """The outline of cells of a matrix."""
    return np.array([column, row]) + side * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])


def _brief(v):
    return "" if v == 0 else "~0" if abs(v) < 0.05 else f"{v:.1f}".replace("-", "−")


def _diagram(now):
    """Variables in columns of one degree, with a curve from each to those that depend on it."""
    degrees, dim = now.degrees, len(now.degrees)
    panel = Panel((0.4, now.steps + 0.6), (-1.2, dim + 0.4), axes=False, aspect=0.4)
    place = np.array([[d, dim - 0.6 - i] for i, d in enumerate(degrees)], float)
    t = np.linspace(0, 1, 20)[:, None]
    panel.part("sees")
    for j, i in np.argwhere(now.depends.T):
        a, b = place[j], place[i]
        bend = (a + b) / 2 + [0.12 * (b[0] - a[0] - 1), 0.55 * (b[0] - a[0] - 1)]
        panel.lines(
            (1 - t) ** 2 * a + 2 * t * (1 - t) * bend + t**2 * b,
            color=OKABE[j],
            width=1.6,
            alpha=0.75,
        )
    panel.part("*").points(place, color=np.arange(dim), palette="okabe", size=14, alpha=1)
    panel.points(place, color="paper", size=11, alpha=1)
    for i, (x, y) in enumerate(place):
        panel.text(x, y, sub("x", i + 1), size=13, bold=True, halo=False)
    panel.part("steps")
    for d in range(1, now.steps + 1):
        panel.text(d, -0.35, f"degree {d}", size=12)
        panel.text(d, -0.85, f"step {d}" + ", copied" * (now.copied and d == 1), size=12)
    return panel


def _price(stage, dim):
    """Dependencies kept against sequential steps, with a ring at this stage."""
    all_of_them = dim * (dim - 1) // 2
    xy = np.array([[s.steps, s.depends.sum()] for s in stages(dim)[:-1]], float)
    panel = Panel(
        (1.4, dim + 0.6),
        (0, all_of_them * 1.12),
        "the trade",
        "sequential sampling steps",
        "dependencies kept",
        x_ticks=range(2, dim + 1),
    )
    panel.lines(xy, color="muted", dash=(4, 3)).points(xy, color=BLUE, size=4.5, alpha=1)
    at = xy[min(stage, dim - 2)]
    t = np.linspace(0, 2 * np.pi, 50)[:, None]
    ring = at + np.hstack([0.05 * dim * np.cos(t), 0.055 * all_of_them * np.sin(t)])
    return panel.lines(ring, color="ink", width=2)


def say(stage, dim):
    now = stages(dim)[stage]
    text = (
        f"degrees {' '.join(map(str, now.degrees))}: {now.steps} sequential steps to sample, "
        f"{now.depends.sum()} of {dim * (dim - 1) // 2} dependencies kept"
    )
    if now.copied:
        return (
            f"RealNVP's coupling: {text}; the first half's μ and α are fixed at 0, so step 1 is a "
            "copy"
        )
    end = {dim: "; this is MADE", 2: "; nearly a coupling: the first half has constant μ and α"}
    return text + end.get(now.steps, "")


def controls(dim):
    texts = [f"{s.steps}" + ", first half copied" * s.copied for s in stages(dim)]
    return {"stage": Scrub(range(dim), "distinct degrees", texts)}


def sheet_for(dim):
    """MADE, a stage on the way, and the last two."""
    return [{"stage": k} for k in (0, max(1, dim - 4), dim - 2, dim - 1)]


def alt_for(dim):
    return (
        f"Four frames for {dim} variables: a diagram of who is computed in which step and sees "
        "whom, the dependencies as a matrix, the Jacobian of u by autograd with its numbers, and a "
        f"chart of dependencies kept against sequential steps. With {dim} degrees the diagram is a "
        f"chain of {dim} steps and both matrices are lower triangular. As degrees are merged, "
        "variables move into common columns and the triangle becomes a staircase of blocks. With "
        "two degrees one half sees nothing and the other half sees all of the first. In the last "
        "frame the first half is copied: its block of the Jacobian is the identity."
    )


def morph(dim=6):
    """Show how a MADE layer of `dim` variables (4 to 7) becomes a RealNVP coupling."""
    if dim not in range(4, 8):
        raise ValueError(f"dim must be a whole number from 4 to 7, got {dim!r}")
    explore(
        draw=partial(draw, dim=dim),
        controls=controls(dim),
        sheet=sheet_for(dim),
        alt=alt_for(dim),
        say=partial(say, dim=dim),
        title="From MADE to a coupling",
        columns=2,
    )
