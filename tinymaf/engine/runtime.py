"""Threads in a number that suits the work, and memory that is used again."""

import contextlib
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np


def n_threads():
    """How many threads the user lets numerical code have: `OMP_NUM_THREADS`, or else the machine's
    cores.
    """
    asked = os.environ.get("OMP_NUM_THREADS") or os.environ.get("OPENBLAS_NUM_THREADS") or ""
    return max(1, int(asked)) if asked.isdigit() else os.cpu_count() or 1


@functools.cache
def _blas():
    """A handle on NumPy's BLAS (and what other BLAS is loaded at the first call); None without
    threadpoolctl.
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController().select(user_api="blas")


_taken = threading.Lock()


@contextlib.contextmanager
def one_blas_thread():
    """Matrix products on one thread, and afterwards on as many as before. Does nothing without
    threadpoolctl.

    The products of a training step are small: a second thread gains nothing, and costs a lot once
        another process
    wants its core. The number belongs to the whole process, so that of several runs that overlap
    the first sets and restores it, and the others leave it alone.
    """
    mine = _blas() and _taken.acquire(blocking=False)
    limiter = _blas().limit(limits=1) if mine else None
    try:
        yield
    finally:
        if mine:
            limiter.restore_original_limits()
            _taken.release()


def blas_threads_for(multiplications):
    """`one_blas_thread()` where the largest product of a step is small; else all that there are.

    On two cores the second thread makes a step of 512 hidden units and 100 rows 1.3 times faster,
    and one of 64 units and 256 rows slower.
    """
    return one_blas_thread() if multiplications < 2**24 else contextlib.nullcontext()


@functools.cache
def _helpers():
    # Kept: in a new thread BLAS sets up memory of its own, at its first product, which takes some 3
    # ms.
    return ThreadPoolExecutor(3, "tinymaf")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # threads do not come along


WORTH_THREADS = 5e7  # multiplications, below which a second thread costs more than it brings


def threads_for(multiplications):
    """How many threads a pass through a net is worth whose products have that many multiplications
    in all.
    """
    return 1 if multiplications < WORTH_THREADS else min(n_threads(), 4)


def on_threads(part, threads):
    """Calls `part(0)`, ..., `part(threads - 1)` at the same time, for at most 4 threads, each with
    its own products.
    """
    if threads == 1:
        return part(0)
    with one_blas_thread():
        others = [_helpers().submit(part, k) for k in range(1, threads)]
        try:
            part(0)
        finally:
            wait(others)
    for other in others:
        other.result()  # raises what it raised


def chunks(n, size, threads):
    """Slices of `range(n)`, none longer than `size`, equally many for each thread and equally long
    but for the last.
    """
    size = max(1, -(-n // (threads * max(1, -(-n // (threads * size))))))
    return [slice(k, k + size) for k in range(0, n, size)]


class Reused:
    """Stands in for `np.empty`: after `rewind` it gives the same arrays in the same order.

    Fresh memory has to be mapped and cleared by the system, which for arrays of some 100 kB and
    more costs as much as the arithmetic in them. Who holds an array over a `rewind` holds one that
    will be overwritten.
    """

    def __init__(self):
        self.arrays, self.next = [], 0

    def rewind(self):
        self.next = 0

    def __call__(self, shape, dtype):
        k, self.next = self.next, self.next + 1
        if k == len(self.arrays):
            self.arrays.append(np.empty(shape, dtype))
        elif self.arrays[k].shape != shape or self.arrays[k].dtype != dtype:
            self.arrays[k] = np.empty(shape, dtype)
        return self.arrays[k]


class OwnMemory(threading.local):
    """For each thread two `Reused` of its own, for layers that take turns: one reads what the one
    before it wrote.
    """

    def __init__(self):
        self.two = Reused(), Reused()
