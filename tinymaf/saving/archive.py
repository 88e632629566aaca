"""`save` and `load` for models, and the archives behind them, which hold `fit`'s checkpoints too.

An archive is an uncompressed `.npz`: `header.json` says what it holds and how its tree branches,
and each leaf is one `.npy` entry named by its path in the tree ("bijection/0/1/0"), so `np.load`
opens it too. Reading executes nothing: there are no pickles, nothing is extracted to disk, classes
come only from `Structure.known`, and no size exceeds what the file's own length allows. Any fault
in a file's content is a one-line ValueError that names the file.
"""

import contextlib
import json
import math
import os
import re
import secrets
import shutil
import time
import warnings
import zipfile
from typing import Any

import numpy as np

from ..distributions import Density
from ..layers import Bijection
from ..structure import Structure, at_most, will_hold
from ..trees import count_params, dtype_of, same_shapes
from ..types import Params
from ..validation import a_path, short
from .plan import DEPTH, Plan, from_json, to_json

VERSION = 1
HEADER = "header.json"
# The dtypes of leaves, and how every machine writes them
FLOATS = {
    "float32": "<f4",
    "float64": "<f8",
}
STALE = 600  # seconds after which a temporary file counts as litter of a killed process


def save(path: str | os.PathLike, density: Density | Bijection, params: Params) -> None:
    """Write a model's structure (classes and arguments, as JSON) and parameters to one file.

    Args:
        path: used as it is, without appending ".npz". An old file is replaced at once or not at
            all.
        density: a `Density` or `Bijection`. Classes of your own need `tinymaf.structure.register`.
        params: its parameters, float32 or float64, with or without batch norm's statistics.

    Raises ValueError or TypeError, before writing anything, for what `load` could not read back.

    >>> import tempfile
    >>> from tinymaf import MADE
    >>> made = MADE(2, hidden=(8,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/made.npz", made, made.init(np.random.default_rng(0)))
    ...     again, params = load(f"{folder}/made.npz")
    >>> again, again.log_prob(params, np.zeros((1, 2))).round(6)
    (MADE(dim=2, hidden=(8,)), array([-1.837877]))
    """
    a_path("path", path)
    if not (isinstance(density, Structure) and hasattr(density, "init")):
        raise TypeError(
            f"density must be what can be saved, a Density or Bijection, got {short(density)}"
        )
    _skeleton(params, {})  # refuses leaves that are not arrays
    _rebuild(from_json(to_json(density)), params)
    write_archive(path, "model", {"model": density}, params)


def load(path: str | os.PathLike) -> tuple[Any, Params]:
    """`(density, params)` as they were saved: `density.log_prob(params, x)` gives the same bits.

    Raises a one-line ValueError for anything but an intact file from `save`.
    """
    meta, params = read_archive(a_path("path", path), "model")
    with _reading(path):
        return _rebuild(meta["model"], params), params


def write_archive(path, kind, meta, tree):
    """Write a tree of float32 and float64 arrays, and `meta`, atomically to the file `path`.

    Args:
        path: used as it is, without appending ".npz". The file is written under a temporary name in
            the same folder and renamed: a failure leaves the old file and nothing else.
        kind: a word; `read_archive` demands the same one.
        meta: a dict of what JSON has, NaN, infinities, tuples, NumPy's numbers and arrays, and
            `Structure`s.
        tree: nested dicts (keys: identifiers), lists and tuples.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tree = {"w": np.eye(2), "b": [()]}
    ...     write_archive(f"{folder}/a.npz", "example", {"score": math.inf}, tree)
    ...     read_archive(f"{folder}/a.npz", "example")
    ({'score': inf}, {'w': array([[1., 0.],
           [0., 1.]]), 'b': [()]})
    """
    path, arrays = os.path.realpath(os.fsdecode(path)), {}
    header = {
        "format": "tinymaf",
        "version": VERSION,
        "kind": kind,
        "meta": to_json(meta),
        "tree": _skeleton(tree, arrays),
    }
    if os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path)):
        raise ValueError(f"{path} is a device or a pipe: a file would take its place")
    _sweep(path)
    temporary = f"{path}.{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(zipfile.ZipInfo(HEADER), json.dumps(header, allow_nan=False))
                for name, (spec, array) in arrays.items():
                    data = array.astype(FLOATS[spec[0]], copy=False).tobytes(spec[2])
                    archive.writestr(zipfile.ZipInfo(f"{name}.npy"), _npy_head(*spec) + data)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            shutil.copymode(path, temporary)  # the new file keeps the old one's permissions
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise


