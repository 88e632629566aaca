"""Every relative link, figure and cross-reference in the notebooks (all versions), the README and
the pages leads somewhere.
"""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from kit import ROOT

nbformat = pytest.importorskip("nbformat")

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "notebooks").rglob("*.md"),
        *(
            path
            for path in (ROOT / "notebooks").rglob("*.ipynb")
            if ".ipynb_checkpoints" not in path.parts
        ),
    ]
)
PAGES = [page for page in PAGES if page.parent.name != "source"]  # these are parts, not pages
TITLE = r"""(?:\s+"[^"]*")?"""
LINK = re.compile(
    rf"""\]\(\s*<?([^)\s>]+)>?{TITLE}\s*\)|\b(?:href|src)\s*=\s*["']([^"']+)["']|^\[[^\]]+\]:\s*(\S+)""",
    re.MULTILINE,
)
NOTEBOOK = re.compile(r"\b[Nn]otebooks? (\d\d)\b")
SECTION = re.compile(r"\b[Ss]ection (\d+)\b(?! of)(?!\.\d)")


def text_of(page):
    """The page's prose: no code."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def links(text):
    """All targets of links and pictures; inline code and mathematics are none."""
    text = re.sub(r"`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$", "", text, flags=re.DOTALL)
    return [unquote(next(filter(None, found))) for found in LINK.findall(text)]


def anchors(page):
    """What may stand behind # in a link to the page, as GitHub and JupyterLab make it from
    headings.
    """
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    plain = [
        re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", heading)).strip().lower()
        for heading in headings
    ]
    return {heading.strip().replace(" ", "-") for heading in [*plain, *headings]}


def broken(page, text=None):
    """The links of a page that lead nowhere."""
    found = []
    for link in links(text_of(page) if text is None else text):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):  # https:, mailto:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if path.startswith("/") or not target.exists() or ROOT not in [target, *target.parents]:
            found.append(link)
        elif anchor and (target.suffix not in (".md", ".ipynb") or anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    assert broken(page) == []


def test_there_are_links_to_check():
    assert sum(len(links(text_of(page))) for page in PAGES) > 50


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.suffix == ".ipynb"],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_sections_and_notebooks_that_are_named_exist(page):
    text = re.split(r"^## References", text_of(page), flags=re.MULTILINE)[0]
    own = set(re.findall(r"^## (\d+)\. ", text, re.MULTILINE))
    there = {path.name[:2] for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")}
    assert {number for number in NOTEBOOK.findall(text) if int(number) < 12} - there <= announced()
    for line in text.splitlines():
        # a line that names one of these may speak of a section of theirs
        if not re.search(r"[Nn]otebook|paper|et al|arXiv|appendix", line):
            assert set(SECTION.findall(line)) <= own, line


def announced():
    """Notebooks that the README's map or the table of misconceptions speaks of."""
    from tinymaf_course.misconceptions import MISCONCEPTIONS

    mapped = re.findall(r"\b(\d\d)\b", (ROOT / "README.md").read_text(encoding="utf-8"))
    return {*mapped, *(notebook for _, _, notebook in MISCONCEPTIONS.values())}


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("[a](README.md) [b](docs/README.md) ![c](figures/hero.png) [web](https://a.b/c)", []),
        ("[a](no.md)", ["no.md"]),
        ("![a](figures/no.png)", ["figures/no.png"]),
        ("<img src='no.png'>", ["no.png"]),
        ("[a](README.md#no-such-heading)", ["README.md#no-such-heading"]),
        ("[a](#nowhere)", ["#nowhere"]),
        ("[a](/etc/passwd)", ["/etc/passwd"]),
        ("[a](../elsewhere.md)", ["../elsewhere.md"]),
        ("`[a](no.md)` and $f[x](y)$", []),
        ('[a](README.md "title")', []),
        ("[a]: no.md", ["no.md"]),
    ],
)
def test_what_is_broken_is_seen(text, wrong):
    assert broken(ROOT / "README.md", text) == wrong
