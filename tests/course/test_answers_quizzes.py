"""Quizzes, progress, and the cards that check, hint and solution show."""

import importlib
import json
import os
import re
import signal
import time

import numpy as np
import pytest

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

from tinymaf_course import answers, attempt, cards, check, hint, progress, solution  # noqa: E402
from tinymaf_course.exercises import Complaint, Exercise, load, package, wrong  # noqa: E402
from tinymaf_course.judging import verdict_on  # noqa: E402
from tinymaf_course.quiz import Item, make_form  # noqa: E402

quiz = importlib.import_module("tinymaf_course.quiz")  # the package has functions of these names
store = importlib.import_module("tinymaf_course.progress")
SOURCE = '''"""Twice as much."""
OPTIONAL = False
HINTS = ("first `a < b`", "second", "third")
def double(x):
    """Return 2 x."""
    return 2 * x      # <script>
'''


@wrong("You added, <b>did</b> you?", misconception="any-order")
def added(x):
    return x + 2


def demo(judgement=lambda answer, x: None if np.array_equal(answer(x), 2 * x) else "not `2 * x`"):
    names = {
        "__package__": package("99"),
        "added": added,
        "cases": lambda: [(np.arange(3.0),)],
        "judge": judgement,
    }
    exec(SOURCE, names)
    return Exercise("double", names, SOURCE)


@pytest.fixture
def exercise(monkeypatch):
    monkeypatch.setattr(answers, "load", lambda id: demo())
    return demo()


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(store, "_memory", {})
    monkeypatch.delenv("TINYMAF_PROGRESS", raising=False)
    monkeypatch.delenv("TINYMAF_STRICT", raising=False)
    monkeypatch.setenv("TINYMAF_QUIET", "1")


@pytest.fixture
def shown(monkeypatch):
    """What a notebook would show: [{MIME type: text}]."""
    seen = []
    monkeypatch.setattr("IPython.get_ipython", lambda: True)
    monkeypatch.setattr(cards, "display", lambda bundle, raw: seen.append(bundle))
    return seen


# Exercises


def test_check_gives_back_the_answer_when_right_and_else_the_courses_own(exercise, capsys):
    def good(x):
        return x + x

    assert check("double", good) is good
    assert check("double", lambda x: x)(3) == 6 and check("double", ...)(3) == 6
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("double: right.") and lines[1] == "double: not yet. not `2 * x`"
    assert lines[2] == "  Tested: double(array([0., 1., 2.]))"
    assert lines[3].startswith("  Meanwhile: the notebook goes on with the course's own `double`")
    assert lines[4].startswith("double: not attempted")


def test_a_known_mistake_gets_its_sentence_and_what_was_found(exercise, shown):
    check("double", lambda x: 2 + x)
    (bundle,) = shown
    assert bundle["text/plain"].startswith(
        "double: not yet. You added, <b>did</b> you?\n  What was found: not `2 * x`"
    )
    markup = bundle["text/html"]
    assert "You added, &lt;b&gt;did&lt;/b&gt; you?" in markup and "<code>2 * x</code>" in markup
    assert "&#10007;" in markup and "Not yet" in markup, "an icon and a word"


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda x: x[5], ["raised IndexError", "double(array([0., 1., 2.]))", "x[5]"]),
        (lambda: 3, ["raised TypeError", "How many arguments"]),
        (lambda x: x.__imul__(2), ["changes its arguments"]),
        (lambda x: object(), ["not `2 * x`"]),
        (3, ["must be a function", "3"]),
    ],
)
def test_what_goes_wrong_is_told_with_its_input(answer, words, exercise, capsys):
    check("double", answer)
    said = capsys.readouterr().out
    assert all(word in said for word in ["not yet", *words]) and "0x" not in said


def test_a_judge_that_trips_over_the_answer_blames_the_answer():
    verdict = verdict_on(demo(lambda answer, x: answer(x).shape[7]), lambda x: x)
    assert verdict.state == "wrong" and "cannot be used: IndexError" in verdict.complaint.what
    assert verdict.complaint.got == "array([0., 1., 2.])"


