"""What becomes a slide of a notebook.

Its title and promise, each section's heading, each prediction, derivation and figure, the recap.
An explorer has a slide for each of its frames. Code is left out. An instructor's note goes below
its section's heading (key n). The last slide says under which licence all this is.
"""

import html
import re
from dataclasses import dataclass, field

SECTION = re.compile(r"^## (?:\d+\. )?(.*)$", re.MULTILINE)
LEFT_OUT = {"Quiz", "References"}
LICENCE = """**{title}** by the tinymaf authors is licensed under
[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/), its code under the MIT licence.

You may show, copy and change these slides, also in a course that is paid for. Keep this line, say
what you have changed, and add no restrictions of your own."""
GLANCE = "At a glance"  # of it, what one will be able to do
WORD = re.compile(r"\*\*(Predict|Derive)\b")
NEXT = re.compile(r"\n\n\*\*(?:Check|See|Write)\b")
CHOICES = re.compile(
    r"<strong>(?:<span.*?</span>)?\s*Predict: (.*?)</strong>(.*?)</div>", re.DOTALL
)
SHORT = 320  # letters of a paragraph that may stand below a section's heading
FULL, FORMULA = 620, 170  # letters on a slide, and how many of them a displayed formula takes


@dataclass
class Slide:
    """`kind`: title, heading, prediction, derivation, figure or text. `text` is Markdown,
    `extra` HTML below it."""

    kind: str
    title: str
    text: str = ""
    extra: str = ""
    notes: list = field(default_factory=list)


def plan(cells):
    """The slides of an instructor's notebook, in order."""
    found, section = [], ""
    for k, cell in enumerate(cells):
        if cell.cell_type == "code":
            if section not in LEFT_OUT:
                found += [
                    figure(section, output)
                    for output in cell.outputs
                    if "image/png" in output.get("data", {})
                ]
            continue
        if "instructor" in cell.metadata.get("tags", []):
            [slide for slide in found if slide.kind in ("title", "heading")][-1].notes.append(
                cell.source
            )
            continue
        text = cell.source
        if text.startswith("# "):
            title, _, rest = text[2:].partition("\n")
            section = title.strip()
            found.append(Slide("title", section, rest.strip().split("\n\n")[0]))
            continue
        if heading := SECTION.search(text):
            section = heading[1].strip()
            text = text[heading.end() :].strip()
            if section in LEFT_OUT:
                continue
            if not heading[0][3].isdigit():  # at a glance, recap
                found.append(_list(section, text))
                continue
            found.append(Slide("heading", heading[0][3:].strip(), _opening(text)))
        if section not in LEFT_OUT:
            found += _thoughts(section, text, cells[k + 1 : k + 3])
    return [*found, Slide("text", "Licence", LICENCE.format(title=found[0].title))]


def _list(section, text):
    """The recap, and of "At a glance" what one will be able to do."""
    if section != GLANCE:
        return Slide("text", section, text)
    goals = next(part for part in text.split("\n\n") if part.startswith("* "))
    return Slide("text", "What you will be able to do", goals)


def figure(section, output):
    """The slide of one picture. It knows how wide it is and how large its letters are, in CSS
    pixels, where it was drawn for slides."""
    about = output.metadata.get("image/png", {})
    alt = about.get("alt") or output.data.get("text/plain", "")
    png = output.data["image/png"].replace("\n", "")
    known = {f"data-{key}": about[key] for key in ("width", "letters") if key in about}
    size = "".join(f' {key}="{value}"' for key, value in known.items())
    words = f"<p class=caption>{html.escape(about['caption'])}</p>" if "caption" in about else ""
    image = f'<img alt="{html.escape(alt)}"{size} src="data:image/png;base64,{png}">'
    return Slide("figure", section, extra=image + words)


def _opening(text):
    """The first paragraph, if it is short and no prediction or derivation.

    Those have their own slides.
    """
    first = re.sub(r"^\*\*\w+\.\*\* ", "", text.split("\n\n")[0])
    own = (
        WORD.search(text.split("\n\n")[0])
        or "$$" in _before(text)
        or first.startswith(("*", "|", "1.", "```"))
    )
    return "" if own or len(first) > SHORT else first


def _before(text):
    """What comes before the first prediction or derivation."""
    return WORD.split(text)[0]


def _thoughts(section, text, following):
    """The predictions and derivations of a cell."""
    starts, found = [m.start() for m in WORD.finditer(text)], []
    if "$$" in _before(text):  # a derivation that is not called so, or has begun already
        starts = [0, *(start for start in starts if text.startswith("**P", start))]
    for start, end in zip(starts, [*starts[1:], len(text)]):
        part = NEXT.split(text[start:end])[0].strip()
        if part.startswith("**P"):
            found.append(Slide("prediction", section, part, _question(following)))
        else:
            found += [Slide("derivation", section, piece) for piece in pieces(part)]
    return found


def _question(following):
    """The question and the choices of the form that the next cells show, as HTML."""
    for cell in following:
        for output in cell.get("outputs", []):
            if card := CHOICES.search(output.get("data", {}).get("text/html", "")):
                return f"<p class=question>{card[1]}</p>" + "".join(
                    re.findall("<ul>.*?</ul>", card[2])
                )
    return ""


def pieces(text):
    """Markdown cut between paragraphs into pieces that fit on a slide."""
    found, used = [], FULL
    for paragraph in text.split("\n\n"):
        weight = FORMULA if paragraph.startswith("$$") else len(paragraph)
        if found and (used + weight <= FULL or paragraph.startswith("$$") and used < FULL):
            found[-1] = f"{found[-1]}\n\n{paragraph}"
            used = used + weight
        else:
            found, used = [*found, paragraph], weight
    # A short last piece joins the one before it.
    if len(found) > 1 and len(found[-1]) < FULL / 3 and "$$" not in found[-1]:
        found[-2:] = ["\n\n".join(found[-2:])]
    return found


def markup(planned, markdown):
    """The slides as HTML: one <section> each."""
    found = []
    for k, slide in enumerate(planned, 1):
        level = 1 if slide.kind in ("title", "heading") else 2
        title = re.sub("</?h1[^>]*>", "", markdown(f"# {slide.title}").strip())
        notes = "".join(markdown(note) for note in slide.notes)
        found.append(
            f'<section class="{slide.kind}" id="slide-{k}" tabindex="-1" aria-label="Slide {k}">'
            f"<div class=fit><h{level}>{title}</h{level}>"
            f"{markdown(slide.text) if slide.text else ''}{slide.extra}</div>"
            + (f"<aside aria-label=Notes hidden>{notes}</aside>" if notes else "")
            + f'<footer aria-hidden="true">{k} / {len(planned)}</footer></section>'
        )
    return "<main>\n" + "\n".join(found) + "\n</main>"
