"""The figures whose code is not in the notebooks show what they are given."""

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

from tinymaf import iaf, maf  # noqa: E402
from tinymaf.checks import random_params  # noqa: E402
from tinymaf_course import drawings  # noqa: E402
from tinymaf_course.explorers.price import cost_of_a_gradient  # noqa: E402
from tinymaf_course.records import paper  # noqa: E402


def test_a_maf_draws_line_by_line_and_an_iaf_at_once():
    fig = drawings.pixel_by_pixel(np.full(64, 9.0))
    titles = [ax.get_title() for ax in fig.axes if ax.get_visible()]
    assert titles.count("IAF, step 1") == 1 and "MAF, step 48" in titles and len(titles) == 6


def test_clouds_keep_their_points_and_limits():
    points = np.random.default_rng(0).standard_normal((50, 2))
    fig = drawings.clouds([("a", points, None, None), ("b", 2 * points, None, [(-9, 9), (-7, 7)])])
    for ax, factor in zip(fig.axes, (1, 2)):
        np.testing.assert_allclose(ax.collections[0].get_offsets(), factor * points)
    assert fig.axes[1].get_xlim() == (-9, 9) and fig.axes[1].get_ylim() == (-7, 7)


def test_scores_of_folds_and_their_mean():
    fig = drawings.dots_of_folds(lambda colour, model: np.arange(10.0), {"made": "MADE"})
    for ax in fig.axes:
        dots, mean = ax.lines
        assert list(dots.get_xdata()) == list(range(10)) and mean.get_xdata()[0] == 4.5


def test_a_diamond_for_each_entry_that_was_printed_wrongly():
    fig = drawings.worth_of_labels(paper)
    for ax, name in zip(fig.axes, ("MNIST", "CIFAR-10")):
        diamonds = [line for line in ax.lines if line.get_marker() == "D"]
        assert len(diamonds) == len(paper.as_first_printed(f"{name} cond.")) == 2
        assert min(line.get_xdata()[0] for line in diamonds) > 700


def test_what_is_impossible_is_cut_off_and_marked():
    fig = drawings.short_of_the_truth({"as found": -23.0, "repaired": 0.3})
    (ax,) = fig.axes
    assert [bar.get_width() for bar in ax.patches] == [-0.6, 0.3]
    assert [bar.get_hatch() for bar in ax.patches] == ["///", None]
    assert [text.get_text() for text in ax.texts] == ["-23: impossible", "0.3"]


@pytest.mark.parametrize("make, calls", [(maf, 2), (iaf, 2 * 5)])
def test_the_cost_of_a_gradient_is_counted_and_leaves_the_flow_alone(make, calls):
    flow, rng = make(5, 2, hidden=(8,)), np.random.default_rng(0)
    params, rows = random_params(flow, rng, scale=0.2), rng.standard_normal((3, 5))
    before = flow.log_prob(params, rows)
    counted, work = cost_of_a_gradient(flow, params, rows)
    assert counted == calls and work == calls * (5 * 8 + 8 * 10)
    np.testing.assert_array_equal(flow.log_prob(params, rows), before)
    assert cost_of_a_gradient(flow, params, rows) == (counted, work)