def read_archive(path, kind) -> tuple[Any, Any]:
    """`(meta, tree)` from a file of `write_archive`. Raises a one-line ValueError for any other
    file.
    """
    path = os.fsdecode(path)
    with open(path, "rb") as file, _reading(path), _open_zip(file) as archive:
        infos = _entries(archive, os.fstat(file.fileno()).st_size)
        header = json.loads(archive.read(HEADER), parse_constant=_no_constant)
        _check_header(header, kind)
        declared = {HEADER}

        def declare(name, *spec):
            size = len(_npy_head(*spec)) + math.prod(spec[1]) * np.dtype(spec[0]).itemsize
            if f"{name}.npy" not in infos or infos[f"{name}.npy"].file_size != size:
                raise ValueError(
                    f"damaged: entry {name!r:.80} is missing or not of its declared size"
                )
            declared.add(f"{name}.npy")

        def read(name, dtype, shape, order):
            data, head = archive.read(f"{name}.npy"), _npy_head(dtype, shape, order)
            if not data.startswith(head):
                raise ValueError(
                    f"damaged: entry {name!r:.80} is not of its declared dtype and shape"
                )
            flat = np.frombuffer(data, FLOATS[dtype], offset=len(head))
            return flat.reshape(shape, order=order).astype(dtype, order="K")

        _walk(header["tree"], declare)  # check all sizes before allocating anything large
        if len(declared) < len(infos):
            raise ValueError(f"damaged: unexpected entry {min(infos.keys() - declared)!r:.80}")
        return from_json(header["meta"]), _walk(header["tree"], read)


def _entries(archive, length):
    """The archive's entries by name, if they are as `write_archive` writes them and together no
    longer than the file.
    """
    infos = {info.filename: info for info in archive.infolist()}
    if len(infos) < len(archive.infolist()):
        raise ValueError("damaged: two entries have one name")
    for info in infos.values():
        stored = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
        if not stored or info.flag_bits & 1:
            raise ValueError("not written by tinymaf: it has compressed or encrypted entries")
    if sum(info.file_size for info in infos.values()) > length:
        raise ValueError("damaged: its entries claim to be longer than the file")
    if HEADER not in infos:
        raise ValueError(f"not written by tinymaf: it has no {HEADER}")
    return infos


def _check_header(header, kind):
    if not isinstance(header, dict) or header.get("format") != "tinymaf":
        raise ValueError("not written by tinymaf")
    version = header.get("version")
    if type(version) is not int:
        raise ValueError("not written by tinymaf")
    if version != VERSION:
        raise ValueError(
            f"its format is version {version}, this tinymaf reads {VERSION}: update it"
        )
    if header["kind"] != kind:
        raise ValueError(f"it holds a {header['kind']!s:.40}, not a {kind}")


@contextlib.contextmanager
def _reading(path):
    """Turn any fault in a file's content into a one-line ValueError that names the file."""
    try:
        yield
    # zipfile, json and constructors raise a dozen kinds of error on hostile input
    except Exception as error:
        text = (
            str(error)
            if isinstance(error, ValueError)
            else f"damaged: {type(error).__name__}: {error}"
        )
        text = "".join(c if c.isprintable() else " " for c in text)
        raise ValueError(f"cannot read {os.fsdecode(path)}: {text:.300}") from error


def _open_zip(file):
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise ValueError("no archive, or a truncated one") from None


def _no_constant(name):  # NaN and Infinity are not JSON
    raise ValueError(f"damaged: {name} in its header")


