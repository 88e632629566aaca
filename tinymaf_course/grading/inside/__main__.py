"""The process in which one student's notebook runs. Started by run.py, never by hand.

What it says goes through what was its output: from then on that leads nowhere, so that nothing a
notebook prints is in the way.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

from ..wire import Broken, Channel


def limit(limits):
    """Limit this process: `{"RLIMIT_AS": bytes, ...}`. Windows has no such limits."""
    try:
        import resource
    except ImportError:
        return
    for name, value in limits.items():
        try:
            hard = resource.getrlimit(getattr(resource, name))[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):  # macOS knows RLIMIT_AS and refuses it
            pass


def apart():
    """The channel to the grader. Input and output lead nowhere from now on."""
    channel = Channel(os.dup(0), os.dup(1))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nowhere, number)
    sys.stdin = open(os.devnull, encoding="utf-8")
    sys.stdout = open(os.devnull, "w", encoding="utf-8", errors="replace")
    return channel


def main():
    task = json.loads(sys.argv[1])
    channel = apart()
    settings = os.environ["MPLCONFIGDIR"]
    shutil.copytree(Path(__file__).parents[3] / "settings", settings, dirs_exist_ok=True)
    import tinymaf_course  # noqa: F401, what all notebooks import

    from .shell import Cells, make_shell
    from .student import Student

    sys.path.insert(0, "")  # a notebook may import what it has written
    cells = Cells(make_shell())
    cells.peer = Student(channel, cells)
    limit(task["limits"])
    os.dup2(0, 2)
    sys.stderr = sys.stdout
    channel.send({"ready": time.process_time()})
    try:
        while not cells.peer.last:
            cells.peer.serve(*channel.receive())
    except Broken:
        pass
    os._exit(0)  # whatever the notebook left behind: threads, exit handlers


if __name__ == "__main__":
    main()
