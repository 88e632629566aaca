"""The explorers on IAF: what is counted is what the flows do, and the fits end where they are said
to end.
"""

import numpy as np
import pytest

pytest.importorskip("anywidget")

from kit.claims import claim  # noqa: E402
from kit.shows import shows_itself  # noqa: E402

from tinymaf import AffineAutoregressive, Chain, Flow  # noqa: E402
from tinymaf.checks import random_params  # noqa: E402
from tinymaf_course import explorers  # noqa: E402
from tinymaf_course.explorers.posterior import BOX, STAGES, TARGETS, bound, recorded, target_on_grid  # noqa: E402
from tinymaf_course.explorers.price import (  # noqa: E402
    DIMS,
    HIDDEN,
    SHOWN,
    WANTED,
    WAYS,
    computed,
    each_unit_once,
    measured,
    runners,
    say,
)

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", ["price", "posterior"])
def test_each_shows_itself_with_no_arguments(name, monkeypatch):
    shows_itself(monkeypatch, getattr(explorers, name))


@pytest.mark.parametrize("dim", DIMS)
def test_counts_are_one_or_dim_calls_and_whole_passes(dim):
    cost, dense = measured(dim), dim * HIDDEN[0] + HIDDEN[0] * HIDDEN[1] + HIDDEN[1] * 2 * dim
    for model, cheap in (("MAF", WANTED[:1]), ("IAF", WANTED[1:])):
        for wanted in WANTED:
            calls = 1 if wanted in cheap else dim
            assert cost["textbook", model, wanted] == (calls, calls * dense)
            steps, work = cost["each unit once", model, wanted]
            assert steps == calls and work <= dense


def test_each_unit_once_is_the_librarys_inverse_and_costs_the_open_connections():
    for dim in (1, 2, 5, 20):
        layer = AffineAutoregressive(dim, HIDDEN, activation="tanh")
        flow = Flow(Chain([layer]))
        params, rng = random_params(flow, np.random.default_rng(0)), np.random.default_rng(1)
        (layer,), (weights,), u = (
            flow.bijection.layers,
            params["bijection"],
            rng.standard_normal((7, dim)),
        )
        x, costs = each_unit_once(layer, weights, u)
        np.testing.assert_allclose(x, layer.u_to_x(weights, u)[0], atol=1e-12)
        assert len(costs) == dim
        if dim > 1:  # at D = 1 units are computed that no output sees
            assert sum(costs) == sum(mask.sum() for mask in layer.net.masks)


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("way", WAYS)
def test_the_race_ends_with_what_was_measured_and_its_values_undo_each_other(dim, way):
    for wanted in WANTED[:2]:
        for runner in runners(dim, way, wanted):
            assert runner.at(0) == (0, 0, 0)
            steps, work = measured(dim)[way, runner.name, wanted]
            done, known, paid = runner.at(99)
            assert (done, known) == (steps, dim)
            # their connections are the same, their order of computation is not
            assert paid == pytest.approx(work, rel=1e-12)
            assert (np.diff(runner.work) >= 0).all() and runner.steps in (1, dim)
    at_once, in_turn, _ = computed(dim)
    assert at_once.shape == in_turn.shape == (SHOWN, dim)
    assert not np.allclose(at_once, in_turn), "two directions, two results"


def test_the_winner_changes_with_what_is_wanted():
    assert "IAF: done after 1 step, " in say(1, 8, "textbook", WANTED[1])
    assert "MAF: done after 1 step, " in say(1, 8, "textbook", WANTED[0])
    assert "MAF: 1 of 8 after 1 step, " in say(1, 8, "each unit once", WANTED[1])


def test_the_targets_on_the_grid_are_what_the_figure_says():
    assert target_on_grid("two peaks")[1] == pytest.approx(0, abs=1e-5)
    p, log_z = target_on_grid("banana")
    side = [(high - low) / len(p) for low, high in BOX]
    assert p.sum() * side[0] * side[1] == pytest.approx(
        np.exp(log_z), rel=0.02
    )  # the window holds nearly all


@pytest.mark.trained
def test_the_bound_rises_to_log_z_or_ends_one_peak_below():
    for name, short in (("banana", 0.0), ("two peaks", np.log(2))):
        flow, stages, losses = recorded(name)
        assert tuple(stages) == STAGES and len(losses) == STAGES[-1]
        log_z = target_on_grid(name)[1]
        claim(log_z - bound(name, 0), 0.7, None, f"{name}: untrained, nats below log Z")
        claim(
            log_z - short - bound(name, STAGES[-1]),
            -0.05,
            0.1,
            f"{name}: trained, nats below what is reached",
        )
        x = flow.sample(stages[STAGES[-1]], np.random.default_rng(0), 1000)
        assert np.isfinite(TARGETS[name](x)).all()
        if name == "two peaks":
            claim(
                (x.sum(axis=1) > 3).mean(),
                None,
                0.01,
                "share of samples at the peak that it missed",
            )
