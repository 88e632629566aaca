"""Once, by hand: the public archive's pickles to files that hold numbers alone.

    python -m experiments.data.convert gas|mnist|cifar10 FOLDER --yes

reads FOLDER/gas/ethylene_CO.pickle, FOLDER/mnist/mnist.pkl.gz or FOLDER/cifar10/data_batch_1.. and
test_batch, and writes FOLDER/gas/ethylene_CO.npy, FOLDER/mnist_uint8.npz or
FOLDER/cifar10_uint8.npz, which the loaders read.

A pickle is a program: whoever made the file decides what runs on your machine when it is opened.
Convert only files whose origin you trust; `--yes` says that you do.
"""

import argparse
import gzip
import pickle
import sys
from pathlib import Path

import numpy as np


def _unpickled(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        return pickle.load(file, encoding="latin1")


def gas(folder):
    # A pandas table: pandas must be installed
    frame = _unpickled(folder / "gas" / "ethylene_CO.pickle")
    np.save(
        folder / "gas" / "ethylene_CO.npy",
        frame.drop(columns=["Meth", "Eth", "Time"]).to_numpy(float),
    )


def mnist(folder):
    # (x / 256, y) for train, validation and test
    parts = _unpickled(folder / "mnist" / "mnist.pkl.gz")
    x = np.concatenate([np.rint(256 * np.asarray(x, np.float64)) for x, _ in parts])
    np.savez_compressed(
        folder / "mnist_uint8.npz",
        x=x.astype(np.uint8),
        y=np.concatenate([y for _, y in parts]).astype(np.uint8),
    )


def cifar10(folder):
    names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    batches = [_unpickled(folder / "cifar10" / name) for name in names]
    np.savez_compressed(
        folder / "cifar10_uint8.npz",
        x=np.concatenate([b["data"] for b in batches]).astype(np.uint8),
        y=np.concatenate([b["labels"] for b in batches]).astype(np.uint8),
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(
        "python -m experiments.data.convert", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("name", choices=["gas", "mnist", "cifar10"])
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--yes", action="store_true", help="I trust these pickles: opening one runs its code"
    )
    options = parser.parse_args(arguments)
    if not options.yes:
        sys.exit(
            "A pickle is a program: opening it runs whatever its maker put in. Add --yes if you "
            "trust the file."
        )
    {"gas": gas, "mnist": mnist, "cifar10": cifar10}[options.name](options.folder)


if __name__ == "__main__":
    main()
