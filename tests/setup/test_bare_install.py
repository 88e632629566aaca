"""`pip install .` beside nothing but NumPy and autograd: the library imports there, and trains."""

from pathlib import Path

import autograd
import numpy
import pytest
from kit import ROOT
from kit.processes import python

TRAINS = """
import sys
sys.path[:0] = sys.argv[1:]
import numpy as np
import tinymaf
from autograd import numpy as anp
from tinymaf.datasets import TOYS

assert all(hasattr(tinymaf, name) for name in tinymaf.__all__)
toy = TOYS["figure1"]
x = toy.sample(np.random.default_rng(0), 500)
t = tinymaf
for flow in (t.maf(2, 2, (8,)), t.realnvp(2, 2, (8,)), t.nsf(2, 1, (8,)), t.MADE(2, (8,))):
    before = flow.log_prob(flow.init(np.random.default_rng(0)), x).mean()
    params = tinymaf.fit(flow, x, rng=np.random.default_rng(0), epochs=5, lr=1e-2).params
    assert flow.log_prob(params, x).mean() > before
    assert flow.sample(params, np.random.default_rng(0), 3).shape == (3, 2)
rng = np.random.default_rng(0)
t.fit_reverse_kl(t.iaf(2, 1, (8,)), lambda x: -anp.sum(x ** 2, axis=1), rng=rng, steps=3)
tinymaf.save("flow.npz", flow, params)
again, loaded = tinymaf.load("flow.npz")
assert (again.log_prob(loaded, x) == flow.log_prob(params, x)).all()
outside = {name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
beside = {"numpy", "autograd", "tinymaf", "cython_runtime"}         # the last one is NumPy's
print(sorted(name for name in outside - beside if not name.startswith("_")))
print(tinymaf.__file__)
"""


def test_the_library_trains_beside_numpy_and_autograd_alone(tmp_path):
    pytest.importorskip("flit_core")
    installed, beside = tmp_path / "installed", tmp_path / "beside"
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    pip = ["-m", "pip", "install", "--quiet", *offline, "--target", installed]
    python(*pip, ROOT, check=True, timeout=120)
    beside.mkdir()
    for package in (numpy, autograd):
        folder = Path(package.__file__).parent
        (beside / folder.name).symlink_to(folder)
    libraries = Path(numpy.__file__).parents[1] / "numpy.libs"
    if libraries.exists():
        (beside / "numpy.libs").symlink_to(libraries)
    bare = ["-S", "-E", "-W", "error", "-c", TRAINS]
    done = python(*bare, installed, beside, cwd=tmp_path, timeout=120)
    assert done.returncode == 0, done.stderr
    others, place = done.stdout.splitlines()
    assert others == "[]", "nothing else was there, and nothing else was asked for"
    assert Path(place).is_relative_to(installed)
