"""The widget of quizzes and predictions: questions with radio buttons or a number field, and
Python's replies."""

import html
from pathlib import Path

import anywidget
import traitlets

from ..cards import STATES, VIEW, say
from ..interactive.rerun import close_former
from ..interactive.working import Waiting

FOLDER = Path(__file__).parent
KERNEL = FOLDER.parent / "interactive" / "canvas" / "kernel.js"


class Form(Waiting, anywidget.AnyWidget):
    """`fields` are dicts: id, legend, button, and choices [[key, text], ...] or unit.
    `on_answer(id, value)` is called with what the reader hands in and gives the reply (state,
    text), or (state, text, True) for the last one."""

    # One ES module, joined from two files.
    _esm = "\n".join(path.read_text(encoding="utf-8") for path in (KERNEL, FOLDER / "form.js"))
    _css = FOLDER / "form.css"

    fields = traitlets.List().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)  # from the browser: {"id", "value", "count"}
    replies = traitlets.Dict().tag(sync=True)  # {id: {"state", "icon", "word", "text", "locked"}}

    def __init__(self, fields, on_answer):
        super().__init__(fields=fields)
        self.on_answer = on_answer
        self.observe(self._answered, "answer")

    def _answered(self, change):
        if "id" not in change["new"]:
            return
        id, value = change["new"]["id"], change["new"]["value"]
        try:
            self.reply(id, *self.on_answer(id, value))
        except Exception as failure:  # a browser would show no trace of it
            self.reply(
                id, "wrong", f"This answer could not be read. {type(failure).__name__}: {failure}"
            )

    def reply(self, id, state, text, locked=False):
        icon, word, _ = STATES[state]
        self.replies = {
            **self.replies,
            id: {
                "state": state,
                "icon": html.unescape(icon),
                "text": text,
                "word": f"{word}." if word else "",
                "locked": locked,
            },
        }

    def show(self, plain, markup):
        """Display one bundle: the live form, and for where nothing is live the two fixed texts."""
        close_former(self)
        bundle = self._repr_mimebundle_()
        bundle = bundle[0] if isinstance(bundle, tuple) else bundle  # with metadata beside it
        say(plain, markup, {VIEW: bundle[VIEW]})
