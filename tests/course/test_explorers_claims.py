"""What explorers say of models that they train themselves, where none of their other tests does."""

import importlib

import numpy as np
import pytest

pytest.importorskip("anywidget")

from kit.claims import claim  # noqa: E402

from tinymaf.datasets import TOYS  # noqa: E402

pytestmark = [pytest.mark.long, pytest.mark.trained]


def module(name):
    return importlib.import_module(f"tinymaf_course.explorers.{name}")


def test_overfitting_needles_strands_and_clean_moons():
    """The loss on twenty points far below that of the truth, on fresh ones off the chart; with a
    hundred points the curves apart; with four thousand together, close to the truth.
    """
    runs = module("overfitting").moons()
    few, hundred, many = (runs.run(points) for points in (20, 100, 4000))
    claim(few.train[-1] - runs.entropy, None, -1, "20 points: loss on them, above the truth's")
    claim(few.held_out[-1] - runs.entropy, 3.2, None, "20 points: on fresh ones, above the truth's")
    apart = hundred.held_out[-1] - hundred.train[-1]
    claim(apart, 1, None, "100 points: nats between the curves")
    claim(many.held_out[-1] - many.train[-1], -0.2, 0.2, "4,000 points: nats between the curves")
    claim(many.held_out[-1] - runs.entropy, None, 0.3, "4,000 points: above the truth's loss")


def test_the_film_strips_two_humps_are_left_in_one_order_and_gone_in_two():
    """By the nats that are left, and by how far the strip of the second variable is from flat."""
    strip = module("film_strip")
    strips = strip.Strips(strip.trained(anew=True), TOYS["two moons"])

    def bumps(name, depth):
        u = strips.strip(name, depth).steps[-1]
        return np.ptp(np.histogram(strip.pit(u[:, 1]), 8, (0, 1))[0]) * 8 / len(u)

    for depth in (1, 5):
        left = strips.strip("same", depth).nats[-1]
        claim(left, 0.4, 0.6, f"same order, {depth} layers: nats left")
        claim(bumps("same", depth), 0.55, None, f"same order, {depth} layers: bumps of the strip")
    claim(strips.strip("reversed", 5).nats[-1], None, 0.2, "reversed orders, 5 layers: nats left")
    claim(bumps("reversed", 5), None, 0.55, "reversed orders, 5 layers: bumps of the strip")
    claim(strips.strip("random", 5).nats[-1], None, 0.3, "random orders, 5 layers: nats left")


def test_the_recorded_moons_are_learned():
    """What the training film ends with and what the density explorer shows."""
    flow, stages, history = module("_flows").recorded_moons()
    moons = TOYS["two moons"]
    x = moons.sample(np.random.default_rng(9), 4000)
    truth, first, last = (
        -log_p.mean()
        for log_p in (moons.log_prob(x), *(flow.log_prob(stages[k], x) for k in (0, max(stages))))
    )
    claim(last - truth, None, 0.3, "nats short of the truth at the end")
    claim(first - truth, 1, None, "nats short of the truth at the start")
