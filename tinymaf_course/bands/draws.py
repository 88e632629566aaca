"""The draws of a notebook: seeds, BLAS kernels, threads. Each runs in a process of its own.

Every subject keeps its draws in a file. While its code and the library stay as they are, no draw
runs twice, and a run that was stopped goes on where it ended.
"""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import product
from pathlib import Path

from ..claims import inside as lies_inside
from ..source import read_source

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ["Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX"]  # OpenBLAS' names of processors
NEEDED = {"Sandybridge": "AVX", "Haswell": "AVX2", "Zen": "AVX2", "SkylakeX": "AVX512_SKX"}
SECONDS = 900


def kernels(environment=os.environ, features=None):
    """`(names, remark)`: the OpenBLAS kernels that can compute here, and why others cannot.

    A machine may pin OPENBLAS_CORETYPE, for instance because an older OpenBLAS is wrong on it. Then
    it stays pinned.

    >>> kernels({"OPENBLAS_CORETYPE": "Haswell"})[0]
    ['Haswell']
    >>> kernels({}, {"AVX": True, "AVX2": True, "AVX512_SKX": False})
    (['Nehalem', 'Sandybridge', 'Haswell', 'Zen'], 'this processor cannot run kernels of SkylakeX')
    """
    pinned = environment.get("OPENBLAS_CORETYPE")
    if pinned:
        return [
            pinned
        ], f"OPENBLAS_CORETYPE is pinned to {pinned} on this machine: other kernels are left out"
    if features is None:
        from numpy._core._multiarray_umath import __cpu_features__ as features
    if "AVX" not in features:
        return [""], "this processor is none of OpenBLAS' x86 family: its own kernels alone"
    able = [name for name in KERNELS if name not in NEEDED or features.get(NEEDED[name])]
    left_out = [name for name in KERNELS if name not in able]
    return (
        able,
        f"this processor cannot run kernels of {', '.join(left_out)}" if left_out else "",
    )


def plan(seeds, kernels):
    """Which draws to make: [(seed, kernel, threads)].

    Seed 0, the notebook's own seeds, runs on each kernel with one thread and two. Then `seeds` - 1
    others take the kernels in turn.

    >>> plan(3, ["Haswell", "Zen"])[:4]
    [(0, 'Haswell', 1), (0, 'Zen', 1), (0, 'Haswell', 2), (0, 'Zen', 2)]
    >>> plan(3, ["Haswell", "Zen"])[4:]
    [(1, 'Haswell', 1), (2, 'Zen', 1)]
    """
    own = [(0, kernel, threads) for threads in (1, 2) for kernel in kernels]
    return own + [(seed, kernels[(seed - 1) % len(kernels)], 1) for seed in range(1, seeds)]


def code_of(*folders):
    """The Python files below these folders of the checkout, joined."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return "\0".join(path.read_text(encoding="utf-8") for path in paths)


def fingerprint(*texts):
    """A hash of all that a draw's numbers come from: the code that claims, and the library."""
    return hashlib.sha256("\0".join([*texts, code_of("tinymaf")]).encode()).hexdigest()[:16]


class _Values(ast.NodeTransformer):
    """Takes out of the code what no value depends on: bands, and words that are only said."""

    def visit_Call(self, node):
        self.generic_visit(node)
        name = getattr(node.func, "id", "")
        if name in ("in_band", "claim") and len(node.args) == 4:
            node.args[1:3] = []
        if name == "show":
            node.args = [one for one in node.args if not isinstance(one, ast.Constant)]
            node.keywords = []
        return node

    def visit_Expr(self, node):
        if getattr(getattr(node.value, "func", None), "id", "") in ("predict", "reveal"):
            return None
        return self.generic_visit(node)


def values_of(text):
    """The code without the ends of its bands and without its words. No value depends on those.

    >>> values_of("in_band(f(x), 0, 1.5, 'nats')") == values_of("in_band(f(x), 1, 2, 'nats')")
    True
    """
    return ast.dump(_Values().visit(ast.parse(text)))


class Notebook:
    """The claims of a notebook: `in_band` and `confirm` in its cells, with the exercises solved."""

    place = "cell"

    def __init__(self, source):
        self.source, self.name = Path(source), Path(source).stem
        cells = read_source(source, "solutions").cells
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        self.code = fingerprint(*map(values_of, code))
        self.bands = fingerprint(*code)

    def run(self, seed, environment):
        """`(claims, errors)` of one draw."""
        command = [sys.executable, "-m", "tinymaf_course.bands.replay", str(self.source), str(seed)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS
        )
        try:
            return json.loads(done.stdout)
        except ValueError:
            return [], [{"at": "the start", "error": done.stderr.decode(errors="replace")[-300:]}]


