"""The setting: threads for everybody, and what machine and versions the numbers belong to.

Set the threads before you import anything else.
"""

import datetime
import importlib.metadata
import os
import platform
import sys

PACKAGES = (
    "tinymaf",
    "numpy",
    "autograd",
    "threadpoolctl",
    "torch",
    "zuko",
    "nflows",
    "normflows",
    "jax",
    "jaxlib",
    "flowjax",
    "optax",
)


def set_threads(wanted=None):
    """Give this process and its children `wanted` cores, all by default; say what was done.

    We tie the process to that many cores, and every library's thread pool then finds them. We also
    tell PyTorch the number, and XLA by NPROC. We take away OMP_NUM_THREADS and its like: where one
    is set, tinymaf's `fit` leaves the BLAS threads to the user.
    """
    cores = (
        sorted(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else list(range(os.cpu_count() or 1))
    )
    count = min(wanted or len(cores), len(cores))
    removed = [
        name
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        if os.environ.pop(name, None)
    ]
    how = []
    if hasattr(os, "sched_setaffinity") and count < len(cores):
        os.sched_setaffinity(0, cores[:count])
        how.append(f"process tied to {count} of {len(cores)} cores")
    os.environ.update(BENCHMARK_THREADS=str(count), NPROC=str(count), PJRT_NPROC=str(count))
    if count == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        how.append("XLA_FLAGS=--xla_cpu_multi_thread_eigen=false")
    how.append(f"torch.set_num_threads({count}), NPROC={count} for XLA")
    how.append(
        "BLAS threads around tinymaf's training steps and the bare products as in tinymaf's "
        "`fit`: one below 2^24 multiplications a product, else all"
    )
    how += [f"{name} was set and is ignored" for name in removed]
    return count, "; ".join(how)


def _from_proc(path, key):
    try:
        with open(path, encoding="utf-8") as lines:
            return next(
                (line.partition(":")[2].strip() for line in lines if line.startswith(key)), ""
            )
    except OSError:
        return ""


def load():
    """How many processes wanted a core in the last minute."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def describe(threads, how):
    """What the report says of the machine, the versions, the command and the date."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    memory = _from_proc("/proc/meminfo", "MemTotal").split()
    return {
        "cpu": _from_proc("/proc/cpuinfo", "model name")
        or platform.processor()
        or platform.machine(),
        "cores": os.cpu_count(),
        "memory": f"{int(memory[0]) / 2**20:.0f} GiB" if memory else "unknown",
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": versions,
        "threads": threads,
        "threads_how": how,
        "load_at_start": load(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
    }
