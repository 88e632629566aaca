"""Verdicts: fixed words for numbers that differ a little from machine to machine.

A trained number is never printed for comparison: `in_band` raises outside its band, else prints the same words always.
"""

def verdict(what, error, below):
    """Print that an error is small enough; raise AssertionError with the error when it is not.

    >>> verdict("u -> x -> u", 3e-15, below=1e-10)
    u -> x -> u: max error < 1e-10: True
    """
    if not error < below:
        raise AssertionError(f"{what}: the error is {error:.3g}, allowed is {below:g}")
    print(f"{what}: max error < {below:g}: True")


def in_band(value, low, high, what):
    """Print that a measured value lies in its band; raise AssertionError with the value when it does not.

    >>> in_band(0.11, 0.05, 0.2, "nats lost")
    nats lost: between 0.05 and 0.2: True
    """
    if not low <= value <= high:
        raise AssertionError(f"{what}: {value:.4g} lies outside the band from {low:g} to {high:g}")
    print(f"{what}: between {low:g} and {high:g}: True")
