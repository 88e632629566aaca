"""What explorers show of models that take long to train: trained beforehand, kept in recorded/.

    python -m tinymaf_course.explorers          # trains them all anew, in a minute or two

The seeds stand in the explorers' own functions (`anew=True` trains in place of reading). Parameters
are kept in 16 bits: enough for a picture, and for nats to two decimals.
"""

import functools
import json
from pathlib import Path

import numpy as np

from tinymaf.trees import flatten, map_tree, unflatten

FOLDER = Path(__file__).parent / "recorded"


@functools.cache
def _file(name):
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        return dict(file)


def params_of(name, key, flow):
    """The parameters of `flow` that are kept in the file `name` under `key`, in float32."""
    like = map_tree(np.asarray, flow.init(np.random.default_rng(0)))
    flat = _file(name)[key].astype(float)
    return map_tree(lambda a: np.asarray(a, np.float32), unflatten(flat, like))


def numbers_of(name):
    """The numbers of a file, {key: number}."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def write(name, found, folder=None):
    """Keep {key: parameters}, or {key: number} if all of them are numbers."""
    folder = folder or FOLDER
    folder.mkdir(exist_ok=True)
    if all(isinstance(value, float) for value in found.values()):
        text = json.dumps({key: round(value, 5) for key, value in found.items()}, indent=1)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    else:
        flat = {key: flatten(params).astype(np.float16) for key, params in found.items()}
        np.savez_compressed(folder / f"{name}.npz", **flat)
