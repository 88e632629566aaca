"""The VAE against linear-Gaussian models, whose marginal and posterior are known, sums, and finite
differences.
"""

import itertools
import math

import autograd.numpy as np
import numpy as onp
import pytest
from autograd import grad
from kit.claims import claim

from tinymaf import MADE, AffineAutoregressive, Chain, Inverse, fit
from tinymaf.checks import random_params
from tinymaf.distributions import Density
from tinymaf.flows import iaf, maf, maf_mog
from tinymaf.saving import load, save
from tinymaf.structure import Structure
from tinymaf.trees import leaves, map_tree
from tinymaf.vae import VAE


def inverse_layers(latent, n_layers=2, hidden=(8,), context_dim=0):
    """The bijection of an IAF, for the posterior."""
    return iaf(latent, n_layers, hidden, context_dim=context_dim, activation="tanh").bijection


def flat(tree):
    return onp.concatenate([onp.ravel(leaf) for leaf in leaves(tree)])


def unbound(y, limit=5.0):
    """What `bound` maps to y."""
    return y / (1 - onp.abs(y) / limit)


class LinearGaussian:
    """`z ~ N(0, I), x | z ~ N(z W + b, scale^2)`: marginal `N(b, W^T W + scale^2)`, posterior `N((x
    - b) A, S)`.
    """

    def __init__(self, W, b, scale):
        self.W, self.b, self.scale = onp.array(W), onp.array(b), scale
        self.latent, self.dim = self.W.shape
        self.S = onp.linalg.inv(onp.eye(self.latent) + self.W @ self.W.T / scale**2)
        self.A = self.W.T @ self.S / scale**2
        self.covariance = self.W.T @ self.W + scale**2 * onp.eye(self.dim)

    def log_prob(self, x):
        r = x - self.b
        maha = onp.sum(r @ onp.linalg.inv(self.covariance) * r, axis=1)
        return -0.5 * (
            maha + onp.linalg.slogdet(self.covariance)[1] + self.dim * math.log(2 * math.pi)
        )

    def data(self, n, seed=0):
        return np.random.default_rng(seed).multivariate_normal(self.b, self.covariance, n)

    def params(self, vae, std, mix=None):
        """A VAE that is this model, whose posterior is `m + std * eps`, mixed by `z = (m' + std *
        eps) mix`.
        """
        m = self.A if mix is None else self.A @ onp.linalg.inv(mix)
        weights = onp.concatenate([m, onp.zeros_like(m)], axis=1)
        bias = onp.concatenate([-self.b @ m, unbound(onp.log(std))])
        params = vae.init(np.random.default_rng(0))
        scale = (
            params["log_scale"]
            if vae.scale
            else onp.full((1, self.dim), unbound(math.log(self.scale)))
        )
        return {
            **params,
            "encoder": [(weights, bias)],
            "decoder": [(self.W, self.b)],
            "log_scale": scale,
        }


# rows of W at right angles
DIAGONAL = LinearGaussian([[1.0, 1.0, 0.0], [0.5, -0.5, 2.0]], [0.3, -1.0, 2.0], 0.7)
CORRELATED = LinearGaussian([[1.0, 0.5, -0.3], [0.8, -0.2, 1.5]], [0.3, -1.0, 2.0], 0.7)


# --- the bounds ---


@pytest.mark.parametrize("scale", [None, 0.7])
def test_the_elbo_is_log_p_where_the_posterior_is_exact(scale):
    model = DIAGONAL
    assert abs(model.S[0, 1]) < 1e-15
    vae = VAE(3, 2, (), likelihood="gaussian", scale=scale)
    params = model.params(vae, onp.sqrt(onp.diag(model.S)))
    x = model.data(20)
    for seed in range(3):  # to rounding, whatever the noise
        assert onp.allclose(
            vae.elbo(params, x, np.random.default_rng(seed)), model.log_prob(x), atol=1e-10
        )
    assert onp.allclose(
        vae.importance_bound(params, x, np.random.default_rng(0), 5), model.log_prob(x), atol=1e-10
    )
    assert onp.allclose(vae.score(params, x), model.log_prob(x), atol=1e-10)


