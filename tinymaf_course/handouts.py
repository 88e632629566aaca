"""Make handouts for print, and slides, from the notebooks' own cells.

    python course.py handouts [NN ...] [--slides] [--pdf] [--out FOLDER]

A handout is the student's notebook as one HTML file that needs no other: formulas are MathML,
pictures are inside, explorers are their frames, one by one. Exercises have room to write. Slides
come from the instructor's version: slides.py says what becomes one. Each notebook is run for it, so
that pictures are drawn in the size that they are seen in. An installed Chromium, Chrome or Edge
prints the PDFs.
"""

import argparse
import ast
import html
import re
import shutil
import sys
from functools import cache
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters import HtmlFormatter

from . import slides
from .build import execute
from .mathml import mathml

ROOT = Path(__file__).resolve().parents[1]
PAPER = Path(__file__).parent / "paper"  # styles and the script of the slides
STYLE = "default"  # colours of code: each has enough contrast on white
SHOWS = {"check_environment", "predict", "quiz", "reveal"}  # a cell of these alone is what it shows
# Useless on paper.
CALLS = re.compile(r"\n*^\w+ = check\(.*?\)$|^# (?:hint|solution)\(.*\)$", re.MULTILINE)
UNFOLDED = re.compile(
    r"No prediction was made\.(</strong>)<details[^>]*>.*?</summary>(.*?)</details>", re.DOTALL
)
GUESS = re.compile(r"^predict\(", re.MULTILINE)
# Lines of room to write an answer.
FUNCTION = 9
VALUE = 4
GUESSED = 2
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style></head>
<body>
{body}
{script}</body></html>
"""


class Renderer(IPythonRenderer):
    """nbconvert's HTML of Markdown, with MathML in place of dollars that need a script."""

    def inline_math(self, body):
        return mathml(body)

    def block_math(self, body):
        return f'<span class="formula">{mathml(body, "block")}</span>'

    def latex_environment(self, name, body):
        return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")


def markdown(text):
    """Markdown as HTML. A formula and the comma after it stay on one line."""
    markup = MarkdownWithMath(renderer=Renderer(escape=False, exclude_anchor_links=True)).render(
        text
    )
    return re.sub(
        r"(?s)(<math(?:(?!<math).)*?</math>[.,:;!?)]+)", r'<span class="whole">\1</span>', markup
    )


class Exporter(HTMLExporter):
    """nbconvert's bare HTML of a notebook, by the renderer above."""

    @pass_context
    def markdown2html(self, context, source):
        return markdown(source)


def room(lines, words):
    """Ruled lines to write on."""
    return f'<div class="room" role="note" aria-label="{words}">' + "<div></div>" * lines + "</div>"


def for_paper(notebook):
    """The notebook without what needs a kernel, and with room to write."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            # A bar inside code would end a cell of a table.
            cell.source = re.sub(r"`[^`\n]*`", lambda m: m[0].replace("\\|", "\ue000"), cell.source)
            cell.source = cell.source.replace("<details>", "<details open>")  # paper cannot unfold
        elif "exercise" in cell.metadata.get("tags", []):
            cell.source = CALLS.sub("", cell.source).strip()
            cell.outputs = [
                _html(room(FUNCTION if "def " in cell.source else VALUE, "Room to write"))
            ]
        elif GUESS.search(cell.source):
            cell.outputs.append(
                _html("<p>My guess, and why:</p>" + room(GUESSED, "Room for your guess"))
            )
        if cell.cell_type == "code":
            cell.outputs = framed(cell.outputs)
            cell.metadata["transient"] = {"remove_source": _only_shows(cell.source)}
            for output in cell.outputs:
                if "text/html" in output.get("data", {}):
                    output.data["text/html"] = UNFOLDED.sub(r"\1 \2", output.data["text/html"])
    return notebook


def framed(outputs):
    """Outputs in which an explorer's frames are one, side by side where there is room."""
    frames = [one for one in outputs if "caption" in _about(one)]
    if not frames:
        return outputs
    first = outputs.index(frames[0])
    rest = [one for one in outputs[first:] if one not in frames]
    whole = '<div class="frames">' + "".join(map(_figure, frames)) + "</div>"
    return [*outputs[:first], _html(whole), *rest]


def _about(output):
    return output.get("metadata", {}).get("image/png", {})


def _figure(output):
    about = _about(output)
    alt, caption = html.escape(about["alt"]), html.escape(about["caption"])
    png = output.data["image/png"].replace("\n", "")
    image = f'<img alt="{alt}" width="{about["width"]}" src="data:image/png;base64,{png}">'
    style = f'style="width: {about["width"]}px"'
    return f"<figure {style}>{image}<figcaption>{caption}</figcaption></figure>"


