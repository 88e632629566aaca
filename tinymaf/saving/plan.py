"""A model as JSON and back: the name of its class and its arguments, which may hold other models.

Nothing unknown is built: an unknown class or argument is refused first.
"""

import inspect
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..structure import Structure
from ..validation import short

DEPTH = 50  # how deep models and parameter trees may nest
NUMBERS = {
    "bool",
    *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
    "float16",
    "float32",
    "float64",
}


@dataclass
class Plan:
    """A structure not yet built: the name of its class and its arguments, which may hold more
    plans.
    """

    name: str
    arguments: dict

    @classmethod
    def of(cls, structure):
        """The plan of one object. ValueError with the remedy if `build` could not find its way
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
        """Build the object and those inside it."""
        self.check()
        return Structure.known[self.name](
            **{key: _build(value) for key, value in self.arguments.items()}
        )


def to_json(value, depth=0):
    """`value` in strict JSON. What JSON lacks becomes `{"$": what, ...}`: NaN, infinities, tuples,
    arrays, models.

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
    """The inverse of `to_json`, except that models become `Plan`s: nothing is built here."""
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
