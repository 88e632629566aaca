"""The benchmarks measure what they say, fairly, and without any peer installed."""

import json
import math

import pytest

from benchmarks import goals, models, report, tape, timing
from benchmarks.__main__ import main, options
from benchmarks.cases import SIZES
from benchmarks.merge import merge
from benchmarks.models import build
from benchmarks.models.products import products, shapes
from benchmarks.sameness import check, integral


class Clock:
    """A clock that only moves when a task is called."""

    now = 0.0

    def __call__(self):
        return self.now


def tasks_on(clock, costs, calls):
    def make(name, cost):
        def call():
            calls.append(name)
            clock.now += cost

        return timing.Task(name, call)

    return [make(name, cost) for name, cost in costs.items()]


def test_every_repetition_gives_each_implementation_its_turn_and_another_one_the_first():
    clock, calls = Clock(), []
    tasks = tasks_on(clock, {"a": 0.1, "b": 0.2, "c": 0.3}, calls)
    times, first = timing.interleave(tasks, repeats=3, least=0.0, warm_ups=2, clock=clock)
    assert "".join(calls[:6]) == "aabbcc"  # warm-up
    # one call to settle, one that is timed
    assert "".join(calls[6:]) == "aabbcc" + "bbccaa" + "ccaabb"
    assert first == pytest.approx({"a": 0.1, "b": 0.2, "c": 0.3})
    assert {name: pytest.approx([cost] * 3) for name, cost in first.items()} == times


def test_short_work_is_repeated_to_fill_the_time_and_long_work_is_not():
    clock, calls = Clock(), []
    tasks = tasks_on(clock, {"short": 1 / 128, "long": 3.0, "endless": 30.0}, calls)
    times, _ = timing.interleave(tasks, repeats=5, least=1 / 16, long_repeats=2, clock=clock)
    assert [len(times[name]) for name in ("short", "long", "endless")] == [5, 2, 1]
    assert calls.count("short") == 3 + 5 * 9 and calls.count("endless") == 1
    assert times["short"] == [1 / 128] * 5


def test_a_task_is_finished_inside_the_clock_and_its_context_entered_outside():
    clock, events = Clock(), []

    class Around:
        def __enter__(self):
            clock.now += 100

        def __exit__(self, *error):
            events.append("out")

    def finish(result):
        clock.now += 1
        events.append(result)

    times, _ = timing.interleave(
        [timing.Task("a", lambda: "r", finish, Around)], 1, least=0.0, warm_ups=1, clock=clock
    )
    assert times == {"a": [1.0]} and events == ["r", "out", "r", "r", "out"]


def test_ratios_are_medians_within_repetitions():
    assert timing.ratio([1, 2, 30], [2, 4, 10]) == 0.5
    assert timing.ratio([1, 2], [4, 4, 1]) == 0.375  # only repetitions that both took part in
    assert timing.fastest({"a": [3, 1], "b": [1.5], "c": []}, ["a", "b", "c", "d"]) == "b"
    assert timing.fastest({}, ["a"]) is None and math.isnan(timing.median([]))


GOAL = goals.Goal("w", "peers", 0.5, "training", ("T2", "T6"), "mine", ("p", "q"))


def judged(t2, t6=None, goal=GOAL):
    times = {"training maf T2": t2} | ({} if t6 is None else {"training maf T6": t6})
    return goals.outcome_of(goal, times)


def test_the_worst_size_decides_and_the_fastest_peer_counts():
    good, bad = {"mine": [1.0], "p": [4.0], "q": [2.0]}, {"mine": [1.1], "p": [2.0], "q": [9.0]}
    assert judged(good, good)["values"] == {"T2": 0.5, "T6": 0.5}
    assert judged(good, good)["outcome"] == "PASS"
    assert judged(good, bad)["outcome"] == judged(bad, good)["outcome"] == "MISS"
    assert judged(good)["outcome"] == "partly" and judged(bad)["outcome"] == "MISS"
    assert judged({"mine": [1.0]}, {"p": [1.0]})["outcome"] == "not measured"


def test_limits_from_below_in_seconds_and_for_those_who_never_arrive():
    twin = goals.Goal("w", "fused", 4.0, "training", ("T2",), "mine", ("p",), at_least=True)
    assert judged({"mine": [8.0], "p": [2.0]}, goal=twin)["outcome"] == "PASS"
    assert judged({"mine": [7.0], "p": [2.0]}, goal=twin)["outcome"] == "MISS"
    frame = goals.Goal("w", "33 ms", 1.0, "training", ("T2",), "mine", 0.033)
    assert judged({"mine": [0.0165]}, goal=frame)["values"]["T2"] == pytest.approx(0.5)
    never = [math.inf] * 3
    one = goals.Goal("w", "p", 0.5, "training", ("T2",), "mine", ("p",))
    assert judged({"mine": [1.0] * 3, "p": never}, goal=one)["outcome"] == "PASS"
    assert judged({"mine": never, "p": [1.0] * 3}, goal=one)["outcome"] == "MISS"
    assert judged({"mine": never, "p": never}, goal=one)["outcome"] == "MISS"


