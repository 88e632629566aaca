"""A lesson takes the minutes that it claims, and at most 45."""

import pytest

pytest.importorskip("jupytext")

from kit.minutes import SOURCES, counted, sections, told  # noqa: E402

from tinymaf_course.source import read_source  # noqa: E402

each = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)


@each
def test_a_lesson_says_how_long_it_takes(path):
    assert told(path) == counted(path)


@each
def test_a_lesson_fits_in_45_minutes_without_what_is_optional(path):
    reading, exercises, _ = counted(path)
    assert reading + exercises <= 45
    headings = [one.heading for one in sections(path)]
    assert headings[1] == "At a glance" and headings[-2:] == ["Quiz", "Recap"]


@each
def test_code_fits_beside_the_file_list(path):
    long = [
        line
        for cell in read_source(path).cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
        if len(line) > 96
    ]
    assert long == []
