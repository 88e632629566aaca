"""The models that were trained beforehand: they are what a training gives, and are small."""

import numpy as np
import pytest

pytest.importorskip("anywidget")

from tinymaf.datasets import TOYS  # noqa: E402
from tinymaf.trees import leaves  # noqa: E402
from tinymaf_course.explorers import _recorded as recorded  # noqa: E402
from tinymaf_course.explorers.__main__ import EXPLORERS  # noqa: E402

pytestmark = pytest.mark.long


def module(name):
    import importlib

    return importlib.import_module(f"tinymaf_course.explorers.{name}")


KEYS = {
    "couplings": lambda m: [(f"{a} {n}", m.flow_of(n, a)) for a in m.MASKS for n in m.COUNTS],
    "depth": lambda m: [(f"{a} {n}", m.flow_of(a, n)) for a in m.ORDERS for n in m.LAYERS],
    "film_strip": lambda m: [(f"{a} {n}", m.flow_of(a, n)) for a in m.NAMES for n in m.DEPTHS],
}


def test_the_command_makes_every_file_and_no_other():
    assert {path.stem for path in recorded.FOLDER.iterdir()} == set(EXPLORERS)
    assert sum(path.stat().st_size for path in recorded.FOLDER.iterdir()) < 400_000


@pytest.mark.parametrize("name", KEYS)
def test_a_file_has_the_parameters_of_every_model(name):
    found = KEYS[name](module(name))
    assert {key for key, _ in found} == set(recorded._file(name))
    for key, flow in found:
        params = recorded.params_of(name, key, flow)
        like = flow.init(np.random.default_rng(0))
        assert [a.shape for a in leaves(params)] == [a.shape for a in leaves(like)]
        assert all(np.isfinite(a).all() for a in leaves(params))


@pytest.mark.trained
@pytest.mark.parametrize(
    "name, toy, smallest",
    [
        ("couplings", "two moons", (1, "alternating")),
        ("depth", "figure1", ("good", 1)),
        ("film_strip", "two moons", ("reversed", 1)),
    ],
)
def test_the_smallest_model_made_anew_is_as_good_as_the_one_that_is_kept(name, toy, smallest):
    explorer, x = module(name), TOYS[toy].sample(np.random.default_rng(5), 4000)
    flow = explorer.flow_of(*smallest)
    key = " ".join(map(str, smallest[::-1] if name == "couplings" else smallest))
    kept = recorded.params_of(name, key, flow)
    nats = [-flow.log_prob(p, x).mean() for p in (explorer.train(*smallest), kept)]
    assert abs(nats[0] - nats[1]) < 0.05, nats


@pytest.mark.trained
def test_a_number_made_anew_is_near_the_one_that_is_kept():
    m = module("equal_parameters")
    for name in m.STYLES:
        assert abs(m.shortfall(2, 2, name) - m.recorded(2, 2, name)) < 0.1


def test_what_is_written_comes_back(tmp_path, monkeypatch):
    flow = module("depth").flow_of("same", 2)
    params = flow.init(np.random.default_rng(3))
    recorded.write("some", {"a": params}, tmp_path)
    recorded.write("numbers", {"b": 0.123456789}, tmp_path)
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    again = recorded.params_of("some", "a", flow)
    for one, other in zip(leaves(params), leaves(again)):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    assert recorded.numbers_of("numbers") == {"b": 0.12346}
