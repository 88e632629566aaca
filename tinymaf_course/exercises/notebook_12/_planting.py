"""The faults of the stranger's flow in notebook 12: where they are, how each is repaired, modules
with some of them.

The judges draw modules with other sets of faults, and other forms of a fault, than those in
referee/swiftflow.py.
"""

import functools
import weakref

import numpy as np

from ...referee import SOURCE, load

# {fault: (the sound line, {form: the faulty line})}; the form "as found" stands in swiftflow.py.
FAULTS = {
    "sign": ("return z, -s.sum(axis=1)", {"as found": "return z, s.sum(axis=1)"}),
    "batch sum": (
        "logdet = logdet + ld\n",
        {
            "as found": "logdet = logdet + ld.sum() / len(x)\n",
            "not shared out": "logdet = logdet + ld.sum()\n",
        },
    ),
    "mask": (
        "self.mask_in = hidden[:, None] >= rank[None, :]",
        {
            "as found": "self.mask_in = hidden[:, None] > rank[None, :]",
            "sees itself": "self.mask_in = hidden[:, None] + 1 >= rank[None, :]",
        },
    ),
    "same order": ("order = np.flip(order)\n", {"as found": "np.flip(order)\n"}),
    "leak": (
        "rows = train\n",
        {
            "as found": "rows = np.concatenate([train, valid, test])\n",
            "early stopping": "rows, valid = train, test\n",
        },
    ),
}
_planted = weakref.WeakKeyDictionary()


def build(faults):
    """The module's text with these faults alone: names as in FAULTS, or {name: form}."""
    forms = faults if isinstance(faults, dict) else dict.fromkeys(faults, "as found")
    text = SOURCE
    for fault, (sound, faulty) in FAULTS.items():
        found = faulty["as found"]
        if text.count(found) != 1:
            raise ValueError(
                f"{fault}: the faulty line must be in the source once, it is there "
                f"{text.count(found)} x"
            )
        text = text.replace(found, faulty[forms[fault]] if fault in forms else sound)
    return text


@functools.cache
def _module(forms):
    return load(build(dict(forms)))


def flow_with(forms, dim, seed, n_blocks=3, scale=4.0):
    """An untrained flow with faults {name: form}; its weights are large enough for faults to
    show."""
    flow = _module(tuple(sorted(forms.items()))).Flow(
        dim, n_blocks=n_blocks, n_hidden=4 * dim, seed=seed
    )
    rng = np.random.default_rng([seed, 12])
    for block in flow.blocks:
        block.weights = {
            name: value if name == "W" else scale * value for name, value in block.weights.items()
        }
    flow.mean, flow.std = rng.normal(0, 1, dim), rng.uniform(0.5, 2, dim)
    _planted[flow] = frozenset(forms)
    return flow


def planted(flow):
    """The names of the faults that were planted in a flow."""
    return _planted[flow]


class Maker:
    """`make()` gives a fresh flow with faults {name: form}, the same each time; its `fit` is
    short."""

    def __init__(self, forms, dim, seed):
        self.forms, self.dim, self.seed, self.__name__ = forms, dim, seed, "make"

    def __call__(self):
        flow = _module(tuple(sorted(self.forms.items()))).Flow(
            self.dim, n_blocks=1, n_hidden=6, seed=self.seed
        )
        flow.fit = functools.partial(flow.fit, epochs=6, lr=0.1, batch=30)
        return flow
