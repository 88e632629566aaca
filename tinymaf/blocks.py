"""Which blocks of a masked matrix there are to compute: the others hold only zeros."""

import numpy as np


def blocks(mask, tiles=1, most=4, narrowest=64):
    """`[(columns, rows), ...]`: slices that together hold every nonzero entry of a mask.

    At most so many blocks of columns a tile, none narrower than that, each with the rows that it sees, where that skips
    at least a fifth of a wide matrix; one block of everything where it does not (narrow matrices, degrees in no order).
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
    if n_rows * n_columns >= 2 ** 14 and kept <= 0.8 * n_rows * n_columns:
        return parts
    return [(slice(0, n_columns), slice(0, n_rows))]


def _partial(mask, columns, rows):
    """The part of a block in which the mask hides something: these columns, and the rows that are not all ones."""
    hiding = np.flatnonzero(~mask[rows, columns].all(axis=1))
    return columns, slice(rows.start + hiding[0], rows.start + hiding[-1] + 1) if len(hiding) else slice(0, 0)


class Plan:
    """How one weight matrix is multiplied: its mask (None: dense) and the blocks to compute, in both directions."""

    def __init__(self, mask=None, tiles=1):
        self.mask = None if mask is None or mask.all() else mask
        self.masks = {}                                                     # the mask as numbers, by dtype
        everything = [(slice(None), slice(None))]
        self.down = everything if self.mask is None else blocks(mask, tiles)     # columns of W, for W.T h
        self.up = everything if self.mask is None else blocks(mask.T)            # rows of W, for W g
        self.fine = self.down if self.mask is None else blocks(mask, tiles, 8, 32)      # of `down`, for many points
        self.whole = len(self.down) == 1
        self.partial = [] if self.mask is None else [_partial(mask, *block) for block in self.down]

    def mask_in_place(self, w):
        """`w *= mask`, for a matrix of one row more, the biases, as well."""
        if self.mask is not None:
            w[:len(self.mask)] *= self._numbers(w.dtype)

    def mask_blocks(self, w):
        """The same where only the blocks of `down` have been written, and the rest is zero."""
        for columns, rows in self.partial:
            w[rows, columns] *= self._numbers(w.dtype)[rows, columns]

    def _numbers(self, dtype):
        if dtype not in self.masks:
            self.masks[dtype] = self.mask.astype(dtype)
        return self.masks[dtype]

    def stacked(self, w, b, dtype):
        """The masked weights with the biases as their last row: the weights of an input that is always 1."""
        both = np.empty((len(w) + 1, len(b)), dtype)
        both[:-1], both[-1] = w, b
        self.mask_in_place(both)
        return both
