"""Conditionals against plain definitions, MADE and its ensembles against sums over everything."""

import itertools
import math

import autograd.numpy as np
import pytest
from autograd import elementwise_grad
from kit.claims import claim

from tinymaf import (
    MADE,
    AffineAutoregressive,
    Bernoulli,
    Flow,
    Gaussian,
    MixtureOfGaussians,
    OrderEnsemble,
    fit,
)
from tinymaf.checks import check_autoregressive, check_normalised, random_params

CONDITIONALS = {
    "gaussian": Gaussian(),
    "unbounded": Gaussian(None),
    "mixture": MixtureOfGaussians(4),
}


def all_vectors(dim):
    return np.array(list(itertools.product((0.0, 1.0), repeat=dim)))


def theta_for(conditional, rng, n, dim):
    return rng.standard_normal((n, conditional.n_params, dim))


@pytest.mark.parametrize("name", CONDITIONALS)
def test_a_conditional_integrates_to_one_and_samples_from_itself(name):
    conditional, rng = CONDITIONALS[name], np.random.default_rng(0)
    theta = theta_for(conditional, rng, 1, 3)
    x = np.linspace(-60, 60, 120_001)[:, None] * np.ones(3)
    p = np.exp(conditional.log_prob(theta, x))
    assert np.allclose(p.sum(axis=0) * 1e-3, 1, atol=1e-9)
    draws = conditional.sample(np.repeat(theta, 40_000, axis=0), rng)
    cdf = np.cumsum(p, axis=0) * 1e-3
    for i in range(3):  # Kolmogorov-Smirnov distance: 1.95 / sqrt(n) is exceeded once in a thousand
        pit = np.sort(np.interp(draws[:, i], x[:, i], cdf[:, i]))
        assert np.abs(pit - np.arange(1, 40_001) / 40_000).max() < 1.95 / math.sqrt(40_000)


def test_the_mixture_is_what_it_says():
    rng = np.random.default_rng(1)
    mixture = MixtureOfGaussians(3, alpha_bound=None)
    theta, x = rng.standard_normal((2, 9, 4)), rng.standard_normal((2, 4))
    logits, mu, alpha = theta.reshape(2, 3, 3, 4).transpose(1, 0, 2, 3)
    weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    normal = (
        np.exp(-0.5 * ((x[:, None] - mu) / np.exp(alpha)) ** 2)
        / np.exp(alpha)
        / math.sqrt(2 * math.pi)
    )
    assert np.allclose(
        mixture.log_prob(theta, x), np.log((weights * normal).sum(axis=1)), atol=1e-12
    )


@pytest.mark.parametrize("alpha", (-30.0, 30.0))
def test_the_mixture_is_stable_at_extreme_scales(alpha):
    mixture = MixtureOfGaussians(2, alpha_bound=None)
    theta = np.array([0.0, -800.0, 0.0, 5.0, alpha, alpha]).reshape(1, 6, 1)
    # one standard deviation from the component that has all the weight
    x = np.array([[math.exp(alpha)]])
    expected = -0.5 * math.log(2 * math.pi) - alpha - 0.5
    assert mixture.log_prob(theta, x)[0, 0] == pytest.approx(expected, abs=1e-9)
    gradient = elementwise_grad(lambda t: mixture.log_prob(t, x))(theta)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("theta", (-1000.0, -3.0, 0.0, 3.0, 1000.0))
def test_bernoulli_is_exact_for_any_logit(theta):
    t = np.array([[[theta]]])
    log_p1, log_p0 = (Bernoulli().log_prob(t, np.array([[v]]))[0, 0] for v in (1.0, 0.0))
    assert log_p1 - log_p0 == pytest.approx(theta, rel=1e-12)
    assert np.exp(log_p1) + np.exp(log_p0) == pytest.approx(1, abs=1e-14)


def test_bernoulli_wants_zeros_and_ones():
    made = MADE(3, conditional=Bernoulli())
    params = made.init(np.random.default_rng(0))
    with pytest.raises(ValueError, match="x must hold zeros and ones"):
        made.log_prob(params, np.full((2, 3), 0.5))


@pytest.mark.parametrize(
    "dim, context_dim, order", [(1, 0, "natural"), (4, 2, [2, 0, 3, 1]), (10, 0, "reversed")]
)
def test_probabilities_of_all_vectors_sum_to_one(dim, context_dim, order):
    rng = np.random.default_rng(dim)
    x = all_vectors(dim)
    for model in (
        MADE(dim, (40, 30), order=order, conditional=Bernoulli(), context_dim=context_dim),
        OrderEnsemble(dim, 5, (40,), conditional=Bernoulli(), context_dim=context_dim),
    ):
        params = random_params(model, rng, 1.0)
        for _ in range(3):
            context = rng.standard_normal(context_dim) if context_dim else None
            assert np.exp(model.log_prob(params, x, context)).sum() == pytest.approx(1, abs=1e-12)


def test_averaged_logits_or_log_densities_are_no_likelihood():
    """The mistake that OrderEnsemble does not make, measured: the sums over all vectors are clearly
    not 1.
    """
    ensemble = OrderEnsemble(6, 5, (30,), conditional=Bernoulli())
    params, x = random_params(ensemble, np.random.default_rng(3), 1.5), all_vectors(6)
    each = np.array([member.log_prob(params, x) for member in ensemble.members])
    assert abs(np.exp(each.mean(axis=0)).sum() - 1) > 0.01
    logits = np.mean([member.net(params, x) for member in ensemble.members], axis=0)
    assert abs(np.exp(Bernoulli().log_prob(logits, x).sum(axis=1)).sum() - 1) > 0.01


