"""FlowDensity's guard: mixtures by EM, kernels, weights by held-out rows, conditional densities,
weighted rows.
"""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from kit.claims import claim  # noqa: E402
from sklearn.datasets import load_iris, load_wine, make_moons  # noqa: E402
from sklearn.mixture import GaussianMixture  # noqa: E402
from sklearn.neighbors import KernelDensity  # noqa: E402

from tinymaf.estimator import FlowDensity, stack  # noqa: E402
from tinymaf.estimator.elliptical import Elliptical, Kernels, em, student  # noqa: E402

RNG = np.random.default_rng


def quick(**changes):
    return FlowDensity(
        **{"n_layers": 1, "hidden": (16,), "epochs": 3, "random_state": 0, **changes}
    )


def factors(rng, k, d):
    a = np.tril(rng.standard_normal((k, d, d)) * 0.3)
    a[:, np.arange(d), np.arange(d)] = 0.5 + rng.random((k, d))
    return a


def elliptical(nu=np.inf, d=3, k=2, seed=0):
    rng = RNG(seed)
    return Elliptical(
        rng.dirichlet(np.ones(k)), rng.standard_normal((k, d)), factors(rng, k, d), nu
    )


def kernels(d=3, n=40, seed=0):
    rng = RNG(seed)
    return Kernels(
        rng.standard_normal((n, d)), 0.1 + rng.random(n), factors(rng, 1, d)[0], 0.2 + rng.random(n)
    )


PARTS = {"gaussians": elliptical(), "student": elliptical(4.0), "kernels": kernels()}


# The parts


def test_the_log_density_is_that_of_scipys_formulas():
    from scipy.stats import multivariate_normal, multivariate_t

    x = RNG(1).standard_normal((5, 3))
    for nu, scipys in ((np.inf, multivariate_normal), (4.0, multivariate_t)):
        one = elliptical(nu)
        more = () if nu == np.inf else (nu,)
        each = [
            w * scipys(m, f @ f.T, *more).pdf(x)
            for w, m, f in zip(one.weights, one.means, one.factors)
        ]
        np.testing.assert_allclose(one.log_prob(x), np.log(np.sum(each, axis=0)), rtol=1e-9)


def test_kernels_are_those_of_scikit_learn():
    rng = RNG(2)
    x, test = rng.standard_normal((50, 2)), rng.standard_normal((7, 2))
    ours = Kernels(x, np.ones(50), np.eye(2), 0.4)
    np.testing.assert_allclose(
        ours.log_prob(test), KernelDensity(bandwidth=0.4).fit(x).score_samples(test), rtol=1e-9
    )
    both = ours.log_probs(test, [0.4, 0.1])
    np.testing.assert_allclose(
        both[:, 1], KernelDensity(bandwidth=0.1).fit(x).score_samples(test), rtol=1e-9
    )


@pytest.mark.parametrize("name", PARTS)
def test_conditional_densities_integrate_to_one(name):
    part, line = PARTS[name], np.linspace(-60, 60, 40_001)
    for given in ([0.3, -0.7], [2.0, 1.0]):
        x = np.column_stack([np.tile(given, (len(line), 1)), line])
        assert abs(np.trapezoid(np.exp(part.log_prob(x, given=2)), line) - 1) < 1e-3


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("c", (0, 1))
def test_draws_follow_the_density(name, c):
    """Their share below some points is the integral of the last variable's density up to there."""
    part, n, line = PARTS[name], 40_000, np.linspace(-60, 60, 20_001)
    context = np.full((n, c), 0.4) if c else None
    draws = part.sample(RNG(3), n, context)
    assert draws.shape == (n, 3) and (draws[:, :c] == 0.4).all()
    twin = type(part)
    if c == 1:  # p(x_2 | x_1 = 0.4), by sums over a grid
        x = np.column_stack([np.full(len(line), 0.4), line])
        if twin is Elliptical:
            low = Elliptical(part.weights, part.means[:, :2], part.factors[:, :2, :2], part.nu)
        else:
            low = Kernels(
                part.centers[:, :2], np.exp(part.log_weights), part.factor[:2, :2], part.scale
            )
        p, values = np.exp(low.log_prob(x, given=1)), draws[:, 1]
    else:
        if twin is Elliptical:
            low = Elliptical(part.weights, part.means[:, :1], part.factors[:, :1, :1], part.nu)
        else:
            low = Kernels(
                part.centers[:, :1], np.exp(part.log_weights), part.factor[:1, :1], part.scale
            )
        p, values = np.exp(low.log_prob(line[:, None])), draws[:, 0]
    below = np.cumsum(p) * (line[1] - line[0])
    for q in (-1.0, 0.0, 0.5, 1.5):
        assert abs((values < q).mean() - np.interp(q, line, below)) < 0.012


