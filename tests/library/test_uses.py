"""Classification by Bayes' rule and anomaly scores, against Gaussians whose posterior is known."""

import numpy as np
import pytest
from kit.claims import claim

from tinymaf import MADE, Gaussian, StandardNormal, fit, maf
from tinymaf.checks import random_params
from tinymaf.uses import (
    anomaly_score,
    anomaly_threshold,
    class_marginal_log_prob,
    classify,
    one_hot,
)

MEANS = np.array([[0.0, 0.0], [2.0, 1.0], [-1.0, 3.0]])
LOG_STDS = np.array([[0.0, 0.0], [0.3, -0.5], [-0.2, 0.4]])
PRIOR = np.array([0.5, 0.2, 0.3])


def gaussians():
    """p(x | y) = N(MEANS[y], diag exp(LOG_STDS[y])^2): a conditional MADE without hidden layers,
    weights by hand.
    """
    made = MADE(2, hidden=(), context_dim=3, conditional=Gaussian(alpha_bound=None))
    w = np.zeros((5, 4))  # rows: x, one-hot; columns: mu of both variables, alpha
    w[2:, :2], w[2:, 2:] = MEANS, LOG_STDS
    return made, [(w, np.zeros(4))]


def exact_joint(x, prior):
    z = (x[:, None] - MEANS) / np.exp(LOG_STDS)
    return -0.5 * (z**2).sum(axis=2) - np.log(2 * np.pi) - LOG_STDS.sum(axis=1) + np.log(prior)


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(0, 3, (200, 2))


# one_hot


def test_one_hot():
    np.testing.assert_array_equal(one_hot([0, 2, 1], 3), np.eye(3)[[0, 2, 1]])
    assert one_hot(np.array([1], np.uint8), 2, np.float32).dtype == np.float32
    assert one_hot(np.zeros(0, int), 4).shape == (0, 4)


@pytest.mark.parametrize(
    "labels, n_classes, error, message",
    [
        ([0, 3], 3, ValueError, r"labels must lie in 0..2, got 3 in row 1"),
        ([-1, 0], 3, ValueError, r"labels must lie in 0..2, got -1 in row 0"),
        ([0.0, 1.0], 3, TypeError, "labels must hold whole numbers, got dtype float64"),
        ([True, False], 2, TypeError, "labels must hold whole numbers, got dtype bool"),
        (["a"], 2, TypeError, "labels must hold whole numbers"),
        ([[0], [1]], 3, ValueError, r"labels must have shape \(N,\), got \(2, 1\)"),
        ([0], 0, ValueError, "n_classes must be a whole number of at least 1, got 0"),
    ],
)
def test_one_hot_names_the_mistake(labels, n_classes, error, message):
    with pytest.raises(error, match=message) as raised:
        one_hot(labels, n_classes)
    assert "\n" not in str(raised.value)


# classify


@pytest.mark.parametrize("prior", [None, PRIOR])
def test_posterior_and_marginal_are_those_of_bayes_rule(x, prior):
    density, params = gaussians()
    joint = exact_joint(x, np.full(3, 1 / 3) if prior is None else prior)
    marginal = np.log(np.exp(joint).sum(axis=1))
    log_prior = None if prior is None else np.log(prior)
    np.testing.assert_allclose(
        class_marginal_log_prob(density, params, x, 3, log_prior), marginal, atol=1e-12
    )
    np.testing.assert_allclose(
        classify(density, params, x, 3, log_prior), joint - marginal[:, None], atol=1e-12
    )


def test_posterior_sums_to_one_for_any_parameters(x):
    density = maf(2, n_layers=2, hidden=(16,), context_dim=4)
    params = random_params(density, np.random.default_rng(1))
    posterior = classify(density, params, x, 4, np.log([0.7, 0.1, 0.1, 0.1]))
    assert posterior.shape == (200, 4)
    np.testing.assert_allclose(np.exp(posterior).sum(axis=1), 1, atol=1e-12)


