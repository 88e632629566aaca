"""The films that move without a kernel: what is in the file, and what a notebook gets of it."""

import pytest

for name in ("IPython", "PIL"):
    pytest.importorskip(name)

from PIL import Image  # noqa: E402

from tinymaf_course import pictures  # noqa: E402
from tinymaf_course.pictures import FILMS, show_film  # noqa: E402

MADE = sorted(path.stem for path in FILMS.glob("*.png"))


@pytest.mark.parametrize("name", MADE)
def test_a_film_moves_and_comes_to_rest(name):
    with Image.open(FILMS / f"{name}.png") as film:
        assert film.n_frames > 10 and film.info["loop"] == 3
        seconds, frames = 0, []
        for k in range(film.n_frames):
            film.seek(k)
            seconds += film.info["duration"] / 1000
            frames.append(film.convert("RGB").tobytes())
    assert 2 < seconds < 10 and len(set(frames)) == len(frames)
    assert (FILMS / f"{name}.png").stat().st_size < 300_000, "a notebook has 1 MB for all it shows"


@pytest.mark.parametrize("name", MADE)
def test_it_is_shown_as_a_picture_with_words(name, monkeypatch):
    shown = []
    monkeypatch.setattr(pictures, "display", lambda data, **options: shown.append((data, options)))
    show_film(name)
    ((data, options),) = shown
    assert data["image/png"] == (FILMS / f"{name}.png").read_bytes()
    assert data["text/plain"] == options["metadata"]["image/png"]["alt"]
    assert len(data["text/plain"]) > 40