def test_em_finds_what_gaussian_mixture_finds():
    x = load_iris().data
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    theirs = GaussianMixture(3, random_state=0, tol=1e-6, max_iter=500).fit(x)
    labels = theirs.predict(x)
    ours = em(x, np.ones(len(x)), labels, steps=500, tolerance=1e-6)
    assert ours.log_prob(x).mean() == pytest.approx(theirs.score(x), abs=0.01)


@pytest.mark.parametrize("nu", (np.inf, 4.0))
def test_a_row_of_weight_two_is_two_rows_to_em(nu):
    rng = RNG(0)
    x, w = rng.standard_normal((60, 2)), rng.integers(1, 4, 60).astype(float)
    labels, again = rng.integers(0, 2, 60), np.repeat(np.arange(60), w.astype(int))
    one = em(x, w, labels, nu=nu, prior=3.0)
    two = em(x[again], np.ones(len(again)), labels[again], nu=nu, prior=3.0)
    np.testing.assert_allclose(one.factors, two.factors, atol=1e-9)
    np.testing.assert_allclose(one.means, two.means, atol=1e-9)


def test_em_climbs():
    x = np.concatenate([RNG(0).standard_normal((200, 2)), RNG(1).standard_t(2, (100, 2)) + 3])
    labels = RNG(2).integers(0, 3, 300)
    scores = [
        em(x, np.ones(300), labels, nu=5.0, steps=k, tolerance=-1).log_prob(x).mean()
        for k in range(1, 12)
    ]
    assert (np.diff(scores) > -1e-9).all()


def test_student_without_limit_is_normal():
    q = np.array([0.0, 1.0, 9.0])
    np.testing.assert_allclose(student(q, 2, 1e8), student(q, 2), atol=1e-6)


# The weights


def test_the_weights_are_at_the_top():
    rng = RNG(0)
    table, rows = rng.standard_normal((300, 4)), rng.random(300)
    w = stack.choose_weights(table, rows, guard=0, steps=3000)
    best = rows @ stack.mixed(table, w)
    for _ in range(200):
        other = 0.9 * w + 0.1 * rng.dirichlet(np.ones(4))
        other = np.where(np.arange(4) == 0, np.maximum(other, 0.01), other)
        assert rows @ stack.mixed(table, other / other.sum()) < best + 1e-6


def test_no_row_falls_far_below_the_guard():
    x = RNG(0).normal(size=(200, 3)) * [1, 5, 0.1] + [0, 100, 3]
    model = quick().fit(x)
    far = np.array([[1e3, 1e4, -1e3], [0.0, 100.0, 40.0]])
    shift, scale = model.shift_
    guard = model.parts_[stack.GUARD].log_prob((far - shift) / scale) - np.log(scale).sum()
    assert (model.score_samples(far) >= guard + np.log(0.0099)).all()
    assert sum(model.weights_.values()) == pytest.approx(1) and list(model.weights_)[0] == "flow"


def test_the_whole_integrates_to_one():
    x = make_moons(120, noise=0.1, random_state=1)[0] * [3.0, 1.0] + 10
    model = quick(n_layers=2).fit(x)
    t = np.linspace(-40, 40, 1200)
    cell = (t[1] - t[0]) ** 2
    grid = np.stack([a.ravel() for a in np.meshgrid(t + 10, t + 10)], axis=1)
    assert abs(np.exp(model.score_samples(grid)).sum() * cell - 1) < 0.02


@pytest.mark.trained
def test_a_hundred_points_on_two_moons():
    scores = []
    for seed in range(3):
        x, test = (
            make_moons(100, noise=0.1, random_state=seed)[0],
            make_moons(2000, noise=0.1, random_state=50)[0],
        )
        model = FlowDensity(random_state=seed).fit(x)
        scores.append(model.score(test) - GaussianMixture(1).fit(x).score(test))
    claim(
        min(scores),
        0.2,
        None,
        "nats that FlowDensity gains over one Gaussian, 100 points on two moons",
    )


@pytest.mark.trained
def test_wine_beside_mixture_and_gaussian():
    x = load_wine().data
    gains = []
    for k in range(3):
        rows = RNG(k).permutation(len(x))
        train, test = x[rows[:142]], x[rows[142:]]
        mean, std = train.mean(axis=0), train.std(axis=0)
        train, test = (train - mean) / std, (test - mean) / std
        best = max(GaussianMixture(k, random_state=0).fit(train).score(test) for k in (1, 2, 3))
        gains.append(FlowDensity(random_state=k).fit(train).score(test) - best)
    claim(np.mean(gains), -0.5, None, "nats beyond the best of three mixtures on wine")


def test_outliers_move_little():
    x = RNG(0).normal(size=(600, 2))
    test = RNG(1).normal(size=(500, 2))
    dirty = x.copy()
    dirty[:5] = 1e5
    clean, other = quick(epochs=20).fit(x).score(test), quick(epochs=20).fit(dirty).score(test)
    assert abs(clean - other) < 0.3


# Conditional


