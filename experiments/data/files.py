"""Where data files are, and words for those that are missing or damaged. Nothing is downloaded,
nothing unpickled.
"""

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ARCHIVE = "it is part of data.tar.gz in the public archive zenodo.org/records/1161203"


@dataclass(frozen=True)
class Split:
    """One prepared set: arrays (N, D) for training, validation and testing; labels (N,) for each,
    or None.

    `made` says in a line how it was prepared.
    """

    name: str
    train: np.ndarray
    val: np.ndarray
    test: np.ndarray
    labels: tuple = None
    made: str = ""
    facts: dict = field(default_factory=dict)

    @property
    def dim(self):
        return self.train.shape[1]


def data_folder(folder=None):
    """The folder that was named, by the argument or else by TINYMAF_DATA."""
    named = folder or os.environ.get("TINYMAF_DATA")
    if not named:
        raise ValueError(
            "no data folder: pass folder=..., or set TINYMAF_DATA to the folder that holds the "
            "files"
        )
    if not os.path.isdir(named):
        raise FileNotFoundError(f"the data folder {named} does not exist")
    return Path(named)


def find(folder, names, hint=ARCHIVE):
    """The path of the first of `names` that is there."""
    folder = data_folder(folder)
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{' or '.join(names)} is not in {folder}: {hint}")


def read_npy(path, columns):
    """A table (N, columns) of finite numbers, as float64."""
    with _opened(path) as array:
        return as_table(np.asarray(array), path, columns).astype(np.float64)


def read_npz(path, shapes):
    """The arrays that `shapes` names, each with as many columns as it says (None: a vector)."""
    with _opened(path) as archive:
        names = getattr(archive, "files", [])
        missing = [name for name in shapes if name not in names]
        if missing:
            raise ValueError(
                f"{path} lacks the array {missing[0]!r}: it has {', '.join(names) or 'none'}"
            )
        try:
            arrays = {name: archive[name] for name in shapes}
        except Exception as error:  # zip, zlib and NumPy each have their own for a damaged file
            raise ValueError(f"{path} is damaged: {error}") from error
    return {name: as_table(array, path, shapes[name]) for name, array in arrays.items()}


def read_csv(path, delimiter=","):
    """`(names, table)` of a file with a line of names and lines of numbers."""
    try:
        with open(path, encoding="utf-8") as file:
            names = [name.strip().strip('"') for name in file.readline().split(delimiter)]
            table = np.loadtxt(file, delimiter=delimiter, ndmin=2)
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return names, as_table(table, path, None if not len(table) else table.shape[1])


def as_table(array, path, columns):
    """The array, if it is what the file should hold."""
    wanted = "(N,)" if columns is None else f"(N, {columns})"
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{path} should hold numbers, holds {array.dtype}")
    if array.ndim != (1 if columns is None else 2) or (
        columns is not None and array.shape[1] != columns
    ):
        raise ValueError(f"{path} should hold an array {wanted}, holds {array.shape}")
    if not len(array):
        raise ValueError(f"{path} holds no rows")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(
            f"{path} holds {int((~np.isfinite(array)).sum())} values that are not finite"
        )
    return array


@contextlib.contextmanager
def _opened(path):
    with open(path, "rb") as file:
        try:
            loaded = np.load(file, allow_pickle=False)
        except Exception as error:  # of many kinds; all of them mean that this is no such file
            raise ValueError(f"{path} is damaged, or no NumPy file: {error}") from error
        yield loaded


def last_tenth(x):
    """`(all but the last tenth of the rows, that tenth)`, the tenth rounded down."""
    n = int(0.1 * len(x))
    if not n:
        raise ValueError(f"{len(x)} rows are too few to take a tenth of them")
    return x[:-n], x[-n:]


def split_off(x):
    """`(train, val, test)`: the last tenth is for testing, the last tenth of the rest for
    validation.
    """
    rest, test = last_tenth(x)
    return *last_tenth(rest), test
