"""The networks inside the flows, forwards and back.

Features are rows and points are columns, (D, N) instead of (N, D): a set of units is then a
contiguous block of rows, and `np.dot(..., out=block)` writes it in place. A bias is the weight of
one extra input, which is always 1: the forward product adds it, and the backward product sums its
gradient. Hidden units sorted by degree make the masks block triangular, so a wide masked product
can skip the blocks that are all zero. `empty` is `np.empty`, or hands out the same arrays at each
step (`runtime.Reused`).
"""

from typing import Callable, NamedTuple

import numpy as np

from ..nets import ACTIVATIONS, MLP, MaskedNet
from .products import products_of


class KnownNet(NamedTuple):
    """What the functions below need from a net: its activation and its layers' products."""

    into: Callable
    slope: Callable
    products: list


def known(net):
    """The `KnownNet` of a masked or plain net. None for any other, or if the activation gives no
    slope.
    """
    if type(net).__call__ not in (MaskedNet.__call__, MLP.__call__):
        return None
    products = products_of(net)
    if products is None or not has_slope(net):
        return None
    activation = ACTIVATIONS[net.activation]
    return KnownNet(activation.into, activation.slope, products)


def has_slope(net):
    """Whether the table holds all that is needed of this net's activation."""
    activation = ACTIVATIONS[net.activation]
    return activation.into is not None and activation.slope is not None


def stacked(net, params, dtype):
    """The masked weights of a `KnownNet`, each with the biases as its last row."""
    pairs = zip(net.products, params, strict=True)
    return [product.stacked(w, b, dtype) for product, (w, b) in pairs]


def net_forward(net, weights, h, theta, empty):
    """Write the network's outputs for the columns of h into theta; return what `net_backward`
    needs.

    Each weight matrix is (n_in + 1, n_out), biases last; h is (n_in + 1, N), ones last.
    """
    saved, zeros = [], np.zeros(h.shape[1], h.dtype)
    for k, (w, product) in enumerate(zip(weights, net.products)):
        saved.append((w, h))
        last = k == len(weights) - 1
        z = None if last else empty((w.shape[1] + 1, h.shape[1]), h.dtype)
        out = theta if last else z[:-1]
        parts = product.fine if h.shape[1] >= 512 else product.down
        if len(parts) == 1:
            np.dot(w.T, h, out=out)
        else:
            for columns, rows in parts:  # np.dot would first copy part of a matrix
                np.matmul(w[rows, columns].T, h[rows], out=out[columns])
            out += w[-1][:, None]
        if not last:
            net.into(out, zeros, out)
            z[-1] = 1
        h = z
    return saved


def net_backward(net, saved, g, grads, input_too, empty):
    """Given g, the gradient of theta: write the weights' gradients into grads, and return that of h
    if `input_too`.
    """
    for k in range(len(saved) - 1, -1, -1):
        (w, h), product, gw = saved[k], net.products[k], grads[k]
        if product.whole:
            np.dot(h, g.T, out=gw)
        else:
            for columns, rows in product.down:
                np.matmul(h[rows], g[columns].T, out=gw[rows, columns])
            np.dot(g, h[-1], out=gw[-1])
        product.mask_blocks(gw)
        if not k and not input_too:
            return None
        w, h = w[:-1], h[:-1]
        gh = empty(h.shape, h.dtype)
        multiply = np.dot if len(product.up) == 1 else np.matmul
        for rows, columns in product.up:
            multiply(w[rows, columns], g[columns], out=gh[rows])
        if k:
            gh *= net.slope(h)
        g = gh
    return g
