"""The floor: the dense matrix products of a training step alone, in NumPy.

There is one on the way forward and two on the way back.
"""

import numpy as np


def shapes(kind, case):
    """`(units in, units out)` of every weight matrix of a flow."""
    nets = []
    for k in range(case.layers):
        moved = case.dim if kind == "maf" else (case.dim + k % 2) // 2
        read = case.dim if kind == "maf" else case.dim - moved
        sizes = [read, *case.hidden, 2 * moved]
        nets += list(zip(sizes[:-1], sizes[1:]))
    return nets


def products(kind, case, dtype, seed=0):
    """A function that does the products once, into arrays that exist already.

    Points are columns, as in tinymaf's kernels. The first matrix of the first layer needs no
    gradient of its input, so that product is left out.
    """
    rng, work = np.random.default_rng(seed), []
    for k, (n_in, n_out) in enumerate(shapes(kind, case)):
        w, h, g = (
            rng.standard_normal(s).astype(dtype)
            for s in [(n_in, n_out), (n_in, case.batch), (n_out, case.batch)]
        )
        work.append(
            (w, h, g, np.empty_like(g), np.empty_like(w), None if k == 0 else np.empty_like(h))
        )

    def run():
        for w, h, _, z, _, _ in work:
            np.dot(w.T, h, out=z)
        for w, h, g, _, gw, gh in reversed(work):
            np.dot(h, g.T, out=gw)
            if gh is not None:
                np.dot(w, g, out=gh)

    return run
