"""What is special to one layer or flow, beyond the battery: relations, statistics, initialisation,
refusals.
"""

import autograd.numpy as np
import pytest
from autograd import grad
from kit.claims import claim

import tinymaf as t
from tinymaf.checks import (
    check_log_det,
    check_normalised,
    check_round_trip,
    jacobians,
    random_params,
)
from tinymaf.structure import in_full

RNG = np.random.default_rng


@pytest.mark.parametrize("context_dim", (0, 2))
def test_realnvp_is_the_masked_layer_with_two_degrees(context_dim):
    """The weights of a coupling's net, laid out in a masked net of degrees 1 (stays) and 2
    (mapped): same numbers.

    With a context half of the masked net's hidden units have degree 0, and stay at zero here: it is
    twice as wide.
    """
    rng, stay = RNG(0), np.array([True, False, True, True, False])
    times = 2 if context_dim else 1
    coupling = t.AffineCoupling(stay, (7, 6), context_dim=context_dim)
    masked = t.AffineAutoregressive(
        5, (7 * times, 6 * times), context_dim=context_dim, degrees=np.where(stay, 1, 2)
    )
    narrow = random_params(coupling, rng)[0]
    (w1, b1), (w2, b2), (v, c) = narrow
    wide = [(np.zeros(w.shape), np.zeros(b.shape)) for w, b in masked.init(rng)]
    (wide_w1, wide_b1), (wide_w2, wide_b2), (wide_v, wide_c) = wide
    reads = np.flatnonzero(np.concatenate([stay, np.ones(context_dim, bool)]))
    # columns: mu of all variables, then alpha of all
    mapped = np.flatnonzero(np.concatenate([~stay, ~stay]))
    wide_w1[reads, -7:], wide_b1[-7:] = w1, b1
    wide_w2[-7:, -6:], wide_b2[-6:] = w2, b2
    wide_v[-6:, mapped], wide_c[mapped] = v, c
    x = rng.standard_normal((9, 5))
    context = rng.standard_normal((9, context_dim)) if context_dim else None
    for a, b in zip(coupling.x_to_u([narrow], x, context), masked.x_to_u(wide, x, context)):
        assert np.allclose(a, b, rtol=0, atol=1e-14)


def test_nice_keeps_volume_but_for_its_scaling():
    layer = t.AdditiveCoupling([True, False, False])
    x = RNG(0).standard_normal((6, 3))
    params = random_params(layer, RNG(1))
    assert np.array_equal(layer.x_to_u(params, x)[1], np.zeros(6))
    flow = t.nice(3, 4, (8,))
    params = random_params(flow, RNG(1))
    log_det = flow.bijection.x_to_u(params["bijection"], x)[1]
    assert np.allclose(log_det, -params["bijection"][-1]["alpha"].sum())


def test_maf_layers_are_the_inverse_of_iaf_s():
    rng, x = RNG(0), RNG(1).standard_normal((5, 3))
    maf, iaf = t.maf(3, 1, (8,)), t.iaf(3, 1, (8,))
    params = random_params(maf, rng)["bijection"]
    forth, log_det = maf.bijection.x_to_u(params, x)
    back, log_det_back = iaf.bijection.u_to_x(params, x)
    assert np.array_equal(forth, back) and np.array_equal(log_det, log_det_back)


@pytest.mark.filterwarnings("ignore:the masks lose")
@pytest.mark.parametrize("dim", (1, 2, 3, 7))
@pytest.mark.parametrize("order", ("natural", "reversed", "rolled"))
@pytest.mark.parametrize("narrow", (True, False))
@pytest.mark.parametrize("context_dim", (0, 2))
def test_every_order_and_width_of_the_autoregressive_layer(dim, order, narrow, context_dim):
    """Hidden layers narrower and wider than D - 1; with D = 3, the rolled order is a 3-cycle."""
    rng = RNG([dim, narrow, context_dim])
    hidden = (max(1, dim - 2),) if narrow else (2 * dim + 1, 2 * dim)
    layer = t.AffineAutoregressive(
        dim,
        hidden,
        order=np.roll(np.arange(dim), 1) if order == "rolled" else order,
        context_dim=context_dim,
    )
    params, x = random_params(layer, rng), rng.standard_normal((4, dim))
    context = rng.standard_normal((4, context_dim)) if context_dim else None
    assert check_round_trip(layer, params, x, context, tol=1e-10) < 1e-10
    assert check_log_det(layer, params, x, context, tol=1e-8) < 1e-8


