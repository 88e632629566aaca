"""The paper's table as data: whole, in step with what the grid publishes, its erratum undone."""

import numpy as np
import pytest

from experiments.grid import PUBLISHED
from experiments.table import NAMES
from tinymaf_course.records import paper


def test_it_is_whole():
    assert len(paper.TABLE) == 8 and len(paper.COLUMNS) == 9 == len(set(paper.COLUMNS))
    assert all(len(values) == 9 and np.isfinite(values).all() for values in paper.TABLE.values())
    assert list(paper.DIMS) == list(paper.COLUMNS)
    assert paper.DIMS["MNIST"] == 28 * 28 and paper.DIMS["CIFAR-10"] == 32 * 32 * 3


def test_the_grid_publishes_the_same_figures():
    """The two are typed in at two places; a slip in one shows here."""
    mnist = {key: nats for key, (nats, _) in PUBLISHED.items() if key[0] == "mnist"}
    assert len(mnist) == 10
    for (_, model, conditional, _), nats in mnist.items():
        name = NAMES[model] + (" (5)" if model in ("maf", "realnvp") else "")
        assert paper.column("MNIST cond." if conditional else "MNIST")[name] == nats


@pytest.mark.parametrize(
    "name, model, digits", [("MNIST cond.", "MAF (5)", 0.1), ("CIFAR-10 cond.", "MAF (10)", 1)]
)
def test_the_erratum_is_log_2_pi_counted_over_the_context(name, model, digits):
    """Both early figures are one figure of the mended column plus (D - C) / 2 log 2 pi, up to the
    digits printed.
    """
    mended = paper.EARLY[name] - (paper.DIMS[name] - paper.LABELS) / 2 * np.log(2 * np.pi)
    assert abs(mended - paper.column(name)[model]) <= digits
    others = [nats for other, nats in paper.column(name).items() if other != model]
    assert min(abs(mended - nats) for nats in others) > digits


def test_four_entries_were_wrong_and_two_of_them_were_found():
    printed = {name: paper.as_first_printed(name) for name in paper.EARLY}
    assert all(list(found) == ["MAF (5)", "MAF (10)"] for found in printed.values())
    assert printed["MNIST cond."] == {"MAF (5)": -591.6, "MAF (10)": -605.5}
    assert printed["CIFAR-10 cond."] == {"MAF (5)": 5796.8, "MAF (10)": 5871.8}


def test_what_is_in_bold():
    bold = [model for name in paper.COLUMNS for model in paper.bold(name)]
    assert len(bold) == 10 and bold.count("MAF (5)") == 1
    assert paper.bold("MINIBOONE") == ["MAF MoG (5)", "MAF (5)"]


def test_what_summaries_leave_out():
    winners = [paper.best(name) for name in paper.COLUMNS]
    assert [winners.count(name) for name in ("MADE MoG", "MAF (10)", "MAF MoG (5)")] == [4, 3, 2]
    assert len(paper.beats("MAF (10)", "MAF (5)")) == 4
    assert paper.beats("Gaussian", "MADE") == ["MNIST", "MNIST cond.", "CIFAR-10", "CIFAR-10 cond."]


def test_a_column_that_is_not_there():
    with pytest.raises(ValueError, match="column must be one of POWER, .* got 'power'"):
        paper.column("power")