def test_a_judge_that_says_neither_none_nor_words_is_an_error():
    with pytest.raises(TypeError, match="must return None, a sentence or a Complaint"):
        verdict_on(demo(lambda answer, x: True), lambda x: x)


def test_a_complaint_is_told_in_full(capsys, monkeypatch):
    full = Complaint("the what", tested="the input", got="the output", look="the place")
    monkeypatch.setattr(answers, "load", lambda id: demo(lambda answer, x: full))
    check("double", lambda x: x)
    assert capsys.readouterr().out == (
        "double: not yet. the what\n  Tested: the input\n  Came out: the output\n"
        "  Look at: the place\n"
        "  Meanwhile: the notebook goes on with the course's own `double`, so what the cells below "
        "say is not about yours.\n"
    )


def test_where_a_known_mistake_has_its_sentence_the_judges_hint_is_left_out(capsys, monkeypatch):
    full = Complaint("the what", look="another place")
    monkeypatch.setattr(answers, "load", lambda id: demo(lambda answer, x: full))
    check("double", lambda x: x + 2)
    assert "You added" in (said := capsys.readouterr().out) and "another place" not in said


def test_a_missing_return_is_told_and_what_print_does(exercise, capsys):
    check("double", lambda x: print(2 * x))
    said = capsys.readouterr().out
    assert said.startswith("double: not yet. Your function returned None: is the `return` missing?")
    assert "only `return` hands it back" in said and "Not attempted" not in said
    check("double", lambda x: (2 * x).tolist() and None)
    said = capsys.readouterr().out
    assert "is the `return` missing?" in said and "hands it back" not in said


@pytest.mark.parametrize("right", [True, False])
def test_a_print_is_told_once_and_labelled(right, exercise, shown, capsys):
    def answer(x):
        print("x is", x)
        return (2 if right else 3) * x

    check("double", answer)
    assert capsys.readouterr().out == "" and len(shown) == 1
    for text in shown[0].values():
        assert text.count("Printed by your function") == text.count("x is [0. 1. 2.]") == 1
    check("double", lambda x: [print(k) for k in range(50)] and 2 * x)
    assert shown[1]["text/plain"].endswith("Printed by your function: 0 / 1 / 2 / ...")
    check("double", lambda x: 2 * x)
    assert "Printed" not in shown[2]["text/plain"]


def endless(x):
    while x is not None:
        try:
            time.sleep(0.001)
        except BaseException:  # as a bare `except:` would
            if x.stubborn:
                x.stubborn = False
            else:
                raise


class Stubborn(np.ndarray):
    stubborn = True


@pytest.mark.parametrize("way", ["by_alarm", "from_beside"])
def test_an_endless_loop_is_stopped_and_the_next_answer_judged(way, exercise, monkeypatch, capsys):
    monkeypatch.setattr(attempt, "at_most", getattr(attempt, way))
    monkeypatch.setattr(answers, "SECONDS", 0.2)
    asked = demo()
    asked.cases = lambda: [(np.arange(3.0).view(Stubborn),)]
    monkeypatch.setattr(answers, "load", lambda id: asked)
    monkeypatch.setattr("tinymaf_course.judging.copy", lambda tree: tree)
    check("double", endless)
    said = capsys.readouterr().out
    assert said.startswith("double: not yet. Your function was stopped: it had not ended after 0.2")
    assert "it was at the line `" in said and "A `while` needs something" in said
    assert check("double", lambda x: 2 * x)(3) == 6 and "right" in capsys.readouterr().out
    time.sleep(0.8)  # nothing rings any more


