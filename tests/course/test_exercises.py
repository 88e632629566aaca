"""Every exercise: its stub is not attempted, its solution right, each wrong answer wrong with its
own sentence; and
small faults that are made in the solution automatically are noticed."""

import functools
import inspect
import math
import re

import autograd.numpy as anp
import numpy as np
import pytest
from autograd.tracer import getval

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

from kit.mutants import mutants  # noqa: E402
from kit.survivors import SURVIVORS  # noqa: E402

from tinymaf_course.exercises import FOLDER, Exercise, edit, ids, load, package, phrases  # noqa: E402
from tinymaf_course.judging import NOT_ATTEMPTED, RIGHT, WRONG, verdict_on  # noqa: E402
from tinymaf_course.misconceptions import MISCONCEPTIONS  # noqa: E402
from tinymaf_course.values import outcome, same  # noqa: E402

exercises = pytest.mark.parametrize("id", ids())
FUNCTIONS = [id for id in ids() if not load(id).is_value]


def learner(exercise, text):
    """What a cell with this text leaves under the exercise's name; numpy, autograd and math are
    imported."""
    space = {"np": np, "anp": anp, "math": math}
    exec(text, space)
    return space[exercise.name]


def test_there_are_exercises_and_their_folders_say_where_they_stand():
    assert len(ids()) >= 15
    names = [path.stem for path in FOLDER.glob("notebook_*/[a-z]*.py")]
    assert len(names) == len(set(names)) == len(ids()), "each id once, over all folders"
    numbers = {path.name.rpartition("_")[2] for path in FOLDER.glob("notebook_*")}
    assert sum(len(ids(number)) for number in numbers) == len(ids())
    assert all(load(id).notebook == number for number in numbers for id in ids(number))


@exercises
def test_is_complete(id):
    exercise = load(id)
    assert re.fullmatch(r"\d\d", exercise.notebook)
    assert len(exercise.title.strip()) > 20 and len(exercise.title.strip().splitlines()[0]) < 120
    assert len(exercise.hints) == 3 and all(len(text) > 20 for text in exercise.hints)
    assert len(exercise.wrong) >= 4 and len({w.sentence for w in exercise.wrong}) == len(
        exercise.wrong
    )
    assert all(w.misconception in {None, *MISCONCEPTIONS} for w in exercise.wrong)
    if exercise.is_value:
        assert len(exercise.names["TASK"]) > 20 and exercise.cases() == [()]
    else:
        assert len(inspect.getdoc(exercise.solution)) > 60 and len(exercise.cases()) >= 1
        for w in exercise.wrong:
            assert inspect.signature(w.answer) == inspect.signature(exercise.solution), w.name


@exercises
def test_stub_is_not_attempted(id):
    exercise = load(id)
    for answer in (learner(exercise, exercise.stub), ...):
        assert verdict_on(exercise, answer).state == NOT_ATTEMPTED
    assert verdict_on(exercise, None).state == WRONG


@pytest.mark.parametrize("id", FUNCTIONS)
def test_a_missing_return_is_told(id):
    exercise = load(id)
    lines = exercise.solution_text.splitlines()
    without = "\n".join(re.sub(r"\breturn (?!.*:$)", "result = ", line) for line in lines)
    for answer in (learner(exercise, without), lambda *arguments: None):
        verdict = verdict_on(exercise, answer)
        assert verdict.state == WRONG and "is the `return` missing?" in verdict.complaint.what


@exercises
def test_solution_is_right(id):
    exercise = load(id)
    for answer in (exercise.solution, learner(exercise, exercise.solution_text)):
        verdict = verdict_on(exercise, answer)
        assert verdict.state == RIGHT, verdict


@exercises
def test_each_wrong_answer_gets_its_own_sentence(id):
    exercise = load(id)
    for w in exercise.wrong:
        verdict = verdict_on(exercise, w.answer)
        assert (verdict.state, verdict.sentence, verdict.misconception) == (
            WRONG,
            w.sentence,
            w.misconception,
        ), w.name
        assert verdict.complaint.what


