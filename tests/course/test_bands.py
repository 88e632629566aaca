"""The table of bands: what is drawn, what counts as room, and that the committed page speaks of the
committed notebooks.
"""

import json
import math
import re
from types import SimpleNamespace

import pytest
from kit import ROOT
from kit.processes import python

for name in ("ipywidgets", "jupytext", "nbformat"):
    pytest.importorskip(name)

import nbformat  # noqa: E402
import numpy as np  # noqa: E402

from tinymaf_course.bands import draws, table  # noqa: E402
from tinymaf_course.bands.table import Claim  # noqa: E402

SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))


def claim(values, low=None, high=None, exact=False):
    return Claim("05_maf", 3, "nats", low, high, exact, np.array(values, float))


# Room

NORMAL = np.random.default_rng(0).normal(1, 0.1, 2000)


def test_room_is_counted_in_standard_deviations_to_the_nearer_end():
    assert claim(NORMAL, -1, 1.8).room == pytest.approx(8, rel=0.1)
    assert claim(NORMAL - 1, -0.6, 2).room == pytest.approx(6, rel=0.1)
    assert claim(NORMAL, 0.2, 1.5).room == pytest.approx(5, rel=0.1)
    assert claim(NORMAL, None, 1.5).room == pytest.approx(5, rel=0.1)
    assert claim(NORMAL, None, 1.5).holds
    assert not claim(NORMAL, None, 1.2).holds, "two standard deviations are not three"


def test_one_draw_outside_is_enough_to_fail():
    far = np.append(np.full(40, 1.0) + NORMAL[:40] / 100, 1.9)
    assert claim(far, None, 1.8).room > 10 and not claim(far, None, 1.8).holds
    assert claim(far, None, 2).holds


def test_one_start_in_four_that_goes_wrong_widens_the_spread():
    """Half of the draws alone would not see it."""
    values = np.where(np.arange(40) % 4 == 0, 1.5, 1.0) + 1e-3 * np.arange(40)
    assert claim(values, None, 1.6).sd > 0.3 and not claim(values, None, 1.6).holds


def test_how_far_positive_numbers_are_above_a_positive_end_is_judged_by_their_logarithms():
    wide = np.exp(np.random.default_rng(1).normal(3, 0.5, 200))
    assert claim(wide, 1, None).room == pytest.approx(6, rel=0.2)
    assert claim(wide, 0, None).room < 3, "no logarithm of 0"
    assert claim(wide - wide.min(), 1, None).room < 3, "no logarithm of 0"
    assert claim(NORMAL, 0.9, None).room == pytest.approx(1, rel=0.2), (
        "near by there is no difference"
    )


def test_numbers_that_never_vary_or_are_infinite():
    assert claim([2, 2, 2], 1, None).room == math.inf and claim([2, 2, 2], 1, None).holds
    assert not claim([2, 2, 2], 2, None).holds, "on the edge is no room"
    assert claim([math.inf, math.inf, 40, math.inf], 15, None).holds
    assert not claim([1, math.nan], 0, 2).holds
    assert claim([1e-15, 3e-15, 0], None, 1e-10, exact=True).holds


# Draws


def test_the_plan_has_every_kernel_with_one_thread_and_two_and_every_seed():
    planned = draws.plan(20, draws.KERNELS)
    assert {(kernel, threads) for seed, kernel, threads in planned if seed == 0} == {
        (kernel, threads) for kernel in draws.KERNELS for threads in (1, 2)
    }
    assert {seed for seed, _, _ in planned} == set(range(20))
    assert len(set(planned)) == len(planned) == 29
    assert {kernel for seed, kernel, _ in planned if seed} == set(draws.KERNELS)


def subject(code="a", bands="a", low=0):
    """Something that claims one thing, and says which draws it was asked for."""
    ran = []

    def run(seed, environment):
        ran.append((seed, environment["OPENBLAS_CORETYPE"], environment["OPENBLAS_NUM_THREADS"]))
        return [dict(at=1, what="n", low=low, high=None, value=1.0, exact=False)], []

    return SimpleNamespace(name="s", place="cell", code=code, bands=bands, run=run, ran=ran)


def test_a_stopped_run_goes_on_and_changed_code_begins_anew(tmp_path):
    some = subject()
    planned = draws.plan(3, ["Haswell"])
    draws.run_all([draws.Store(tmp_path, some)], planned[:2], say=lambda *_, **__: None)
    assert sorted(some.ran) == [(0, "Haswell", "1"), (0, "Haswell", "2")]
    again = subject()
    draws.run_all([draws.Store(tmp_path, again)], planned, say=lambda *_, **__: None)
    assert sorted(again.ran) == [(1, "Haswell", "1"), (2, "Haswell", "1")]
    assert len(draws.Store(tmp_path, subject()).draws) == 4
    assert draws.Store(tmp_path, subject(code="b")).draws == []


