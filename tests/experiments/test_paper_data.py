"""The loaders of the papers' data: on small files of the same layout, on damaged ones, and on real
ones where they are.

What each step does is checked against a slow re-statement of it, row by row; the real files against
published scores.
"""

import os
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from experiments import data as papers
from experiments.data import convert

RNG = np.random.default_rng
REAL = os.environ.get("TINYMAF_DATA", "")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYMAF_DATA", str(tmp_path))
    for name in ("power", "gas", "hepmass", "miniboone", "BSDS300", "mnist", "cifar10"):
        (tmp_path / name).mkdir()
    return tmp_path


def gaussian(train, test):
    """Test log-likelihoods of a full-covariance Gaussian."""
    train, test = np.asarray(train, float), np.asarray(test, float)
    factor = np.linalg.cholesky(np.cov(train.T, bias=True))
    z = np.linalg.solve(factor, (test - train.mean(axis=0)).T)
    return (
        -0.5 * (z * z).sum(axis=0)
        - np.log(np.diag(factor)).sum()
        - 0.5 * len(z) * np.log(2 * np.pi)
    )


def test_power(folder):
    raw = RNG(0).normal(size=(200, 8)) * 10 + 100
    np.save(folder / "power" / "data.npy", raw)
    data = papers.power()
    assert [len(part) for part in (data.train, data.val, data.test)] == [
        162,
        18,
        20,
    ]
    assert data.dim == 6
    both = np.concatenate([data.train, data.val])
    assert np.allclose(both.mean(axis=0), 0) and np.allclose(both.std(axis=0), 1)
    stream = np.random.RandomState(42)
    order = np.arange(200)
    stream.shuffle(order)  # rows are shuffled as their numbers would be
    rows = raw[order]
    voltage, active, meters = stream.rand(200, 1), stream.rand(200, 1), stream.rand(200, 3)
    kept = np.column_stack(
        [
            rows[:, 0] + 0.001 * active[:, 0],
            rows[:, 2] + 0.01 * voltage[:, 0],
            rows[:, 4:7] + meters,
            rows[:, 7],
        ]
    )
    expected = (kept - kept[:180].mean(axis=0)) / kept[:180].std(axis=0)
    assert np.allclose(np.concatenate([both, data.test]), expected)


def test_gas(folder):
    x = RNG(1).normal(size=(100, 16))
    x[:, 5] = x[:, 2] + 1e-3 * x[:, 5]  # twins: the first of them goes, the second stays
    x[:, 9] = -x[:, 3]  # mirrored is no twin
    x[:, 11] = x[:, 8] + 1e-3 * x[:, 11]
    x[:, 12] = x[:, 8] + 1e-3 * x[:, 12]  # of three, the last one stays
    np.save(folder / "gas" / "ethylene_CO.npy", x)
    data = papers.gas()
    kept = np.delete(x, [2, 8, 11], axis=1)
    expected = (kept - kept.mean(axis=0)) / kept.std(axis=0, ddof=1)
    assert np.allclose(np.concatenate([data.train, data.val, data.test]), expected)
    assert [len(part) for part in (data.train, data.val, data.test)] == [81, 9, 10]


def test_hepmass(folder):
    train, test = RNG(2).normal(size=(300, 6)), RNG(3).normal(size=(80, 7))
    train[:, 0], test[:, 0] = np.arange(300) % 3 == 0, np.arange(80) % 2
    train[:60:3, 2] = train[:, 2].min() - 1  # its smallest value comes 20 times: it goes
    train[1:60:3, 3] = train[:, 3].max() + 1  # its largest does, and that is no reason
    for name, table in (("train", train), ("test", test)):
        np.savetxt(
            folder / "hepmass" / f"1000_{name}.csv",
            table,
            delimiter=",",
            comments="",
            header="# label," + ",".join(f"f{k}" for k in range(1, table.shape[1])),
        )
    data = papers.hepmass()
    ones = train[train[:, 0] == 1][:, 1:]
    columns = [0, 2, 3, 4]
    mean, std = ones.mean(axis=0), ones.std(axis=0, ddof=1)
    assert np.allclose(np.concatenate([data.train, data.val]), ((ones - mean) / std)[:, columns])
    assert np.allclose(data.test, ((test[test[:, 0] == 1][:, 1:-1] - mean) / std)[:, columns])
    assert len(data.val) == 10


def test_miniboone(folder):
    x = RNG(4).normal(size=(200, 43)) * 3 + 1
    np.save(folder / "miniboone" / "data.npy", x)
    data = papers.miniboone()
    expected = (x - x[:180].mean(axis=0)) / x[:180].std(axis=0)
    assert np.allclose(np.concatenate([data.train, data.val, data.test]), expected)
    assert [len(part) for part in (data.train, data.val, data.test)] == [162, 18, 20]


def test_bsds300(folder):
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "BSDS300" / "BSDS300.hdf5", "w") as file:
        for k, name in enumerate(("train", "validation", "test")):
            file[name] = np.full((k + 2, 63), k, np.float32)
    data = papers.bsds300()
    assert [part.shape for part in (data.train, data.val, data.test)] == [(2, 63), (3, 63), (4, 63)]
    assert data.val[0, 0] == 1


