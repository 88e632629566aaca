"""The scikit-learn estimator: scikit-learn's own checks, true densities, and life in its tools."""

import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

from kit.claims import claim  # noqa: E402
from kit.processes import python  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.mixture import GaussianMixture  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

from tinymaf import training  # noqa: E402
from tinymaf.datasets import TOYS  # noqa: E402
from tinymaf.estimator import MODELS, FlowDensity  # noqa: E402
from tinymaf.estimator.choices import folds  # noqa: E402


def quick(**changes):
    return FlowDensity(
        **{"n_layers": 2, "hidden": (64,), "epochs": 3, "random_state": 0, **changes}
    )


def moons(n, seed=0):
    return TOYS["two moons"].sample(np.random.default_rng(seed), n)


@pytest.mark.filterwarnings("ignore:x.* has mean")  # their data, unstandardised
@parametrize_with_checks([quick(), quick(standardize=False, validation_fraction=None)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def fitted():
    """A flow on two moons, moved and stretched so that the standardisation has something to do."""
    return FlowDensity(n_layers=4, hidden=(32, 32), epochs=150, lr=3e-3, random_state=0).fit(
        moved(moons(1500))
    )


def moved(x):
    return x * [10.0, 0.2] + [100.0, -3.0]


def test_the_density_integrates_to_one_in_the_units_of_the_data(fitted):
    n = 400
    t = (np.arange(n) + 0.5) / n
    x = np.stack([a.ravel() for a in np.meshgrid(-4 + 8 * t, -4 + 8 * t)], axis=1)
    cell = (8 / n * 10.0) * (8 / n * 0.2)
    assert abs(np.exp(fitted.score_samples(moved(x))).sum() * cell - 1) < 5e-3


@pytest.mark.trained
def test_it_beats_a_gaussian_on_held_out_moons(fitted):
    x, test = moved(moons(1500)), moved(moons(2000, seed=1))
    gaussian = GaussianMixture(1, random_state=0).fit(x)
    claim(
        fitted.score(test) - gaussian.score(test),
        0.3,
        None,
        "nats that the flow gains over a Gaussian",
    )
    exact = TOYS["two moons"].log_prob(moons(2000, seed=1)).mean() - np.log(10.0 * 0.2)
    claim(exact - fitted.score(test), -0.02, None, "nats short of the truth: nobody beats it")


def test_a_gaussian_is_recovered_with_the_jacobian_of_its_scale():
    rng = np.random.default_rng(0)
    x = rng.normal([1000.0, -1e-3], [50.0, 1e-4], (2000, 2))
    flow = quick(model="maf", n_layers=1, epochs=1, lr=1e-12, defensive=False).fit(
        x
    )  # the identity
    z = (x - flow.mean_) / flow.scale_
    expected = -0.5 * (z**2).sum(axis=1) - np.log(2 * np.pi) - np.log(flow.scale_).sum()
    np.testing.assert_allclose(flow.score_samples(x), expected, atol=1e-6)
    draws = flow.sample(20_000, random_state=1)
    np.testing.assert_allclose(draws.mean(axis=0), [1000, -1e-3], rtol=0.01)
    np.testing.assert_allclose(draws.std(axis=0), [50, 1e-4], rtol=0.05)


def test_score_is_the_mean_as_in_gaussian_mixture(fitted):
    test = moved(moons(50, seed=2))
    assert fitted.score(test) == pytest.approx(fitted.score_samples(test).mean())
    assert isinstance(fitted.score(test), float)


@pytest.mark.parametrize("model", MODELS)
def test_named_models_fit_and_sample(model):
    flow = quick(model=model).fit(moons(200))
    assert np.isfinite(flow.score(moons(50, seed=1)))
    assert flow.sample(7).shape == (7, 2)


def test_batch_norm_gets_its_statistics():
    flow = quick(options={"batch_norm": True}).fit(moons(200))
    x = moons(10, seed=1)
    np.testing.assert_allclose(flow.score_samples(x)[:1], flow.score_samples(x[:1]), rtol=1e-10)


def test_the_same_random_state_gives_the_same_bits():
    x = moons(200)
    one, two, other = (quick(random_state=seed).fit(x).score_samples(x) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    state = [quick(random_state=np.random.RandomState(5)).fit(x).score_samples(x) for _ in range(2)]
    np.testing.assert_array_equal(*state)


def test_sampling_follows_its_own_random_state(fitted):
    np.testing.assert_array_equal(
        fitted.sample(5, random_state=3), fitted.sample(5, random_state=3)
    )
    assert (fitted.sample(5, random_state=3) != fitted.sample(5, random_state=4)).any()
    assert fitted.sample().shape == (1, 2)


@pytest.mark.trained
def test_samples_look_like_the_data(fitted):
    x, draws = moved(moons(4000, seed=3)), fitted.sample(4000, random_state=0)
    far = np.abs(draws.mean(axis=0) - x.mean(axis=0)) / x.std(axis=0)
    claim(far.max(), None, 0.3, "means of samples and data, standard deviations apart")
    claim(
        np.abs(draws.std(axis=0) / x.std(axis=0) - 1).max(),
        None,
        0.3,
        "standard deviations, relative difference",
    )
    claim(
        abs(np.corrcoef(draws.T)[0, 1] - np.corrcoef(x.T)[0, 1]),
        None,
        0.3,
        "correlations, difference",
    )


def test_grid_search_picks_the_deeper_flow():
    base = FlowDensity(
        model="maf", hidden=(24,), epochs=120, lr=1e-2, validation_fraction=None, random_state=0
    )
    search = GridSearchCV(base, {"n_layers": [1, 4]}, cv=3).fit(moons(900))
    assert search.best_params_ == {"n_layers": 4}
    assert search.best_estimator_.score_samples(moons(5)).shape == (5,)


def test_pipeline_and_cross_validation():
    pipe = make_pipeline(StandardScaler(), quick(standardize=False))
    assert np.isfinite(cross_val_score(pipe, moved(moons(150)), cv=3)).all()
    pipe.fit(moved(moons(150)))
    assert pipe.score_samples(moved(moons(4))).shape == (4,)


def test_clone_and_params():
    flow = quick(options={"activation": "tanh"})
    assert clone(flow).get_params() == flow.get_params()
    assert flow.set_params(n_layers=3).n_layers == 3
    assert flow.fit(moons(30)).flow_.bijection.layers[0].net.activation == "tanh"


def test_pickle_gives_the_same_density(fitted):
    x = moved(moons(20))
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.score_samples(x), fitted.score_samples(x))
    np.testing.assert_array_equal(again.sample(5, random_state=0), fitted.sample(5, random_state=0))


def test_float32_stays_float32():
    x = moons(100).astype(np.float32)
    flow = quick().fit(x)
    assert flow.params_["bijection"][0][0][0].dtype == np.float32
    assert flow.score_samples(x).dtype == flow.sample(3).dtype == np.float32
    assert flow.score_samples(x.astype(float)).dtype == np.float32
    assert flow.fit(x.astype(float)).score_samples(x).dtype == np.float64


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_constant_features_do_not_divide_by_zero(value):
    x = np.column_stack([moons(100), np.full(100, value)])
    flow = quick().fit(x)
    assert flow.scale_[2] == 1
    assert np.isfinite(flow.score_samples(x)).all()


def test_two_rows_are_enough_and_one_is_not():
    assert np.isfinite(quick().fit([[0.0, 1.0], [2.0, 3.0]]).score([[1.0, 1.0]]))
    with pytest.raises(ValueError, match="1 sample"):
        quick().fit([[0.0, 1.0]])


def test_validation_rows():
    def held_out(f, n, **changes):
        return [
            len(rows)
            for rows in folds(n, f, changes.get("defensive", True), np.random.default_rng(0))
        ]

    assert [held_out(f, 10) for f in (None, 0.01, 0.3, 0.99)] == [[0], [1], [3], [9]]
    assert [held_out(f, 2) for f in (0.01, 0.99)] == [[1], [1]]
    assert [held_out("auto", n) for n in (3, 1500, 2000, 50_000)] == [
        [1, 1, 1],
        [300] * 5,
        [400],
        [1000],
    ]
    assert held_out("auto", 50, defensive=False) == [5]
    history = quick(validation_fraction=None).fit(moons(30)).history_
    assert all(np.isnan(row["val"]) for row in history)


def test_validation_rows_are_not_trained_on(monkeypatch):
    seen, real = {}, training.fit

    def spy(density, x, context, *, x_val, **rest):
        seen.update(train=x, val=x_val)
        return real(density, x, context, x_val=x_val, **rest)

    monkeypatch.setattr(training, "fit", spy)
    x = moons(40)
    quick(validation_fraction=0.25, standardize=False).fit(x)
    assert len(seen["val"]) == 10
    rows = np.concatenate([seen["train"], seen["val"]])
    np.testing.assert_array_equal(rows[rows[:, 0].argsort()], x[x[:, 0].argsort()])


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"model": "mfa"}, "model must be one of"),
        ({"model": "layer_orders"}, "model must be one of"),
        ({"validation_fraction": 1.0}, "validation_fraction must lie between 0 and 1"),
        ({"validation_fraction": "some"}, "validation_fraction must lie between 0 and 1"),
        ({"standardize": "mean"}, "standardize must be True, False"),
        ({"context": [2]}, "context must name some of the 2 columns"),
        ({"context": [0, 1]}, "context must name some of the 2 columns"),
        ({"context": ["a"]}, "context must name some of the 2 columns"),
        ({"epochs": 0}, "epochs must be a whole number"),
        ({"batch_size": 1.5}, "batch_size must be a whole number"),
        ({"n_layers": 0}, "n_layers must be a whole number"),
    ],
)
def test_mistakes_are_named_in_fit(changes, message):
    with pytest.raises(ValueError, match=message) as error:
        quick(**changes).fit(moons(10))
    assert "\n" not in str(error.value)


def test_wrong_data():
    flow = quick()
    with pytest.raises(NotFittedError):
        flow.score_samples(moons(3))
    with pytest.raises(ValueError, match="NaN"):
        flow.fit([[np.nan, 1.0], [1.0, 2.0]])
    with pytest.raises(ValueError, match="3 features"):
        flow.fit(moons(10)).score_samples(np.zeros((2, 3)))


def run(code):
    return python("-c", code, timeout=60)


def test_without_scikit_learn_the_import_names_the_remedy():
    result = run(
        "import sys; sys.modules['sklearn'] = None\nimport tinymaf\nimport tinymaf.estimator"
    )
    assert result.stderr.splitlines()[-1] == (
        "ImportError: tinymaf.estimator needs scikit-learn 1.6 or later: pip install -U "
        "scikit-learn"
    )


def test_importing_tinymaf_does_not_import_scikit_learn():
    assert run("import sys, tinymaf; sys.exit('sklearn' in sys.modules)").returncode == 0
