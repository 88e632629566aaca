"""MNIST and CIFAR-10 as in the MAF paper, section 4.3: uniform noise, then the logit. Scores are in
logit space.
"""

import math

import numpy as np

from .files import Split, find, read_npz

CONVERT = (
    "make it with `python -m experiments.data.convert {0} FOLDER` from the files of the public "
    "archive "
    "zenodo.org/records/1161203"
)


def logit(x, a):
    """`log(y / (1 - y))` with `y = a + (1 - 2a) x`."""
    y = a + (1 - 2 * a) * x
    return np.log(y) - np.log1p(-y)


def pixels(x, a):
    """The pixels 0 to 255 that `logit((pixels + noise) / 256, a)` was made from.

    >>> pixels(logit((np.array([0, 7, 255]) + 0.5) / 256, 1e-6), 1e-6)
    array([  0,   7, 255], dtype=uint8)
    """
    return np.clip(
        256 * (1 / (1 + np.exp(-np.asarray(x, float))) - a) / (1 - 2 * a), 0, 255
    ).astype(np.uint8)


def noisy_again(whole, a, rng):
    """Pixels with noise of their own, in logit space, float32: what training may draw anew for each
    epoch.
    """
    return logit((whole + rng.random(whole.shape, dtype=np.float32)) / 256, np.float32(a))


def _prepared(name, folder, columns, cuts, a, per_pixel):
    archive = read_npz(
        find(folder, [f"{name}_uint8.npz"], CONVERT.format(name)), {"x": columns, "y": None}
    )
    x, y = archive["x"], archive["y"].astype(np.int64)
    if x.dtype != np.uint8 or len(x) != len(y) or len(x) <= cuts[1]:
        raise ValueError(
            f"{name}_uint8.npz should hold x uint8 and y, more than {cuts[1]} rows each; it holds "
            f"{x.dtype} {x.shape} and {y.shape}"
        )
    rng = np.random.RandomState(42)  # one stream for train, validation and test, in this order
    parts = [logit(per_pixel(part, rng), a) for part in np.split(x, cuts)]
    facts = {"a": a, "log_det_of_scaling": -columns * math.log(256)}
    return parts, tuple(np.split(y, cuts)), facts


def mnist(folder=None, rows=(50_000, 60_000)):
    """Digits, D = 784, a = 1e-6. `mnist_uint8.npz`: x (70000, 784) and y (70000,), in the original
    order; the first 50,000 rows train, 10,000 validate, 10,000 test.
    """

    def noisy(x, rng):
        return (x / 256).astype(np.float32) + rng.rand(*x.shape) / 256

    parts, labels, facts = _prepared("mnist", folder, 784, rows, 1e-6, noisy)
    return Split("mnist", *parts, labels, "uniform noise, logit with a = 1e-6", facts)


def cifar10(folder=None, rows=(45_000, 50_000)):
    """Photographs, D = 3072, a = 0.05. `cifar10_uint8.npz`: x (60000, 3072) and y (60000,), the
    training batches in order, then the test batch. The training set is doubled by mirroring.
    """

    def noisy(x, rng):
        return (x + rng.rand(*x.shape)) / 256

    (train, val, test), (y, *others), facts = _prepared("cifar10", folder, 3072, rows, 0.05, noisy)
    mirrored = train.reshape(-1, 3, 32, 32)[..., ::-1].reshape(train.shape)
    return Split(
        "cifar10",
        np.concatenate([train, mirrored]),
        val,
        test,
        (np.concatenate([y, y]), *others),
        "uniform noise, logit with a = 0.05, training set doubled by mirroring",
        facts,
    )