def linear(n, seed=0):
    rng = RNG(seed)
    c = rng.normal(size=(n, 2))
    return np.column_stack([c[:, 0], 2 * c[:, 0] - c[:, 1] + 0.3 * rng.normal(size=n), c[:, 1]])


@pytest.mark.trained
def test_a_conditional_density_nears_the_truth():
    x, test = linear(2000), linear(1000, 1)
    model = FlowDensity(context=[2, 0], random_state=0).fit(x)
    truth = (
        -0.5 * ((test[:, 1] - 2 * test[:, 0] + test[:, 2]) / 0.3) ** 2
        - np.log(0.3)
        - 0.5 * np.log(2 * np.pi)
    )
    claim(truth.mean() - model.score(test), -0.05, 0.1, "nats short of p(x_1 | x_2, x_0)")
    draws = model.sample(4000, random_state=0, context=[0.5, 1.0])  # x_2 = 0.5, x_0 = 1
    assert draws.shape == (4000, 1)
    claim(abs(draws.mean() - 1.5), None, 0.1, "mean of the conditional draws, from 1.5")


def test_a_conditional_density_integrates_to_one():
    model = quick(context=[0]).fit(linear(200)[:, :2])
    line = np.linspace(-60, 60, 20_001)
    for c in (-1.0, 0.5):
        p = np.exp(model.score_samples(np.column_stack([np.full(len(line), c), line])))
        assert abs(np.trapezoid(p, line) - 1) < 0.01


def test_context_comes_and_goes_with_sample():
    model = quick(context=[1]).fit(linear(60))
    assert model.sample(3, context=[[0.0], [1.0], [2.0]]).shape == (3, 2)
    with pytest.raises(ValueError, match="context must hold 1 columns, got none"):
        model.sample(3)
    with pytest.raises(ValueError, match="context must hold 0 columns, got some"):
        quick().fit(linear(60)).sample(3, context=[1.0])


# Weights of rows, one column, random orders, float32


def test_rows_of_weight_zero_are_left_out():
    x = linear(90)
    w = np.ones(90)
    w[60:] = 0
    one, two = quick().fit(x, sample_weight=w), quick().fit(x[:60])
    np.testing.assert_allclose(one.score_samples(x), two.score_samples(x))


def test_weights_move_the_density():
    x = np.concatenate([RNG(0).normal(-3, 1, (200, 1)), RNG(1).normal(3, 1, (200, 1))])
    w = np.where(x[:, 0] < 0, 9.0, 1.0)
    model = quick(epochs=30).fit(x, sample_weight=w)
    draws = model.sample(4000, random_state=0)
    assert 0.82 < (draws < 0).mean() < 0.96
    with pytest.raises(ValueError, match="sample_weight must be above 0 in two rows"):
        quick().fit(x, sample_weight=np.eye(400)[0])


def test_one_column_needs_no_gaussian():
    x = np.concatenate([RNG(0).normal(-3, 1, (300, 1)), RNG(1).normal(3, 1, (300, 1))])
    alone = FlowDensity(defensive=False, epochs=60, random_state=0).fit(x)
    assert alone.weights_ == {"flow": 1.0} and not alone.parts_
    assert alone.score(x) > GaussianMixture(1).fit(x).score(x) + 0.2


def test_random_orders_repeat():
    x = linear(40)
    one, two = (
        quick(options={"orders": "random"}, n_layers=3).fit(x).score_samples(x) for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)


def test_float32_far_from_zero():
    x = (1e6 + RNG(0).normal(size=(300, 2))).astype(np.float32)
    model = quick().fit(x)
    assert model.score_samples(x).dtype == model.sample(3).dtype == np.float32
    assert model.score(x) > -3.2 and 0.7 < model.scale_.min()  # the steps of float32 are 0.06


def test_the_estimators_bad_arguments_are_named_in_one_line():
    """Those of scikit-learn's own validation of X aside, whose words its checks ask for."""
    from test_bad_arguments import BAD, complaint, is_good

    x = np.random.default_rng(0).standard_normal((12, 2))
    good = {"n_layers": 1, "hidden": (4,), "epochs": 1, "batch_size": 10, "defensive": False}
    others = "model options lr weight_decay validation_fraction patience standardize context"
    density = FlowDensity(**good, random_state=0).fit(x)
    for kind, value in BAD.items():
        for name in [*good, *others.split(), "random_state"]:
            said = complaint(lambda **named: FlowDensity(**{**good, **named}).fit(x), {name: value})
            assert said is None or is_good(said, name), f"{name} = {kind}: {said!r}"
        for name in ("n_samples", "random_state"):
            said = complaint(density.sample, {name: value})
            assert said is None or is_good(said, name), f"{name} = {kind}: {said!r}"
        said = complaint(FlowDensity(**good).fit, {"X": x, "sample_weight": value})
        assert said is None or is_good(said, "sample_weight"), f"{kind}: {said!r}"
