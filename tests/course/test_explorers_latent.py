"""The explorer of the latent plane: what it draws and decodes is the VAE's, and grown VAEs begin as
the plain one.
"""

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("sklearn")

from kit.shows import shows_itself  # noqa: E402

from tinymaf import VAE  # noqa: E402
from tinymaf.checks import random_params  # noqa: E402
from tinymaf_course import explorers  # noqa: E402
from tinymaf_course.explorers.latent_space import NAMES, Latent, combination, grown  # noqa: E402
from tinymaf_course.interactive import cells  # noqa: E402

pytestmark = pytest.mark.long

X = np.random.default_rng(0).integers(0, 2, (60, 16)).astype(float)
LABELS = np.arange(60) % 10


@pytest.fixture(scope="module")
def models():
    found = {}
    for name in NAMES:
        vae = combination(name, 16, (8,), layers=2)
        found[name] = vae, random_params(vae, np.random.default_rng(1), scale=0.5)
    return found


def test_a_grown_vae_begins_as_the_plain_one():
    plain = combination("plain", 16, (8,), layers=2)
    start = random_params(plain, np.random.default_rng(2), scale=0.7)
    for name in NAMES:
        vae = combination(name, 16, (8,), layers=2)
        assert (vae.posterior is not None, bool(vae.init(np.random.default_rng(0))["prior"])) == (
            name in ("IAF posterior", "both"),
            name in ("MAF prior", "both"),
        )
        params = grown(vae, vae.init(np.random.default_rng(3)), start, None)
        bounds = [
            v.elbo(p, X, np.random.default_rng(4), 3) for v, p in ((plain, start), (vae, params))
        ]
        np.testing.assert_allclose(*bounds, atol=1e-10)
        params["decoder"][0][0][:] = 0
        assert start["decoder"][0][0].any(), "what it grew from is left alone"


def test_what_is_drawn_is_the_vae_s(models):
    latent = Latent(models, X, LABELS)
    for name, (vae, params) in models.items():
        left, right = latent.draw(name, (0.3, -0.7)).panels
        ink = vae.decode(params, np.array([[0.3, -0.7]]))[0]
        assert np.abs(right.layers[0]["values"].ravel() / 254 - ink).max() < 0.01
        p = np.exp(vae.prior.log_prob(params["prior"], cells(latent.box, 90)))
        assert np.argmax(left.layers[0]["values"]) in np.flatnonzero(p > 0.98 * p.max())
        np.testing.assert_allclose(
            left.layers[1]["xy"], vae.encode(params, X, np.random.default_rng(0)), atol=1e-5
        )
        density = vae.prior.log_prob(params["prior"], np.array([[0.3, -0.7]]))[0]
        assert f"log p(z) is {density:.2f};".replace("-", "\u2212") in latent.say(name, (0.3, -0.7))


def test_it_shows_itself(models, monkeypatch):
    assert (
        len(shows_itself(monkeypatch, lambda: explorers.latent_space(models, X, LABELS)).sheet) == 4
    )


def test_other_vaes_are_refused():
    vae = VAE(16, latent=3)
    with pytest.raises(ValueError, match="two latent variables and a Bernoulli likelihood, got 3"):
        explorers.latent_space({"it": (vae, vae.init(np.random.default_rng(0)))}, X, LABELS)
