"""Training: Adam by hand, every rule of `fit`, and that flows learn what theory says they can and
cannot.
"""

import math
import os
import sys

import numpy as np
import pytest
from kit.claims import claim

import tinymaf as t
from tinymaf.datasets import TOYS, digits
from tinymaf.engine import runtime
from tinymaf.engine.runtime import one_blas_thread
from tinymaf.training.adam import Adam, global_norm
from tinymaf.training.fitting import _minibatches
from tinymaf.training.progress import progress_bar
from tinymaf.training.rates import SCHEDULES
from tinymaf.trees import all_finite, copy_tree, count_params, leaves, map_tree, same_shapes

RNG = np.random.default_rng


def fitted_score(flow, draw, test, **options):
    """The mean test log-density after a fit on endless data."""
    result = t.fit(flow, draw, rng=RNG(0), schedule="cosine", batch_size=250, **options)
    return flow.log_prob(result.params, test).mean()


# What a flow can learn


@pytest.mark.trained
def test_depth_helps_on_two_moons_only_when_the_orders_change():
    toy = TOYS["two moons"]
    test = toy.sample(RNG(99), 20_000)

    def score(n_layers, orders, epochs):
        return fitted_score(
            t.maf(2, n_layers, (32, 32), orders=orders),
            lambda rng: toy.sample(rng, 4000),
            test,
            epochs=epochs,
            lr=8e-3,
        )

    with pytest.warns(UserWarning, match="share one order"):
        same = score(5, "same", 40)
    one, alternating = score(1, "same", 30), score(5, "reversed", 60)
    claim(alternating - one, 0.2, None, "nats that five layers in reversed orders gain over one")
    claim(same - one, None, 0.2, "nats that five layers in one order gain over one")
    claim(
        toy.log_prob(test).mean() - alternating,
        -0.02,
        None,
        "nats short of the truth: nobody beats it",
    )


@pytest.mark.trained
def test_figure_1_of_the_maf_paper():
    """A single MADE in the bad order stays 0.3 nats short, in the good order it does not; five
    layers need no luck.
    """
    toy = TOYS["figure1"]
    test = toy.sample(RNG(99), 100_000)
    true = toy.log_prob(test).mean()

    def short_of_truth(model, epochs):
        return true - fitted_score(
            model, lambda rng: toy.sample(rng, 5000), test, epochs=epochs, lr=5e-3
        )

    claim(
        short_of_truth(t.MADE(2, (32, 32), order="natural"), 20),
        0.3,
        None,
        "one MADE in the bad order, nats short",
    )
    claim(
        short_of_truth(t.MADE(2, (32, 32), order="reversed"), 20),
        None,
        0.1,
        "one MADE in the good order, nats short",
    )
    bad_first = t.maf(2, 5, (32, 32))
    assert bad_first.bijection.layers[0].net.degrees.tolist() == [1, 2]
    claim(short_of_truth(bad_first, 40), -0.005, 0.03, "five layers, bad order first, nats short")


@pytest.mark.trained
def test_the_context_reaches_the_first_output():
    """x1 | y ~ N(3 y, 1), x2 ~ N(0, 1): -2.84 nats; a first output that never saw y would stop at
    -3.94.
    """

    def draw(rng):
        y = rng.standard_normal((4000, 1))
        return rng.standard_normal((4000, 2)) + np.array([3.0, 0.0]) * y, y

    x, y = draw(RNG(99))
    truth = -math.log(2 * math.pi) - 1
    for flow in (
        t.maf(2, 1, (32,), context_dim=1),
        t.MADE(2, (32,), context_dim=1),
        t.realnvp(2, 2, (32,), context_dim=1),
    ):
        result = t.fit(flow, draw, rng=RNG(0), epochs=12, lr=1e-2, schedule="cosine")
        claim(
            flow.log_prob(result.params, x, y).mean() - truth,
            -0.1,
            0.1,
            f"{type(flow).__name__}: nats from the truth",
        )