@exercises
def test_other_right_answers_are_right_and_taken_for_no_mistake(id):
    exercise = load(id)
    assert len(exercise.alternatives) >= 3
    wrong = [[outcome(w.answer, case) for case in exercise.cases()] for w in exercise.wrong]
    for name, answer in exercise.alternatives.items():
        verdict = verdict_on(exercise, answer)
        assert verdict.state == RIGHT, (name, verdict)
        if exercise.is_value:
            continue
        assert inspect.signature(answer) == inspect.signature(exercise.solution), name
        mine = [outcome(answer, case) for case in exercise.cases()]
        results = [outcome(exercise.solution, case) for case in exercise.cases()]
        for w, theirs in zip(exercise.wrong, wrong):  # some go wrong otherwise than by results
            assert not same(mine, theirs) or same(theirs, results), f"{name} is taken for {w.name}"


def test_right_results_are_not_enough_for_a_known_mistake():
    """`float` in a loss is one; plain NumPy has the same results, and other words are due."""
    exercise = load("flow-loss")

    def by_plain_numpy(x_to_u, params, x):
        u, log_det = x_to_u(params, x)
        u, log_det = np.array(getval(u)), np.array(getval(log_det))
        return np.mean(0.5 * np.sum(u**2 + np.log(2 * np.pi), axis=1) - log_det)

    verdict = verdict_on(exercise, by_plain_numpy)
    assert verdict.state == WRONG and verdict.sentence == ""
    assert "float" not in verdict.complaint.what


def test_most_functions_have_wrong_answers_that_are_edits():
    edits = {id: len(load(id).names.get("WRONG_EDITS", ())) for id in FUNCTIONS}
    assert sum(count > 0 for count in edits.values()) >= 55 and sum(edits.values()) >= 300


TRIPLE = '''
def triple(x):
    """Return 3 x, for 3 is three."""
    # three times
    y = x + x
    return y + x
'''


def triple(*edits):
    """The exercise with these edits as wrong answers."""
    names = {"__package__": package("99"), "cases": None, "judge": None, "WRONG_EDITS": edits}
    exec(TRIPLE, names)
    return Exercise("triple", names, TRIPLE)


def test_an_edit_is_the_solution_with_a_line_or_two_changed():
    wrong = triple(
        edit("minus", "A sign.", ("y + x", "y - x"), misconception="any-order"),
        edit("twice", "Twice.", ("y = x + x\n", ""), ("y + x", "x + x")),
        edit("late", "Late.", ("return y", "y = -y\nreturn y")),
    ).wrong
    assert [
        (w.name, w.answer.__name__, w.sentence, w.misconception, w.answer(5)) for w in wrong
    ] == [
        ("minus", "minus", "A sign.", "any-order", 5),
        ("twice", "twice", "Twice.", None, 10),
        ("late", "late", "Late.", None, -5),
    ]


@pytest.mark.parametrize(
    "changes, times",
    [
        ([("z", "y")], 0),
        ([("x + x", "x"), ("y = x + x", "y = x")], 0),
        ([("y", "x")], 2),
        ([("3 is three", "3")], 0),
        ([("def triple", "def f")], 0),
        ([("y + x", "x"), ("return x", "return y")], 0),
    ],
)
def test_the_old_text_of_an_edit_must_be_in_the_solutions_body_once(changes, times):
    """Docstring and signature are no part of it, nor is what another change has put there."""
    with pytest.raises(
        ValueError,
        match=rf"triple, odd: .* must be in the solution once, it is there {times} times",
    ):
        triple(edit("odd", "Odd.", *changes))


