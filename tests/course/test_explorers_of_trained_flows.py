"""The explorers of trained flows: order and depth, temperature, MADE to coupling, a training live
and on film.
"""

import asyncio
import importlib
import itertools
import threading
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("anywidget")

from kit.claims import claim  # noqa: E402

from tinymaf import AffineCoupling, fit, maf, maf_mog  # noqa: E402
from tinymaf.checks import jacobians  # noqa: E402
from tinymaf.datasets import TOYS, Toy  # noqa: E402
from tinymaf.trees import leaves  # noqa: E402
from tinymaf_course.interactive import cells  # noqa: E402
from tinymaf_course.interactive.wire import decode  # noqa: E402

pytestmark = pytest.mark.long

MOONS = TOYS["two moons"]


def module(name):
    return importlib.import_module(f"tinymaf_course.explorers.{name}")


depth, density, morph, film, live = map(
    module, ("depth", "density", "morph", "training_film", "live_training")
)


def layers(panel, kind):
    return [layer for layer in panel.layers if layer["kind"] == kind]


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr(
        "tinymaf_course.pictures.display", lambda bundle, **_: bundles.append(bundle)
    )
    return bundles


@pytest.mark.parametrize("name", ["depth", "density", "morph", "training_film", "live_training"])
def test_every_explorer_shows_a_sheet_and_words(shown, name):
    getattr(module(name), name)()
    (bundle,) = shown
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert bundle["text/plain"][:2] in ("Fo", "4 ") and 20_000 < len(bundle["image/png"]) < 200_000


# Order and depth


@pytest.mark.trained
@pytest.mark.parametrize("order, n", [("good", 1), ("bad first", 2), ("same", 3)])
def test_nats_short_of_the_truth_on_other_data(order, n):
    flow, params, short, error, _ = depth.models(anew=True)[order, n]
    x = depth.TOY.sample(np.random.default_rng(7), 20_000)
    lost = depth.TOY.log_prob(x) - flow.log_prob(params, x.astype(np.float32))
    claim(
        abs(lost.mean() - short) / (error * 2**0.5),
        None,
        5,
        f"{order}, {n}: standard errors between two samples",
    )
    _, _, shown, its_error, _ = depth.models()[order, n]  # those that are shipped
    assert f"{shown:.3f} ± {2 * its_error:.3f} nats" in depth.say(n, order)
    assert (f"cannot beat {depth.floor():.3f}" in depth.say(n, order)) == (order == "same")
    assert [layer.net.degrees[0] for layer in flow.bijection.layers][0] == (
        2 if order == "good" else 1
    )


@pytest.mark.trained
def test_one_order_stays_at_the_best_model_with_gaussian_conditionals_and_two_orders_pass_it():
    found, floor = depth.models(anew=True), depth.floor()
    assert abs(depth.floor(400) - floor) < 1e-4  # the integral has converged
    for n in depth.LAYERS:
        claim(
            (found["same", n][2] - floor) / found["same", n][3],
            -5,
            None,
            f"{n} in one order: above the floor, errors",
        )
        claim(found["same", n][2] - floor, None, 0.05, f"{n} in one order: above the floor, nats")
        claim(found["good", n][2], None, 0.1, f"{n}, good order first: nats short")
        if n > 1:
            claim(found["bad first", n][2], None, 0.2, f"{n}, bad order first: nats short")
    x = depth.TOY.sample(
        np.random.default_rng(0), 400_000
    )  # E log of the best, with binned moments
    bins = np.digitize(x[:, 0], np.quantile(x[:, 0], np.linspace(0, 1, 401)[1:-1]))
    variance = np.array([x[bins == k, 1].var() for k in range(401) if (bins == k).any()])
    entropy = 0.5 * (np.log(x[:, 0].var()) + np.log(variance).mean()) + np.log(2 * np.pi * np.e)
    assert abs(entropy - depth.TOY.entropy - floor) < 0.01


def test_depth_draws_truth_and_model_in_one_scale():
    for fine, n in ((False, 64), (True, 150)):
        true, learned, noise, scores = depth.draw(2, "good", fine).panels
        one, other = layers(true, "density")[0], layers(learned, "density")[0]
        assert one["vmax"] == other["vmax"] and other["shape"] == [n, n]
        mass = other["values"].mean() / 254 * other["vmax"] * 16 * 14
        assert 0.9 < mass < 1.01
    ring = layers(scores, "lines")[-1]["xy"].mean(axis=0)
    assert np.allclose(ring, [2, np.log10(depth.models()["good", 2][2])], atol=0.05)


