"""Handouts and slides: nothing is loaded from elsewhere, formulas are MathML, pictures have words.
And the guide's tables: minutes add up, no notebook is missing.
"""

import re

import pytest
from kit import ROOT

for name in ("bs4", "latex2mathml", "nbconvert"):
    pytest.importorskip(name)

import nbformat  # noqa: E402
from bs4 import BeautifulSoup  # noqa: E402

from tinymaf_course import build, handouts, slides  # noqa: E402
from tinymaf_course.exercises import ids  # noqa: E402
from tinymaf_course.mathml import mathml  # noqa: E402
from tinymaf_course.misconceptions import MISCONCEPTIONS  # noqa: E402
from tinymaf_course.source import read_source  # noqa: E402

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # each notebook is run twice

NOTEBOOKS = {
    path.name[:2]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
}
INSTRUCTORS = {number: path.parent / "instructor" / path.name for number, path in NOTEBOOKS.items()}
GUIDE = (ROOT / "notebooks" / "instructor" / "GUIDE.md").read_text(encoding="utf-8")
TRIED = ["02", "05"]
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$]+?)\$", re.DOTALL)
RESOURCE = {"src", "srcset", "poster", "data"}


def cells(path, kind=None):
    return [
        cell for cell in nbformat.read(path, as_version=4).cells if kind in (None, cell.cell_type)
    ]


def formulas(path):
    """The LaTeX in the markdown of a notebook."""
    text = "\n\n".join(cell.source for cell in cells(path, "markdown"))
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return [shown or inline for shown, inline in FORMULA.findall(text)]


