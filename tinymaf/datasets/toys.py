"""Toy densities in the plane, with their exact log-density.

Each toy is a `Toy` in the dictionary `TOYS`:

>>> toy = TOYS["figure1"]
>>> x = toy.sample(np.random.default_rng(0), 5)
>>> x.shape, toy.log_prob(x).shape, round(toy.entropy, 3)
((5, 2), (5,), 3.531)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..distributions import normal_log_prob
from ..validation import as_generator, as_rows, whole_number

PIECE = 10_000  # rows at a time: two moons need 400 numbers for each


@dataclass(frozen=True)
class Toy:
    """A density in the plane: `sample(rng, n)`, exact `log_prob(x)` in nats, and `entropy` where it
    is known exactly.

    `box` is a good window to draw it in: (low, high) for both axes.
    """

    name: str
    draw: Callable
    log_density: Callable
    box: tuple = ((-4.0, 4.0), (-4.0, 4.0))
    entropy: float | None = None

    def sample(self, rng, n):
        """`n` draws, shape (n, 2)."""
        return self.draw(as_generator(rng), whole_number("n", n, 0))

    def log_prob(self, x):
        """Exact log-density of each row, shape (n,); -inf outside the support."""
        x = as_rows(x, 2, finite=True)
        pieces = [x[k : k + PIECE] for k in range(0, max(len(x), 1), PIECE)]
        with np.errstate(divide="ignore"):
            return np.concatenate([self.log_density(piece) for piece in pieces])


def _log_normal(x, mean, std):
    return normal_log_prob((x - mean) / std) - np.log(std)


def _log_mean_exp(terms, axis):
    top = terms.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    return np.log(np.mean(np.exp(terms - top), axis=axis)) + np.squeeze(top, axis)


# The MAF paper's figure 1: x2 ~ N(0, 4), x1 | x2 ~ N(x2^2 / 4, 1), 4 being the variance.


def _draw_figure1(rng, n):
    x2 = 2 * rng.standard_normal(n)
    return np.stack([x2**2 / 4 + rng.standard_normal(n), x2], axis=1)


def _log_figure1(x):
    return _log_normal(x[:, 1], 0, 2) + _log_normal(x[:, 0], x[:, 1] ** 2 / 4, 1)


# Two moons: a point on one of two half circles, plus normal noise. The density is an integral along
# the arcs, taken with 200 Gauss-Legendre nodes (spacing far below the noise: exact to rounding).

MOON_NOISE = 0.1
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)


def _moon(t, which):
    """Points at angles t on the upper (0) or lower (1) arc, centred on the origin."""
    sign = 1 - 2 * which
    return np.stack([sign * np.cos(t) - sign * 0.5, sign * np.sin(t) - sign * 0.25], axis=-1)


def _draw_moons(rng, n):
    return _moon(
        math.pi * rng.random(n), rng.integers(2, size=n)
    ) + MOON_NOISE * rng.standard_normal((n, 2))


def _log_moons(x):
    t = math.pi * (_NODES + 1) / 2
    arcs = np.concatenate([_moon(t, 0), _moon(t, 1)])
    terms = sum(_log_normal(x[:, k, None], arcs[:, k], MOON_NOISE) for k in range(2))
    return _log_mean_exp(terms + np.log(np.tile(_WEIGHTS, 2) * len(_NODES) / 2), axis=1)


# Eight Gaussians on a circle.

_CENTRES = 2.5 * np.stack(
    [np.cos(np.arange(8) * math.pi / 4), np.sin(np.arange(8) * math.pi / 4)], axis=1
)


def _draw_eight(rng, n):
    return _CENTRES[rng.integers(8, size=n)] + 0.3 * rng.standard_normal((n, 2))


def _log_eight(x):
    return _log_mean_exp(
        sum(_log_normal(x[:, k, None], _CENTRES[:, k], 0.3) for k in range(2)), axis=1
    )


# Checkerboard: uniform on the eight dark squares of a 4 x 4 board with squares of side 2.


def _draw_checkerboard(rng, n):
    row = rng.integers(4, size=n)
    column = 2 * rng.integers(2, size=n) + row % 2
    return 2 * np.stack([column, row], axis=1) - 4 + 2 * rng.random((n, 2))


def _log_checkerboard(x):
    square = np.floor((x + 4) / 2).astype(int)
    dark = (square >= 0).all(axis=1) & (square < 4).all(axis=1) & (square.sum(axis=1) % 2 == 0)
    return np.where(dark, -math.log(32), -np.inf)


# Rings and spirals are made in polar coordinates, so that the density is closed: p(x) = p(r, angle)
# / r.


def _polar(r, angle):
    return np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)


RADII, RING_NOISE = np.array([1.0, 2.0, 3.0]), 0.12


def _draw_rings(rng, n):
    r = RADII[rng.integers(len(RADII), size=n)] + RING_NOISE * rng.standard_normal(n)
    return _polar(r, 2 * math.pi * rng.random(n))


def _log_rings(x):
    r = np.hypot(*x.T)
    return _log_mean_exp(_log_normal(r[:, None], RADII, RING_NOISE), axis=1) - np.log(
        2 * math.pi * r
    )


def _spiral(arms, low, high, winding, noise):
    """`(draw, log_density)` of a spiral: the angle t is uniform, the radius t / winding plus normal
    noise.

    `low` and `high` are the radii at the two ends of an arm; `low` lies many `noise` above zero.
    """
    length = winding * (high - low)
    starts = 2 * math.pi / arms * np.arange(arms)

    def draw(rng, n):
        t = winding * low + length * rng.random(n)
        return _polar(
            t / winding + noise * rng.standard_normal(n), t + starts[rng.integers(arms, size=n)]
        )

    def log_density(x):
        r, angle = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0])
        turns = 2 * math.pi * np.arange(-2, int(winding * high / (2 * math.pi)) + 2)
        t = angle[:, None, None] - starts[:, None] + turns  # every t that ends up at this angle
        on_arm = np.where((t >= winding * low) & (t <= winding * high), -math.log(length), -np.inf)
        terms = on_arm + _log_normal(r[:, None, None], t / winding, noise)
        return _log_mean_exp(np.logaddexp.reduce(terms, axis=2), axis=1) - np.log(r)

    return draw, log_density


# Pinwheel: a Gaussian stretched along the radius, rotated to one of five arms, then by an angle
# that depends on the radius alone. A rotation by a function of the radius keeps areas, so the
# density is that of the Gaussian.

_ARMS, _TWIST = 2 * math.pi * np.arange(5) / 5, 0.9


def _turn(x, angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * x[..., 0] - s * x[..., 1], s * x[..., 0] + c * x[..., 1]], axis=-1)


def _draw_pinwheel(rng, n):
    f = rng.standard_normal((n, 2)) * [0.6, 0.16] + [1.8, 0.0]
    return _turn(f, _ARMS[rng.integers(5, size=n)] + _TWIST * np.hypot(*f.T))


def _log_pinwheel(x):
    f = _turn(x[:, None], -_ARMS - _TWIST * np.hypot(*x.T)[:, None])
    return _log_mean_exp(_log_normal(f[..., 0], 1.8, 0.6) + _log_normal(f[..., 1], 0, 0.16), axis=1)


TOYS = {
    toy.name: toy
    for toy in [
        Toy(
            "figure1",
            _draw_figure1,
            _log_figure1,
            ((-4.0, 12.0), (-7.0, 7.0)),
            math.log(2) + 1 + math.log(2 * math.pi),
        ),
        Toy("two moons", _draw_moons, _log_moons, ((-2.2, 2.2), (-1.6, 1.6))),
        Toy("eight gaussians", _draw_eight, _log_eight),
        Toy(
            "checkerboard",
            _draw_checkerboard,
            _log_checkerboard,
            ((-4.6, 4.6), (-4.6, 4.6)),
            math.log(32),
        ),
        Toy("rings", _draw_rings, _log_rings),
        Toy("spirals", *_spiral(arms=2, low=0.5, high=3.5, winding=1.8, noise=0.1)),
        Toy("swiss roll", *_spiral(arms=1, low=0.7, high=3.6, winding=3.6, noise=0.1)),
        Toy("pinwheel", _draw_pinwheel, _log_pinwheel),
    ]
}
