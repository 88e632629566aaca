"""Standardising as a layer and inside of fit, weights of rows, and what fit says of data that will
not fit well.
"""

import warnings

import autograd.numpy as anp
import numpy as np
import pytest

import tinymaf as t
from tinymaf.checks import random_params
from tinymaf.saving import load, save
from tinymaf.training import Standardized, Trainer
from tinymaf.training.advice import advise
from tinymaf.trees import leaves

RNG = np.random.default_rng


def far(n, seed=0, d=2):
    return 30 * RNG(seed).standard_normal((n, d)) + [100.0, -2e4, 1e6][:d]


def quick(density, x, *more, **options):
    return t.fit(
        density, x, *more, **{"rng": RNG(0), "epochs": 3, "lr": 1e-2, "progress": False, **options}
    )


# The layer


def test_five_wild_rows_do_not_move_the_robust_one():
    x = RNG(0).normal(3, 2, (2000, 3))
    dirty = x.copy()
    dirty[:5] = [1e5, -1e5, 1e5]
    layer = t.Standardize(3, robust=True)
    one, two = (layer.init(None, a)["statistics"] for a in (x, dirty))
    for name, expected in (("shift", 3), ("log_scale", np.log(2))):
        np.testing.assert_allclose(one[name], two[name], atol=0.02)
        np.testing.assert_allclose(one[name], expected, atol=0.2)
    assert t.Standardize(3).init(None, dirty)["statistics"]["log_scale"].min() > 8


@pytest.mark.parametrize("robust", (False, True))
def test_constant_and_mostly_constant_columns(robust):
    x = np.zeros((100, 4))
    x[:, 0], x[:5, 1], x[:, 2] = 0.1, [1, 2, 3, 4, 5], 7.5
    x[:, 3] = RNG(0).standard_normal(100)
    found = t.Standardize(4, robust=robust).init(None, x)["statistics"]
    assert found["log_scale"][0] == found["log_scale"][2] == 0
    np.testing.assert_allclose(found["log_scale"][1], np.log(x[:, 1].std()))


@pytest.mark.parametrize("robust", (False, True))
def test_float32_far_from_zero_varies(robust):
    x = (1e6 + RNG(0).standard_normal((5000, 1))).astype(np.float32)
    layer = t.Standardize(1, robust=robust)
    params = layer.init(None, x, np.float32)
    u, log_det = layer.x_to_u(params, x)
    assert (
        u.dtype == log_det.dtype == np.float32 and abs(u.std() - 1) < 0.05 and abs(u.mean()) < 0.05
    )
    np.testing.assert_allclose(layer.u_to_x(params, u)[0], x, atol=0.07)


def test_training_moves_the_others_alone():
    flow = t.Flow(t.Chain([t.Standardize(2), *t.maf(2, 2, (8,)).bijection.layers]))
    x = far(200)
    for weight_decay in (0.0, 0.1):
        params = flow.init(RNG(0), x)
        result = quick(flow, x, params=params, weight_decay=weight_decay)
        kept, given = result.params["bijection"][0], params["bijection"][0]
        assert all((a == b).all() for a, b in zip(leaves(kept), leaves(given)))
        assert any(
            (a != b).any()
            for a, b in zip(leaves(result.params["bijection"][1:]), leaves(params["bijection"][1:]))
        )


# Inside of fit


DENSITIES = {
    "maf": lambda c: t.maf(2, 2, (8,), context_dim=c),
    "maf, batch norm": lambda c: t.maf(2, 2, (8,), context_dim=c, batch_norm=True),
    "mog": lambda c: t.MADE(2, (8,), conditional=t.MixtureOfGaussians(3), context_dim=c),
    "orders": lambda c: t.OrderEnsemble(2, 2, (12,), context_dim=c),
}


@pytest.mark.parametrize("standardize", (True, "robust"))
@pytest.mark.parametrize("c", (0, 1))
@pytest.mark.parametrize("name", DENSITIES)
def test_what_fit_returns_is_in_the_units_of_the_data(name, c, standardize, tmp_path):
    x, val = far(300), far(100, 1)
    y, y_val = (1e6 + 10 * x[:, :1], 1e6 + 10 * val[:, :1]) if c else (None, None)
    seen = []
    result = quick(
        DENSITIES[name](c),
        x,
        y,
        x_val=val,
        context_val=y_val,
        standardize=standardize,
        callback=lambda row, params: seen.append((row, params)),
    )
    log_prob = result.density.log_prob(result.params, val, y_val)
    best = result.history[result.best_epoch - 1]["val"]
    assert -log_prob.mean() == pytest.approx(best) and abs(best - 2 * np.log(30) - 2.84) < 1.2
    row, params = seen[-1]
    assert -result.density.log_prob(params, val, y_val).mean() == pytest.approx(row["val"])
    draws = result.density.sample(result.params, RNG(0), 300, y)
    assert np.abs(np.median(draws, axis=0) - [100, -2e4]).max() < 30
    save(tmp_path / "model", result.density, result.params)
    density, params = load(tmp_path / "model")
    np.testing.assert_array_equal(density.log_prob(params, val, y_val), log_prob)


