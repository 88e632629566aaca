"""POWER, GAS, HEPMASS, MINIBOONE and BSDS300 as in the MAF paper, section 4.2 and appendix D, and
its published code.

All steps matter: which columns go, which noise is added from which stream, what is standardised
with what. They were fixed by the paper's code, and log-likelihoods compare only where all of them
are the same.
"""

import numpy as np

from .files import Split, as_table, find, last_tenth, read_csv, read_npy, split_off


def _standardised(parts, statistics, ddof=0):
    mean, std = statistics.mean(axis=0), statistics.std(axis=0, ddof=ddof)
    return [(part - mean) / std for part in parts]


def power(folder=None):
    """Household power use, D = 6. `power/data.npy` (2049280, 8): active and reactive power,
    voltage, current, three sub-meters, time. Reactive power and current go; uniform noise as wide
    as the last digit comes on top.
    """
    rng = np.random.RandomState(42)
    x = read_npy(find(folder, ["power/data.npy"]), 8)
    rng.shuffle(x)
    x, n = np.delete(x, [1, 3], axis=1), len(x)
    # Drawn in this order
    voltage, active, meters = (
        0.01 * rng.rand(n, 1),
        0.001 * rng.rand(n, 1),
        rng.rand(n, 3),
    )
    x += np.hstack([active, voltage, meters, np.zeros((n, 1))])
    train, val, test = split_off(x)
    return Split(
        "power",
        *_standardised((train, val, test), np.concatenate([train, val])),
        made="two columns dropped, uniform noise, standardised with train and validation",
    )


def gas(folder=None):
    """Gas sensors, D = 8. `gas/ethylene_CO.npy` (N, 16), the sensors alone (`python -m
    experiments.data.convert`): as long as two columns correlate by more than 0.98, the first such
    column goes.
    """
    x = read_npy(
        find(
            folder,
            ["gas/ethylene_CO.npy"],
            "make it with `python -m experiments.data.convert gas FOLDER` "
            "from gas/ethylene_CO.pickle of the public archive zenodo.org/records/1161203",
        ),
        16,
    )
    while (twins := (np.corrcoef(x.T) > 0.98).sum(axis=0) > 1).any():
        x = np.delete(x, np.flatnonzero(twins)[0], axis=1)
    (x,) = _standardised((x,), x, ddof=1)
    return Split(
        "gas",
        *split_off(x),
        made="columns that correlate by over 0.98 dropped, standardised with all rows",
    )


def hepmass(folder=None):
    """Particle collisions, D = 21. `hepmass/1000_train.csv` and `1000_test.csv`: class 1 without
    its label, and without features whose smallest value comes more than five times.
    """
    train, test = (
        read_csv(find(folder, [f"hepmass/1000_{part}.csv"]))[1] for part in ("train", "test")
    )
    # The test file has a column too many
    train, test = (
        train[train[:, 0] == 1, 1:],
        test[test[:, 0] == 1, 1:-1],
    )
    if not len(train) or not len(test) or train.shape[1] != test.shape[1]:
        raise ValueError(
            f"the files of hepmass do not fit together: {train.shape} and {test.shape} after "
            f"preparation"
        )
    train, test = _standardised((train, test), train, ddof=1)
    kept = (train == train.min(axis=0)).sum(axis=0) <= 5
    return Split(
        "hepmass",
        *last_tenth(train[:, kept]),
        test[:, kept],
        made="class 1, standardised with the training file, without features of few smallest "
        "values",
    )


def miniboone(folder=None):
    """Neutrino events, D = 43. `miniboone/data.npy` (36488, 43)."""
    train, val, test = split_off(read_npy(find(folder, ["miniboone/data.npy"]), 43))
    return Split(
        "miniboone",
        *_standardised((train, val, test), np.concatenate([train, val])),
        made="standardised with train and validation",
    )


def bsds300(folder=None):
    """Patches of grey photographs, D = 63, prepared already. `BSDS300/BSDS300.hdf5`: train,
    validation and test.
    """
    path = find(folder, ["BSDS300/BSDS300.hdf5"])
    try:
        import h5py
    except ImportError as error:
        raise ImportError("BSDS300 is an HDF5 file: pip install h5py") from error
    try:
        with h5py.File(path, "r") as file:
            parts = [as_table(file[name][:], path, 63) for name in ("train", "validation", "test")]
    except (OSError, KeyError) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return Split(
        "bsds300",
        *parts,
        made="prepared in the file: 8 x 8 patches, noise, mean gone, last pixel dropped",
    )
