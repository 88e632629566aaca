"""For the explorers of the digits: a class-conditional flow, and sheets of small pictures."""

import functools
import math

import numpy as np

from tinymaf import fit, maf
from tinymaf.datasets import digits
from tinymaf.uses import one_hot

from ..interactive import Panel

CLASSES = 10
LEVELS = 17  # grey values 0..16, and noise up to 1


@functools.cache
def trained():
    """`(flow, params, data)`: a MAF of the digits given their class.

    The first call trains it (seconds).
    """
    data, flow = digits(a=0.05), maf(64, 4, (128,), context_dim=CLASSES)
    labels = one_hot(data.train_labels, CLASSES)
    result = fit(
        flow,
        lambda rng: (data.to_logits(data.train_pixels, rng), labels),
        rng=np.random.default_rng(1),
        x_val=data.to_logits(data.val_pixels, np.random.default_rng(0)),
        context_val=one_hot(data.val_labels, CLASSES),
        epochs=60,
        lr=3e-3,
        schedule="cosine",
        weight_decay=1e-2,
        patience=None,
        progress=False,
    )
    return flow, result.params, data


def given_or_trained(flow, params, data):
    """The three arguments, or `trained()` where `flow` is None.

    Raises ValueError if the flow does not fit.
    """
    if flow is None:
        return trained()
    if flow.dim != data.train_pixels.shape[1] or flow.context_dim != CLASSES:
        raise ValueError(
            f"flow must have dim {data.train_pixels.shape[1]} and context_dim {CLASSES}, "
            f"got {flow.dim} and {flow.context_dim}"
        )
    return flow, params, data


def tiles(pictures, columns):
    """Square pictures (N, side^2) as one array, `columns` to a row, with a NaN cell between them.

    >>> tiles(np.arange(8.0).reshape(2, 4), 2)
    array([[ 0.,  1., nan,  4.,  5.],
           [ 2.,  3., nan,  6.,  7.]])
    """
    side = math.isqrt(pictures.shape[1])
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (side + 1) - 1, columns * (side + 1) - 1), np.nan)
    for k, picture in enumerate(pictures):
        top = (side + 1) * (k // columns)
        left = (side + 1) * (k % columns)
        sheet[top : top + side, left : left + side] = picture.reshape(side, side)
    return sheet


def sheet_panel(pictures, columns, title, **options):
    """A Panel of small grey pictures; black is the highest grey value."""
    sheet = tiles(np.clip(pictures, 0, LEVELS), columns)
    rows, wide = sheet.shape
    panel = Panel((-0.8, wide + 0.8), (rows + 0.8, -0.8), title, equal=True, axes=False, **options)
    return panel.density(
        sheet, ((0, wide), (0, rows)), cmap="greys", vmax=LEVELS, smooth=False, label="ink"
    )
