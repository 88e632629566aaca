"""What runs in a process of its own: `python -m benchmarks.child WORK NAME SIZE`.

So the imports and the memory count. It prints one line of JSON. It imports the one library that it
measures, and nothing else that is large.
"""

import contextlib
import json
import math
import resource
import sys
import time

import numpy as np

from .cases import SIZES
from .models import build

LEARNING_RATE, STEPS, EVERY, BATCH = 5e-3, 2_000, 25, 256


def alone(name, size):
    """The context of tinymaf's training steps: BLAS threads as in its `fit`."""
    from .works import as_in_fit

    around = as_in_fit(name, SIZES[size])
    return around() if around else contextlib.nullcontext()


def peak_memory():
    """The peak in MB. It reads /proc if it can: in ru_maxrss a child inherits its parent's."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
            1024**2 if sys.platform == "darwin" else 1024
        )


def train(name, size, steps=20):
    """`{"done", "memory"}`: the clock after the first step, the peak in MB after all of them."""
    case, done = SIZES[size], None
    with alone(name, size):
        model = build(name, "maf", case)
        x = model.batch(np.random.default_rng(0).standard_normal((case.batch, case.dim)))
        for _ in range(steps):
            model.finish(model.update(x, 1e-5))
            done = done or time.time()
    return {"done": done, "memory": peak_memory()}


def moons(name, size, path, target, seed, steps=STEPS):
    """Train on two moons until the held-out score is within reach: `{"done", "steps", "score"}`.

    Everybody starts from the library's own initial parameters and keeps its defaults (tinymaf clips
    gradients). Everybody takes batches of 256 and Adam at 5e-3 with a cosine decay over `steps`
    steps, and looks at the same held-out points every 25 steps. Where `target` is None, it runs to
    the end and reports the best score.
    """
    data, rng, best = np.load(path), np.random.default_rng(seed), math.inf
    with alone(name, size):
        model = build(name, "maf", SIZES[size], seed, moved=False)
        held_out = model.batch(data["held_out"])
        for step in range(1, steps + 1):
            batch = model.batch(data["train"][rng.integers(len(data["train"]), size=BATCH)])
            loss = model.update(
                batch, LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * (step - 1) / steps))
            )
            if step % EVERY == 0:
                model.finish(loss)
                best = min(best, -float(np.mean(model.numpy(model.log_prob(held_out)))))
                if target is not None and best <= target:
                    break
    return {
        "done": time.time(),
        "steps": step,
        "score": best,
        "reached": target is None or best <= target,
    }


def main(work, name, size, *rest):
    if work == "train":
        return train(name, size, *map(int, rest))
    path, target, seed, steps = rest
    return moons(
        name, size, path, None if target == "none" else float(target), int(seed), int(steps)
    )


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