def test_an_iaf_posterior_can_be_exact_where_a_diagonal_one_cannot():
    """A linear IAF layer turns N(m', diag s^2) into any Gaussian: S = mix^T diag(s^2) mix."""
    model = CORRELATED
    s1 = math.sqrt(model.S[0, 0])
    slope = model.S[0, 1] / model.S[0, 0]  # of z2 on z1
    s2 = math.sqrt(model.S[1, 1] - slope * model.S[0, 1])
    mix = onp.array([[1.0, slope], [0.0, 1.0]])  # z = z0 mix, z2 = z0_2 + slope * z0_1
    vae = VAE(
        3, 2, (), likelihood="gaussian", posterior=Inverse(AffineAutoregressive(2, hidden=()))
    )
    params = model.params(vae, onp.array([s1, s2]), mix)
    # of mu_2 on the first variable: the inverse layer subtracts mu
    params["posterior"][0][0][0, 1] = -slope
    x = model.data(20)
    assert onp.allclose(
        vae.elbo(params, x, np.random.default_rng(1)), model.log_prob(x), atol=1e-10
    )


def test_the_elbo_is_log_p_less_the_kl_divergence():
    model = CORRELATED
    std = onp.array([0.4, 0.3])
    vae = VAE(3, 2, (), likelihood="gaussian", scale=0.7)
    params = model.params(vae, std)  # the right mean, the wrong covariance
    precision = onp.linalg.inv(model.S)
    kl = 0.5 * (
        onp.sum(onp.diag(precision) * std**2)
        - 2
        + onp.linalg.slogdet(model.S)[1]
        - onp.log(std**2).sum()
    )
    x = model.data(5)
    draws = onp.array([vae.elbo(params, x, np.random.default_rng(seed)) for seed in range(4000)])
    error = draws.std(axis=0) / math.sqrt(len(draws))
    assert kl > 0.05
    assert (onp.abs(draws.mean(axis=0) - (model.log_prob(x) - kl)) < 4.5 * error).all()
    assert error.max() < 0.03


def test_the_importance_bound_rises_from_the_elbo_to_log_p():
    model = CORRELATED
    vae = VAE(3, 2, (), likelihood="gaussian", scale=0.7)
    params = model.params(vae, onp.array([0.55, 0.5]))
    x = onp.repeat(model.data(10), 200, axis=0)  # 200 estimates of each of ten rows
    exact = model.log_prob(x).mean()
    bounds = [
        vae.importance_bound(params, x, np.random.default_rng(0), k).mean() for k in (1, 4, 16, 64)
    ]
    elbo = vae.elbo(params, x, np.random.default_rng(0))
    assert onp.array_equal(elbo, vae.importance_bound(params, x, np.random.default_rng(0), 1))
    gaps = exact - onp.array(bounds)
    print("log p less the bound at k = 1, 4, 16, 64:", gaps.round(4))
    assert gaps[0] > 0.05 and (gaps > 0).all()
    assert (gaps[1:] < 0.5 * gaps[:-1]).all() and gaps[-1] < 0.01
    averaged = vae.elbo(params, x, np.random.default_rng(0), 16).mean()
    # more draws alone raise nothing
    assert averaged == pytest.approx(bounds[0], abs=0.05) and averaged < bounds[1]


def test_each_row_of_the_bound_nears_log_p():
    model = CORRELATED
    vae = VAE(3, 2, (), likelihood="gaussian", scale=0.7)
    params = model.params(vae, onp.array([0.8, 0.6]))
    x = model.data(50)
    assert onp.allclose(
        vae.importance_bound(params, x, np.random.default_rng(0), 5000),
        model.log_prob(x),
        atol=0.15,
    )


