"""What a step in plain autograd spends its time on: `python -m benchmarks.tape`.

And what changes when each flow is one node. We watch every node of the tape: how long its operation
takes in NumPy alone, how long with the bookkeeping, how long its vector-Jacobian product takes.
"""

import contextlib
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import autograd.numpy as np
from autograd.core import VJPNode, vspace
from autograd.core import backward_pass as _backward_pass
from autograd.tracer import getval, trace
from autograd.util import toposort

from .cases import SIZES
from .models import build
from .timing import median
from .works import rows

ITSELF, RECORDING, ADDING = "the operations themselves", "recording them", "way back: adding up"
BACK = {
    "container_take": "way back: parameter lists",
    "dot": "way back: products",
    "_run_log_prob": "way back: the fused node",
}
GROUPS = (ITSELF, RECORDING, *BACK.values(), "way back: the other operations", ADDING, "Adam")


class Watched(VJPNode):
    """A node that remembers its operation and times its vector-Jacobian product."""

    __slots__ = ("name", "again", "spent")

    def __init__(self, value, fun, args, kwargs, parent_argnums, parents):
        super().__init__(value, fun, args, kwargs, parent_argnums, parents)
        self.name, self.spent, vjp = fun.__name__, 0.0, self.vjp
        self.again = (fun, args, kwargs)

        def timed(g):
            start = time.perf_counter()
            result = vjp(g)
            self.spent += time.perf_counter() - start
            return result

        self.vjp = timed

    def initialize_root(self):
        super().initialize_root()
        self.name, self.again, self.spent = "root", None, 0.0


def step(model, x):
    """`(nodes by name, seconds by group)` of one training step."""

    def objective(params):
        return -np.mean(model.flow.log_prob(params, x))

    clock = time.perf_counter
    start = clock()
    value, end = trace(Watched.new_root(), objective, model.params)
    forward = clock() - start
    start = clock()
    grads = _backward_pass(vspace(value).ones(), end)
    backward = clock() - start
    start = clock()
    model.adam.lr = 1e-5
    model.adam.step(model.params, grads)
    spent = defaultdict(float, {"Adam": clock() - start})
    nodes = [node for node in toposort(end) if node.again]
    for node in nodes:
        spent[BACK.get(node.name, "way back: the other operations")] += node.spent
        fun, args, kwargs = node.again
        raw = getattr(fun, "fun", fun)
        args, kwargs = [getval(a) for a in args], {k: getval(v) for k, v in kwargs.items()}
        start = clock()
        raw(*args, **kwargs)
        spent[ITSELF] += clock() - start
    spent[RECORDING] = max(0.0, forward - spent[ITSELF])
    spent[ADDING] = max(0.0, backward - sum(node.spent for node in nodes))
    return Counter(node.name for node in nodes), spent


def profile(size="T2", dtype="float64", repeats=60):
    """Plain and fused: how many nodes, and how many ms a step each group takes (medians).

    A step without the watch is timed, too.
    """
    from tinymaf.definition import plain
    from tinymaf.engine.runtime import one_blas_thread

    case, found = SIZES[size], {}
    for name, mode in (("plain autograd", plain), ("one node a flow", contextlib.nullcontext)):
        model = build(f"tinymaf {dtype}", "maf", case)
        x = model.batch(rows(case.batch, case.dim))
        with mode(), one_blas_thread():
            for _ in range(5):
                counts, _ = step(model, x)
            spent = [step(model, x)[1] for _ in range(repeats)]
            plainly = []
            for _ in range(repeats):
                start = time.perf_counter()
                model.taped_update(x, 1e-5)
                plainly.append(time.perf_counter() - start)
        found[name] = {
            "nodes": dict(counts.most_common()),
            "ms": 1e3 * median(plainly),
            "groups": {g: 1e3 * median([s[g] for s in spent]) for g in GROUPS},
        }
    return found


def picture(found, path):
    """One bar for each way, stacked by what takes the time."""
    from tinymaf import plotting

    plotting.use_style()
    fig, ax = plotting.new_figure(size=(7.2, 2.9))
    colors = [
        plotting.GREEN,
        plotting.GREY,
        plotting.ORANGE,
        "#E69F00",
        "#56B4E9",
        plotting.PINK,
        "#F0E442",
        plotting.BLUE,
    ]
    names = list(found)
    left = [0.0] * len(names)
    for group, color in zip(GROUPS, colors):
        widths = [found[name]["groups"][group] for name in names]
        ax.barh(names, widths, left=left, color=color, label=group, height=0.55)
        left = [a + b for a, b in zip(left, widths)]
    for k, name in enumerate(names):
        ax.text(left[k], k, f"  {sum(found[name]['nodes'].values())} nodes", va="center")
    ax.invert_yaxis()
    ax.set_xlim(0, 1.15 * max(left))
    ax.set_xlabel("ms a training step")
    fig.legend(loc="outside lower center", ncols=3, fontsize=8)
    fig.savefig(path)


def main(folder=None):
    from .report import tape_table

    folder = Path(folder or Path(__file__).parent / "results")
    found = profile()
    folder.mkdir(parents=True, exist_ok=True)
    picture(found, folder / "tape.png")
    for name, facts in found.items():
        print(f"{name}:", ", ".join(f"{n} {k}" for k, n in facts["nodes"].items()))
    print(tape_table(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