@pytest.mark.parametrize(
    "said, what, got",
    [
        (phrases.shape(np.ones(3), (3,), "x"), None, None),
        (
            phrases.each_row(np.ones((3, 1)), 3),
            "One number for each row is wanted: shape (3,).",
            "shape (3, 1), expected (3,)",
        ),
        (phrases.parts([1, 2], ("x", "y")), None, None),
        (phrases.parts((1, 2, 3), ("x", "y")), "Return two things: x, y.", "(1, 2, 3)"),
        (phrases.results((np.ones(2), 1.0), {"u": (2,), "log_det": ()}), None, None),
        (
            phrases.results(np.ones(2), {"u": (2,), "log_det": ()}),
            "Return two things: u, log_det.",
            "array([1., 1.])",
        ),
        (
            phrases.results((np.ones(2), 1.0), {"u": (2,), "log_det": (2,)}),
            "log_det has the wrong shape.",
            "shape (), expected (2,)",
        ),
        (phrases.number(np.float64(2)), None, None),
        (phrases.number(math.nan), "Return one finite number.", "nan"),
        (phrases.number(True), "Return one finite number.", "True"),
        (phrases.number("2"), "Return one finite number.", "'2'"),
        (phrases.numbers(np.ones(2), ("mean", "sd")), None, None),
        (
            phrases.numbers((1.0, np.ones(2)), ("mean", "sd")),
            "Return two numbers: mean, sd.",
            "(1, array([1., 1.]))",
        ),
        (phrases.finite([1, math.inf], "Finite."), "Finite.", "array([ 1., inf])"),
        (phrases.log_det(np.zeros(2), np.zeros(2), "u by x"), None, None),
        (
            phrases.log_det(np.ones(2), np.zeros(2), "u by x"),
            "log_det must be log|det| of the Jacobian of u by x.",
            "first row: 1.0000, log|det| by differences 0.0000",
        ),
        (
            phrases.log_det(np.full(2, np.nan), np.zeros(2), "u by x"),
            "log_det must be log|det| of the Jacobian of u by x.",
            "first row: nan, log|det| by differences 0.0000",
        ),
        (phrases.mass(1.0001), None, None),
        (phrases.mass(math.nan), "Your density does not integrate to 1.", "nan"),
    ],
)
def test_what_many_judges_say(said, what, got):
    assert said is None if what is None else (said.what, said.got) == (what, got)


@pytest.mark.parametrize("id", FUNCTIONS)
def test_cases_are_the_same_each_time(id):
    exercise = load(id)
    first, second = (
        [outcome(exercise.solution, case) for case in exercise.cases()] for _ in range(2)
    )
    assert same(first, second, exactly=True)


@pytest.mark.parametrize("id", FUNCTIONS)
def test_nonsense_is_wrong_and_is_told_kindly(id):
    exercise = load(id)

    def raises(*arguments):
        raise KeyError("lost")

    for answer in (
        lambda *arguments: 0.0,
        lambda *arguments: "text",
        lambda *arguments: np.full((2, 3, 4), np.nan),
        lambda *arguments: (1.0, 2.0),
        raises,
        lambda: 1,
        3.0,
        [1, 2],
    ):
        verdict = verdict_on(exercise, answer)
        assert verdict.state == WRONG and verdict.complaint.what


# Mutants. A mutant is alive if it is judged right and yet gives something else than the solution,
# at the cases or at others like them. SURVIVORS lists those that may live, each with the reason.


def other_cases(exercise):
    """The exercise's cases with its random numbers drawn from other seeds."""
    draw = np.random.default_rng

    def shifted(seed=None):
        return draw([7, *np.atleast_1d(0 if seed is None else seed)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, "default_rng", shifted)
        return exercise.cases()


def outcomes(function, make_cases):
    return [outcome(function, case) for case in make_cases()]


@functools.cache
def harvest(id):
    """(number of mutants that behave differently, [those that are judged right])."""
    exercise = load(id)
    makers = [exercise.cases, functools.partial(other_cases, exercise)]
    truth = [outcomes(exercise.solution, make) for make in makers]
    differ, alive = 0, []
    with np.errstate(all="ignore"):
        for what, text in mutants(exercise.source, exercise.name):
            space = dict(exercise.names)
            exec(text, space)
            mutant = space[exercise.name]
            if all(same(outcomes(mutant, make), there) for make, there in zip(makers, truth)):
                continue
            differ += 1
            if verdict_on(exercise, mutant).state == RIGHT:
                alive.append(what)
    return differ, alive


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("id", FUNCTIONS)
def test_mutants_are_noticed(id):
    differ, alive = harvest(id)
    assert differ >= 4, "too few mutants to say anything"
    assert sorted(set(alive) - SURVIVORS.get(id, {}).keys()) == [], "these faults are judged right"
    assert sorted(SURVIVORS.get(id, {}).keys() - set(alive)) == [], (
        "these are listed as survivors and are not"
    )


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_at_least_95_percent_of_all_mutants_are_noticed():
    counts = [harvest(id) for id in FUNCTIONS]
    assert sum(len(alive) for _, alive in counts) <= 0.05 * sum(differ for differ, _ in counts)
    assert set(SURVIVORS) <= set(FUNCTIONS) and all(
        all(reasons.values()) for reasons in SURVIVORS.values()
    )
