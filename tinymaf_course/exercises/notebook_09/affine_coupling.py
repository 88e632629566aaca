"""An affine coupling layer in both directions (Dinh, Sohl-Dickstein, Bengio 2017, section 3)."""

import autograd.numpy as anp
import numpy as np

from .. import Complaint, edit, phrases, right, wrong
from ..numerics import slopes

OPTIONAL = False
HINTS = (
    "What the network reads must be the same in both directions: the variables that stay, and "
    "nothing of the others. What do mu and alpha have to be for a variable that stays?",
    "`np.where(stay, z, 0)` hides the others from the network. `np.where(stay, 0, mu)` and the "
    "same for alpha make the formula leave the staying variables as they are.",
    '`mu, alpha = mu_alpha(np.where(stay, z, 0))`, then both set to 0 where stay. To "u": `(z -'
    ' mu) * np.exp(-alpha)` and `-alpha.sum(axis=1)`. To "x": `mu + np.exp(alpha) * z` and '
    "`+alpha.sum(axis=1)`.",
)


def affine_coupling(mu_alpha, stay, z, to):
    """A coupling layer: some variables stay and say how the others are shifted and stretched.

    stay: D booleans, True for the variables that stay as they are.
    mu_alpha(h) -> mu, alpha, each (N, D), from h (N, D). An ordinary network, without masks:
    whatever it is shown it may use, and it says something about every variable. Show it h = z
    with 0 in place of the others.
    to is "u" (z is data, noise is wanted) or "x" (z is noise, data is wanted).
    Return where z is mapped, (N, D), and log_det (N,) of that direction.
    """
    mu, alpha = mu_alpha(np.where(stay, z, 0))
    mu, alpha = np.where(stay, 0, mu), np.where(stay, 0, alpha)
    if to == "u":
        return (z - mu) * np.exp(-alpha), -np.sum(alpha, axis=1)
    return mu + np.exp(alpha) * z, np.sum(alpha, axis=1)


def _network(dim, rng):
    w = rng.standard_normal((dim, 12))
    v = rng.standard_normal((12, 2 * dim))
    a = rng.standard_normal(12)

    def mu_alpha(h):
        out = anp.dot(anp.tanh(anp.dot(h, w) + a), v) / 3 + 0.3
        return out[:, :dim], out[:, dim:]

    return mu_alpha


def cases():
    rng, made = np.random.default_rng(91), []
    for pattern in ("10", "01", "10101", "0011"):
        stay = np.array([letter == "1" for letter in pattern])
        for to in ("u", "x"):
            z = rng.standard_normal((5 + len(stay), len(stay)))
            made.append((_network(len(stay), rng), stay, z, to))
    return made


def judge(answer, mu_alpha, stay, z, to):
    tested = f'stay = {[bool(s) for s in stay]}, {len(z)} rows, to="{to}"'
    out = answer(mu_alpha, stay.copy(), z.copy(), to)
    if said := phrases.results(out, {to: z.shape, "log_det": (len(z),)}, tested, phrases.ITS_OWN):
        return said
    there, log_det = np.asarray(out[0], float), out[1]
    if not np.abs((there - z)[:, stay]).max() < 1e-12:
        return Complaint(
            "The variables that stay must come out as they went in, in their places.",
            tested,
            f"first row: {z[0].round(3).tolist()} -> {there[0].round(3).tolist()}",
            "Is each variable where it was?",
        )
    J = slopes(lambda rows: answer(mu_alpha, stay, rows, to)[0], z)
    block = np.abs(J[:, ~stay][:, :, ~stay] * (1 - np.eye((~stay).sum()))).max()
    if not block < 1e-7:
        return Complaint(
            "A mapped variable depends on another mapped variable.",
            tested,
            f"slope {block:.3g}",
            "Show the network the staying variables alone.",
        )
    x, u = (z, there) if to == "u" else (there, z)
    mu, alpha = mu_alpha(np.where(stay, x, 0))
    error = np.abs(mu + np.exp(alpha) * u - x)[:, ~stay].max()
    if not error < 1e-9:
        return Complaint(
            "x_i = mu_i + exp(alpha_i) u_i must hold for the mapped variables.",
            tested,
            f"off by {error:.3g}",
            "Solve x = mu + exp(alpha) u for u. Which comes off first?",
        )
    exact = np.linalg.slogdet(J)[1]
    look = "Whose alphas are summed? And which direction is this?"
    if said := phrases.log_det(log_det, exact, "your map", tested, look):
        return said
    return None


