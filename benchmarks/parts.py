"""The parts of a run: each measures one kind of work and puts what it finds into the results.

`o` are the options, `peers` the libraries that are installed.
"""

from . import processes, tape, works
from . import scaling as growth
from .cases import TINYMAF
from .goals import key
from .timing import interleave, median


def note(results, place, say):
    """Say the medians of one place in the results."""
    found = results["times"][place].items()
    say(f"{place}: {', '.join(f'{name} {median(t):.4g}' for name, t in found if t)}")


def least(o):
    """How many seconds short work is repeated for."""
    return 0.01 if o.quick else 0.05


def few(o):
    """How many repetitions costly work gets."""
    return 1 if o.quick else min(5, o.repeats)


def places(o):
    """(work, kind, size) of all that is timed within this process."""
    return [
        (work, kind, size)
        for work in o.only
        if work in works.TIMED
        for kind in o.kinds
        for size in o.sizes
        if works.wanted(work, kind, size)
    ]


def timed(o, peers, results, say):
    """Time steps, densities and draws, all implementations in turn."""
    for work, kind, size in places(o):
        place = key(work, kind, size)
        tasks = works.TIMED[work]([*TINYMAF, *peers], kind, size)
        results["times"][place], first = interleave(tasks, o.repeats, least(o))
        if "FlowJAX" in first:
            results["first_calls"][place] = first["FlowJAX"]
        note(results, place, say)


def fresh(o, peers, results, say):
    """How long fresh processes take to start (at T2 alone), and their peak memory."""
    left_out = ("nflows", "normflows") if o.quick else ()
    compared = [TINYMAF[1], *(name for name in peers if name not in left_out)]
    for size, asked in (("T2", ("start", "memory")), ("T43", ("memory",))):
        kept = [work for work in asked if work in o.only and size in o.sizes]
        if not kept:
            continue
        found = processes.fresh(compared, size, few(o), discard=0 if o.quick else 1)
        for work, values in zip(("start", "memory"), found):
            if work in kept:
                place = key(work, "maf", size)
                results["times"][place] = values
                note(results, place, say)


def plain(o, peers, results, say):
    """Where the time of a step in plain autograd goes."""
    if "plain" in o.only and "T2" in o.sizes:
        results["tape"] = tape.profile(repeats=20 if o.quick else 100)


def moons(o, peers, results, say):
    """How long training on two moons takes until it has converged."""
    if "moons" in o.only:
        compared = [TINYMAF[1], *(name for name in peers if name in ("zuko", "FlowJAX"))]
        found = processes.moons(compared, few(o), discard=0 if o.quick else 1)
        results["times"]["moons maf T2"], results["moons"] = found
        note(results, "moons maf T2", say)


def scaling(o, peers, results, say):
    """How the cost grows with D and with the hidden width."""
    if "scaling" in o.only:
        smaller = {"dims": (2, 8, 32), "widths": (32, 128, 512)} if o.quick else {}
        results["scaling"] = growth.measure(
            [*TINYMAF, *peers], min(5, o.repeats), least(o), say=say, **smaller
        )


PARTS = [timed, fresh, plain, moons, scaling]
