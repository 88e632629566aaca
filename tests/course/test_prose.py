"""The course's seven bad habits of prose do not come back: a word list over all that is read.

`PYTHONPATH=tests python -m kit.prose` prints what is found.
"""

import pytest
from kit import prose

FILES = prose.files()


def test_there_is_much_to_read():
    names = {name for name, _ in FILES}
    assert len(names) > 100 and not names & set(prose.LEFT_OUT)
    assert {"README.md", "notebooks/glossary.md", "tinymaf/masks.py"} <= names
    assert set(prose.allowed()) <= names, "a file of the table is gone: make the table anew"


@pytest.mark.parametrize("name, path", FILES, ids=[name for name, _ in FILES])
def test_no_habit_comes_back(name, path):
    found = prose.hits(name, prose.words_of(path))
    for habit in prose.HABITS:
        here = [around for which, around in found if which == habit]
        assert len(here) <= prose.allowed().get(name, {}).get(habit, 0), "\n".join([habit, *here])


@pytest.mark.parametrize(
    "habit, sentence",
    [
        ("tell", "To tell the density takes one step."),
        ("tell", "Held-out points tell, and patience stops."),
        ("nobody", "The cloud in between is nobody's business."),
        ("mend", "The code was mended."),
        ("no", "A mean of logits is no density."),
        ("no", "You notice what is none."),
        ("who", "Whoever reads what is there is fast."),
        ("who", "Who sees whom?"),
        ("dear", "The dear direction takes D steps."),
        ("of the", "It takes one call of the network."),
        ("of the", "The density of the data is unknown."),
    ],
)
def test_a_habit_is_seen(habit, sentence):
    assert habit in {found for found, _ in prose.hits("", [sentence])}


@pytest.mark.parametrize(
    "sentence",
    [
        "Nothing constrains the cloud in between. You tell your friend the noise, and told us.",
        "A test can tell the two apart; no test can tell whether they are equal.",
        "There is no density here, and a stack is no better than one layer.",
        "A learner who guesses is told to try again.",
        "It takes one network call; the data's density is unknown.",
    ],
)
def test_plain_english_passes(sentence):
    assert prose.hits("", [sentence]) == []


def test_code_is_not_prose_and_lines_are_joined(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("A mean is\nno density, `what is no code`.\n\n```\nnobody\n```\n")
    assert [habit for habit, _ in prose.hits("page.md", prose.words_of(page))] == ["no"]
    code = tmp_path / "code.py"
    code.write_text('# This is\n# no density.\nnobody = "mend"\ntell = ("Some" "body is dear")\n')
    found = {habit for habit, _ in prose.hits("code.py", prose.words_of(code))}
    assert found == {"no", "nobody", "dear"}


def test_the_table_says_what_may_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(prose, "TABLE", tmp_path / "prose.json")
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    (tmp_path / "README.md").write_text("Nobody knows.")
    prose.main(["--write"])
    assert prose.allowed() == {"README.md": {"nobody": 1}}
