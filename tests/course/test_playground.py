"""The playground in the kernel, by its controls and messages. (In a browser:
browser/test_playground_browser.py.)
"""

import asyncio
import csv
import io
import threading
from datetime import datetime, timezone

import numpy as np
import pytest

for name in ("anywidget", "ipywidgets", "matplotlib", "threadpoolctl"):
    pytest.importorskip(name)

import ipywidgets.widgets.widget as registry  # noqa: E402
from kit.claims import claim  # noqa: E402
from kit.ring import RING  # noqa: E402

from tinymaf import load  # noqa: E402
from tinymaf_course.interactive.wire import decode  # noqa: E402
from tinymaf_course.playground import Playground, opening, playground, sheet  # noqa: E402
from tinymaf_course.playground.data import MOST, columns, drawing, toy  # noqa: E402
from tinymaf_course.playground.models import KINDS, Choice  # noqa: E402
from tinymaf_course.playground.picture import picture  # noqa: E402
from tinymaf_course.playground.run import Run  # noqa: E402
from tinymaf_course.playground.score import comparison, rows  # noqa: E402
from tinymaf_course.playground.table import LARGEST, read_table  # noqa: E402

pytestmark = pytest.mark.long


@pytest.fixture
def play():
    found = Playground()
    yield found
    found.close()


def spray(play, at=RING):
    for k, part in enumerate(np.array_split(np.asarray(at, float), 5)):
        play.easel._handle_custom_msg({"kind": "puffs", "at": part.tolist(), "first": k == 0}, [])


def small(play, kind="MAF"):
    play.controls.kind.value = kind
    play.controls.layers.value, play.controls.width.value = 2, 8


