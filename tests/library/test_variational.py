"""Reverse KL and log Z, against quadrature, closed forms and finite differences."""

import math

import autograd.numpy as np
import numpy as onp
import pytest
from autograd import grad
from autograd.extend import defvjp, primitive
from kit.claims import claim

from tinymaf import MADE, AffineAutoregressive, Flow, Inverse, StandardNormal
from tinymaf.checks import random_params
from tinymaf.flows import iaf
from tinymaf.trees import leaves, map_tree
from tinymaf.variational import fit_reverse_kl, log_mean_exp, log_weights, log_z


def inverse_flow(dim=2, n_layers=2, hidden=(8,), context_dim=0):
    return iaf(dim, n_layers, hidden, context_dim=context_dim, activation="tanh")


def banana(x):
    """x1 ~ N(0, 4), x2 | x1 ~ N(x1^2 / 4, 1/4), times Z = 2 pi * 2 * 0.5."""
    return -0.5 * (x[:, 0] / 2) ** 2 - 0.5 * ((x[:, 1] - x[:, 0] ** 2 / 4) / 0.5) ** 2


def moons(x):
    """Energy U1 of Rezende and Mohamed 2015, table 1: a ring of radius 2 of which two facing arcs
    are left.
    """
    radius = np.sqrt(np.sum(x**2, axis=1))
    arcs = np.logaddexp(-0.5 * ((x[:, 0] - 2) / 0.6) ** 2, -0.5 * ((x[:, 0] + 2) / 0.6) ** 2)
    return -0.5 * ((radius - 2) / 0.4) ** 2 + arcs


def normal_target(x):
    """N(m, diag(s^2)) with m = (1, -2), s = (0.5, 2), times Z = 2 pi * 0.5 * 2."""
    return -0.5 * np.sum(((x - onp.array([1.0, -2.0])) / onp.array([0.5, 2.0])) ** 2, axis=1)


def log_quadrature(log_target, low, high, n=800):
    """log of the integral by the midpoint rule on an n x n grid."""
    axis = low + (high - low) * (onp.arange(n) + 0.5) / n
    grid = onp.stack([a.ravel() for a in onp.meshgrid(axis, axis, indexing="ij")], axis=1)
    return math.log(onp.sum(onp.exp(log_target(grid))) * ((high - low) / n) ** 2)


def flat(tree):
    return onp.concatenate([onp.ravel(leaf) for leaf in leaves(tree)])


def finite_difference(f, params, rng, h=1e-5):
    """A random direction, and the central difference of f along it."""
    direction = map_tree(lambda a: rng.standard_normal(a.shape), params)
    up, down = (f(map_tree(lambda a, d, s=s: a + s * h * d, params, direction)) for s in (1, -1))
    return direction, (up - down) / (2 * h)


# --- the fits ---


def test_the_quadrature_knows_the_bananas_constant():
    assert log_quadrature(banana, -10, 12) == pytest.approx(math.log(2 * math.pi), abs=1e-3)


@pytest.mark.trained
@pytest.mark.parametrize("target, box, n_layers", [(banana, (-10, 12), 2), (moons, (-5, 5), 4)])
def test_an_iaf_finds_log_z(target, box, n_layers):
    flow, steps = inverse_flow(n_layers=n_layers, hidden=(32, 32)), 1500
    result = fit_reverse_kl(flow, target, rng=np.random.default_rng(0), steps=steps, progress=False)
    estimate = log_z(flow, result.params, target, np.random.default_rng(1), 20_000)
    exact = log_quadrature(target, *box)
    bound = -result.column("loss")[-50:].mean()
    claim(estimate.value - exact, -0.2, 0.1, f"{target.__name__}: log Z, estimate less integral")
    claim(
        exact - bound,
        -0.05,
        1,
        f"{target.__name__}: the bound lies below log Z by KL(q || p), nats",
    )
    claim(
        bound + result.history[0]["loss"], 0.5, None, f"{target.__name__}: nats gained by training"
    )
    assert len(result.history) == result.best_epoch == steps
    assert result.stopped == f"all {steps} steps done"