# Batch norm


def test_batch_norm_takes_the_minibatch_s_statistics_until_it_is_frozen():
    rng = RNG(0)
    layer, train = t.BatchNorm(3, eps=0.0), 4 + 3 * rng.standard_normal((500, 3))
    params = layer.init(rng)
    u, log_det = layer.x_to_u(params, train[:50])
    assert np.allclose(u.mean(axis=0), 0, atol=1e-12) and np.allclose(u.std(axis=0), 1)
    assert np.allclose(log_det, -np.log(train[:50].std(axis=0)).sum())
    frozen = layer.freeze(params, train)
    wanted = (train[:50] - train.mean(axis=0)) / train.std(axis=0)
    assert np.allclose(layer.x_to_u(frozen, train[:50])[0], wanted)
    assert layer.thaw(frozen).keys() == params.keys()
    with pytest.raises(ValueError, match=r"call params = model.freeze\(params, x_train\) first"):
        layer.u_to_x(params, u)


def test_the_gradient_goes_through_the_minibatch_s_statistics():
    rng = RNG(0)
    layer, x = t.BatchNorm(2), rng.standard_normal((6, 2))
    params = random_params(layer, rng)

    def loss(x):
        u, log_det = layer.x_to_u(params, x)
        return np.sum(np.sin(u)) + np.sum(log_det)

    g, h = grad(loss)(x), 1e-6
    for n, i in ((0, 0), (3, 1)):
        step = np.zeros((6, 2))
        step[n, i] = h
        assert g[n, i] == pytest.approx((loss(x + step) - loss(x - step)) / (2 * h), rel=1e-6)


def test_freezing_a_chain_takes_each_layer_s_own_input():
    rng, x = RNG(0), RNG(1).standard_normal((400, 2)) * [3, 0.2]
    flow = t.maf(2, 2, (8,), batch_norm=True)
    frozen = flow.freeze(random_params(flow, rng, 0.3), x)
    steps = flow.bijection.steps(frozen["bijection"], x)
    for k in (1, 3):
        assert np.allclose(frozen["bijection"][k]["mean"], steps[k].mean(axis=0))
        assert np.allclose(frozen["bijection"][k]["var"], steps[k].var(axis=0))
    assert "mean" not in flow.thaw(frozen)["bijection"][1]
    with pytest.raises(ValueError, match="batch norm inside Inverse"):
        t.Inverse(t.BatchNorm(2)).freeze({}, x)


def test_fit_returns_frozen_batch_norm_and_starts_again_from_it():
    rng = RNG(0)
    x = rng.standard_normal((300, 2)) @ np.array([[1, 0.8], [0, 0.6]]) + 5
    flow = t.maf(2, 2, (8,), batch_norm=True)
    result = t.fit(flow, x, rng=rng, epochs=15, lr=5e-3, x_val=x[:100])
    assert flow.sample(result.params, rng, 10).shape == (10, 2)
    again = t.fit(flow, x, rng=rng, params=result.params, epochs=2, lr=1e-3, x_val=x[:100])
    assert again.history[-1]["val"] < result.history[0]["val"]
    # statistics are measured, not trained: those of the last parameters on the training data
    steps = flow.bijection.steps(again.params["bijection"], x)
    assert np.allclose(again.params["bijection"][1]["mean"], steps[1].mean(axis=0))


# Initialisation from data


def test_actnorm_standardises_what_reaches_it():
    rng = RNG(0)
    x = rng.standard_normal((500, 3)) @ rng.standard_normal((3, 3)) + 7
    flow = t.glow(3, 3, (8,))
    params = flow.init(rng, x)
    for k in (0, 3, 6):
        z = flow.bijection.steps(params["bijection"], x)[k + 1]
        assert np.allclose(z.mean(axis=0), 0, atol=1e-8)
        assert np.allclose(z.std(axis=0), 1, atol=1e-8)
    constant = t.ActNorm(2).init(rng, np.ones((10, 2)))
    assert np.isfinite(constant["alpha"]).all()


@pytest.mark.parametrize(
    "flow",
    [t.maf(4), t.iaf(4), t.realnvp(4), t.nsf(4), t.nsf(4, coupling=True), t.nice(4)],
    ids=["maf", "iaf", "realnvp", "nsf", "nsf coupling", "nice"],
)
def test_an_untrained_flow_is_the_identity(flow):
    x = RNG(0).standard_normal((5, 4))
    u, log_det = flow.bijection.x_to_u(flow.init(RNG(1))["bijection"], x)
    assert np.allclose(u, x, atol=1e-12) and np.allclose(log_det, 0, atol=1e-12)


