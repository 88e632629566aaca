"""One step of Adam (Kingma, Ba 2015, algorithm 1): the optimiser that trains nearly every flow."""

import numpy as np

from ...values import brief
from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "m follows the gradient, v its square, each slowly: `new = beta * old + (1 - beta) * now`.",
    "At the start m and v are too small, as they began at 0. Divide them by `1 - beta1**t` and "
    "`1 - beta2**t`.",
    "`theta - lr * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta2 ** t)) + eps)`, with the "
    "new m and v.",
)


def adam_step(theta, gradient, m, v, t, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of Adam, number t (the first one has t = 1). All arrays have one shape.

        m <- beta1 m + (1 - beta1) g            the gradient, smoothed
        v <- beta2 v + (1 - beta2) g^2          its square, smoothed
        m^ = m / (1 - beta1^t),  v^ = v / (1 - beta2^t)
        theta <- theta - lr m^ / (sqrt(v^) + eps)

    Return the new theta, m, v; what came in stays as it is.
    """
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def _history(gradients, beta):
    """The smoothed sum of a list of arrays, written out: sum_k (1 - beta) beta^(T - k) g_k."""
    weights = (1 - beta) * beta ** np.arange(len(gradients))[::-1]
    return np.tensordot(weights, np.array(gradients), axes=1) if len(gradients) else 0.0


def _past(seed, t, scale):
    return scale * np.random.default_rng(seed).standard_normal((t, 3))


def cases():
    found = []
    for seed, t, scale, lr in (
        (720, 1, 1.0, 0.1),
        (721, 1, 1e-8, 0.1),
        (722, 2, 3.0, 0.01),
        (723, 40, 1.0, 0.3),
    ):
        gradients = _past(seed, t, scale)
        before = gradients[:-1]
        m, v = _history(before, 0.9) + np.zeros(3), _history(before**2, 0.999) + np.zeros(3)
        found.append((np.arange(3.0) - 1, gradients[-1], m, v, t, lr))
    return found


def judge(answer, theta, gradient, m, v, t, lr):
    tested = f"step t = {t}, lr = {lr:g}, gradient = {brief(gradient)}"
    out = answer(theta.copy(), gradient.copy(), m.copy(), v.copy(), t, lr)
    if said := phrases.parts(out, ("theta", "m", "v"), tested):
        return said
    for name, value in zip(("theta", "m", "v"), out):
        if np.shape(value) != theta.shape or not np.isfinite(value).all():
            return Complaint(
                f"{name} must be finite and of the shape of theta.",
                tested,
                got=brief(value),
                look="The first step has t = 1: 1 - beta ** t is not 0 then.",
            )
    new, m_new, v_new = out
    for name, value, change in (
        ("m", m_new - m, 0.1 * (gradient - m)),
        ("v", v_new - v, 0.001 * (gradient**2 - v)),
    ):
        if not np.allclose(value, change, rtol=1e-6, atol=1e-22):
            return Complaint(
                f"{name} must move a little towards {'g' if name == 'm' else 'g^2'}: by "
                f"{'a tenth' if name == 'm' else 'a thousandth'} of the way.",
                tested,
                got=f"it moved by {brief(value)}, that would be {brief(change)}",
                look="beta * old + (1 - beta) * new, and which beta belongs to which.",
            )
    mean, size = m_new / (1 - 0.9**t), np.sqrt(v_new / (1 - 0.999**t))
    step = (theta - new) * (size + 1e-8)
    if not np.allclose(step, lr * mean, rtol=1e-6, atol=1e-18):
        return Complaint(
            "The step must be lr m^ / (sqrt(v^) + eps), down the gradient.",
            tested,
            got=f"theta moved by {brief(new - theta)}, lr is {lr:g}",
            look=(
                "At t = 1 each entry moves by nearly lr, whatever the size of its gradient: "
                "against its sign."
            ),
        )
    return None


WRONG_EDITS = [
    edit(
        "no_correction",
        "The corrections for the start are missing. m begins at 0 and after one step holds a "
        "tenth of the gradient, sqrt(v) about three hundredths of its size: the first steps would "
        "be three times too long.",
        ("m / (1 - beta1**t), v / (1 - beta2**t)", "m, v"),
    ),
    edit(
        "corrected_kept",
        "You return the corrected m and v. The next step would correct them once more: keep the "
        "plain ones, and use the corrected ones for theta alone.",
        ("eps), m, v", "eps), m_hat, v_hat"),
    ),
    edit(
        "uphill",
        "You walk up the gradient. The loss is to fall: theta minus the step.",
        ("theta - lr", "theta + lr"),
    ),
    edit(
        "eps_inside",
        "eps stands inside the root in your step. There it is sqrt(eps) = 1e-4 for a small "
        "gradient, ten thousand times as much as outside: sqrt first, then + eps.",
        ("(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)"),
    ),
    edit(
        "root_forgotten",
        "The root is missing. Divided by v^ itself the step would get LONGER where gradients are "
        "small: halve the gradient and it doubles.",
        ("np.sqrt(v_hat)", "v_hat"),
    ),
    edit(
        "gradient_not_squared",
        "v must follow the SQUARE of the gradient: its sign must not matter, else the root has no "
        "value.",
        ("gradient**2", "gradient"),
        ("np.sqrt(v_hat)", "np.sqrt(np.abs(v_hat))"),
    ),
    edit(
        "betas_swapped",
        "The betas are swapped: m forgets fast (0.9), v slowly (0.999).",
        ("m = beta1 * m", "beta1, beta2 = beta2, beta1\nm = beta1 * m"),
    ),
    edit(
        "momentum_unused",
        "theta moves along the newest gradient, and m is never used. m is what carries a step "
        "over the noise of single minibatches.",
        ("lr * m_hat", "lr * gradient"),
    ),
]


@right
def by_increments(theta, gradient, m, v, t, lr, beta1=0.9, beta2=0.999, eps=1e-08):
    m = m + (1 - beta1) * (gradient - m)
    v = v + (1 - beta2) * (gradient * gradient - v)
    mean, square = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * mean / (np.sqrt(square) + eps), m, v


@right
def corrections_in_the_rate(theta, gradient, m, v, t, lr, beta1=0.9, beta2=0.999, eps=1e-08):
    m = np.average([m, gradient], axis=0, weights=[beta1, 1 - beta1])
    v = np.average([v, gradient**2], axis=0, weights=[beta2, 1 - beta2])
    root = np.sqrt(1 - beta2**t)
    rate = lr * root / (1 - beta1**t)
    return theta - rate * m / (np.sqrt(v) + eps * root), m, v


@right
def entry_by_entry(theta, gradient, m, v, t, lr, beta1=0.9, beta2=0.999, eps=1e-08):
    new, ms, vs = [], [], []
    for value, g, one, two in zip(theta.ravel(), gradient.ravel(), m.ravel(), v.ravel()):
        ms.append(beta1 * one + (1 - beta1) * g)
        vs.append(beta2 * two + (1 - beta2) * g * g)
        size = (vs[-1] / (1 - beta2**t)) ** 0.5 + eps
        new.append(value - lr * ms[-1] / (1 - beta1**t) / size)
    return tuple(np.reshape(part, theta.shape) for part in (new, ms, vs))
