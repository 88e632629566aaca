"""FlowJAX, with the whole training step, the density and the draws compiled by `jax.jit`."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
import paramax
from flowjax.distributions import Normal
from flowjax.flows import coupling_flow, masked_autoregressive_flow
from flowjax.train.losses import MaximumLikelihoodLoss
from flowjax.train.train_utils import step as train_step


def _fixed(leaf):
    return isinstance(leaf, paramax.NonTrainable)


class Model:
    def __init__(self, kind, case, dtype="float32", seed=0, moved=True):
        make = masked_autoregressive_flow if kind == "maf" else coupling_flow
        self.key, make_key, noise_key = jax.random.split(jax.random.key(seed), 3)
        flow = make(
            make_key,
            base_dist=Normal(jnp.zeros(case.dim)),
            flow_layers=case.layers,
            nn_width=case.hidden[0],
            nn_depth=len(case.hidden),
            nn_activation=jax.nn.relu,
        )
        flow = eqx.tree_at(lambda f: f.base_dist, flow, replace_fn=paramax.non_trainable)
        params, static = eqx.partition(flow, eqx.is_inexact_array, is_leaf=_fixed)
        leaves, shape = jax.tree.flatten(params)
        if moved:
            keys = jax.random.split(noise_key, len(leaves))
            scales = [0.3 / leaf.shape[-1] ** 0.5 if leaf.ndim == 3 else 0.05 for leaf in leaves]
            leaves = [
                leaf + scale * jax.random.normal(k, leaf.shape)
                for k, scale, leaf in zip(keys, scales, leaves)
            ]
        self.params, adam = jax.tree.unflatten(shape, leaves), optax.scale_by_adam()
        self.state = adam.init(self.params)
        self.n_params = sum(leaf.size for leaf in leaves)
        self.static = static

        def whole(params):
            return paramax.unwrap(eqx.combine(params, static))

        def step(params, state, x, lr):
            loss, grads = jax.value_and_grad(lambda p: -whole(p).log_prob(x).mean())(params)
            change, state = adam.update(grads, state)
            return jax.tree.map(lambda p, c: p - lr * c, params, change), state, loss

        self._step = jax.jit(step, donate_argnums=(0, 1))
        self._log_prob = jax.jit(lambda params, x: whole(params).log_prob(x))
        self._sample = jax.jit(
            lambda params, key, n: whole(params).sample(key, (n,)), static_argnums=2
        )
        self._whole = whole

    def describe(self):
        return [leaf.shape[:0:-1] for leaf in jax.tree.leaves(self.params) if leaf.ndim == 3]

    def batch(self, x):
        return jnp.asarray(x, jnp.float32)

    def update(self, x, lr):
        self.params, self.state, loss = self._step(self.params, self.state, x, lr)
        return loss

    def own_step(self, x, lr):
        """The step of FlowJAX's `fit_to_data`, as a function without arguments.

        It keeps parameters of its own.
        """
        optimizer, loss, key = optax.adam(lr), MaximumLikelihoodLoss(), self.key
        params = jax.tree.map(jnp.copy, self.params)
        state = optimizer.init(params)

        def run():
            nonlocal params, state
            params, state, value = train_step(
                params, self.static, x, optimizer=optimizer, opt_state=state, loss_fn=loss, key=key
            )
            return params, value

        return run

    def log_prob(self, x):
        return self._log_prob(self.params, x)

    def sample(self, n):
        self.key, key = jax.random.split(self.key)
        return self._sample(self.params, key, n)

    def finish(self, result):
        jax.block_until_ready((result, self.params))

    def numpy(self, result):
        return jax.device_get(result)

    def change_of_variables(self, x):
        bijection = self._whole(self.params).bijection

        def one(row):
            u = bijection.inverse(row)
            return (
                jax.scipy.stats.norm.logpdf(u).sum()
                + jnp.linalg.slogdet(jax.jacobian(bijection.inverse)(row))[1]
            )

        return jax.device_get(jax.vmap(one)(x))