async def until(condition, seconds=120):  # on a busy machine; moments on a quiet one
    for _ in range(int(seconds * 50)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


@pytest.mark.trained
def test_a_hand_drawn_ring_is_learned(play):
    async def session():
        spray(play)
        play.controls.layers.value, play.controls.width.value = 5, 32
        play.controls.train.click()
        play.run.of = 1200
        await until(lambda: play.task is None)

    asyncio.run(session())
    assert play.easel.error == "" and play.controls.train.description == "Train on"
    radius = np.hypot(*play.run.model().sample(np.random.default_rng(0), 2000).T)
    claim((abs(radius - 2) < 0.4).mean(), 0.85, None, "share of samples in the ring's band")
    steps, training, held = np.array(play.run.history).T
    untrained = -Run(play.data, play.choice()).model().log_prob(play.data.test).mean()
    assert steps[-1] == 1200
    claim(held[-1] - training[-1], -0.6, None, "held-out loss less that of training, nats")
    claim(held[-1], None, 2.7, "held-out loss, nats")
    claim(untrained, 3.2, None, "loss before training, nats")
    p = np.exp(play.run.model().log_prob(np.concatenate([RING, [[0, 0], [3.5, 3.5]]])))
    claim(
        np.median(p[:-2]) / p[-2:].max(),
        5,
        None,
        "density on the ring over that in the middle and in a corner",
    )


def test_train_pause_go_on_reset(play):
    async def session():
        spray(play)
        small(play)
        train = play.controls.train
        train.click()
        assert train.description == "Pause" and play.task in asyncio.all_tasks()
        await until(lambda: play.run.step > 20)
        train.click()
        step = play.run.step
        assert train.description == "Go on" and play.task is None
        await asyncio.sleep(0.1)
        assert play.run.step == step and len(asyncio.all_tasks()) == 1, "nothing goes on"
        train.click()
        await until(lambda: play.run.step > step)
        play.controls.reset.click()
        assert play.run is None
        assert play.task is None
        assert train.description == "Train"
        assert play.controls.reset.disabled
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(session())
    assert play.easel.error == ""


def test_another_thread_waits_for_the_end_of_a_slice(play, monkeypatch):
    waited = []

    async def session():
        spray(play)
        small(play)
        play.controls.train.click()

        def slow(seconds):  # a click comes from elsewhere while it trains
            if not waited:
                thread = threading.Thread(target=play.controls.train.click)
                thread.start()
                thread.join(0.3)
                waited.append((thread.is_alive(), thread))
            play.run.losses.append(2.0)

        monkeypatch.setattr(play.run, "advance", slow)
        await until(lambda: waited and play.task is None)
        waited[0][1].join(10)
        assert waited[0][0] and play.easel.error == "" and np.isfinite(play.run.history).all()
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(session())


@pytest.mark.parametrize(
    "change",
    [
        lambda play: spray(play, [[0, 0]]),
        lambda play: setattr(play.controls.source, "value", "two moons"),
        lambda play: play.controls.clear.click(),
        lambda play: setattr(play.controls.kind, "value", "NSF"),
        lambda play: setattr(play.controls.layers, "value", 3),
        lambda play: setattr(play.controls.width, "value", 16),
        lambda play: setattr(play.controls.order, "value", "random"),
        lambda play: play.close(),
    ],
    ids=["draw", "toy", "clear", "model", "layers", "width", "order", "close"],
)
def test_whatever_changes_ends_the_old_run(play, change):
    async def session():
        spray(play)
        small(play)
        play.controls.train.click()
        await until(lambda: play.run.step > 3)
        run = play.run
        change(play)
        step = run.step
        await asyncio.sleep(0.08)
        assert play.run is None
        assert play.task is None
        assert run.step == step
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(session())


def test_frames_do_not_run_ahead_of_the_browser(play):
    async def session():
        spray(play)
        small(play)
        play.controls.train.click()
        play.run.of = 10**6  # it goes on for as long as this takes
        turn = play.easel.turn
        await asyncio.sleep(0.6)
        assert play.easel.turn == turn, "nobody has seen the last one"
        for _ in range(3):
            play.easel._handle_custom_msg({"kind": "drawn", "turn": play.easel.turn}, [])
            turn = play.easel.turn
            await until(lambda: play.easel.turn > turn)

    asyncio.run(session())


def test_another_playground_closes_the_former_and_nothing_of_it_stays(monkeypatch):
    shown = []
    monkeypatch.setattr(opening, "show_bundle", lambda *bundle, **options: shown.append(bundle))
    monkeypatch.setattr(opening, "_open", None)
    before, threads = set(registry._instances), threading.active_count()

    async def session():
        playground()
        first = opening._open
        spray(first)
        first.controls.train.click()
        await until(lambda: first.run.step > 3)
        playground()
        await asyncio.sleep(0.05)
        assert first.closed and first.task is None and len(asyncio.all_tasks()) == 1
        first.controls.train.click()  # what is still in the queue from the old page
        spray(first)
        assert first.task is None
        opening._open.close()

    asyncio.run(session())
    assert set(registry._instances) == before and threading.active_count() == threads
    bundle, alt = shown[0]
    assert bundle["image/png"].startswith(b"\x89PNG") and len(alt) > 100 and len(bundle) == 2


def test_the_notebook_is_what_its_source_gives():
    pytest.importorskip("jupytext")
    from tinymaf_course import build

    source, made = build.SOURCE / "playground.py", build.SOURCE.parent / "playground.ipynb"
    assert build.drift(source, made, run=False) == []


def test_a_fault_stops_the_cell(monkeypatch):
    monkeypatch.setattr(opening, "show_bundle", lambda *bundle, **options: None)
    monkeypatch.setattr(Run, "advance", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        playground()
    opening._open.close()


# Errors, in the page


def test_errors_are_one_line_on_the_page(play, monkeypatch):
    async def session():
        play.controls.train.click()
        assert play.easel.error == "0 points are too few to learn from: 30 are needed"
        spray(play)
        assert play.easel.error == "", "the next thing that works wipes it away"
        play.controls.train.click()
        monkeypatch.setattr(Run, "advance", lambda run, seconds: {}["lost\nin two lines"])
        await until(lambda: play.task is None)
        assert play.easel.error == "the training failed: KeyError: 'lost\\nin two lines'"

    asyncio.run(session())
    play.easel.brush = 0.5
    play.data = play.data.sprayed(np.zeros((2000, 2)), 1.0, np.random.default_rng(0))
    assert len(play.data.x) == MOST
    spray(play, [[0, 0]])
    assert play.easel.error.startswith("8,000 points are enough")


def test_without_a_loop_training_says_so(play):
    spray(play)
    play.controls.train.click()
    assert "no running event loop" in play.easel.error and play.task is None


def test_a_loss_that_is_not_finite_returns_to_the_last_good_model(play):
    async def session():
        spray(play)
        small(play)
        play.controls.train.click()
        await until(lambda: play.run.step > 5)
        play.run.note_progress()
        play.run.trainer.params["bijection"][0][0][0][:] = np.inf
        await until(lambda: play.task is None)

    asyncio.run(session())
    assert "was not finite in step" in play.easel.error
    assert np.isfinite(play.run.model().log_prob(RING)).all()


@pytest.mark.parametrize(
    "content, error",
    [
        (b"", "is empty"),
        (b"\0\1\2", "is no text file"),
        (b"a,b\n1,x\n2,y", "has one column of numbers, two are needed"),
        (b"a;b\nx;y", "has no column of numbers"),
        (b"a,b\n1,2\n3,4,5", "row 3 has 3 columns, row 1 has 2"),
        (b"1,2\n" * (LARGEST // 4 + 1), "has 5.0 MB, the playground takes 5"),
    ],
    ids=["empty", "binary", "one", "none", "ragged", "large"],
)
def test_bad_files(content, error):
    with pytest.raises(ValueError, match=error) as found:
        read_table("some.csv", content)
    assert "\n" not in str(found.value) and "some.csv" in str(found.value)


def test_bad_columns():
    text = "a,b,c\n" + "\n".join(f"{k},7,{k if k < 20 else ''}" for k in range(40))
    table = read_table("t.csv", text.encode())
    for pair, error in (
        ("aa", "two different columns"),
        ("ab", "'b' holds the same number"),
        ("ac", "only 20 rows"),
    ):
        with pytest.raises(ValueError, match=error):
            columns(table, *pair, np.random.default_rng(0))


def test_files_as_they_are():
    table = read_table("t.csv", "\ufeffLänge;n;m\n1,5;x;1\n\n2,5;y;\n".encode())
    assert list(table.columns) == ["Länge", "m"] and table.columns["Länge"].tolist() == [1.5, 2.5]
    assert np.isnan(table.columns["m"][1])
    assert list(read_table("t.csv", b"1\t2\n3\t4\n").columns) == ["column 1", "column 2"]
    assert list(read_table("t.csv", b"a,a,\n1,2,3\n").columns) == ["a", "a'", "column 3"]


# What is taken home


def upload(play, seed=0, n=300):
    rng = np.random.default_rng(seed)
    people = rng.normal((170, 70), (10, 3), (n, 2))
    text = "height, cm;weight;name\n" + "\n".join(f"{h:.2f};{w:.2f};x" for h, w in people)
    play.controls.source.value = "a CSV file"
    play.controls.file.value = (
        {
            "name": "people.csv",
            "content": memoryview(text.encode()),
            "type": "text/csv",
            "size": len(text),
            "last_modified": datetime.now(timezone.utc),
        },
    )


def answers(play, what, monkeypatch):
    sent = []
    monkeypatch.setattr(
        play.easel, "send", lambda content, buffers=None: sent.append((content, buffers))
    )
    play.easel._handle_custom_msg({"kind": "export", "what": what}, [])
    ((content, buffers),) = sent
    return content, buffers


def test_a_file_and_what_is_taken_home(play, monkeypatch, tmp_path):
    upload(play)
    assert play.easel.error == ""
    assert play.data.name == "people.csv"
    assert play.data.names == ("height, cm", "weight")
    np.testing.assert_allclose(play.data.x.std(axis=0), 1)
    play.run = Run(play.data, Choice("MAF", 2, 8, "in turn"))
    for _ in range(50):
        play.run.advance(0)
    model = play.run.model()

    content, (data,) = answers(play, "model", monkeypatch)
    path = tmp_path / content["name"]
    path.write_bytes(data)
    density, params = load(path)
    x = play.data.x * play.data.std + play.data.mean
    np.testing.assert_allclose(
        density.log_prob(params, x),
        model.log_prob(play.data.x) - np.log(play.data.std).sum(),
        atol=1e-3,
    )
    assert path.name == "playground-maf-people-csv.npz" and "tinymaf.load" in content["says"]

    content, (data,) = answers(play, "samples", monkeypatch)
    head, *lines = csv.reader(io.StringIO(data.decode()))
    samples = np.array(lines, float)
    assert head == ["height, cm", "weight"] and samples.shape == (5000, 2)
    np.testing.assert_allclose(samples.mean(axis=0), [170, 70], atol=4)

    content, (data,) = answers(play, "picture", monkeypatch)
    assert data.startswith(b"\x89PNG")
    assert content["name"].endswith(".png")
    assert content["type"] == "image/png"

    play.run = None
    content, buffers = answers(play, "model", monkeypatch)
    assert content == {"kind": "file"} and play.easel.error


# Points, models, comparison


def test_points_are_sprayed_and_erased():
    rng = np.random.default_rng(0)
    data = drawing().sprayed(RING, 0.3, rng)
    assert len(data.x) == 8 * len(RING) and abs(data.held.mean() - 0.25) < 0.01
    assert abs(np.hypot(*data.x.T) - 2).max() < 0.6
    less = data.erased([[2, 0]], 1.0)
    assert 0 < len(less.x) < len(data.x) and (np.hypot(*(less.x - [2, 0]).T) > 0.5).all()
    assert data.erased([[0, 0]], 0.5) is data and data.sprayed([[99, 99]], 0.1, rng) is data
    moons = toy("two moons", rng)
    assert moons.truth and not moons.erased([[0, 0]], 1.0).truth, "an edited toy has no known truth"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_and_order_learns_and_is_drawn(kind):
    data = toy("two moons", np.random.default_rng(0), 400)
    for order in KINDS[kind].orders:
        run = Run(data, Choice(kind, 2, 8, order))
        run.note_progress()
        before = -run.model().log_prob(data.test).mean()
        for _ in range(50):
            run.advance(0)
        run.note_progress()
        assert run.history[-1][2] < before
    view = picture(data, run, (run.model(copy=True), run.history, data), (0.5, 0.5), samples=True)
    assert [panel.title for panel in view.panels[1:3]] == ["B, as it learns", "A, kept"]
    u, x = run.model().noise(data.x), run.model().sample(np.random.default_rng(0), 50)
    assert u.shape == data.x.shape and np.isfinite(u).all() and np.isfinite(x).all()


def test_another_kind_keeps_the_depth_or_says_that_it_does_not(play):
    c = play.controls
    c.layers.value = 5
    for kind in ("RealNVP", "IAF", "MAF"):
        c.kind.value = kind
        assert c.layers.value == 5 and c.note.value == ""
    c.kind.value = "MADE"
    assert c.layers.value == 2 and c.note.value == "Hidden layers of MADE: 2 to start with."
    c.kind.value = "NSF"
    assert (c.layers.value, c.layers.description, c.note.value) == (2, "Layers", "")


def test_the_noise_stays_while_two_models_are_compared(play):
    run = Run(play.data.sprayed(RING, 0.4, np.random.default_rng(0)), play.choice())
    view = picture(run.data, run, (run.model(), [], run.data))
    assert [len(row) for row in view.rows] == [3, 2]
    assert view.rows[1][0].title == "the points as noise u"


def test_a_model_that_was_kept_is_compared_on_the_same_points(play):
    play.data = toy("two moons", np.random.default_rng(0), 800)
    play.run = Run(play.data, Choice("MAF", 2, 8, "always x₁ first"))
    assert play.run.note, "the library's advice on orders is passed on"
    play.run.advance(0)
    play.controls.keep.click()
    a = play.kept[0].log_prob(play.data.test)
    for _ in range(300):
        play.run.advance(0)  # one step, however slow the machine
    np.testing.assert_array_equal(play.kept[0].log_prob(play.data.test), a)
    play.screen.show()
    found, sentence = rows(play.data, play.run.model(), play.kept[0])
    assert [name for name, *_ in found] == ["A", "B", "truth"] and "B is better by" in sentence
    nats = -a
    assert abs(found[0][2].mean - nats.mean()) < 1e-9
    assert abs(found[0][2].error - 2 * nats.std(ddof=1) / np.sqrt(len(nats))) < 1e-9
    assert found[2][2].mean < found[1][2].mean and sentence in play.controls.score.value
    assert "no difference" in comparison(nats, nats) and "A is better" in comparison(nats, nats + 1)


def test_the_probe_reads_density_and_noise(play):
    play.data = toy("rings", np.random.default_rng(0), 400)
    play.run = Run(play.data, Choice("MAF", 2, 8))
    play.run.advance(0.05)
    play.easel.held = {"places": {"probe": [1.0, -1.0]}, "count": 1}
    model, at = play.run.model(), np.array([[1.0, -1.0]])
    nats, u = model.log_prob(at)[0], model.noise(at)[0]
    said = play.easel.says[0].replace("−", "-")
    assert f"{nats:.2f} nats" in said
    assert f"u = ({u[0]:.2f}, {u[1]:.2f})" in said
    assert play.easel.answered == 1
    coarse = play.easel.coarse
    play.easel._handle_custom_msg({"kind": "refine", "serial": coarse}, [])
    panels = decode(play.easel.frames)["rows"][0]
    assert coarse
    assert play.easel.coarse == 0
    assert [r["label"] for r in panels[1]["readouts"]] == ["u₁", "u₂"]
    np.testing.assert_allclose(panels[2]["layers"][-1]["xy"], u, atol=1e-5)


def test_the_sheet_is_made_by_code_and_small(monkeypatch):
    written = []
    monkeypatch.setattr(sheet, "STEPS", (0, 2, 4))
    monkeypatch.setattr(
        sheet, "SHEET", type("File", (), {"name": "sheet.png", "write_bytes": written.append})
    )
    sheet.main()
    assert written[0].startswith(b"\x89PNG") and opening.SHEET.stat().st_size < 200_000
