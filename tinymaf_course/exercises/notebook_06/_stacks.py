"""What the exercises of notebook 06 share: random layers as plain functions."""

from tinymaf.checks import random_params
from tinymaf.layers import AffineAutoregressive


class Layer:
    """`h (N, D) -> next h (N, D), log_det (N,)`: a random MAF layer from data to noise, in one of
    two orders."""

    def __init__(self, dim, order, rng):
        layer = AffineAutoregressive(dim, hidden=(16,), order=order, activation="tanh")
        params = random_params(layer, rng)
        self.map, self.__name__ = lambda h: layer.x_to_u(params, h), "layer"

    def __call__(self, h):
        return self.map(h)


def stack(rng, dim, depth):
    """Random layers whose orders alternate."""
    return [Layer(dim, "reversed" if k % 2 else "natural", rng) for k in range(depth)]


def after(layers, x):
    """`x` after all layers, without a look at their log_dets."""
    for layer in layers:
        x = layer(x)[0]
    return x
