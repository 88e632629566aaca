"""Variational inference: fit a flow q to a density p that is known up to a constant Z, `p(x) =
p~(x) / Z`.

It all rests on one quantity, the log importance weight `log w = log p~(x) - log q(x)` of draws
x ~ q:

    E[log w] = log Z - KL(q || p)       the evidence lower bound, which `fit_reverse_kl` maximises
    log E[w] = log Z                        which `log_z` estimates
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import autograd.numpy as np
from autograd.tracer import getval, isbox

from .distributions import log_mean_exp
from .engine.runtime import one_blas_thread
from .flows import Flow
from .parameters import check_params
from .training import Fit, Trainer
from .training.loop import NotFinite, Run, loop
from .training.rates import learning_rate
from .trees import copy_tree, dtype_of, leaves, map_tree
from .types import Array, Params, Rng
from .validation import (
    a_function,
    an_instance,
    as_context,
    as_generator,
    as_rows,
    flag,
    short,
    whole_number,
)


def log_weights(
    flow: Flow,
    params: Params,
    log_target: Callable[..., Array],
    u: Array,
    context: Array | None = None,
    held: Params | None = None,
) -> Array:
    """`log p~(x) - log q(x)` at `x = u_to_x(u)`, shape (N,), in nats; the gradient flows through x.

        log q(x) = log p_u(u) - log|det dx/du|

    Args:
        flow: a `Flow`; parameters `params`.
        log_target: `log p~`, from x (N, D) to (N,); of a flow with context, from x and context.
        u: draws from the flow's base, (N, D).
        context: (N, C), or one row for all.
        held: parameters at which to evaluate `log q` instead of `params`: pass the same values
            without a gradient to drop the score term (see `fit_reverse_kl`).
    """
    an_instance("flow", flow, Flow)
    check_params(flow, params)
    u = as_rows(u, flow.dim, "u")
    context = as_context(context, flow.context_dim, len(u), rows="u")
    ours = context if flow.bijection.context_dim else None
    theirs = context if flow.base.context_dim else None
    x, log_det = flow.bijection.u_to_x(params["bijection"], u, ours)
    if held is not None:  # the way back to u: with constant parameters, a function of x alone
        params = held
        u, minus_log_det = flow.bijection.x_to_u(held["bijection"], x, ours)
        log_det = -minus_log_det
    log_q = log_prob_or_nan(flow.base, params["base"], u, theirs) - log_det
    return _call(log_target, x, context) - log_q


def log_prob_or_nan(density, params, x, context=None):
    """`density.log_prob`, but NaN instead of an error if x is not finite: training then stops and
    says why.
    """
    if not np.isfinite(getval(x)).all():
        return math.nan * np.sum(x, axis=1)
    return density.log_prob(params, x, context)


def fit_reverse_kl(
    flow: Flow,
    log_target: Callable[..., Array],
    context: Array | Callable | None = None,
    *,
    rng: Rng,
    params: Params | None = None,
    steps: int = 2000,
    n_samples: int = 256,
    lr: float = 5e-3,
    schedule: str = "cosine",
    clip_norm: float | None = 1.0,
    sticking_the_landing: bool = False,
    progress: bool | None = None,
    callback: Callable | None = None,
) -> Fit:
    """Fit a flow q to the density `p~ / Z` by reverse KL divergence, with Adam and fresh draws in
    every step.

        loss = E_{u ~ base}[log q(x) - log p~(x)] = KL(q || p) - log Z,     x = u_to_x(u)

    The gradient goes through x (the reparameterisation trick), so the flow should sample in one
    pass, like an IAF or a coupling flow. Reverse KL is zero-forcing: q avoids places where p is
    small, and may miss whole modes of p.

    Args:
        flow: a `Flow` whose base has nothing to learn, such as `StandardNormal`.
        log_target: `log p~`, x (N, D) -> (N,) in nats, in autograd.numpy. For a flow with context
            (amortised inference: q(x | context)) a function of x and context.
        context: one row (C,), `n_samples` rows (n_samples, C), or a function `rng -> context`
            called in every step.
        rng: draws the initial parameters and the noise.
        params: where to start; by default `flow.init(rng)`. They are copied, never changed.
        steps, n_samples: Adam's steps, and the draws in each.
        lr, schedule: Adam's rate and "constant" or "cosine" (to zero over all `steps`).
        clip_norm: the gradient's global norm is scaled down to this; None for no clipping. It is
            tight, because one draw where p~ is tiny can outweigh all others.
        sticking_the_landing: drop the score term, `grad_params log q(x)` at fixed x, whose
            expectation is zero (Roeder, Wu, Duvenaud 2017): the gradient's variance then vanishes
            as q approaches p; far from p it may grow. It costs a pass of x_to_u, for an IAF D
            sequential ones.
        progress: a tqdm bar? By default as in `fit`.
        callback: called after each step with `(row, params)`, `row` the newest row of the history.

    Returns a `Fit` with the parameters after the last step, their step as `best_epoch`, and the
    columns "step", "loss", "lr" and "grad_norm" (before clipping). At a loss or gradient that is
    not finite it stops with a warning, and returns the parameters of the last finite loss; Ctrl-C
    stops it quietly.

    Source: Rezende, Mohamed 2015, "Variational inference with normalizing flows" (equation 15 is
    the same bound for planar flows).

    >>> from tinymaf import AffineAutoregressive, Flow, Inverse
    >>> flow = Flow(Inverse(AffineAutoregressive(1, hidden=())))
    >>> def log_target(x):
    ...     return -0.5 * (x[:, 0] - 3) ** 2                # N(3, 1) times Z = sqrt(2 pi)
    >>> result = fit_reverse_kl(flow, log_target, rng=np.random.default_rng(0), steps=1000, lr=0.05,
    ...                         sticking_the_landing=True, progress=False)
    >>> float(result.column("loss")[-1].round(3))           # -log Z
    -0.919
    """
    an_instance("flow", flow, Flow)
    a_function("log_target", log_target)
    if callback is not None:
        a_function("callback", callback)
    sticking_the_landing = flag("sticking_the_landing", sticking_the_landing)
    rng = as_generator(rng)
    steps, n = whole_number("steps", steps, 1), whole_number("n_samples", n_samples, 1)
    rate = learning_rate(lr, schedule)
    if flow.needs_statistics:
        raise ValueError(
            "batch norm takes its statistics from data, and reverse KL has none: use a flow "
            "without it"
        )
    begin = flow.init(rng) if params is None else check_params(flow, params)
    if leaves(begin["base"]):
        raise ValueError(
            f"the base must have nothing to learn, as its draws carry no gradient: use a "
            f"StandardNormal and put what is learned into the bijection, got {short(flow.base)}"
        )

    def loss(params, u, context, rng):
        held = map_tree(getval, params) if sticking_the_landing else None
        return -np.mean(log_weights(flow, params, log_target, u, context, held))

    trainer = Trainer(flow, begin, rng=rng, clip_norm=clip_norm, loss=loss)
    if isinstance(context, type):
        raise TypeError(f"context must be an array or a function of rng, got {short(context)}")
    draw_context = context if callable(context) else lambda _: context
    run = _Steps(flow, trainer, n, draw_context, steps, rate)
    with one_blas_thread():
        return loop(run, steps, progress=progress, callback=callback)


class _Steps(Run):
    """One round is a step, on fresh draws."""

    unit = "step"
    kept = "the last finite parameters"

    def __init__(self, flow, trainer, n, draw_context, steps, rate):
        super().__init__(Fit(copy_tree(trainer.params)))
        self.flow, self.trainer, self.n = flow, trainer, n
        self.draw_context, self.steps, self.rate = draw_context, steps, rate

    def round(self, number):
        step = number
        trainer, rng = self.trainer, self.trainer.rng
        u = self.flow.base.sample(trainer.params["base"], rng, self.n)
        u = u.astype(dtype_of(trainer.params), copy=False)
        before, lr = copy_tree(trainer.params), self.rate((step - 1) / self.steps)
        loss = trainer.step(u, self.draw_context(rng), lr)
        if not math.isfinite(loss):
            raise NotFinite(
                f"the loss or its gradient was not finite in step {step}: try a smaller lr, and "
                f"see that log_target is finite wherever the flow may go"
            )
        self.result.params, self.result.best_epoch = before, step - 1
        return {"step": step, "loss": loss, "lr": lr, "grad_norm": trainer.norm}

    def keep(self, row):
        if row["step"] == self.steps:  # the parameters after the last step are not scored yet
            self.result.params, self.result.best_epoch = self.parameters(), self.steps

    def parameters(self):
        return copy_tree(self.trainer.params)


class LogZ(NamedTuple):
    """An estimate of log Z, its standard error, and the effective sample size of its n draws."""

    value: float
    std_error: float
    ess: float


def log_z(
    flow: Flow,
    params: Params,
    log_target: Callable[..., Array],
    rng: Rng,
    n: int = 10_000,
    context: Array | None = None,
) -> LogZ:
    """The log normalising constant of `p~`, by importance sampling from a flow that resembles it:
    a `LogZ`.

        log Z = log mean_k w_k,     w_k = p~(x_k) / q(x_k),     x_k ~ q
        ess = (sum_k w_k)^2 / sum_k w_k^2
        std_error = sqrt(1 / ess - 1 / n)       (delta method)

    The mean of w is unbiased, so its log errs low on average. If q never visits a mode, it is
    missed, and no error bar shows that; an `ess` that falls relative to `n` as n grows is a sign of
    weights without a variance.

    Args:
        log_target: `log p~`, x (n, D) -> (n,) in nats, with context as in `fit_reverse_kl`. It may
            be -inf here.
        rng, n: draws n samples.
        context: one row (C,), for a flow with context.

    Source: Kong 1992, "A note on importance sampling using standardized weights", for ess.

    >>> from tinymaf import AffineAutoregressive, Flow
    >>> flow = Flow(AffineAutoregressive(2))
    >>> params = flow.init(np.random.default_rng(0))        # untrained: the standard normal
    >>> def log_target(x):
    ...     return -0.5 * np.sum(x ** 2, axis=1)
    >>> value, std_error, ess = log_z(flow, params, log_target, np.random.default_rng(1), 100)
    >>> round(value - math.log(2 * math.pi), 6), round(ess)
    (0.0, 100)
    """
    an_instance("flow", flow, Flow)
    n = whole_number("n", n, 1)
    x, log_q = flow.sample_and_log_prob(params, rng, n, context)
    log_w = _call(log_target, x, as_context(context, flow.context_dim, n)) - log_q
    if np.isnan(log_w).any():
        raise ValueError(f"log_target - log q is NaN for {np.isnan(log_w).sum()} of {n} draws")
    value = log_mean_exp(log_w)
    if not np.isfinite(value):  # no draw hit the target's support
        return LogZ(float(value), math.inf, 0.0)
    w = np.exp(log_w - value)  # mean 1
    ess = n / np.mean(w * w)
    return LogZ(float(value), math.sqrt(max(1 / ess - 1 / n, 0)), float(ess))


def _call(log_target, x, context):
    """`log_target(x)` or `log_target(x, context)`, (N,), or an error that says what is wrong."""
    if not np.isfinite(getval(x)).all():
        return math.nan * np.sum(x, axis=1)
    a_function("log_target", log_target)
    try:
        log_p = log_target(x) if context is None else log_target(x, context)
    except (TypeError, ValueError) as error:
        if not isbox(x) or not any(
            word in str(error) for word in ("ufunc", "ArrayBox", "setting an array element")
        ):
            raise
        raise TypeError(
            f"log_target failed: {error}. It must be differentiable: written with autograd.numpy "
            f"(import "
            f"autograd.numpy as np), without in-place writes"
        ) from error
    if np.shape(log_p) != (len(x),):
        raise ValueError(
            f"log_target must return one number for each row, shape ({len(x)},), got "
            f"{np.shape(log_p)}"
        )
    return log_p