def test_the_posterior_stays_exact_where_densities_underflow():
    density, params = gaussians()
    x = np.array([[200.0, -150.0], [1e4, 1e4]])  # densities of e^-31250 and less
    joint = exact_joint(x, PRIOR)
    expected = joint - joint.max(axis=1, keepdims=True)
    expected = expected - np.log(np.exp(expected).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(classify(density, params, x, 3, np.log(PRIOR)), expected, rtol=1e-10)


def test_the_log_odds_move_by_the_change_of_the_prior(x):
    density, params = gaussians()
    flat, skewed = classify(density, params, x, 3), classify(density, params, x, 3, np.log(PRIOR))
    odds = (skewed[:, 0] - skewed[:, 1]) - (flat[:, 0] - flat[:, 1])
    np.testing.assert_allclose(odds, np.log(0.5 / 0.2), atol=1e-9)


def test_equal_densities_leave_the_prior():
    density = maf(2, n_layers=1, hidden=(4,), context_dim=3)
    params = density.init(np.random.default_rng(0))  # the identity, whatever the class
    posterior = classify(density, params, np.ones((5, 2)), 3, np.log(PRIOR))
    np.testing.assert_allclose(posterior, np.tile(np.log(PRIOR), (5, 1)), atol=1e-12)


def test_a_class_that_is_ruled_out_gets_probability_zero(x):
    density, params = gaussians()
    with np.errstate(divide="ignore"):
        posterior = classify(density, params, x, 3, np.log([0.5, 0.0, 0.5]))
    assert (posterior[:, 1] == -np.inf).all()
    np.testing.assert_allclose(np.exp(posterior).sum(axis=1), 1, atol=1e-12)


def test_the_marginal_integrates_to_one():
    density, params = gaussians()
    t = np.linspace(-14, 14, 300)
    grid = np.stack([a.ravel() for a in np.meshgrid(t, t)], axis=1)
    total = (
        np.exp(class_marginal_log_prob(density, params, grid, 3, np.log(PRIOR))).sum()
        * (t[1] - t[0]) ** 2
    )
    assert abs(total - 1) < 1e-6


@pytest.mark.trained
def test_a_class_conditional_maf_tells_clusters_apart():
    rng = np.random.default_rng(0)
    centres = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 4.0]])

    def draw(n):
        labels = rng.integers(3, size=n)
        return centres[labels] + 0.7 * rng.standard_normal((n, 2)), labels

    x, labels = draw(600)
    density = maf(2, n_layers=2, hidden=(16,), context_dim=3)
    params = fit(density, x, one_hot(labels, 3), rng=rng, epochs=40, lr=5e-3).params
    x, labels = draw(1000)
    claim(
        (classify(density, params, x, 3).argmax(axis=1) == labels).mean(),
        0.95,
        None,
        "named rightly, share",
    )


def test_float32_stays_float32():
    density = maf(2, n_layers=1, hidden=(4,), context_dim=3)
    params = density.init(np.random.default_rng(0), dtype=np.float32)
    posterior = classify(density, params, np.ones((2, 2), np.float32), 3)
    np.testing.assert_allclose(posterior, -np.log(3), rtol=1e-6)
    assert posterior.dtype == np.float32


@pytest.mark.parametrize(
    "n_classes, log_prior, message",
    [
        (
            2,
            None,
            "density must have one context number for each of the 2 classes, got context_dim=3",
        ),
        (0, None, "n_classes must be a whole number of at least 1, got 0"),
        (3.0, None, "n_classes must be a whole number"),
        (3, [0.5, 0.2, 0.3], r"exp\(log_prior\) must sum to 1, got 4.21998"),
        (3, [0.0, 0.0, 0.0], r"exp\(log_prior\) must sum to 1, got 3"),
        (3, [np.nan, 0.0, 0.0], r"exp\(log_prior\) must sum to 1, got nan"),
        (3, [1e4, 0.0, 0.0], r"exp\(log_prior\) must sum to 1, got inf"),
        (3, np.log([0.5, 0.5]), r"log_prior must have shape \(3,\), got \(2,\)"),
    ],
)
def test_classify_names_the_mistake(x, n_classes, log_prior, message):
    density, params = gaussians()
    for use in (classify, class_marginal_log_prob):
        with pytest.raises(ValueError, match=message) as raised:
            use(density, params, x, n_classes, log_prior)
        assert "\n" not in str(raised.value)


def test_classify_needs_a_conditional_density(x):
    with pytest.raises(ValueError, match="got context_dim=0"):
        classify(StandardNormal(2), (), x, 3)
    with pytest.raises(ValueError, match="got context_dim=None"):
        classify("density", (), x, 3)


def test_a_row_that_no_class_can_have_made_has_no_posterior():
    density, params = gaussians()
    x = np.array([[0.0, 0.0], [1e200, 0.0]])  # its square overflows: log p = -inf in every class
    with (
        np.errstate(over="ignore"),
        pytest.raises(ValueError, match="1 rows of x a finite log-density, first row 1"),
    ):
        classify(density, params, x, 3)


def test_wrong_data_is_refused_by_the_density():
    density, params = gaussians()
    with pytest.raises(ValueError, match="not finite"):
        classify(density, params, np.array([[np.nan, 0.0]]), 3)
    with pytest.raises(ValueError, match=r"x must have shape \(N, 2\)"):
        anomaly_score(density, params, np.zeros((2, 3)), one_hot([0, 1], 3))


# anomalies


