"""What the exercises of notebook 08 share: judging two results, and counting the calls that real flows make."""

import numpy as np

from tinymaf import iaf, maf
from tinymaf.checks import random_params
from tinymaf.definition import plain

from . import Complaint


def two_results(out, names, shapes):
    """A Complaint when `out` is no tuple of two arrays of these shapes, else None."""
    if not isinstance(out, tuple) or len(out) != 2:
        return Complaint(f"Return two things: {', '.join(names)}.", got=f"a {type(out).__name__}")
    for name, value, shape in zip(names, out, shapes):
        if np.shape(value) != shape:
            return Complaint(f"{name} has the wrong shape.", got=f"shape {np.shape(value)}, expected {shape}",
                             look="Each row has numbers of its own: sum over axis=1 alone.")
    return None


def log_normal(u):
    """Log-density of each row under N(0, I)."""
    return -0.5 * np.sum(u ** 2 + np.log(2 * np.pi), axis=1)


class CountedNet:
    """A network that counts its calls; all else is as it was."""

    def __init__(self, net):
        self.net, self.calls = net, 0

    def __getattr__(self, name):
        return getattr(self.net, name)

    def __call__(self, *arguments):
        self.calls += 1
        return self.net(*arguments)


def measured_calls(model, wanted, dim, layers):
    """How often the networks of a flow are called for 3 rows, the textbook's way: by doing it, and counting."""
    flow = {"MAF": maf, "IAF": iaf}[model](dim, layers, hidden=(max(dim, 2),), activation="tanh")
    params = random_params(flow, np.random.default_rng(0), scale=0.2)
    inner = [getattr(layer, "bijection", layer) for layer in flow.bijection.layers]
    for layer in inner:
        layer.net = CountedNet(layer.net)
    with plain():
        if wanted == "log_prob of given x":
            flow.log_prob(params, np.ones((3, dim)))
        elif wanted == "sample":
            flow.sample(params, np.random.default_rng(1), 3)
        else:
            flow.sample_and_log_prob(params, np.random.default_rng(1), 3)
    return sum(layer.net.calls for layer in inner)
