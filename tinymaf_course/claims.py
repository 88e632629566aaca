"""Claims that are checked: fixed words for numbers that differ a little from machine to machine.

A trained number is never printed for comparison: `in_band` raises outside its band, else prints the
same words always.
"""


def confirm(what, error, below):
    """Print that an error is small enough; raise AssertionError with the error when it is not.

    >>> confirm("u -> x -> u", 3e-15, below=1e-10)
    u -> x -> u: max error < 1e-10: True
    """
    if not error < below:
        raise AssertionError(f"{what}: the error is {error:.3g}, allowed is {below:g}")
    print(f"{what}: max error < {below:g}: True")


def in_band(value, low, high, what):
    """Print that a measured value lies in its band; raise AssertionError with the value when it
    does not.

    `None` leaves a side open. How far each band of the course lies from what is measured on other
    machines and with other seeds: docs/bands.md.

    >>> in_band(0.11, 0.05, 0.2, "nats lost")
    nats lost: between 0.05 and 0.2: True
    >>> in_band(0.11, None, 0.2, "nats lost")
    nats lost: at most 0.2: True
    """
    if not inside(value, low, high):
        raise AssertionError(f"{what}: {value:.4g} is not {band(low, high)}")
    print(f"{what}: {band(low, high)}: True")


def inside(value, low, high):
    """Whether a value lies in a band; `None` leaves a side open. NaN lies in none.

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
