"""What the exercises of notebook 08 share: a normal density, and the calls that real flows make."""

import numpy as np

from tinymaf import iaf, maf
from tinymaf.checks import random_params
from tinymaf.definition import plain

from ..networks import CountedNet


def log_normal(u):
    """Log-density of each row under N(0, I)."""
    return -0.5 * np.sum(u**2 + np.log(2 * np.pi), axis=1)


def measured_calls(model, wanted, dim, layers):
    """How often the networks of a flow are called for 3 rows, the textbook's way: by doing it, and
    counting."""
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