def test_circles_hold_their_shares():
    flows = importlib.import_module("tinymaf_course.interactive.film")
    u = np.random.default_rng(0).standard_normal((100_000, 2))
    for circle, share in zip(flows.circles(), (0.5, 0.95)):
        radius = np.hypot(*circle.T)
        assert np.ptp(radius) < 1e-12 and abs(np.mean(np.hypot(*u.T) < radius[0]) - share) < 0.01


# Temperature


@pytest.fixture(scope="module")
def warm():
    flow, stages, _ = module("_flows").recorded_moons()
    return density.Warmth(flow, stages[max(stages)], MOONS.box)


def test_temperature_scales_the_noise_of_the_same_draws(warm):
    x, u = warm.samples(1.0, 100)
    colder, half = warm.samples(0.5, 100)
    assert np.array_equal(half, u / 2) and not np.allclose(colder, x)
    back = warm.flow.bijection.x_to_u(warm.params["bijection"], colder)[0]
    assert np.abs(back - half).max() < 1e-2
    first, again = (
        layers(warm.draw(T, 100, False).panels[2], "points")[0]["xy"] for T in (1.0, 0.5)
    )
    assert np.allclose(again, first / 2) and x.dtype == np.float32


@pytest.mark.parametrize("T", [0.5, 1.0, 1.4])
def test_the_density_at_a_temperature_is_that_of_its_samples(warm, T):
    x, n = cells(MOONS.box, 200), 200
    J = jacobians(
        lambda x: warm.flow.bijection.x_to_u(warm.params["bijection"], x)[0], x[15_000:15_005]
    )
    u = warm.flow.to_noise(warm.params, x[15_000:15_005])
    by_hand = np.exp(-0.5 * (u**2).sum(axis=1) / T**2 + np.linalg.slogdet(J)[1]) / (
        2 * np.pi * T**2
    )
    p = warm.density(T, n)
    assert np.allclose(p.ravel()[15_000:15_005], by_hand, rtol=2e-3, atol=1e-6)
    inside = np.all(np.abs(warm.samples(T, 3000)[0]) < [2.2, 1.6], axis=1).mean()
    assert abs(p.mean() * 4.4 * 3.2 - inside) < 0.02
    if T == 1:
        assert np.allclose(
            p.ravel(), np.exp(warm.flow.log_prob(warm.params, x)), rtol=1e-2, atol=1e-5
        )


def test_no_samples_and_flows_that_cannot_be_shown(warm):
    assert layers(warm.draw(1.0, 0, False).panels[1], "points")[0]["xy"].shape == (0, 2)
    assert "no samples" in warm.say(1.0, 0) and "1,000 samples" in warm.say(1.0, 1000)
    with pytest.raises(ValueError, match="dim 2 and no context, got dim 3"):
        density.Warmth(maf(3), maf(3).init(np.random.default_rng(0)), MOONS.box)
    with pytest.raises(ValueError, match="standard normal base, got MADE"):
        mog = maf_mog(2, 1)
        density.Warmth(mog, mog.init(np.random.default_rng(0)), MOONS.box)
    with pytest.raises(ValueError, match="needs the trained parameters"):
        density.density(maf(2))


@pytest.mark.trained
def test_the_window_holds_nearly_all_samples(warm):
    (a, b), (c, d) = density.window(warm.flow, warm.params)
    x = warm.flow.sample(warm.params, np.random.default_rng(1), 1000)
    claim(np.mean((x > [a, c]) & (x < [b, d])), 0.97, None, "share of samples in the window")
    claim(b - a, None, 8, "width of the window")


# From MADE to a coupling


@pytest.mark.parametrize("dim", [4, 5, 6, 7])
def test_masks_are_the_jacobians_pattern_and_steps_are_what_sampling_takes(dim):
    stages = morph.stages(dim)
    assert [s.steps for s in stages] == [*range(dim, 1, -1), 2] and len(stages) == dim
    for stage in stages:
        sizes = np.bincount(stage.degrees)[1:]
        assert sizes.max() - sizes.min() <= 1, "groups of one size, halves in the end"
        assert np.array_equal(stage.depends, stage.degrees[:, None] > stage.degrees)
        assert np.array_equal(stage.jacobian != 0, stage.depends | np.eye(dim, dtype=bool))
        u, x, passes = np.random.default_rng(3).standard_normal((20, dim)), np.zeros((20, dim)), 0
        truth = stage.layer.u_to_x(stage.params, u)[0]
        while np.abs(x - truth).max() > 1e-10:  # all of x at once, until it is right
            mu, alpha = stage.layer.mu_alpha(stage.params, x)
            x, passes = mu + np.exp(alpha) * u, passes + 1
        assert passes == stage.steps