WRONG_EDITS = [
    edit(
        "one_log_det_for_both",
        "Both directions return the log_det of one and the same direction. Each has its own: -sum "
        "alpha to u, +sum alpha to x. (A well-known library had this sign wrong, from noise to "
        "data, until 2023. A test of both directions shows it.)",
        ("z, np.sum(alpha, axis=1)", "z, -np.sum(alpha, axis=1)"),
    ),
    edit(
        "scale_off_first",
        "To u the shift must come off before the scale: (z - mu) exp(-alpha). With z exp(-alpha) "
        "- mu the way back is not the way there, and the log_det cannot show it: it is the same.",
        ("(z - mu) * np.exp(-alpha)", "z * np.exp(-alpha) - mu"),
    ),
    edit(
        "network_sees_all",
        "The network saw all of z. Then a mapped variable helps to decide its own scale, the "
        "Jacobian is no longer block triangular, and on the way back the network sees something "
        "else. Hide the mapped variables from it.",
        ("np.where(stay, z, 0)", "z"),
    ),
    edit(
        "half_is_dropped",
        "The variables that stay are lost: you return 0 for them. They are copied, not dropped. "
        "The next layers and the base model them; without them there is no way back either.",
        ("(z - mu) * np.exp(-alpha)", "np.where(stay, 0, (z - mu) * np.exp(-alpha))"),
        ("mu + np.exp(alpha) * z", "np.where(stay, 0, mu + np.exp(alpha) * z)"),
        misconception="coupling-copies",
    ),
    edit(
        "no_log_det",
        "log_det 0 for every row, as if a coupling had a likelihood only by and large. It has an "
        "exact one, as every flow has: the Jacobian is triangular, and the alphas of the mapped "
        "variables are the logarithms of its diagonal.",
        ("-np.sum(alpha, axis=1)", "np.zeros(len(z))"),
        ("z, np.sum(alpha, axis=1)", "z, np.zeros(len(z))"),
        misconception="only-maf-exact",
    ),
    edit(
        "mask_turned_round",
        "The mask is the wrong way round: stay is True for the variables that are copied and "
        "shown to the network.",
        ("mu, alpha = mu_alpha(", "stay = ~stay\nmu, alpha = mu_alpha("),
    ),
    edit(
        "over_the_batch",
        "log_det is one number for the batch: each row has scales of its own, sum over axis=1.",
        ("-np.sum(alpha, axis=1)", "-np.sum(alpha)"),
        ("z, np.sum(alpha, axis=1)", "z, np.sum(alpha)"),
        misconception="log-det-per-batch",
    ),
]


@wrong(
    "You sum the alphas of the staying variables as well. The network says something about them, "
    "too, but nothing is done with it: they are not stretched. Set their alpha to 0 first."
)
def alphas_of_all(mu_alpha, stay, z, to):
    mu, alpha = mu_alpha(np.where(stay, z, 0))
    if to == "u":
        return np.where(stay, z, (z - mu) * np.exp(-alpha)), -np.sum(alpha, axis=1)
    return np.where(stay, z, mu + np.exp(alpha) * z), np.sum(alpha, axis=1)


@wrong(
    "You split the variables, and glued the two parts together in another order: each must go back "
    "to its own place. At D = 2 with the first one staying it looks right, and so it went into a "
    "well-known repository."
)
def glued_together(mu_alpha, stay, z, to):
    mu, alpha = mu_alpha(np.where(stay, z, 0))
    mu, alpha = mu[:, ~stay], alpha[:, ~stay]
    moved = (z[:, ~stay] - mu) * np.exp(-alpha) if to == "u" else mu + np.exp(alpha) * z[:, ~stay]
    log_det = -np.sum(alpha, axis=1) if to == "u" else np.sum(alpha, axis=1)
    return np.concatenate([z[:, stay], moved], axis=1), log_det


@right
def by_multiplication(mu_alpha, stay, z, to):
    keep = np.array(stay, dtype=float)
    mu, alpha = mu_alpha(z * keep)
    mu, alpha = mu * (1 - keep), alpha * (1 - keep)
    if to == "u":
        return (z - mu) / np.exp(alpha), -alpha.sum(axis=1)
    return z * np.exp(alpha) + mu, alpha.sum(axis=1)


@right
def by_where_at_the_end(mu_alpha, stay, z, to):
    mu, alpha = mu_alpha(np.where(stay, z, 0.0))
    moved = (z - mu) * np.exp(-alpha) if to == "u" else mu + np.exp(alpha) * z
    log_slopes = np.where(stay, 0.0, -alpha if to == "u" else alpha)
    return np.where(stay, z, moved), np.sum(log_slopes, axis=1)


@right
def column_by_column(mu_alpha, stay, z, to):
    mu, alpha = mu_alpha(z * np.array(stay))
    sign, columns, log_det = (-1 if to == "u" else 1), [], 0.0 * z[:, 0]
    for i in range(len(stay)):
        if stay[i]:
            columns.append(z[:, i])
            continue
        scale = np.exp(sign * alpha[:, i])
        shifted = z[:, i] - mu[:, i] if to == "u" else z[:, i]
        columns.append(scale * shifted + (mu[:, i] if to == "x" else 0))
        log_det = log_det + sign * alpha[:, i]
    return np.stack(columns, axis=1), log_det