def test_the_calls_of_an_answer_share_the_time(exercise, monkeypatch, capsys):
    asked = demo()
    asked.cases = lambda: [(np.arange(3.0),)] * 40
    monkeypatch.setattr(answers, "load", lambda id: asked)
    monkeypatch.setattr(answers, "SECONDS", 0.3)
    check("double", lambda x: time.sleep(0.02) or 2 * x)
    assert "Your function was stopped" in capsys.readouterr().out
    monkeypatch.setattr(answers, "SECONDS", 5)
    check("double", lambda x: time.sleep(0.02) or 2 * x)
    assert "right" in capsys.readouterr().out


def test_in_a_browser_nothing_is_limited(monkeypatch):
    monkeypatch.setattr(attempt.sys, "platform", "emscripten")
    with attempt.at_most(0.01):
        time.sleep(0.05)


def test_a_timer_that_was_set_before_runs_on():
    if not hasattr(signal, "setitimer"):
        pytest.skip("no timers on this system")
    former = signal.setitimer(signal.ITIMER_REAL, 100)
    try:
        with attempt.by_alarm(5):
            assert signal.getitimer(signal.ITIMER_REAL)[0] <= 5
        assert 95 < signal.getitimer(signal.ITIMER_REAL)[0] <= 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, *former)


def test_where_the_courses_own_helper_raises_the_learners_line_is_shown(capsys):
    check("ar-log-density", narrow_rows)
    assert "Look at: The line `mu, alpha = conditional(i, x[:, :i])`" in capsys.readouterr().out


def narrow_rows(x, conditional):
    log_p = np.zeros(len(x))
    for i in range(x.shape[1]):
        mu, alpha = conditional(i, x[:, :i])
        log_p = log_p - mu - alpha
    return log_p


def test_what_autograd_cannot_follow_is_told_in_words(capsys):
    def as_float(u_to_x, log_target, u):
        solve = load("reverse-kl-loss").solution
        return float(solve(u_to_x, log_target, u) + np.float64(0)) + 0.0

    check("reverse-kl-loss", as_float)
    said = capsys.readouterr().out
    assert "float(...) cuts the thread" in said and "What was found: autograd cannot follow" in said
    assert "ArrayBox" not in said


def test_what_a_task_rules_out_is_seen_in_the_names_that_an_answer_uses():
    asked = demo()
    asked.forbidden = {"add sum": "Do not add.", "det": "No determinant."}
    good = verdict_on(asked, lambda x: 2 * x)
    bad = verdict_on(asked, lambda x: [np.add(one, one) for one in [x]][0])
    assert good.state == "right"
    assert (bad.state, bad.complaint.what) == (
        "wrong",
        "Do not add.",
    ) and "`add`" in bad.complaint.got


def test_warnings_of_a_learners_function_are_not_errors(exercise):
    assert (
        verdict_on(
            exercise, lambda x: 2 * x + 0 * np.log(x - 5).sum() if False else np.log(np.exp(2 * x))
        ).state
        != ""
    )


def test_an_untouched_stub_with_a_bug_is_not_attempted():
    names = {
        "__package__": package("99"),
        "cases": lambda: [(1,)],
        "judge": lambda answer, x: "no",
        "STUB": "def double(x):\n    return x\n",
    }
    exec(SOURCE, names)
    exercise, space = Exercise("double", names, SOURCE), {}
    exec(exercise.stub, space)
    assert verdict_on(exercise, space["double"]).state == "not attempted"
    exec(exercise.stub.replace("return x", "'Other words.'\n    return x"), space)
    assert verdict_on(exercise, space["double"]).state == "not attempted"
    exec(exercise.stub.replace("return x", "return x + 1"), space)
    assert verdict_on(exercise, space["double"]).state == "wrong"


@pytest.mark.parametrize("answer", [lambda x: x, ..., None, lambda x: None, 3])
def test_strict_raises_where_it_is_not_right(answer, exercise, monkeypatch):
    monkeypatch.setenv("TINYMAF_STRICT", "1")
    with pytest.raises(AssertionError, match="double: not"):
        check("double", answer)
    assert check("double", exercise.solution) is exercise.solution