def _sweep(path):
    """Remove what processes killed during a write left beside `path`."""
    folder, name = os.path.split(path)
    litter = re.compile(re.escape(name) + r"\.[0-9a-f]{16}\.tmp")
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if litter.fullmatch(entry.name) and time.time() - entry.stat().st_mtime > STALE:
                os.remove(entry.path)


def _npy_head(dtype, shape, order):
    """How a .npy entry begins (format 1.0). The reader compares instead of parsing, so nothing can
    be smuggled in.
    """
    fortran = order == "F"
    text = f"{{'descr': '{FLOATS[dtype]}', 'fortran_order': {fortran}, 'shape': {tuple(shape)}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def _branches(tree, path):
    """`(key, path, branch)` for each branch of a dict, list or tuple. No path is too deep, and no
    two paths are equal.
    """
    if len(path) >= DEPTH:
        raise ValueError(f"nested more than {DEPTH} deep")
    if not isinstance(tree, dict):
        return [(k, (*path, str(k)), branch) for k, branch in enumerate(tree)]
    for key in tree:
        if not (isinstance(key, str) and key.isascii() and key.isidentifier()):
            raise ValueError(f"keys of a tree must be identifiers such as 'base', got {key!r:.80}")
    return [(key, (*path, key), branch) for key, branch in tree.items()]


def _skeleton(tree, arrays, path=()):
    """The tree in JSON. Its leaves, each with `[dtype, shape, order]`, go into the dict `arrays` by
    name.
    """
    if type(tree) is dict:
        return [
            "dict",
            {key: _skeleton(branch, arrays, inner) for key, inner, branch in _branches(tree, path)},
        ]
    if type(tree) in (list, tuple):
        return [
            type(tree).__name__,
            [_skeleton(branch, arrays, inner) for _, inner, branch in _branches(tree, path)],
        ]
    name, dtype = "/".join(path) or "array", type(tree).__name__
    if isinstance(tree, (np.ndarray, np.generic)):
        dtype = tree.dtype.name
    if dtype not in FLOATS:
        raise TypeError(f"leaf {name} must be a float32 or float64 array, got {dtype} in params")
    array = np.asarray(tree)
    spec = [
        dtype,
        list(array.shape),
        "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C",
    ]
    arrays[name] = spec, array
    return ["array", *spec]


def _walk(node, leaf, path=()):
    """The tree that a skeleton stands for, with leaves `leaf(name, dtype, shape, order)`."""
    kind, *content = node
    if kind == "array":
        dtype, shape, order = content
        if (
            dtype not in FLOATS
            or order not in ("C", "F")
            or len(shape) > 32
            or any(type(n) is not int or n < 0 for n in shape)
        ):
            raise ValueError(f"damaged: no leaf is {content!r:.80}")
        return leaf("/".join(path) or "array", dtype, shape, order)
    if kind == "dict":
        return {
            key: _walk(branch, leaf, inner)
            for key, inner, branch in _branches(dict(content[0]), path)
        }
    parts = [_walk(branch, leaf, inner) for _, inner, branch in _branches(list(content[0]), path)]
    return {"list": list, "tuple": tuple}[kind](parts)


def _rebuild(plan, params):
    """The model of a plan, if `params` justify its size and turn out to be its own."""
    if not isinstance(plan, Plan):
        raise ValueError("damaged: it describes no model")
    with warnings.catch_warnings(), at_most(2**22 + 128 * count_params(params)):
        # The constructors already warned when the model was first made
        warnings.simplefilter("ignore")
        density = plan.build()
        own = density.init(np.random.default_rng(0), dtype=dtype_of(params))
        if not same_shapes(params, own):  # perhaps they hold batch norm's statistics
            will_hold((8, density.dim + density.context_dim))
            x = (
                np.random.default_rng(0)
                .uniform(0.25, 0.75, (8, density.dim))
                .astype(dtype_of(params))
            )
            context = np.zeros((8, density.context_dim), x.dtype) if density.context_dim else None
            if not same_shapes(params, density.freeze(own, x, context)):
                raise ValueError(f"params are not the parameters of this {plan.name}")
    return density
