"""A learner's notebook and the course's corrections: what comes in, and what stays."""

import pytest

from tinymaf_course.merge import digest, merge

EXERCISE = 'def double(x):\n    return ...\n\n\ndouble = check("double", double)'
SOLVED = EXERCISE.replace("...", "x + x")
OLD = ["# Title", "a = 1", "Words about a, and what it does.", EXERCISE, "print(a)"]


def kind(source):
    return "markdown" if source[0] in "#W" else "code"


def given(*sources):
    """Cells as the course gives them."""
    return [
        {"cell_type": kind(source), "id": digest(kind(source), source), "source": source}
        for source in sources
    ]


def saved(cells, **changed):
    """The same as Jupyter saves them: lines, counts, outputs. `changed` are new texts, by place."""
    return [
        {
            **cell,
            "source": changed.get(f"at{k}", cell["source"]).splitlines(keepends=True),
            "metadata": {"trusted": True},
            **({"outputs": [f"output {k}"]} if cell["cell_type"] == "code" else {}),
        }
        for k, cell in enumerate(cells)
    ]


def texts(cells):
    return ["".join(cell["source"]) for cell in cells]


def with_and_without_base(test):
    return pytest.mark.parametrize("known", [True, False], ids=["base", "no base"])(test)


@with_and_without_base
def test_what_ran_and_changed_nowhere_stays_with_its_outputs(known):
    old = given(*OLD)
    mine = saved(old)
    cells, changes = merge(mine, given(*OLD), old if known else None)
    assert all(a is b for a, b in zip(cells, mine, strict=True))
    assert (changes.corrected, changes.added, changes.dropped, changes.kept) == (0, 0, 0, [])


@with_and_without_base
def test_a_corrected_cell_comes_in_and_an_answer_stays(known):
    old = given(*OLD)
    new = given(OLD[0], "a = 10", *OLD[2:])
    cells, changes = merge(saved(old, at3=SOLVED), new, old if known else None)
    assert texts(cells) == [OLD[0], "a = 10", OLD[2], SOLVED, OLD[4]]
    assert changes.corrected + changes.added == 1 and changes.kept == []
    assert cells[3]["outputs"] == ["output 3"]


@with_and_without_base
def test_what_both_changed_stays_the_learners_and_is_said(known):
    old = given(*OLD)
    new = given(*OLD[:3], EXERCISE.replace("def", "# Twice x.\ndef"), OLD[4])
    cells, changes = merge(saved(old, at3=SOLVED), new, old if known else None)
    assert texts(cells) == [*OLD[:3], SOLVED, OLD[4]]
    assert changes.kept == ["def double(x):"]
    words = "Words about a, and what it now does."
    new = given(*OLD[:2], words, *OLD[3:])
    cells, changes = merge(saved(old, at2="Words of mine about a."), new, old if known else None)
    assert texts(cells) == [*OLD[:2], "Words of mine about a.", *OLD[3:]] and changes.kept != []


def test_an_untouched_exercise_is_corrected():
    old, better = given(*OLD), EXERCISE.replace("...", "...  # 2 x")
    cells, changes = merge(saved(old), given(*OLD[:3], better, OLD[4]), old)
    assert texts(cells)[3] == better and changes.corrected == 1


@with_and_without_base
def test_cells_of_ones_own_stay_behind_the_cell_before_them(known):
    old = given(*OLD)
    mine = saved(old)
    own = {"cell_type": "code", "id": "5f0c1c1e-6f0e-4b0e-a7a3-1d5f3f7a0000", "source": "a - 1"}
    first = {**own, "id": "first", "source": "# mine"}
    mine = [first, *mine[:2], own, *mine[2:]]
    new = given("# Title", "a = 10", "b = 2", *OLD[2:])
    cells, _ = merge(mine, new, old if known else None)
    assert texts(cells) == ["# mine", "# Title", "a = 10", "a - 1", "b = 2", *OLD[2:]]


@with_and_without_base
def test_added_cells_come_in_and_dropped_ones_go(known):
    old = given(*OLD)
    new = given(OLD[0], "c = 3", *OLD[1:4])
    cells, changes = merge(saved(old), new, old if known else None)
    assert texts(cells) == [OLD[0], "c = 3", *OLD[1:4]]
    assert (changes.added, changes.dropped) == (1, 1)
    cells, changes = merge(saved(old, at4="print(a + 1)"), new, old if known else None)
    assert texts(cells) == [OLD[0], "c = 3", *OLD[1:4], "print(a + 1)"] and changes.dropped == 0


def test_what_the_learner_deleted_stays_deleted():
    old = given(*OLD)
    mine = saved(old)
    del mine[1]
    cells, changes = merge(mine, given(*OLD, "d = 4"), old)
    assert texts(cells) == [OLD[0], *OLD[2:], "d = 4"] and changes.added == 1


def test_an_editor_that_gives_ids_of_its_own():
    old = given(*OLD)
    mine = [{**cell, "id": f"editor-{k}"} for k, cell in enumerate(saved(old, at3=SOLVED))]
    cells, changes = merge(mine, given(OLD[0], "a = 10", *OLD[2:]), old)
    assert texts(cells) == [OLD[0], "a = 10", OLD[2], SOLVED, OLD[4]]
    for cell in mine:
        del cell["id"]
    assert texts(merge(mine, given(*OLD), old)[0]) == [*OLD[:3], SOLVED, OLD[4]]


def test_a_copied_cell_and_ids_that_are_there_twice():
    old = given(*OLD)
    mine = saved(old)
    mine.insert(2, dict(mine[1]))
    cells, _ = merge(mine, given(*OLD), old)
    assert texts(cells) == [*OLD[:2], OLD[1], *OLD[2:]]
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_a_correction_that_the_learner_made_too_is_no_conflict():
    old = given(*OLD)
    cells, changes = merge(saved(old, at1="a = 10"), given(OLD[0], "a = 10", *OLD[2:]), old)
    assert texts(cells) == [OLD[0], "a = 10", *OLD[2:]] and changes.kept == []


@with_and_without_base
def test_a_second_merge_changes_nothing(known):
    old, new = given(*OLD), given(OLD[0], "a = 10", *OLD[2:], "e = 5")
    mine, _ = merge(saved(old, at3=SOLVED), new, old if known else None)
    again, changes = merge(mine, new, new if known else None)
    assert all(a is b for a, b in zip(again, mine, strict=True)) and changes.added == 0


def test_nothing_a_learner_wrote_is_lost_whatever_the_course_does():
    """Every pair of edits at random places: each text of the learner's is still there."""
    import random

    for seed in range(300):
        draw = random.Random(seed)
        sources = [f"line {k} = {draw.random()}" for k in range(8)]
        old = given(*sources)
        mine, own = saved(old), []
        for k in draw.sample(range(8), 3):
            own.append(f"{sources[k]} + mine {k}")
            mine[k]["source"] = [own[-1]]
        own.append("a cell of mine")
        extra = {"cell_type": "code", "id": f"mine-{seed}", "source": own[-1]}
        mine.insert(draw.randrange(9), extra)
        draw.shuffle(mine)
        new = [
            draw.choice([source, source, f"{source} better", f"new {draw.random()}"])
            for source in draw.sample(sources, 6)
        ]
        base = old if draw.random() < 0.5 else None
        cells, _ = merge(mine, given(*new), base)
        assert set(own) <= set(texts(cells)), seed
        assert len({cell["id"] for cell in cells}) == len(cells)
