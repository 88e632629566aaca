"""Early stopping replayed: the epochs are those that `fit` would stop at, pictures and words tell
the same.
"""

import importlib

import numpy as np
import pytest

pytest.importorskip("anywidget")

from kit.shows import shows_itself  # noqa: E402

from tinymaf import MADE, fit  # noqa: E402
from tinymaf_course import explorers  # noqa: E402

pytestmark = pytest.mark.long

module = importlib.import_module("tinymaf_course.explorers.patience")


def made_up(seed, epochs, noise, rise):
    """A result with a history: falls, is noisy, and rises again."""
    rng, n = np.random.default_rng(seed), np.arange(epochs)
    train = 9 + 5 * np.exp(-n / 8)
    val = train + 0.2 + rise * n / epochs + noise * rng.random(epochs)
    return {
        "name": f"run{seed}",
        "row": {"patience": 30},
        "test": -9.0,
        "history": np.stack([train, val], axis=1).round(4).tolist(),
    }


@pytest.fixture(scope="module")
def found():
    runs = {
        "rough": made_up(1, 80, 1.0, 1.0),
        "calm": made_up(2, 60, 0.0, 3.0),
        "short": made_up(3, 5, 0.1, 0.0),
    }
    return {**runs, "baseline": {"history": [], "test": -10.0}, "older": {"test": -11.0}}


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_it_stops_where_fit_stops(patience):
    rng = np.random.default_rng(0)
    x, x_val = rng.standard_normal((40, 2)), rng.standard_normal((30, 2))

    def run(patience):
        return fit(
            MADE(2, (8,), activation="tanh"),
            x,
            rng=np.random.default_rng(1),
            x_val=x_val,
            epochs=25,
            lr=0.05,
            patience=patience,
            progress=False,
        )

    whole, stopped = run(None), run(patience)
    best, last, used_up = module.replay(whole.column("val"), patience)
    assert (best, last) == (stopped.best_epoch, len(stopped.history)) and used_up == (last < 25)


def test_patience_is_never_punished_on_validation(found):
    records = module.Records(found)
    for name in records.names:
        record = records.record(name)
        missed = [record.missed(p) for p in module.PATIENCES]
        assert missed == sorted(missed, reverse=True) and min(missed) >= 0
        for p, (best, last, stopped) in record.replays.items():
            assert record.val[best - 1] == record.val[:last].min()
            assert last - best == p if stopped else last == len(record.val) and last - best < p


def test_rows_without_a_history_are_left_out(found):
    assert module.Records(found).names == ["calm", "rough", "short"]
    with pytest.raises(
        ValueError, match="two results with a history are needed at least, got 1 of 2"
    ):
        module.Records({"one": found["calm"], "baseline": found["baseline"]})


def test_a_frame_shows_what_was_seen_and_what_is_reported(found):
    records = module.Records(found)
    left, right = records.draw("rough", 3).panels
    best, last, _ = records.record("rough").replays[3]
    seen = [layer for layer in left.layers if layer.get("label") in ("training", "validation")]
    assert [len(layer["xy"]) for layer in seen] == [last, last]
    (dot,) = (layer for layer in left.layers if layer.get("label") == "reported")
    assert dot["xy"][0] == pytest.approx([best, records.record("rough").val[best - 1]], abs=1e-4)
    marks = {
        layer["label"]: len(layer["xy"]) for layer in right.layers if layer["kind"] == "points"
    }
    assert sum(marks.values()) == len(module.PATIENCES) and marks["the record ends first"] >= 1


def test_its_words(found):
    records = module.Records(found)
    assert "nobody knows" in records.say("short", 60) and "after epoch 5" in records.say(
        "short", 60
    )
    best, last, _ = records.record("rough").replays[2]
    words = records.say("rough", 2)
    assert f"stops after epoch {last}, reports epoch {best}" in words
    assert (
        f"{records.record('rough').missed(2):.3f} nats" in words
        and records.record("rough").missed(2) > 0
    )


def test_it_shows_itself(found, monkeypatch):
    explorer = shows_itself(monkeypatch, lambda: explorers.patience(found))
    assert explorer.sheet[0] == {"run": "rough", "patience": 2} and len(
        explorer.canvas.says
    ) == len(module.PATIENCES)
    chosen = [("calm", 1), ("rough", 1), ("rough", 60)]
    explorer = shows_itself(monkeypatch, lambda: explorers.patience(found, chosen))
    assert [tuple(frame.values()) for frame in explorer.sheet] == chosen
