"""What a flow learns from few points: the runs are what they say, their pictures and words too."""

import importlib

import numpy as np
import pytest

pytest.importorskip("anywidget")

from kit.claims import claim  # noqa: E402
from kit.shows import shows_itself  # noqa: E402

from tinymaf import maf  # noqa: E402
from tinymaf.datasets import TOYS  # noqa: E402
from tinymaf_course import explorers  # noqa: E402

pytestmark = pytest.mark.long

over = importlib.import_module("tinymaf_course.explorers.overfitting")
MOONS, STAGES = TOYS["two moons"], (1, 10, 40, 400)


@pytest.fixture(scope="module")
def runs():
    return over.Runs(maf(2, 3, (16, 16), activation="tanh"), MOONS, (10, 300), STAGES)


def test_losses_are_those_of_the_kept_parameters(runs):
    fresh = MOONS.sample(np.random.default_rng(77), 20_000)
    for points in runs.points:
        run = runs.run(points)
        assert len(run.x) == points and tuple(run.stages) == STAGES
        for k, n in enumerate(STAGES):
            assert run.train[k] == pytest.approx(-runs.flow.log_prob(run.stages[n], run.x).mean())
        assert run.best == STAGES[int(np.argmin(run.held_out))]
        last = -runs.flow.log_prob(run.stages[STAGES[-1]], fresh)
        assert abs(last.mean() - run.held_out[-1]) < 6 * last.std() / 3000**0.5


@pytest.mark.trained
def test_few_points_are_learned_by_heart_and_many_are_not(runs):
    few, many = runs.run(10), runs.run(300)
    claim(runs.entropy - few.train[-1], 0, None, "ten points: nats below the entropy on them")
    claim(few.held_out[-1] - runs.entropy, 0.5, None, "ten points: nats above it on fresh ones")
    assert few.best < STAGES[-1]
    claim(abs(many.train[-1] - many.held_out[-1]), None, 0.3, "300 points: nats between both")


def test_the_small_sets_are_parts_of_the_large_ones(runs):
    np.testing.assert_array_equal(runs.run(10).x, runs.run(300).x[:10])


def test_a_frame_shows_the_points_the_curves_and_where_one_is(runs):
    left, loss = runs.draw(10, 40).panels
    density, points = left.layers
    assert density["vmax"] == runs.vmax and len(points["xy"]) == 10
    markers = [layer["xy"][0] for layer in loss.layers if layer["kind"] == "points"]
    low, high = loss.y
    run = runs.run(10)
    for at, losses in zip(markers, (run.train, run.held_out), strict=True):
        assert at == pytest.approx(
            [np.log10(40), np.clip(losses[STAGES.index(40)], low, high)], abs=1e-5
        )


def test_its_words(runs):
    words, run = runs.say(10, STAGES[-1]), runs.run(10)
    assert words.startswith("10 points, 400 updates") and f"after {run.best} updates" in words
    for value in (run.train[-1], run.held_out[-1], runs.entropy):
        assert f"{value:.2f}".replace("-", "−") in words


def test_it_shows_itself(runs, monkeypatch):
    three = over.Runs(runs.flow, MOONS, (10, 30, 300), STAGES)
    explorer = shows_itself(monkeypatch, lambda: explorers.overfitting(three))
    assert len(explorer.sheet) == 4 and len(explorer.canvas.says) == len(STAGES)
