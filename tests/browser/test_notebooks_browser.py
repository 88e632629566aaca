"""The first notebook, a quiz and a prediction in a real browser."""

import json

import pytest

for name in ("ipywidgets", "jupytext", "playwright", "jupyterlab"):
    pytest.importorskip(name)

import nbformat  # noqa: E402
from kit import ARTEFACTS, ROOT  # noqa: E402
from kit.lab import a_page, cell_errors, run_all  # noqa: E402

from tinymaf_course import build  # noqa: E402


def test_the_first_notebook_lives_in_a_browser(jupyter, browser, tmp_path):
    """As far as its film: nbval runs it to its end."""
    ARTEFACTS.mkdir(exist_ok=True)
    notebook = tmp_path / "00_start_here.ipynb"
    whole = nbformat.read(ROOT / "notebooks" / notebook.name, as_version=4)
    film = next(
        k
        for k, cell in enumerate(whole.cells)
        if cell.cell_type == "code" and "layers passed" in cell.source
    )
    whole.cells = whole.cells[: film + 1]
    nbformat.write(whole, notebook)
    with a_page(browser) as (page, errors):
        try:
            run_all(page, jupyter.add(notebook), sliders=0)
            handle = page.get_by_role("slider", name="layers passed")
            handle.wait_for()
            picture = page.locator("canvas.tm-canvas[data-frame]")
            picture.scroll_into_view_if_needed()
            before = picture.screenshot()
            page.screenshot(path=ARTEFACTS / "slider_before.png")
            handle.focus()
            for _ in range(8):  # an eighth of a layer each
                page.keyboard.press("ArrowRight")
            page.get_by_text("1 of 5 layers passed", exact=True).first.wait_for()
            assert handle.get_attribute("aria-valuetext") == "1"
            assert picture.screenshot() != before, "the picture's pixels follow the slider"
        finally:
            page.screenshot(path=ARTEFACTS / "slider_after.png")
        assert cell_errors(page) == []
        assert errors == []


HIDDEN = """# %%
from tinymaf_course import in_band, predict, reveal

predict("noise-back")

# %%
in_band(11.6931, 8, 16, "nats that are gained")
print("the noise is back")
reveal("noise-back")
"""


def test_an_answer_is_folded_until_it_is_run_and_then_has_its_number(jupyter, browser, tmp_path):
    """JupyterLab opens folded outputs when their cell is run: nothing of ours does."""
    (tmp_path / "source").mkdir()
    source, target = tmp_path / "source" / "hidden.py", tmp_path / "hidden.ipynb"
    source.write_text(HIDDEN, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        assert build.build(source, target)
    assert "between 8 and 16, as expected" in target.read_text(encoding="utf-8")
    with a_page(browser) as (page, errors):
        page.goto(jupyter.add(target))
        page.get_by_text("Predict: Can the noise be recovered").first.wait_for()
        outputs = page.locator(".jp-OutputArea-output:visible")
        assert "the noise is back" not in " ".join(outputs.all_inner_texts())
        run_all(page, page.url, sliders=0)
        page.get_by_text("the noise is back", exact=True).wait_for()
        live = page.locator(".jupyter-widgets").get_by_text("nats that are gained")
        live.wait_for()
        assert live.inner_text() == "nats that are gained: 11.7 (between 8 and 16, as expected)"
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / "unfolded.png")
        assert cell_errors(page) == [] and errors == []


CELLS = [
    "from tinymaf_course import predict, quiz, reveal",
    "predict('noise-back')",
    "predict('nats-lost')",
    "quiz('start')",
]


def test_forms_are_answered_with_the_keyboard_alone(jupyter, browser, tmp_path):
    kept = f"import os; os.environ['TINYMAF_PROGRESS'] = {str(tmp_path / 'progress.json')!r}"
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in [kept, *CELLS]],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )
    nbformat.write(notebook, tmp_path / "forms.ipynb")
    with a_page(browser) as (page, errors):
        run_all(page, jupyter.add(tmp_path / "forms.ipynb"), sliders=0)
        forms = page.locator(".tm-question")
        forms.nth(5).wait_for()

        def reply(k, words):
            forms.nth(k).locator(".tm-reply").get_by_text(words).wait_for()

        forms.nth(0).locator("input").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        reply(0, "You said b: Only u1")
        assert page.evaluate("document.activeElement.className") == "tm-reply", (
            "the keyboard's place is not lost"
        )
        forms.nth(1).locator("input").focus()
        page.keyboard.type("a lot")
        page.keyboard.press("Enter")
        reply(1, "That is no number")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("0,5")
        page.keyboard.press("Enter")
        reply(1, "You said 0.5 nats.")
        forms.nth(2).locator("input").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        reply(2, "Not yet.")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        reply(2, "Right.")
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / "forms.png")
        assert cell_errors(page) == [] and errors == []
    kept = json.loads((tmp_path / "progress.json").read_text())
    assert kept == {
        "predictions": {"noise-back": "b", "nats-lost": 0.5},
        "quizzes": {"start-above-one": "right"},
    }
