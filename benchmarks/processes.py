"""Work whose time begins with a fresh process: first step, peak memory, two moons."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from .child import STEPS

ROOT = Path(__file__).parent.parent
CONVERGED_STEPS, REACH = 8_000, 0.02


def run(*arguments, timeout=900):
    """What `benchmarks.child` reports, and the seconds from its start to its `done`."""
    start = time.time()
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", *map(str, arguments)],
        cwd=ROOT,
        check=True,
        timeout=timeout,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    report = json.loads(found.stdout.splitlines()[-1])
    return {**report, "seconds": report["done"] - start}


def in_turn(names, repeats, one, discard):
    """`{name: [values]}`: in each repetition every name has its turn.

    First come `discard` rounds, which warm the disk and do not count.
    """
    found = {name: [] for name in names}
    for repeat in range(repeats + discard):
        for name in names:
            value = one(name, repeat)
            if repeat >= discard:
                found[name].append(value)
    return found


def fresh(names, size, repeats=5, discard=1):
    """`(seconds, megabytes)`.

    The seconds run from the start of a process to the end of its first training step. The megabytes
    are its peak over 20 steps.
    """
    reports = in_turn(names, repeats, lambda name, _: run("train", name, size), discard)
    return [
        {name: [report[what] for report in found] for name, found in reports.items()}
        for what in ("seconds", "memory")
    ]


def moons(names, repeats=3, steps=STEPS, converged_steps=CONVERGED_STEPS, discard=1):
    """`(times, facts)`: seconds to within 0.02 nats of the converged MAF(5), and what that means.

    Imports count. A run that ended without getting there counts as infinite. Each repetition has
    its own seed.
    """
    from tinymaf.datasets import TOYS

    rng, toy = np.random.default_rng(0), TOYS["two moons"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "moons.npz"
        np.savez(path, train=toy.sample(rng, 50_000), held_out=toy.sample(rng, 5_000))
        truth = -float(np.mean(toy.log_prob(np.load(path)["held_out"])))
        converged = run("moons", "tinymaf float32", "T2", path, "none", 0, converged_steps)["score"]
        needed = {name: [] for name in names}

        def one(name, repeat):
            if repeat < discard:
                return run("train", name, "T2")
            report = run("moons", name, "T2", path, converged + REACH, repeat, steps)
            needed[name].append(report["steps"] if report["reached"] else None)
            return report["seconds"] if report["reached"] else float("inf")

        times = in_turn(names, repeats, one, discard)
    return times, {
        "converged": converged,
        "truth": truth,
        "reach": REACH,
        "steps": needed,
        "of_steps": steps,
        "converged_steps": converged_steps,
    }