def pictures(path):
    return [
        output
        for cell in cells(path, "code")
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handouts")
    written = handouts.make(TRIED, with_slides=True, out=folder)
    return {
        path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in written
    }


def test_there_is_a_handout_and_a_deck_of_each(made):
    assert sorted(made) == sorted(
        f"{NOTEBOOKS[n].stem}{end}" for n in TRIED for end in ("", "_slides")
    )


def test_nothing_is_loaded_from_elsewhere(made):
    for name, page in made.items():
        assert not page.find_all(["link", "iframe", "object", "embed"]), name
        loaded = [one[key] for one in page.find_all(True) for key in RESOURCE & one.attrs.keys()]
        assert loaded and all(one.startswith("data:image/png;base64,") for one in loaded), name
        code = "".join(one.string or "" for one in page.find_all(["style", "script"]))
        assert not re.search(r"https?:|url\(|@import|\bimport\b|fetch\(", code), name


def test_each_picture_is_there_with_words(made):
    for number in TRIED:
        stem = NOTEBOOKS[number].stem
        for page, source in (
            (made[stem], NOTEBOOKS[number]),
            (made[f"{stem}_slides"], INSTRUCTORS[number]),
        ):
            alts = [image.get("alt", "") for image in page.find_all("img")]
            assert len(alts) >= len(pictures(source)) > 2
            assert all(len(alt) >= 40 and "No description" not in alt for alt in alts)


@pytest.mark.parametrize("number", TRIED)
def test_each_formula_is_mathml(made, number):
    page = made[NOTEBOOKS[number].stem]
    assert len(page.find_all("math")) == len(formulas(NOTEBOOKS[number])) > 50
    for one in page.find_all(["pre", "code", "math"]):
        one.decompose()
    assert not re.search(r"\$|\\[a-z]+", page.main.get_text())


@pytest.mark.parametrize("path", NOTEBOOKS.values(), ids=lambda path: path.stem)
def test_the_library_knows_every_formula_of_the_course(path):
    assert formulas(path)
    for tex in formulas(path):
        math = BeautifulSoup(mathml(tex), "html.parser")
        signs = "".join(one.get_text() for one in math.find_all(["mi", "mo", "mn"]))
        assert not re.search(r"[\\&]|merror", signs), tex


def test_spaces_of_names_and_bars():
    text = mathml(r"\log p(x) + \exp(-x) + |x_{<i}| + f'(u) \sim 1")
    assert '<mo form="prefix" lspace="0" rspace="0.17em">log</mo>' in text
    assert 'rspace="0">exp</mo><mo stretchy="false">&#x00028;</mo><mo form="prefix">' in text
    assert text.count('<mo stretchy="false" lspace="0" rspace="0">&#x0007C;</mo>') == 2
    assert '<mo lspace="0" rspace="0">&#x0003C;</mo>' in text
    assert '<mo lspace="0.28em" rspace="0.28em">' in text
    assert "<mrow><mrow><mi>f</mi></mrow><mo>&#x02032;</mo></mrow>" in text


@pytest.mark.parametrize("number", TRIED)
def test_exercises_have_room_and_say_nothing_of_kernels(made, number):
    page = made[NOTEBOOKS[number].stem]
    asked = page.find_all(class_="celltag_exercise")
    assert len(asked) == len(ids(number))
    assert all(len(one.find(class_="room").find_all("div")) >= 4 for one in asked)
    assert not any(re.search(r"check\(|hint\(|Not attempted", one.get_text()) for one in asked)
    assert "No prediction was made" not in page.get_text()
    assert page.find_all("details")
    answers = page.select(".output details, .jp-OutputArea details")
    for one in page.find_all("details"):  # asides are open on paper, answers are not
        assert "open" not in one.attrs or one not in answers


def test_links_lead_somewhere(made):
    pages = {f"{name}.html": page for name, page in made.items()}
    web = 0
    for page in made.values():
        for link in page.find_all("a"):
            target, _, anchor = link["href"].partition("#")
            web += target.startswith("https:")
            there = page.find(id=anchor) if not target else target in pages
            assert target.startswith("https:") or there, link
    assert web


@pytest.mark.parametrize("number", NOTEBOOKS)
def test_slides_are_those_that_are_planned(number):
    """One for each section, picture and prediction, one or more for each derivation."""
    path = INSTRUCTORS[number]
    planned = slides.plan(cells(path))
    kinds = [slide.kind for slide in planned]
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    assert kinds[0] == "title" and planned[-2].title == "Recap"
    assert planned[-1].title == "Licence" and planned[0].title in planned[-1].text
    assert "CC BY 4.0" in planned[-1].text and "the tinymaf authors" in planned[-1].text
    assert [slide.kind for slide in planned if slide.kind != "figure"][1] == "text", "goals"
    assert kinds.count("heading") == len(re.findall(r"^## \d+\. ", text, re.MULTILINE)) >= 5
    assert kinds.count("figure") == len(pictures(path)) >= 1
    assert kinds.count("prediction") == len(re.findall(r"\*\*Predict\b", text)) >= 1
    assert (
        kinds.count("derivation") >= len(re.findall(r"\*\*Derive\b.*?\$\$", text)) or number == "00"
    )
    assert all(len(slide.text) < 1500 for slide in planned), "a slide is no page"
    told = [
        cell for cell in cells(path, "markdown") if "instructor" in cell.metadata.get("tags", [])
    ]
    assert sum(len(slide.notes) for slide in planned) == len(told)
    for slide in planned:
        assert slide.kind != "prediction" or "question" in slide.extra, slide.text


@pytest.mark.parametrize("number", TRIED)
def test_a_slide_each(made, number):
    page = made[f"{NOTEBOOKS[number].stem}_slides"]
    planned = slides.plan(cells(INSTRUCTORS[number]))
    figures = [slide for slide in planned if slide.kind == "figure"]
    shown = page.find_all(class_="figure")
    assert len(page.find_all("section")) == len(planned) + len(shown) - len(figures)
    frames = page.find_all(class_="caption")
    assert len(frames) >= 3 and len(shown) > len(figures), "an explorer's frames, one by one"
    assert all(len(one.find_all("img")) == 1 for one in shown)
    assert all(one.has_attr("hidden") for one in page.find_all("aside")) and page.find("aside")
    assert not page.find(class_="input_area") and not page.find(class_="room")


# Sizes in pixels on the slide that is seen: of its text, indices left out, and of its picture's.
SMALLEST_TEXT = """() => {
  const found = [], box = slides[now].querySelector(".fit");
  const raised = "sub, sup, " + ["msub", "msup", "msubsup", "munder", "mover", "munderover"]
    .map(name => `${name} > :not(:first-child)`).join(", ");
  for (const walk = document.createTreeWalker(box, NodeFilter.SHOW_TEXT); walk.nextNode();) {
    const parent = walk.currentNode.parentElement;
    if (walk.currentNode.data.trim() && !parent.closest(raised))
      found.push(parseFloat(getComputedStyle(parent).fontSize));
  }
  return Math.min(...found);
}"""
LETTERS_OF_PICTURE = """() => {
  const image = slides[now].querySelector("img[data-letters]");
  if (!image) return null;
  const {width, height} = image.getBoundingClientRect();
  const seen = Math.min(width, height * image.naturalWidth / image.naturalHeight);
  return seen / image.dataset.width * image.dataset.letters;
}"""


@pytest.mark.browser
def test_a_deck_in_the_browser(made, tmp_path):
    """Keys move, notes come and go, each slide's text fits, nothing is asked of the network."""
    from kit.lab import a_browser

    path = tmp_path / "deck.html"
    path.write_text(str(made[f"{NOTEBOOKS['05'].stem}_slides"]), encoding="utf-8")
    with a_browser() as browser:
        page, asked, errors = browser.new_page(viewport={"width": 1024, "height": 768}), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path.as_uri())
        count = page.evaluate("slides.length")
        for k in range(count):
            spare = (
                "(b => [b.scrollHeight - b.clientHeight, b.scrollWidth - "
                "b.clientWidth])(slides[now].children[0])"
            )
            assert page.evaluate("now") == k and max(page.evaluate(spare)) <= 2
            assert (
                page.evaluate("parseFloat(slides[now].children[0].style.fontSize) / size()") > 0.6
            ), "to be read"
            page.keyboard.press("ArrowRight")
        page.set_viewport_size({"width": 1280, "height": 720})
        page.keyboard.press("Home")
        measured = 0
        for k in range(count):
            assert page.evaluate(SMALLEST_TEXT) >= 18, f"slide {k + 1}"
            letters = page.evaluate(LETTERS_OF_PICTURE)
            measured += letters is not None
            assert letters is None or letters >= 18, f"the picture on slide {k + 1}"
            page.keyboard.press("ArrowRight")
        assert measured >= 8, "pictures know the size of their letters"
        page.set_viewport_size({"width": 1920, "height": 1080})
        assert page.evaluate("size()") > 50, "letters grow with the screen"
        page.keyboard.press("Home")
        assert page.evaluate("[now, document.querySelectorAll('section.now').length]") == [0, 1]
        page.keyboard.press("n")
        assert page.locator("section.now aside").first.is_visible()
        page.keyboard.press("ArrowDown")
        assert page.evaluate("now") == 0, "down goes through open notes"
    assert not errors and all(url.startswith(("file:", "data:")) for url in asked)


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["99"], "No notebook's name begins with 99."),
        (["00", "--pdf"], "No Chromium, Chrome or Edge was found"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, sentence, tmp_path, monkeypatch):
    monkeypatch.setattr(handouts, "browser_names", lambda: [])
    with pytest.raises(SystemExit, match=re.escape(sentence)):
        handouts.main([*arguments, "--out", str(tmp_path)])


