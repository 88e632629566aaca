"""autograd across the border. A box that is sent becomes a leaf on the other side; what comes back
of it is a box again, whose derivative the other side computes.

Only first derivatives cross: a second one is refused, never wrong.
"""

from collections import OrderedDict

import numpy as np
from autograd.core import VJPNode, add_outgrads, defvjp_argnums
from autograd.tracer import Box, getval, isbox, new_box, primitive, trace_stack
from autograd.util import toposort

MOST = 1000  # tapes that are kept


class Activation:
    """A function that the other side has called: the leaves that it was given, by their numbers."""

    def __init__(self):
        self.leaves = {}

    def __enter__(self):
        self.before = trace_stack.top
        self.trace = trace_stack.top = self.before + 1
        return self

    def __exit__(self, *error):
        trace_stack.top = self.before  # autograd forgets this where something was raised

    def leaf(self, number, value):
        """A box that stands for the other side's box of this number."""
        if type(value) not in Box.type_mappings:
            return value
        node = VJPNode.new_root()
        self.leaves[number] = node
        return new_box(value, self.trace, node)

    def owns(self, box):
        return box._trace == self.trace


class Tapes:
    """What was computed for the other side, so that it can ask for its derivative later."""

    def __init__(self):
        self.kept, self.count = OrderedDict(), 0

    def keep(self, leaves, nodes):
        self.count += 1
        self.kept[self.count] = leaves, nodes
        if len(self.kept) > MOST:
            self.kept.popitem(last=False)
        return self.count

    def pull(self, tape, slot, g):
        """`{leaf: derivative}` of result `slot`, weighted with g."""
        leaves, nodes = self.kept[tape]
        numbers = {node: number for number, node in leaves.items()}
        grads, found = {nodes[slot]: (g, False)}, {}
        for node in toposort(nodes[slot]):
            grad = grads.pop(node)
            if node in numbers:
                found[numbers[node]] = getval(grad[0])
                continue
            for parent, part in zip(node.parents, node.vjp(grad[0])):
                grads[parent] = add_outgrads(grads.get(parent), part)
        return found


@primitive
def result(value, pull, *boxes):
    """A value that the other side has made of these boxes; `pull(g)` asks for its derivatives."""
    return value


def _vjps(argnums, answer, arguments, named):
    _, pull, *boxes = arguments

    def vjp(g):
        if isbox(g):
            raise NotImplementedError("a second derivative of what was handed over")
        found = pull(np.asarray(g)) if max(argnums) > 1 else {}
        grads = []
        for k in argnums:
            zero = 0.0 * np.asarray(getval(boxes[k - 2]) if k > 1 else answer)
            grads.append(g if k == 0 else np.reshape(found.get(k - 2, zero), zero.shape))
        return grads

    return vjp


defvjp_argnums(result, _vjps)


def opened(box):
    """The parts of a boxed tuple, list or dict, each a box; None for a boxed number or array."""
    value = box._value
    while isbox(value):
        value = value._value
    if isinstance(value, dict):
        return {key: box[key] for key in value}
    if isinstance(value, (tuple, list)):
        return type(value)(box[k] for k in range(len(value)))
    return None


__all__ = ["Activation", "Box", "Tapes", "getval", "isbox", "opened", "result"]
