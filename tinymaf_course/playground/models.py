"""The kinds of models, and a trained model in the units of its points."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinymaf.flows import Flow, iaf, maf, nsf, realnvp
from tinymaf.layers import ActNorm
from tinymaf.made import MADE

TURNS = {"in turn": "reversed", "always x₁ first": "same", "random": "random"}


@dataclass(frozen=True)
class Kind:
    """A kind of model: how to build it, its rate, its steps, and the orders it knows."""

    build: Callable  # (layers, width, order, rng) -> Density
    layers: int  # to start with
    orders: dict
    depth: str = "Layers"  # what its depth counts
    group: str = "affine"  # kinds whose layers can be compared
    rate: float = 4e-3
    steps: int = 4000


KINDS = {
    "MADE": Kind(
        lambda layers, width, order, rng: MADE(2, (width,) * layers, order=order),
        2,
        {"x₁ first": "natural", "x₂ first": "reversed"},
        "Hidden layers",
        "MADE",
    ),
    "MAF": Kind(
        lambda layers, width, order, rng: maf(
            2, layers, (width,) * 2, orders=order, activation="tanh", rng=rng
        ),
        6,
        TURNS,
    ),
    "IAF": Kind(
        lambda layers, width, order, rng: iaf(
            2, layers, (width,) * 2, orders=order, activation="tanh", rng=rng
        ),
        6,
        TURNS,
        steps=3000,
    ),
    "RealNVP": Kind(
        lambda layers, width, order, rng: realnvp(2, layers, (width,) * 2, activation="tanh"),
        8,
        {"the halves in turn": None},
    ),
    "NSF": Kind(
        lambda layers, width, order, rng: nsf(2, layers, (width,) * 2, orders=order, rng=rng),
        2,
        TURNS,
        group="spline",
        rate=5e-3,
        steps=1500,
    ),
}


@dataclass(frozen=True)
class Choice:
    """A kind of model, its size and its order, as the controls have them."""

    kind: str = "MAF"
    layers: int = 6
    width: int = 64
    order: str = "in turn"

    def __str__(self):
        depth = f"{self.layers} {KINDS[self.kind].depth.lower()}"
        parts = [self.kind, depth[:-1] if self.layers == 1 else depth, f"width {self.width}"]
        return ", ".join(parts + [self.order] * (len(KINDS[self.kind].orders) > 1))

    def build(self):
        """`(density, note)`: the untrained model, and the library's warning about the choice."""
        kind = KINDS[self.kind]
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            density = kind.build(
                self.layers, self.width, kind.orders[self.order], np.random.default_rng(0)
            )
        return density, str(said[0].message) if said else ""


@dataclass(frozen=True)
class Model:
    """A density of standardised points z = (x - mean) / std, as a density of x."""

    density: object
    params: object
    mean: np.ndarray
    std: np.ndarray
    label: str

    def standardised(self, x):
        return ((x - self.mean) / self.std).astype(np.float32)

    def log_prob(self, x):
        """Nats, (N,): `log p(x) = log p(z) - sum_i log std_i`."""
        return (
            self.density.log_prob(self.params, self.standardised(x)).astype(float)
            - np.log(self.std).sum()
        )

    def noise(self, x):
        """The noise `u` (N, 2) of each x. A MADE with Gaussian conditionals counts as one layer."""
        z = self.standardised(x)
        if isinstance(self.density, MADE):
            return self.density.conditional.affine.x_to_u(
                self.density.net(self.params, z, None), z
            )[0]
        return self.density.to_noise(self.params, z)

    def sample(self, rng, n):
        return self.density.sample(self.params, rng, n) * self.std + self.mean

    def to_save(self, data):
        """`(density, params)` for `tinymaf.save`, in the units of the data's file."""
        std = self.std * data.std
        params = {
            "mu": (data.mean + self.mean * data.std).astype(np.float32),
            "alpha": np.log(std).astype(np.float32),
        }
        return Flow(ActNorm(2), self.density), {"bijection": params, "base": self.params}