def test_the_statistics_are_those_of_the_training_rows():
    x = far(200)
    result = quick(t.maf(2, 1, (8,)), x, x_val=far(50, 1) + 1e5, standardize=True)
    found = result.params["statistics"]["x"]
    np.testing.assert_allclose(found["shift"], x.mean(axis=0))
    np.testing.assert_allclose(np.exp(found["log_scale"]), x.std(axis=0))


def test_the_loss_is_that_of_the_definition():
    """With the inner density's own loss, and differentiated as a whole."""
    x = far(64)
    for density in (Standardized(t.maf(2, 2, (8,))), Standardized(t.MADE(2, (8,)))):
        params = density.init(RNG(0), x)
        trainer = Trainer(density, params)
        trainer.step(x, lr=1e-12)
        taped = Trainer(
            density, params, loss=lambda p, a, c, rng: -anp.mean(density.log_prob(p, a))
        )
        taped.step(x, lr=1e-12)
        np.testing.assert_allclose(trainer.grads, taped.grads, atol=1e-9)


def test_a_run_that_was_stopped_goes_on(tmp_path):
    x, val = far(200), far(50, 1)
    whole = quick(t.maf(2, 1, (8,)), x, x_val=val, epochs=6, standardize=True)
    quick(
        t.maf(2, 1, (8,)),
        x,
        x_val=val,
        epochs=6,
        standardize=True,
        checkpoint=tmp_path / "c",
        callback=lambda row, params: (
            (_ for _ in ()).throw(KeyboardInterrupt) if row["epoch"] == 3 else None
        ),
    )
    rest = quick(
        t.maf(2, 1, (8,)), x, x_val=val, epochs=6, standardize=True, checkpoint=tmp_path / "c"
    )
    for a, b in zip(leaves(whole.params), leaves(rest.params)):
        np.testing.assert_array_equal(a, b)
    assert isinstance(rest.density, Standardized)


def test_functions_and_parameters_to_start_from():
    result = quick(t.maf(2, 1, (8,)), lambda rng: far(100, rng.integers(99)), standardize="robust")
    again = quick(result.density, far(100), params=result.params)
    more = quick(t.maf(2, 1, (8,)), far(100) + 1e3, params=result.params, standardize=True)
    for one in (again, more):
        np.testing.assert_array_equal(
            one.params["statistics"]["x"]["shift"], result.params["statistics"]["x"]["shift"]
        )
    inner = quick(
        t.maf(2, 1, (8,)), far(100), params=t.maf(2, 1, (8,)).init(RNG(1)), standardize=True
    )
    assert set(inner.params) == {"statistics", "density"}


@pytest.mark.parametrize(
    "density",
    (
        t.MADE(2, (8,), conditional=t.Bernoulli()),
        t.OrderEnsemble(2, 2, (8,), conditional=t.Bernoulli()),
        t.VAE(2, 1, (4,)),
    ),
)
def test_zeros_and_ones_are_not_standardised(density):
    with pytest.raises(ValueError, match="Bernoulli"):
        quick(density, np.ones((9, 2)), standardize=True)


# Weights of rows


WEIGHTED = {
    "maf": lambda: t.maf(2, 2, (8,)),
    "mog": lambda: t.MADE(2, (8,), conditional=t.MixtureOfGaussians(3)),
    "spline": lambda: t.nsf(2, 1, (8,)),
    "coupling": lambda: t.realnvp(2, 2, (8,)),
    "standardised": lambda: Standardized(t.maf(2, 2, (8,))),
}


@pytest.mark.parametrize("name", WEIGHTED)
def test_weight_two_is_a_row_twice(name):
    density, x = WEIGHTED[name](), RNG(0).standard_normal((30, 2))
    times = RNG(1).integers(0, 4, 30)
    params = random_params(density, RNG(2), scale=0.3)
    one, two = Trainer(density, params), Trainer(density, params)
    losses = (
        one.step(x, None, 1e-3, times * 30 / times.sum()),
        two.step(np.repeat(x, times, axis=0)),
    )
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    np.testing.assert_allclose(one.grads, two.grads, atol=1e-12)