@pytest.mark.trained
def test_reverse_kl_may_miss_a_mode_and_log_z_with_it():
    """What the docstrings warn of: a start on one of two far modes stays there, and finds half of
    Z.
    """

    def two_modes(x):
        return np.logaddexp(-0.5 * (x[:, 0] - 8) ** 2, -0.5 * (x[:, 0] + 8) ** 2)

    flow = Flow(Inverse(AffineAutoregressive(1, hidden=())))
    params = flow.init(np.random.default_rng(0))
    params["bijection"][-1][1][0] = -8.0  # mu
    result = fit_reverse_kl(
        flow, two_modes, rng=np.random.default_rng(0), params=params, steps=100, progress=False
    )
    estimate = log_z(flow, result.params, two_modes, np.random.default_rng(1), 2000)
    claim(
        estimate.value - 0.5 * math.log(2 * math.pi),
        -0.05,
        0.05,
        "log Z less that of one mode (log 2 too low)",
    )
    claim(estimate.ess / 2000, 0.9, None, "effective share of the draws")


@pytest.mark.trained
@pytest.mark.parametrize("stl", [False, True])
def test_a_normal_target_is_found_to_the_constant(stl):
    flow = inverse_flow(n_layers=1, hidden=())
    start = flow.init(np.random.default_rng(0))
    before = flat(start).copy()
    result = fit_reverse_kl(
        flow,
        normal_target,
        rng=np.random.default_rng(1),
        params=start,
        steps=1500,
        n_samples=64,
        lr=0.03,
        sticking_the_landing=stl,
        progress=False,
    )
    allowed = 5e-3 if stl else 0.1
    claim(
        -result.history[-1]["loss"] - math.log(2 * math.pi),
        -allowed,
        allowed,
        "the bound less log Z",
    )
    assert onp.array_equal(flat(start), before)  # the caller's parameters are copied
    x = flow.sample(result.params, np.random.default_rng(2), 20_000)
    claim(onp.abs(x.mean(axis=0) - [1, -2]).max(), None, 0.2, "largest error of a mean")
    claim(
        onp.abs(x.std(axis=0) / [0.5, 2] - 1).max(),
        None,
        0.1,
        "largest relative error of a standard deviation",
    )


@pytest.mark.trained
def test_amortised_inference_is_right_for_every_context():
    """x ~ N(0, 1), y | x ~ N(x, 1): the posterior is N(y / 2, 1/2), and p~(x) = p(x, y) has log Z =
    log N(y; 0, 2).
    """

    def log_joint(x, y):
        return -0.5 * (x[:, 0] ** 2 + (y[:, 0] - x[:, 0]) ** 2) - math.log(2 * math.pi)

    flow = Flow(Inverse(AffineAutoregressive(1, hidden=(), context_dim=1)))
    result = fit_reverse_kl(
        flow,
        log_joint,
        lambda rng: 1.4 * rng.standard_normal((64, 1)),
        rng=np.random.default_rng(0),
        steps=600,
        n_samples=64,
        lr=0.02,
        sticking_the_landing=True,
        progress=False,
    )
    for y in (-1.5, 0.0, 2.0):
        estimate = log_z(
            flow, result.params, log_joint, np.random.default_rng(1), 1000, context=onp.array([y])
        )
        exact = -0.5 * (math.log(4 * math.pi) + y * y / 2)
        claim(estimate.value - exact, -0.01, 0.01, f"y = {y}: log Z, estimate less truth")
        claim(estimate.ess / 1000, 0.95, None, f"y = {y}: effective share of the draws")
        x = flow.sample(result.params, np.random.default_rng(2), 5000, context=onp.array([y]))
        claim(x.mean() - y / 2, -0.1, 0.1, f"y = {y}: error of the mean")
        claim(x.std() - math.sqrt(0.5), -0.1, 0.1, f"y = {y}: error of the standard deviation")


def test_one_seed_one_result():
    flow = inverse_flow()
    runs = [
        fit_reverse_kl(flow, banana, rng=np.random.default_rng(3), steps=5, progress=False)
        for _ in range(2)
    ]
    assert onp.array_equal(flat(runs[0].params), flat(runs[1].params))
    assert runs[0].history == runs[1].history
    other = fit_reverse_kl(flow, banana, rng=np.random.default_rng(4), steps=5, progress=False)
    assert not onp.array_equal(flat(runs[0].params), flat(other.params))