def test_claims_that_only_some_draws_make_and_errors_are_troubles(tmp_path):
    store = draws.Store(tmp_path, subject())
    store.add(
        (0, "Zen", 1),
        [{"at": 1, "what": "n", "low": 0, "high": None, "value": 3.0, "exact": False}],
        [],
    )
    store.add((1, "Zen", 1), [], [{"at": 2, "error": "ValueError: no"}])
    claims, troubles = table.collect([store])
    assert len(claims) == 1
    assert troubles == [
        "s, seed 1, Zen kernels, 1 thread, cell 2: ValueError: no",
        "s, cell 1: 'n' was claimed 1 times in 2 draws",
    ]


def test_a_replay_tells_every_claim_and_goes_on_after_an_error(tmp_path):
    (tmp_path / "source").mkdir()
    source = tmp_path / "source" / "00_it.py"
    source.write_text(
        "# %%\nimport numpy as np\nfrom tinymaf_course import confirm, in_band\n"
        "in_band(np.random.default_rng(1).random(), 5, None, 'one')\n# %%\n1 / 0\n# %%\n"
        "confirm('two', np.random.default_rng([1]).random(), below=1e-9)\n"
    )
    done = python("-m", "tinymaf_course.bands.replay", source, 2, cwd=ROOT, timeout=60)
    claims, errors = json.loads(done.stdout)
    assert claims == [
        dict(
            at=0,
            what="one",
            low=5,
            high=None,
            exact=False,
            value=np.random.default_rng([1, 2]).random(),
        ),
        dict(
            at=2,
            what="two",
            low=None,
            high=1e-9,
            exact=True,
            value=np.random.default_rng([1]).random(),
        ),
    ], "a seed in a list is a part of the problem: it stays"
    assert errors == [{"at": 1, "error": "ZeroDivisionError: division by zero"}]


def test_another_band_costs_one_draw(tmp_path):
    planned = draws.plan(3, ["Haswell"])
    draws.run_all([draws.Store(tmp_path, subject())], planned, say=lambda *_, **__: None)
    moved = subject(bands="b", low=0.5)
    store = draws.Store(tmp_path, moved)
    draws.run_all([store], planned, say=lambda *_, **__: None)
    assert len(moved.ran) == 1 and len(store.draws) == 4
    (claim,), troubles = table.collect([store])
    assert claim.low == 0.5 and len(claim.values) == 4 and troubles == []


# The committed page


def page():
    return (ROOT / "docs" / "bands.md").read_text(encoding="utf-8")


def rows():
    """{(subject, where, claim): the row's other cells}."""
    found, at = {}, None
    for line in page().splitlines():
        if line.startswith("## "):
            at = line[3:]
        elif at and line.startswith("| ") and not line.startswith(("| at", "| ---")):
            where, what, *rest = (part.strip() for part in line.strip("|").split(" | "))
            found[at, where, what] = rest
    return found


CLAIM = r"(.+): (max error below \S+|between .+|at most .+|at least .+), as expected"


def printed(path):
    """What the bands and verdicts of a committed notebook say: {(cell, claim): its words}."""
    found = {}
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    for k, cell in enumerate(code):
        for output in cell.outputs:
            said = output.get("data", {}).get("text/plain", "")
            if match := re.fullmatch(CLAIM, said):
                found[str(k), match[1].strip()] = match[2]
    return found


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_band_of_a_notebook_stands_in_the_page_as_it_is(path):
    found, said = rows(), printed(path)
    assert said
    for (cell, what), words in said.items():
        row = found[path.stem, cell, what.replace("|", "\\|")]
        assert row[0] in (words, words.removeprefix("max error below ")), (
            f"cell {cell}, {what}: run `course.py bands`"
        )


def test_no_band_is_without_room():
    assert "**no**" not in page() and "; 0 without room, 0 other troubles" in page()
    assert len(rows()) > 250
    rooms = [row[-1] for row in rows().values() if len(row) == 6]
    assert len(rooms) > 150 and all(room == "∞" or float(room) >= table.LEAST for room in rooms)


def test_the_two_bands_that_once_failed_have_a_factor_of_two():
    found = rows()
    kl = found["08_iaf", "21", "KL(IAF, MAF) of the best of four, nats"]
    assert kl[0] == "at most 0.4" and 2 * float(kl[3]) < 0.4
    few = found["07_training", "11", "nats on the twenty points"]
    # e^0.8, more than a factor of two in the density
    assert few[0] == "at most 0" and float(few[3]) < -0.4