@pytest.mark.parametrize(
    "posterior, prior", [(None, None), (inverse_layers(1, context_dim=2), maf_mog(1, 2, (4,)))]
)
def test_a_bernoulli_vae_is_a_distribution(posterior, prior):
    """Over all x in {0, 1}^3 the importance bound's probabilities sum to one, and each is an
    integral over z.
    """
    vae = VAE(
        3, 1, (4,), likelihood="bernoulli", posterior=posterior, prior=prior, activation="tanh"
    )
    params = random_params(vae, np.random.default_rng(3), scale=0.7)
    # a broad q, so that no part of the integral is missed
    for part in ("encoder", "posterior", "prior"):
        params[part] = map_tree(lambda a: 0.3 * a, params[part])
    params["encoder"][-1][1][1] += 1
    x = onp.array(list(itertools.product([0.0, 1.0], repeat=3)))
    z = onp.linspace(-30, 30, 20001)[:, None]
    p_z = onp.exp(vae.prior.log_prob(params["prior"], z)) * (z[1] - z[0])
    ones = vae.decode(params, z)
    exact = onp.array(
        [onp.sum(p_z * onp.prod(onp.where(row == 1, ones, 1 - ones), axis=1)) for row in x]
    )
    estimate = onp.exp(vae.importance_bound(params, x, np.random.default_rng(0), 10_000))
    assert exact.sum() == pytest.approx(1, abs=1e-4) and exact.max() > 0.2
    assert onp.allclose(estimate, exact, rtol=0.05)
    draws = vae.sample(params, np.random.default_rng(1), 20_000)
    counts = onp.array([(draws == row).all(axis=1).mean() for row in x])
    assert onp.allclose(counts, exact, atol=0.012)


def test_gaussian_samples_have_the_models_moments():
    model = CORRELATED
    for scale in (None, 0.7):
        vae = VAE(3, 2, (), likelihood="gaussian", scale=scale)
        x = vae.sample(model.params(vae, onp.ones(2)), np.random.default_rng(0), 40_000)
        assert onp.allclose(x.mean(axis=0), model.b, atol=0.05)
        assert onp.allclose(onp.cov(x.T), model.covariance, atol=0.08)


def test_encode_decode_reconstruct():
    model = CORRELATED
    vae = VAE(3, 2, (), likelihood="gaussian", scale=0.7)
    params = model.params(vae, onp.array([0.4, 0.3]))
    x = model.data(4)
    mean = (x - model.b) @ model.A
    assert onp.allclose(vae.encode(params, x), mean)
    assert onp.allclose(vae.decode(params, mean), mean @ model.W + model.b)
    assert onp.allclose(vae.reconstruct(params, x), mean @ model.W + model.b)
    many = vae.encode(params, onp.repeat(x[:1], 20_000, axis=0), np.random.default_rng(0))
    assert onp.allclose(many.mean(axis=0), mean[0], atol=0.02)
    assert onp.allclose(many.std(axis=0), [0.4, 0.3], rtol=0.03)
    noisy = vae.reconstruct(params, x, np.random.default_rng(0))
    assert onp.allclose(noisy, vae.decode(params, vae.encode(params, x, np.random.default_rng(0))))
    grey = VAE(3, 2, (4,)).reconstruct(VAE(3, 2, (4,)).init(np.random.default_rng(0)), onp.eye(3))
    assert ((grey > 0) & (grey < 1)).all()


# --- gradients and training ---


@pytest.mark.parametrize(
    "likelihood, scale, posterior, prior",
    [
        ("bernoulli", None, None, None),
        ("gaussian", None, None, None),
        ("gaussian", 0.3, inverse_layers(2, context_dim=3), None),
        ("bernoulli", None, inverse_layers(2), maf(2, 2, (5,), activation="tanh")),
        ("gaussian", None, inverse_layers(2, context_dim=1), MADE(2, (5,), activation="tanh")),
    ],
)
@pytest.mark.parametrize("bound", ["elbo", "importance_bound"])
def test_gradient_against_finite_differences(likelihood, scale, posterior, prior, bound):
    rng = np.random.default_rng(0)
    vae = VAE(
        4,
        2,
        (6, 5),
        likelihood=likelihood,
        posterior=posterior,
        prior=prior,
        scale=scale,
        activation="tanh",
    )
    params = random_params(vae, rng)
    x = rng.integers(2, size=(5, 4)).astype(float)

    def objective(p):
        noise = np.random.default_rng(7)
        return np.sum(
            vae.objective(p, x, None, noise)
            if bound == "elbo"
            else vae.importance_bound(p, x, noise, 3)
        )

    gradient = grad(objective)(params)
    for _ in range(4):
        direction = map_tree(lambda a: rng.standard_normal(a.shape), params)
        up, down = (
            objective(map_tree(lambda a, d, h=h: a + h * d, params, direction))
            for h in (1e-5, -1e-5)
        )
        assert flat(gradient) @ flat(direction) == pytest.approx(
            (up - down) / 2e-5, rel=1e-5, abs=1e-6
        )
    for name in params:  # every part learns
        if leaves(params[name]):
            assert onp.abs(flat(gradient[name])).max() > 1e-3, name
    # each of the encoder's outputs: mean, scale and context
    assert (gradient["encoder"][-1][1] != 0).all()


