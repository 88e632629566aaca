"""`fit(checkpoint=...)`: a run that was stopped, by Ctrl-C or by kill -9, goes on to the bits of
one that never was.
"""

import io
import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from kit import ROOT
from test_saving import identical

import tinymaf as t
from tinymaf.saving import archive
from tinymaf.saving.archive import read_archive, save, write_archive
from tinymaf.vae import VAE

pytestmark = pytest.mark.long

RNG = np.random.default_rng
X, X_VAL = RNG(1).standard_normal((90, 3)), RNG(2).standard_normal((40, 3))
CONTEXT = X[:, :1] ** 2


def fresh_noise(rng):
    return X + 0.1 * rng.standard_normal(X.shape)


RUNS = {  # what is fitted, and to what
    "array": (lambda: t.maf(3, 2, (8,)), {"x": X}),
    "array, validation": (lambda: t.maf(3, 2, (8,)), {"x": X, "x_val": X_VAL}),
    "callable": (lambda: t.maf(3, 2, (8,)), {"x": fresh_noise}),
    "callable, validation": (lambda: t.maf(3, 2, (8,)), {"x": fresh_noise, "x_val": X_VAL}),
    "context": (
        lambda: t.maf(3, 2, (8,), context_dim=1),
        {"x": X, "context": CONTEXT, "x_val": X_VAL, "context_val": X_VAL[:, :1]},
    ),
    "callable with context": (
        lambda: t.maf(3, 2, (8,), context_dim=1),
        {"x": lambda rng: (fresh_noise(rng), CONTEXT)},
    ),
    "float32": (
        lambda: t.maf(3, 2, (8,)),
        {"x": X.astype(np.float32), "x_val": X_VAL.astype(np.float32)},
    ),
    "statistics and data-dependent layers": (
        lambda: t.Flow(t.Chain([t.ActNorm(3), t.AffineAutoregressive(3, (8,)), t.BatchNorm(3)])),
        {"x": X, "x_val": X_VAL},
    ),
    "an objective that draws": (
        lambda: t.OrderEnsemble(3, 4, (8,), seed=1),
        {"x": X, "x_val": X_VAL},
    ),
    "ELBO": (lambda: VAE(3, 2, (8,), likelihood="gaussian"), {"x": X, "x_val": X_VAL}),
}


def run(make, data, path=None, epochs=8, stop_after=None, bits="PCG64", **options):
    """A `fit` that Ctrl-C stops after some epoch; all that may differ: parameters, history, the
    generator's future.
    """
    rng = np.random.Generator(getattr(np.random, bits)(5))

    def callback(row, params):
        if row["epoch"] == stop_after:
            raise KeyboardInterrupt

    options = {"lr": 0.01, "batch_size": 30, "progress": False, "callback": callback, **options}
    result = t.fit(make(), **data, rng=rng, epochs=epochs, checkpoint=path, **options)
    if stop_after is not None:
        assert result.stopped == "interrupted" and len(result.history) == stop_after
    draws = rng.random(3), rng.integers(9, size=5, dtype=np.uint32)
    return result.params, result.history, result.best_epoch, result.stopped, draws


@pytest.mark.parametrize("name", RUNS)
def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path, name):
    make, data = RUNS[name]
    path, straight = tmp_path / "run", run(make, data)
    for stop_after in (1, 2, 6):
        run(make, data, path, stop_after=stop_after)
    assert identical(run(make, data, path), straight)
    assert identical(run(make, data, tmp_path / "other"), straight)  # saving draws nothing
    assert sorted(os.listdir(tmp_path)) == ["other", "run"]
    assert path.read_bytes() == (tmp_path / "other").read_bytes()


@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_with_every_bit_generator(tmp_path, bits):
    make, data = RUNS["callable, validation"]
    run(make, data, tmp_path / "run", stop_after=3, bits=bits)
    assert identical(run(make, data, tmp_path / "run", bits=bits), run(make, data, bits=bits))


def test_a_run_can_be_prolonged(tmp_path):
    """With a constant rate; "cosine" stretches over all epochs, and then an earlier end is another
    run.
    """
    make, data = RUNS["array, validation"]
    for epochs in (1, 4, 8):
        last = run(make, data, tmp_path / "run", epochs=epochs)
    assert identical(last, run(make, data))


def test_cosine_goes_on_where_it_was(tmp_path):
    make, data = RUNS["array, validation"]
    run(make, data, tmp_path / "run", stop_after=3, schedule="cosine")
    assert identical(
        run(make, data, tmp_path / "run", schedule="cosine"), run(make, data, schedule="cosine")
    )