# --- the gradients ---


@pytest.mark.parametrize("stl", [False, True])
@pytest.mark.parametrize("context_dim", [0, 2])
def test_gradient_against_finite_differences(stl, context_dim):
    rng = np.random.default_rng(0)
    flow = inverse_flow(3, context_dim=context_dim)
    params = random_params(flow, rng)
    u = rng.standard_normal((7, 3))
    context = rng.standard_normal((7, context_dim)) if context_dim else None
    held = params if stl else None

    def target(x, y=None):
        return banana(x) - np.sin(x[:, 2]) ** 2 + (0 if y is None else np.sum(y * x[:, :2], axis=1))

    def loss(p):
        return -np.mean(log_weights(flow, p, target, u, context, held))

    gradient = grad(loss)(params)
    for _ in range(5):
        direction, expected = finite_difference(loss, params, rng)
        assert flat(gradient) @ flat(direction) == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_log_weights_are_the_log_ratio():
    rng = np.random.default_rng(0)
    flow = inverse_flow()
    params = random_params(flow, rng)
    u = rng.standard_normal((6, 2))
    x = flow.bijection.u_to_x(params["bijection"], u)[0]
    expected = banana(x) - flow.log_prob(params, x)
    assert onp.allclose(log_weights(flow, params, banana, u), expected, atol=1e-10)
    assert onp.allclose(log_weights(flow, params, banana, u, held=params), expected, atol=1e-10)


def gradients(flow, params, target, batches, held):
    """One gradient for each batch of noise, (B, P)."""
    gradient = grad(lambda p, u: -np.mean(log_weights(flow, p, target, u, held=held)))
    return onp.array([flat(gradient(params, u)) for u in batches])


def test_sticking_the_landing_has_the_same_expectation():
    flow = inverse_flow(hidden=(4,))
    params = random_params(flow, np.random.default_rng(0), scale=0.3)
    batches = np.random.default_rng(1).standard_normal((300, 200, 2))
    plain = gradients(flow, params, banana, batches, None)
    stl = gradients(flow, params, banana, batches, params)
    score = plain - stl  # one term, of expectation zero
    free = score.std(axis=0) > 1e-9  # weights behind a mask have no gradient at all
    assert free.sum() > 20
    z = score.mean(axis=0)[free] / (score.std(axis=0)[free] / math.sqrt(len(batches)))
    assert onp.abs(z).max() < 4.5 and 0.4 < onp.sqrt(onp.mean(z**2)) < 1.8
    # and not all of it is zero
    assert onp.linalg.norm(stl.mean(axis=0)) > 20 * onp.linalg.norm(score.mean(axis=0))


def test_sticking_the_landing_has_no_variance_where_q_is_p():
    flow = inverse_flow()
    params = random_params(flow, np.random.default_rng(0))
    batches = np.random.default_rng(1).standard_normal((20, 10, 2))
    plain, stl = (
        gradients(flow, params, lambda x: 3 + flow.log_prob(params, x), batches, held)
        for held in (None, params)
    )
    assert onp.abs(stl).max() < 1e-9
    assert plain.std(axis=0).max() > 0.05


# --- log Z ---


def test_ess_and_standard_error():
    """q = N(0, 1), p = N(0, s^2): E[w^2] = 1 / (s^2 sqrt(2 / s^2 - 1))."""
    s, n = 0.8, 2000
    flow = Flow(AffineAutoregressive(1, hidden=()))
    params = flow.init(np.random.default_rng(0))
    runs = [
        log_z(flow, params, lambda x: 7 - 0.5 * (x[:, 0] / s) ** 2, np.random.default_rng(k), n)
        for k in range(200)
    ]
    values, errors, ess = map(onp.array, zip(*runs))
    exact = 7 + math.log(s * math.sqrt(2 * math.pi))
    assert values.mean() == pytest.approx(exact, abs=4 * errors.mean() / math.sqrt(200))
    assert values.std() == pytest.approx(errors.mean(), rel=0.2)
    assert ess.mean() / n == pytest.approx(s**2 * math.sqrt(2 / s**2 - 1), abs=0.005)


