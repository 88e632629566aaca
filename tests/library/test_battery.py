"""One battery for every layer and flow of battery.py, at random parameters, with every output layer
away from zero.
"""

import warnings

import numpy as np
import pytest
from autograd import grad
from kit.battery import DENSITIES, FLOWS, LAYERS

import tinymaf as t
from tinymaf.checks import check_log_det, check_round_trip, random_params
from tinymaf.structure import in_full
from tinymaf.trees import dtype_of, leaves, map_tree, same_shapes

pytestmark = pytest.mark.filterwarnings("ignore:affine layers on one variable")

DIMS = [3, *(pytest.param(dim, marks=pytest.mark.long) for dim in (1, 2, 7, 8, 43))]
ALL = {**LAYERS, **FLOWS}


def build(name, dim, context_dim, dtype=float, seed=0):
    """A model with random parameters (batch norm frozen), rows to put through it, and their context
    (or None).
    """
    rng = np.random.default_rng([seed, dim, context_dim])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the masks lose")  # narrow nets are meant to
        # with D = 2, random orders may
        warnings.filterwarnings("ignore", message=".* share one order")
        model = {**ALL, **DENSITIES}[name](dim, context_dim)
    x = rng.random((5, dim)) if name == "logit" else rng.standard_normal((5, dim))
    x = x.astype(dtype)
    context = rng.standard_normal((5, context_dim)).astype(dtype) if model.context_dim else None
    params = random_params(model, rng, 0.25, dtype)
    return model, model.freeze(params, x, context), x, context


def bijection_of(model, params):
    return (model.bijection, params["bijection"]) if isinstance(model, t.Flow) else (model, params)


each_size = pytest.mark.parametrize("dim", DIMS)
each_context = pytest.mark.parametrize("context_dim", (0, 2))
each_model = pytest.mark.parametrize("name", ALL)


@each_model
@each_size
@each_context
def test_round_trips_and_log_dets_cancel(name, dim, context_dim):
    bijection, params, x, context = _bijection(name, dim, context_dim)
    check_round_trip(bijection, params, x, context, tol=1e-10)
    check_round_trip(
        t.Inverse(bijection), params, bijection.x_to_u(params, x, context)[0], context, tol=1e-10
    )


@each_model
@each_size
@each_context
def test_log_det_is_that_of_the_jacobian(name, dim, context_dim):
    bijection, params, x, context = _bijection(name, dim, context_dim)
    few = slice(None, 1 if dim > 8 else 3)
    # Autoregressive splines are inverted by D taped passes: with D = 43 too slow here, and the two
    # log-dets cancel.
    slow = dim > 8 and name in ("spline autoregressive", "nsf")
    directions = ["x_to_u"] if slow else ["x_to_u", "u_to_x"]
    check_log_det(
        bijection, params, x[few], None if context is None else context[few], 1e-8, directions
    )


def _bijection(name, dim, context_dim):
    model, params, x, context = build(name, dim, context_dim)
    return *bijection_of(model, params), x, context


@each_model
@each_size
@each_context
def test_float32_stays_float32(name, dim, context_dim):
    model, params, x, context = build(name, dim, context_dim, np.float32)
    bijection, params = bijection_of(model, params)
    assert dtype_of(params) in (np.float32, np.float64 if not leaves(params) else np.float32)
    u, log_det = bijection.x_to_u(params, x, context)
    back, log_det_back = bijection.u_to_x(params, u, context)
    assert {a.dtype for a in (u, log_det, back, log_det_back)} == {np.dtype(np.float32)}
    assert (u.shape, log_det.shape) == (x.shape, (5,))
    # Where the map squeezes space by exp(log_det), going back magnifies the rounding of u as much:
    # row by row.
    allowed = 2e-4 * (1 + np.abs(u).max(axis=1) + np.abs(log_det)) + 5e-7 * np.exp(np.abs(log_det))
    if name not in ("nsf", "nsf, coupling"):  # only stacked splines are that steep
        allowed = np.full(5, 2e-4 * (1 + np.abs(u).max() + np.abs(log_det).max()))
    assert (np.abs(back - x).max(axis=1) < allowed).all()
    assert (np.abs(log_det + log_det_back) < allowed).all()


@pytest.mark.parametrize("name", [*FLOWS, *DENSITIES])
@each_size
def test_densities_of_float32_models(name, dim):
    model, params, x, context = build(name, dim, 2, np.float32)
    draws = model.sample(
        params, np.random.default_rng(0), 4, None if context is None else context[:4]
    )
    assert draws.shape == (4, dim) and model.log_prob(params, x, context).shape == (5,)
    if leaves(params):
        assert model.log_prob(params, x, context).dtype == draws.dtype == np.float32
        wide = map_tree(lambda a: a.astype(float), params)
        exact = model.log_prob(
            wide, x.astype(float), None if context is None else context.astype(float)
        )
        assert np.allclose(model.log_prob(params, x, context), exact, rtol=2e-3, atol=2e-3 * dim)


