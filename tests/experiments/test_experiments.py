"""The tables' rows: each alive on small files of the right layout, filed once, resumed, spread over
a Dask cluster.
"""

import functools
import json
import os
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
from kit import ROOT

from experiments import curves, results, table
from experiments import data as papers
from experiments import run as run_module
from experiments.__main__ import main
from experiments.grid import GRID, PUBLISHED, Row, chosen
from experiments.models import baseline
from experiments.pool import run_all, todo
from experiments.run import quick, run
from tinymaf_course.records import results as course_results
from tinymaf_course.records import table as course_table
from tinymaf_course.records.gaussian import FullGaussian

RNG = np.random.default_rng


@pytest.fixture(autouse=True)
def fresh():
    run_module.load.cache_clear()
    yield
    run_module.load.cache_clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Random rows in files of the right layout."""
    folder, rng = tmp_path_factory.mktemp("data"), RNG(0)
    for name, dim in (("dna", 180), ("mushrooms", 112), ("nips", 500)):
        np.savez(
            folder / f"made_{name}.npz",
            **{
                part: rng.integers(2, size=(30, dim), dtype=np.uint8)
                for part in ("train", "valid", "test")
            },
        )
    for colour in ("red", "white"):
        np.savez(
            folder / f"wine_{colour}.npz", x=rng.normal(size=(240, 11)) @ rng.normal(size=(11, 11))
        )
    np.savez(
        folder / "mnist_uint8.npz",
        x=rng.integers(256, size=(9100, 784), dtype=np.uint8),
        y=np.arange(9100, dtype=np.uint8) % 10,
    )
    return folder


@pytest.fixture
def small_mnist(monkeypatch):
    monkeypatch.setattr(papers, "mnist", functools.partial(papers.mnist, rows=(9000, 9050)))


def test_rows_have_names_of_their_own_and_what_was_published_has_a_row():
    assert len({row.name for row in GRID}) == len(GRID)
    rows = {(row.dataset, row.model, row.conditional, row.members > 1) for row in GRID}
    assert rows >= set(PUBLISHED)
    assert {row.dataset for row in chosen(["wine_red-maf-"])} == {"wine_red"}
    assert not chosen(["no such row"])


KINDS = list(
    {(row.dataset, row.model, row.conditional, row.members > 1): row for row in GRID}.values()
)


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.name)
def test_every_kind_of_row_is_alive(row, folder, small_mnist):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the masks lose")
        result = run(row, folder, small=True)
    assert np.isfinite(result["test"])
    assert result["two_se"] >= 0
    assert result["name"] == quick(row).name
    assert result["epochs"] == (0 if row.model in ("gaussian", "bernoulli") else 2)
    json.dumps(result)


ROW = Row("wine_red", "made", hidden=(8,), epochs=6, lr=1e-3, fold=2)


@pytest.mark.filterwarnings("ignore:the masks lose")
def test_a_row_that_was_interrupted_goes_on_to_the_same_result(folder, tmp_path):
    whole = run(ROW, folder, tmp_path)
    assert whole["epochs"] == 6 and list(tmp_path.iterdir()) == []

    class Stop(Exception):
        pass

    def stop(row, params):
        if row["epoch"] == 3:
            raise Stop

    with pytest.raises(Stop):
        run(ROW, folder, tmp_path, callback=stop)
    assert [path.name for path in tmp_path.iterdir()] == [f"{ROW.name}.checkpoint"]
    epochs = []
    again = run(ROW, folder, tmp_path, callback=lambda row, params: epochs.append(row["epoch"]))
    assert epochs == [4, 5, 6]
    assert again["test"] == whole["test"]
    assert again["history"] == whole["history"]

    def press_ctrl_c(row, params):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(ROW, folder, tmp_path, callback=press_ctrl_c)


@pytest.mark.filterwarnings("ignore:the masks lose")
def test_standardised_rows_are_scored_in_the_units_of_x(folder):
    """A flow that has learned nothing is the identity: independent Gaussians with the training
    rows' mean and sd.
    """
    result = run(
        Row("wine_red", "maf", hidden=(8,), epochs=1, lr=1e-12, fold=2, standardise=True), folder
    )
    data = papers.wine("red", 2, folder)
    mean, sd = data.train.mean(axis=0), data.train.std(axis=0)
    z = (data.test - mean) / sd
    by_hand = (-0.5 * (z**2 + np.log(2 * np.pi)) - np.log(sd)).sum(axis=1).mean()
    assert result["test"] == pytest.approx(by_hand, abs=1e-4)


@pytest.mark.filterwarnings("ignore:the masks lose")
def test_results_are_filed_once_and_a_failure_stops_nothing(folder, tmp_path):
    path, said = tmp_path / "results.jsonl", []
    rows = [ROW, Row("wine_rose", "made", fold=0), Row("wine_red", "gaussian", fold=0), ROW]
    failed = run_all(rows, path, data=folder, out=tmp_path, say=said.append)
    assert list(failed) == ["wine_rose-made-fold0-seed0"]
    assert "colour must be" in failed["wine_rose-made-fold0-seed0"]
    assert list(results.read(path)) == [ROW.name, "wine_red-gaussian-fold0-seed0"]
    assert said[0] == "3 rows to do"
    assert todo(rows, path) == [rows[1]]
    assert len(todo(rows, path, again=True)) == 3
    with open(path, "a") as file:
        file.write('{"name": "cut off in the mid')
    results.add({"name": "next", "test": 1.0}, path)
    assert list(results.read(path)) == [ROW.name, "wine_red-gaussian-fold0-seed0", "next"]


def test_conditional_scores_are_densities_of_x_alone():
    """`log p(x) = log sum_y p(x | y) / 10` integrates to one over x; a wrong one would not."""
    from tinymaf import maf
    from tinymaf.checks import random_params

    flow = maf(2, 2, (8,), context_dim=10)
    params = random_params(flow, RNG(0), 0.3)
    axis = np.linspace(-12, 12, 241)
    grid = np.stack([a.ravel() for a in np.meshgrid(axis, axis)], axis=1)
    density = np.exp(run_module.score(flow, params, grid, conditional=True))
    assert density.sum() * 0.01 == pytest.approx(1, abs=2e-3)


def test_the_papers_erratum_would_be_seen(monkeypatch):
    """The published error: `log 2 pi` counted over the inputs of the net, context included, instead
    of the outputs.

    With ten labels it adds -5 log 2 pi to each score: the density above would integrate to 1e-4.
    """
    from tinymaf import maf
    from tinymaf.checks import random_params

    flow = maf(2, 2, (8,), context_dim=10)
    params, right = random_params(flow, RNG(0), 0.3), flow.log_prob
    monkeypatch.setattr(
        flow, "log_prob", lambda p, x, y: right(p, x, y) - 0.5 * 10 * np.log(2 * np.pi)
    )
    axis = np.linspace(-12, 12, 121)
    grid = np.stack([a.ravel() for a in np.meshgrid(axis, axis)], axis=1)
    assert np.exp(run_module.score(flow, params, grid, conditional=True)).sum() * 0.04 < 2e-4


def test_table_and_picture(tmp_path, capsys):
    path = tmp_path / "results.jsonl"
    for row in chosen(["wine_red-gaussian", "wine_red-made_mog", "dna-made-seed"]):
        results.add(
            {
                "name": row.name,
                "row": {"hidden": row.hidden},
                "two_se": 0.5,
                "test": -10.0 - (row.fold or 0) / 10,
                "epochs": 0 if row.model == "gaussian" else 40 + (row.fold or 0),
            },
            path,
        )
    main(["table", "--results", str(path), "--picture", str(tmp_path / "table.png")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == (
        "| DNA | MADE | -10.00 ± 0.50 | -83.63 | Germain et al. 2015 | 500 | 0.001 | 40 | 1 | 0 |"
    )
    spread = 2 * np.std(np.arange(10) / 10, ddof=1) / np.sqrt(10)
    assert lines[3].startswith(
        f"| Red wine | Gaussian | -10.45 ± {spread:.2f} | -13.18 | Uria et al. 2013, other"
    )
    assert "| 40 to 49 | 10 | 0 |" in lines[4] and len(lines) == 5
    assert (tmp_path / "table.png").stat().st_size > 5000
    curved = {
        **results.read(path)["dna-made-seed0"],
        "history": [[90.0, 95.0], [80.0, 88.0], [75.0, 86.0]],
    }
    results.add(curved, tmp_path / "curved.jsonl")
    figure = curves.curves(results.read(tmp_path / "curved.jsonl"), GRID)
    assert [ax.get_title() for ax in figure.axes] == ["DNA, MADE"]
    assert [line.get_ydata()[-1] for line in figure.axes[0].lines] == [-75, -86, -83.63]
    page = tmp_path / "page.md"
    page.write_text(
        f"before\n\n{lines[0]}\n{lines[1]}\n| old |\n\nafter\n\nend\n", encoding="utf-8"
    )
    main(["table", "--results", str(path), "--into", str(page)])
    wanted = ["before", "", *lines, "", "after", "", "end", ""]
    assert page.read_text(encoding="utf-8") == "\n".join(wanted)
    with pytest.raises(ValueError, match="no table with the heading"):
        main(["table", "--results", str(path), "--into", str(path)])


def test_the_committed_results_are_of_this_grid():
    committed = results.read()
    assert set(committed) <= {row.name for row in GRID}
    rows = {row.name: row for row in GRID}
    for name, result in committed.items():
        row = rows[name]
        assert not result["quick"], name
        assert {
            **result["row"],
            "hidden": tuple(result["row"]["hidden"]),
        } == vars(row), name
    assert len(table.lines(committed)) <= len(GRID)


def test_the_page_of_results_holds_the_table_of_the_committed_ones():
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert table.markdown(table.lines(results.read())) in page


def test_the_course_reads_the_same_lines_and_has_the_same_gaussian(tmp_path):
    """It must do without this package: it has a file of the table's lines, and a Gaussian of its
    own.
    """
    main(["table", "--lines", str(tmp_path / "lines")])
    assert (tmp_path / "lines").read_bytes() == course_table.FILE.read_bytes(), (
        "run `table --lines`, commit the file"
    )
    assert course_table.lines() == json.loads(json.dumps(table.lines(results.read())))
    assert course_results.read() == results.read()
    x, y = RNG(0).normal(size=(2, 50, 4))
    (ours, params), theirs = baseline(Row("wine_red", "gaussian"), x), FullGaussian(4)
    assert (ours.log_prob(params, y) == theirs.log_prob(theirs.init(None, x), y)).all()


def test_the_command_says_what_is_wrong(folder, tmp_path, capsys):
    with pytest.raises(SystemExit, match="no row's name holds nothing"):
        main(["list", "nothing"])
    main(["list", "dna", "--results", str(tmp_path / "none")])
    assert capsys.readouterr().out.splitlines()[0].strip() == "dna-bernoulli-seed0"
    with pytest.raises(SystemExit, match="1 of 1 rows failed: dna-bernoulli"):
        main(["run", "dna-bernoulli", "--data", str(tmp_path), "--results", str(tmp_path / "r")])


def start(*command, folder):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
    }
    return subprocess.Popen(
        [sys.executable, "-m", *map(str, command)],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.long
def test_a_cluster_loses_a_worker_and_no_row(folder, tmp_path):
    """A scheduler and two workers on loopback; one is killed in the middle. Every row is filed, and
    none twice.
    """
    pytest.importorskip("distributed")
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    scheduler = start(
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        address.rpartition(":")[2],
        "--no-dashboard",
        folder=tmp_path,
    )
    workers = [
        start(
            "distributed.cli.dask_worker",
            address,
            "--no-nanny",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
            "--name",
            name,
            folder=tmp_path,
        )
        for name in ("first", "second")
    ]
    path = tmp_path / "results.jsonl"
    try:
        command = start(
            "experiments",
            "run",
            "wine_red-made-",
            "wine_red-gaussian",
            "--data",
            folder,
            "--results",
            path,
            "--checkpoints",
            tmp_path,
            "--scheduler",
            address,
            folder=tmp_path,
        )
        end = time.monotonic() + 120
        while not (path.exists() and path.read_text().count("\n") >= 2):
            assert command.poll() is None and time.monotonic() < end, "no row was done"
            time.sleep(0.05)
        workers[0].send_signal(signal.SIGKILL)
        words, _ = command.communicate(timeout=200)
        assert command.returncode == 0, words
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.communicate()
    names = [json.loads(line)["name"] for line in path.read_text().splitlines()]
    wanted = [row.name for row in chosen(["wine_red-made-", "wine_red-gaussian"])]
    assert sorted(names) == sorted(wanted) and len(wanted) == 20
