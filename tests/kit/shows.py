"""What every explorer must pass when it is shown."""

import io
import re

from PIL import Image

from tinymaf_course.interactive import Explorer


def shows_itself(monkeypatch, make, least_words=150):
    """The explorer that `make()` shows, closed again: one bundle, a contact sheet of some size,
    frames that differ.
    """
    shown, made = [], []
    with monkeypatch.context() as patch:
        patch.setattr(
            "tinymaf_course.pictures.display", lambda bundle, **options: shown.append(bundle)
        )
        patch.setattr(
            Explorer, "show", lambda self, show=Explorer.show: (made.append(self), show(self))
        )
        make()
    (bundle,), (explorer,) = shown, made
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert 3 <= len(explorer.sheet) <= 5 and len(bundle["text/plain"]) > least_words
    assert Image.open(io.BytesIO(bundle["image/png"])).width <= 1210
    assert len(bundle["image/png"]) < 200_000
    says = [explorer.say(**values) for values in explorer.sheet]
    assert len(set(says)) == len(says) and not re.search(r"\bnan\b|-0\.0+\b", " ".join(says))
    assert explorer.canvas.error == ""
    explorer.close()
    return explorer