def _only_shows(source):
    """Does a cell hold nothing but imports and calls such as quiz("made")?

    >>> _only_shows('import numpy as np\\npredict("a")')
    True
    >>> _only_shows("import numpy as np")
    False
    """
    rest = [
        node
        for node in ast.parse(source).body
        if not isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    calls = [node.value for node in rest if isinstance(getattr(node, "value", None), ast.Call)]
    return (
        bool(rest)
        and len(calls) == len(rest)
        and all(getattr(call.func, "id", "") in SHOWS for call in calls)
    )


def _html(markup):
    return nbformat.v4.new_output("display_data", {"text/html": markup})


def alone(markup, made):
    """HTML that needs no other file.

    Links lead to `made`, {notebook's name: page}, or to the web.
    """
    soup = BeautifulSoup(markup, "html.parser")
    for link in soup.find_all("a"):
        path, _, anchor = link.get("href", "").partition("#")
        page = made.get(Path(path).name) if path else None
        if page:
            link["href"] = page + (f"#{anchor}" if anchor else "")
        elif not re.match("https?:|mailto:", path) and (path or not soup.find(id=anchor)):
            link.unwrap()
    return str(soup).replace("\ue000", "|")


def title_of(notebook):
    return next(
        line[2:].strip()
        for cell in notebook.cells
        for line in cell.source.splitlines()
        if line[:2] == "# "
    )


def page(title, body, style, script=""):
    """One HTML file."""
    script = (
        f"<script>\n{(PAPER / script).read_text(encoding='utf-8')}</script>\n" if script else ""
    )
    style = (PAPER / style).read_text(encoding="utf-8") + HtmlFormatter(style=STYLE).get_style_defs(
        ".highlight"
    )
    return PAGE.format(title=html.escape(title), style=style, body=body, script=script)


def run_for(medium, path):
    """A notebook, run in its folder, with pictures for slides or for paper."""
    notebook = nbformat.read(path, as_version=4)
    return execute(notebook, Path(path).parent, {"TINYMAF_MEDIUM": medium})


def handout(path, made=None):
    """The HTML of the handout of one student's notebook."""
    notebook = run_for("paper", path)
    exporter = Exporter(
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True
    )
    body, _ = exporter.from_notebook_node(for_paper(notebook))
    foot = markdown(slides.LICENCE.format(title=title_of(notebook)).replace("slides", "pages"))
    body = f"<main>{alone(body, made or {})}<footer>{foot}</footer></main>"
    return page(title_of(notebook), body, "handout.css")


def deck(path, made=None):
    """The HTML of the slides of one instructor's notebook."""
    notebook = run_for("slides", path)
    body = slides.markup(slides.plan(notebook.cells), markdown)
    return page(f"{title_of(notebook)}: slides", alone(body, made or {}), "deck.css", "deck.js")


@cache
def browser_names():
    """The browsers that Playwright may start, as arguments for its launch: installed ones first."""
    found = map(
        shutil.which, ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    )
    return [
        *({"executable_path": path} for path in found if path),
        {"channel": "chrome"},
        {"channel": "msedge"},
        {},
    ]


def print_pdf(pages):
    """Print HTML files as PDF beside them. Returns the paths. RuntimeError says what is missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise RuntimeError(
            "PDF needs Playwright (pip install playwright); or print the HTML from a browser"
        ) from error
    with sync_playwright() as playwright:
        for name in browser_names():
            try:
                browser = playwright.chromium.launch(args=["--no-sandbox"], **name)
                break
            except Exception:  # this one is not installed: of Playwright's own error class
                continue
        else:
            raise RuntimeError(
                "no Chromium, Chrome or Edge was found: install one, or print the HTML from a "
                "browser"
            )
        tab = browser.new_page()
        for path in pages:
            tab.goto(path.resolve().as_uri())
            foot = (
                '<div style="font: 8px sans-serif; width: 100%; text-align: center">'
                '<span class="title"></span> &middot; <span class="pageNumber"></span></div>'
            )
            paper = (
                {"prefer_css_page_size": True}
                if path.stem.endswith("_slides")
                else {
                    "format": "A4",
                    "display_header_footer": True,
                    "header_template": "<span></span>",
                    "footer_template": foot,
                    "margin": dict.fromkeys(["top", "bottom", "left", "right"], "16mm"),
                }
            )
            tab.pdf(path=path.with_suffix(".pdf"), print_background=True, **paper)
        browser.close()
    return [path.with_suffix(".pdf") for path in pages]


def make(numbers=(), with_slides=False, out=ROOT / "handouts", notebooks=ROOT / "notebooks"):
    """Write the HTML files. Returns their paths."""
    paths = [
        path
        for path in sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))
        if not numbers or path.name.startswith(tuple(numbers))
    ]
    if not paths:
        raise ValueError(f"no notebook's name begins with {' or '.join(numbers)}")
    made = {path.name: f"{path.stem}.html" for path in paths}
    written = []
    out.mkdir(parents=True, exist_ok=True)
    for path in paths:
        todo = {out / f"{path.stem}.html": lambda: handout(path, made)}
        if with_slides:
            todo[out / f"{path.stem}_slides.html"] = lambda: deck(
                notebooks / "instructor" / path.name, made
            )
        for target, text in todo.items():
            target.write_text(text(), encoding="utf-8", newline="\n")
            written.append(target)
            print(target, flush=True)
    return written


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="course.py handouts", description="Make handouts and slides."
    )
    parser.add_argument(
        "numbers", nargs="*", metavar="NN", help="beginnings of notebooks' names; all by default"
    )
    parser.add_argument(
        "--slides", action="store_true", help="slides as well, from the instructor's notebooks"
    )
    parser.add_argument(
        "--pdf", action="store_true", help="PDFs as well, by an installed Chromium, Chrome or Edge"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "handouts", help="the folder (handouts)")
    options = parser.parse_args(arguments)
    try:
        written = make(options.numbers, options.slides, options.out)
        for path in print_pdf(written) if options.pdf else []:
            print(path)
    except (ValueError, RuntimeError) as error:
        sys.exit(f"{str(error)[0].upper()}{str(error)[1:]}.")


if __name__ == "__main__":
    main()
