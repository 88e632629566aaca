"""Every word that the course teaches stands in the glossary, with the notebook that teaches it."""

import re

import pytest
from kit import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks" / "source").glob("[0-9][0-9]_*.py"))
GLOSSARY = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^\*\*(.+?)\*\*: (.+?)\s\((\[\d\d\].*?)\)$", re.MULTILINE | re.DOTALL)
ENTRIES = {head: (text, where) for head, text, where in ENTRY.findall(GLOSSARY)}
# Words of the field that the course uses without setting them in italics or bold.
USED = """adam ancestral autograd baseline batch bayes classifier clip coverage decoder derivative
determinant distillation effective elbo encoder epoch erratum fold glow gradient held-out
importance latent leak likelihood loss mask minibatch mixture mu mutual nat network nice one-hot
outlier overfitting patience penalty pit posterior prior realnvp reconstruction seed shear sigma
spline split standard temperature typical validation volume weight"""
# Set in italics or bold, or capitals in a recap, for emphasis: nothing to look up.
NOT_TERMS = """\
a above all allowed alone and another any approach are area as at average avoid begin below best
between boring both broken by can check cloud could data density derive draw ended enforce entry
evaluate evaluation every everything exact exist fail figure first flat for formula four fresh
full given good has here hill hump in input into is its itself k know last learned least length
less logs look lowest made makes mean moon most narrow nearest no none not number numpy on one
only other own paid paper pause perfect predict probable promise python random real reset right
same second see shape slope some start strictly succeed tell the them then this those time to
too train training two u was watch way work write you"""

UNSAID = {"reparameterisation"}  # taught without its name


def singular(word):
    """The word in lower case and, roughly, in the singular."""
    word = word.lower()
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if word.endswith(ending) and len(word) > 3 and not word.endswith(("ss", "us", "is")):
            return word.removesuffix(ending) + instead
    return word


def words(text):
    return {singular(word) for word in re.findall(r"[A-Za-z][A-Za-z-]*[A-Za-z]|[A-Za-z]", text)}


HEADS = {word for head in ENTRIES for word in words(head.replace("_", "-"))}
# the same words in another form
HEADS |= {"clip", "dequantise", "latent-variable", "normalisation", "reversed"}
PLAIN = words(NOT_TERMS)


def learners_text(source):
    """The markdown that learners get of a notebook, without formulas, code and references."""
    cells = re.split(r"^# %%", source, flags=re.MULTILINE)
    cells = [cell for cell in cells if cell.startswith(" [markdown]") and "instructor" not in cell]
    text = re.sub(r"^# ?", "", "\n".join(cells), flags=re.MULTILINE).split("## References")[0]
    return re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`\n]*`|\]\([^)]*\)", "_", text, flags=re.DOTALL)


def terms(text):
    """Phrases of up to three words in italics or bold; names in objectives and recaps."""
    text = re.sub(r"^\* ", "", text, flags=re.MULTILINE)
    found = re.findall(r"\*{1,2}([A-Za-z][\w\s-]*?)\*{1,2}(?!\w)", text)
    found = [" ".join(phrase.split()) for phrase in found if len(phrase.split()) <= 3]
    ends = r"^## (?:At a glance|Recap)\n(.*?)(?=^## |\Z)"
    for part in re.findall(ends, text, re.MULTILINE | re.DOTALL):
        found += re.findall(
            r"\b[A-Za-z]*[A-Z][A-Za-z]*[A-Z][A-Za-z]*\b|(?<=[a-z] )[A-Z][a-z]{3,}", part
        )
    return found


def missing(text):
    """The terms of a text of which some word is neither in the glossary nor plain."""
    return sorted({term for term in terms(text) if words(term) - HEADS - PLAIN})


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_the_glossary_has_the_words_of_the_notebook(notebook):
    text = learners_text(notebook.read_text(encoding="utf-8"))
    assert len(terms(text)) > 3
    assert missing(text) == [], "give them an entry, or add their words to NOT_TERMS"


def test_the_glossary_has_the_words_of_the_field():
    assert sorted(words(USED) - HEADS) == []


def test_a_word_that_is_missing_is_seen():
    text = "## Recap\n\n* The XYZ of the *frobnication* is *not* a **posterior**, nor a MADE.\n"
    assert missing(text) == ["XYZ", "frobnication"]
    assert missing(learners_text("# %% [markdown]\n# A *wibble*.\n# %%\nx = '*no*'\n")) == [
        "wibble"
    ]
    assert missing(learners_text('# %% [markdown] tags=["instructor"]\n# A *wibble*.\n')) == []


def test_entries_are_short_sorted_and_lead_to_a_notebook_that_has_the_word():
    assert len(ENTRIES) == len(re.findall(r"^\*\*", GLOSSARY, re.MULTILINE)) > 100
    heads = [re.sub(r"[^a-z]", "", head.lower()) for head in ENTRIES]
    assert heads == sorted(set(heads))
    there = {path.stem[:2]: path for path in NOTEBOOKS}
    for head, (text, where) in ENTRIES.items():
        assert len(text.split()) < 60, head
        first = re.match(r"[\w-]+", head)[0]
        for number, target in re.findall(r"\[(\d\d)\]\((\w+)\.ipynb\)", where):
            assert there[number].stem == target, head
            taught = there[number].read_text(encoding="utf-8").lower()
            assert singular(first)[:6] in taught or head in UNSAID, f"{head}: not in {number}"
