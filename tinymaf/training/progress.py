"""A progress bar for terminals and notebooks."""

import os
import sys

from ..validation import flag


class _NoBar:
    """Stands in for tqdm when no bar is shown."""

    def set_postfix(self, *args, **kwargs):
        pass

    def update(self):
        pass

    def close(self):
        pass


def progress_bar(total, wanted=None, unit="epoch"):
    """A tqdm bar. By default only in a terminal or notebook, and not if `CI` or `TINYMAF_QUIET` is
    set.
    """
    if wanted is not None:
        flag("progress", wanted)
    else:
        quiet = os.environ.get("CI") or os.environ.get("TINYMAF_QUIET")
        wanted = not quiet and ("ipykernel" in sys.modules or sys.stderr.isatty())
    if not wanted:
        return _NoBar()
    try:
        # Imported here, because the library itself needs only NumPy and autograd
        from tqdm.auto import tqdm
    except ImportError:
        return _NoBar()
    return tqdm(total=total, desc=f"{unit}s", unit=unit)