@pytest.mark.trained
def test_fit_learns_a_linear_gaussian_model():
    """Trained from scratch, a linear VAE comes to the entropy rate of what made the data."""
    x, held_out = DIAGONAL.data(2000), DIAGONAL.data(1000, seed=1)
    vae = VAE(3, 2, (), likelihood="gaussian")
    result = fit(
        vae,
        x,
        rng=np.random.default_rng(0),
        x_val=held_out,
        epochs=60,
        lr=0.01,
        weight_decay=0,
        progress=False,
    )
    exact = DIAGONAL.log_prob(held_out).mean()
    bound = vae.importance_bound(result.params, held_out, np.random.default_rng(1), 200).mean()
    claim(exact - bound, -0.02, 0.1, "nats short of the model that made the data")
    # fixed noise: the same again
    assert min(result.column("val")) == -vae.score(result.params, held_out).mean()
    scale = onp.exp(vae._log_scale(result.params, float))
    assert scale.shape == (1, 3)
    claim(scale.min(), 0.02, None, "smallest scale of the pixels")
    claim(scale.max(), None, 2, "largest scale of the pixels")


def digits_on_and_off():
    """The digits' pixels as zeros and ones: 1437 rows to train with, 360 held out."""
    pytest.importorskip("sklearn")
    from tinymaf.datasets import digits

    data = digits()
    train, test = data.train_pixels, onp.concatenate([data.val_pixels, data.test_pixels])
    return (train >= 8).astype(float), (test >= 8).astype(float)


@pytest.mark.full
@pytest.mark.trained
def test_an_iaf_posterior_loses_nothing_on_digits():
    """Same encoder, decoder, seeds, epochs and rate; ELBO and importance bound on held-out digits,
    in nats.
    """
    train, test = digits_on_and_off()
    elbos, bounds = [], []
    for seed in range(3):
        for posterior in (None, iaf(8, 2, (32,), context_dim=16).bijection):
            vae = VAE(64, 8, (64,), posterior=posterior)
            params = fit(
                vae,
                train,
                rng=np.random.default_rng(seed),
                epochs=40,
                batch_size=64,
                lr=3e-3,
                schedule="cosine",
                progress=False,
            ).params
            elbos.append(vae.elbo(params, test, np.random.default_rng(1), 20).mean())
            bounds.append(vae.importance_bound(params, test, np.random.default_rng(1), 100).mean())
    elbos, bounds = onp.reshape(elbos, (3, 2)), onp.reshape(bounds, (3, 2))
    claim(
        onp.median(elbos[:, 1]) - onp.median(elbos[:, 0]),
        -0.4,
        None,
        "ELBO: nats gained by the IAF, median of three",
    )
    claim(elbos.min(), -25, -15, "lowest ELBO")
    assert (bounds > elbos).all()


@pytest.mark.trained
def test_a_maf_prior_trains_and_samples():
    train, test = digits_on_and_off()
    vae = VAE(64, 2, (32,), prior=maf(2, 2, (16,)))
    start = vae.init(np.random.default_rng(0))
    result = fit(
        vae, train, rng=np.random.default_rng(0), params=start, epochs=10, lr=3e-3, progress=False
    )
    gain = (vae.score(result.params, test) - vae.score(start, test)).mean()
    claim(gain, 10, None, "nats gained in 10 epochs")
    assert onp.abs(flat(result.params["prior"]) - flat(start["prior"])).max() > 0.01
    x = vae.sample(result.params, np.random.default_rng(1), 500)
    assert x.shape == (500, 64) and set(onp.unique(x)) == {0.0, 1.0}
    claim(
        onp.abs(x.mean(axis=0) - train.mean(axis=0)).mean(),
        None,
        0.08,
        "ink of samples and data, mean difference",
    )


