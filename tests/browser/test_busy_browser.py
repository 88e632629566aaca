"""While Python computes, every figure and form on the page says so, and what is left."""

import pytest

pytest.importorskip("anywidget")
pytest.importorskip("playwright")
pytest.importorskip("jupyterlab")

import nbformat  # noqa: E402
from kit.lab import a_page, cell_errors, run_all  # noqa: E402
from playwright.sync_api import expect  # noqa: E402

CELLS = [
    """
import time
from ipywidgets import IntSlider
from tinymaf_course import predict
from tinymaf_course.interactive import Panel, explore
from tinymaf_course.interactive.working import each

def draw(k):
    if k == 5:
        for _ in each("training {} of {} flows", range(4)):
            time.sleep(0.5)
    return Panel((0, 9)).bars([k], [0.5])

explore(draw, controls={"k": IntSlider(1, 0, 5)}, sheet=[{"k": 1}, {"k": 2}], alt="a bar")
""",
    'predict("noise-back")',
]
# Milliseconds from the key to the first word, as the page's own clock has them.
CLOCK = """() => {
  const busy = document.querySelector(".tm-stage .tm-busy");
  window.waited = new Promise((resolve) => {
    let began;
    document.addEventListener("keydown", () => { began ??= performance.now(); }, true);
    new MutationObserver(() => { if (!busy.hidden) resolve(performance.now() - began); })
      .observe(busy, { attributes: true });
  });
}"""


def test_figures_and_forms_say_that_python_computes_and_what_is_left(jupyter, browser, tmp_path):
    path = tmp_path / "busy.ipynb"
    cells = list(map(nbformat.v4.new_code_cell, CELLS))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    with a_page(browser) as (page, errors):
        run_all(page, jupyter.add(path), sliders=1)
        assert cell_errors(page) == []
        figure, form = page.locator(".tm-stage .tm-busy"), page.locator(".tm-form > .tm-busy")
        expect(figure).to_be_hidden()
        expect(form).to_be_hidden()
        page.evaluate(CLOCK)
        page.locator(".noUi-handle").focus()
        page.keyboard.press("PageUp")  # five steps
        for k in (2, 4):
            expect(figure).to_have_text(f"training {k} of 4 flows")
            expect(form).to_contain_text(f"training {k} of 4 flows")
        assert page.evaluate("window.waited") < 400, "200 on a machine that does nothing else"
        expect(figure).to_be_hidden()
        expect(form).to_be_hidden()
        assert errors == []
