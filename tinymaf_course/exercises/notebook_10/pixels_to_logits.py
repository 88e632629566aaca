"""Whole numbers made continuous: dequantisation, the logit, and log|det| of both (MAF, section
4.3)."""

import numpy as np

from .. import Complaint, edit, phrases, right

OPTIONAL = False
HINTS = (
    "Two maps, one after the other: v -> z is a straight line, z -> x is the logit. Each works "
    "pixel by pixel, so the Jacobian is diagonal. Add the two log slopes.",
    "dz/dv = (1 - 2 a) / 17, and dx/dz = 1 / z + 1 / (1 - z) = 1 / (z (1 - z)).",
    "`log_det = np.sum(np.log((1 - 2 * a) / 17) - np.log(z) - np.log(1 - z), axis=1)`",
)


def pixels_to_logits(pixels, noise, a):
    """From v = pixels + noise to z = a + (1 - 2 a) v / 17 and x = log(z / (1 - z)).

    pixels: whole numbers 0 .. 16, shape (N, D). noise: numbers in [0, 1), the same shape.
    a: a number in (0, 1/2). Return x (N, D), and log|det dx/dv| (N,).
    """
    z = a + (1 - 2 * a) * (pixels + noise) / 17
    x = np.log(z) - np.log(1 - z)
    log_slopes = np.log((1 - 2 * a) / 17) - np.log(z) - np.log(1 - z)
    return x, np.sum(log_slopes, axis=1)


def cases():
    rng = np.random.default_rng(10)
    return [
        (rng.integers(0, 17, (n, dim)), rng.uniform(0.05, 0.95, (n, dim)), a)
        for n, dim, a in ((4, 1, 0.05), (5, 3, 0.2), (3, 6, 0.01), (2, 64, 0.05))
    ]


def judge(answer, pixels, noise, a):
    n, dim = pixels.shape
    tested = f"{n} pictures of {phrases.count(dim, 'pixel')}, a = {a}"
    out = answer(pixels, noise, a)
    look = "Each picture has a log_det of its own."
    if said := phrases.results(out, {"x": (n, dim), "log_det": (n,)}, tested, look):
        return said
    x, log_det = out
    look = "z must stay between a and 1 - a. What is the largest v?"
    if said := phrases.finite(x, "x must be finite, for every pixel from 0 to 16.", tested, look):
        return said
    back = 17 * (1 / (1 + np.exp(-x)) - a) / (1 - 2 * a)
    if not np.abs(back - pixels - noise).max() < 1e-8:
        k = np.unravel_index(np.argmax(np.abs(back - pixels - noise)), pixels.shape)
        return Complaint(
            "The way back from x, v = 17 (sigmoid(x) - a) / (1 - 2 a), must give pixels + noise.",
            tested,
            got=f"{back[k]:.4f} instead of {pixels[k] + noise[k]:.4f}",
            look="the formula of z",
        )
    step = 1e-5
    slopes = (answer(pixels, noise + step, a)[0] - answer(pixels, noise - step, a)[0]) / (2 * step)
    exact = np.log(slopes).sum(axis=1)
    look = "every factor between v and x: the 17, the 1 - 2 a, the logit; and the axis of the sum"
    if said := phrases.log_det(log_det, exact, "x by v", tested, look, error=1e-4 * dim):
        return said
    return None


WRONG_EDITS = [
    edit(
        "no_log_17",
        "The 17 is missing in log_det. Division by 17 squeezes every pixel: -log 17 for each, "
        "log2(17) = 4.09 bits a pixel. Density models of pictures have been compared with and "
        "without it.",
        ("np.log((1 - 2 * a) / 17)", "np.log(1 - 2 * a)"),
    ),
    edit(
        "no_shrinking",
        "The factor 1 - 2 a is missing in log_det. It is small, but there is one for each pixel.",
        ("np.log((1 - 2 * a) / 17)", "-np.log(17)"),
    ),
    edit(
        "way_back",
        "The sign: this is log|det dv/dx|, the way back. The logit stretches, so its log slope "
        "-log z - log(1 - z) is positive.",
        ("np.sum(", "-np.sum("),
    ),
    edit(
        "over_the_batch",
        "log|det| is summed over all pictures. Each row has a Jacobian of its own: sum over the "
        "pixels, axis=1.",
        ("np.sum(log_slopes, axis=1)", "np.sum(log_slopes)"),
        misconception="log-det-per-batch",
    ),
    edit(
        "no_noise",
        "The noise was left out: a density on whole numbers only has no upper limit. v = pixels + "
        "noise.",
        ("(pixels + noise)", "pixels"),
    ),
    edit(
        "divided_by_16",
        "17 grey values and noise up to 1: v runs up to 17. Divided by 16 it leaves the unit "
        "interval, and for small a the logit of a completely black pixel is not a number.",
        ("(pixels + noise) / 17", "(pixels + noise) / 16"),
        ("(1 - 2 * a) / 17", "(1 - 2 * a) / 16"),
    ),
    edit(
        "straight_line_alone",
        "The logit's slope is missing: log_det holds the straight line alone. dx/dz = 1 / (z (1 - "
        "z)).",
        ("np.sum(log_slopes, axis=1)", "np.full(len(z), z.shape[1] * np.log((1 - 2 * a) / 17))"),
    ),
]


@right
def by_odds(pixels, noise, a):
    z = a + (1 - 2 * a) / 17 * (pixels + noise)
    slopes = (1 - 2 * a) / 17 / (z * (1 - z))
    return -np.log(1 / z - 1), np.log(slopes).sum(axis=1)


@right
def by_log1p(pixels, noise, a):
    v = pixels + noise
    z = a + v * (1 - 2 * a) / 17
    log_det = v.shape[1] * (np.log1p(-2 * a) - np.log(17))
    return np.log(z) - np.log1p(-z), log_det - (np.log(z) + np.log1p(-z)) @ np.ones(v.shape[1])


@right
def pixel_by_pixel(pixels, noise, a):
    columns, log_det = [], np.zeros(len(pixels))
    for i in range(pixels.shape[1]):
        z = a + (1 - 2 * a) * (pixels[:, i] + noise[:, i]) / 17
        columns.append(np.log(z / (1 - z)))
        log_det += np.log(1 - 2 * a) - np.log(17) - np.log(z) - np.log(1 - z)
    return np.stack(columns, axis=1), log_det