def test_every_goal_names_sizes_and_work_that_exist():
    for goal in goals.GOALS:
        assert set(goal.sizes) <= set(SIZES) and goal.limit > 0
    assert "not measured" in report.goals_table(goals.outcomes({}))


def test_missing_peers_are_named(monkeypatch):
    assert models.missing("tinymaf") == []
    assert models.missing("zuko", find=lambda package: None) == ["torch", "zuko"]


def test_the_bare_products_are_those_of_the_flow():
    model, case = build("tinymaf float32", "maf", SIZES["T6"]), SIZES["T6"]
    assert shapes("maf", case)[:3] == model.describe() == [(6, 100), (100, 100), (100, 12)]
    products("realnvp", case, "float32")()
    for kind in ("maf", "realnvp"):
        weights = sum(a * b + b for a, b in shapes(kind, case))
        assert weights == build("tinymaf float32", kind, case).n_params


def test_densities_that_are_none_are_refused(monkeypatch):
    model = build("tinymaf float32", "maf", SIZES["T2"])
    assert integral(model, n=200) == pytest.approx(1, abs=0.01)
    monkeypatch.setattr("benchmarks.sameness.integral", lambda model: 1.1)
    with pytest.raises(ValueError, match="integral 1.1000 is not 1"):
        check(["tinymaf float32"], ["maf"], ["T2"])


def test_the_tape_of_a_plain_step_is_long_and_that_of_a_fused_one_short():
    found = tape.profile(repeats=2)
    plain, fused = (
        sum(found[way]["nodes"].values()) for way in ("plain autograd", "one node a flow")
    )
    assert plain > 100 and fused < 10


def test_options_are_checked_before_any_work():
    assert options(["--quick"]).sizes == ["T2"] and "moons" not in options(["--quick"]).only
    for wrong in (["--sizes", "T3"], ["--only", "training,nothing"], ["--peers", "pyro"]):
        with pytest.raises(SystemExit):
            options(wrong)


def test_a_quick_run_without_peers_writes_its_report(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.setting.set_threads", lambda wanted: (2, "left alone"))
    monkeypatch.setattr("benchmarks.__main__.missing", lambda name: [name.lower()])
    monkeypatch.setattr("benchmarks.sameness.integral", lambda model: 1.0)
    lines = []
    works = "training,sampling,plain,start,memory"
    main(
        [
            "--quick",
            "--sizes",
            "T2",
            "--repeats",
            "1",
            "--kinds",
            "maf",
            "--only",
            works,
            "--out",
            str(tmp_path),
        ],
        lines.append,
    )
    assert any("zuko is skipped: not installed: zuko" in line for line in lines)
    found = json.loads((tmp_path / "results.json").read_text())
    assert found["missing"] == ["FlowJAX", "nflows", "normflows", "zuko"]
    assert set(found["times"]) == {f"{work} maf T2" for work in works.split(",")}
    for place in found["times"].values():
        assert all(len(seconds) == 1 and seconds[0] > 0 for seconds in place.values())
    text = (tmp_path / "RESULTS.md").read_text()
    assert "Not installed, and skipped: FlowJAX, nflows, normflows, zuko" in text
    assert "not measured" in text
    assert "| MAF, T2 | tinymaf float64 | 23,060 | 2 x 64, 64 x 64, 64 x 4 |" in text
    assert (tmp_path / "times.png").stat().st_size > 5_000


def test_runs_are_added_up_and_judged_together():
    def results(size, seconds, date):
        times = {
            f"training maf {size}": {"tinymaf float64": [seconds], "zuko": [2.0], "FlowJAX": [1.0]}
        }
        return {
            "runs": [date],
            "times": times,
            "first_calls": {},
            "scaling": [],
            "missing": [],
            "sameness": [{"kind": "maf", "size": size, "name": "zuko"}],
            "settings": {"sizes": [size], "kinds": ["maf"], "only": ["training"], "repeats": 1},
        }

    both = merge(results("T6", 1.0, "Monday"), results("T2", 0.5, "Tuesday"))
    assert both["runs"] == ["Monday", "Tuesday"]
    assert list(both["times"]) == [
        "training maf T2",
        "training maf T6",
    ]
    assert both["settings"]["sizes"] == ["T2", "T6"] and len(both["sameness"]) == 2
    assert both["goals"][0]["values"] == {"T2": 0.25, "T6": 0.5}
    assert both["goals"][0]["outcome"] == "MISS"
    again = merge(both, results("T6", 0.4, "Wednesday"))
    assert again["goals"][0]["values"] == {"T2": 0.25, "T6": 0.2}
    assert again["goals"][0]["outcome"] == "PASS"
    assert len(again["sameness"]) == 2