def test_conditional_chains_initialise_from_data_too():
    flow = t.glow(3, 2, (8,), context_dim=2)
    x = 3 + RNG(0).standard_normal((50, 3))
    u = flow.to_noise(flow.init(RNG(1), x), x, np.zeros(2))
    assert np.abs(u.mean(axis=0)).max() < 1e-8


# Splines


def test_the_spline_is_smooth_monotone_and_the_identity_outside():
    rng = RNG(0)
    spline = t.RationalQuadratic(bins=6, limit=3.0)
    theta = np.repeat(3 * rng.standard_normal((1, spline.n_params, 1)), 4001, axis=0)
    x = np.linspace(-4, 4, 4001)[:, None]
    u, log_slope = spline.x_to_u(theta, x)
    outside = np.abs(x) >= 3
    assert np.array_equal(u[outside], x[outside]) and (log_slope[outside] == 0).all()
    assert (np.diff(u[:, 0]) > 0).all()
    numeric = np.gradient(u[:, 0], x[:, 0])
    assert np.median(np.abs(np.exp(log_slope[:, 0]) / numeric - 1)) < 1e-3
    back, log_slope_back = spline.u_to_x(theta, u)
    assert np.abs(back - x).max() < 1e-9 and np.abs(log_slope + log_slope_back).max() < 1e-8


@pytest.mark.filterwarnings("ignore:affine layers on one variable")
@pytest.mark.trained
def test_a_spline_beats_affine_layers_on_two_bumps():
    """In one dimension a MAF is always Gaussian, however deep; one spline is not."""

    def draw(rng):
        return 0.4 * rng.standard_normal((2000, 1)) + rng.choice([-1.5, 1.5], (2000, 1))

    fits = [
        t.fit(flow, draw, rng=RNG(0), epochs=25, lr=1e-2, schedule="cosine", x_val=draw(RNG(9)))
        for flow in (t.maf(1, 5, (8,)), t.nsf(1, 1, (8,)))
    ]
    scores = [result.history[-1]["val"] for result in fits]
    gaussian = 0.5 * np.log(2 * np.pi * np.e * (0.16 + 2.25))
    claim(
        scores[0] - gaussian,
        -0.1,
        0.1,
        "five affine layers in one dimension: nats from the best Gaussian",
    )
    claim(gaussian - scores[1], 0.5, None, "nats that one spline gains over it")


# Linear layers, logit


def test_lu_linear_is_a_matrix():
    layer = t.LULinear(4, order=[2, 0, 3, 1])
    params = random_params(layer, RNG(0), 1.0)
    J = jacobians(lambda x: layer.x_to_u(params, x)[0], RNG(1).standard_normal((2, 4)))
    assert np.allclose(J[0], J[1])
    assert np.allclose(J[0], layer.matrix(params)[:, np.argsort([2, 0, 3, 1])])
    assert np.linalg.slogdet(J[0])[1] == pytest.approx(params["s"].sum())


@pytest.mark.parametrize("a", (1e-6, 0.05, 0.0))
def test_logit_takes_pixels_to_the_line_and_back(a):
    layer, x = t.Logit(2, a=a), np.array([[1e-3, 0.5], [0.2, 0.999]])
    check_round_trip(layer, (), x)
    check_log_det(layer, (), x)
    assert np.isfinite(t.Logit(1, a=1e-6).x_to_u((), np.array([[0.0], [1.0]]))[0]).all()
    with pytest.raises(ValueError, match=r"x must lie in .0, 1.,.* got values from -0.1 to 0.5"):
        layer.x_to_u((), np.array([[-0.1, 0.5]]))
    with pytest.raises(ValueError, match="a must be at least 0 and below 0.5"):
        t.Logit(2, a=0.5)


# Chains and refusals


def test_permutations_move_no_volume_and_go_back():
    layer, x = t.Permute([1, 2, 0]), RNG(0).standard_normal((3, 3))
    u, log_det = layer.x_to_u((), x)
    assert np.array_equal(u, x[:, [1, 2, 0]]) and not log_det.any()
    assert np.array_equal(layer.u_to_x((), u)[0], x)
    check_log_det(layer, (), x)


