"""Does u_i bend in its own x_i? The second derivative that shows whether a conditional can be
anything but Gaussian."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right, wrong

OPTIONAL = False
HINTS = (
    "The second difference of one function of one number t is (g(t + h) - 2 g(t) + g(t - h)) / "
    "h^2.",
    "For variable i: move column i of x alone by h, up and down, and read column i of f alone.",
    "`step = h * np.eye(D)[i]`, and then `((f(x + step) - 2 * f(x) + f(x - step)) / h ** 2)[:, "
    "i]` is column i.",
)


def own_curvature(f, x, h):
    """The second derivative of each u_i by its own x_i, by differences.

    f maps x (N, D) to u (N, D), row by row. h is a small step. Return an array (N, D): entry
    [n, i] is
        (u_i(x_i + h) - 2 u_i(x_i) + u_i(x_i - h)) / h^2
    at row n, all other variables held still.
    """
    curvature = np.zeros(x.shape)
    for i in range(x.shape[1]):
        step = h * np.eye(x.shape[1])[i]
        second = (f(x + step) - 2 * f(x) + f(x - step)) / h**2
        curvature[:, i] = second[:, i]
    return curvature


def _wave(x):
    """u_i = sin(x_i) (1 + x_{i-1}^2) + exp(x_{i-1} / 2), x_0 = 0: bent in its own variable and in
    others."""
    before = np.concatenate([np.zeros((len(x), 1)), x[:, :-1]], axis=1)
    return np.sin(x) * (1 + before**2) + np.exp(before / 2)


def _wave_bends(x):
    before = np.concatenate([np.zeros((len(x), 1)), x[:, :-1]], axis=1)
    return -np.sin(x) * (1 + before**2)


def _layer(x):
    """u_i = (x_i - 3 s^2) exp(-s), s the sum of the variables before x_i: a MAF layer, straight in
    its own variable."""
    before = np.cumsum(x, axis=1) - x
    return (x - 3 * before**2) * np.exp(-before)


def _layer_bends(x):
    return np.zeros_like(x)


def _cubes(x):
    return x**3 + x[:, ::-1] ** 2


def _cubes_bend(x):
    n = x.shape[1]
    return 6 * x + np.array([2.0 if 2 * i == n - 1 else 0.0 for i in range(n)])


_TRUTH = {_wave: _wave_bends, _layer: _layer_bends, _cubes: _cubes_bend}


def cases():
    rng = np.random.default_rng(62)
    shapes = (
        (_wave, 2, 1e-3),
        (_layer, 3, 1e-2),
        (_cubes, 3, 1e-2),
        (_wave, 4, 5e-3),
        (_cubes, 1, 1e-3),
    )
    return [(f, rng.uniform(-1.5, 1.5, (6, dim)), h) for f, dim, h in shapes]


def judge(answer, f, x, h):
    tested = f"f = {f.__name__.strip('_')}, D = {x.shape[1]}, h = {h:g}"
    got = answer(f, x.copy(), h)
    exact = _TRUTH[f](x)
    what = "Return an array of the shape of x: one second derivative for each row and variable."
    if said := phrases.shape(got, x.shape, what, tested, "Column i of f, column i of x."):
        return said
    off = np.abs(np.asarray(got) - exact)
    if not off.max() < 1e-2:
        n, i = np.unravel_index(np.argmax(np.where(np.isfinite(off), off, np.inf)), off.shape)
        return Complaint(
            "Entry [n, i] must be d^2 u_i / dx_i^2 at row n.",
            tested,
            got=f"at x = {brief(x[n])}, i = {i}: {got[n, i]:.4f}, by calculus {exact[n, i]:.4f}",
            look="Which columns of x have you moved? Which column of f did you read?",
        )
    return None


WRONG_EDITS = [
    edit(
        "not_divided",
        "That is the second difference, not yet divided by h^2: it gets small with h whatever the "
        "function is, so everything would look straight.",
        ("f(x - step)) / h**2", "f(x - step))"),
    ),
    edit(
        "divided_by_h",
        "Divide by h^2, not by h: two differences were taken.",
        ("/ h**2", "/ h"),
    ),
    edit(
        "slope",
        "That is the first derivative, the slope. A straight line has a slope too. Bending is the "
        "second derivative.",
        ("(f(x + step) - 2 * f(x) + f(x - step)) / h**2", "(f(x + step) - f(x - step)) / (2 * h)"),
    ),
    edit(
        "all_columns",
        "You moved x_i and added up the bending of all columns of f. Read column i alone: later "
        "variables do bend in x_i, in every MAF layer, and that is no news.",
        ("second[:, i]", "np.sum(second, axis=1)"),
    ),
    edit(
        "middle_once",
        "The middle point counts twice: u(x + h) - 2 u(x) + u(x - h). With once, a straight line "
        "does not give 0.",
        ("2 * f(x)", "f(x)"),
    ),
    edit(
        "moved_a_row",
        "You moved row i of x instead of column i: the step has landed in the wrong axis. x[n] is "
        "a point, x[:, i] a variable.",
        ("np.eye(x.shape[1])[i]", "np.eye(len(x))[i][:, None]"),
    ),
]


@wrong(
    "You moved all variables at once. Then u_i bends because the others move: you would believe "
    "that a stack of layers in one order bends its conditionals, and that stacking alone buys "
    "power. Move column i alone.",
    misconception="stacking-adds-power",
)
def all_at_once(f, x, h):
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


@right
def columns_in_a_list(f, x, h):
    columns = []
    for i in range(x.shape[1]):
        up, down = x.copy(), x.copy()
        up[:, i] += h
        down[:, i] -= h
        columns.append((f(up)[:, i] - 2 * f(x)[:, i] + f(down)[:, i]) / h**2)
    return np.stack(columns, axis=1)


@right
def slopes_of_both_sides(f, x, h):
    middle, out = f(x), np.empty(x.shape)
    for i, step in enumerate(h * np.eye(x.shape[1])):
        right = (f(x + step) - middle) / h
        left = (middle - f(x - step)) / h
        out[:, i] = ((right - left) / h)[:, i]
    return out


@right
def all_points_together(f, x, h):
    n, dim = x.shape
    steps = h * np.concatenate([np.eye(dim), -np.eye(dim)])
    points = f((x + steps[:, None]).reshape(-1, dim)).reshape(2, dim, n, dim)
    return np.einsum("sini->ni", points) / h**2 - 2 * f(x) / h**2