def test_patience_goes_on_where_it_was(tmp_path):
    make, data = RUNS["array, validation"]
    options = {"lr": 0.3, "patience": 4, "epochs": 200}
    straight = run(make, data, **options)
    assert straight[3] == "no better validation score for 4 epochs"
    assert len(straight[1]) > straight[2] > 0
    run(make, data, tmp_path / "run", stop_after=straight[2] + 2, **options)
    assert identical(run(make, data, tmp_path / "run", **options), straight)


def test_ctrl_c_in_the_middle_of_an_epoch_or_of_a_write(tmp_path, monkeypatch):
    make, data = RUNS["callable, validation"]
    path, straight, calls = tmp_path / "run", run(make, data), iter(range(100))

    def interrupted(rng):
        if next(calls) == 4:
            raise KeyboardInterrupt
        return fresh_noise(rng)

    assert len(run(make, {**data, "x": interrupted}, path)[1]) == 3
    calls, replace = iter(range(100)), os.replace

    def interrupted_replace(*args):
        if next(calls) == 2:
            raise KeyboardInterrupt
        replace(*args)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted_replace)
        assert run(make, data, path)[3] == "interrupted"
    assert len(read_archive(path, "checkpoint")[0]["history"]) == 5
    assert os.listdir(tmp_path) == ["run"]
    assert identical(run(make, data, path), straight)


@pytest.mark.parametrize("name", ["array, validation", "callable"])
def test_a_finished_run_is_not_trained_again(tmp_path, name):
    make, data = RUNS[name]
    path = tmp_path / "run"
    straight = run(make, data, path)
    before = path.read_bytes()
    again = run(make, data, path, callback=lambda *_: pytest.fail("an epoch was trained"))
    assert identical(again, straight) and path.read_bytes() == before


def test_a_run_that_lost_patience_is_not_trained_again(tmp_path):
    make, data = RUNS["array, validation"]
    options = {"lr": 0.3, "patience": 3, "epochs": 200}
    straight = run(make, data, tmp_path / "run", **options)
    again = run(
        make,
        data,
        tmp_path / "run",
        **options,
        callback=lambda *_: pytest.fail("an epoch was trained"),
    )
    assert straight[3] == "no better validation score for 3 epochs" and identical(again, straight)


def test_the_checkpoint_of_another_model(tmp_path):
    make, data = RUNS["array"]
    path = tmp_path / "run"
    run(make, data, path, epochs=1)
    before = path.read_bytes()
    for other, x in (
        (lambda: t.maf(3, 2, (9,)), X),
        (lambda: t.maf(3, 3, (8,)), X),
        (make, X.astype(np.float32)),
    ):
        with pytest.raises(ValueError) as caught:
            run(other, {"x": x}, path)
        assert str(caught.value).startswith(f"{path} is the checkpoint of another model or dtype: ")
    with pytest.raises(ValueError):
        run(make, data, path, bits="MT19937")
    assert path.read_bytes() == before


def test_the_checkpoint_of_another_version(tmp_path, monkeypatch):
    """Adam's moments have not always meant the same. Taken for what they are not, they would spoil
    a run in silence.
    """
    make, data = RUNS["array"]
    path = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr("tinymaf.training.checkpoint.FORMAT", 1)
        run(make, data, path, epochs=1)
    before = path.read_bytes()
    with pytest.raises(
        ValueError, match="another version of tinymaf: name another file, or delete it"
    ):
        run(make, data, path)
    assert path.read_bytes() == before


def test_files_that_are_no_checkpoint(tmp_path):
    make, data = RUNS["array"]
    path = tmp_path / "run"
    for write in (
        lambda: path.write_bytes(b""),
        lambda: path.write_text("epoch,loss\n"),
        lambda: save(path, make(), make().init(RNG(0))),
    ):
        write()
        before = path.read_bytes()
        with pytest.raises(ValueError, match="cannot read .*run: ") as caught:
            run(make, data, path)
        # it may be somebody's treasure
        assert "\n" not in str(caught.value) and path.read_bytes() == before


# kill -9.

CHILD = """
import os, sys, time
import numpy as np
import tinymaf as t
from tinymaf.saving.archive import write_archive

checkpoint, out, hang, count = *sys.argv[1:4], int(sys.argv[4])
if hang:                                # the count-th call of one step of a write never returns
    owner = __import__("zipfile").ZipFile if hang == "writestr" else os
    step = getattr(owner, hang)
    def hanging(*args, **kwargs):
        global count
        count -= 1
        if count == 0:
            print("hanging", flush=True)
            time.sleep(600)
        return step(*args, **kwargs)
    setattr(owner, hang, hanging)

rng = np.random.default_rng(7)
x, x_val = rng.standard_normal((150, 4)), rng.standard_normal((50, 4))
print("ready", flush=True)
result = t.fit(
    t.MADE(4, (96, 96)),
    lambda rng: x + 0.1 * rng.standard_normal(x.shape),
    x_val=x_val,
    rng=rng,
    epochs=160,
    patience=None,
    lr=1e-3,
    progress=False,
    checkpoint=checkpoint or None,
)
found = {"history": result.history, "best": result.best_epoch, "draws": rng.random(9)}
write_archive(out, "result", found, result.params)
"""