def test_neighbours_of_one_order_are_warned_of():
    with pytest.warns(UserWarning, match="layers 0 and 1, 1 and 2 share one order"):
        t.maf(3, 3, orders="same")
    layer = t.AffineAutoregressive(3)
    t.Chain([layer, t.Permute([2, 1, 0]), layer])  # a permutation between them: no warning
    with pytest.warns(UserWarning, match="share one order"):
        t.Chain([t.Inverse(layer), t.Inverse(t.AffineAutoregressive(3))])


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: t.Chain([]), "at least one layer"),
        (lambda: t.Chain([t.Scale(2), t.Scale(3)]), r"must have one dim, got \[2, 3\]"),
        (
            lambda: t.Chain(
                [
                    t.AffineAutoregressive(2, context_dim=1),
                    t.AffineCoupling([True, False], context_dim=2),
                ]
            ),
            r"one context_dim, got \[1, 2\]",
        ),
        (
            lambda: t.Flow(t.Scale(2), t.StandardNormal(3)),
            "base must have dim 2 like the bijection, got 3",
        ),
        (
            lambda: t.Flow(t.AffineAutoregressive(2, context_dim=1), t.MADE(2, context_dim=2)),
            "one context_dim, got 2 and 1",
        ),
        (lambda: t.maf(2, 0), "n_layers must be a whole number of at least 1, got 0"),
        (lambda: t.maf(2, orders="random"), "needs rng"),
        (lambda: t.maf(2, 3, orders=["natural"]), "one order for each of the 3 layers, got 1"),
        (lambda: t.maf(2, orders="zigzag"), "got 'zigzag'"),
        (lambda: t.AffineCoupling([0, 1]), "mask must be a sequence of D booleans"),
        (
            lambda: t.Coupling([True, False], elementwise=t.Additive(), scale_activation="tanh"),
            "scale_activation needs",
        ),
        (lambda: t.Affine(-1.0), "alpha_bound must be a positive number or None"),
        (lambda: t.RationalQuadratic(1), "bins must be a whole number of at least 2"),
        (lambda: t.RationalQuadratic(4, -1.0), "limit must be a positive number"),
        (lambda: t.AffineCoupling([True, False], activation="gelu"), "activation must be one of"),
    ],
)
def test_a_bad_structure_is_one_line(make, message):
    with pytest.raises(ValueError, match=message) as error:
        make()
    assert "\n" not in str(error.value)


def test_structures_show_how_they_were_made():
    flow = t.Flow(t.Chain([t.Permute(np.array([1, 0])), t.Scale(2)]))
    assert repr(flow) == "Flow(bijection=Chain(layers=[Permute(order=[1, 0]), Scale(dim=2)]))"


# Every flow is a density


@pytest.mark.parametrize(
    "name, make",
    [
        ("maf", lambda C: t.maf(2, 3, (12,), context_dim=C)),
        (
            "maf, random orders",
            lambda C: t.maf(2, 2, (12,), orders=[[1, 0], [0, 1]], context_dim=C, batch_norm=True),
        ),
        ("maf_mog", lambda C: t.maf_mog(2, 2, (12,), components=3, context_dim=C)),
        ("iaf", lambda C: t.iaf(2, 2, (12,), context_dim=C)),
        ("nice", lambda C: t.nice(2, 3, (12,), context_dim=C)),
        ("realnvp", lambda C: t.realnvp(2, 3, (12,), context_dim=C)),
        ("glow", lambda C: t.glow(2, 2, (12,), context_dim=C)),
        ("nsf", lambda C: t.nsf(2, 2, (12,), context_dim=C)),
        ("nsf, coupling", lambda C: t.nsf(2, 2, (12,), coupling=True, context_dim=C)),
    ],
)
@pytest.mark.parametrize("context", (None, [-1.0], [0.5], [2.0]))
def test_every_flow_integrates_to_one(name, make, context):
    flow = make(0 if context is None else 1)
    params = random_params(flow, RNG(2), 0.3)
    data = RNG(3).standard_normal((200, 2))
    params = flow.freeze(params, data, None if context is None else np.full((200, 1), context[0]))
    check_normalised(flow, params, None if context is None else np.array(context))


