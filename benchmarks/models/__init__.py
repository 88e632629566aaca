"""The same flow in each library.

There is one file for each library. It is imported only when we measure that library. Each file has
a class `Model(kind, case, dtype, seed, moved)` with

    n_params                    the number of trainable numbers
    describe()                  the shapes of one layer's weight matrices
    update(x, lr)               takes one training step on the rows of x:
                                the mean of -log p, its gradient, Adam
    batch(x)                    x as the library wants it
    log_prob(x)                 of such a batch
    sample(n)                   n draws
    finish(result)              waits for the result, where calls return early
    numpy(result)               the result as an array of NumPy's
    change_of_variables(x)      log p from the library's own map and its Jacobian,
                                by automatic differentiation

`moved` adds noise to the library's initial parameters, since an untrained flow may be the identity.
It is on for all works but moons.
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
