"""The variational autoencoder: a latent-variable density, with flows for posterior and prior if you
like.
"""

import math

import autograd.numpy as np
from autograd.tracer import getval

from .distributions import Density, StandardNormal, check_rows, log_mean_exp, normal_log_prob
from .elementwise import bound
from .layers import Bijection
from .nets import MLP
from .parameters import check_leaf, check_params, named_parts
from .types import Array, DTypeLike, Params, Rng, Widths
from .validation import as_generator, as_rows, one_of, positive, short, whole_number, widths
from .variational import log_prob_or_nan

LIKELIHOODS = ("bernoulli", "gaussian")


class VAE(Density):
    """`p(x) = integral of p(x | z) p(z) dz`, trained with an approximate posterior q(z | x), which
    may contain flows.

        log w = log p(x | z) + log p(z) - log q(z | x),     z ~ q(z | x)
        ELBO  = E[log w] = log p(x) - KL(q(z | x) || p(z | x))    (Kingma, Welling 2014, equation 3)

        m, log s, h = encoder(x),     z0 = m + s * eps,     eps ~ N(0, I)
        z, log_det = posterior.u_to_x(z0, context=h)              (Kingma et al. 2016, algorithm 1)
        log q(z | x) = log N(eps; 0, I) - sum log s - log_det

    The ELBO is always an average of log w, even where a part of it has a closed form: so it has no
    variance at all once q is the exact posterior. Everything is in nats. `fit` maximises the ELBO,
    and chooses the best epoch by it.

    Args:
        dim: D, the length of x.
        latent: L, the length of z.
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        likelihood: "bernoulli" (x holds zeros and ones) or "gaussian", `N(x; decoder(z), scale^2)`.
        posterior: None for the diagonal Gaussian, or a bijection of dim L on top of it, where u is
            z0 and x is z. It should be quick from u to x: a Chain of
            Inverse(AffineAutoregressive(L, context_dim=h)), say. The encoder then has h more
            outputs, its context.
        prior: None for N(0, I), or any density of dim L: `maf(L)`, say.
        scale: of the Gaussian likelihood; None learns one for each of the D variables (its log
            within +-5).
        activation: "relu" or "tanh".

    Raises ValueError if sizes do not fit, or for a batch norm in posterior or prior.

    >>> vae = VAE(4, latent=2, hidden=(8,))
    >>> params = vae.init(np.random.default_rng(0))
    >>> x = np.array([[0.0, 1.0, 1.0, 0.0]])
    >>> rng = np.random.default_rng(1)
    >>> vae.elbo(params, x, rng).shape, vae.sample(params, rng, 3).shape
    ((1,), (3, 4))
    """

    def __init__(
        self,
        dim: int,
        latent: int,
        hidden: Widths = (64, 64),
        *,
        likelihood: str = "bernoulli",
        posterior: Bijection | None = None,
        prior: Density | None = None,
        scale: float | None = None,
        activation: str = "relu",
    ):
        self.dim, self.latent = whole_number("dim", dim, 1), whole_number("latent", latent, 1)
        self.likelihood = one_of("likelihood", likelihood, LIKELIHOODS)
        if scale is not None and likelihood != "gaussian":
            raise ValueError(f'scale goes with likelihood="gaussian", got {short(scale)}')
        self.scale = None if scale is None else positive("scale", scale, " or None")
        self.posterior = posterior
        self.prior = StandardNormal(self.latent) if prior is None else prior
        if posterior is not None and not isinstance(posterior, Bijection):
            raise TypeError(f"the posterior must be a Bijection, got {short(posterior)}")
        if not isinstance(self.prior, Density):
            raise TypeError(f"the prior must be a Density, got {short(prior)}")
        for name, part in (("posterior", posterior), ("prior", prior)):
            if part is not None and part.dim != self.latent:
                raise ValueError(f"the {name} must have dim {self.latent} like z, got {part.dim}")
            if getattr(getattr(part, "bijection", part), "needs_statistics", False):
                raise ValueError(
                    f"batch norm in the {name}: there is no training set of z for its statistics"
                )
        if self.prior.context_dim:
            raise ValueError(
                f"the prior must take no context, got context_dim={self.prior.context_dim}"
            )
        n_context = posterior.context_dim if posterior is not None else 0
        hidden = widths(hidden)
        self.encoder = MLP(self.dim, 2 * self.latent + n_context, hidden, activation=activation)
        self.decoder = MLP(self.latent, self.dim, hidden[::-1], activation=activation)

    def init(self, rng: Rng, x: Array | None = None, dtype: DTypeLike = float) -> Params:
        """`{"encoder", "decoder", "posterior", "prior", "log_scale"}`, the last one (1, D) or
        empty.
        """
        return {
            "encoder": _wake(self.encoder.init(rng, dtype), rng),
            "decoder": _wake(self.decoder.init(rng, dtype), rng),
            "posterior": () if self.posterior is None else self.posterior.init(rng, dtype=dtype),
            "prior": self.prior.init(rng, dtype=dtype),
            "log_scale": np.zeros((1, self.dim), dtype)
            if self.likelihood == "gaussian" and self.scale is None
            else (),
        }

    def fits(self, params, dtype, at=()):
        names = ("encoder", "decoder", "posterior", "prior", "log_scale")
        parts = self.encoder, self.decoder, self.posterior, self.prior
        *of_parts, log_scale = named_parts(params, names, at)
        for name, part, p in zip(names, parts, of_parts):
            if part is not None:
                part.fits(p, dtype, (*at, name))
        if self.likelihood == "gaussian" and self.scale is None:
            check_leaf(log_scale, (1, self.dim), dtype, (*at, "log_scale"))

    def log_prob(self, params: Params, x: Array, context: Array | None = None) -> Array:
        raise NotImplementedError(
            "a VAE's log p(x) is an integral over z without a closed form: "
            "importance_bound(params, x, rng, k) is a lower bound that tends to it as k grows"
        )

    def elbo(self, params: Params, x: Array, rng: Rng, n_samples: int = 1) -> Array:
        """The evidence lower bound of each row, averaged over `n_samples` draws of z: (N,), in
        nats.

        Unbiased; at most `log p(x)` in expectation.
        """
        return np.mean(self._log_weights(params, x, rng, "n_samples", n_samples), axis=0)

    def importance_bound(self, params: Params, x: Array, rng: Rng, k: int) -> Array:
        """`log mean_k w_k` of each row, (N,), in nats: in expectation at most log p(x), and rising
        to it with k.

        `k = 1` is the ELBO. Source: Burda, Grosse, Salakhutdinov 2016, "Importance weighted
        autoencoders", equation 8.
        """
        return log_mean_exp(self._log_weights(params, x, rng, "k", k))

    def objective(self, params: Params, x: Array, context: Array | None, rng: Rng) -> Array:
        return self.elbo(params, x, rng)

    def score(self, params: Params, x: Array, context: Array | None = None) -> Array:
        """The ELBO from four draws of z, the same in every call, so that epochs are compared on
        equal terms.
        """
        return self.elbo(params, x, np.random.default_rng(0), n_samples=4)

    def encode(self, params: Params, x: Array, rng: Rng | None = None) -> Array:
        """`z` (N, L): a draw from q(z | x), or, without rng, where eps = 0 ends up (the mean of a
        diagonal q).
        """
        q = self._encoder(params, check_rows(self, params, x)[1])
        eps = np.zeros_like(q[0]) if rng is None else self._noise(rng, q[0])
        return self._posterior(params, q, eps)[0]

    def decode(self, params: Params, z: Array) -> Array:
        """The mean of x given z, (N, L) -> (N, D): probabilities for "bernoulli"."""
        check_params(self, params)
        out = self.decoder(params["decoder"], as_rows(z, self.latent, "z", finite=True))
        return 0.5 * (1 + np.tanh(0.5 * out)) if self.likelihood == "bernoulli" else out

    def reconstruct(self, params: Params, x: Array, rng: Rng | None = None) -> Array:
        """`decode(encode(x))`, (N, D)."""
        return self.decode(params, self.encode(params, x, rng))

    def sample(self, params: Params, rng: Rng, n: int, context: Array | None = None) -> Array:
        """`n` draws of x, (n, D), by z ~ prior. Papers often show their means instead:
        `decode(params, z)`.
        """
        dtype = params["decoder"][0][0].dtype
        mean = self.decode(
            params, self.prior.sample(params["prior"], rng, n).astype(dtype, copy=False)
        )
        if self.likelihood == "bernoulli":
            return (rng.random(mean.shape) < mean).astype(dtype)
        return mean + np.exp(self._log_scale(params, dtype)) * self._noise(rng, mean)

    def _log_weights(self, params, x, rng, name, n_samples):
        """`log w` for each draw of z and each row, (n_samples, N): one draw at a time, to save
        memory.
        """
        n_samples, rng = whole_number(name, n_samples, 1), as_generator(rng)
        x = check_rows(self, params, x)[1]
        if self.likelihood == "bernoulli" and not ((x == 0) | (x == 1)).all():
            raise ValueError(
                "x must hold only 0 and 1 for a Bernoulli likelihood: draw "
                "(rng.random(x.shape) < x) from grey values in [0, 1], or take "
                'likelihood="gaussian"'
            )
        q = self._encoder(params, x)
        return np.array(
            [self._log_weight(params, x, q, self._noise(rng, q[0])) for _ in range(n_samples)]
        )

    def _log_weight(self, params, x, q, eps):
        z, log_q = self._posterior(params, q, eps)
        return (
            self._log_likelihood(params, x, z)
            + log_prob_or_nan(self.prior, params["prior"], z)
            - log_q
        )

    def _encoder(self, params, x):
        """Mean, log standard deviation (within +-5) and context of the posterior."""
        out, n = self.encoder(params["encoder"], x), self.latent
        h = out[:, 2 * n :] if self.posterior is not None and self.posterior.context_dim else None
        return out[:, :n], bound(out[:, n : 2 * n]), h

    def _posterior(self, params, q, eps):
        """`z` and `log q(z | x)`, from the noise that z is made of."""
        m, log_s, h = q
        z = m + np.exp(log_s) * eps
        log_q = np.sum(normal_log_prob(eps) - log_s, axis=1)
        if self.posterior is None:
            return z, log_q
        z, log_det = self.posterior.u_to_x(params["posterior"], z, h)
        return z, log_q - log_det

    def _log_likelihood(self, params, x, z):
        out = self.decoder(params["decoder"], z)
        if self.likelihood == "bernoulli":
            return np.sum(x * out - np.logaddexp(0, out), axis=1)  # out are logits
        log_scale = self._log_scale(params, out.dtype)
        return np.sum(normal_log_prob((x - out) * np.exp(-log_scale)) - log_scale, axis=1)

    def _log_scale(self, params, dtype):
        """Log standard deviation of x given z, (1, D), or (1, 1) if it is fixed."""
        return (
            bound(params["log_scale"])
            if self.scale is None
            else np.full((1, 1), math.log(self.scale), dtype)
        )

    @staticmethod
    def _noise(rng, like):
        """Standard normal noise of the shape and dtype of `like`."""
        return as_generator(rng).standard_normal(like.shape).astype(getval(like).dtype, copy=False)


def _wake(layers, rng):
    """Random output weights. At zero a VAE sits on a saddle: z does not depend on x, nor the
    decoder's output on z.
    """
    *others, (w, b) = layers
    return [*others, ((rng.standard_normal(w.shape) / np.sqrt(w.shape[0])).astype(w.dtype), b)]
