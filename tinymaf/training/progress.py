"""A progress bar, where somebody is watching."""

import os
import sys

from ..validation import flag


class _NoBar:
    """Stands in for tqdm where nobody is watching."""

    def set_postfix(self, *args, **kwargs):
        pass

    def update(self):
        pass

    def close(self):
        pass


def progress_bar(total, wanted=None, unit="epoch"):
    """A tqdm bar; by default only in a terminal or notebook, and not where `CI` or `TINYMAF_QUIET`
    is set.
    """
    if wanted is not None:
        flag("progress", wanted)
    else:
        quiet = os.environ.get("CI") or os.environ.get("TINYMAF_QUIET")
        wanted = not quiet and ("ipykernel" in sys.modules or sys.stderr.isatty())
    if not wanted:
        return _NoBar()
    try:
        # Only here: the library itself needs nothing but NumPy and autograd
        from tqdm.auto import tqdm
    except ImportError:
        return _NoBar()
    return tqdm(total=total, desc=f"{unit}s", unit=unit)
