"""What makes a function what it is, as a text: two functions with the same one differ in their
docstrings alone. So an untouched stub is known, wherever it is defined.
"""

import ast
import inspect


def essence(function):
    """The essence of a Python function; "" for any other callable.

    >>> def one(x):
    ...     "Something."
    ...     return x + 1
    >>> def two(x):
    ...     return x + 1
    >>> essence(one) == essence(two) != essence(len) == ""
    True
    """
    code = getattr(function, "__code__", None)
    if not inspect.iscode(code):
        return ""
    return repr(_of(code, getattr(function, "__doc__", None)))


def _of(code, doc=None):
    constants = [None if isinstance(c, str) and c == doc else c for c in code.co_consts]
    inner = [_of(c) if inspect.iscode(c) else (type(c).__name__, repr(c)) for c in constants]
    return code.co_code.hex(), code.co_names, code.co_varnames, inner


def names_in(text):
    """The names of modules, functions and attributes that a function uses, by its essence. What
    it calls in turn is not looked at.

    >>> sorted(names_in(essence(lambda x: [abs(one.real) for one in x])))
    ['abs', 'real']
    """
    try:
        return _names(ast.literal_eval(text)) if text else set()
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return set()


def _names(essence):
    _, names, _, inner = essence
    return set(names).union(*(_names(one) for one in inner if len(one) == 4))
