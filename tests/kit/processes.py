"""Python in a process of its own."""

import subprocess
import sys


def python(*arguments, timeout=240, **options):
    """Run `python ARGUMENTS` to its end; what it said is in `stdout` and `stderr`."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