@pytest.mark.parametrize("name", [*FLOWS, *DENSITIES, *LAYERS])
@each_size
@each_context
def test_gradients_equal_finite_differences(name, dim, context_dim):
    """The derivative of the mean log-density along a random direction in parameter space."""
    model, params, x, context = build(name, dim, context_dim)
    if not leaves(params):
        pytest.skip("nothing to train")
    if name in LAYERS:
        model, params = t.Flow(model), {"bijection": params, "base": ()}
    rng = np.random.default_rng(7)
    direction = map_tree(lambda a: rng.standard_normal(a.shape), params)

    def mean_log_prob(p):
        return np.mean(model.log_prob(p, x, context))

    def at(step):
        return mean_log_prob(map_tree(lambda a, d: a + step * d, params, direction))

    slope = sum(
        np.vdot(g, d)
        for g, d in zip(leaves(grad(_traced_mean(model, x, context))(params)), leaves(direction))
    )
    h = 1e-7  # small: a step across the kink of a ReLU would show
    numeric = (at(h) - at(-h)) / (2 * h)
    assert slope == pytest.approx(numeric, rel=2e-5, abs=2e-6)


def _traced_mean(model, x, context):
    import autograd.numpy as anp

    return lambda p: anp.mean(model.log_prob(p, x, context))


@pytest.mark.parametrize("name", [*ALL, *DENSITIES])
@each_context
@pytest.mark.parametrize("dtype", (np.float64, np.float32))
def test_saved_models_come_back_to_the_bit(name, context_dim, dtype, tmp_path):
    model, params, x, context = build(name, 3, context_dim, dtype)
    path = tmp_path / "model.npz"
    t.save(path, model, params)
    again, params_again = t.load(path)
    assert in_full(again) == in_full(model) and same_shapes(params_again, params)
    density, of = (
        (t.Flow(model), t.Flow(again)) if isinstance(model, t.Bijection) else (model, again)
    )
    wrap = (
        (lambda p: {"bijection": p, "base": ()})
        if isinstance(model, t.Bijection)
        else (lambda p: p)
    )
    assert np.array_equal(
        density.log_prob(wrap(params), x, context), of.log_prob(wrap(params_again), x, context)
    )


@pytest.mark.parametrize("name", FLOWS)
@each_context
def test_sample_and_log_prob_agree(name, context_dim):
    model, params, _, _ = build(name, 3, context_dim)
    context = np.ones(2) if model.context_dim else None
    x, log_prob = model.sample_and_log_prob(params, np.random.default_rng(1), 6, context)
    assert np.array_equal(x, model.sample(params, np.random.default_rng(1), 6, context))
    assert np.allclose(log_prob, model.log_prob(params, x, context), atol=1e-9)
    u = model.to_noise(params, x, context)
    assert np.allclose(model.bijection.u_to_x(params["bijection"], u, context)[0], x, atol=1e-9)


@pytest.mark.parametrize("name", [*FLOWS, *DENSITIES])
def test_a_mistake_is_one_line(name):
    model, params, x, context = build(name, 6, 2)
    wrong = [
        (ValueError, r"x must have shape \(N, 6\), got \(5, 5\)", (x[:, :5], context)),
        (ValueError, r"x must have shape \(N, 6\), got \(6,\)", (x[0], context)),
        (TypeError, "got dtype int64", (np.ones((5, 6), np.int64), context)),
        (ValueError, "2 values that are not finite, first in row 3", (_spoilt(x), context)),
    ]
    if model.context_dim:
        wrong += [
            (ValueError, "context is missing", (x, None)),
            (ValueError, r"context must have shape \(N, 2\), got \(5, 3\)", (x, np.ones((5, 3)))),
            (ValueError, "one row for each of the 5 rows", (x, np.ones((4, 2)))),
            (
                ValueError,
                "context holds 1 values that are not finite",
                (x, np.array([[np.nan, 1]] + 4 * [[1.0, 1]])),
            ),
        ]
    else:
        wrong.append((ValueError, "context was given", (x, np.ones((5, 2)))))
    for kind, message, (bad_x, bad_context) in wrong:
        with pytest.raises(kind, match=message) as error:
            model.log_prob(params, bad_x, bad_context)
        assert "\n" not in str(error.value)
    with pytest.raises(TypeError, match="numpy.random.Generator"):
        model.sample(params, 0, 3, context)
    with pytest.raises(ValueError, match="n must be a whole number"):
        model.sample(params, np.random.default_rng(0), -1, context)


@pytest.mark.parametrize("name", LAYERS)
def test_a_mistake_in_a_layer_is_one_line(name):
    layer, params, x, context = build(name, 6, 2)
    for direction, letter in (("x_to_u", "x"), ("u_to_x", "u")):
        go = getattr(layer, direction)
        name_of = "[xu]" if name == "inverse" else letter
        with pytest.raises(
            ValueError, match=rf"^{name_of} must have shape \(N, 6\), got \(5, 5\)$"
        ):
            go(params, x[:, :5], context)
        with pytest.raises(TypeError, match="got dtype int"):
            go(params, np.ones((5, 6), int), context)
        if layer.context_dim:
            with pytest.raises(ValueError, match="context is missing"):
                go(params, x)


def _spoilt(x):
    x = x.copy()
    x[3, 1], x[4, 0] = np.nan, np.inf
    return x
