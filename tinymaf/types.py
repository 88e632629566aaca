"""The words of the signatures: an array, a tree of arrays, where randomness comes from."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

# Rows of numbers, float64 or float32; while autograd is recording, one of its boxes.
Array: TypeAlias = np.ndarray

# What `init` returns and every call takes: dicts, lists and tuples, nested, their leaves arrays.
# (`Any`, because a layer may nest them as it likes: `params["bijection"][0]` is for it to know.)
Params: TypeAlias = Any

Rng: TypeAlias = np.random.Generator
Order: TypeAlias = str | ArrayLike  # "natural", "reversed" or a permutation
Widths: TypeAlias = Sequence[int]


class Elementwise(Protocol):
    """A map of one number each, see `elementwise.py`; theta is (N, n_params, D)."""

    n_params: int

    def x_to_u(self, theta: Array, x: Array) -> tuple[Array, Array]: ...

    def u_to_x(self, theta: Array, u: Array) -> tuple[Array, Array]: ...


class Conditional(Protocol):
    """A family of one-dimensional densities, see `conditionals.py`; theta is (N, n_params, D)."""

    n_params: int

    def start(self) -> Array: ...

    def log_prob(self, theta: Array, x: Array) -> Array: ...

    def sample(self, theta: Array, rng: Rng) -> Array: ...


__all__ = [
    "Array",
    "ArrayLike",
    "Conditional",
    "DTypeLike",
    "Elementwise",
    "Order",
    "Params",
    "Rng",
    "Widths",
]
