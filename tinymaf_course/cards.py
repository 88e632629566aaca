"""What the course tells a learner: one output with a card (HTML), and the same words as plain text.

A card names its state by an icon and a word, never by colour alone. JupyterLab's theme gives its
colours.
"""

import html
import re
import sys

from IPython.display import display

VIEW = "application/vnd.jupyter.widget-view+json"
STATES = {  # icon, word, colour: JupyterLab's own, or one that shows on white and on black
    "right": ("&#10003;", "Right", "var(--jp-success-color1, #1a8754)"),
    "wrong": ("&#10007;", "Not yet", "var(--jp-error-color1, #d5402b)"),
    "not attempted": ("&#9675;", "Not attempted", "var(--jp-warn-color1, #b8730a)"),
    "hint": ("?", "Hint", "var(--jp-info-color1, #2a7ab8)"),
    "surprise": ("!", "Not so", "var(--jp-warn-color1, #b8730a)"),
    "told": ("&#9656;", "", "var(--jp-info-color1, #2a7ab8)"),
}
BOX = (
    "border: 1px solid var(--jp-border-color2, #8888); border-left: 5px solid {color}; "
    "border-radius: 4px; padding: 8px 12px; margin: 4px 0; max-width: 52em; line-height: 1.5; "
    "color: var(--jp-content-font-color1, inherit); background: var(--jp-layout-color1, "
    "transparent)"
)


# Finds x_1 and mu_i, but not log_det or x_to_u.
INDEX = re.compile(r"\b([A-Za-z]+)_(\d+|[ijknDd])(?![A-Za-z0-9_(])")


def rich(text):
    """Text as HTML: escaped, with `code` in backticks and lowered indices outside of it.

    >>> rich("`a_1 < b` & x_1, log_det")
    '<code>a_1 &lt; b</code> &amp; x<sub>1</sub>, log_det'
    """
    parts = re.split(r"`([^`\n]+)`", html.escape(str(text), quote=False))
    return "".join(
        f"<code>{part}</code>" if k % 2 else INDEX.sub(r"\1<sub>\2</sub>", part)
        for k, part in enumerate(parts)
    )


def card(state, title, body=""):
    """The HTML of a card. `title` and `body` are HTML already."""
    icon, word, color = STATES[state]
    head = " &middot; ".join(part for part in (word, title) if part)
    return (
        f'<div role="status" style="{BOX.format(color=color)}"><strong>'
        f'<span aria-hidden="true" style="color: {color}">{icon}</span> {head}</strong>{body}</div>'
    )


def rows(pairs):
    """Named lines of a card. Empty ones are left out."""
    return "".join(
        (
            f'<div style="margin-top: 4px"><span style="opacity: 0.75">{name}:</span> '
            f"{rich(text)}</div>"
        )
        for name, text in pairs
        if text
    )


def in_notebook():
    return bool(sys.modules.get("IPython") and sys.modules["IPython"].get_ipython())


def live_text(markup):
    """`{MIME type: view}` of HTML that is shown while the kernel lives, and never stored.

    nbval does not compare widgets, so live text may hold a number that differs between machines.
    """
    if not in_notebook():
        return {}
    # only here: `interactive` needs this file
    from ipywidgets import HTML

    from .interactive.rerun import close_former

    widget = HTML(markup)
    close_former(widget)
    return {VIEW: widget._repr_mimebundle_()[VIEW]}


def say(plain, markup=None, live=None):
    """Show plain text, the same as a card, and live, as far as given, in one output.

    Outside notebooks, print the text.
    """
    if not in_notebook():
        print(plain)
        return
    card_ = {} if markup is None else {"text/html": markup}
    display({**(live or {}), **card_, "text/plain": plain}, raw=True)