@pytest.mark.parametrize("standardize", (False, True))
def test_weight_zero_is_no_row(standardize):
    x, w = RNG(0).standard_normal((60, 2)), np.ones(60)
    w[40:], x[40:] = 0, 5.0
    val, w_val = RNG(1).standard_normal((20, 2)), np.repeat([1.0, 0.0], 10)
    one = quick(
        t.maf(2, 1, (8,)),
        x,
        x_val=val,
        sample_weight=w,
        sample_weight_val=w_val,
        standardize=standardize,
    )
    two = quick(t.maf(2, 1, (8,)), x[:40], x_val=val[:10], standardize=standardize)
    for a, b in zip(leaves(one.params), leaves(two.params)):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    assert one.history[-1]["val"] == pytest.approx(two.history[-1]["val"], rel=1e-12)


@pytest.mark.parametrize(
    "weight, message",
    [
        (np.ones(9), "must have shape"),
        (-np.ones(10), "at least zero"),
        (np.zeros(10), "not zero in all rows"),
        (np.full(10, np.nan), "finite"),
    ],
)
def test_wrong_weights(weight, message):
    x = RNG(0).standard_normal((10, 2))
    for options in ({"sample_weight": weight}, {"x_val": x, "sample_weight_val": weight}):
        with pytest.raises(ValueError, match=message) as error:
            quick(t.maf(2, 1, (8,)), x, **options)
        assert "\n" not in str(error.value) and list(options)[-1] in str(error.value)
    with pytest.raises(ValueError, match="batch norm"):
        quick(t.maf(2, 1, (8,), batch_norm=True), x, sample_weight=np.ones(10))
    with pytest.raises(ValueError, match="sample_weight_val was given without x_val"):
        quick(t.maf(2, 1, (8,)), x, sample_weight_val=np.ones(10))


# What fit says


def said(density, x, context=None):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        advise(density, x, context)
    return [str(one.message) for one in found]


def test_usual_data_are_not_spoken_of():
    z = RNG(0).standard_normal((500, 3))
    for x in (
        z,
        10 * z,
        0.1 * z,
        z + 10,
        z * [0.1, 1, 10] - 10,
        np.column_stack([z, np.full(500, 3.0)]),
    ):
        assert said(t.maf(x.shape[1]), x) == []
    assert said(t.MADE(3, conditional=t.Bernoulli()), (z > 0).astype(float)) == []


def test_far_data_are_and_the_worst_column_is_named():
    z = RNG(0).standard_normal((2000, 3))
    wild = z.copy()
    wild[:5, 1] = 1e5
    for x, worst in (
        (30 * z + 100, "x[:, "),
        (wild, "x[:, 1]"),
        (z * [1, 1, 1e4], "x[:, 2]"),
        (1e-3 * z, "x[:, "),
    ):
        (text,) = said(t.maf(3), x)
        assert worst in text and "standardize=True" in text and "\n" not in text
    (text,) = said(t.maf(3, context_dim=1), z, 1e6 + z[:, :1])
    assert "context[:, 0]" in text
    for density in (
        t.glow(3),
        Standardized(t.maf(3)),
        t.Flow(t.Chain([t.Standardize(3), t.Permute([2, 0, 1])])),
    ):
        assert said(density, 30 * z + 100) == []


def test_whole_numbers_are():
    counts = RNG(0).poisson(3.0, (200, 2)).astype(float)
    (text,) = said(t.maf(2), counts)
    assert "whole numbers" in text and "dequantise" in text
    assert (
        "x[:, 1]" in said(t.maf(2), np.column_stack([RNG(0).standard_normal(200), counts[:, 0]]))[0]
    )
    assert said(t.maf(2), np.ones((200, 2))) == []


def test_fit_says_it_once_and_goes_on():
    with pytest.warns(UserWarning, match="standardize=True") as found:
        quick(t.maf(2, 1, (8,)), far(100))
    assert len(found) == 1 and found[0].filename == __file__
    quick(t.maf(2, 1, (8,)), far(100), standardize=True)


@pytest.mark.parametrize("make", (t.maf, t.iaf, t.nice, t.realnvp, t.glow))
def test_affine_layers_on_one_variable_are_named(make):
    with pytest.warns(UserWarning, match="nothing but a Gaussian") as found:
        make(1)
    assert found[0].filename == __file__
    make(1, context_dim=2), t.maf_mog(1), t.nsf(1)