@pytest.mark.parametrize(
    "model",
    [
        MADE(4, (20,), order=[2, 0, 3, 1], conditional=Bernoulli()),
        OrderEnsemble(4, 3, (20,), conditional=Bernoulli()),
    ],
    ids=["MADE", "ensemble"],
)
def test_binary_samples_have_the_model_s_frequencies(model):
    params, x = random_params(model, np.random.default_rng(3), 1.5), all_vectors(4)
    draws = model.sample(params, np.random.default_rng(4), 50_000)
    counts = np.bincount((draws @ [8, 4, 2, 1]).astype(int), minlength=16)
    p = np.exp(model.log_prob(params, x))
    chi2 = ((counts - 50_000 * p) ** 2 / (50_000 * p)).sum()
    assert chi2 < 37.7  # 99.9 % of chi-squared with 15 degrees of freedom


@pytest.mark.parametrize("order", ([0, 1, 2], [2, 0, 1]))
def test_a_one_layer_maf_is_the_gaussian_made(order):
    """The same network, read as conditionals and as a map: the log-densities agree to rounding."""
    rng = np.random.default_rng(0)
    made = MADE(3, order=order, context_dim=2)
    flow = Flow(AffineAutoregressive(3, order=order, context_dim=2))
    params = random_params(made, rng)
    x = rng.standard_normal((50, 3))
    context = rng.standard_normal((50, 2))
    difference = made.log_prob(params, x, context) - flow.log_prob(
        {"bijection": params, "base": ()}, x, context
    )
    assert np.abs(difference).max() < 1e-12
    check_autoregressive(
        lambda z: made.net(params, z, context[:1])[:, 0], x, made.net.degrees, diagonal="zero"
    )


def test_made_samples_follow_the_order():
    """Sampled in the order's inverse, a 3-cycle would leave variables drawn before what they depend
    on.
    """
    made = MADE(3, (16,), order=[2, 0, 1])
    params = random_params(made, np.random.default_rng(2), 0.5)
    draws = made.sample(params, np.random.default_rng(5), 40_000)
    u = Flow(AffineAutoregressive(3, (16,), order=[2, 0, 1])).to_noise(
        {"bijection": params, "base": ()}, draws
    )
    assert np.abs(u.mean(axis=0)).max() < 0.025 and np.abs(np.cov(u.T) - np.eye(3)).max() < 0.03


@pytest.mark.parametrize("context", (None, [-1.0], [0.5], [2.0]))
def test_made_densities_integrate_to_one(context):
    for conditional in CONDITIONALS.values():
        made = MADE(
            2,
            (12,),
            order="reversed",
            conditional=conditional,
            context_dim=0 if context is None else 1,
        )
        check_normalised(made, random_params(made, np.random.default_rng(1), 0.5), context)


@pytest.mark.trained
def test_the_mixture_sees_two_modes_where_the_gaussian_cannot():
    """x2 | x1 = +-2 + N(0, 0.5^2): the Gaussian MADE loses exactly that mixture's negentropy."""
    rng, n = np.random.default_rng(0), 6000

    def draw(rng):
        sign = rng.choice([-1.0, 1.0], n)
        return np.stack([rng.standard_normal(n), 2 * sign + 0.5 * rng.standard_normal(n)], axis=1)

    grid = np.linspace(-8, 8, 16_001)
    p = 0.5 * sum(
        np.exp(-0.5 * ((grid - m) / 0.5) ** 2) / 0.5 / math.sqrt(2 * math.pi) for m in (-2, 2)
    )
    entropy = -np.sum(np.where(p > 0, p * np.log(np.maximum(p, 1e-300)), 0)) * 1e-3
    gap = 0.5 * math.log(2 * math.pi * math.e * (4 + 0.25)) - entropy
    test, scores = draw(np.random.default_rng(1)), []
    for conditional in (Gaussian(), MixtureOfGaussians(2)):
        made = MADE(2, (16,), conditional=conditional)
        result = fit(made, draw, rng=rng, epochs=12, lr=1e-2, schedule="cosine")
        scores.append(made.log_prob(result.params, test).mean())
    claim(
        scores[1] - scores[0] - gap, -0.1, 0.1, "nats that the mixture gains, less the negentropy"
    )


@pytest.mark.trained
def test_order_agnostic_training_uses_one_member_a_minibatch():
    ensemble = OrderEnsemble(5, 4, (30,), seed=3)
    rng = np.random.default_rng(0)
    params, x = random_params(ensemble, rng), rng.standard_normal((6, 5))
    each = [member.log_prob(params, x) for member in ensemble.members]
    for seed in range(8):
        got = ensemble.objective(params, x, None, np.random.default_rng(seed))
        assert any(np.array_equal(got, one) for one in each)
    assert len({tuple(member.net.degrees) for member in ensemble.members}) == 4
    trained = fit(
        ensemble,
        rng.standard_normal((300, 5)) @ rng.standard_normal((5, 5)),
        rng=rng,
        epochs=30,
        lr=5e-3,
    )
    claim(
        trained.history[0]["train"] - trained.history[-1]["train"],
        0.5,
        None,
        "nats learned in 30 epochs",
    )
