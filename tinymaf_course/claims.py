"""Claims that a notebook checks. The learner sees the number; what is stored and compared is words.

A trained number differs a little from machine to machine. So `in_band` and `confirm` show two
things in one output: live, the number that came out beside what was expected; and for what is
stored, the same words on every machine. Where a claim does not hold, the words change, a card says
so, and the notebook goes on. With TINYMAF_QUIET set, as the build and the tests do, it raises
AssertionError instead.
"""

import os

from .cards import card, live_text, rich, say

EXACT = "That is more than rounding. If you changed a cell above, look there; the notebook goes on."
TRAINED = (
    "Another processor ends training elsewhere, now and then outside of what we expected. Unless "
    "you changed a cell above, nothing is broken: go on."
)


def confirm(what, error, below):
    """Show that an error is small enough.

    >>> confirm("u -> x -> u", 3e-15, below=1e-10)
    u -> x -> u: max error below 1e-10, as expected
    """
    _claim(f"{what}: max error", error, error < below, f"below {below:g}", EXACT)


def in_band(value, low, high, what):
    """Show that a measured value lies in its band. `None` leaves a side open.

    docs/bands.md says how far each band of the course lies from what other machines and other
    seeds give.

    >>> in_band(0.11, 0.05, 0.2, "nats lost")
    nats lost: between 0.05 and 0.2, as expected
    >>> in_band(0.11, None, 0.2, "nats lost")
    nats lost: at most 0.2, as expected
    """
    _claim(f"{what}:", value, inside(value, low, high), band(low, high), TRAINED)


def _claim(what, value, holds, expected, if_not):
    if holds:
        live = f"{rich(what)} <strong>{number(value)}</strong> ({rich(expected)}, as expected)"
        say(f"{what} {expected}, as expected", live=live_text(live))
        return
    missed = f"{what} {value:.4g} on this computer, not {expected}"
    if os.environ.get("TINYMAF_QUIET"):
        raise AssertionError(missed)
    say(f"{missed}. {if_not}", card("surprise", rich(missed), f"<div>{if_not}</div>"))


def number(value):
    """Three digits of a number.

    >>> number(11.6931), number(3.1e-15), number(123456.7)
    ('11.7', '3.1e-15', '123,457')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e9 else f"{value:.3g}"


def inside(value, low, high):
    """Whether a value lies in a band. `None` leaves a side open, and NaN lies in none.

    >>> inside(3, None, 5), inside(float("nan"), None, 5)
    (True, False)
    """
    return (low is None or low <= value) and (high is None or value <= high)


def band(low, high):
    """A band in words.

    >>> band(5, None)
    'at least 5'
    """
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
