"""Interleaved timing: in every repetition each implementation has its turn.

So a slow minute meets them all.
"""

import contextlib
import gc
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

LONG = 2.0  # seconds: what takes longer is called less often


@dataclass
class Task:
    """One implementation of some work.

    `call()` starts it; `finish(result)` waits where calls return early. `around` makes the context
    in which we time it; entering and leaving that does not count.
    """

    name: str
    call: Callable
    finish: Callable = lambda result: None
    around: Callable = contextlib.nullcontext


def seconds(task, calls, clock=time.perf_counter):
    """The seconds of one call, over `calls` calls one after another."""
    start = clock()
    for _ in range(calls):
        result = task.call()
    task.finish(result)
    return (clock() - start) / calls


def interleave(tasks, repeats=15, least=0.05, warm_ups=3, long_repeats=3, clock=time.perf_counter):
    """`(times, first)`: each task's seconds a call in each repetition, and those of its first call.

    At first we call each task `warm_ups` times. Then every task has its turn in every repetition,
    and each time another one begins. A turn is one call that we do not time, so that caches and
    threads settle, and then as many timed ones as fill `least` seconds.

    Work of more than 2 s a call has no further warm-up, and takes part in the first `long_repeats`
    repetitions only. Work of more than 20 s takes part in one, and its only call is both.
    """
    first, usual, times = {}, {}, {task.name: [] for task in tasks}
    for task in tasks:
        with task.around():
            usual[task.name] = first[task.name] = seconds(task, 1, clock)
            if first[task.name] > 10 * LONG:
                times[task.name].append(first[task.name])
                continue
            # A first call may compile.
            for _ in range(warm_ups - 1 if first[task.name] < LONG else 1):
                usual[task.name] = min(usual[task.name], seconds(task, 1, clock))
    for repeat in range(repeats):
        turn = repeat % len(tasks)
        for task in tasks[turn:] + tasks[:turn]:
            one = usual[task.name]
            if one > 10 * LONG or (one > LONG and repeat >= long_repeats):
                continue
            gc.collect()
            with task.around():
                if one < LONG:
                    seconds(task, 1, clock)
                times[task.name].append(
                    _without_gc(task, max(1, min(1000, math.ceil(least / max(one, 1e-9)))), clock)
                )
    return times, first


def _without_gc(task, calls, clock):
    gc.disable()
    try:
        return seconds(task, calls, clock)
    finally:
        gc.enable()


def median(times):
    return statistics.median(times) if times else math.nan


def ratio(ours, theirs):
    """The median ratio within repetitions: both are near in time, so a slow minute hits both."""
    return median([a / b for a, b in zip(ours, theirs)])


def fastest(times, names):
    """The name with the lowest median among those that were measured, or None."""
    there = [name for name in names if times.get(name)]
    return min(there, key=lambda name: median(times[name])) if there else None
