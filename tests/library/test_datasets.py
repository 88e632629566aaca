"""Toy densities against their own samples, and the digits' preprocessing against its Jacobian."""

import math
import sys

import numpy as np
import pytest
from autograd import elementwise_grad

from tinymaf.datasets import TOYS, digits

RNG = np.random.default_rng


@pytest.fixture(scope="module", params=TOYS)
def grid(request):
    """A toy, and its density on a fine midpoint grid over a box that holds (nearly) all of it."""
    toy = TOYS[request.param]
    # each of its points is an integral, and it is smooth
    n = 400 if toy.name == "two moons" else 1000
    box = [(-12.0, 40.0), (-12.0, 12.0)] if toy.name == "figure1" else [(-6.0, 6.0), (-6.0, 6.0)]
    steps = [(high - low) / n for low, high in box]
    axes = [low + step * (np.arange(n) + 0.5) for (low, _), step in zip(box, steps)]
    points = np.stack([a.ravel() for a in np.meshgrid(*axes, indexing="ij")], axis=1)
    log_p = np.concatenate([toy.log_prob(part) for part in np.array_split(points, 50)])
    return toy, log_p, np.prod(steps)


def test_it_integrates_to_one(grid):
    toy, log_p, cell = grid
    # sharp edges on a grid
    tolerance = 0.01 if toy.name in ("checkerboard", "spirals", "swiss roll") else 1e-4
    assert np.exp(log_p).sum() * cell == pytest.approx(1, abs=tolerance)


def test_samples_and_density_agree_on_the_entropy(grid):
    toy, log_p, cell = grid
    draws = toy.log_prob(toy.sample(RNG(0), 40_000))
    assert np.isfinite(draws).all()
    entropy = -np.sum(np.exp(log_p) * np.where(np.isfinite(log_p), log_p, 0)) * cell
    error = 4 * draws.std() / math.sqrt(len(draws)) + 0.01
    assert -draws.mean() == pytest.approx(entropy, abs=error)
    if toy.entropy is not None:
        assert entropy == pytest.approx(toy.entropy, abs=0.01)


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)
def test_samples_follow_the_density_in_every_corner(toy):
    """Counts in the quadrants of the box agree with the integral of the density over them."""
    (a, b), (c, d) = toy.box
    n = 350 if toy.name == "two moons" else 700
    axes = [low + (high - low) * (np.arange(n) + 0.5) / n for low, high in ((a, b), (c, d))]
    points = np.stack([g.ravel() for g in np.meshgrid(*axes, indexing="ij")], axis=1)
    p = np.exp(np.concatenate([toy.log_prob(part) for part in np.array_split(points, 30)]))
    p *= (b - a) * (d - c) / n**2
    x = toy.sample(RNG(1), 50_000)
    for right in (False, True):
        for up in (False, True):

            def inside(z, right=right, up=up):
                return ((z[:, 0] > (a + b) / 2) == right) & ((z[:, 1] > (c + d) / 2) == up)

            mass = p[inside(points)].sum()
            in_box = (x[:, 0] > a) & (x[:, 0] < b) & (x[:, 1] > c) & (x[:, 1] < d)
            error = 4 * math.sqrt(0.25 / 50_000) + 0.004
            assert (inside(x) & in_box).mean() == pytest.approx(mass, abs=error)


def test_figure_1_has_its_published_shape():
    toy = TOYS["figure1"]
    x = toy.sample(RNG(0), 200_000)
    assert toy.entropy == pytest.approx(3.531, abs=5e-4)
    assert x[:, 1].var() == pytest.approx(4, abs=0.05)
    assert np.var(x[:, 0] - x[:, 1] ** 2 / 4) == pytest.approx(1, abs=0.02)


def test_samples_depend_on_the_generator_alone():
    for toy in TOYS.values():
        assert np.array_equal(toy.sample(RNG(3), 7), toy.sample(RNG(3), 7))
        assert toy.sample(RNG(0), 0).shape == (0, 2)
        with pytest.raises(TypeError, match="numpy.random.Generator"):
            toy.sample(42, 7)
        with pytest.raises(ValueError, match=r"x must have shape \(N, 2\)"):
            toy.log_prob(np.ones((3, 3)))


@pytest.mark.parametrize("a", (1e-6, 0.05))
def test_digits_go_to_logits_and_back_with_their_jacobian(a):
    data = digits(a)
    parts = (data.train_pixels, data.val_pixels, data.test_pixels)
    assert [len(part) for part in parts] == [1437, 180, 180]
    together = np.concatenate([data.train_pixels, data.val_pixels, data.test_pixels])
    assert together.min() == 0 and together.max() == 16 and len(data.test_labels) == 180
    x = data.to_logits(data.test_pixels, RNG(0))
    assert np.array_equal(np.floor(data.to_pixels(x)), data.test_pixels)
    y = data.to_pixels(x[:5]) / 17
    import autograd.numpy as anp

    slopes = elementwise_grad(
        lambda y: anp.log(a + (1 - 2 * a) * y) - anp.log(1 - a - (1 - 2 * a) * y)
    )(y)
    assert np.allclose(data.log_det(x[:5]), np.log(slopes).sum(axis=1), atol=1e-6)


def test_the_split_is_fixed_and_the_noise_is_fresh():
    one, two = digits(), digits()
    assert np.array_equal(one.test_pixels, two.test_pixels)
    assert np.array_equal(one.test_labels, two.test_labels)
    rng = RNG(0)
    first, second = one.to_logits(one.val_pixels, rng), one.to_logits(one.val_pixels, rng)
    assert not np.array_equal(first, second) and np.isfinite(first).all()
    from sklearn.datasets import load_digits

    everything = load_digits().data
    split = np.concatenate([one.train_pixels, one.val_pixels, one.test_pixels])
    # none lost or twice
    assert np.array_equal(everything[np.lexsort(everything.T)], split[np.lexsort(split.T)])


def test_digits_say_what_they_need(monkeypatch):
    with pytest.raises(ValueError, match="a must lie between 0 and 0.5"):
        digits(0.7)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        digits()
