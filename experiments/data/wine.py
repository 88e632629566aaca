"""The UCI wine quality tables, eleven measurements of each wine, in ten folds."""

import numpy as np

from .files import Split, as_table, find, read_csv, read_npz

HINT = "the table of the UCI machine learning repository, data set 186, wine quality"
FOLDS = 10


def wine(colour, fold, folder=None):
    """Fold 0..9 of the `red` (1599, 11) or `white` (4898, 11) wines, standardised with the nine
    other folds.

    Rows are shuffled by `RandomState(0)` and cut in ten; fold k is for testing, a tenth of the rest
    for validation. Columns hold few distinct values. They are left as they are, as in Uria et al.
    2013: a density can then be made as high as one likes on a tie, so scores compare between models
    of like smoothness, not with an entropy.
    """
    if colour not in ("red", "white"):
        raise ValueError(f"colour must be 'red' or 'white', got {colour!r}")
    if fold not in range(FOLDS):
        raise ValueError(f"fold must be 0..{FOLDS - 1}, got {fold!r}")
    path = find(folder, [f"wine_{colour}.npz", f"winequality-{colour}.csv"], HINT)
    x = (
        read_npz(path, {"x": 11})["x"]
        if path.suffix == ".npz"
        else as_table(read_csv(path, ";")[1], path, 12)[:, :11]
    )
    shuffled = np.random.RandomState(0).permutation(len(x))
    folds = np.array_split(shuffled, FOLDS)
    test, rest = folds[fold], np.concatenate(folds[:fold] + folds[fold + 1 :])
    n = len(rest) // 10
    train, val = rest[:-n], rest[-n:]
    mean, std = x[rest].mean(axis=0), x[rest].std(axis=0)
    parts = [(x[rows] - mean) / std for rows in (train, val, test)]
    return Split(
        f"wine_{colour}", *parts, made=f"fold {fold} of {FOLDS}, standardised with the other folds"
    )