def test_log_z_of_a_bounded_support():
    flow = Flow(AffineAutoregressive(2))
    params = flow.init(np.random.default_rng(0))

    def square(x):
        return onp.where((onp.abs(x) < 1).all(axis=1), 0.0, -onp.inf)

    found = log_z(flow, params, square, np.random.default_rng(0), 50_000)
    assert found.value == pytest.approx(math.log(4), abs=0.02)
    nowhere = log_z(
        flow, params, lambda x: onp.full(len(x), -onp.inf), np.random.default_rng(0), 100
    )
    assert nowhere == (-math.inf, math.inf, 0.0)
    with pytest.raises(ValueError, match="NaN for 100 of 100 draws"):
        log_z(flow, params, lambda x: onp.full(len(x), onp.nan), np.random.default_rng(0), 100)


def test_log_mean_exp():
    a = np.random.default_rng(0).standard_normal((5, 3))
    assert onp.allclose(log_mean_exp(a), onp.log(onp.exp(a).mean(axis=0)), atol=1e-14)
    assert onp.allclose(log_mean_exp(a - 5000), log_mean_exp(a) - 5000, atol=1e-9)
    weights = grad(lambda b: np.sum(log_mean_exp(b)))(a - 800)
    assert onp.allclose(weights, onp.exp(a) / onp.exp(a).sum(axis=0), atol=1e-12)
    assert log_mean_exp(onp.full((2, 1), -onp.inf))[0] == -onp.inf


# --- float32, stops, progress ---


def test_float32_stays_float32():
    flow = inverse_flow()
    params = flow.init(np.random.default_rng(0), dtype=np.float32)
    kinds = set()

    def target(x):
        kinds.add(x.dtype)
        return banana(x)

    for stl in (False, True):
        result = fit_reverse_kl(
            flow,
            target,
            rng=np.random.default_rng(0),
            params=params,
            steps=3,
            sticking_the_landing=stl,
            progress=False,
        )
        assert {leaf.dtype for leaf in leaves(result.params)} == {onp.dtype(onp.float32)}
    u = np.random.default_rng(0).standard_normal((4, 2)).astype(np.float32)
    assert log_weights(flow, params, banana, u).dtype == np.float32
    assert kinds == {onp.dtype(onp.float32)}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_stops(bad):
    """The fifth loss is bad: the parameters of the fourth come back, with a warning that says when
    and why.
    """
    flow, calls, seen = inverse_flow(), [], []

    def target(x):
        calls.append(1)
        return banana(x) + (bad if len(calls) == 5 else 0)

    with pytest.warns(RuntimeWarning, match="not finite in step 5: try a smaller lr"):
        result = fit_reverse_kl(
            flow,
            target,
            rng=np.random.default_rng(0),
            steps=20,
            progress=False,
            callback=lambda row, params: seen.append(flat(params).copy()),
        )
    assert len(result.history) == 4 and result.best_epoch == 3
    # after the third step: where the fourth loss was taken
    assert onp.array_equal(flat(result.params), seen[2])
    assert "log_target is finite" in result.stopped


@primitive
def poisoned(x):
    """x itself, with NaN for a gradient."""
    return x + 0.0


defvjp(poisoned, lambda answer, x: lambda g: g * math.nan)


def test_a_gradient_that_is_not_finite_stops():
    start = inverse_flow().init(np.random.default_rng(0))
    with pytest.warns(RuntimeWarning, match="gradient was not finite in step 1"):
        result = fit_reverse_kl(
            inverse_flow(),
            lambda x: banana(poisoned(x)),
            rng=np.random.default_rng(0),
            params=start,
            steps=5,
            progress=False,
        )
    assert onp.array_equal(flat(result.params), flat(start)) and result.history == []


@pytest.mark.filterwarnings("ignore:overflow encountered", "ignore:invalid value encountered")
@pytest.mark.parametrize("stl", [False, True])
def test_divergence_stops(stl):
    flow = Flow(Inverse(AffineAutoregressive(2, (8,), alpha_bound=None)))
    with pytest.warns(RuntimeWarning, match="training stopped"):
        result = fit_reverse_kl(
            flow,
            banana,
            rng=np.random.default_rng(0),
            steps=50,
            lr=1e200,
            clip_norm=None,
            sticking_the_landing=stl,
            progress=False,
        )
    assert onp.isfinite(flat(result.params)).all()