@pytest.mark.parametrize("dim", [4, 5, 6])
def test_the_last_stage_is_the_librarys_coupling_with_the_same_weights(dim):
    last = morph.stages(dim)[-1]
    stay = last.degrees == 1
    (w1, b1), (w2, b2), (v, c) = last.params
    mapped = np.tile(~stay, 2)
    coupling = AffineCoupling(stay, hidden=(24, 24), activation="tanh")
    weights = [[(w1[stay], b1), (w2, b2), (v[:, mapped], c[mapped])]]
    x = np.random.default_rng(5).standard_normal((10, dim))
    for one, other in zip(coupling.x_to_u(weights, x), last.layer.x_to_u(last.params, x)):
        assert np.abs(one - other).max() < 1e-12
    assert np.array_equal(last.jacobian[:, stay][stay], np.eye(stay.sum()))
    assert "RealNVP" in morph.say(dim - 1, dim) and "this is MADE" in morph.say(0, dim)


def test_morph_draws_what_it_says():
    for stage in range(6):
        diagram, allowed, slopes, price = morph.draw(stage, 6).panels
        now = morph.stages(6)[stage]
        kept = int(now.depends.sum())
        assert f"{now.steps} sequential steps to sample, {kept} of 15" in morph.say(stage, 6)
        assert len(layers(diagram, "lines")) == kept == len(layers(allowed, "density")[0]["marks"])
        assert len(layers(slopes, "density")[0]["marks"]) == kept + 6
        assert sum("degree" in layer["text"] for layer in layers(diagram, "text")) == now.steps
        assert np.allclose(
            layers(price, "lines")[-1]["xy"].mean(axis=0), [now.steps, kept], atol=0.2
        )
    with pytest.raises(ValueError, match="from 4 to 7, got 3"):
        morph.morph(3)


@pytest.mark.parametrize("dim", range(4, 8))
def test_four_stages_on_paper(dim):
    stages = [frame["stage"] for frame in morph.sheet_for(dim)]
    assert (
        len(set(stages)) == 4
        and stages == sorted(stages)
        and stages[0] == 0
        and stages[-1] == dim - 1
    )


# A training on film


def test_the_film_shows_the_parameters_and_the_loss_of_its_epoch():
    flow, stages, history = module("_flows").recorded_moons()
    shot = film.Film(flow, stages, history, MOONS, cells=20)
    x = MOONS.sample(np.random.default_rng(9), 4000)
    for epoch in (0, 10, 40):
        p, samples, loss = shot.draw(epoch).panels
        mark = layers(loss, "points")[0]["xy"][0]
        assert mark[0] == epoch and abs(mark[1] - shot.loss(epoch)) < 1e-6
        assert abs(-flow.log_prob(stages[epoch], x).mean() - shot.loss(epoch)) < 0.12
        made = flow.bijection.u_to_x(stages[epoch]["bijection"], shot.u)[0]
        assert np.allclose(layers(samples, "points")[1]["xy"], made, atol=1e-5)
        assert f"epoch {epoch} of 40: loss {shot.loss(epoch):.2f} nats" in shot.say(epoch)
    assert np.array_equal(
        layers(shot.draw(0).panels[1], "points")[1]["xy"], shot.u.astype(np.float32)
    )
    assert abs(shot.entropy + MOONS.log_prob(x).mean()) < 0.05


def test_a_film_of_your_own(shown):
    flow, rng = maf(2, 2, (8,)), np.random.default_rng(0)
    stages, history = module("_flows").record(
        flow, MOONS.sample(rng, 300), rng, epochs=(0, 1, 3), lr=1e-2
    )
    assert sorted(stages) == [0, 1, 3] and len(history) == 3
    assert all(
        np.array_equal(a, b)
        for a, b in zip(
            leaves(stages[3]),
            leaves(
                fit(
                    flow,
                    MOONS.sample(np.random.default_rng(0), 300),
                    rng=_after(flow),
                    params=stages[0],
                    epochs=3,
                    lr=1e-2,
                    progress=False,
                ).params
            ),
        )
    )
    film.training_film(flow, stages, history, MOONS, sheet=[0, 1, 3])
    assert "at epochs 0, 1, 3" in shown[0]["text/plain"]


def _after(flow):
    """The generator as `record` handed it on to `fit` above."""
    rng = np.random.default_rng(0)
    MOONS.sample(rng, 300)
    flow.init(rng)
    return rng


# A training live


