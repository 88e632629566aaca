"""A model as JSON, and back: the name of its class and its arguments, in which there may be others.

Nothing is built before it was found to be harmless: an unknown class or argument is refused, and so
are sizes that the file's own arrays do not bear out (`archive.py`).
"""

import inspect
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ..structure import Structure
from ..validation import short

DEPTH = 50  # how deeply models and parameter trees may be nested
NUMBERS = {
    "bool",
    *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
    "float16",
    "float32",
    "float64",
}


@dataclass
class Plan:
    """A structure that is not built: the name of its class and its arguments, in which there may be
    further plans.
    """

    name: str
    arguments: dict

    @classmethod
    def of(cls, structure):
        """The plan of one object; ValueError with the remedy where `build` would not find its way
        back.
        """
        name = type(structure).__name__
        if Structure.known.get(name) is not type(structure):
            raise ValueError(
                f"load() would not know the class {name}: put @tinymaf.structure.register above it"
            )
        plan = cls(name, structure.arguments)
        plan.check()
        return plan

    def check(self):
        """ValueError for an unknown class or argument."""
        if not isinstance(self.arguments, dict):
            raise ValueError(f"damaged: the arguments of {self.name!r:.80} have no names")
        if self.name not in Structure.known:
            raise ValueError(
                f"unknown class {self.name!r:.80}: put @tinymaf.structure.register above it and "
                f"run that"
            )
        parameters = inspect.signature(Structure.known[self.name].__init__).parameters.values()
        named = {
            p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        } - {"self"}
        for key in self.arguments:
            if key not in named:
                raise ValueError(f"{self.name} takes no argument by the name {key!r:.80}")

    def build(self):
        """The object itself, and those inside it."""
        self.check()
        return Structure.known[self.name](
            **{key: _build(value) for key, value in self.arguments.items()}
        )

    def _defaults(self):
        """The arguments that the constructor would fill in."""
        parameters = inspect.signature(Structure.known[self.name].__init__).parameters
        return {name: p.default for name, p in parameters.items() if p.default is not p.empty}

    def weight(self):
        """Roughly how many numbers its masks and parameters hold, to be judged before it is built:
        `(matrices, count)`.

        MADE(dim=10, hidden=(64,), conditional=MixtureOfGaussians(5)) has matrices of 10 x 10
        (dependencies), 10 x 64 and 64 x 10 numbers, the last of them for each of 5 components: the
        mixture alone has none, it is a count of 5, and everything is multiplied by it, to be on the
        safe side.
        """
        self.check()
        side, length, count, widths = 0, 0, 1, []
        for key, value in {**self._defaults(), **self.arguments}.items():
            if isinstance(value, (list, tuple, np.ndarray)) and not _plans(value):
                if key == "hidden":
                    widths = [abs(int(width)) for width in value]
                else:
                    length = max(length, np.asarray(value, object).size)
            elif isinstance(value, (int, np.integer)) and "seed" not in key:
                size = abs(int(value))
                wide = "dim" in key or key == "latent"
                side, count = (side + size, count) if wide else (side, count * max(1, size))
        side = max(side, length)
        matrices = side**2 + sum(math.prod(pair) for pair in pairwise([side, *widths, side]))
        inside = [plan.weight() for plan in _plans(self.arguments)]
        matrices += sum(m for m, _ in inside)
        count *= max(1, sum(c for m, c in inside if not m))
        return (matrices * count, 1) if matrices else (0, count)


def to_json(value, depth=0):
    """`value` in what strict JSON has. The rest becomes `{"$": what, ...}`: NaN, infinities,
    tuples, arrays, models.

    >>> to_json([(1.5, None), math.inf])
    [{'$': 'tuple', 'values': [1.5, None]}, {'$': 'float', 'value': 'inf'}]
    """
    if depth > DEPTH:
        raise ValueError(f"nested more than {DEPTH} deep")
    if isinstance(value, Structure):
        plan = Plan.of(value)
        return {
            "$": "structure",
            "class": plan.name,
            "arguments": to_json(plan.arguments, depth + 1),
        }
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.name in NUMBERS:
        return {
            "$": "array",
            "dtype": value.dtype.name,
            "shape": list(value.shape),
            "values": to_json(value.ravel().tolist(), depth + 1),
        }
    if isinstance(value, float) and not math.isfinite(value):
        return {"$": "float", "value": str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if type(value) is tuple:
        return {"$": "tuple", "values": to_json(list(value), depth)}
    if type(value) is list:
        return [to_json(part, depth + 1) for part in value]
    if type(value) is dict and all(isinstance(key, str) and key != "$" for key in value):
        return {key: to_json(part, depth + 1) for key, part in value.items()}
    raise TypeError(
        f"a file holds numbers, strings, arrays, lists, tuples and tinymaf's objects, not "
        f"{short(value)}"
    )


def from_json(node, depth=0) -> Any:
    """The inverse of `to_json`, but for models, which become `Plan`s: nothing is built here."""
    if depth > 2 * DEPTH:
        raise ValueError(f"nested more than {DEPTH} deep")
    if isinstance(node, list):
        return [from_json(part, depth + 1) for part in node]
    if not isinstance(node, dict):
        return node
    parts = {key: from_json(part, depth + 1) for key, part in node.items() if key != "$"}
    match node.get("$"):
        case None:
            return parts
        case "structure":
            return Plan(parts["class"], parts["arguments"])
        case "array" if parts["dtype"] in NUMBERS:
            return np.array(parts["values"], parts["dtype"]).reshape(parts["shape"])[()]
        case "float":
            return float(parts["value"])
        case "tuple":
            return tuple(parts["values"])
    raise ValueError(f"unknown mark {node['$']!r:.80}")


def _build(value):
    if type(value) in (list, tuple):
        return type(value)(map(_build, value))
    return value.build() if isinstance(value, Plan) else value


def _plans(value):
    if isinstance(value, (dict, list, tuple)):
        return [
            plan
            for part in (value.values() if isinstance(value, dict) else value)
            for plan in _plans(part)
        ]
    return [value] if isinstance(value, Plan) else []
