"""Whose function a notebook goes on with: the learner's own, or the course's."""

import os


def whose(function):
    """The name of a function that `check` has handed back, with whose it is.

    The function knows it: the course's own are at home in the course. While notebooks are built
    and compared (TINYMAF_QUIET), it is the bare name, which is true of either.

    >>> whose(whose)
    'whose'
    """
    name = getattr(function, "__name__", None) or function.id.replace("-", "_")
    if os.environ.get("TINYMAF_QUIET"):
        return name
    theirs = str(getattr(function, "__module__", "")).startswith(f"{__package__}.")
    return f"the course's own {name}" if theirs else f"your own {name}"