def test_mnist(folder):
    x, y = RNG(5).integers(256, size=(12, 784), dtype=np.uint8), np.arange(12) % 10
    np.savez(folder / "mnist_uint8.npz", x=x, y=y.astype(np.uint8))
    data = papers.mnist(rows=(6, 9))
    # one stream: the same as for all rows at once
    noise = np.random.RandomState(42).rand(12, 784) / 256
    z = 1e-6 + (1 - 2e-6) * ((x / 256).astype(np.float32) + noise)
    whole = np.concatenate([data.train, data.val, data.test])
    assert np.allclose(whole, np.log(z / (1 - z)), rtol=1e-10)
    for labels, wanted in zip(data.labels, (y[:6], y[6:9], y[9:]), strict=True):
        assert labels.tolist() == wanted.tolist()


def test_cifar10(folder):
    x, y = RNG(6).integers(256, size=(7, 3072), dtype=np.uint8), np.arange(7)
    np.savez(folder / "cifar10_uint8.npz", x=x, y=y.astype(np.uint8))
    data = papers.cifar10(rows=(3, 5))
    noise = np.random.RandomState(42).rand(7, 3072)
    z = 0.05 + 0.9 * (x + noise) / 256
    expected = np.log(z / (1 - z))
    assert np.allclose(data.train[:3], expected[:3]) and np.allclose(data.test, expected[5:])
    picture, mirrored = data.train[1].reshape(3, 32, 32), data.train[4].reshape(3, 32, 32)
    assert np.array_equal(mirrored, picture[:, :, ::-1]) and not np.array_equal(mirrored, picture)
    assert data.labels[0].tolist() == [0, 1, 2, 0, 1, 2]


def test_binary(folder):
    x = RNG(7).integers(2, size=(9, 112), dtype=np.uint8)
    np.savez(folder / "made_mushrooms.npz", train=x[:4], valid=x[4:6], test=x[6:])
    data = papers.binary("mushrooms")
    assert np.array_equal(np.concatenate([data.train, data.val, data.test]), x)
    assert data.val.shape == (2, 112)
    np.savez(folder / "made_mushrooms.npz", train=x[:4] + 1, valid=x[4:6], test=x[6:])
    with pytest.raises(ValueError, match="train should hold zeros and ones alone"):
        papers.binary("mushrooms")
    with pytest.raises(ValueError, match="name must be one of"):
        papers.binary("adult")


def test_wine_folds_are_a_partition_and_both_files_say_the_same(folder):
    x = RNG(8).normal(size=(57, 11))
    np.savez(folder / "wine_red.npz", x=x)
    folds = [papers.wine("red", k) for k in range(10)]
    for data in folds:
        both = np.concatenate([data.train, data.val])
        assert np.allclose(both.mean(axis=0), 0)
        assert np.allclose(both.std(axis=0), 1)
        assert len(data.val) == 5
    assert sum(len(data.test) for data in folds) == 57
    (folder / "wine_red.npz").unlink()
    names = ";".join(f'"c{k}"' for k in range(12))
    lines = [names] + [";".join(map(repr, [*map(float, row), 5.0])) for row in x]
    (folder / "winequality-red.csv").write_text("\n".join(lines))
    assert np.allclose(papers.wine("red", 3).test, folds[3].test)
    with pytest.raises(ValueError, match="fold must be"):
        papers.wine("red", 10)
    with pytest.raises(ValueError, match="colour must be"):
        papers.wine("rose", 1)


# Missing and damaged files

LOADERS = {
    "power/data.npy": papers.power,
    "gas/ethylene_CO.npy": papers.gas,
    "hepmass/1000_train.csv": papers.hepmass,
    "miniboone/data.npy": papers.miniboone,
    "BSDS300/BSDS300.hdf5": papers.bsds300,
    "mnist_uint8.npz": papers.mnist,
    "cifar10_uint8.npz": papers.cifar10,
    "made_dna.npz": lambda: papers.binary("dna"),
    "wine_white.npz": lambda: papers.wine("white", 0),
}


@pytest.mark.parametrize("name", LOADERS)
def test_a_missing_file_is_named_with_its_folder_and_where_it_comes_from(folder, name):
    with pytest.raises(FileNotFoundError) as error:
        LOADERS[name]()
    words = str(error.value)
    assert name in words
    assert str(folder) in words
    assert "zenodo" in words or "UCI" in words or "Larochelle" in words


@pytest.mark.parametrize("name", LOADERS)
def test_a_damaged_file_is_named(folder, name):
    if name.endswith("hdf5"):
        pytest.importorskip("h5py")
    (folder / name).write_bytes(b"PK\x03\x04 this is nothing, \xff\xfe not even text\n1,2")
    with pytest.raises(ValueError) as error:
        LOADERS[name]()
    assert name in str(error.value) and "damaged" in str(error.value)


