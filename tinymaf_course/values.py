"""Arrays in tuples, lists and dicts, as exercises hand them about: made plain, copied, compared,
and named briefly.
"""

import numpy as np
from autograd.tracer import Box

DEEPEST = 40  # lists in lists in lists
LONGEST = 10**7  # things in one list


class Opaque:
    """Stands for a value that is none of the plain kinds: a judge can show it, and do nothing else
    with it."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


def plain(thing, depth=0):
    """The same value out of Python's and NumPy's own kinds alone, so that it means what it says.

    A learner's own kind of number or array may claim to equal anything. What it holds is asked of
    its base class, and what has none becomes Opaque. Functions and autograd's boxes stay.

    >>> class Yes(float):
    ...     def __eq__(self, other):
    ...         return True
    >>> plain([Yes(1)]) == [2.0]
    False
    """
    kind = type(thing)
    if thing is None or thing is Ellipsis or kind in (bool, int, float, complex, str):
        return thing
    if kind is Opaque or kind in Box.types:
        return thing
    for base, made in _PLAIN:
        if issubclass(kind, base):
            return made(thing, depth)
    if hasattr(kind, "__array__"):
        return _as_array(thing, depth)
    return thing if callable(thing) else _opaque(thing)


def _array(thing, depth):
    array = np.array(np.ndarray.view(thing, np.ndarray))
    if array.dtype.kind == "O" and depth < DEEPEST:
        made = np.empty(array.shape, object)
        made.ravel()[:] = [plain(one, depth + 1) for one in array.ravel()] or 0
        return made
    return array if array.dtype.kind in "biufcU" else _opaque(thing)


def _scalar(thing, depth):
    array = np.generic.__array__(thing)
    return array[()] if array.dtype.kind in "biufcU" else _opaque(thing)


def _as_array(thing, depth):
    try:
        array = np.asarray(thing)
    except Exception:
        return _opaque(thing)
    return _array(array, depth) if array.dtype.kind in "biufcU" else _opaque(thing)


def _parts(base, made):
    def parts(thing, depth):
        if depth >= DEEPEST or base.__len__(thing) > LONGEST:
            return _opaque(thing)
        return made(plain(one, depth + 1) for one in base.__iter__(thing))

    return parts


def _dict(thing, depth):
    if depth >= DEEPEST:
        return _opaque(thing)
    pairs = dict.items(thing)
    return {plain(key, depth + 1): plain(value, depth + 1) for key, value in pairs}


_PLAIN = [
    (np.ndarray, _array),
    (np.generic, _scalar),
    *((base, lambda thing, _, base=base: base.__pos__(thing)) for base in (int, float, complex)),
    (str, lambda thing, _: str.__str__(thing)),
    *((base, _parts(base, base)) for base in (list, tuple, set, frozenset)),
    (dict, _dict),
]


def _opaque(thing):
    try:
        text = " ".join(str.__str__(repr(thing)).split())
    except BaseException:
        text = " at 0x"
    return Opaque(f"a {type(thing).__name__}" if " at 0x" in text else text[:200])


def copy(tree):
    """The same tree with copies of its arrays.

    What is neither array nor container stays as it is.
    """
    if type(tree) is np.ndarray:
        return tree.copy()
    if type(tree) in (list, tuple):
        return type(tree)(map(copy, tree))
    if type(tree) is dict:
        return {key: copy(value) for key, value in tree.items()}
    return tree


def same(a, b, exactly=False):
    """Are two trees equal, up to rounding? A list equals a tuple, a number an array of shape ().

    >>> same((1.0, [np.ones(2)]), [1.0 + 1e-12, (np.ones(2),)])
    True
    >>> same(np.ones((2, 1)), np.ones((1, 2)))
    False
    """
    if isinstance(a, dict) or isinstance(b, dict):
        return (
            type(a) is type(b)
            and a.keys() == b.keys()
            and all(same(a[key], b[key], exactly) for key in a)
        )
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, exactly) for x, y in zip(a, b))
    if not (_numeric(a) and _numeric(b)):
        return a is b or (type(a) is type(b) and not callable(a) and _equal(a, b))
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    tolerance = {"rtol": 0, "atol": 0} if exactly else {"rtol": 1e-9, "atol": 1e-11}
    return bool(np.allclose(a, b, equal_nan=True, **tolerance))


def _numeric(thing):
    return (
        isinstance(thing, (bool, int, float, np.generic, np.ndarray))
        and np.asarray(thing).dtype.kind in "biuf"
    )


def _equal(a, b):
    try:
        return bool(a == b) or not hasattr(type(a), "__eq__") or type(a).__eq__ is object.__eq__
    except Exception:
        return False


def outcome(function, arguments):
    """What a function returns for copies of the arguments, or what it raises."""
    try:
        return "gives", plain(function(*copy(arguments)))
    except Exception as error:
        return "raises", type(error).__name__


def brief(thing, width=120):
    """A value in one short line.

    >>> brief(np.arange(3.0)), brief(np.zeros((100, 5))), brief([np.ones(2), 3])
    ('array([0., 1., 2.])', 'array of shape (100, 5)', '[array([1., 1.]), 3]')
    """
    if type(thing) in (list, tuple):
        left, right = "[]" if type(thing) is list else "()"
        text = (
            left
            + ", ".join(brief(part, width) for part in thing)
            + ("," if left + right == "()" and len(thing) == 1 else "")
            + right
        )
        return (
            text
            if len(text) <= width
            else f"{type(thing).__name__} of {len(thing)}: {text[: width - 30]}..."
        )
    if isinstance(thing, np.ndarray):
        text = " ".join(np.array2string(thing, precision=4, separator=", ", threshold=20).split())
        return (
            f"array({text})"
            if len(text) <= width - 7 and thing.size <= 20
            else f"array of shape {thing.shape}"
        )
    if isinstance(thing, (float, np.floating)):
        return f"{thing:.6g}"
    if isinstance(thing, np.random.Generator):
        return "rng"
    if callable(thing):
        return getattr(thing, "__name__", type(thing).__name__)
    text = repr(thing)
    if " at 0x" in text:
        return f"a {type(thing).__name__}"
    return text if len(text) <= width else text[: width - 3] + "..."
