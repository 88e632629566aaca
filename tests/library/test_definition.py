"""The seam between what a method says and how it may be computed sooner: checks, `plain`, and what
the engine must decline.
"""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

import tinymaf as t
from tinymaf.checks import random_params
from tinymaf.definition import plain
from tinymaf.nets import ACTIVATIONS, MLP, Activation
from tinymaf.trees import flatten

RNG = np.random.default_rng


def both_ways(model, params, x, context=None, rng_seed=3):
    """Everything that the engine can do for a model, with it and without: two lists of arrays."""

    def results():
        def loss(p):
            return anp.mean(model.log_prob(p, x, context))

        found = [model.log_prob(params, x, context), flatten(grad(loss)(params))]
        found.append(model.sample(params, RNG(rng_seed), len(x), context))
        fitted = t.fit(model, x, context, rng=RNG(0), params=params, epochs=2, batch_size=10)
        return [*found, model.log_prob(fitted.params, x, context)]

    fast = results()
    with plain():
        return fast, results()


def assert_the_same(model, params, x, context=None):
    for fast, slow in zip(*both_ways(model, params, x, context), strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-7, atol=1e-9)


def models(activation):
    options = {"activation": activation}
    return [
        t.maf(3, 2, (12,), **options),
        t.realnvp(3, 2, (12,), scale_activation="tanh", **options),
        t.iaf(3, 2, (12,), **options),
        t.MADE(3, (12, 12), **options),
        t.maf_mog(3, 1, (12,), components=2, **options),
    ]


# (a) One table of activations

SOFTPLUS = Activation(
    function=lambda z: anp.logaddexp(0, z),
    into=lambda z, zeros, out: np.logaddexp(z, zeros, out=out),
    slope=lambda h: 1 - np.exp(-h),
)


@pytest.mark.parametrize("known", [("function",), ("function", "into"), SOFTPLUS._fields])
@pytest.mark.parametrize("k", range(5))
def test_a_third_activation_is_right_whatever_the_table_says_of_it(monkeypatch, known, k):
    third = Activation(**{name: getattr(SOFTPLUS, name) for name in known})
    monkeypatch.setitem(ACTIVATIONS, "softplus", third)
    model = models("softplus")[k]
    params = random_params(model, RNG(k), 0.3)
    assert_the_same(model, params, RNG(1).standard_normal((20, 3)))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_the_table_says_the_same_thrice(activation):
    """`into` is `function`, and `slope` its derivative, as a function of its value."""
    entry, z = ACTIVATIONS[activation], np.linspace(-3, 3, 50)
    h = entry.function(z)
    out = np.empty_like(z)
    assert entry.into(z, np.zeros(50), out) is out
    np.testing.assert_array_equal(out, h)
    slopes = [grad(entry.function)(value) for value in z]
    np.testing.assert_allclose(entry.slope(h), slopes, atol=1e-12)


# (b) What a net holds now


def fewer(masks, rng):
    """Masks that hide something more."""
    return [mask & (rng.random(mask.shape) < 0.7) for mask in masks]


def replace(net, rng):
    net.masks = fewer(net.masks, rng)


def replace_one(net, rng):
    net.masks[0] = fewer(net.masks, rng)[0]


def write_into(net, rng):
    for mask, new in zip(net.masks, fewer(net.masks, rng)):
        mask[...] = new


def numbers(net, rng):
    net.masks = [mask.astype(float) for mask in fewer(net.masks, rng)]


@pytest.mark.parametrize("change", [replace, replace_one, write_into, numbers])
@pytest.mark.parametrize(
    "make",
    [
        lambda: t.maf(4, 2, (16, 16)),
        lambda: t.MADE(4, (16, 16)),
        lambda: t.MADE(4, (16,), conditional=t.MixtureOfGaussians(2)),
        lambda: t.iaf(4, 1, (16,)),
    ],
)
def test_masks_that_are_changed_after_use_are_the_masks_that_count(make, change):
    model = make()
    params, x = random_params(model, RNG(0)), RNG(1).standard_normal((20, 4))
    before = model.log_prob(params, x), model.sample(params, RNG(2), 5)
    layers = model.bijection.layers if isinstance(model, t.Flow) else [model]
    for layer in layers:
        change(getattr(layer, "bijection", layer).net, RNG(5))
    assert np.abs(model.log_prob(params, x) - before[0]).max() > 1e-3
    assert_the_same(model, params, x)