def test_what_else_can_be_wrong(folder, monkeypatch):
    path = folder / "miniboone" / "data.npy"
    for array, words in (
        (np.ones((20, 42)), r"should hold an array \(N, 43\), holds \(20, 42\)"),
        (np.full((20, 43), np.nan), "860 values that are not finite"),
        (np.ones((0, 43)), "holds no rows"),
        (np.full((20, 43), "x"), "should hold numbers"),
        (np.ones((9, 43)), "9 rows are too few"),
    ):
        np.save(path, array)
        with pytest.raises(ValueError, match=words):
            papers.miniboone()
    np.save(path, np.array([{}]), allow_pickle=True)
    with pytest.raises(ValueError, match="damaged, or no NumPy file"):
        papers.miniboone()
    np.savez(folder / "made_dna.npz", train=np.ones((2, 180)))
    with pytest.raises(ValueError, match="lacks the array 'valid': it has train"):
        papers.binary("dna")
    monkeypatch.delenv("TINYMAF_DATA")
    with pytest.raises(ValueError, match="no data folder: pass folder"):
        papers.power()
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        papers.power(folder / "nowhere")


# From pickles


class Frame:
    """As much of a pandas table as the conversion uses."""

    def __init__(self, names, values):
        self.names, self.values = names, values

    def drop(self, columns):
        kept = [k for k, name in enumerate(self.names) if name not in columns]
        return Frame([self.names[k] for k in kept], self.values[:, kept])

    def to_numpy(self, dtype):
        return self.values.astype(dtype)


def test_conversion(folder):
    import gzip

    x, y = RNG(9).integers(256, size=(60, 784)), RNG(9).integers(10, size=60)
    parts = [
        ((x[rows] / 256).astype(np.float32), y[rows]) for rows in np.split(np.arange(60), [20, 40])
    ]
    with gzip.open(folder / "mnist" / "mnist.pkl.gz", "wb") as file:
        pickle.dump(tuple(parts), file)
    with pytest.raises(SystemExit, match="A pickle is a program"):
        convert.main(["mnist", str(folder)])
    assert not (folder / "mnist_uint8.npz").exists()
    convert.main(["mnist", str(folder), "--yes"])
    archive = np.load(folder / "mnist_uint8.npz")
    assert np.array_equal(archive["x"], x) and np.array_equal(archive["y"], y)

    names = [f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]
    for k, name in enumerate(names):
        batch = {"data": np.full((2, 3072), k, np.uint8), "labels": [k, 9]}
        (folder / "cifar10" / name).write_bytes(pickle.dumps(batch))
    convert.main(["cifar10", str(folder), "--yes"])
    assert papers.cifar10(rows=(8, 10)).labels[2].tolist() == [5, 9]

    values = RNG(10).normal(size=(100, 19))
    frame = Frame(["Time", "Meth", "Eth", *(f"S{k}" for k in range(16))], values)
    (folder / "gas" / "ethylene_CO.pickle").write_bytes(pickle.dumps(frame))
    convert.main(["gas", str(folder), "--yes"])
    assert np.array_equal(np.load(folder / "gas" / "ethylene_CO.npy"), values[:, 3:])


# The real files, where TINYMAF_DATA has them


def real(name):
    if not os.path.exists(os.path.join(REAL, name)) or not REAL:
        pytest.skip(f"{name} is not in TINYMAF_DATA")
    return SimpleNamespace(folder=REAL)


@pytest.mark.parametrize(
    "name, floor", [("dna", -100.39), ("mushrooms", -34.23), ("nips", -294.80)]
)
def test_independent_bernoullis_on_the_binary_sets_score_what_they_scored(name, floor):
    data = papers.binary(name, real(f"made_{name}.npz").folder)
    p = (data.train.sum(axis=0) + 1) / (len(data.train) + 2)
    score = (data.test * np.log(p) + (1 - data.test) * np.log1p(-p)).sum(axis=1).mean()
    assert score == pytest.approx(floor, abs=0.01)


@pytest.mark.parametrize("colour, score", [("red", -13.21), ("white", -13.20)])
def test_real_wine_under_a_gaussian(colour, score):
    folder = real(f"wine_{colour}.npz").folder
    folds = [papers.wine(colour, k, folder) for k in range(10)]
    found = np.mean([gaussian(np.concatenate([d.train, d.val]), d.test).mean() for d in folds])
    assert found == pytest.approx(score, abs=0.03)


@pytest.fixture(scope="module")
def real_mnist():
    return papers.mnist(real("mnist_uint8.npz").folder)


def test_real_mnist_under_a_gaussian_has_the_published_score(real_mnist):
    """The gate: if the preprocessing were off in any detail, this number would be too."""
    assert gaussian(real_mnist.train, real_mnist.test).mean() == pytest.approx(-1366.9, abs=0.1)


@pytest.mark.full
def test_real_mnist_under_a_gaussian_for_each_digit_has_the_published_score(real_mnist):
    train, labels = real_mnist.train, real_mnist.labels[0]
    by_class = [gaussian(train[labels == k], real_mnist.test) for k in range(10)]
    conditional = np.logaddexp.reduce(by_class, axis=0).mean() - np.log(10)
    assert conditional == pytest.approx(-1344.7, abs=0.2)
