"""The film strip of a stack: the numbers in it, what its frames hold, its words."""

import importlib

import numpy as np
import pytest

pytest.importorskip("anywidget")

from kit.shows import shows_itself  # noqa: E402

from tinymaf import maf  # noqa: E402
from tinymaf.checks import random_params  # noqa: E402
from tinymaf.datasets import TOYS  # noqa: E402
from tinymaf_course import explorers  # noqa: E402

pytestmark = pytest.mark.long

strip = importlib.import_module("tinymaf_course.explorers.film_strip")
MOONS = TOYS["two moons"]


def models(depths=(1, 3)):
    found = {}
    for k, name in enumerate(("reversed", "random")):
        for depth in depths:
            orders = (
                strip.orders_of(name, depth) if depth < 3 else ["natural", "reversed", "natural"]
            )
            flow = maf(2, depth, (8,), orders=orders, activation="tanh")
            found[name, depth] = flow, random_params(flow, np.random.default_rng(k))
    return found


def test_pit_is_the_normal_distribution_function():
    h = np.random.default_rng(0).standard_normal((40_000, 2))
    assert np.abs(np.histogram(strip.pit(h), 10, (0, 1))[0] / h.size - 0.1).max() < 0.005
    np.testing.assert_allclose(strip.pit(np.array([-40.0, 0, 40])), [0, 0.5, 1], atol=1e-12)


def test_the_nats_of_each_cloud_are_its_divergence_from_noise():
    flow, params = models()["reversed", 3]
    x = MOONS.sample(np.random.default_rng(3), 4000)
    seen = strip.Strip(flow, params, x, MOONS.log_prob(x))
    assert len(seen.steps) == len(seen.nats) == 4
    np.testing.assert_array_equal(seen.steps[0], x)
    np.testing.assert_allclose(seen.steps[-1], flow.to_noise(params, x))
    normal = np.sum(-0.5 * x**2 - 0.5 * np.log(2 * np.pi), axis=1)
    assert seen.nats[0] == pytest.approx(np.mean(MOONS.log_prob(x) - normal))
    assert seen.nats[-1] == pytest.approx(np.mean(MOONS.log_prob(x) - flow.log_prob(params, x)))
    only_one = maf(2, 1, (8,), activation="tanh")  # its first layer alone, as a flow
    alone = {"bijection": params["bijection"][:1], "base": ()}
    assert seen.nats[1] == pytest.approx(np.mean(MOONS.log_prob(x) - only_one.log_prob(alone, x)))


def test_frames_hold_a_cloud_and_two_histograms_for_each_step():
    show = strip.Strips(models(), MOONS)
    top, bottom = show.draw(1, "random").rows
    for panels in (top, bottom):
        assert [bool(panel.layers) for panel in panels] == [True, True, False]
    one, its, two, others = show.draw(3, "random").rows
    made = show.strip("random", 3)
    assert (
        [bool(panel.layers) for panel in two]
        == [bool(panel.layers) for panel in others]
        == [True, False, False]
    )
    assert [panel.title.split(":")[0] for panel in [*one, two[0]]] == [
        "data",
        "layer 1",
        "layer 2",
        "noise",
    ]
    assert [float(panel.title.split(": ")[1]) for panel in [*one, two[0]]] == [
        round(n, 2) for n in made.nats
    ]
    for k, panel in enumerate([*its, others[0]]):
        bars = panel.layers[0]
        inside = np.histogram(strip.pit(made.steps[k][:, 0]), strip.BINS, (0, 1))[0] / len(
            made.steps[k]
        )
        np.testing.assert_allclose(bars["height"], np.minimum(inside * strip.BINS, 3.85), rtol=1e-5)


def test_orders_and_words():
    assert strip.orders_of("same", 3) == ["natural"] * 3
    assert strip.orders_of("random", 3)[1:] == [
        "natural",
        "natural",
    ]  # a coin flip that turns nothing round
    words = strip.Strips(models(), MOONS).say(3, "reversed")
    assert (
        "3 layers, reversed (x₁ x₂, x₂ x₁, x₁ x₂)" in words
        and words.count(".") > 4
        and "nan" not in words
    )


def test_it_shows_itself(monkeypatch):
    alt = "Three strips of random stacks, for a test of forty letters."
    explorer = shows_itself(
        monkeypatch, lambda: explorers.film_strip(models(), alt=alt), least_words=40
    )
    assert [tuple(values.values()) for values in explorer.sheet] == [
        (1, "reversed"),
        (3, "reversed"),
        (3, "random"),
    ]
