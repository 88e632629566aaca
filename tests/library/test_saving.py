"""Files: round trips to the bit, atomic writes, and a reader that answers any other file with one
line.
"""

import copy
import io
import json
import math
import os
import random
import re
import struct
import threading
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kit import ROOT
from kit.battery import DENSITIES, FLOWS, LAYERS
from kit.processes import python

import tinymaf as t
from tinymaf.checks import random_params
from tinymaf.saving.archive import STALE, load, read_archive, save, write_archive
from tinymaf.structure import Structure, at_most, in_full, register
from tinymaf.vae import VAE

RNG = np.random.default_rng
MODELS = {**LAYERS, **FLOWS, **DENSITIES}


def identical(one, other):
    """Whether two trees have the same types, keys in the same order, dtypes, shapes, memory orders
    and bits.
    """
    if type(one) is dict and type(other) is dict:
        return list(one) == list(other) and all(identical(one[key], other[key]) for key in one)
    if type(one) in (list, tuple) and type(one) is type(other):
        return len(one) == len(other) and all(map(identical, one, other))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return (one.dtype, one.shape, one.flags.f_contiguous, one.tobytes()) == (
            other.dtype,
            other.shape,
            other.flags.f_contiguous,
            other.tobytes(),
        )
    # repr: NaN, and every bit of a float
    return type(one) is type(other) and repr(one) == repr(other)


def refusal(read, path, *args):
    """The message that reading `path` ends with: one printable line that names the file."""
    with pytest.raises(ValueError) as caught:
        read(path, *args)
    message = str(caught.value)
    assert type(caught.value) is ValueError and message.startswith(f"cannot read {path}: ")
    assert message.isprintable() and len(message) < len(str(path)) + 320
    return message


@pytest.fixture
def path(tmp_path):
    return tmp_path / "some model"  # used as it is: no suffix is appended


# Round trips.

LEAVES = st.sampled_from([np.float32, np.float64]).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    ).flatmap(lambda a: st.sampled_from([a, np.asfortranarray(a)]) if a.ndim else st.just(a))
)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(NAMES, inner, max_size=3),
    ),
)
ARRAYS = hnp.arrays(
    st.sampled_from([bool, np.uint64, np.int8, np.float32]), st.sampled_from([(2,), (0, 3), (2, 2)])
)
METAS = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(2**100, 2**128),
        st.floats(),
        st.text(max_size=5),
        ARRAYS,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3).filter(lambda key: key != "$"), inner, max_size=3),
    ),
)


