"""A layer with its two directions swapped: what turns MAF into IAF (Kingma et al. 2016; MAF,
section 3.2)."""

import numpy as np

from tinymaf.checks import random_params
from tinymaf.layers import AffineAutoregressive

from .. import Complaint, edit, phrases, right, wrong
from ..numerics import log_abs_det

OPTIONAL = False
HINTS = (
    "The new layer's x is what the old layer calls u, and the other way round. Which old "
    "direction leads from there to here?",
    "Each direction of the old layer returns a log_det of its own, that of the very map which "
    "it applies. Look at what it is the derivative of, before you touch its sign.",
    'For `to == "u"` hand back `layer.u_to_x(params, z)`, as it comes, and for `to == "x"` '
    "`layer.x_to_u(params, z)`.",
)


def inverse_layer(layer, params, z, to):
    """The layer with its directions swapped.

    layer has two methods, each returning (N, D) and (N,):
        layer.x_to_u(params, x) -> u, log|det du/dx|
        layer.u_to_x(params, u) -> x, log|det dx/du|
    to is "u" (then z is data, and noise is wanted) or "x" (then z is noise, and data is
    wanted). Return where the NEW layer leads from z, (N, D), and the log_det (N,) of that very
    direction.
    """
    if to == "u":
        return layer.u_to_x(params, z)
    return layer.x_to_u(params, z)


def cases():
    rng, made = np.random.default_rng(81), []
    for dim in (1, 2, 4):
        layer = AffineAutoregressive(dim, hidden=(12,), activation="tanh")
        params = random_params(layer, rng, scale=1.0)
        made += [(layer, params, rng.standard_normal((5 + dim, dim)), to) for to in ("x", "u")]
    return made


def judge(answer, layer, params, z, to):
    tested = f'D = {z.shape[1]}, {len(z)} rows, to="{to}"'
    out = answer(layer, params, z, to)
    if said := phrases.results(out, {to: z.shape, "log_det": (len(z),)}, tested, phrases.ITS_OWN):
        return said
    there, log_det = out
    x, u = (there, z) if to == "x" else (z, there)
    mu, alpha = layer.mu_alpha(params, u)  # the network reads noise now
    error = np.abs(mu + np.exp(alpha) * x - u).max()
    if not error < 1e-9:
        return Complaint(
            "The two directions are not swapped.",
            tested,
            f"off by {error:.3g}",
            "What the old layer took for data is noise now. Which of its two methods takes z?",
        )
    exact = log_abs_det(lambda rows: answer(layer, params, rows, to)[0], z)
    look = "Each method returns the log_det of its own map."
    if said := phrases.log_det(log_det, exact, "the map that you applied", tested, look):
        return said
    return None


WRONG_EDITS = [
    edit(
        "as_it_was",
        "Nothing is swapped: this is the old layer. The new layer's data live where the old layer "
        "had its noise.",
        ('to == "u"', 'to == "x"'),
        misconception="iaf-inverse-of-maf",
    ),
    edit(
        "only_one",
        "One direction is swapped, the other is not: both lead through x_to_u now, and there is "
        "no way back.",
        ("layer.u_to_x", "layer.x_to_u"),
    ),
]


@wrong(
    "The map is right, but you flipped the sign of log_det. The method that you call returns the "
    "log_det of exactly the map that it applies, and the new layer applies that same map: "
    "nothing is left to flip."
)
def sign_turned(layer, params, z, to):
    there, log_det = layer.u_to_x(params, z) if to == "u" else layer.x_to_u(params, z)
    return there, -log_det


@wrong(
    "The map is right. Its log_det is taken from the other method, and at another point: each "
    "method returns its own log_det, take both results from one call."
)
def log_det_of_the_other(layer, params, z, to):
    if to == "u":
        return layer.u_to_x(params, z)[0], layer.x_to_u(params, z)[1]
    return layer.x_to_u(params, z)[0], layer.u_to_x(params, z)[1]


@wrong(
    "log_det is summed over the batch: it needs one number for each row, as it came out of the "
    "layer.",
    misconception="log-det-per-batch",
)
def over_the_batch(layer, params, z, to):
    there, log_det = layer.u_to_x(params, z) if to == "u" else layer.x_to_u(params, z)
    return there, np.sum(log_det)


@wrong(
    "You went there and back: the old layer undoes itself, and what is left is the identity. Call "
    "one of the two."
)
def there_and_back(layer, params, z, to):
    u, one = layer.x_to_u(params, z)
    x, two = layer.u_to_x(params, u)
    return x, one + two


@right
def by_a_table(layer, params, z, to):
    ways = {"u": layer.u_to_x, "x": layer.x_to_u}
    return ways[to](params, z)


@right
def by_name(layer, params, z, to):
    there, log_det = getattr(layer, "x_to_u" if to == "x" else "u_to_x")(params, z)
    return there, log_det


@right
def row_by_row(layer, params, z, to):
    there, log_det = [], []
    for k in range(len(z)):
        row = z[k : k + 1]
        one, two = layer.x_to_u(params, row) if to == "x" else layer.u_to_x(params, row)
        there.append(one[0])
        log_det.append(two[0])
    return np.array(there), np.array(log_det)