def test_degrees_that_are_changed_after_use_are_those_that_count():
    layer = t.AffineAutoregressive(4, (16,))
    params, u = random_params(layer, RNG(0)), RNG(1).standard_normal((5, 4))
    layer.u_to_x(params, u)
    other = t.AffineAutoregressive(4, (16,), order="reversed")
    layer.net.degrees, layer.net.masks = other.net.degrees, other.net.masks
    layer.net.hidden_degrees = other.net.hidden_degrees
    np.testing.assert_allclose(layer.u_to_x(params, u)[0], other.u_to_x(params, u)[0])


# What a subclass does its own way


class Halved(t.Affine):
    def mu_alpha(self, theta):
        mu, alpha = super().mu_alpha(theta)
        return mu, alpha / 2


class OwnMap(t.Coupling):
    def _map(self, params, z, context, f):
        u, log_det = super()._map(params, z, context, f)
        return u, log_det + 1.0


class OwnWayThere(t.AffineAutoregressive):
    def x_to_u(self, params, x, context=None):
        u, log_det = super().x_to_u(params, x, context)
        return 2 * u, log_det + self.dim * np.log(2)

    def u_to_x(self, params, u, context=None):
        x, log_det = super().u_to_x(params, u / 2, context)
        return x, log_det - self.dim * np.log(2)


class Sharper(t.Gaussian):
    def log_prob(self, theta, x):
        return super().log_prob(theta, x) * 2


class Shifted(t.Flow):
    def log_prob(self, params, x, context=None):
        return super().log_prob(params, x, context) + 1.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: t.Flow(t.Chain([t.Autoregressive(3, (8,), elementwise=Halved())])),
        lambda: t.Flow(t.Chain([OwnMap([True, False, False], (8,))])),
        lambda: t.Flow(t.Chain([OwnWayThere(3, (8,)), t.AffineCoupling([True, False, True])])),
        lambda: t.Flow(OwnWayThere(3, (8,))),
        lambda: t.MADE(3, (8,), conditional=Sharper()),
        lambda: Shifted(t.Chain([t.AffineAutoregressive(3, (8,))])),
        lambda: t.Flow(t.Inverse(OwnWayThere(3, (8,)))),
    ],
)
def test_what_a_subclass_does_its_own_way_is_computed_that_way(make):
    model = make()
    assert_the_same(model, random_params(model, RNG(0), 0.3), RNG(1).standard_normal((20, 3)))


class Net(MLP):
    def __call__(self, params, h):
        return 2 * super().__call__(params, h)


def test_a_net_of_one_s_own_is_called():
    layer = t.AffineCoupling([True, False], (8,))
    layer.nets = [Net(1, 2, (8,))]
    flow = t.Flow(t.Chain([layer]))
    assert_the_same(flow, random_params(flow, RNG(0), 0.3), RNG(1).standard_normal((20, 2)))


# (c) A learner's own layers and densities


class Double(t.Bijection):
    dim = 3

    def x_to_u(self, params, x, context=None):
        return 2 * x, np.full(len(x), 3 * np.log(2))

    def u_to_x(self, params, u, context=None):
        return u / 2, np.full(len(u), -3 * np.log(2))


class Uniform(t.Density):
    dim, context_dim = 1, 2

    def log_prob(self, params, x, context=None):
        return np.zeros(len(x))


class Drawn(Uniform):
    def sample(self, params, rng, n, context=None):
        return rng.random((n, 1))


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: Double().x_to_u((), np.zeros((2, 5))),
            r"x must have shape \(N, 3\), got \(2, 5\)",
        ),
        (
            lambda: Double().u_to_x((), np.zeros((2, 5))),
            r"u must have shape \(N, 3\), got \(2, 5\)",
        ),
        (lambda: Double().x_to_u((), np.zeros((2, 3), int)), "x must hold floating-point numbers"),
        (lambda: Double().x_to_u((), np.zeros((2, 3)), np.ones(2)), "the model takes none"),
        (lambda: Uniform().log_prob((), np.zeros((2, 2)), np.zeros(2)), r"shape \(N, 1\)"),
        (lambda: Uniform().log_prob((), np.zeros((2, 1))), "context is missing"),
        (lambda: Uniform().log_prob((), np.full((2, 1), np.nan), np.zeros(2)), "x holds 2 values"),
        (lambda: Uniform().sample((), RNG(0), 3, np.zeros(2)), "Uniform does not define sample"),
        (lambda: Drawn().sample((), 0, 3, np.zeros(2)), "rng must be a numpy.random.Generator"),
        (lambda: Drawn().sample((), RNG(0), -1, np.zeros(2)), "n must be a whole number"),
    ],
)
def test_a_learner_s_own_is_checked_like_ours(call, message):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_a_layer_without_a_dim_says_so():
    class Dimless(Double):
        dim = None

    with pytest.raises(TypeError, match="Dimless has no dim: set self.dim in its __init__"):
        Dimless().x_to_u((), np.zeros((2, 3)))


