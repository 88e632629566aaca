"""Claims that a notebook checks, in fixed words: the numbers differ a little between machines.

No notebook prints a trained number for comparison. `in_band` raises outside the band, and prints
the same words inside it.
"""


def confirm(what, error, below):
    """Print that an error is small enough, or raise AssertionError with the error.

    >>> confirm("u -> x -> u", 3e-15, below=1e-10)
    u -> x -> u: max error < 1e-10: True
    """
    if not error < below:
        raise AssertionError(f"{what}: the error is {error:.3g}, allowed is {below:g}")
    print(f"{what}: max error < {below:g}: True")


def in_band(value, low, high, what):
    """Print that a measured value lies in its band, or raise AssertionError with the value.

    `None` leaves a side open. docs/bands.md says how far each band of the course lies from what
    other machines and other seeds give.

    >>> in_band(0.11, 0.05, 0.2, "nats lost")
    nats lost: between 0.05 and 0.2: True
    >>> in_band(0.11, None, 0.2, "nats lost")
    nats lost: at most 0.2: True
    """
    if not inside(value, low, high):
        raise AssertionError(f"{what}: {value:.4g} is not {band(low, high)}")
    print(f"{what}: {band(low, high)}: True")


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
