"""Densities, layers and conditionals all remember the arguments that made them.

Saving needs nothing else: a model is its arguments (JSON) and its parameters (arrays).
"""

import contextlib
import contextvars
import inspect
import math

import numpy as np

from .validation import short


class Structure:
    """Remembers its constructor's arguments, shows them in `repr`, and can be rebuilt from them.

    >>> from tinymaf import Permute
    >>> Permute([2, 0, 1])
    Permute(order=[2, 0, 1])
    """

    known = {}  # class name -> class: the library's, and those that the user registers

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        self.arguments = (
            inspect.signature(cls.__init__).bind_partial(self, *args, **kwargs).arguments
        )
        self.arguments.pop("self", None)
        self.arguments = {key: _snapshot(value) for key, value in self.arguments.items()}
        return self

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if in_library(cls):
            Structure.known[cls.__name__] = cls

    def __repr__(self):
        return _shown(self, "")


_room: contextvars.ContextVar[list | None] = contextvars.ContextVar("room", default=None)


@contextlib.contextmanager
def at_most(numbers):
    """Inside, all new models together may hold at most this many numbers."""
    token = _room.set([numbers])
    try:
        yield
    finally:
        _room.reset(token)


def will_hold(*shapes):
    """A class announces the shapes of its masks or parameters before it makes them.

    This matters only while `saving/` reads a file: a ValueError if the model that it describes is
    far larger than its own arrays. Otherwise a small file could fill the memory.

    >>> with at_most(100):
    ...     will_hold((10, 9), (8,))
    ...     will_hold((3,))
    Traceback (most recent call last):
    ValueError: it describes a model far larger than its arrays
    """
    room = _room.get()
    if room is not None:
        room[0] -= sum(map(math.prod, shapes))
        if room[0] < 0:
            raise ValueError("it describes a model far larger than its arrays")


WIDTH = 88  # of a `repr`'s lines


def in_full(value):
    """A structure in one line with every argument in full: models with the same text are alike.

    >>> from tinymaf import Permute
    >>> in_full(Permute(np.array([2, 0, 1])))
    'Permute(order=[2, 0, 1])'
    """
    if isinstance(value, Structure):
        arguments = (f"{key}={in_full(part)}" for key, part in value.arguments.items())
        return f"{type(value).__name__}({', '.join(arguments)})"
    if type(value) is list:
        return f"[{', '.join(map(in_full, value))}]"
    return repr(value.tolist() if isinstance(value, np.ndarray) else value)


def _shown(value, indent):
    """What `repr` shows: no defaults, a tree over several lines if one is too short, and long
    arrays by their shape.
    """
    if isinstance(value, np.ndarray):
        return repr(value.tolist()) if value.size <= 12 else f"<array of shape {value.shape}>"
    if isinstance(value, Structure):
        head, close = f"{type(value).__name__}(", ")"
        parts = [(f"{key}=", part) for key, part in _told(value)]
    elif type(value) is list and any(isinstance(part, Structure) for part in value):
        head, close, parts = "[", "]", [("", part) for part in value]
    else:
        return repr(value)
    inner = indent + "  "
    shown = [key + _shown(part, inner) for key, part in parts]
    line = head + ", ".join(shown) + close
    if len(indent) + len(line) <= WIDTH and "\n" not in line:
        return line
    return "\n".join([head, *(f"{inner}{part}," for part in shown), indent + close])


def _told(structure):
    """`(name, value)` of the arguments that differ from their defaults."""
    parameters = inspect.signature(type(structure).__init__).parameters
    for name, value in structure.arguments.items():
        default = parameters[name].default if name in parameters else inspect.Parameter.empty
        if type(value) is not type(default) or isinstance(value, np.ndarray) or value != default:
            yield name, value


def register(cls):
    """Class decorator: `save` and `load` then know your own layer, density or conditional by name.

    Put it above the class both where a model is saved and where it is loaded. Raises ValueError if
    the library has a class with that name.

    >>> from tinymaf import Permute
    >>> @register
    ... class Swap(Permute):
    ...     def __init__(self):
    ...         super().__init__([1, 0])
    >>> Structure.known.pop("Swap").__name__
    'Swap'
    """
    if not (isinstance(cls, type) and issubclass(cls, Structure)):
        raise TypeError(
            f"cls must be a subclass of Bijection, Density or Structure, got {short(cls)}"
        )
    if in_library(Structure.known.get(cls.__name__, cls)) and not in_library(cls):
        raise ValueError(f"tinymaf has a class {cls.__name__} of its own: give yours another name")
    Structure.known[cls.__name__] = cls
    return cls


def in_library(cls):
    """Whether a class belongs to this package rather than to a learner."""
    return cls.__module__.partition(".")[0] == __name__.partition(".")[0]


def _snapshot(value):
    """A copy of a list or array, because the caller may go on to shuffle the original."""
    if type(value) in (list, tuple):
        return type(value)(map(_snapshot, value))
    return value.copy() if isinstance(value, np.ndarray) else value