def test_methods_of_a_parent_that_is_no_bijection_count_and_are_checked():
    class Halves:
        def x_to_u(self, params, x, context=None):
            return x / 2, np.full(len(x), -3 * np.log(2))

    class Mine(Halves, Double):
        def u_to_x(self, params, u, context=None):
            return 2 * u, np.full(len(u), 3 * np.log(2))

    class Alone(Halves, t.Bijection):
        dim = 3
        u_to_x = Mine.u_to_x

    for layer in (Mine(), Alone()):
        assert layer.x_to_u((), np.ones((1, 3)))[0][0, 0] == 0.5
        with pytest.raises(ValueError, match=r"x must have shape \(N, 3\)"):
            layer.x_to_u((), np.zeros((2, 5)))


@pytest.mark.parametrize(
    "base, methods, missing",
    [
        (t.Bijection, ["x_to_u"], "u_to_x"),
        (t.Bijection, ["u_to_x"], "x_to_u"),
        (t.Bijection, [], "x_to_u and u_to_x"),
        (t.Density, ["sample"], "log_prob"),
    ],
)
def test_a_subclass_that_lacks_a_method_is_refused_when_it_is_defined(base, methods, missing):
    with pytest.raises(TypeError, match=f"^Mine must define {missing}$"):
        type("Mine", (base,), {name: lambda self, *args: None for name in methods})


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: t.Flow(3), "bijection must be a Bijection, got 3"),
        (lambda: t.Flow(t.Permute([1, 0]), base=3), "base must be a Density, got 3"),
        (lambda: t.Flow(t.StandardNormal(2)), "bijection must be a Bijection, got StandardNormal"),
        (lambda: t.Chain([1]), "each of layers must be a Bijection, got 1"),
        (lambda: t.Chain(t.Permute([1, 0])), r"write Chain\(\[layer\]\)"),
        (lambda: t.Chain(3), "layers must be a list of layers, got 3"),
        (lambda: t.Inverse(4), "bijection must be a Bijection, got 4"),
        (lambda: t.Inverse(t.MADE(2)), "bijection must be a Bijection, got MADE"),
        (
            lambda: t.Autoregressive(2, elementwise=3),
            r"elementwise must be an object such as Affine",
        ),
        (
            lambda: t.Autoregressive(2, elementwise=t.Affine),
            r"elementwise must be an object such as",
        ),
        (lambda: t.Coupling([True, False], elementwise="affine"), "elementwise must be an object"),
        (lambda: t.MADE(2, conditional=t.Permute([1, 0])), r"such as Gaussian\(\), got Permute"),
        (lambda: t.MADE(2, conditional=t.Gaussian), r"conditional must be an object such as"),
        (lambda: t.VAE(2, 1, posterior=3), "the posterior must be a Bijection, got 3"),
        (lambda: t.VAE(2, 1, prior=3), "the prior must be a Density, got 3"),
        (lambda: t.fit(3, np.zeros((5, 2)), rng=RNG(0)), "density must be a Density, got 3"),
        (
            lambda: t.fit(t.Permute([1, 0]), np.zeros((5, 2)), rng=RNG(0)),
            "must be a Density, got Perm",
        ),
        (lambda: t.Trainer(3, {}), "density must be a Density, got 3"),
        (lambda: t.fit_reverse_kl(3, sum, rng=RNG(0)), "flow must be a Flow, got 3"),
        (lambda: t.MADE(2, activation=["relu"]), "activation must be one of"),
    ],
)
def test_a_wrong_part_is_one_line_that_says_what_was_expected(make, message):
    with pytest.raises((TypeError, ValueError), match=message) as error:
        make()
    assert "\n" not in str(error.value)