def test_the_score_is_minus_the_log_density(x):
    density, params = gaussians()
    np.testing.assert_array_equal(
        anomaly_score(density, params, x, one_hot([1], 3)),
        -density.log_prob(params, x, one_hot([1] * 200, 3)),
    )
    scores = anomaly_score(StandardNormal(2), (), np.array([[0.0, 0], [5, 5], [1, 1]]))
    assert np.argmax(scores) == 1


def alarms(scores, threshold):
    return np.mean(np.asarray(scores) > threshold)


@pytest.mark.parametrize("seed", range(20))
def test_the_threshold_is_the_smallest_that_keeps_the_rate(seed):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, rng.integers(1, 40)).astype(float)  # many ties
    rate = rng.uniform(0.001, 0.999)
    t = anomaly_threshold(scores, rate)
    assert alarms(scores, t) <= rate
    assert t in scores
    if t > scores.min():
        assert alarms(scores, np.nextafter(t, -np.inf)) > rate
    else:
        assert alarms(scores, t - 1) == 1 > rate


@pytest.mark.parametrize(
    "n, k", [(100, 29), (100, 7), (30, 3), (1000, 1), (3, 1), (49, 1), (10, 9)]
)
def test_a_rate_of_k_in_n_allows_exactly_k_alarms(n, k):
    # no ties; 0.29 * 100 is 28.999999999999996
    scores = np.random.default_rng(0).permutation(n) + 0.5
    assert alarms(scores, anomaly_threshold(scores, k / n)) == k / n


def test_a_rate_just_below_k_in_n_allows_one_alarm_less():
    for n in range(2, 60):  # rounding may make rate * n a whole number
        for k in range(1, n):
            below = anomaly_threshold(np.arange(n), np.nextafter(k / n, 0))
            assert alarms(np.arange(n), below) == (k - 1) / n


def test_ties_at_the_threshold_raise_no_alarm():
    scores = [0.0] * 6 + [1.0] * 4
    assert anomaly_threshold(scores, 0.39) == 1.0  # 0 would raise 40 %
    assert anomaly_threshold(scores, 0.40) == 0.0
    assert anomaly_threshold([2.0] * 5, 0.5) == 2.0


def test_few_scores_leave_their_maximum():
    assert anomaly_threshold([3.0, 1.0, 2.0], 0.05) == 3.0
    assert anomaly_threshold([7.0], 0.99) == 7.0


def test_the_rate_is_kept_on_fresh_data():
    rng, n, rate = np.random.default_rng(0), 20_000, 0.05
    old, fresh = (
        anomaly_score(StandardNormal(3), (), rng.standard_normal((n, 3))) for _ in range(2)
    )
    # of the threshold, and of the fresh count
    deviation = np.sqrt(rate * (1 - rate) * (1 / n + 1 / n))
    assert abs(alarms(fresh, anomaly_threshold(old, rate)) - rate) < 4 * deviation


def test_the_mean_rate_on_fresh_data_after_small_samples():
    rng, n, k, trials = np.random.default_rng(1), 20, 2, 4000
    # uniform scores: exact rates
    rates = [1 - anomaly_threshold(rng.random(n), k / n) for _ in range(trials)]
    mean = (k + 1) / (n + 1)
    assert abs(np.mean(rates) - mean) < 4 * np.sqrt(mean * (1 - mean) / (n + 2) / trials)


def test_outliers_are_found():
    rng = np.random.default_rng(0)
    density = maf(2, n_layers=1, hidden=(8,))
    params = density.init(rng)
    threshold = anomaly_threshold(
        anomaly_score(density, params, rng.standard_normal((1000, 2))), 0.01
    )
    assert (anomaly_score(density, params, rng.normal(8, 1, (100, 2))) > threshold).all()


@pytest.mark.parametrize(
    "scores, rate, message",
    [
        ([1.0, 2.0], 0.0, "false_alarm_rate must lie between 0 and 1, both excluded, got 0.0"),
        ([1.0, 2.0], 1.0, "false_alarm_rate must lie between 0 and 1, both excluded, got 1.0"),
        ([1.0, 2.0], np.nan, "false_alarm_rate must lie between 0 and 1, both excluded, got nan"),
        (
            [1.0, np.nan, np.inf],
            0.1,
            "normal_scores holds 2 values that are not finite, first in row 1",
        ),
        ([], 0.1, r"normal_scores must have shape \(N,\) with N of at least 1, got \(0,\)"),
        ([[1.0]], 0.1, r"normal_scores must have shape \(N,\) with N of at least 1, got \(1, 1\)"),
    ],
)
def test_anomaly_threshold_names_the_mistake(scores, rate, message):
    with pytest.raises(ValueError, match=message) as raised:
        anomaly_threshold(scores, rate)
    assert "\n" not in str(raised.value)
