"""The table of docs/density.md: made of the committed results, and what it claims of them; one
small set anew.
"""

import json

import numpy as np
import pytest
from kit import ROOT

pytest.importorskip("sklearn")

from sklearn.neighbors import KernelDensity  # noqa: E402

from experiments import density_sets  # noqa: E402

FOUND = density_sets.lines(density_sets.read())


def test_the_page_shows_the_results():
    assert density_sets.markdown(FOUND) in (ROOT / "docs" / "density.md").read_text(
        encoding="utf-8"
    )


def test_there_are_enough_sets_and_splits():
    assert len([one for one in FOUND if one["splits"] == 5]) >= 20
    assert min(one["n"] for one in FOUND) <= 30 and max(one["n"] for one in FOUND) >= 30_000
    assert min(one["d"] for one in FOUND) == 1 and max(one["d"] for one in FOUND) >= 43


@pytest.mark.parametrize("one", FOUND, ids=lambda one: one["set"])
def test_it_is_never_far_below_the_best(one):
    assert one["gain"] > -0.3
    assert one["over_gaussian"] > -0.3


@pytest.mark.parametrize(
    "one", [one for one in FOUND if one["n"] >= 1000 and one["d"] > 2], ids=lambda one: one["set"]
)
def test_it_is_ahead_where_there_are_rows_enough(one):
    assert one["gain"] > max(0.2, one["error"] if one["splits"] > 1 else 0)


def test_a_small_set_anew(tmp_path, capsys):
    path = tmp_path / "results.jsonl"
    density_sets.main(["run", "iris, 30 rows", "--splits", "1", "--results", str(path)])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["method"] for line in lines] == list(density_sets.METHODS)
    by = {line["method"]: line for line in lines}
    assert by["flow"]["test"] > by["gaussian"]["test"] - 1 and by["flow"]["worst"] > -100
    assert sum(by["flow"]["weights"].values()) == pytest.approx(1, abs=0.01)
    capsys.readouterr()
    density_sets.main(
        ["run", "iris, 30 rows", "--splits", "1", "--results", str(path)]
    )  # there already
    assert not capsys.readouterr().out


def test_the_kernels_are_scikit_learns():
    rng = np.random.default_rng(0)
    x, test = rng.standard_normal((40, 3)), rng.standard_normal((9, 3))
    ours = density_sets.kernel_log_prob(x, 0.3, test)
    np.testing.assert_allclose(
        ours, KernelDensity(bandwidth=0.3).fit(x).score_samples(test), rtol=1e-9
    )


def test_splits_are_standardised_by_their_training_rows():
    x = density_sets.load("iris")
    train, test = density_sets.split(x, 1)
    assert (len(train), len(test)) == (120, 30)
    np.testing.assert_allclose(
        [train.mean(axis=0), train.std(axis=0)], [np.zeros(4), np.ones(4)], atol=1e-12
    )
    assert np.abs(test.mean(axis=0)).max() > 0.01