def figure(flow=None, toy=MOONS):
    watched = live.Watched(flow or maf(2, 2, (8,)), toy)
    return live.LiveTraining(
        watched.training,
        draw=watched.draw,
        controls=live.controls(),
        sheet=live.SHEET,
        alt="a training",
        say=watched.say,
        columns=1,
    )


def click(shown, name):
    shown.buttons[name].click()


def weights(shown):
    return np.concatenate([leaf.ravel() for leaf in leaves(shown.training.params)])


async def until(condition):
    """Others have their turn until it holds; who calls this bounds it."""
    while not condition():
        await asyncio.sleep(0.005)


def clock(monkeypatch, *modules):
    """In these modules a millisecond passes at each look at the clock, on any machine."""
    ticks = itertools.count()
    for module in modules:
        monkeypatch.setattr(
            module, "time", SimpleNamespace(perf_counter=lambda: next(ticks) / 1000)
        )


def in_a_loop(test):
    """Run an async test; afterwards nothing may be left: no task, no thread."""
    threads = threading.active_count()

    async def run():
        before = asyncio.all_tasks()
        await test()
        await until(lambda: asyncio.all_tasks() == before)

    asyncio.run(asyncio.wait_for(run(), 120))
    assert threading.active_count() == threads


def test_start_pause_step_and_reset():
    async def test():
        shown = figure()
        untrained = weights(shown)
        await asyncio.sleep(0.1)
        assert np.array_equal(weights(shown), untrained), "nothing trains before start"
        click(shown, "start")
        assert shown.buttons["start"].disabled and not shown.buttons["pause"].disabled
        await until(lambda: len(shown.training.losses) >= 5)
        assert not np.array_equal(weights(shown), untrained) and shown.canvas.says[0].endswith(
            "rate 0.0050"
        )
        click(shown, "pause")
        done, paused = len(shown.training.losses), weights(shown)
        assert not shown.buttons["start"].disabled and shown.buttons["pause"].disabled
        assert shown.canvas.says[0].startswith(
            f"{done} updates, loss {np.mean(shown.training.losses[-20:]):.2f}"
        )
        await asyncio.sleep(0.2)
        assert len(shown.training.losses) == done and np.array_equal(weights(shown), paused)
        click(shown, "step")
        assert len(shown.training.losses) == done + 5 and not np.array_equal(weights(shown), paused)
        shown.controls["speed"].value = 20
        click(shown, "step")
        assert len(shown.training.losses) == done + 25
        click(shown, "start")
        click(shown, "start")
        await until(lambda: len(shown.training.losses) > done + 25)
        click(shown, "reset")
        await asyncio.sleep(0.2)
        assert shown.training.losses == [] and np.array_equal(weights(shown), untrained)
        assert "0 updates, untrained" in shown.canvas.says[0] and not shown.slices.running
        shown.close()

    in_a_loop(test)


def test_others_have_their_turn_while_it_trains(monkeypatch):
    clock(monkeypatch, module("_live"), live)

    async def test():
        shown, done = figure(), [0]
        shown.controls["speed"].value = 100
        click(shown, "start")
        while done[-1] < 300:
            await asyncio.sleep(0)
            done.append(len(shown.training.losses))
        assert np.diff(done).max() <= 31, "30 ms, and the update that was under way"
        shown.close()

    in_a_loop(test)


def test_a_job_without_a_rest_is_cut_into_slices(monkeypatch):
    clock(monkeypatch, module("_live"))

    def job():
        while True:
            counts[0] += 1
            assert counts[0] - counts[1] <= 31, "30 ms at most before the others' turn"
            yield 0

    counts, failures = [0, 0], []

    async def test():
        slices = module("_live").Slices(job, failures.append)
        slices.start()
        while counts[0] < 200 and not failures:
            await asyncio.sleep(0)
            counts[1] = counts[0]
        slices.stop()
        assert failures == []

    in_a_loop(test)


def test_the_learning_rate_is_taken_at_once_and_the_same_rate_goes_the_same_way():
    one, other = figure(), figure()
    click(one, "step")
    click(other, "step")
    assert one.training.losses == other.training.losses
    other.controls["lr"].value = 0.05
    assert "learning rate 0.0500" in other.canvas.says[0]
    click(one, "step")
    click(other, "step")
    assert (
        one.training.losses[:6] == other.training.losses[:6]
        and one.training.losses[7] != other.training.losses[7]
    )