def test_hints_rise_and_the_last_stays(exercise, shown, monkeypatch):
    monkeypatch.setattr(answers, "_hints_given", {})
    for _ in range(4):
        hint("double")
    said = [bundle["text/plain"] for bundle in shown]
    assert [text[:11] for text in said] == [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "Hint 3 of 3",
    ]
    assert "<code>a &lt; b</code>" in shown[0]["text/html"] and "solution" in said[2]
    for text in said[:2]:
        assert text.endswith('hint("double") once more shows the next one.')
    assert "once more" not in said[3]
    hint("double", 1)
    assert shown[-1]["text/plain"].startswith("Hint 1 of 3")
    with pytest.raises(ValueError, match="numbers 1 to 3, got 4"):
        hint("double", 4)


def test_a_hint_recalls_what_was_wrong(exercise, shown, monkeypatch):
    monkeypatch.setattr(answers, "_last", {})
    hint("double", 1)
    check("double", lambda x: x)
    said = shown[-1]["text/plain"].splitlines()[0].removeprefix("double: not yet. ")
    hint("double", 1)
    assert f"\nYour last answer: {said}\n" in shown[-1]["text/plain"]
    check("double", exercise.solution)
    hint("double", 1)
    assert shown[-1]["text/plain"] == shown[0]["text/plain"]


def test_solution_shows_the_source_escaped(exercise, shown):
    solution("double")
    assert (
        shown[0]["text/plain"].endswith("return 2 * x      # <script>")
        and "&lt;script&gt;" in shown[0]["text/html"]
    )


def test_an_unknown_id_is_told_its_neighbour():
    with pytest.raises(ValueError, match="Did you mean 'made-masks'"):
        load("made-mask")
    for strange in ("../answers", "__init__", 3):
        with pytest.raises(ValueError, match="There is no exercise"):
            load(strange)


# Quizzes

ITEMS = [
    Item("one", "Is `a < b`?", {"yes <i>": "Sure.", "no": "Look again."}, right="yes <i>"),
    Item("two", "And?", {"x": "No.", "y": "No.", "z": "Yes."}, right="z"),
]


@pytest.fixture
def as_written(monkeypatch):
    monkeypatch.setattr(quiz, "shuffled", lambda id, choices: list(choices))


def test_every_choice_has_an_answer_of_its_own(as_written):
    form = make_form(ITEMS)
    for count, (id, value, state, text) in enumerate(
        [
            ("one", "b", "wrong", "Look again."),
            ("one", "a", "right", "Sure."),
            ("two", "c", "right", "Yes."),
        ],
        1,
    ):
        form.answer = {"id": id, "value": value, "count": count}
        reply = form.replies[id]
        assert (reply["state"], reply["text"]) == (state, text) and reply["icon"] and reply["word"]
    assert store.state()["quizzes"] == {"one": "right", "two": "right"}
    form.answer = {"id": "three", "value": "a", "count": 9}
    assert "could not be read" in form.replies["three"]["text"]


def test_the_static_quiz_is_a_list_that_opens_and_its_text_gives_nothing_away(as_written):
    markup, words = quiz.markup(ITEMS), quiz.in_words(ITEMS)
    assert (
        markup.count("<details>") == 5
        and "<summary>a. yes &lt;i&gt;</summary>Right. Sure." in markup
    )
    assert "Look again" not in words and "Right" not in words and "   c. z" in words


def test_the_same_bundle_every_time(shown):
    for _ in range(2):
        make_form(ITEMS).show(quiz.in_words(ITEMS), quiz.markup(ITEMS))
    first, second = (
        {kind: text for kind, text in bundle.items() if "widget" not in kind} for bundle in shown
    )
    assert first == second and set(first) == {"text/html", "text/plain"} and len(shown[0]) == 3