def table(heading, nth=0):
    """The rows of the nth table below a heading of the guide, without head and rule."""
    part = re.split(r"^#+ ", GUIDE.split(f"# {heading}\n")[1], flags=re.MULTILINE)[0]
    tables = re.findall(r"(?:^\|.*\n?)+", part, re.MULTILINE)
    return [
        [one.strip() for one in line.strip("| \n").split(" | ")]
        for line in tables[nth].splitlines()[2:]
    ]


def own_minutes(number):
    """What the notebook says of itself: reading and exercises."""
    source = build.SOURCE / f"{NOTEBOOKS[number].stem}.py"
    (told,) = re.findall(
        r"\*\*Time\.\*\* Reading (\d+) minutes, exercises (\d+) minutes",
        "\n".join(cell.source for cell in read_source(source).cells),
    )
    return sum(map(int, told))


def section_minutes(number):
    """{section: (minutes, of these for exercises)} by the notes of the instructor's notebook."""
    found, section = {}, None
    for cell in cells(INSTRUCTORS[number], "markdown"):
        if heading := re.search(r"^## (\d+)\. ", cell.source, re.MULTILINE):
            section = int(heading[1])
        note = re.match(
            r"\*\*(?:Instructor \(|Section \d, )(\d+) minutes?(?:[,;:]? ?(\d+) of them)?",
            cell.source,
        )
        if note and "instructor" in cell.metadata.get("tags", []):
            found[section] = int(note[1]), int(note[2] or 0)
    return found


