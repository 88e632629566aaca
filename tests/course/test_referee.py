"""The flow that notebook 12 audits: its faults are where they should be, and the data are what they
are said to be.
"""

import itertools

import numpy as np
import pytest

for name in ("ipywidgets", "threadpoolctl"):
    pytest.importorskip(name)

from tinymaf.checks import jacobians  # noqa: E402
from tinymaf_course.exercises import load as load_exercise  # noqa: E402
from tinymaf_course.exercises.notebook_12._planting import FAULTS, Maker, build, flow_with, planted  # noqa: E402
from tinymaf_course.judging import RIGHT, WRONG, verdict_on  # noqa: E402
from tinymaf_course.referee import SOURCE, chain, load, swiftflow, with_faults  # noqa: E402

log_det_audit, dependency_audit, leak_audit, mend, total_mass = (
    load_exercise(id).solution
    for id in ("log-det-audit", "dependency-audit", "leak-audit", "mend-the-flow", "total-mass")
)
FORMS = [(fault, form) for fault, (_, forms) in FAULTS.items() for form in forms]


# The data of known entropy


def test_the_entropy_is_exact():
    """h(x) = h(u) + E log|det dx/du|, by Gauss-Hermite quadrature and autograd's Jacobian."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(4)
    u = np.array(list(itertools.product(nodes, repeat=4)))
    w = np.prod(list(itertools.product(weights, repeat=4)), axis=1) / (2 * np.pi) ** 2
    assert w.sum() == pytest.approx(1)
    log_det = np.linalg.slogdet(jacobians(chain.u_to_x, u))[1]
    assert 2 * np.log(2 * np.pi * np.e) + w @ log_det == pytest.approx(chain.ENTROPY, abs=1e-10)


def test_the_log_density_belongs_to_the_samples():
    u = np.random.default_rng(0).standard_normal((50, 4))
    x = chain.u_to_x(u)
    log_det = np.linalg.slogdet(jacobians(chain.u_to_x, u))[1]
    log_p_u = -0.5 * np.sum(u**2 + np.log(2 * np.pi), axis=1)
    assert np.abs(chain.log_prob(x) - (log_p_u - log_det)).max() < 1e-10
    assert np.array_equal(chain.sample(np.random.default_rng(0), 50), x)


def test_it_integrates_to_one_and_scores_minus_the_entropy():
    mass = total_mass(chain.log_prob, 4, np.random.default_rng(1), 400_000)
    assert mass == pytest.approx(1, abs=0.05)
    log_p = chain.log_prob(chain.sample(np.random.default_rng(2), 100_000))
    assert abs(log_p.mean() + chain.ENTROPY) < 4 * log_p.std() / np.sqrt(len(log_p))


# The faults


def test_all_five_are_in_the_file_and_the_mended_file_is_sound():
    assert build(list(FAULTS)) == SOURCE
    assert mend(SOURCE) == build([])
    assert verdict_on(load_exercise("mend-the-flow"), lambda source: build([])).state == RIGHT


def test_a_fault_that_is_not_in_the_file_is_an_error(monkeypatch):
    monkeypatch.setitem(FAULTS, "sign", ("sound", {"as found": "no such line"}))
    with pytest.raises(ValueError, match="sign: the faulty line"):
        build([])


@pytest.mark.parametrize("fault, form", FORMS)
def test_each_form_alone_is_noticed_and_nothing_else(fault, form):
    verdict = verdict_on(load_exercise("mend-the-flow"), lambda source: build({fault: form}))
    assert verdict.state == WRONG and f"of the kind: {fault}" in verdict.complaint.what
    rng = np.random.default_rng(3)
    for seed in range(6):
        flow = flow_with({fault: form}, 3 + seed % 3, seed)
        assert planted(flow) == {fault}
        x = rng.standard_normal((4, flow.n_dims))
        if form != "sees itself":  # then log_det is wrong as well
            assert log_det_audit(flow, x) == {fault} & {"sign", "batch sum"}
        assert dependency_audit(flow, x) == {fault} & {"mask", "same order"}


@pytest.mark.parametrize(
    "forms", [{}, {"leak": "as found"}, {"leak": "early stopping"}, {"mask": "as found"}]
)
def test_the_leak_audit_is_right_at_many_seeds(forms):
    rng = np.random.default_rng(4)
    for seed in range(12):
        train, valid, test = rng.normal(1, 2, (3, 30, 2))
        assert leak_audit(Maker(forms, 2, seed), train, valid, test) == ("leak" in forms)


def test_the_round_trip_sees_none_of_the_five():
    x = chain.sample(np.random.default_rng(5), 5)
    for faults in [*([fault] for fault in FAULTS), list(FAULTS), []]:
        flow = with_faults(faults).Flow(4, seed=1)
        assert np.abs(flow.inverse(flow.forward(x)[0]) - x).max() < 1e-10


def test_the_strangers_module_is_itself():
    x = np.random.default_rng(6).standard_normal((5, 3))
    assert np.array_equal(
        load(SOURCE).Flow(3, seed=2).log_prob(x), swiftflow.Flow(3, seed=2).log_prob(x)
    )
    assert swiftflow.Flow(3).sample(7).shape == (7, 3)