def test_the_picture_is_that_of_the_parameters():
    shown = figure()
    for _ in range(3):
        click(shown, "step")
        panels = decode(shown.canvas.frames)["rows"][0]
        samples, curve = (
            panels[1]["layers"][1]["xy"].reshape(-1, 2),
            panels[2]["layers"][1]["xy"].reshape(-1, 2),
        )
        u = np.random.default_rng(3).standard_normal((400, 2))
        made = shown.training.flow.bijection.u_to_x(shown.training.params["bijection"], u)[0]
        assert np.allclose(samples, made, atol=1e-5) and not np.allclose(samples, u, atol=1e-3)
        assert np.allclose(curve[:, 1], shown.training.losses, atol=1e-5) and curve[-1, 0] == len(
            curve
        )


def test_running_the_cell_again_stops_the_former_run(shown, monkeypatch):
    from tinymaf_course.interactive import rerun

    now = ["cell", "run 1"]
    monkeypatch.setattr(rerun, "_now", lambda: tuple(now))
    made = []
    monkeypatch.setattr(live, "LiveTraining", _kept(live.LiveTraining, made))
    monkeypatch.setattr(live, "SHEET", [{"updates": n} for n in (0, 5, 20)])

    async def test():
        live.live_training(maf(2, 2, (8,)))
        click(made[0], "start")
        await until(lambda: made[0].training.losses)
        now[1] = "run 2"
        live.live_training(maf(2, 2, (8,)))
        done = len(made[0].training.losses)
        await asyncio.sleep(0.1)
        assert (
            len(made[0].training.losses) == done > 0
            and not made[0].slices.running
            and made[0].canvas.comm is None
        )
        now[:] = [None, None]  # where there are no cell ids it is paused all the same
        click(made[1], "start")
        live.live_training(maf(2, 2, (8,)))
        assert not made[1].slices.running and made[1] in live._alive and made[0] not in live._alive
        click(made[1], "start")
        click(made[2], "start")  # one at a time
        assert made[2].slices.running and not made[1].slices.running
        for each in made[1:]:
            each.close()

    in_a_loop(test)


def _kept(cls, made):
    def make(*args, **parts):
        made.append(cls(*args, **parts))
        return made[-1]

    return make


def test_a_loss_without_a_value_is_said_in_the_figure_until_reset():
    def draw(rng, n):
        calls.append(n)
        x = MOONS.draw(rng, n)
        return x * 1e200 if n == 250 and calls.count(250) > 7 else x  # log p overflows

    calls = []
    toy = Toy("a trap", draw, MOONS.log_density, MOONS.box)

    async def test():
        shown = figure(toy=toy)
        click(shown, "start")
        await until(lambda: shown.canvas.error)
        assert (
            "update 8 gave a loss of" in shown.canvas.error and "press reset" in shown.canvas.error
        )
        assert not shown.slices.running and not shown.buttons["start"].disabled
        shown.controls["lr"].value = 1e-3
        assert "press reset" in shown.canvas.error, "another rate does not mend it"
        click(shown, "step")
        assert "press reset" in shown.canvas.error and len(shown.training.losses) == 8
        calls.clear()
        click(shown, "reset")
        assert shown.canvas.error == ""
        click(shown, "step")
        assert shown.canvas.error == "" and len(shown.training.losses) == 5
        shown.close()

    in_a_loop(test)


def test_any_exception_is_said_in_the_figure_and_raised_by_the_rehearsal():
    def broken(rng, n):
        if n == 250:
            raise ZeroDivisionError("no data today")
        return MOONS.draw(rng, n)

    async def test():
        shown = figure(toy=Toy("broken", broken, MOONS.log_density, MOONS.box))
        click(shown, "start")
        await until(lambda: shown.canvas.error)
        assert shown.canvas.error == "The training has stopped. ZeroDivisionError: no data today"
        assert not shown.slices.running
        with pytest.raises(ZeroDivisionError):
            shown.rehearse()
        shown.close()

    in_a_loop(test)


def test_without_an_event_loop_the_figure_says_so():
    shown = figure()
    click(shown, "start")
    assert (
        "RuntimeError: a training needs an event loop" in shown.canvas.error
        and not shown.slices.running
    )


def test_a_button_that_is_not_wired_is_an_error():
    shown = figure()
    shown.buttons["step"]._click_handlers.callbacks.clear()
    with pytest.raises(RuntimeError, match="'step' is not wired"):
        shown.rehearse()


def test_it_pauses_by_itself_in_the_end(monkeypatch):
    monkeypatch.setattr(live, "MOST", 10)
    monkeypatch.setattr(live, "PERIOD", 0)

    async def test():
        shown = figure()
        for done in (10, 20):
            click(shown, "start")
            await until(lambda: not shown.slices.running)
            assert len(shown.training.losses) == done
            assert not shown.buttons["start"].disabled
        shown.close()

    in_a_loop(test)
