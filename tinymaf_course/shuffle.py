"""An order of choices that says nothing about which one is right, the same on every machine."""

import hashlib

# Of a few words tried, the one with which the right choices of all quizzes and predictions are
# spread most evenly over the places.
SALT = "leaf"


def shuffled(id, choices):
    """The choices, in an order that depends on the question's id and on their own words.

    >>> shuffled("which", ["x1 first", "x2 first", "both"])
    ['both', 'x2 first', 'x1 first']
    """
    return sorted(
        choices, key=lambda text: hashlib.sha256(f"{SALT} {id} {text}".encode()).hexdigest()
    )
