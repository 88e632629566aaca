"""How far from noise is the cloud behind each layer? Its KL from a standard normal, in nats, layer
by layer."""

import functools

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right, wrong
from ..numerics import log_abs_det
from ._stacks import after, stack

OPTIONAL = True
HINTS = (
    "The cloud behind k layers has a density: log p(h_k) = log p(x) - (the log_dets of the first "
    "k layers).",
    "KL is the mean of log p(h_k) - log N(h_k; 0, I) over the rows. k = 0 is the data itself: no "
    "log_det yet.",
    "Start with log_p_h = log_p. In the loop: h, one = layer(h), then log_p_h = log_p_h - one, "
    "then the mean.",
)


def hidden_nats(layers, x, log_p):
    """The distance from noise behind 0, 1, ..., K layers.

    layers: functions h (N, D) -> next h, log_det (N,), the one that faces the data first.
    x (N, D): draws from the true density. log_p (N,): its log-density at these very rows.
    Return an array of K + 1 numbers: the mean of log p(h_k) - log N(h_k; 0, I), where h_0 = x.
    """
    h, log_p_h, nats = x, log_p, []
    for layer in [None, *layers]:
        if layer is not None:
            h, one = layer(h)
            log_p_h = log_p_h - one
        log_normal = np.sum(-0.5 * h**2 - 0.5 * np.log(2 * np.pi), axis=1)
        nats.append(np.mean(log_p_h - log_normal))
    return np.array(nats)


def cases():
    rng = np.random.default_rng(65)
    return [
        (stack(rng, dim, depth), rng.standard_normal((6, dim)), rng.uniform(-4, 0, 6))
        for dim, depth in ((2, 1), (2, 3), (3, 2))
    ]


def judge(answer, layers, x, log_p):
    tested = f"{len(layers)} layers, {len(x)} rows, D = {x.shape[1]}"
    out = np.asarray(answer(list(layers), x.copy(), log_p.copy()))
    what = "Return K + 1 numbers: before the first layer, and after each one."
    if said := phrases.shape(out, (len(layers) + 1,), what, tested, "h_0 is the data itself."):
        return said
    for k in range(len(layers) + 1):
        first = functools.partial(after, layers[:k])
        h = first(x)
        log_p_h = log_p - log_abs_det(first, x)  # conservation of mass, by the Jacobian itself
        exact = np.mean(log_p_h + 0.5 * (h**2 + np.log(2 * np.pi)).sum(axis=1))
        if not abs(out[k] - exact) < 1e-5:
            return Complaint(
                f"Number {k} must be the mean of log p(h_{k}) - log N(h_{k}; 0, I).",
                tested,
                got=f"{brief(out[k])}, by the Jacobian of the first {k} layers {exact:.4f}",
                look=(
                    "The density of h_k, by conservation of mass, and the place at which N is "
                    "taken."
                ),
            )
    return None


WRONG_EDITS = [
    edit(
        "falling_only",
        "You let the numbers only fall. The clouds on the way need not get rounder: a "
        "number may be larger than the one before it.",
        ("np.array(nats)", "np.minimum.accumulate(nats)"),
        misconception="hidden-gaussian",
    ),
    edit(
        "plus_log_det",
        "The log_dets have the wrong sign here. Where a layer stretches (log_det > 0) the cloud "
        "gets thinner: log p(h_k) = log p(x) - log_det.",
        ("log_p_h - one", "log_p_h + one"),
    ),
    edit(
        "no_log_det",
        "log p(h_k) is not log p(x): the points have moved, and room was stretched or squeezed "
        "around them. The log_dets so far are missing.",
        ("log_p_h - log_normal", "log_p - log_normal"),
    ),
    edit(
        "newest_alone",
        "Only the newest log_det is subtracted. h_k has come through all of the first k layers: "
        "they add up.",
        ("log_p_h - one", "log_p - one"),
    ),
    edit(
        "normal_at_x",
        "The normal density is taken at x all the time. It must be taken where the points are "
        "now, at h_k.",
        ("h**2", "x**2"),
    ),
]


@wrong(
    "You took it for granted that a cloud on the way is standard normal, so its distance from "
    "noise came out as 0. It need not be: its density is log p(x) minus the log_dets so "
    "far.",
    misconception="hidden-gaussian",
)
def taken_for_normal(layers, x, log_p):
    return np.zeros(len(layers) + 1)


@right
def by_cumsum(layers, x, log_p):
    places, dets = [x], [np.zeros(len(x))]
    for layer in layers:
        h, one = layer(places[-1])
        places.append(h)
        dets.append(one)
    log_p_h = log_p - np.cumsum(dets, axis=0)
    log_normal = -0.5 * np.sum(np.square(places) + np.log(2 * np.pi), axis=2)
    return (log_p_h - log_normal).mean(axis=1)


@right
def by_means(layers, x, log_p):
    h, nats = x, [log_p.mean()]
    squares = [np.einsum("nd,nd->", x, x)]
    for layer in layers:
        h, one = layer(h)
        nats.append(nats[-1] - one.mean())
        squares.append(np.einsum("nd,nd->", h, h))
    constant = 0.5 * x.shape[1] * np.log(2 * np.pi)
    return np.array(nats) + 0.5 * np.array(squares) / len(x) + constant


@right
def anew_each_time(layers, x, log_p):
    out = []
    for k in range(len(layers) + 1):
        h, total = x, 0
        for layer in layers[:k]:
            h, one = layer(h)
            total = total + one
        out.append(np.mean(log_p - total + np.sum(h**2 + np.log(2 * np.pi), axis=1) / 2))
    return np.array(out)