class Tests:
    """The claims of tests marked `trained`, in the files whose names fit a pattern."""

    place = "test"

    def __init__(self, name, pattern):
        self.name = name
        texts = {
            path: path.read_text(encoding="utf-8")
            for path in sorted((ROOT / "tests").rglob("test_*.py"))
            if re.fullmatch(pattern, path.stem)
        }
        self.files = [path for path, text in texts.items() if "mark.trained" in text]
        texts = [texts[path] for path in self.files]
        folders = [ROOT / "tinymaf_course" / one for one in ("explorers", "playground")]
        shown = code_of(*folders) if "explorers" in name else ""
        self.code = fingerprint(*map(values_of, texts), shown)
        self.bands = fingerprint(*texts, shown)

    def run(self, seed, environment):
        """`(claims, errors)` of one draw."""
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder, "claims")
            command = [
                sys.executable,
                "-m",
                "pytest",
                *map(str, self.files),
                "-m",
                "trained",
                "--full",  # those too that are left out by default
                "-q",
                f"--draw={seed}",
                "-p",
                "no:cacheprovider",
            ]
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**environment, "TINYMAF_CLAIMS": str(told)},
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
            lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
        failed = re.findall(
            r"^(?:FAILED|ERROR) (?:tests/(?:[a-z]+/)?)?(.*)$", done.stdout, re.MULTILINE
        )
        return [json.loads(line) for line in lines], [
            {"at": "a test", "error": line} for line in failed
        ]


class Store:
    """The draws of one subject's present code."""

    def __init__(self, folder, subject, fresh=False):
        self.path = Path(folder) / f"{subject.name}.jsonl"
        self.subject = subject
        lines = (
            self.path.read_text(encoding="utf-8").splitlines()
            if self.path.exists() and not fresh
            else []
        )
        self.draws = [draw for draw in map(json.loads, lines) if draw["code"] == subject.code]
        if self.draws and all(draw["bands"] != subject.bands for draw in self.draws):
            del self.draws[0]  # one draw is made again: it says what the bands are now
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(
            "".join(json.dumps(draw) + "\n" for draw in self.draws), encoding="utf-8"
        )

    def lacks(self, draw):
        return list(draw) not in [[d["seed"], d["kernel"], d["threads"]] for d in self.draws]

    def make(self, draw):
        """Run one draw: `(claims, errors)`."""
        seed, kernel, threads = draw
        environment = {
            **os.environ,
            "OPENBLAS_NUM_THREADS": str(threads),
            "PYTHONHASHSEED": "0",
            "TINYMAF_QUIET": "1",
        }
        if kernel:
            environment["OPENBLAS_CORETYPE"] = kernel
        try:
            return self.subject.run(seed, environment)
        except subprocess.TimeoutExpired:
            return [], [{"at": "the end", "error": f"not done after {SECONDS} s"}]

    def add(self, draw, claims, errors):
        row = dict(
            zip(("seed", "kernel", "threads"), draw),
            code=self.subject.code,
            bands=self.subject.bands,
            claims=claims,
            errors=errors,
        )
        self.draws.append(row)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def all_subjects(sources):
    """Every notebook, and the tests in three parts."""
    return [
        *map(Notebook, sources),
        Tests("tests_explorers", "test_(explorers|playground).*"),
        Tests("tests_vae", "test_vae"),
        Tests("tests_library", "(?!test_(explorers|playground|vae)).*"),
    ]


def run_all(stores, draws, say=print):
    """Run what the stores lack, on every core, and keep each draw at once."""
    missing = [(store, draw) for draw, store in product(draws, stores) if store.lacks(draw)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(store.make, draw): (store, draw) for store, draw in missing}
        for done in as_completed(running):
            store, draw = running[done]
            claims, errors = done.result()
            store.add(draw, claims, errors)
            out = [claim for claim in claims if not inside(claim)]
            say(
                f"{store.subject.name}, {in_words(draw)}: "
                f"{len(claims)} claims, {len(out)} outside, "
                f"{len(errors)} error(s)",
                flush=True,
            )


def in_words(draw):
    """Seed, kernels and threads of a draw."""
    seed, kernel, threads = draw
    return f"seed {seed}, {kernel or 'own'} kernels, {threads} thread{'s' * (threads > 1)}"


def inside(claim):
    """Does the claim's value lie in its band?"""
    return lies_inside(claim["value"], claim["low"], claim["high"])
