"""The explorers of the digits: what they draw and say is what the flow says, here with a small
untrained one.
"""

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("sklearn")

from kit.shows import shows_itself  # noqa: E402

from tinymaf import maf  # noqa: E402
from tinymaf.checks import random_params  # noqa: E402
from tinymaf.datasets import digits  # noqa: E402
from tinymaf.uses import class_marginal_log_prob, classify, one_hot  # noqa: E402
from tinymaf_course import explorers  # noqa: E402
from tinymaf_course.explorers._digits import tiles  # noqa: E402
from tinymaf_course.explorers.anomaly import Alarm, odd_pictures  # noqa: E402
from tinymaf_course.explorers.digit_classes import Drawn  # noqa: E402
from tinymaf_course.explorers.digit_path import Paths  # noqa: E402

pytestmark = pytest.mark.long

DATA = digits(a=0.05)


@pytest.fixture(scope="module")
def model():
    flow = maf(64, 2, (64,), context_dim=10)
    return flow, random_params(flow, np.random.default_rng(0), scale=0.2), DATA


def test_tiles_keep_every_picture_upright():
    pictures = np.arange(3 * 64.0).reshape(3, 64)
    sheet = tiles(pictures, 2)
    assert sheet.shape == (17, 17) and np.isnan(sheet[8]).all() and np.isnan(sheet[9:, 9:]).all()
    assert (sheet[9:, :8] == pictures[2].reshape(8, 8)).all() and (
        sheet[:8, 9:] == pictures[1].reshape(8, 8)
    ).all()


def test_draws_are_the_flow_s_and_scale_with_the_temperature(model):
    flow, params, _ = model
    drawn = Drawn(*model)
    for digit, temperature in ((3, 1.0), (8, 0.5)):
        x = drawn.samples(digit, temperature, 4)
        u = flow.to_noise(params, x, one_hot(np.full(16, digit), 10))
        np.testing.assert_allclose(
            u, temperature * np.random.default_rng(4).standard_normal((16, 64)), atol=1e-8
        )
        counts = drawn.taken_for(x)
        assert (
            counts.sum() == 16
            and counts[digit] == (classify(flow, params, x, 10).argmax(axis=1) == digit).sum()
        )
        assert f"{counts[digit]} of 16" in drawn.say(digit, temperature, 4)
    assert np.ptp(drawn.samples(3, 0.0, 1), axis=0).max() == 0


def test_both_ways_begin_and_end_at_the_same_real_digits(model):
    flow, params, _ = model
    paths = Paths(*model)
    (by_u, log_p_u), (by_pixels, log_p_pixels) = paths.ways(5, 3)
    for k in (0, -1):
        np.testing.assert_allclose(by_u[k], by_pixels[k], atol=1e-8)
        real = DATA.test_pixels[DATA.test_labels == 5] + 0.5
        assert np.abs(DATA.to_pixels(by_u[k]) - real).max(axis=1).min() < 1e-8
    assert log_p_u[10] == pytest.approx(flow.log_prob(params, by_u[10:11], one_hot([5], 10))[0])
    grey = DATA.to_pixels(by_pixels)
    np.testing.assert_allclose(grey[10], (grey[0] + grey[-1]) / 2, atol=1e-8)
    u = flow.to_noise(params, by_u, one_hot(np.full(21, 5), 10))
    np.testing.assert_allclose(u[10], (u[0] + u[-1]) / 2, atol=1e-8)
    assert f"{log_p_pixels[10]:.1f}".replace("-", "\u2212") in paths.say(5, 3, 10)


def test_the_alarm_rings_above_the_threshold_alone(model):
    flow, params, _ = model
    alarm = Alarm(*model)
    for rate in (0.05, 0.2):
        t, false, caught = alarm.shares("upside down", rate)
        assert np.mean(alarm.normal > t) <= rate and false == np.mean(alarm.test > t)
        assert caught == np.mean(alarm.odd["upside down"] > t)
        sheet = alarm.draw("upside down", rate).panels[1]
        frames = [layer for layer in sheet.layers if layer["kind"] == "lines"]
        assert len(frames) == np.sum(alarm.odd["upside down"][alarm.shown] > t)
    x = DATA.to_logits(DATA.val_pixels, np.random.default_rng(0))
    np.testing.assert_allclose(alarm.normal, -class_marginal_log_prob(flow, params, x, 10))


def test_odd_pictures_are_what_they_are_called():
    pixels, median = DATA.test_pixels, np.median(DATA.train_pixels, axis=0)
    odd = odd_pictures(pixels, median, np.random.default_rng(0))
    assert all(
        pictures.shape == pixels.shape and np.isin(pictures, range(17)).all()
        for pictures in odd.values()
    )
    assert (odd["upside down"][0].reshape(8, 8) == pixels[0].reshape(8, 8)[::-1]).all()
    assert (np.sort(odd["shuffled pixels"]) == np.sort(pixels)).all() and (
        odd["shuffled pixels"] != pixels
    ).any()
    assert (odd["blank paper"] == 0).all() and np.ptp(
        odd["the median of all digits"], axis=0
    ).max() == 0


def test_each_shows_itself(model, monkeypatch):
    for name in ("digit_classes", "digit_path", "anomaly"):
        shows_itself(monkeypatch, lambda name=name: getattr(explorers, name)(*model))


def test_a_flow_that_does_not_fit_is_refused():
    flow = maf(64, 1, (64,), context_dim=3)
    for name in ("digit_classes", "digit_path", "anomaly"):
        with pytest.raises(ValueError, match="dim 64 and context_dim 10, got 64 and 3"):
            getattr(explorers, name)(flow, flow.init(np.random.default_rng(0)), DATA)
