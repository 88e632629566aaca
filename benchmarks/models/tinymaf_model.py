"""tinymaf's flows, as a reader of its documentation would train them."""

import autograd.numpy as np
import numpy
from autograd import jacobian, value_and_grad

import tinymaf
from tinymaf.definition import plain
from tinymaf.training import Adam, Trainer
from tinymaf.trees import count_params, leaves, map_tree


class Model:
    def __init__(self, kind, case, dtype="float32", seed=0, moved=True):
        make = tinymaf.maf if kind == "maf" else tinymaf.realnvp
        self.flow = make(case.dim, n_layers=case.layers, hidden=case.hidden)
        self.dtype = numpy.dtype(dtype)
        self.rng = np.random.default_rng(seed)
        self.params = self.flow.init(self.rng, dtype=self.dtype)
        self.params = map_tree(self._moved, self.params) if moved else self.params
        self.n_params = count_params(self.params)
        # Without clipping a step is the same work as the others'; a training is what the library's
        # defaults make of it.
        self.trainer = Trainer(self.flow, self.params, **({"clip_norm": None} if moved else {}))
        self.params = self.trainer.params
        self.on_tape = value_and_grad(lambda params, x: -np.mean(self.flow.log_prob(params, x)))
        self.adam = Adam(self.params)

    def _moved(self, leaf):
        scale = 0.3 / len(leaf) ** 0.5 if leaf.ndim == 2 else 0.05
        return leaf + (scale * self.rng.standard_normal(leaf.shape)).astype(leaf.dtype)

    def describe(self):
        return [leaf.shape for leaf in leaves(self.params["bijection"][0]) if leaf.ndim == 2]

    def batch(self, x):
        return np.ascontiguousarray(x, self.dtype)

    def update(self, x, lr):
        return self.trainer.step(x, lr=lr)

    def taped_update(self, x, lr):
        """The same step by autograd, with parameters and gradients as trees.

        Inside `plain()` it goes operation by operation.
        """
        loss, grads = self.on_tape(self.params, x)
        self.adam.lr = lr
        self.adam.step(self.params, grads)
        return loss

    def log_prob(self, x):
        return self.flow.log_prob(self.params, x)

    def sample(self, n):
        return self.flow.sample(self.params, self.rng, n)

    def finish(self, result):
        pass

    def numpy(self, result):
        return result

    def change_of_variables(self, x):
        params = self.params["bijection"]

        def u(row):
            return self.flow.bijection.x_to_u(params, row[None])[0][0]

        with plain():
            return np.array(
                [
                    -0.5 * np.sum(u(row) ** 2)
                    - 0.5 * len(row) * np.log(2 * np.pi)
                    + numpy.linalg.slogdet(jacobian(u)(row))[1]
                    for row in x
                ]
            )
