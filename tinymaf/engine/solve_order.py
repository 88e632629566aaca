"""The order in which a sampler goes through a masked network's units: by their degrees."""

import functools
import weakref

import numpy as np

from ..masks import made_masks


class SolveOrder:
    """Which units of a masked net have which degrees. Layer 0 holds the variables, layers 1..L the
    hidden units. The context needs no place here, because it is known from the start.
    """

    def __init__(self, variables, hidden):
        layers = [np.asarray(degrees) for degrees in (variables, *hidden)]
        self.top = int(layers[0].max())
        self.order = [np.argsort(degrees, kind="stable") for degrees in layers]
        self.cut = [
            np.searchsorted(np.sort(degrees), np.arange(self.top + 2)) for degrees in layers
        ]
        self.found = {}
        # few dimensions: one degree at a time; many: blocks of degrees
        size = 1 if self.top <= 8 else 8 if self.top <= 128 else 32
        self.blocks = [(d, min(d + size, self.top + 1)) for d in range(0, self.top + 1, size)]

    def units(self, layer, low, high):
        """The units of degree low..high-1: None if there are none, a slice if they are neighbours,
        otherwise their numbers.
        """
        if (layer, low, high) not in self.found:
            units = self.order[layer][self.cut[layer][low] : self.cut[layer][high]]
            first, last = (int(units.min()), int(units.max()) + 1) if len(units) else (0, 0)
            together = slice(first, last) if last - first == len(units) else units
            self.found[layer, low, high] = together if len(units) else None
        return self.found[layer, low, high]

    def within(self, layer, low, high, d):
        """Where the units of degree d stand among those of degree low..high-1.

        With degrees 1, 1, 2, 2, 3: among the units of degree 2..3 (units 2 to 4), those of degree 3
        are `slice(2, 3)`.
        """
        block, mine = self.units(layer, low, high), self.units(layer, d, d + 1)
        if isinstance(block, slice) and isinstance(mine, slice):
            return slice(mine.start - block.start, mine.stop - block.start)
        if isinstance(block, slice):
            return mine - block.start
        start = self.cut[layer][low]
        return slice(self.cut[layer][d] - start, self.cut[layer][d + 1] - start)

    @functools.cached_property
    def program(self):
        """What `sampling.solve` does, looked up once: `(before, variables, known, degrees)` per
        block.

        before: `(k, known, mine)` per layer: before the block begins, hidden units `mine` of layer
            k + 1 get what they can from units `known` of layer k.
        variables, known: the same for theta.
        degrees: `(read, hidden)` per degree. `read` is None, or the variables, their place in the
            block and the block's units that they see; `hidden` is `(k, units, place, seen)` per
            layer with units of this degree.
        """
        return [self._block(d0, d1) for d0, d1 in self.blocks]

    def _block(self, d0, d1):
        top = len(self.order) - 1
        alone = d1 - d0 == 1  # one degree: one product brings in everything its units see
        before = [
            (k, None if alone else self.units(k, 0, d0), mine)
            for k in range(top)
            if (mine := self.units(k + 1, d0, d1)) is not None
        ]
        degrees = []
        for d in range(d0, d1):
            mine, read = self.units(0, d, d + 1), None
            if mine is not None:
                read = mine, self.within(0, d0, d1, d), self.units(top, d0, d)
            hidden = [
                (k, mine, self.within(k + 1, d0, d1, d), self.units(k, 0 if alone else d0, d + 1))
                for k in range(top)
                if (mine := self.units(k + 1, d, d + 1)) is not None
            ]
            degrees.append((read, hidden))
        return before, self.units(0, d0, d1), self.units(top, 0, d0), degrees


_kept = weakref.WeakKeyDictionary()  # net -> (its masks and degrees as bytes, its order)


def solve_order_of(net):
    """The `SolveOrder` of a masked net. None if its masks do not follow from its degrees: then only
    the definition knows the dependencies.
    """
    arrays = [*net.masks, net.degrees, *net.hidden_degrees]
    key = [array.tobytes() for array in arrays]
    kept = _kept.get(net)
    if kept is None or kept[0] != key:
        kept = _kept[net] = key, _solve_order(net)
    return kept[1]


def _solve_order(net):
    inputs = np.concatenate([net.degrees, np.zeros(net.context_dim, int)])
    masks = made_masks(inputs, net.hidden_degrees, net.degrees)
    masks[-1] = np.tile(masks[-1], net.n_params)
    if not all(map(np.array_equal, masks, net.masks)):
        return None
    return SolveOrder(net.degrees, net.hidden_degrees)
