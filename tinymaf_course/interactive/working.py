"""What Python is busy with, in words: figures and forms on the page show it while they wait."""

import contextlib
import time
import weakref

import traitlets

PERIOD = 0.1  # seconds between two words: a page has many figures, and a server limits messages
_shown = weakref.WeakSet()  # the widgets that say it


class Waiting(traitlets.HasTraits):
    """A widget whose view says that Python computes, and what is left of it."""

    working = traitlets.Unicode().tag(sync=True)

    def __init__(self, *given, **traits):
        super().__init__(*given, **traits)
        _shown.add(self)


def each(what, items):
    """The items of a list, one after another, and on the page "training 3 of 16 flows" for `what` =
    "training {} of {} flows".

    >>> list(each("drawing {} of {} frames", "ab"))
    ['a', 'b']
    """
    items, said = list(items), time.monotonic()
    try:
        for k, item in enumerate(items, 1):
            if k > 1 and time.monotonic() - said > PERIOD:
                _say(what.format(k, len(items)))
                said = time.monotonic()
            yield item
    finally:
        if any(widget.working for widget in _shown):
            _say("")


def _say(text):
    for widget in list(_shown):
        with contextlib.suppress(Exception):  # one that was closed
            widget.working = text