def test_a_density_that_does_not_integrate_to_one_is_found():
    class Wrong(t.StandardNormal):
        def log_prob(self, params, x, context=None):
            return super().log_prob(params, x) + 0.01

    with pytest.raises(AssertionError, match="integrates to 1.01005"):
        check_normalised(Wrong(2), ())
    with pytest.raises(ValueError, match="one or two dimensions, got D=3"):
        check_normalised(t.StandardNormal(3), ())


def test_wrong_log_dets_and_round_trips_are_found():
    class Flipped(t.Scale):
        def x_to_u(self, params, x, context=None):
            u, log_det = super().x_to_u(params, x)
            return u, -log_det

    class Drifting(t.Scale):
        def u_to_x(self, params, u, context=None):
            x, log_det = super().u_to_x(params, u)
            return x + 1e-6, log_det

    x, params = RNG(0).standard_normal((3, 2)), {"alpha": np.array([0.3, 0.4])}
    with pytest.raises(
        AssertionError, match="x_to_u: log_det of row 0 is 0.7, slogdet of the Jacobian -0.7"
    ):
        check_log_det(Flipped(2), params, x)
    with pytest.raises(AssertionError, match="sum of the two log_dets is off by 1.4"):
        check_round_trip(Flipped(2), params, x)
    with pytest.raises(AssertionError, match="x -> u -> x is off by 1.00e-06"):
        check_round_trip(Drifting(2), params, x)


# What a reader of the code may try


def test_what_a_subclass_does_its_own_way_is_not_fused():
    class Mine(t.Affine):
        def mu_alpha(self, theta):
            return theta[:, 0], np.tanh(theta[:, 1])

    class Doubled(t.AffineAutoregressive):
        def x_to_u(self, params, x, context=None):
            u, log_det = super().x_to_u(params, x)
            return 2 * u, log_det + 3 * np.log(2)

        def u_to_x(self, params, u, context=None):
            x, log_det = super().u_to_x(params, u / 2)
            return x, log_det - 3 * np.log(2)

    x = RNG(0).standard_normal((5, 3))
    for layer in (
        t.Autoregressive(3, elementwise=Mine()),
        t.Chain([Doubled(3)]),
        t.Coupling([True, False, True], elementwise=Mine()),
    ):
        params = random_params(layer, RNG(1))
        check_round_trip(layer, params, x)
        check_log_det(layer, params, x)


@pytest.mark.parametrize(
    "right, wrong, message",
    [
        (t.maf(3, 3), t.maf(3, 5), "expected 3 layers, got 5"),
        (t.maf(3, 5), t.maf(3, 3), "expected 5 layers, got 3"),
        (t.realnvp(3, 2, (8, 8)), t.realnvp(3, 2, (8, 8, 8)), "expected 3 layers in a net, got 4"),
        (t.MADE(3, (8, 8)), t.MADE(3, (8,)), "expected 3 layers in a net, got 2"),
    ],
)
def test_parameters_of_another_model_are_refused(right, wrong, message):
    from tinymaf.definition import plain

    params, x = random_params(wrong, RNG(0)), np.ones((2, 3))
    with pytest.raises(ValueError, match=message):
        right.log_prob(params, x)
    with plain(), pytest.raises(ValueError, match=message):
        right.log_prob(params, x)
    with pytest.raises(ValueError, match=message):
        grad(lambda p: np.sum(right.log_prob(p, x)))(params)


def test_mixed_dtypes_are_computed_in_the_wider_one():
    from tinymaf.definition import plain

    for flow in (t.nice(4), t.realnvp(4), t.maf(4, 2)):
        params, x32 = random_params(flow, RNG(0)), RNG(1).standard_normal((5, 4)).astype(np.float32)
        fused = flow.log_prob(params, x32)
        with plain():
            exact = flow.log_prob(params, x32.astype(float))
            assert np.allclose(fused, exact, rtol=1e-13, atol=1e-13)
        assert fused.dtype == float
        assert flow.bijection.u_to_x(params["bijection"], x32)[0].dtype == float
        gradient = grad(lambda p, x=x32, flow=flow: np.sum(flow.log_prob(p, x)))(params)
        first = gradient["bijection"][0][0]
        assert np.isfinite(first[0][0] if isinstance(first, list) else first[0]).all()


