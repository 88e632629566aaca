"""How a hand-written derivative meets autograd.

The engine gives autograd one function of (parameters, x, context) with a known derivative, and the
definition beside it: the oracle of the tests, and the way to higher derivatives.
"""

from autograd import make_vjp
from autograd.builtins import SequenceBox, TupleVSpace
from autograd.builtins import dict as box_dict
from autograd.builtins import list as box_list
from autograd.builtins import tuple as box_tuple
from autograd.extend import defvjp_argnums, primitive
from autograd.tracer import isbox

from ..definition import plain


class Remembering(tuple):
    """A result that carries what its derivative will need; both are freed together."""


SequenceBox.register(Remembering)
TupleVSpace.register(Remembering)


def traced(*trees):
    """Whether autograd is recording any leaf of these trees. It does not look into boxes, because
    taking a leaf out of one is recorded too.
    """
    for tree in trees:
        if isbox(tree):
            return True
        if isinstance(tree, dict):
            tree = list(tree.values())
        if isinstance(tree, (list, tuple)) and traced(*tree):
            return True
    return False


def one_box(tree):
    """A tree with boxes in plain containers, as one box that a primitive takes as an argument."""
    if isbox(tree) or not traced(tree):
        return tree
    if isinstance(tree, dict):
        return box_dict({key: one_box(branch) for key, branch in tree.items()})
    return (box_list if isinstance(tree, list) else box_tuple)([one_box(branch) for branch in tree])


def primitive_with(run, backward, definition):
    """A function of (params, z, context, structure), differentiable in its first three arguments.

    Args:
        run: the same arguments -> a tuple of arrays, `Remembering` what the backward pass needs.
        backward: `(result, args, g, argnums)` -> the gradients by argument number, where g holds
            the result's gradients.
        definition: the same function in plain autograd.
    """
    f = primitive(run)

    def vjp(argnums, result, args, kwargs):
        if not traced(result, *args[:3]):
            return lambda g: [backward(result, args, g, argnums)[k] for k in argnums]

        def along(k):  # a derivative of the derivative goes through the definition
            def of(value):
                with plain():
                    return box_tuple(definition(*args[:k], value, *args[k + 1 :]))

            return make_vjp(of)(args[k])[0]

        return lambda g: [along(k)(g) for k in argnums]

    defvjp_argnums(f, vjp)
    return lambda params, z, context, structure: f(one_box(params), z, context, structure)
