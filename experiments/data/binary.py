"""The binary sets of the MADE paper: rows of zeros and ones, split as published."""

import numpy as np

from .files import Split, find, read_npz

COLUMNS = {"dna": 180, "mushrooms": 112, "nips": 500}
HINT = (
    "an .npz file with the arrays train, valid and test, the splits of Larochelle and Murray (2011)"
)


def binary(name, folder=None):
    """`dna` (D = 180), `mushrooms` (112) or `nips` (500), from `made_<name>.npz`, as float arrays
    of 0 and 1.
    """
    if name not in COLUMNS:
        raise ValueError(f"name must be one of {sorted(COLUMNS)}, got {name!r}")
    path = find(folder, [f"made_{name}.npz"], HINT)
    arrays = read_npz(path, dict.fromkeys(("train", "valid", "test"), COLUMNS[name]))
    for part, array in arrays.items():
        if not np.isin(array, (0, 1)).all():
            raise ValueError(f"{path}: {part} should hold zeros and ones alone")
    return Split(
        name,
        *(arrays[part].astype(np.float64) for part in ("train", "valid", "test")),
        made="as published",
    )