@pytest.mark.trained
def test_a_maf_beats_the_gaussian_on_the_digits():
    data, rng = digits(a=0.05), RNG(0)
    train, val, test = (
        data.to_logits(p, rng) for p in (data.train_pixels, data.val_pixels, data.test_pixels)
    )
    mean, std = train.mean(axis=0), train.std(axis=0)
    flow = t.maf(64, 3, (128,))
    result = t.fit(
        flow,
        lambda rng: (data.to_logits(data.train_pixels, rng) - mean) / std,
        rng=RNG(1),
        x_val=(val - mean) / std,
        epochs=30,
        lr=3e-3,
        schedule="cosine",
    )
    maf = flow.log_prob(result.params, (test - mean) / std) - np.log(std).sum()
    whitened = np.linalg.solve(np.linalg.cholesky(cov := np.cov(train.T)), (test - mean).T)
    gaussian = -0.5 * (whitened**2).sum(axis=0) - 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]
    claim(gaussian.mean(), -69, -62, "the Gaussian on test digits, nats")
    claim(maf.mean() - gaussian.mean(), 7, None, "nats that the MAF gains over it")


# Adam, clipping, schedules


def test_adam_is_algorithm_1():
    rng = RNG(0)
    theta = rng.standard_normal(3)
    params, adam = {"a": [theta.copy()]}, Adam({"a": [theta]}, lr=0.01)
    m = v = np.zeros(3)
    for step in range(1, 6):
        g = rng.standard_normal(3)
        adam.step(params, {"a": [g]})
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta - 0.01 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
        assert np.allclose(params["a"][0], theta, rtol=0, atol=1e-14)


def test_large_leaves_are_updated_in_pieces_and_exactly():
    rng = RNG(0)
    for shape in ((700, 300), (3, 100_000), (100_000,), ()):
        big = {"w": np.asarray(rng.standard_normal(shape))}
        small = {"w": big["w"].reshape(-1, 1)[:7].copy()}
        g = rng.standard_normal(shape)
        one, two = Adam(big, lr=0.1), Adam(small, lr=0.1)
        for _ in range(3):
            one.step(big, {"w": np.asarray(g)}, scale=0.5, weight_decay=0.01)
            two.step(small, {"w": np.asarray(g).reshape(-1, 1)[:7]}, scale=0.5, weight_decay=0.01)
        assert np.array_equal(big["w"].reshape(-1, 1)[:7], small["w"])


def test_clipping_scales_the_whole_gradient():
    """A gradient of norm 5 under clip_norm=1 and SGD-like Adam: the first moment holds a fifth of
    it.

    (`Adam` keeps it without the factor 1 - beta1 = 0.1.)
    """
    assert global_norm({"w": np.array([[3.0]]), "b": (np.array([4.0]),)}) == 5
    params = {"w": np.zeros(2)}
    adam = Adam(params)
    adam.step(params, {"w": np.array([3.0, 4.0])}, scale=1 / 5)
    assert np.allclose(0.1 * adam.m["w"], [0.06, 0.08])


def test_fit_clips(monkeypatch):
    seen = []
    monkeypatch.setattr(
        Adam, "step", lambda self, params, g, scale, decay: seen.append((global_norm(g), scale))
    )
    for limit in (1e-3, None, 1e6):
        t.fit(t.MADE(2, (4,)), 20 * data(), rng=RNG(0), epochs=1, clip_norm=limit)
    norms, scales = np.array(seen).T
    assert np.allclose(scales[:3] * norms[:3], 1e-3) and (scales[3:] == 1).all()


def test_blas_threads_are_restored(monkeypatch):
    def threads():
        return [pool["num_threads"] for pool in runtime._blas().info()]

    before = threads()
    with one_blas_thread():
        assert set(threads()) == {1}
    assert threads() == before and before
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)  # not installed: nothing happens
    runtime._blas.cache_clear()
    with one_blas_thread():
        assert runtime._blas() is None
    monkeypatch.undo()
    runtime._blas.cache_clear()


def test_overlapping_runs_restore_the_threads_and_keep_their_kernels_apart():
    from threading import Event, Thread

    from tinymaf.definition import is_plain, plain

    def threads():
        return [pool["num_threads"] for pool in runtime._blas().info()]

    before, inside, leave, seen = threads(), Event(), Event(), []

    def other():
        with one_blas_thread(), plain():
            seen.append(is_plain())
            inside.set()
            leave.wait(10)

    with one_blas_thread():
        thread = Thread(target=other)
        thread.start()
        assert inside.wait(10) and not is_plain() and seen == [True]
        assert set(threads()) == {1}
    assert threads() == before  # whoever set it restores it, whoever else is inside
    leave.set()
    thread.join(10)
    assert threads() == before


