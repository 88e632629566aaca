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


GREEK = {
    "alpha": "\u03b1",
    "beta": "\u03b2",
    "gamma": "\u03b3",
    "theta": "\u03b8",
    "mu": "\u03bc",
    "pi": "\u03c0",
    "sigma": "\u03c3",
    "Phi": "\u03a6",
}
# A letter or a Greek name (or a number, or a bracket) with an index and a power, where it has any:
# x_1, mu_i, x_(i-1), sigma^2, 2^D, m^. Not log_det, x_to_u or mu_alpha. form.js has it, too.
SYMBOL = re.compile(
    rf"((?<![\w.])(?:{'|'.join(GREEK)}|[A-Za-z]|d[xuhz](?=_)|\d+)|\)(?=\^))"
    r"(?:_(\{[^{}]+\}|\([^()]+\)|[A-Za-z]|\d+))?"
    r"(?:\^(\([^()]+\)|[A-Za-z]|-?\d+|(?=[\s),]|$)))?"
    r"(?![A-Za-z0-9_])"
)
HAT = "\u0302"


def rich(text):
    """Text as HTML: escaped, with `code` in backticks, and formulas set outside of it.

    >>> rich("`a_1 < b` & x_(i-1), log_det")
    '<code>a_1 &lt; b</code> &amp; <i>x</i><sub><i>i</i>\u22121</sub>, log_det'
    """
    parts = re.split(r"`([^`\n]+)`", html.escape(str(text), quote=False))
    return "".join(
        f"<code>{part}</code>" if k % 2 else SYMBOL.sub(_set, part).replace(" .. ", " \u2026 ")
        for k, part in enumerate(parts)
    )


def _set(found):
    """One symbol as HTML, which pages without scripts and without MathML show as well."""
    head, index, power = found.groups()
    if index is None and power is None and head not in GREEK:
        return found[0]
    head = GREEK.get(head, head) + (HAT if power == "" else "")
    index, power = (part and re.sub(r"^[({]|[)}]$", "", part) for part in (index, power))
    return (
        _slanted(head)
        + (f"<sub>{_slanted(index)}</sub>" if index else "")
        + (f"<sup>{_slanted(power)}</sup>" if power else "")
    )


def _slanted(text):
    """Letters in italics, signs as signs."""
    return re.sub(r"(?:[^\W\d_]\u0302?)+", r"<i>\g<0></i>", text).replace("-", "\u2212")


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