def test_no_rows_give_no_rows():
    for flow in (
        t.maf(2, 2),
        t.maf_mog(2, 2),
        t.realnvp(2),
        t.nsf(2, 1),
        t.glow(2, 1),
        t.iaf(2, 1),
    ):
        params, none = random_params(flow, RNG(0)), np.zeros((0, 2))
        assert flow.log_prob(params, none).shape == (0,)
        assert flow.sample(params, RNG(1), 0).shape == (0, 2)
    layer = t.AffineAutoregressive(2)
    params = random_params(layer, RNG(0))
    assert grad(lambda u: np.sum(layer.u_to_x(params, u)[0]))(np.zeros((0, 2))).shape == (0, 2)
    with pytest.raises(ValueError, match="at least two rows"):
        t.BatchNorm(2).x_to_u(t.BatchNorm(2).init(None), np.zeros((0, 2)))


def test_many_samples_are_drawn_in_chunks():
    from tinymaf.engine import sampling

    flow = t.maf(3, 2, (8,), context_dim=1)
    params, n = random_params(flow, RNG(0)), sampling.CHUNK + 10
    u, context = RNG(1).standard_normal((n, 3)), RNG(2).standard_normal((n, 1))
    x, log_det = flow.bijection.u_to_x(params["bijection"], u, context)
    last = slice(n - 20, n)
    some, some_log_det = flow.bijection.u_to_x(params["bijection"], u[last], context[last])
    assert np.allclose(x[last], some, atol=1e-12)
    assert np.allclose(log_det[last], some_log_det, atol=1e-12)


def test_structures_are_pickled_and_copied():
    import copy
    import pickle

    x = RNG(0).random((4, 3))
    for model in (
        t.maf(3),
        t.maf_mog(3, 2),
        t.nsf(3, 1),
        t.glow(3, 2),
        t.OrderEnsemble(3, 2),
        t.Flow(t.Logit(3)),
    ):
        params = random_params(model, RNG(1))
        for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
            assert np.array_equal(again.log_prob(params, x), model.log_prob(params, x))
            assert in_full(again) == in_full(model)


def test_samples_of_a_logit_flow_are_in_its_domain():
    flow = t.Flow(t.Chain([t.Logit(2, a=0.05), t.AffineAutoregressive(2)]))
    params = random_params(flow, RNG(0), 0.2)
    assert np.isfinite(flow.log_prob(params, flow.sample(params, RNG(1), 1000))).all()


@pytest.mark.parametrize(
    "make, kind, message",
    [
        (lambda: t.Permute("reversed"), ValueError, "order must be a row of whole numbers"),
        (lambda: t.Permute(3), ValueError, "order must be a row of whole numbers"),
        (lambda: t.realnvp(2.5), ValueError, "dim must be a whole number of at least 1, got 2.5"),
        (lambda: t.realnvp(0), ValueError, "dim must be a whole number"),
        (lambda: t.OrderEnsemble(2.5), ValueError, "dim must be a whole number"),
        (
            lambda: t.AffineCoupling([True, False], context_dim=-1),
            ValueError,
            "context_dim must be a whole number",
        ),
        (
            lambda: t.MADE(2, conditional=t.Bernoulli),
            TypeError,
            "conditional must be an object such as",
        ),
        (
            lambda: t.MADE(2, conditional="bernoulli"),
            TypeError,
            "conditional must be an object such as",
        ),
        (lambda: t.maf(2, orders=5), ValueError, "or a list, got 5"),
        (lambda: t.maf(2, hidden=None), ValueError, "hidden must be a sequence of widths"),
        (lambda: t.Flow(1), TypeError, "bijection must be a Bijection, got 1"),
        (lambda: t.Chain(t.Scale(2)), TypeError, "layers must be a list"),
        (lambda: t.maf(2).init(0), TypeError, "numpy.random.Generator"),
        (lambda: t.RationalQuadratic(1200), ValueError, "bins must be at most 500"),
        (lambda: t.RationalQuadratic(4, np.inf), ValueError, "limit must be a positive number"),
        (
            lambda: t.Flow(t.Scale(2), base=t.maf(2, 1, batch_norm=True)),
            ValueError,
            "batch norm in the base",
        ),
        (
            lambda: t.AffineAutoregressive(2, degrees=[1, 2, 3]),
            ValueError,
            "degrees must be 2 whole numbers",
        ),
    ],
)
def test_more_mistakes_in_one_line(make, kind, message):
    with pytest.raises(kind, match=message) as error:
        make()
    assert "\n" not in str(error.value)


def test_batch_norm_between_layers_does_not_hide_their_order():
    with pytest.warns(UserWarning, match="layers 0 and 2 share one order"):
        t.maf(2, 2, orders="same", batch_norm=True)