@pytest.mark.parametrize(
    "choices, right, message",
    [
        ({"a": "x", "b": "y"}, "c", "none of the choices"),
        ({"a": "x"}, "a", "between 2 and"),
        ({"a": "x", "b": " "}, "a", "no feedback"),
    ],
)
def test_items_are_checked(choices, right, message):
    with pytest.raises(ValueError, match=message):
        Item("id", "?", choices, right)


def test_unknown_quiz():
    for strange in ("nothing", "../quiz", "__init__"):
        with pytest.raises(ValueError, match="There is no quiz"):
            quiz.quiz(strange)


@pytest.mark.parametrize("name", quiz.names())
def test_each_quiz_has_four_items_or_five_that_are_whole(name):
    items = quiz.load(name)
    assert len(items) in (4, 5) and len({item.id for item in items}) == len(items)
    for item in items:
        assert len(item.choices) >= 3 and item.question.endswith(("?", "...")), item.id
        assert len(set(item.choices.values())) == len(item.choices)
        assert all(len(text) > 20 for text in item.choices.values())


def test_no_two_quizzes_share_an_id():
    ids = [item.id for name in quiz.names() for item in quiz.load(name)]
    assert len(ids) == len(set(ids))


# Progress


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("TINYMAF_PROGRESS", str(tmp_path / "deep" / "progress.json"))
    return tmp_path / "deep" / "progress.json"


def test_progress_survives_the_kernel_and_keeps_the_best(file, exercise, monkeypatch):
    check("double", exercise.solution)
    monkeypatch.setattr(store, "_memory", {})  # a new kernel
    check("double", ...)
    hint("double", 2)
    hint("double", 1)
    assert json.loads(file.read_text())["exercises"] == {"double": "right"}
    assert store.state()["hints"] == {"double": 2}
    assert [path.name for path in file.parent.iterdir()] == ["progress.json"], (
        "nothing half written is left"
    )
    store.forget()
    assert store.state() == {} and not file.exists()


@pytest.mark.parametrize(
    "damage", ["", "{", "[1]", '{"exercises": 3}', '{"exercises": {"double": 7}}', "\x00\xff"]
)
def test_a_damaged_file_stops_nothing(damage, file, exercise, capsys):
    file.parent.mkdir()
    file.write_text(damage, encoding="latin-1")
    progress("01")
    check("double", exercise.solution)
    assert store.state()["exercises"]["double"] == "right" and json.loads(file.read_text())


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path, exercise, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(
        "TINYMAF_PROGRESS", str(tmp_path / "file" / "progress.json")
    )  # a folder that is none
    check("double", exercise.solution)
    progress()
    assert store.state()["exercises"] == {"double": "right"}, "this kernel remembers"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_device_or_a_pipe_is_left_alone(tmp_path, exercise, monkeypatch):
    """TINYMAF_PROGRESS=/dev/null, by an administrator: a file there would break the machine."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("TINYMAF_PROGRESS", str(tmp_path / "pipe"))
    check("double", exercise.solution)
    assert store.state()["exercises"] == {"double": "right"}, "this kernel remembers"
    store.forget()
    assert (tmp_path / "pipe").is_fifo() and len(list(tmp_path.iterdir())) == 1


def test_quiet_means_no_file(monkeypatch):
    assert store.path() is None
    monkeypatch.delenv("TINYMAF_QUIET")
    assert store.path().name == "progress.json" and store.path().parent.name == "tinymaf"
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    for name in ("HOME", "APPDATA", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    store.record("exercises", "double", "right")


def test_progress_shows_icon_and_word(shown):
    store.record("exercises", "ancestral-sampling", "right")
    progress("01")
    (bundle,) = shown
    assert re.match(r"Notebook 01: 1 of \d right\n", bundle["text/plain"])
    assert (
        "  ancestral-sampling: right" in bundle["text/plain"]
        and "(optional)" in bundle["text/plain"]
    )
    assert re.search(r"&#10003;</span> <code>ancestral-sampling</code>: right", bundle["text/html"])
    progress("98")
    assert shown[-1]["text/plain"] == "There are no exercises here."