def test_an_untrained_vae_is_off_the_saddle():
    """z tells of x, and the decoder looks at z: else neither learns to."""
    vae = VAE(3, 2, (8,))
    params, x = vae.init(np.random.default_rng(0)), onp.eye(3)
    assert onp.std(vae.encode(params, x), axis=0).min() > 0.01
    decoded = vae.decode(params, np.random.default_rng(1).standard_normal((9, 2)))
    assert onp.std(decoded, axis=0).min() > 0.02


def test_fresh_noise_in_training_and_fixed_noise_in_the_score():
    vae = VAE(3, 2, (4,))
    params, x = vae.init(np.random.default_rng(0)), onp.eye(3)
    rng = np.random.default_rng(0)
    one, other = (vae.objective(params, x, None, rng) for _ in range(2))
    assert not onp.allclose(one, other)
    assert onp.array_equal(vae.score(params, x), vae.score(params, x))


# --- float32, NaN ---


@pytest.mark.parametrize(
    "likelihood, scale", [("bernoulli", None), ("gaussian", None), ("gaussian", 0.3)]
)
def test_float32_stays_float32(likelihood, scale):
    vae = VAE(
        4,
        2,
        (8,),
        likelihood=likelihood,
        posterior=inverse_layers(2, context_dim=3),
        prior=maf(2, 2, (8,)),
        scale=scale,
    )
    params = vae.init(np.random.default_rng(0), dtype=np.float32)
    x = np.random.default_rng(1).integers(2, size=(200, 4)).astype(np.float32)
    rng = np.random.default_rng(2)
    result = fit(vae, x, rng=rng, x_val=x, epochs=2, progress=False)
    for tree in (params, result.params, grad(lambda p: np.sum(vae.elbo(p, x, rng)))(params)):
        assert {leaf.dtype for leaf in leaves(tree)} == {onp.dtype(onp.float32)}
    for values in (
        vae.elbo(params, x, rng, 2),
        vae.importance_bound(params, x, rng, 2),
        vae.score(params, x),
        vae.encode(params, x, rng),
        vae.reconstruct(params, x),
        vae.sample(params, rng, 3),
    ):
        assert values.dtype == onp.float32


@pytest.mark.filterwarnings("ignore:overflow encountered", "ignore:invalid value encountered")
@pytest.mark.parametrize(
    "likelihood, posterior, prior",
    [
        ("bernoulli", None, None),
        ("gaussian", None, None),
        ("gaussian", inverse_layers(2), None),
        ("bernoulli", None, maf(2, 2)),
    ],
)
def test_divergence_stops_with_the_best_parameters(likelihood, posterior, prior):
    vae = VAE(3, 2, (4,), likelihood=likelihood, posterior=posterior, prior=prior)
    x = np.random.default_rng(0).integers(2, size=(300, 3)).astype(float)
    with pytest.warns(RuntimeWarning, match="not finite in epoch"):
        result = fit(
            vae, x, rng=np.random.default_rng(0), lr=1e200, clip_norm=None, epochs=5, progress=False
        )
    assert onp.isfinite(flat(result.params)).all()


# --- structure and errors ---


