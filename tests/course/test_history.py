"""The page of history and its picture show the same papers."""

import pytest

for name in ("matplotlib", "nbformat", "PIL"):
    pytest.importorskip(name)

from kit import ROOT  # noqa: E402

from tinymaf_course import timeline  # noqa: E402


def test_the_picture_shows_the_papers_of_the_page():
    years = timeline.papers()
    assert len(years) == 16 and years.keys() == timeline.PAPERS.keys()
    for name, (lane, _, sources) in timeline.PAPERS.items():
        assert lane in timeline.LANES
        assert all(years[source] < years[name] for source in sources), name
    drawn = {text.get_text() for text in timeline.draw().axes[0].texts}
    assert {"1952", "2024", "MAF", "planar\nflows", "Bengio &\nBengio"} <= drawn


def test_those_who_do_not_see_it_are_told_every_paper_and_year():
    page = (ROOT / "docs" / "history.md").read_text(encoding="utf-8")
    alt = page[page.index("![") : page.index("](../figures")]
    for name, year in timeline.papers().items():
        assert f"{name.replace('&', 'and')} {year}" in alt, name
