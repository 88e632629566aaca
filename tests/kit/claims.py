"""A pytest plugin: what tests claim of trained models, and the seeds that they are trained with.

`claim(value, low, high, what)` fails outside its band. `python course.py bands` runs all tests with
the marker `trained` under other seeds (`--draw 7`) and on other BLAS kernels, and puts their claims
into the same table as the notebooks'.
"""

import json
import os

import numpy as np

# Names the file that claims go to, one JSON object a line; they then fail no test.
FILE = "TINYMAF_CLAIMS"
_at = {}


def claim(value, low, high, what):
    """Fail where a measured value lies outside its band; `None` leaves a side open.

    >>> claim(0.11, 0.05, None, "nats lost")
    >>> claim(0.01, 0.05, None, "nats lost")
    Traceback (most recent call last):
    AssertionError: nats lost: 0.01 lies outside the band from 0.05 to None
    """
    value = float(value)
    if os.environ.get(FILE) and _at:
        with open(os.environ[FILE], "a", encoding="utf-8") as file:
            row = dict(_at, what=what, low=low, high=high, value=value, exact=False)
            file.write(json.dumps(row) + "\n")
    elif not ((low is None or low <= value) and (high is None or value <= high)):
        raise AssertionError(f"{what}: {value:.4g} lies outside the band from {low} to {high}")


def pytest_addoption(parser):
    parser.addoption(
        "--draw",
        type=int,
        default=0,
        help="train and sample with other seeds: see `course.py bands`",
    )


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "trained: claims something about a trained model, by kit.claims.claim"
    )
    if draw := config.getoption("draw"):
        plain = np.random.default_rng
        np.random.default_rng = lambda seed=None: plain(
            [seed, draw] if isinstance(seed, (int, np.integer)) else seed
        )


def pytest_runtest_setup(item):
    _at.clear()
    if item.get_closest_marker("trained"):  # file names are unique: the folder need not be said
        _at.update(at=f"{item.path.name}::{item.nodeid.partition('::')[2]}")
