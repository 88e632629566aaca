"""Pictures for slides and for handouts: explorers one frame at a time, letters large enough.

Where TINYMAF_MEDIUM is "slides" or "paper", a notebook that runs shows its pictures so: handouts.py
runs it for that. A slide is seen from the last row of a room, a handout is held in the hand.
"""

import os
import textwrap
from dataclasses import dataclass

from matplotlib.text import Text

INCH, POINT = 100, 0.72  # CSS pixels to an inch, points to a pixel
STEP = 20  # pixels
ENOUGH = 0.75  # of a picture's own width
ROUNDS = 6  # of making room for titles


@dataclass(frozen=True)
class Medium:
    """The room of a picture and its smallest letters, in CSS pixels."""

    width: int
    height: int
    letters: float

    def scale(self, width, height):
        """How much larger a picture of this size is shown."""
        return min(self.width / width, self.height / height)


MEDIA = {
    "slides": Medium(1120, 490, 19.0),  # of 1280 x 720, below a heading and above a caption
    "paper": Medium(670, 700, 10.7),  # 8 pt between the margins of A4
}


def chosen():
    """The Medium that is asked for, or None."""
    return MEDIA.get(os.environ.get("TINYMAF_MEDIUM", ""))


def letters(fig):
    """The size of the smallest text in a matplotlib Figure, in CSS pixels."""
    fig.draw_without_rendering()
    shown = [one for one in fig.findobj(Text) if one.get_visible() and one.get_text().strip()]
    return min((one.get_fontsize() / POINT for one in shown), default=INCH)


def at_least(fig, pixels):
    """Enlarge what is smaller."""
    for one in fig.findobj(Text):
        one.set_fontsize(max(one.get_fontsize(), pixels * POINT))


def wrap_titles(fig):
    """Break the titles that are wider than their place. Returns the lines of the longest one."""
    fig.draw_without_rendering()
    most = 1
    for ax in fig.axes:
        text, place = " ".join(ax.get_title().split()), _room(fig, ax)
        lines, most_letters = [ax.get_title()], len(text)
        while ax.title.get_window_extent().width > place and most_letters > 6:
            most_letters -= 1
            lines = textwrap.wrap(text, most_letters)
            ax.set_title("\n".join(lines))
        most = max(most, len(lines))
    return most


def _room(fig, ax):
    """The width for a title in the middle above `ax`, in pixels: up to half-way to its neighbours
    in the row, or to the border."""
    own = ax.get_window_extent()
    middle = (own.x0 + own.x1) / 2
    left, right = 0, fig.bbox.width
    for other in (one.get_window_extent() for one in fig.axes if one is not ax):
        if other.y0 < own.y1 and own.y0 < other.y1:
            if other.x1 <= own.x0:
                left = max(left, (other.x1 + own.x0) / 2)
            elif other.x0 >= own.x1:
                right = min(right, (other.x0 + own.x1) / 2)
    return 2 * min(middle - left, right - middle)


def fitted(fig, medium):
    """The Figure itself, with letters as large as the medium wants them.

    The paper is made smaller and the letters stay, so that they are larger beside everything else.
    Where that would leave too little paper, they grow as well. Titles of several lines get paper of
    their own.
    """
    width, height = fig.get_size_inches()
    scale = medium.scale(width * INCH, height * INCH)
    smaller = max(0.7, min(1.0, letters(fig) * scale / medium.letters))
    fig.set_size_inches(smaller * width, smaller * height)
    for _ in range(ROUNDS):
        scale = medium.scale(*(INCH * fig.get_size_inches()))
        at_least(fig, medium.letters / scale)
        wrap_titles(fig)
        if (missing := _missing(fig)) <= 0:
            break
        width, height = fig.get_size_inches()
        fig.set_size_inches(width, height + missing)
    return fig


def _missing(fig):
    """How many inches of paper the titles lack at the top."""
    fig.draw_without_rendering()
    tops = [ax.title.get_window_extent().y1 for ax in fig.axes if ax.get_title()]
    return (max(tops, default=0) - fig.bbox.height) / fig.dpi


def frames(picture, medium, render):
    """The Figures of a Picture of an explorer: one, or one for each row of panels, where the whole
    would have to be too small for its letters."""
    fig = frame(picture, medium, render)
    if len(picture.rows) == 1 or fig.get_figwidth() * INCH >= ENOUGH * picture.width:
        return [fig]
    rows = [type(picture)([row], width=picture.width) for row in picture.rows]
    return [frame(one, medium, render) for one in rows]


def frame(picture, medium, render):
    """A Picture of an explorer as a Figure: as wide as its letters allow in this medium."""
    widest = min(picture.width, medium.width)
    for width in range(widest, widest // 3, -STEP):
        fig = _rendered(picture, width, render, 10.5)  # the ticks' size; numbers in cells have less
        scale = medium.scale(*(INCH * fig.get_size_inches()))
        if letters(fig) * scale >= medium.letters:
            break
    if letters(fig) * scale < medium.letters:
        fig = _rendered(picture, width, render, medium.letters / scale)
        at_least(fig, medium.letters / medium.scale(*(INCH * fig.get_size_inches())))
    return fig


def _rendered(picture, width, render, pixels):
    """The picture with letters of so many pixels at least, and room for the lines of its titles."""
    lines, head = 1, ""
    while True:
        fig = render(picture, width, head)
        at_least(fig, pixels)
        if (more := wrap_titles(fig)) <= lines:
            return fig
        lines, head = more, "\n".join([" "] * (more - 1))


def size(fig):
    """What a picture's metadata says of its size: CSS pixels."""
    width, height = fig.get_size_inches() * INCH
    return {"width": round(width), "height": round(height), "letters": round(letters(fig), 2)}