def test_it_is_a_density_that_knows_its_arguments():
    posterior = Chain([Inverse(AffineAutoregressive(2, (4,), context_dim=3))])
    vae = VAE(5, 2, (8,), likelihood="gaussian", posterior=posterior, scale=0.1)
    assert isinstance(vae, Density) and Structure.known["VAE"] is VAE
    again = VAE(**vae.arguments)
    params = vae.init(np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((3, 5))
    assert onp.array_equal(*(v.elbo(params, x, np.random.default_rng(2)) for v in (vae, again)))
    learned = VAE(5, 2, (8, 7), likelihood="gaussian").init(np.random.default_rng(0))
    assert params["log_scale"] == () and learned["log_scale"].shape == (1, 5)
    assert [w.shape for w, _ in learned["encoder"]] == [(5, 8), (8, 7), (7, 4)]
    assert [w.shape for w, _ in learned["decoder"]] == [(2, 7), (7, 8), (8, 5)]


def test_a_saved_vae_gives_the_same_bits(tmp_path):
    vae = VAE(
        5,
        2,
        (8,),
        likelihood="gaussian",
        posterior=inverse_layers(2, context_dim=3),
        prior=maf(2, 2, (8,)),
        scale=0.1,
        activation="tanh",
    )
    params = random_params(vae, np.random.default_rng(0))
    save(tmp_path / "vae.npz", vae, params)
    again, loaded = load(tmp_path / "vae.npz")
    x = np.random.default_rng(1).standard_normal((3, 5))
    assert onp.array_equal(
        *(v.elbo(p, x, np.random.default_rng(2)) for v, p in ((vae, params), (again, loaded)))
    )


def test_log_prob_names_the_way_out():
    vae = VAE(3, 2, (4,))
    with pytest.raises(NotImplementedError, match="importance_bound"):
        vae.log_prob(vae.init(np.random.default_rng(0)), onp.eye(3))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"dim": 0}, "dim must be a whole number of at least 1, got 0"),
        ({"latent": 1.5}, "latent must be a whole number of at least 1, got 1.5"),
        (
            {"likelihood": "poisson"},
            "likelihood must be one of .*'bernoulli', 'gaussian'.*, got 'poisson'",
        ),
        (
            {"scale": 0.5},
            'scale goes with likelihood="gaussian", got 0.5',
        ),
        ({"likelihood": "gaussian", "scale": 0.0}, "scale must be a positive number or None"),
        ({"hidden": 8}, r"hidden must be a sequence of widths such as \(64, 64\), got 8"),
        ({"activation": "gelu"}, "activation must be one of"),
        ({"posterior": inverse_layers(3)}, "the posterior must have dim 2 like z, got 3"),
        ({"prior": maf(3)}, "the prior must have dim 2 like z, got 3"),
        ({"prior": maf(2, context_dim=1)}, "the prior must take no context, got context_dim=1"),
        ({"prior": maf(2, batch_norm=True)}, "batch norm in the prior"),
        ({"posterior": maf(2, batch_norm=True).bijection}, "batch norm in the posterior"),
    ],
)
def test_wrong_constructions_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        VAE(**{"dim": 3, "latent": 2, **change})


@pytest.mark.parametrize(
    "call, error, message",
    [
        (
            lambda v, p, rng: v.elbo(p, onp.full((2, 3), 0.5), rng),
            ValueError,
            "x must hold only 0 and 1",
        ),
        (
            lambda v, p, rng: v.elbo(p, onp.zeros((2, 4)), rng),
            ValueError,
            r"x must have shape \(N, 3\), got \(2, 4\)",
        ),
        (lambda v, p, rng: v.elbo(p, onp.zeros((2, 3), int), rng), TypeError, "got dtype int64"),
        (
            lambda v, p, rng: v.elbo(p, onp.full((2, 3), onp.nan), rng),
            ValueError,
            "6 values that are not finite",
        ),
        (
            lambda v, p, rng: v.elbo(p, onp.eye(3), 0),
            TypeError,
            "rng must be a numpy.random.Generator",
        ),
        (
            lambda v, p, rng: v.elbo(p, onp.eye(3), rng, 0),
            ValueError,
            "n_samples must be a whole number of at least 1",
        ),
        (
            lambda v, p, rng: v.importance_bound(p, onp.eye(3), rng, 0),
            ValueError,
            "k must be a whole number of at least 1",
        ),
        (
            lambda v, p, rng: v.decode(p, onp.zeros((2, 3))),
            ValueError,
            r"z must have shape \(N, 2\), got \(2, 3\)",
        ),
        (
            lambda v, p, rng: v.encode(p, onp.zeros((2, 2))),
            ValueError,
            r"x must have shape \(N, 3\), got \(2, 2\)",
        ),
        (
            lambda v, p, rng: v.sample(p, rng, -1),
            ValueError,
            "n must be a whole number of at least 0",
        ),
        (lambda v, p, rng: v.sample(p, rng, 2, onp.zeros(1)), ValueError, "context was given"),
    ],
)
def test_wrong_calls_are_named(call, error, message):
    vae = VAE(3, 2, (4,))
    with pytest.raises(error, match=message):
        call(vae, vae.init(np.random.default_rng(0)), np.random.default_rng(0))
