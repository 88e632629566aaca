"""The same flow in each library: one file a library, imported only when that library is measured.

Each file has a class `Model(kind, case, dtype, seed, moved)` with

    n_params                    the number of trainable numbers
    describe()                  the shapes of one layer's weight matrices
    update(x, lr)               one training step on the rows of x:
                                the mean of -log p, its gradient, Adam
    batch(x)                    x as the library wants it
    log_prob(x)                 for a batch
    sample(n)
    finish(result)              waits for it, where calls return early
    numpy(result)
    change_of_variables(x)      log p from the library's own map and its Jacobian,
                                by automatic differentiation

`moved`: the library's initial parameters plus noise, since an untrained flow may be the identity;
for all but moons.
"""

import importlib
import importlib.util

FILES = {
    "tinymaf": "tinymaf_model",
    "zuko": "zuko_model",
    "nflows": "nflows_model",
    "normflows": "normflows_model",
    "FlowJAX": "flowjax_model",
}
NEEDS = {
    "tinymaf": ["tinymaf"],
    "zuko": ["torch", "zuko"],
    "nflows": ["torch", "nflows"],
    "normflows": ["torch", "normflows"],
    "FlowJAX": ["jax", "flowjax", "optax", "equinox", "paramax"],
}


def missing(library, find=importlib.util.find_spec):
    """Which of the packages that a library needs are not installed."""
    return [package for package in NEEDS[library] if find(package) is None]


def build(name, kind, case, seed=0, moved=True):
    """The model by the name of an implementation: "zuko", "tinymaf float64", ..."""
    library, _, dtype = name.partition(" ")
    return importlib.import_module(f".{FILES[library]}", __name__).Model(
        kind, case, dtype or "float32", seed, moved
    )
