"""What wraps a definition: its arguments are checked, and a faster way is taken if there is one.

A layer is its formula and nothing else. `Bijection` and `Density` name the methods that a subclass
defines, and wrap each of them, a learner's own included, in a function that

    1. checks the arguments, in one place and with one sentence for each mistake;
    2. asks `method.faster`, a function of the same arguments, for the same numbers sooner. Few
       methods have one; `engine/__init__.py` lists them. It returns `NotImplemented` for what it
       does not know;
    3. otherwise runs the definition, and always does inside `with plain():`.

The faster way belongs to the function: a subclass that overrides the method loses it.
"""

import contextlib
import contextvars
import functools

import numpy as np

from .parameters import check_like
from .structure import Structure, in_library
from .trees import map_tree

_plain = contextvars.ContextVar("plain", default=False)  # each thread has its own


@contextlib.contextmanager
def plain():
    """Inside `with plain():` every method runs its definition, operation by operation in autograd.

    >>> import numpy as np
    >>> from tinymaf import maf
    >>> flow, x = maf(2), np.zeros((3, 2))
    >>> params = flow.init(np.random.default_rng(0))
    >>> with plain():
    ...     slowly = flow.log_prob(params, x)
    >>> np.allclose(slowly, flow.log_prob(params, x))
    True
    """
    token = _plain.set(True)
    try:
        yield
    finally:
        _plain.reset(token)


def is_plain():
    """Whether definitions run as written: inside `plain()`."""
    return _plain.get()


def defined(method, check):
    """`method` as it is called: after `check(self, ...)`, which returns the arguments or raises."""

    @functools.wraps(method)
    def called(self, *args, **named):
        given = check(self, *args, **named)
        if called.faster is not None and not _plain.get():
            found = called.faster(self, *given)
            if found is not NotImplemented:
                return found
        return method(self, *given)

    called.faster = None
    return called


class Definition(Structure):
    """A class with methods that subclasses define; `checks` is {name: check of its arguments}.

    A subclass must define those in `required`, or it is refused at once.
    """

    checks = {}
    required = ()

    def __new__(cls, *args, **kwargs):
        if "checks" in vars(cls):
            raise TypeError(f"{cls.__name__} is what others are: subclass it, or take one of them")
        return super().__new__(cls, *args, **kwargs)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "checks" in vars(cls):  # `Bijection` and `Density` themselves
            return
        base = next(parent for parent in cls.__mro__ if "checks" in vars(parent))
        for name, check in cls.checks.items():
            if name == "init" and not in_library(cls):
                continue  # a learner's may take fewer arguments
            method = getattr(cls, name)  # its own, or from a parent outside `Definition`
            if not hasattr(method, "faster") and method is not vars(base)[name]:
                setattr(cls, name, defined(method, check))
        if "init" in vars(cls) and "fits" not in vars(cls):
            cls.fits = Definition.fits  # a parent does not know its parameters
        missing = [name for name in cls.required if getattr(cls, name) is vars(base)[name]]
        if missing:
            raise TypeError(f"{cls.__name__} must define {' and '.join(missing)}")

    def fits(self, params, dtype, at=()):
        """ValueError if `init` cannot have made `params`. `at` is their place in a larger tree.

        Only the library's own classes are checked. A learner's parameters may have shapes that
        depend on the data, so they are taken as they are.
        """
        if in_library(type(self)):
            if "_like" not in vars(self):
                self._like = map_tree(
                    lambda leaf: np.broadcast_to(leaf.dtype.type(0), leaf.shape),
                    self.init(np.random.default_rng(0)),
                )
            check_like(params, self._like, dtype, at)