def start(checkpoint, out, hang="", count=0):
    """A process that runs the fit, once it is about to begin."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(checkpoint), str(out), hang, str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert child.stdout.readline() == "ready\n"
    return child


def kill(child):
    """kill -9 (TerminateProcess on Windows); whether it came before the process had ended by
    itself.
    """
    child.kill()
    child.stdout.close()
    return child.wait(60) != 0


def finish(child):
    assert child.stdout.read() == "" and child.wait(120) == 0
    child.stdout.close()


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory):
    """The bytes of the result of a run that nobody disturbed, and that wrote no checkpoint."""
    out = tmp_path_factory.mktemp("unkilled") / "result"
    finish(start("", out))
    return out.read_bytes()


@pytest.mark.parametrize("wanted", [24, pytest.param(59, marks=pytest.mark.full)])
def test_killed_at_random_and_restarted_until_it_is_done(tmp_path, unkilled, wanted):
    delays, kills, runs = random.Random(wanted), 0, 0
    while kills < wanted:
        runs += 1
        checkpoint, out = tmp_path / f"checkpoint{runs}", tmp_path / f"result{runs}"
        epochs = [0]
        while not out.exists():
            child = start(checkpoint, out)
            if kills < wanted:
                time.sleep(delays.uniform(0, 0.15))
                kills += kill(child)
            else:
                finish(child)
            if checkpoint.exists():  # always whole, and never behind what it was
                epochs.append(len(read_archive(checkpoint, "checkpoint")[0]["history"]))
        assert epochs == sorted(epochs) and epochs[-1] == 160
        assert out.read_bytes() == unkilled
    litter = [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]
    assert len(litter) <= kills and len(os.listdir(tmp_path)) == 2 * runs + len(litter)


@pytest.mark.parametrize(("step", "count"), [("writestr", 14), ("fsync", 5), ("replace", 6)])
def test_killed_in_the_middle_of_a_write(tmp_path, unkilled, step, count):
    """Once while an entry is written, once before the disk has it, once before it gets its name."""
    checkpoint, out = tmp_path / "checkpoint", tmp_path / "result"
    child = start(checkpoint, out, step, count)
    assert child.stdout.readline() == "hanging\n" and kill(child)
    (litter,) = (name for name in os.listdir(tmp_path) if name != "checkpoint")
    assert litter.startswith("checkpoint.") and litter.endswith(".tmp")
    assert len(read_archive(checkpoint, "checkpoint")[0]["history"]) == (
        1 if step == "writestr" else count - 1
    )
    finish(start(checkpoint, out))
    assert out.read_bytes() == unkilled
    assert sorted(os.listdir(tmp_path)) == sorted(["checkpoint", litter, "result"])


class FullDisk(io.FileIO):
    """A file on a disk that takes `room` more bytes."""

    def write(self, data):
        self.room -= len(data)
        if self.room < 0:
            raise OSError(28, "No space left on device")
        return super().write(data)


def small_disk(room):
    """Stands in for `open`."""

    def opened(path, mode="r", *args, **named):
        if "x" not in mode:
            return open(path, mode, *args, **named)
        file = FullDisk(path, mode)
        file.room = room
        return file

    return opened


@pytest.mark.parametrize(
    "room", [0, 3000, *(pytest.param(200 * k, marks=pytest.mark.full) for k in range(1, 30))]
)
def test_a_disk_that_is_full_costs_no_checkpoint(tmp_path, monkeypatch, room):
    """The error is told, the file of the last whole epoch stays, and the run goes on from it."""
    make, data = RUNS["array, validation"]
    path, straight = tmp_path / "run", run(make, data)
    run(make, data, path, stop_after=2)
    before = path.read_bytes()
    assert len(before) > 29 * 200
    with monkeypatch.context() as patch:
        patch.setattr(archive, "open", small_disk(room), raising=False)
        with pytest.raises(OSError, match="No space left"):
            run(make, data, path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["run"]
    assert identical(run(make, data, path), straight)


def test_the_comparison_would_notice_a_bit(tmp_path, unkilled):
    path = tmp_path / "result"
    path.write_bytes(unkilled)
    meta, params = read_archive(path, "result")
    write_archive(path, "result", meta, params)
    assert path.read_bytes() == unkilled
    params[0][0][0, 0] = np.nextafter(params[0][0][0, 0], 9)
    write_archive(path, "result", meta, params)
    assert path.read_bytes() != unkilled
