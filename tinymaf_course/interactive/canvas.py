"""The widget: a canvas in the browser that draws the frames it gets.

canvas/*.js does the drawing.
"""

from pathlib import Path

import anywidget
import traitlets

from .colors import MAPS, THEME, table
from .working import Waiting

FOLDER = Path(__file__).parent / "canvas"
# One ES module, joined from files with one idea each. It is read when this module is imported.
SCRIPT = "\n".join(
    (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    for name in ("axes", "layers", "paint", "touch", "probe", "handles", "film", "kernel", "main")
)


class Canvas(Waiting, anywidget.AnyWidget):
    """Draws `frames["specs"][k]`. k is 0, or the place of the reader's scrub."""

    _esm = SCRIPT
    _css = (FOLDER / "canvas.css").read_text(encoding="utf-8")

    frames = traitlets.Dict().tag(sync=True)  # see wire.pack
    title = traitlets.Unicode().tag(sync=True)
    # A sentence for each frame, read aloud.
    says = traitlets.List(traitlets.Unicode()).tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)  # shown over the last good picture
    scrub = traitlets.Dict().tag(sync=True)  # {"label", "texts", "start", "seconds"?}, or {}
    # A picture is drawn smaller, rather than higher than this, unless panels wrap on a narrow page.
    tallest = traitlets.Int(100_000).tag(sync=True)
    # Where the reader put the scrub. Only the browser knows it.
    place = traitlets.Int(None, allow_none=True).tag(sync=True)
    # From the browser: {"places": {name: [x, y]}, "count": n}
    held = traitlets.Dict().tag(sync=True)
    # From the browser: {"sets": {control: value}, "count": n}, when a spot is pressed.
    pressed = traitlets.Dict().tag(sync=True)
    coarse = traitlets.Int().tag(sync=True)  # not 0: ask for a finer picture when nothing moves
    answered = traitlets.Int().tag(sync=True)  # the count of `held` that the frames belong to
    colors = traitlets.Bytes().tag(sync=True)  # the tables of all colour maps, 1 KB each
    maps = traitlets.List(traitlets.Unicode()).tag(sync=True)
    ink = traitlets.Dict().tag(sync=True)  # the theme's colours where there is no theme

    def __init__(self, **traits):
        super().__init__(
            maps=list(MAPS),
            ink=THEME,
            colors=b"".join(table(name).tobytes() for name in MAPS),
            **traits,
        )