def sections(text):
    """The numbers in "1-4, 6"."""
    ranges = [part.split("-") for part in text.split(", ")]
    return [k for part in ranges for k in range(int(part[0]), int(part[-1]) + 1)]


@pytest.mark.parametrize(
    "heading, total, writes",
    [("One lecture, 90 minutes", 90, False), ("Half a day, 240 minutes", 240, True)],
)
def test_minutes_of_a_day_add_up(heading, total, writes):
    rows = table(heading)
    assert sum(int(row[0]) for row in rows[:-1]) == total
    assert int(rows[-1][0].strip("* ").split("*")[0]) == total
    for minutes, number, which, _ in rows[:-1]:
        if number == "-":
            continue
        notes = section_minutes(number)
        told = sum(notes[k][0] - (0 if writes else notes[k][1]) for k in sections(which))
        assert int(minutes) == told, f"notebook {number}, sections {which}"


def test_minutes_of_six_weeks_are_the_notebooks():
    *rows, total = table("Six weeks")
    assert [row[1] for row in rows] == list(NOTEBOOKS) and {row[0] for row in rows} == set("123456")
    assert {row[1]: int(row[2]) for row in rows} == {
        number: own_minutes(number) for number in NOTEBOOKS
    }
    assert int(re.search(r"\d+", total[-1] if total[-1] else total[-2])[0]) == sum(
        int(row[2]) for row in rows
    )


def test_each_notebook_is_in_each_table():
    told, wrong = table("Notebook by notebook"), table("Notebook by notebook", 1)
    assert [re.search(r"\d\d", row[0])[0] for row in told] == list(NOTEBOOKS)
    assert [row[0] for row in wrong] == list(NOTEBOOKS)
    assert all(len(row) == 4 and all(row) for row in told)
    assert all(len(row) == 3 and all(row) for row in wrong)


def test_misconceptions_stand_where_they_are_met():
    rows = {re.search(r"\d\d", row[0])[0]: row[3] for row in table("Notebook by notebook")}
    for id, (_, _, number) in MISCONCEPTIONS.items():
        assert f"`{id}`" in rows[number]
    assert set(re.findall(r"`([a-z0-9-]+)`", " ".join(rows.values()))) == MISCONCEPTIONS.keys()


def test_rubric_has_the_criteria_of_the_notebook():
    report = "\n".join(cell.source for cell in cells(NOTEBOOKS["12"], "markdown"))
    criteria = re.findall(r"^\| (\w+) \|", report.split("| criterion |")[1], re.MULTILINE)
    assert [row[0] for row in table("The referee project")] == criteria and len(criteria) == 5
