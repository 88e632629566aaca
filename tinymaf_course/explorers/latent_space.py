"""The latent plane of VAEs: the digits' codes, the prior's density, and what a z decodes to."""

import functools

import numpy as np
from ipywidgets import ToggleButtons

from tinymaf import VAE, fit, iaf, maf
from tinymaf.trees import copy_tree

from ..interactive import ORANGE, Handle, Panel, Picture, cells, explore, plane
from ._digits import LEVELS, tiles
from .pixels import binary_digits

COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#B8860B",
    "#56B4E9",
    "#4D4D4D",
    "#882255",
    "#44AA99",
    "#332288",
)
NAMES = ("plain", "IAF posterior", "MAF prior", "both")


def combination(name, dim, hidden, latent=2, layers=4):
    """The VAE of one of `NAMES`: a flow as its posterior, as its prior, as neither or as both."""
    posterior = iaf(latent, layers, (32,), context_dim=8, activation="tanh").bijection
    prior = maf(latent, layers, (32,), activation="tanh")
    return VAE(
        dim,
        latent,
        hidden,
        activation="tanh",
        posterior=posterior if name in NAMES[1::2] else None,
        prior=prior if name in NAMES[2:] else None,
    )


def grown(vae, params, start, rng):
    """Parameters of `vae` that make it the plain VAE with parameters `start`.

    Its flows do nothing yet.

    `params` are fresh ones of `vae`. Encoder and decoder are taken from `start`.
    """
    (w, b), (w0, b0) = params["encoder"][-1], start["encoder"][-1]
    w[:, : w0.shape[1]], b[: b0.shape[0]] = w0, b0  # its further outputs, the flow's context, stay
    return {
        **params,
        "encoder": [*copy_tree(start["encoder"][:-1]), (w, b)],
        "decoder": copy_tree(start["decoder"]),
    }


@functools.cache
def trained():
    """`{name: (vae, params)}` on the binary digits: one plain training, then four (seconds)."""
    train, val, _ = binary_digits()
    plain = combination("plain", 64, (64, 64))
    options = {"batch_size": 100, "lr": 5e-3, "weight_decay": 1e-3, "progress": False}
    start = fit(plain, train, rng=np.random.default_rng(0), epochs=40, **options).params
    found = {}
    for name in NAMES:
        vae = combination(name, 64, (64, 64))
        rng = np.random.default_rng(1)
        params = grown(vae, vae.init(rng), start, rng)
        found[name] = (
            vae,
            fit(
                vae,
                train,
                rng=rng,
                params=params,
                x_val=val,
                epochs=60,
                schedule="cosine",
                patience=None,
                **options,
            ).params,
        )
    return found


class Latent:
    """VAEs with two latent variables on square binary pictures."""

    def __init__(self, models, x, labels):
        for vae, _ in models.values():
            if vae.latent != 2 or vae.likelihood != "bernoulli":
                raise ValueError(
                    "latent_space shows VAEs with two latent variables and a Bernoulli likelihood, "
                    f"got {vae.latent} and {vae.likelihood!r}"
                )
        self.models, self.labels = models, np.asarray(labels)
        self.z = {
            name: vae.encode(params, x, np.random.default_rng(0))
            for name, (vae, params) in models.items()
        }
        # The window holds the codes of the model whose codes reach furthest.
        reach = max(np.percentile(np.abs(z), 99.5) for z in self.z.values())
        self.box = ((-reach, reach), (-reach, reach))
        self.prior = functools.lru_cache(maxsize=16)(self._prior)

    def _prior(self, model, n):
        vae, params = self.models[model]
        return np.exp(vae.prior.log_prob(params["prior"], cells(self.box, n))).reshape(n, n)

    def draw(self, model, z):
        vae, params = self.models[model]
        left = plane(self.box, "prior (grey) and codes of the digits", "z", share=1.25)
        left.density(
            self.prior(model, 90),
            cmap="greys",
            vmax=2.2 * self.prior(model, 90).max(),
            label="p(z)",
        )
        left.points(self.z[model], color=self.labels, palette=list(COLORS), size=2.2, alpha=0.75)
        for digit in np.unique(self.labels):
            middle = np.median(self.z[model][self.labels == digit], axis=0)
            left.text(*middle, str(digit), color=COLORS[digit], size=15, bold=True)
        left.handle("z", z, label="z, to be decoded", color=ORANGE)
        ink = tiles(LEVELS * vae.decode(params, np.array([z], float)), 1)
        right = Panel(
            (0, len(ink)),
            (len(ink), 0),
            "what this z decodes to",
            equal=True,
            x_ticks=[],
            y_ticks=[],
        )
        return Picture(
            [left, right.density(ink, cmap="greys", vmax=LEVELS, smooth=False, label="p(ink)")],
            width=760,
        )

    def say(self, model, z):
        vae, params = self.models[model]
        density = vae.prior.log_prob(params["prior"], np.array([z], float))[0]
        near = self.labels[np.argsort(((self.z[model] - np.array(z)) ** 2).sum(axis=1))[:15]]
        most = np.bincount(near).argmax()
        return (
            f"{model[0].upper()}{model[1:]}: at z = ({z[0]:.1f}, {z[1]:.1f}) log p(z) is "
            f"{density:.2f}; {np.sum(near == most)} of the 15 nearest codes are of the class "
            f"{most}."
        ).replace("-", "\u2212")


def spots(latent):
    """Four telling points z, the origin first."""
    reach = latent.box[0][1]
    return [
        (0.0, 0.0),
        (-0.45 * reach, 0.4 * reach),
        (0.5 * reach, 0.3 * reach),
        (0.1 * reach, -0.6 * reach),
    ]


def controls(latent):
    names = list(latent.models)
    return {
        "model": ToggleButtons(options=names, description="", style={"button_width": "130px"}),
        "z": Handle(*spots(latent)[0]),
    }


def sheet_for(latent):
    """A frame for each model, four at least."""
    names, places = list(latent.models), spots(latent)
    return [{"model": names[k % len(names)], "z": places[k]} for k in range(max(4, len(names)))]


ALT = (
    "Four frames, one for each combination: plain, IAF posterior, MAF prior, both. In each the "
    "plane of the two latent variables with the prior's density in grey, the codes of 800 digits "
    "as dots in the colours of their ten classes, the classes' numbers in their middles, and a "
    "ring at a chosen point; beside it the picture that this point decodes to. With the standard "
    "normal prior the grey is a round cloud, which the codes fill unevenly. With a MAF prior the "
    "grey follows the codes' own shape."
)


def latent_space(models=None, x=None, labels=None):
    """Show the latent plane of VAEs, and decode a point of it.

    Without arguments it trains four (seconds).

    Args:
        models: {name: (vae, params)}. They have two latent variables, a Bernoulli likelihood and
            square pictures.
        x, labels: pictures of zeros and ones (N, D), and their classes (N,), 0..9.
    """
    if models is None:
        from tinymaf.datasets import digits

        models = trained()
        x = binary_digits()[0]
        labels = digits().train_labels
    latent = Latent(models, x[:800], labels[:800])
    explore(
        draw=latent.draw,
        controls=controls(latent),
        sheet=sheet_for(latent),
        alt=ALT,
        say=latent.say,
        title="The latent plane",
        columns=2,
    )
