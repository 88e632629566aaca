"""The widget: a canvas in the browser that draws the frames it is given. What it does there
stands in canvas/*.js."""

from pathlib import Path

import anywidget
import traitlets

from .colors import MAPS, THEME, table

FOLDER = Path(__file__).parent / "canvas"
# One ES module, made of files that each hold one idea; together they are read once, when this
# module is imported.
SCRIPT = "\n".join(
    (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    for name in ("axes", "layers", "paint", "probe", "handles", "main")
)


class Canvas(anywidget.AnyWidget):
    """Draws `frames["specs"][k]`, k being 0 or, with a scrub, where the reader put its range
    input."""

    _esm = SCRIPT
    _css = (FOLDER / "canvas.css").read_text(encoding="utf-8")

    frames = traitlets.Dict().tag(sync=True)  # see wire.pack
    title = traitlets.Unicode().tag(sync=True)
    # a sentence for each frame, read aloud
    says = traitlets.List(traitlets.Unicode()).tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)  # shown over the last good picture
    scrub = traitlets.Dict().tag(sync=True)  # {"label", "texts", "start"}, or {} for none
    # where the reader put the scrub, in the browser only
    place = traitlets.Int(None, allow_none=True).tag(sync=True)
    # from the browser: {"places": {name: [x, y]}, "count": n}
    held = traitlets.Dict().tag(sync=True)
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