@given(tree=TREES)
def test_every_tree_comes_back_to_the_bit(tree, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "tree"
    write_archive(path, "tree", {}, tree)
    assert identical(read_archive(path, "tree")[1], tree)


@given(meta=st.dictionaries(NAMES, METAS, max_size=3))
def test_every_meta_comes_back(meta, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "meta"
    write_archive(path, "meta", meta, ())
    assert identical(read_archive(path, "meta")[0], meta)


def test_what_comes_back_can_be_trained(path):
    write_archive(path, "tree", {}, [np.ones(3)])
    _, (leaf,) = read_archive(path, "tree")
    leaf += 1  # its own, writeable memory
    assert leaf.dtype.isnative and leaf.tolist() == [2, 2, 2]


def test_any_byte_order_and_stride_is_written(path):
    a = np.arange(12.0).reshape(3, 4)
    write_archive(
        path,
        "tree",
        {},
        {"swapped": a.astype(">f8"), "strided": a[::2, ::-1], "scalar": np.float32(2)},
    )
    _, tree = read_archive(path, "tree")
    assert identical(
        tree, {"swapped": a, "strided": a[::2, ::-1].copy(), "scalar": np.array(2, np.float32)}
    )


def test_the_header_is_strict_json_and_numpy_opens_the_rest(path):
    tree = {"bijection": [((np.eye(3), np.zeros(3, np.float32)),)], "base": ()}
    write_archive(path, "tree", {"score": math.nan, "best": -math.inf, "state": 2**127 + 1}, tree)
    with np.load(path) as arrays:
        assert arrays.files == ["header.json", "bijection/0/0/0", "bijection/0/0/1"]
        assert identical(arrays["bijection/0/0/0"], np.eye(3))
        header = json.loads(
            bytes(arrays["header.json"]), parse_constant=lambda name: pytest.fail(name)
        )
    assert header["meta"]["state"] == 2**127 + 1


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_bit_generator_goes_on_where_it_was(path, name):
    one, other = (np.random.Generator(getattr(np.random, name)(seed)) for seed in (1, 2))
    # leaves half a 64-bit draw behind
    one.standard_normal(1001), one.integers(9, size=3, dtype=np.uint32)
    write_archive(path, "rng", {"rng": one.bit_generator.state}, ())
    other.bit_generator.state = read_archive(path, "rng")[0]["rng"]
    assert identical(
        *([rng.integers(2**32, size=5, dtype=np.uint32), rng.random(9)] for rng in (one, other))
    )


def outputs(model, params, x, context):
    """All that a model computes from x."""
    if isinstance(model, t.Bijection):
        return [*model.x_to_u(params, x, context), *model.u_to_x(params, x, context)]
    return [model.log_prob(params, x, context), model.sample(params, RNG(3), len(x), context)]


def quietly(make, *args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return make(*args)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("context_dim", [0, 2])
@pytest.mark.parametrize("name", MODELS)
def test_every_model_gives_the_same_bits(path, name, context_dim, dtype):
    model, rng = quietly(MODELS[name], 4, context_dim), RNG(0)
    x = rng.uniform(0.1, 0.9, (5, 4)).astype(dtype)
    context = (
        rng.standard_normal((5, model.context_dim)).astype(dtype) if model.context_dim else None
    )
    raw = random_params(model, rng, 0.3, dtype)
    params = model.freeze(raw, x, context)
    save(path, model, params)
    again, loaded = load(path)
    assert type(again) is type(model)
    assert in_full(again) == in_full(model)
    assert identical(loaded, params)
    assert identical(outputs(again, loaded, x, context), outputs(model, params, x, context))

    first = path.read_bytes()
    save(path, again, loaded)
    assert path.read_bytes() == first  # one model, one file
    save(path, model, raw)  # without batch norm's statistics, too
    assert identical(load(path)[1], raw)


HALF = np.array([True, False, True])
NESTED = {
    "nested chains and inverses": lambda: t.Flow(
        t.Chain(
            [
                t.Inverse(t.Chain([t.Permute(np.array([2, 0, 1])), t.Inverse(t.ActNorm(3))])),
                t.Chain([t.AffineCoupling(HALF, [5]), t.AdditiveCoupling(~HALF, (5,))]),
            ]
        )
    ),
    "a flow on a flow on a MADE": lambda: t.Flow(
        t.ActNorm(3),
        t.Flow(
            t.LULinear(3, order=[1, 2, 0]),
            t.MADE(3, (7,), conditional=t.MixtureOfGaussians(2, alpha_bound=None)),
        ),
    ),
    "elementwise maps": lambda: t.Chain(
        [
            t.Autoregressive(3, (6,), order="reversed", elementwise=t.RationalQuadratic(4, 3.0)),
            t.Autoregressive(3, (6,), elementwise=t.Affine(np.float32(3))),
        ]
    ),
    "numpy numbers": lambda: t.MADE(
        np.int64(3),
        np.array([6, 6]),
        degrees=np.array([1, 3, 2], np.int32),
        mask_seed=np.uint64(2**63),
    ),
    "big seed": lambda: t.MADE(3, (9,), mask_seed=2**127),
    "infinite bound": lambda: t.MADE(3, (), conditional=t.Gaussian(math.inf)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NESTED)
def test_nested_models_give_the_same_bits(path, name, dtype):
    model = quietly(NESTED[name])
    params = random_params(model, RNG(1), 0.3, dtype)
    x = RNG(2).standard_normal((6, 3)).astype(dtype)
    save(path, model, params)
    again, loaded = load(path)
    assert in_full(again) == in_full(model)
    assert identical(outputs(again, loaded, x, None), outputs(model, params, x, None))
    assert all(
        type(a) is type(b)
        for a, b in zip(model.arguments.values(), again.arguments.values(), strict=True)
    )


def test_a_vae_gives_the_same_bits(path):
    posterior = t.Chain([t.Inverse(t.AffineAutoregressive(2, (5,), context_dim=3))])
    model = VAE(4, 2, (6,), likelihood="gaussian", posterior=posterior, prior=t.maf(2, 2, (5,)))
    params, x = random_params(model, RNG(1)), RNG(2).standard_normal((6, 4))
    save(path, model, params)
    again, loaded = load(path)
    assert identical(again.elbo(loaded, x, RNG(3), 2), model.elbo(params, x, RNG(3), 2))


@pytest.mark.parametrize(
    ("make", "n_params"),
    [
        (lambda: t.OrderEnsemble(784, 32, (500, 500)), 784 * 500 * 2 + 500**2),
        (lambda: t.MADE(784, (64,), conditional=t.MixtureOfGaussians(10)), 784 * 64 * 31),
        (lambda: VAE(784, 64, (512, 512), posterior=t.iaf(64, 2, (512,)).bijection), 2 * 784 * 512),
        (lambda: t.maf(3072, 3, (64,)), 3 * 3072 * 64 * 3),
        (lambda: t.MADE(10, (20_000,)), 20_000 * 30),
    ],
)
def test_large_models_are_no_attack(make, n_params):
    """Models of the papers' sizes are far from the bound that keeps a small file from describing a
    giant.
    """
    with at_most((2**22 + 128 * n_params) // 2):
        quietly(make)


def test_an_order_shuffled_later_is_not_what_gets_saved(path):
    order = np.arange(6)
    RNG(0).shuffle(order)
    layer = t.Permute(order)
    order[:] = order[::-1].copy()
    save(path, layer, ())
    assert np.array_equal(load(path)[0].order, layer.order)


def test_loading_repeats_no_warning(path):
    with pytest.warns(UserWarning, match="lose"):
        model = t.MADE(6, hidden=(2,))
    params = model.init(RNG(0))
    save(path, model, params)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load(path)
    assert not caught


def test_another_process_gets_the_same_bits(path):
    model, x = t.maf(3, 2, (16,)), RNG(2).standard_normal((50, 3))
    params = random_params(model, RNG(1))
    save(path, model, params)
    script = """
import sys
import numpy as np
from tinymaf.saving import load

model, params = load(sys.argv[1])
x = np.random.default_rng(2).standard_normal((50, 3))
print(model.log_prob(params, x).tobytes().hex())
"""
    run = python("-c", script, path, cwd=ROOT, check=True)
    assert run.stdout.strip() == model.log_prob(params, x).tobytes().hex()


# Classes of the user's own.


class Shift(t.Bijection):
    def __init__(self, dim, by=1.0, **rest):
        self.dim, self.by = dim, by

    def init(self, rng, x=None, dtype=float):
        return {"w": np.zeros(self.dim, dtype)}

    def x_to_u(self, params, x, context=None):
        return x - params["w"] - self.by, np.zeros(len(x))

    def u_to_x(self, params, u, context=None):
        return u + params["w"] + self.by, np.zeros(len(u))


@pytest.fixture
def registered():
    register(Shift)
    yield
    Structure.known.pop("Shift", None)


def test_a_registered_class_is_saved_and_loaded(path, registered):
    model = t.Chain([t.Permute([1, 0]), Shift(2, by=math.inf)])
    save(path, model, model.init(RNG(0)))
    again, params = load(path)
    assert type(again.layers[1]) is Shift and in_full(again) == in_full(model)


def test_an_unregistered_class_is_refused_at_saving_and_at_loading(path):
    with pytest.raises(
        ValueError,
        match=r"load\(\) would not know the class Shift: put @tinymaf.structure.register",
    ):
        save(path, t.Chain([Shift(2)]), [{"w": np.zeros(2)}])
    assert not path.exists()
    register(Shift)
    save(path, Shift(2), {"w": np.zeros(2)})
    del Structure.known["Shift"]
    assert "unknown class 'Shift': put @tinymaf.structure.register above it" in refusal(load, path)


def test_a_class_that_is_defined_again_has_to_be_registered_again(path, registered):
    with pytest.raises(ValueError, match="register"):
        save(path, type("Shift", (Shift,), {})(2), {"w": np.zeros(2)})


def test_the_librarys_names_are_taken():
    with pytest.raises(ValueError, match="tinymaf has a class Permute of its own"):
        register(type("Permute", (t.Permute,), {}))
    with pytest.raises(TypeError, match="cls must be a subclass"):
        register(dict)
    assert register(t.Permute) is t.Permute


@pytest.mark.parametrize(
    ("density", "params", "error", "message"),
    [
        (
            t.MADE(2, (3,)),
            t.MADE(2, (4,)).init(RNG(0)),
            ValueError,
            "not the parameters of this MADE",
        ),
        (
            t.MADE(2, (3,)),
            tuple(t.MADE(2, (3,)).init(RNG(0))),
            ValueError,
            "not the parameters of this MADE",
        ),
        (
            t.MADE(2, (3,)),
            [tuple(a.astype(np.float16) for a in two) for two in t.MADE(2, (3,)).init(RNG(0))],
            TypeError,
            "leaf 0/0 must be .* got float16",
        ),
        (
            t.StandardNormal(2),
            [1.0],
            TypeError,
            "leaf 0 must be a float32 or float64 array, got float",
        ),
        (
            t.StandardNormal(2),
            [np.zeros(3)],
            ValueError,
            "not the parameters of this StandardNormal",
        ),
        (t.Gaussian(), (), TypeError, "a Density or Bijection, got Gaussian"),
        ({"dim": 2}, (), TypeError, "a Density or Bijection, got {"),
        (
            t.Chain(iter([t.Permute([1, 0])])),
            [()],
            TypeError,
            "a file holds numbers, .* not <list_iterator",
        ),
        (t.StandardNormal(10**8), [()], ValueError, "a model far larger than its arrays"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(path, density, params, error, message):
    with pytest.raises(error, match=message) as caught:
        save(path, density, params)
    assert str(caught.value).isprintable() and not path.exists()


def test_keyword_bags_are_refused(path, registered):
    with pytest.raises(ValueError, match="Shift takes no argument by the name 'rest'"):
        save(path, Shift(2, colour="red"), {"w": np.zeros(2)})


def nested(depth):
    tree = np.zeros(1)
    for _ in range(depth):
        tree = [tree]
    return tree


@pytest.mark.parametrize(
    ("meta", "tree", "error", "message"),
    [
        ({}, {"a": None}, TypeError, "leaf a must be a float32 or float64 array, got NoneType"),
        ({}, [np.zeros(2, int)], TypeError, "leaf 0 must be .* got int64"),
        ({}, {"a": [np.array([None])]}, TypeError, "leaf a/0 must be .* got object"),
        ({}, 1.0, TypeError, "leaf array must be .* got float"),
        (
            {},
            {"a/b": np.zeros(1)},
            ValueError,
            "keys of a tree must be identifiers such as 'base', got 'a/b'",
        ),
        ({}, {0: np.zeros(1)}, ValueError, "keys of a tree"),
        ({}, {"..": np.zeros(1)}, ValueError, "keys of a tree"),
        ({}, nested(60), ValueError, "nested more than 50 deep"),
        ({"a": {1: 2}}, (), TypeError, "a file holds"),
        ({"$": 2}, (), TypeError, "a file holds"),
        ({"a": 1j}, (), TypeError, "a file holds"),
        ({"a": np.array(["x"])}, (), TypeError, "a file holds"),
        ({"a": {1}}, (), TypeError, "a file holds"),
        ({"a": json.loads("[" * 60 + "]" * 60)}, (), ValueError, "nested more than 50 deep"),
    ],
)
def test_what_no_archive_holds(path, meta, tree, error, message):
    with pytest.raises(error, match=message):
        write_archive(path, "tree", meta, tree)
    assert not path.exists()


# Atomic writes.


def fail_at(monkeypatch, call, error):
    """The `call`-th of the steps of a write (entries, fsync, rename) raises `error`."""
    steps = iter(range(100))

    def failing(original):
        def step(*args, **kwargs):
            if next(steps) == call:
                raise error
            return original(*args, **kwargs)

        return step

    monkeypatch.setattr(zipfile.ZipFile, "writestr", failing(zipfile.ZipFile.writestr))
    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(os, "replace", failing(os.replace))


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()]
)
@pytest.mark.parametrize("call", range(5))
def test_a_failed_write_leaves_the_old_file_and_nothing_else(path, monkeypatch, call, error):
    write_archive(path, "tree", {}, [np.zeros(3), np.zeros(4)])
    old = path.read_bytes()
    with monkeypatch.context() as patch, pytest.raises(type(error)):
        fail_at(patch, call, error)
        write_archive(path, "tree", {}, [np.ones(3), np.ones(4)])
    assert path.read_bytes() == old and os.listdir(path.parent) == [path.name]
    write_archive(path, "tree", {}, [np.ones(3), np.ones(4)])
    assert read_archive(path, "tree")[1][0][0] == 1 and os.listdir(path.parent) == [path.name]


def test_litter_of_killed_writers_is_harmless_and_goes(path):
    old, new = (path.with_name(f"{path.name}.{digit * 16}.tmp") for digit in "0f")
    others = [
        path.with_name(name)
        for name in (
            f"{path.name}.tmp",
            f"{path.name}.mybackup.tmp",
            f"x{path.name}.{'0' * 16}.tmp",
        )
    ]
    for file in (old, new, *others):
        file.write_bytes(b"half a fi")
    for file in (old, *others):
        os.utime(file, (0, os.stat(file).st_mtime - STALE - 60))
    write_archive(path, "tree", {}, [np.zeros(3)])
    assert sorted(os.listdir(path.parent)) == sorted(file.name for file in (path, new, *others))
    read_archive(path, "tree")


@pytest.mark.skipif(os.name == "nt", reason="Windows renames no file over one that is being read")
def test_writers_and_readers_at_the_same_time(path):
    """Everybody always sees one whole file, and nobody fails."""
    failures = []

    def write(k):
        try:
            for _ in range(20):
                write_archive(path, "tree", {"k": k}, [np.full(1000, float(k))] * 3)
                meta, leaves = read_archive(path, "tree")
                assert all((leaf == meta["k"]).all() for leaf in leaves)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and os.listdir(path.parent) == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="symbolic links and modes are not Windows' own")
def test_links_stay_links_and_others_may_read(path):
    link = path.with_name("link")
    link.symlink_to(path.name)
    write_archive(link, "tree", {}, ())
    usual = path.with_name("usual")
    usual.write_text("")
    assert link.is_symlink() and path.stat().st_mode == usual.stat().st_mode


def test_paths_are_used_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b.npz", os.fsencode("c.ü"), tmp_path / "d.e"):
        write_archive(name, "tree", {}, ())
        read_archive(name, "tree")
    assert sorted(os.listdir()) == ["a", "b.npz", "c.ü", "d.e"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_device_or_a_pipe_is_not_replaced_by_a_file(tmp_path):
    """An administrator's `save("/dev/null", ...)` would else put a file in the place of the device,
    for everybody.
    """
    made = t.MADE(1, ())
    os.mkfifo(tmp_path / "pipe")
    before = os.stat(tmp_path / "pipe").st_mode
    with pytest.raises(ValueError, match="pipe is a device or a pipe: a file would take its place"):
        t.save(tmp_path / "pipe", made, made.init(np.random.default_rng(0)))
    assert os.stat(tmp_path / "pipe").st_mode == before and os.listdir(tmp_path) == ["pipe"]


def test_the_usual_errors_of_the_file_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "missing")
    with pytest.raises(OSError):  # a folder: IsADirectoryError, on Windows PermissionError
        load(tmp_path)
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "missing" / "model", t.StandardNormal(1), ())
    with pytest.raises(OSError):
        save(tmp_path, t.StandardNormal(1), ())
    assert not os.listdir(tmp_path) and os.listdir(tmp_path.parent).count(tmp_path.name) == 1


# Damaged, foreign and hostile files.

MODEL = t.Flow(
    t.Chain([t.ActNorm(2), t.AffineAutoregressive(2, (4,)), t.BatchNorm(2)]), t.MADE(2, (3,))
)
PARAMS = MODEL.freeze(random_params(MODEL, RNG(0)), RNG(1).standard_normal((9, 2)))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """`(bytes, header, entries)` of an intact file."""
    path = tmp_path_factory.mktemp("good") / "model"
    save(path, MODEL, PARAMS)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return path.read_bytes(), json.loads(entries.pop("header.json")), entries


def forge(path, header, entries, **options):
    """An archive with anything at all in it, and right checksums."""
    with zipfile.ZipFile(path, "w", **options) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # duplicate names
        archive.writestr(
            "header.json", header if isinstance(header, (str, bytes)) else json.dumps(header)
        )
        for name, data in entries.items() if isinstance(entries, dict) else entries:
            archive.writestr(name, data)


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def with_flags(data, bits):
    """All entries' flags, in the central directory, with some more bits."""
    data, at = bytearray(data), 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= bits
        at += 4
    return bytes(data)


def with_sizes(data, size):
    """All entries' sizes, in the central directory, put to `size`."""
    data, at = bytearray(data), 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        struct.pack_into("<II", data, at + 20, size, size)
        at += 4
    return bytes(data)


class Explosive:
    def __reduce__(self):
        return print, ("a pickle was opened",)


FILES = {
    "empty": (lambda good: b"", "no archive, or a truncated one"),
    "text": (lambda good: b"x1,x2\n0.5,0.25\n", "no archive, or a truncated one"),
    "picture": (lambda good: b"\x89PNG\r\n\x1a\n" + bytes(1000), "no archive, or a truncated one"),
    "half": (lambda good: good[: len(good) // 2], "no archive, or a truncated one"),
    "without its end": (lambda good: good[:-1], "no archive, or a truncated one"),
    "without its beginning": (lambda good: good[100:], "damaged|no archive"),
    "nothing but an end": (lambda good: good[-22:], "damaged|no archive|not written by tinymaf"),
    "empty zip": (
        lambda good: b"PK\x05\x06" + bytes(18),
        "not written by tinymaf: it has no header.json",
    ),
    "numpy's npz": (
        lambda good: npz(a=np.zeros(3)),
        "not written by tinymaf: it has no header.json",
    ),
    "a pickle": (
        lambda good: npz(a=np.array([Explosive()], object)),
        "not written by tinymaf: it has no header.json",
    ),
    "a bare pickle": (lambda good: b"\x80\x04cos\nsystem\n.", "no archive"),
    "encrypted": (
        lambda good: with_flags(good, 1),
        "not written by tinymaf: it has compressed or encrypted entries",
    ),
    "patched data": (lambda good: with_flags(good, 32), "damaged: NotImplementedError"),
    "sizes beyond the file": (
        lambda good: with_sizes(good, 2**31),
        "its entries claim to be longer than the file",
    ),
    "zip of terabytes": (lambda good: with_sizes(good, 2**32 - 1), "damaged"),
    "overlapping entries": (
        lambda good: with_sizes(good, len(good) // 2),
        "its entries claim to be longer than the file",
    ),
    "sizes of nothing": (lambda good: with_sizes(good, 0), "damaged|Expecting value"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_none_of_ours(path, good, name, capfd):
    make, message = FILES[name]
    path.write_bytes(make(good[0]))
    assert re.search(message, refusal(load, path))
    assert capfd.readouterr().out == ""


def set_header(**changes):
    return lambda header, entries: header.update(changes)


def set_leaf(*spec):
    """The first leaf of the file, two float64, declared as something else."""

    def change(header, entries):
        first_leaf(header["tree"])[1:] = spec

    return change


def first_leaf(node):
    if node[0] == "array":
        return node
    for child in node[1].values() if node[0] == "dict" else node[1]:
        if leaf := first_leaf(child):
            return leaf


def set_arguments(**arguments):
    def change(header, entries):
        model(header)["arguments"].update(arguments)

    return change


def model(header):
    """The header's autoregressive layer."""
    return header["meta"]["model"]["arguments"]["bijection"]["arguments"]["layers"][1]


def structure(name, **arguments):
    return {"$": "structure", "class": name, "arguments": arguments}


def only(name, **arguments):
    """A model without parameters that the header makes up."""

    def change(header, entries):
        entries.clear()
        header.update(meta={"model": structure(name, **arguments)}, tree=["tuple", []])

    return change


def deep(node, depth):
    for _ in range(depth):
        node = ["list", [node]]
    return node


def deep_model(depth):
    node = structure("StandardNormal", dim=1)
    for _ in range(depth):
        node = structure("Inverse", bijection=node)
    return node


HEADERS = {
    "newer version": (
        set_header(version=2),
        "its format is version 2, this tinymaf reads 1: update it",
    ),
    "version is no number": (set_header(version="1"), "not written by tinymaf"),
    "version is true": (set_header(version=True), "not written by tinymaf"),
    "other program": (set_header(format="other"), "not written by tinymaf"),
    "other kind": (set_header(kind="checkpoint"), "it holds a checkpoint, not a model"),
    "kind with an escape sequence": (
        set_header(kind="\x1b[2J\nx"),
        r"it holds a  \[2J x, not a model",
    ),
    "no meta": (lambda h, e: h.pop("meta"), "damaged: KeyError: 'meta'"),
    "no tree": (lambda h, e: h.pop("tree"), "damaged: KeyError: 'tree'"),
    "no model": (set_header(meta={}), "damaged: KeyError: 'model'"),
    "meta is a list": (set_header(meta=[1]), "damaged: TypeError"),
    "model is a number": (set_header(meta={"model": 1}), "damaged: it describes no model"),
    "model is a list": (
        set_header(meta={"model": [structure("Permute", order=[0])]}),
        "damaged: it describes no model",
    ),
    "unknown mark": (set_header(meta={"$": "pickle", "data": "gASV"}), "unknown mark 'pickle'"),
    "array of objects": (
        set_header(meta={"$": "array", "dtype": "object", "shape": [1], "values": [1]}),
        "unknown mark 'array'",
    ),
    "array of the wrong shape": (
        set_header(meta={"$": "array", "dtype": "int8", "shape": [10**12], "values": [1]}),
        "cannot reshape",
    ),
    "deep meta": (set_header(meta=json.loads("[" * 300 + "]" * 300)), "nested more than 50 deep"),
    "tree is a number": (set_header(tree=3), "damaged: TypeError"),
    "tree is empty": (set_header(tree=[]), "damaged|not enough values"),
    "unknown branch": (set_header(tree=["set", []]), "damaged: KeyError: 'set'"),
    "deep tree": (set_header(tree=deep(["tuple", []], 200)), "nested more than 50 deep"),
    "path trick": (
        set_header(tree=["dict", {"../../x": ["array", "float64", [1], "C"]}]),
        "keys of a tree must be identifiers such as 'base', got '../../x'",
    ),
    "two paths, one entry": (
        set_header(tree=["dict", {"a/b": ["array", "float64", [1], "C"]}]),
        "keys of a tree",
    ),
    "missing entry": (lambda h, e: e.pop(next(iter(e))), "is missing or not of its declared size"),
    "extra entry": (lambda h, e: e.update({"extra.npy": b""}), "unexpected entry 'extra.npy'"),
    "pickle as an extra entry": (
        lambda h, e: e.update({"a.pkl": b"\x80\x04."}),
        "unexpected entry 'a.pkl'",
    ),
    "absolute path": (
        lambda h, e: e.update({"/etc/passwd": b"x"}),
        "unexpected entry '/etc/passwd'",
    ),
    "parent path": (
        lambda h, e: e.update({"../../up.npy": b"x"}),
        "unexpected entry '../../up.npy'",
    ),
    "case": (lambda h, e: e.update({next(iter(e)).upper(): e.pop(next(iter(e)))}), "is missing"),
    "shape of petabytes": (set_leaf("float64", [10**15], "C"), "not of its declared size"),
    "shape beyond all bounds": (set_leaf("float64", [10**4000], "C"), "damaged"),
    "shape of an empty giant": (set_leaf("float64", [0, 10**30], "C"), "not of its declared size"),
    "negative shape": (set_leaf("float64", [-1, -2], "C"), "damaged: no leaf is"),
    "shape of floats": (set_leaf("float64", [2.0], "C"), "damaged: no leaf is"),
    "shape of truths": (set_leaf("float64", [True, 2], "C"), "damaged: no leaf is"),
    "shape of 100 dimensions": (set_leaf("float64", [1] * 100, "C"), "damaged: no leaf is"),
    "other shape": (set_leaf("float64", [1, 2], "C"), "not of its declared dtype and shape"),
    "other dtype": (set_leaf("float32", [4], "C"), "not of its declared dtype and shape"),
    "objects": (set_leaf("object", [2], "C"), "damaged: no leaf is"),
    "integers": (set_leaf("int64", [2], "C"), "damaged: no leaf is"),
    "unknown order": (set_leaf("float64", [2], "K"), "damaged: no leaf is"),
    "npy of objects": (
        lambda h, e: e.update({(k := next(iter(e))): e[k].replace(b"<f8", b"|O ")}),
        "not of its declared dtype and shape",
    ),
    "npy that is short": (
        lambda h, e: e.update({(k := next(iter(e))): e[k][:-8]}),
        "not of its declared size",
    ),
    "unknown class": (
        lambda h, e: model(h).update({"class": "os.system"}),
        "unknown class 'os.system'",
    ),
    "class with a newline": (
        lambda h, e: model(h).update({"class": "a\nb" * 99}),
        "unknown class 'a",
    ),
    "class is a list": (lambda h, e: model(h).update({"class": []}), "damaged: TypeError"),
    "abstract class": (only("Density"), "damaged: TypeError: Density is what others are"),
    "no density": (only("Gaussian"), "damaged: "),
    "unexpected argument": (
        set_arguments(shell="rm"),
        "AffineAutoregressive takes no argument by the name 'shell'",
    ),
    "argument self": (
        set_arguments(self=1),
        "AffineAutoregressive takes no argument by the name 'self'",
    ),
    "missing argument": (lambda h, e: model(h)["arguments"].pop("dim"), "damaged: TypeError"),
    "argument of a wrong type": (set_arguments(alpha_bound="5"), "alpha_bound must be"),
    "arguments are a list": (lambda h, e: model(h).update(arguments=[2]), "damaged: "),
    "deep model": (set_header(meta={"model": deep_model(60)}), "nested more than 50 deep"),
    "other width": (set_arguments(hidden=[5]), "params are not the parameters of this Flow"),
    "other dim": (set_arguments(dim=3), "all layers must have one dim"),
    "huge dim": (set_arguments(dim=10**12), "a model far larger than its arrays"),
    "huge context": (set_arguments(context_dim=10**9), "a model far larger than its arrays"),
    "wide layer": (set_arguments(hidden=[10**10]), "a model far larger than its arrays"),
    "wide layers": (set_arguments(hidden=[2 * 10**4] * 2), "a model far larger than its arrays"),
    "negative width": (
        set_arguments(hidden=[-(10**10)]),
        "each hidden width must be a whole number",
    ),
    "infinite width": (
        set_arguments(hidden=[{"$": "float", "value": "inf"}]),
        "each hidden width must be a whole",
    ),
    "long degrees": (
        set_arguments(degrees=[1] * 10**5),
        "degrees must be 2 whole numbers of at least 1, got .1, 1, 1",
    ),
    "many layers": (
        only("Chain", layers=[structure("LULinear", dim=3000)] * 100),
        "a model far larger than its arrays",
    ),
    "many components": (
        only("MADE", dim=10, conditional=structure("MixtureOfGaussians", components=10**8)),
        "a model far larger than its arrays",
    ),
    "many bins": (only("SplineAutoregressive", dim=10, bins=10**9), "bins must be at most 500"),
    "many members": (
        only("OrderEnsemble", dim=2, members=10**9),
        "a model far larger than its arrays",
    ),
    "long mask": (
        only("AffineCoupling", mask=[True] * 10**5),
        "a model far larger than its arrays",
    ),
    "huge latent": (only("VAE", dim=2, latent=10**9), "a model far larger than its arrays"),
    "broad seed": (set_arguments(mask_seed=-1), "seed must be a whole number"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_lie(path, good, name):
    change, message = HEADERS[name]
    header, entries = copy.deepcopy(good[1]), dict(good[2])
    change(header, entries)
    forge(path, header, entries)
    tracemalloc.start()
    try:
        refused = refusal(load, path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert re.search(message, refused)
    assert peak < 30e6


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting"),
        (b"\xff\xfe", "codec|Expecting"),
        (b"[]", "not written by tinymaf"),
        (b"NaN", "NaN in its header"),
        (b'{"format": Infinity}', "Infinity in its header"),
        (b"[" * 10**5, "damaged: RecursionError"),
        (b"1" * 10**4, "damaged|digits"),
        (b"null", "not written by tinymaf"),
    ],
)
def test_headers_that_are_none(path, header, message):
    forge(path, header, {})
    assert re.search(message, refusal(load, path))


def test_no_bomb_is_decompressed(path, good):
    forge(path, good[1], {"bomb.npy": bytes(10**8)}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 2e5
    tracemalloc.start()
    try:
        assert "it has compressed or encrypted entries" in refusal(load, path)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_duplicate_entries(path, good):
    forge(path, good[1], [*good[2].items(), *good[2].items()])
    assert "damaged: two entries have one name" in refusal(load, path)


def test_a_flipped_bit_in_the_data_is_found(path, good):
    data = bytearray(good[0])
    data[data.rindex(next(iter(good[2].values()))[-8:])] ^= 1
    path.write_bytes(data)
    assert "damaged: BadZipFile: Bad CRC-32" in refusal(load, path)


def test_statistics_of_another_shape_are_found(path):
    params = copy.deepcopy(PARAMS)
    key = (PARAMS["bijection"][2].keys() - t.BatchNorm(2).init(RNG(0)).keys()).pop()
    params["bijection"][2][key] = np.ones(1)  # would broadcast, silently
    with pytest.raises(ValueError, match="not the parameters of this Flow"):
        save(path, MODEL, params)


def outcome(path):
    """What loading gives: True for the intact model, otherwise the one-line message."""
    try:
        model, params = load(path)
    except ValueError as error:
        assert type(error) is ValueError and str(error).isprintable() and str(path) in str(error)
        return str(error)
    assert in_full(model) == in_full(MODEL) and identical(params, PARAMS)
    return True


MANY = [300, pytest.param(2500, marks=pytest.mark.full)]  # trials; the many by --full


@pytest.mark.parametrize("trials", MANY)
def test_random_damage_is_found_or_harmless(path, good, trials):
    rng, data = random.Random(trials), good[0]
    for k in range(trials):
        bad = bytearray(data)
        if k % 3 == 0:
            for _ in range(rng.choice([1, 1, 2, 10])):
                bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
        elif k % 3 == 1:  # the last kilobyte is all directory
            bad[-rng.randrange(1, 1200)] = rng.randrange(256)
        else:
            at, n = rng.randrange(len(bad)), rng.choice([1, 5, 100])
            bad[at : at + n] = rng.randbytes(rng.choice([0, 1, n]))
        path.write_bytes(bad)
        outcome(path)


def test_a_truncated_file_is_always_found(path, good):
    rng = random.Random(1)
    n = len(good[0])
    for size in [*range(0, 50), *range(n - 50, n), *(rng.randrange(n) for _ in range(200))]:
        path.write_bytes(good[0][:size])
        assert outcome(path) is not True


JUNK = [
    None,
    True,
    -1,
    0,
    1,
    3,
    10**12,
    1e308,
    0.5,
    "x",
    "reversed",
    "",
    [],
    {},
    [[]],
    [10**12, 2],
    [0, 1],
    {"$": "tuple", "values": [1]},
    {"$": "array", "dtype": "uint8", "shape": [], "values": [7]},
    {"$": "float", "value": "nan"},
    structure("StandardNormal", dim=2),
    structure("Permute", order=[0, 1]),
    structure("Gaussian"),
    structure("Chain", layers=[]),
]


def places(node):
    """All `(container, key)` below a JSON node."""
    for key in (
        list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    ):
        yield node, key
        yield from places(node[key])


@pytest.mark.parametrize("trials", MANY)
def test_random_junk_in_the_header_ends_in_one_line(path, good, trials):
    """With right checksums: whatever the header says, it is a model whose arrays fit, or a
    ValueError.
    """
    rng, n_loaded = random.Random(trials), 0
    for _ in range(trials):
        header = copy.deepcopy(good[1])
        container, key = rng.choice(list(places(header)))
        container[key] = copy.deepcopy(rng.choice(JUNK))
        forge(path, header, good[2])
        try:
            load(path)
            n_loaded += 1
        except ValueError as error:
            assert type(error) is ValueError
            assert str(error).isprintable()
            assert str(path) in str(error)
    assert n_loaded < trials / 6