@pytest.mark.parametrize(
    "setting, expected", [("3", 3), ("1", 1), ("0", 1), ("many", os.cpu_count())]
)
def test_the_user_s_threads_count(monkeypatch, setting, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", setting)
    assert runtime.n_threads() == expected


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_threads_run_together_and_their_errors_come_out(bad):
    from threading import Barrier

    together, done = Barrier(3), []

    def part(k):
        together.wait(10)  # would break if the parts ran one after another
        done.append(k)
        if k == bad:
            raise KeyError(k)

    with pytest.raises(KeyError):
        runtime.on_threads(part, 3)
    # nobody is left behind, working on arrays that the caller has given up
    assert sorted(done) == [0, 1, 2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_threads_work_in_a_forked_process_too():
    import multiprocessing

    runtime.on_threads(lambda k: None, 2)
    child = multiprocessing.get_context("fork").Process(
        target=runtime.on_threads, args=(lambda k: None, 2)
    )
    child.start()
    child.join(30)
    alive = child.is_alive()
    child.kill()
    assert not alive and child.exitcode == 0


@pytest.mark.parametrize(
    "n, size, threads", [(0, 4, 2), (1, 4, 2), (10, 4, 2), (17, 4, 3), (100, 100, 1)]
)
def test_chunks_cover_every_row_once(n, size, threads):
    rows = runtime.chunks(n, size, threads)
    assert [k for r in rows for k in range(n)[r]] == list(range(n))
    assert all(r.stop - r.start <= size for r in rows)


def test_the_cosine_schedule_goes_from_one_to_zero():
    cosine = SCHEDULES["cosine"]
    assert [round(cosine(done), 6) for done in (0, 0.5, 1)] == [1, 0.5, 0]
    assert SCHEDULES["constant"](0.7) == 1
    result = t.fit(
        t.MADE(1, ()),
        RNG(0).standard_normal((200, 1)),
        rng=RNG(0),
        epochs=10,
        lr=0.1,
        schedule="cosine",
    )
    rates = result.column("lr")
    assert (np.diff(rates) < 0).all()
    assert rates[0] == pytest.approx(0.1 * cosine(0.05))
    assert rates[-1] < 1e-3


# The rules of fit


def data(n=300):
    return RNG(5).standard_normal((n, 2)) @ np.array([[1, 0.5], [0, 1]]) + 1


def test_the_defaults_are_the_paper_s_protocol():
    import inspect

    defaults = {name: p.default for name, p in inspect.signature(t.fit).parameters.items()}
    assert defaults["batch_size"] == 100
    assert defaults["weight_decay"] == 1e-6
    assert defaults["patience"] == 30
    assert t.maf(2).learning_rate == 1e-4
    assert t.MADE(2).learning_rate == 1e-3
    assert defaults["lr"] is None
    result = t.fit(t.maf(2, 1, (4,)), data(), rng=RNG(0), epochs=1)
    assert result.history[0]["lr"] == 1e-4


def test_minibatches_are_full_and_without_repetition():
    batches = _minibatches(RNG(0), 250, 100)
    assert [len(b) for b in batches] == [100, 100] and len(set(np.concatenate(batches))) == 200
    assert [len(b) for b in _minibatches(RNG(0), 30, 100)] == [30]


def test_validation_selects_the_best_epoch_and_patience_stops():
    x = data()
    flow, seen = t.maf(2, 2, (64, 64)), []
    result = t.fit(
        flow,
        x[:40],
        rng=RNG(0),
        x_val=x[200:],
        epochs=500,
        lr=1e-2,
        batch_size=20,
        patience=7,
        callback=lambda row, params: seen.append((row["val"], copy_tree(params))),
    )
    vals = result.column("val")
    assert result.best_epoch == 1 + int(np.argmin(vals)) == len(vals) - 7 and len(vals) < 500
    assert result.stopped == "no better validation score for 7 epochs"
    best = seen[result.best_epoch - 1]
    assert -flow.log_prob(result.params, x[200:]).mean() == best[0] == vals.min()
    assert all(np.array_equal(a, b) for a, b in zip(leaves(result.params), leaves(best[1])))


def test_the_callback_gets_every_epoch_and_the_history_is_a_table():
    rows = []
    result = t.fit(
        t.MADE(2, (4,)),
        data(),
        rng=RNG(0),
        epochs=3,
        callback=lambda row, params: rows.append(dict(row)),
    )
    assert rows == result.history and [r["epoch"] for r in rows] == [1, 2, 3]
    assert result.column("train").shape == (3,) and np.isnan(result.column("val")).all()
    assert result.stopped == "all 3 epochs done" and result.best_epoch == 3


def test_the_same_seed_gives_the_same_bits_and_params_are_not_changed():
    flow, x = t.maf(2, 2, (8,)), data()
    start = flow.init(RNG(0))
    before = copy_tree(start)
    runs = [t.fit(flow, x, rng=RNG(3), params=start, epochs=4, lr=1e-3).params for _ in range(2)]
    assert all(np.array_equal(a, b) for a, b in zip(leaves(start), leaves(before)))
    assert all(np.array_equal(a, b) for a, b in zip(*map(leaves, runs)))


def test_weight_decay_is_the_gradient_of_its_penalty():
    """One step from a flat likelihood: with all weights zero but the penalty, Adam moves against
    the weights' signs.
    """
    made = t.MADE(1, ())
    params = [(np.zeros((1, 2)), np.array([0.0, 0.0]))]
    x = np.array([[-1.0], [1.0]])  # mean 0, variance 1: the gradient at zero is zero
    still = t.fit(made, x, rng=RNG(0), params=params, epochs=1, lr=0.1, weight_decay=0).params
    assert np.allclose(still[0][1], 0, atol=1e-6)
    pulled = t.fit(
        made,
        x,
        rng=RNG(0),
        params=[(np.zeros((1, 2)), np.array([0.0, 1e-3]))],
        epochs=1,
        lr=1e-4,
        weight_decay=1e6,
    ).params
    assert pulled[0][1][1] == pytest.approx(1e-3 - 1e-4, abs=1e-6)


def test_float32_data_train_a_float32_model():
    result = t.fit(t.maf(2, 2, (8,)), data().astype(np.float32), rng=RNG(0), epochs=2)
    assert {leaf.dtype for leaf in leaves(result.params)} == {np.dtype(np.float32)}


def test_fresh_data_are_drawn_every_epoch():
    calls = []

    def draw(rng):
        calls.append(rng.random())
        return data()

    t.fit(t.MADE(2, (4,)), draw, rng=RNG(0), epochs=4)
    assert len(set(calls)) == len(calls) >= 4


def exploding(x):
    """A flow that goes wrong in the third epoch."""

    class Exploding(t.MADE):
        calls = 0

        def objective(self, params, x, context, rng):
            Exploding.calls += 1
            return super().objective(params, x, context, rng) * (
                np.nan if Exploding.calls > 7 else 1
            )

    return Exploding(2, (4,))


def test_nan_stops_with_the_epoch_and_the_best_parameters():
    x = data()
    with pytest.warns(RuntimeWarning, match="the loss was not finite in epoch 3: try a smaller lr"):
        result = t.fit(exploding(x), x, rng=RNG(0), x_val=x, epochs=10)
    assert len(result.history) == 2 and result.best_epoch == 2 and all_finite(result.params)
    assert "epoch 3" in result.stopped


@pytest.mark.filterwarnings("ignore:x.* has mean")  # the data are wild on purpose
def test_real_divergence_never_returns_nan():
    flow = t.realnvp(2, 4, (16,), alpha_bound=None)
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="the loss was not finite"):
        result = t.fit(flow, 50 * data(), rng=RNG(0), epochs=50, lr=30.0, clip_norm=None)
    assert all_finite(result.params)


def test_a_validation_loss_without_a_value_stops_too():
    with (
        np.errstate(all="ignore"),
        pytest.warns(RuntimeWarning, match="validation loss was not finite in epoch 1"),
    ):
        result = t.fit(t.MADE(2, (4,)), data(), rng=RNG(0), x_val=np.full((3, 2), 1e200), epochs=5)
    assert all_finite(result.params) and not result.history


def test_what_a_callback_gets_is_its_to_keep():
    kept = []
    result = t.fit(
        t.MADE(2, (4,)),
        data(),
        rng=RNG(0),
        epochs=3,
        lr=0.1,
        callback=lambda row, p: kept.append(p),
    )
    assert not np.array_equal(kept[0][0][0], kept[1][0][0])
    assert np.array_equal(kept[2][0][0], result.params[0][0])


def test_ctrl_c_returns_the_best_so_far():
    def press(row, params):
        if row["epoch"] == 3:
            raise KeyboardInterrupt

    result = t.fit(t.MADE(2, (4,)), data(), rng=RNG(0), epochs=10, callback=press)
    assert result.stopped == "interrupted"
    assert len(result.history) == 3
    assert all_finite(result.params)


@pytest.mark.parametrize(
    "change, kind, message",
    [
        (dict(rng=0), TypeError, "rng must be a numpy.random.Generator"),
        (dict(epochs=0), ValueError, "epochs must be a whole number of at least 1, got 0"),
        (dict(batch_size=2.5), ValueError, "batch_size must be a whole number"),
        (dict(schedule="linear"), ValueError, "schedule must be one of"),
        (dict(x=np.ones((5, 3))), ValueError, r"x must have shape \(N, 2\), got \(5, 3\)"),
        (dict(x=np.ones((0, 2))), ValueError, "at least one row"),
        (dict(x=np.ones((5, 2), int)), TypeError, "dtype int64"),
        (
            dict(x=np.full((5, 2), np.nan)),
            ValueError,
            "10 values that are not finite, first in row 0",
        ),
        (dict(x_val=np.ones((5, 1))), ValueError, r"x_val must have shape \(N, 2\)"),
        (dict(context=np.ones((300, 1))), ValueError, "context was given"),
        (dict(density=t.MADE(2, context_dim=1)), ValueError, "context is missing"),
        (dict(x_val=np.ones((0, 2))), ValueError, "x_val must have at least one row"),
        (dict(lr=-1.0), ValueError, "lr must be a positive number, got -1.0"),
        (dict(lr="a"), ValueError, "lr must be a positive number, got 'a'"),
        (dict(clip_norm=0), ValueError, "clip_norm must be a positive number, got 0"),
        (dict(weight_decay=-5), ValueError, "weight_decay must be a positive number or 0"),
        (dict(patience=0), ValueError, "patience must be a whole number of at least 1"),
        (
            dict(x=lambda rng: data(), context=np.ones((3, 1))),
            ValueError,
            "context was given beside a function x",
        ),
        (dict(context_val=np.ones((3, 1))), ValueError, "context_val was given without x_val"),
        (
            dict(checkpoint="/no/such/folder/a.npz"),
            ValueError,
            "checkpoint must be in a folder that exists",
        ),
        (
            dict(density=t.MADE(2, context_dim=1), context=np.ones((9, 1))),
            ValueError,
            "for each of the 300 rows",
        ),
    ],
)
def test_a_mistake_is_one_line_before_any_work(change, kind, message):
    arguments = {"density": t.MADE(2), "x": data(), "rng": RNG(0), "epochs": 1, **change}
    with pytest.raises(kind, match=message) as error:
        t.fit(**arguments)
    assert "\n" not in str(error.value)


# Trees and the progress bar


def test_trees_are_seen_through_while_autograd_records_them():
    import autograd.numpy as anp
    from autograd import grad

    tree = {"a": [np.ones(2), (np.ones(3),)]}
    slopes = grad(lambda p: sum(anp.sum(leaf**2) for leaf in leaves(p)))(tree)
    assert slopes["a"][0].tolist() == [2, 2] and slopes["a"][1][0].tolist() == [2, 2, 2]
    doubled = grad(lambda p: anp.sum(map_tree(lambda leaf: 3 * leaf, p)["a"][0]))(tree)
    assert doubled["a"][0].tolist() == [3, 3]


def test_trees():
    tree = {"a": [np.ones(2), (np.zeros((2, 3)),)], "b": ()}
    assert count_params(tree) == 8 and same_shapes(tree, copy_tree(tree))
    doubled = map_tree(lambda a, b: a + b, tree, tree)
    assert doubled["a"][0].tolist() == [2, 2]
    assert isinstance(doubled["a"][1], tuple)
    assert doubled["b"] == ()
    assert not same_shapes(tree, {"a": tree["a"]}) and not same_shapes(tree, {**tree, "b": []})
    assert not same_shapes(tree, map_tree(lambda a: a.astype(np.float32), tree))
    assert all_finite(tree) and not all_finite({"a": np.array([np.inf])})


def test_the_bar_is_quiet_where_nobody_watches(monkeypatch, capsys):
    monkeypatch.setenv("CI", "true")
    t.fit(t.MADE(2, (4,)), data(), rng=RNG(0), epochs=2)
    assert capsys.readouterr() == ("", "")
    monkeypatch.delenv("CI")
    monkeypatch.delenv("TINYMAF_QUIET", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    bar = progress_bar(3)
    bar.set_postfix(train="1.0")
    bar.update()
    bar.close()
    assert "1/3" in capsys.readouterr().err
    t.fit(t.MADE(2, (4,)), data(), rng=RNG(0), epochs=2, progress=True)
    assert "train loss=" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)  # not installed: no bar, no error
    t.fit(t.MADE(2, (4,)), data(), rng=RNG(0), epochs=2, progress=True)
    assert capsys.readouterr().err == ""
