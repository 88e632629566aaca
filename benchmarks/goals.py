"""The goals, in one table, and whether the measured times reach them."""

import math
from dataclasses import dataclass

from .cases import JAX, PEERS, TORCH
from .timing import fastest, median, ratio

F64, F32, TORCH_WORDS = "tinymaf float64", "tinymaf float32", "fastest of zuko, nflows, normflows"


@dataclass(frozen=True)
class Goal:
    """`ours / theirs <= limit` for one work at each of the sizes; `>=` where `at_least`.

    The worst size decides. `theirs` is a tuple of names, of which the fastest counts, or a number
    of seconds.
    """

    what: str
    against: str
    limit: float
    work: str
    sizes: tuple
    ours: str
    theirs: tuple | float
    kind: str = "maf"
    at_least: bool = False


def _steps(sizes, ours, limits, kind="maf"):
    words = (
        f"training step, {' and '.join(sizes)} {'MAF' if kind == 'maf' else 'RealNVP'}, "
        f"{ours.split()[1]}"
    )
    return [
        Goal(words, against, limit, "training", sizes, ours, theirs, kind)
        for (against, theirs), limit in limits
    ]


TORCHES, JITTED, ZUKO = (TORCH_WORDS, TORCH), ("FlowJAX jitted", JAX), ("zuko", ("zuko",))
DRAW = "sampling 1,000 points from a MAF, float32"
GOALS = [
    *_steps(("T2", "T6"), F64, [(TORCHES, 0.40), (JITTED, 0.80)]),
    *_steps(("T2", "T6"), F32, [(TORCHES, 0.25), (JITTED, 0.55)]),
    *_steps(
        ("T43", "T64"),
        F32,
        [
            (TORCHES, 0.65),
            (JITTED, 0.85),
            (("the bare dense matrix products", ("products float32",)), 1.5),
        ],
    ),
    *_steps(("T2",), F64, [(TORCHES, 0.40)], "realnvp"),
    *_steps(("T43",), F32, [(ZUKO, 0.80), (JITTED, 1.0)], "realnvp"),
    Goal(
        "log_prob of 10,000 points, T43 and T64 MAF, float32",
        "fastest peer",
        0.95,
        "log_prob",
        ("T43", "T64"),
        F32,
        PEERS,
    ),
    Goal(
        "log_prob of 10,000 points, T2 MAF, float32 (a stretch)",
        "fastest peer",
        1.0,
        "log_prob",
        ("T2",),
        F32,
        PEERS,
    ),
    Goal(
        DRAW,
        "own log_prob of as many points",
        2.0,
        "sampling",
        ("T2", "T6", "T43", "T64"),
        F32,
        ("log_prob float32",),
    ),
    Goal(
        DRAW + ", D = 784",
        "own log_prob of as many points",
        2.0,
        "sampling",
        ("T784",),
        "1,000 float32",
        ("log_prob float32",),
    ),
    *[
        Goal(DRAW, "fastest peer", limit, "sampling", (size,), F32, PEERS)
        for size, limit in (("T2", 0.6), ("T6", 0.3), ("T43", 0.05), ("T64", 0.03))
    ],
    Goal(
        "sampling 100 points, D = 784, float32", "zuko", 0.01, "sampling", ("T784",), F32, ("zuko",)
    ),
    Goal("200 x 200 density frame, T2 MAF, float32", "33 ms", 1.0, "frame", ("T2",), F32, 0.033),
    Goal("200 x 200 density frame, T2 MAF, float32", "zuko", 0.5, "frame", ("T2",), F32, ("zuko",)),
    Goal(
        "plain autograd twin, T2 and T6 MAF, float64",
        "the fused step",
        4.0,
        "plain",
        ("T2", "T6"),
        "plain float64",
        (F64,),
        at_least=True,
    ),
    Goal(
        "start of process to first training step, T2",
        "zuko",
        0.15,
        "start",
        ("T2",),
        F32,
        ("zuko",),
    ),
    Goal(
        "start of process to first training step, T2", "FlowJAX", 0.05, "start", ("T2",), F32, JAX
    ),
    Goal("peak memory, T2 and T43 training", "zuko", 0.3, "memory", ("T2", "T43"), F32, ("zuko",)),
    Goal(
        "two moons to within 0.02 nats of the converged MAF(5), import included",
        "zuko",
        0.5,
        "moons",
        ("T2",),
        F32,
        ("zuko",),
    ),
    Goal(
        "two moons to within 0.02 nats of the converged MAF(5), import included",
        "FlowJAX",
        0.5,
        "moons",
        ("T2",),
        F32,
        JAX,
    ),
]


def key(work, kind, size):
    return f"{work} {kind} {size}"


def value(goal, size, times):
    """The ratio at one size, or None where something was not measured."""
    found = times.get(key(goal.work, goal.kind, size), {})
    if not found.get(goal.ours):
        return None
    if isinstance(goal.theirs, float):
        return median(found[goal.ours]) / goal.theirs
    rival = fastest(found, goal.theirs)
    if rival is None:
        return None
    ours, theirs = found[goal.ours], found[rival]
    if all(map(math.isfinite, [*ours, *theirs])):
        return ratio(ours, theirs)
    # One of them never got there: its seconds are infinite.
    return median(ours) / median(theirs) if math.isfinite(median(ours)) else math.inf


def outcome_of(goal, times):
    """`{"what", "against", "limit", "values": {size: ratio}, "outcome"}`."""
    values = {size: value(goal, size, times) for size in goal.sizes}
    known = [v for v in values.values() if v is not None]
    good = all(v >= goal.limit if goal.at_least else v <= goal.limit for v in known)
    if not known:
        outcome = "not measured"
    elif not good:
        outcome = "MISS"
    else:
        outcome = "PASS" if len(known) == len(values) else "partly"
    return {
        "what": goal.what,
        "against": goal.against,
        "limit": goal.limit,
        "at_least": goal.at_least,
        "values": values,
        "outcome": outcome,
    }


def outcomes(times, goals=GOALS):
    return [outcome_of(goal, times) for goal in goals]
