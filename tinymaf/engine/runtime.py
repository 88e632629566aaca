"""As many threads as the work deserves, and memory that is used again."""

import contextlib
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np


def n_threads():
    """The number of threads allowed: `OMP_NUM_THREADS`, else `OPENBLAS_NUM_THREADS`, else the
    cores.
    """
    asked = os.environ.get("OMP_NUM_THREADS") or os.environ.get("OPENBLAS_NUM_THREADS") or ""
    return max(1, int(asked)) if asked.isdigit() else os.cpu_count() or 1


@functools.cache
def _blas():
    """A handle on every BLAS loaded at the first call, NumPy's among them; None without
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
    """Run matrix products on one thread, then restore the number. Does nothing without
    threadpoolctl.

    A training step's products are small: a second thread gains nothing, and costs a lot once
    another process wants its core. The number belongs to the whole process. If several runs
    overlap, the first sets and restores it, and the others leave it alone.
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
    """`one_blas_thread()` if a step's largest product is small; otherwise all threads.

    On two cores the second thread makes a step with 512 hidden units and 100 rows 1.3 times faster,
    and one with 64 units and 256 rows slower.
    """
    return one_blas_thread() if multiplications < 2**24 else contextlib.nullcontext()


@functools.cache
def _helpers():
    # Kept, because BLAS takes some 3 ms to set up its memory at a new thread's first product.
    return ThreadPoolExecutor(3, "tinymaf")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # a fork copies no threads


WORTH_THREADS = 5e7  # with fewer multiplications, a second thread costs more than it brings


def threads_for(multiplications):
    """How many threads a pass through a net deserves, given its total number of multiplications."""
    return 1 if multiplications < WORTH_THREADS else min(n_threads(), 4)


def on_threads(part, threads):
    """Call `part(0)`, ..., `part(threads - 1)` at the same time, on at most 4 threads, each with
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
    """Slices of `range(n)`, at most `size` long and equally long but for the last, about as many
    for each thread.
    """
    size = max(1, -(-n // (threads * max(1, -(-n // (threads * size))))))
    return [slice(k, k + size) for k in range(0, n, size)]


class Reused:
    """Stands in for `np.empty`: after `rewind` it returns the same arrays in the same order.

    The system has to map and clear fresh memory, which for arrays of some 100 kB or more costs as
    much as the arithmetic in them. An array kept across a `rewind` will be overwritten.
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
    """Two `Reused` per thread, for layers that take turns: each reads what the last one wrote."""

    def __init__(self):
        self.two = Reused(), Reused()
