"""The work that we time in this process: training steps, densities, draws.

Each function makes the tasks of one work.
"""

import functools

import numpy as np

from .cases import SIZES, TINYMAF
from .models import build
from .models.products import products
from .timing import Task

RATE = 1e-5  # Adam's: small, so that thousands of steps on one batch change nothing but the clock


def rows(n, dim, seed=0):
    """The same points for everybody."""
    return np.random.default_rng(seed).standard_normal((n, dim))


def _task(name, model, call, around=None):
    if around is None:
        return Task(name, call, model.finish)
    return Task(name, call, model.finish, around)


def as_in_fit(name, case):
    """The BLAS threads with which tinymaf's `fit` runs its steps.

    It is for tinymaf and for the bare products; others get nothing.
    """
    if name not in TINYMAF and not name.startswith(("plain", "products")):
        return None
    from tinymaf.engine.runtime import blas_threads_for

    sizes = [case.dim, *case.hidden, 2 * case.dim]
    return functools.partial(
        blas_threads_for, case.batch * max(a * b for a, b in zip(sizes, sizes[1:]))
    )


def training(names, kind, size):
    """Forward, backward and Adam for one batch; and the bare matrix products of such a step."""
    case, tasks = SIZES[size], []
    for name in names:
        model = build(name, kind, case)
        x = model.batch(rows(case.batch, case.dim))
        tasks.append(
            _task(name, model, functools.partial(model.update, x, RATE), as_in_fit(name, case))
        )
        if name == "FlowJAX":
            tasks.append(Task("FlowJAX's own step", model.own_step(x, RATE), model.finish))
    for dtype in ("float64", "float32"):
        name = f"products {dtype}"
        tasks.append(Task(name, products(kind, case, dtype), around=as_in_fit(name, case)))
    return tasks


def plain(names, kind, size):
    """The fused step beside its twin in plain autograd."""
    from tinymaf.definition import plain as in_plain

    case, tasks = SIZES[size], []
    for name in (n for n in names if n in TINYMAF):
        model = build(name, kind, case)
        x = model.batch(rows(case.batch, case.dim))
        around = as_in_fit(name, case)
        tasks.append(_task(name, model, functools.partial(model.update, x, RATE), around))
        twin = in_plain()(functools.partial(model.taped_update, x, RATE))
        tasks.append(_task("plain " + name.split()[1], model, twin, around))
    return tasks


def log_prob(names, kind, size):
    case = SIZES[size]
    return _densities(names, kind, case, rows(case.points, case.dim))


def frame(names, kind, size):
    """A 200 x 200 picture of a density in the plane."""
    axis = np.linspace(-3, 3, 200)
    grid = np.stack([a.ravel() for a in np.meshgrid(axis, axis, indexing="ij")], axis=1)
    return _densities(names, kind, SIZES[size], grid)


def _densities(names, kind, case, x):
    tasks = []
    for name in names:
        model = build(name, kind, case)
        tasks.append(_task(name, model, functools.partial(model.log_prob, model.batch(x))))
    return tasks


def sampling(names, kind, size):
    """Draws, and tinymaf's own `log_prob` of 1,000 points beside; at D = 784, 1,000 draws, too."""
    case, tasks = SIZES[size], []
    for name in names:
        # A call takes half a minute: one peer will do.
        if case.dim > 100 and name not in (*TINYMAF, "zuko"):
            continue
        model = build(name, kind, case)
        tasks.append(_task(name, model, functools.partial(model.sample, case.draws)))
        if name in TINYMAF:
            dtype, x = name.split()[1], model.batch(model.sample(1_000))
            if case.draws != len(x):
                call = functools.partial(model.sample, len(x))
                tasks.append(_task(f"1,000 {dtype}", model, call))
            call = functools.partial(model.log_prob, x)
            tasks.append(_task(f"log_prob {dtype}", model, call))
    return tasks


TIMED = {
    "training": training,
    "log_prob": log_prob,
    "sampling": sampling,
    "frame": frame,
    "plain": plain,
}


def wanted(work, kind, size):
    """Whether we measure a work for this kind and size."""
    if work == "frame":
        return size == "T2" and kind == "maf"
    if work == "plain":
        return size in ("T2", "T6") and kind == "maf"
    return kind == "maf" or size != "T784"