def test_ctrl_c_stops_quietly():
    def interrupt(row, params):
        if row["step"] == 3:
            raise KeyboardInterrupt

    result = fit_reverse_kl(
        inverse_flow(),
        banana,
        rng=np.random.default_rng(0),
        steps=20,
        progress=False,
        callback=interrupt,
    )
    assert result.stopped == "interrupted"
    assert len(result.history) == 3
    assert onp.isfinite(flat(result.params)).all()


def test_history_schedule_and_clipping():
    run = dict(steps=10, lr=0.1, progress=False)
    result = fit_reverse_kl(inverse_flow(), banana, rng=np.random.default_rng(0), **run)
    assert result.column("step").tolist() == list(range(1, 11))
    assert onp.allclose(result.column("lr"), 0.05 * (1 + onp.cos(onp.pi * onp.arange(10) / 10)))
    free = fit_reverse_kl(
        inverse_flow(),
        banana,
        rng=np.random.default_rng(0),
        schedule="constant",
        clip_norm=None,
        **run,
    )
    assert (free.column("lr") == 0.1).all()
    # as it was before clipping
    assert free.history[0]["grad_norm"] == result.history[0]["grad_norm"] > 1
    assert not onp.allclose(free.column("loss")[2:], result.column("loss")[2:], rtol=1e-6)


def test_the_bar_counts_steps(capsys):
    pytest.importorskip("tqdm")
    fit_reverse_kl(inverse_flow(), banana, rng=np.random.default_rng(0), steps=2, progress=True)
    assert "steps" in capsys.readouterr().err


# --- errors ---


def in_place(x):
    out = onp.zeros(len(x))
    out[:] = x[:, 0]
    return out


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"rng": 0}, TypeError, "rng must be a numpy.random.Generator"),
        ({"steps": 0}, ValueError, "steps must be a whole number of at least 1, got 0"),
        ({"n_samples": 0}, ValueError, "n_samples must be a whole number of at least 1"),
        (
            {"schedule": "linear"},
            ValueError,
            r"schedule must be one of \['constant', 'cosine'\], got 'linear'",
        ),
        (
            {"log_target": lambda x: np.sum(x)},
            ValueError,
            r"one number for each row, shape \(256,\), got \(\)",
        ),
        ({"log_target": lambda x: x}, ValueError, r"shape \(256,\), got \(256, 2\)"),
        (
            {"log_target": lambda x: onp.linalg.norm(x, axis=1)},
            TypeError,
            "written with autograd.numpy",
        ),
        ({"log_target": in_place}, TypeError, "written with autograd.numpy"),
        ({"log_target": lambda: 0}, TypeError, "^<lambda>.. takes 0 positional arguments"),
        ({"log_target": lambda x: int("mine")}, ValueError, "^invalid literal for int"),
        (
            {"flow": Flow(Inverse(AffineAutoregressive(2)), MADE(2))},
            ValueError,
            "the base must have nothing to learn",
        ),
        ({"context": onp.zeros(2)}, ValueError, "context was given, but the model takes none"),
        ({"flow": inverse_flow(context_dim=1)}, ValueError, "context is missing"),
        (
            {"flow": inverse_flow(context_dim=1), "context": onp.zeros((3, 1))},
            ValueError,
            "one row for each of the 256",
        ),
    ],
)
def test_mistakes_are_named(change, error, message):
    defaults = {
        "flow": inverse_flow(),
        "log_target": banana,
        "rng": np.random.default_rng(0),
        "progress": False,
    }
    arguments = {**defaults, **change}
    with pytest.raises(error, match=message):
        fit_reverse_kl(
            arguments.pop("flow"),
            arguments.pop("log_target"),
            arguments.pop("context", None),
            **arguments,
        )


def test_a_type_error_of_a_plain_target_is_left_alone():
    flow = Flow(AffineAutoregressive(2), StandardNormal(2))
    with pytest.raises(TypeError, match="^mine$"):

        def target(x):
            raise TypeError("mine")

        log_z(flow, flow.init(np.random.default_rng(0)), target, np.random.default_rng(0), 10)
