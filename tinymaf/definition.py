"""What wraps a definition: its arguments are checked, and where there is a faster way, it is taken.

A layer is its formula and nothing else. `Bijection` and `Density` name the methods that a subclass
defines, and put each of them, a learner's own too, into a function that

    1. checks the arguments, in one place and with one sentence for each mistake;
    2. asks `method.faster`, a function of the same arguments, for the same numbers sooner. Most
       methods have none; those that do are listed on one page, `engine/__init__.py`. What it does
       not know it declines by returning `NotImplemented`;
    3. runs the definition otherwise, and inside `with plain():` always.

The faster way belongs to the function: a subclass that overrides the method has none.
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
    """Inside `with plain():` every method is its definition, in autograd, operation by operation.

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
    """Whether definitions run as they stand: inside `plain()`."""
    return _plain.get()


def defined(method, check):
    """`method` as it is called: after `check(self, ...)`, which returns its arguments or raises."""

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
    """What has methods that subclasses define: those of `checks`, {name: check of its arguments}.

    Those of `required` must be there: a subclass without them is refused when it is defined.
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
            method = getattr(cls, name)  # its own, or from a parent that knows nothing of this
            if not hasattr(method, "faster") and method is not vars(base)[name]:
                setattr(cls, name, defined(method, check))
        if "init" in vars(cls) and "fits" not in vars(cls):
            cls.fits = Definition.fits  # its parameters are not those that a parent knows of
        missing = [name for name in cls.required if getattr(cls, name) is vars(base)[name]]
        if missing:
            raise TypeError(f"{cls.__name__} must define {' and '.join(missing)}")

    def fits(self, params, dtype, at=()):
        """ValueError where `params` cannot come from `init`. `at` is their place in a larger tree.

        What `init` gives is known of the library's classes. Parameters of a learner's own may have
        shapes that depend on the data: they are taken as they are.
        """
        if in_library(type(self)):
            if "_like" not in vars(self):
                self._like = map_tree(
                    lambda leaf: np.broadcast_to(leaf.dtype.type(0), leaf.shape),
                    self.init(np.random.default_rng(0)),
                )
            check_like(params, self._like, dtype, at)
