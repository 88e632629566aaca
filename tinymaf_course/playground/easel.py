"""The figure to draw on: an explorer's canvas with an easel and a row of files."""

from pathlib import Path

import traitlets

from ..interactive.canvas import Canvas

FOLDER = Path(__file__).parent / "easel"
END = "export default { render };"  # of the canvas' module, in whose scope the easel's continues


def _script(engine):
    head, found, tail = engine.rpartition(END)
    if not found or tail.strip():
        raise ImportError(
            "canvas/main.js no longer ends with its export: tinymaf_course/playground/easel.py "
            "needs it"
        )
    return head + (FOLDER / "easel.js").read_text(encoding="utf-8")


class Easel(Canvas):
    """A Canvas with an easel. The browser sends three more kinds of message:

        {"kind": "puffs", "at": [[x, y], ...], "first": bool}   the brush was here, in data units
        {"kind": "drawn", "turn": n}                            the frames of turn n are on screen
        {"kind": "export", "what": w}                           w: "picture", "samples" or "model"

    The answer to the last one is {"kind": "file", ...} and the bytes.
    """

    _esm = _script(Canvas._esm)
    _css = Canvas._css + (FOLDER / "easel.css").read_text(encoding="utf-8")

    turn = traitlets.Int().tag(sync=True)  # counts the frames
    brush = traitlets.Float(0.35).tag(sync=True)  # its width, in data units
    tool = traitlets.Unicode("draw").tag(sync=True)  # or "erase"
    ready = traitlets.Bool(False).tag(sync=True)  # whether there is something to export
    wrote = traitlets.Unicode().tag(sync=True)  # a line about the last file
