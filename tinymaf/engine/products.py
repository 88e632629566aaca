"""Masked weight matrices are multiplied block by block, because most of their entries are zero."""

import weakref

import numpy as np


def blocks(mask, tiles=1, most=4, narrowest=64):
    """`[(columns, rows), ...]`: slices that together hold every nonzero entry of a mask.

    Each tile has at most `most` blocks of columns, at least `narrowest` wide unless the tile itself
    is narrower, each with the rows that it sees. A matrix that is narrow, or where this skips less
    than a fifth (degrees in no order), is one block.
    """
    n_rows, n_columns = mask.shape
    n_blocks = tiles * min(most, max(1, n_columns // tiles // narrowest))
    cut = [int(round(n_columns * k / n_blocks)) for k in range(n_blocks + 1)]
    parts, kept = [], 0
    for start, stop in zip(cut[:-1], cut[1:]):
        seen = np.flatnonzero(mask[:, start:stop].any(axis=1))
        rows = slice(seen[0], seen[-1] + 1) if len(seen) else slice(0, 0)
        parts.append((slice(start, stop), rows))
        kept += (rows.stop - rows.start) * (stop - start)
    if n_rows * n_columns >= 2**14 and kept <= 0.8 * n_rows * n_columns:
        return parts
    return [(slice(0, n_columns), slice(0, n_rows))]


def _partial(mask, columns, rows):
    """The part of a block in which the mask hides something: the columns, and the range of rows
    that are not all ones.
    """
    hiding = np.flatnonzero(~mask[rows, columns].all(axis=1))
    if not len(hiding):
        return columns, slice(0, 0)
    return columns, slice(rows.start + hiding[0], rows.start + hiding[-1] + 1)


class MaskedProduct:
    """How one weight matrix is multiplied: its mask (None: dense) and the blocks to compute in both
    directions.
    """

    def __init__(self, mask=None, tiles=1):
        self.mask = None if mask is None or mask.all() else mask
        self.masks = {}  # the mask as numbers, by dtype
        self.down = self.up = self.fine = [(slice(None), slice(None))]
        self.partial = []
        if self.mask is not None:
            self.down = blocks(mask, tiles)  # columns of W, for W.T h
            self.up = blocks(mask.T)  # rows of W, for W g
            self.fine = blocks(mask, tiles, 8, 32)  # finer than `down`, for many points
            self.partial = [_partial(mask, *block) for block in self.down]
        self.whole = len(self.down) == 1

    def mask_in_place(self, w):
        """`w *= mask`; w may have one more row, the biases."""
        if self.mask is not None:
            w[: len(self.mask)] *= self._numbers(w.dtype)

    def mask_blocks(self, w):
        """The same for a w that is zero outside the blocks of `down`."""
        for columns, rows in self.partial:
            w[rows, columns] *= self._numbers(w.dtype)[rows, columns]

    def _numbers(self, dtype):
        if dtype not in self.masks:
            self.masks[dtype] = self.mask.astype(dtype)
        return self.masks[dtype]

    def stacked(self, w, b, dtype):
        """The masked weights with the biases as their last row: the weights of an input that is
        always 1.
        """
        both = np.empty((len(w) + 1, len(b)), dtype)
        both[:-1], both[-1] = w, b
        self.mask_in_place(both)
        return both


_kept = weakref.WeakKeyDictionary()  # net -> (its masks as bytes, its products)


def products_of(net):
    """The `MaskedProduct` of each layer of a net; None for masks of numbers instead of booleans.

    Every call compares all masks, so a net whose masks were replaced or overwritten is computed
    with the new ones. That takes some 10 microseconds, or several hundred for a mask of a million.
    """
    masks = getattr(net, "masks", None)
    key = None if masks is None else [mask.tobytes() for mask in masks]
    kept = _kept.get(net)
    if kept is None or kept[0] != key:
        kept = _kept[net] = key, _products(net, masks)
    return kept[1]


def _products(net, masks):
    if masks is None:
        return [MaskedProduct() for _ in net.sizes[1:]]
    if any(mask.dtype != bool for mask in masks):
        return None
    # More tiles mean more blocks, and products of fewer than some 150 columns cost more than they
    # skip.
    tiles = net.n_params if net.n_params <= 2 or net.dim > 600 else 1
    masks = [mask.copy() for mask in masks]
    return [*map(MaskedProduct, masks[:-1]), MaskedProduct(masks[-1], tiles)]
