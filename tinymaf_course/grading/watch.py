"""An eye on a student's process from outside: does it answer in time, how many processes has it
become, how much memory and disk do they hold? All but the first on Linux alone; elsewhere the
limits that the process sets itself must do.
"""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

PROC = Path("/proc")
EVERY = 0.2  # seconds
PROCESSES = 64
FILES = 100_000
LATE = "it did not answer in time"
SLACK = 2**29  # bytes of memory beyond the limit of one process


class Watch:
    """Watches a Popen until `stop`; ends it where it becomes too much, and says why in `why`."""

    def __init__(self, process, place, memory, disk):
        self.process, self.place, self.memory, self.disk = process, place, memory, disk
        self.why, self.done = "", threading.Event()
        self.end = lambda: time.monotonic() + 1  # when the process must have answered
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self):
        """End the process and all that came of it."""
        self.done.set()
        kill(self.process)
        for command in self.place.end:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, env=self.place.env
            )
        if self.place.scratch:
            _end_those_of(self.place.scratch)

    def _run(self):
        while not self.done.wait(EVERY):
            self.why = self._too_much()
            if self.why:
                return kill(self.process)

    def _too_much(self):
        if time.monotonic() > self.end():
            return LATE
        if not PROC.is_dir():
            return ""
        family = descendants(self.process.pid)
        if len(family) > PROCESSES:
            return f"it became {len(family)} processes"
        if len({_users(pid) for pid in family[2:]} - {""}) > 1:
            return "it made a namespace of its own"
        if sum(map(_resident, family)) > self.memory + SLACK:
            return "its processes took too much memory together"
        return self._on_disk(family)

    def _on_disk(self, family):
        """A folder of its own in memory holds no more than its size, but any number of files."""
        if not self.place.scratch:
            return "" if _inodes(family) < FILES else "it made too many files"
        size, files = _held(self.place.scratch)
        return "it filled the disk" if size > self.disk or files > FILES else ""


def _held(folder):
    """(bytes, files) below a folder, however deep it goes; not more than are of interest."""
    size, files, left = 0, 0, [folder]
    while left and files <= FILES:
        try:
            with os.scandir(left.pop()) as entries:
                for one in entries:
                    files += 1
                    found = one.stat(follow_symlinks=False)
                    size += getattr(found, "st_blocks", 0) * 512
                    if one.is_dir(follow_symlinks=False):
                        left.append(one.path)
        except OSError:  # it is gone, or not to be opened
            pass
    return size, files


def descendants(pid):
    """The processes that came of one, itself among them."""
    children = {}
    for name in os.listdir(PROC):
        if name.isdigit():
            try:
                text = (PROC / name / "stat").read_text(errors="replace")
                parent = int(text.rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
            except (OSError, ValueError, IndexError):
                pass
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _resident(pid):
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _users(pid):
    """The user namespace of a process; in one of its own, it could mount what has no limits."""
    try:
        return os.readlink(PROC / str(pid) / "ns" / "user")
    except OSError:
        return ""


def _inodes(family):
    try:
        found = os.statvfs(PROC / str(family[-1]) / "root" / "home" / "student")
        return found.f_files - found.f_ffree
    except OSError:
        return 0


def kill(process):
    """End a process of ours, with its group."""
    try:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:  # it has ended
        pass


def _end_those_of(scratch):
    """End what has left the group and lives on: the processes whose home is the scratch folder."""
    mark = f"HOME={scratch}".encode()
    for _ in range(10):
        found = [pid for pid in _all() if mark in _environment(pid).split(b"\0")]
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        if not found:
            return
        time.sleep(0.05)


def _all():
    return [int(name) for name in os.listdir(PROC) if name.isdigit()] if PROC.is_dir() else []


def _environment(pid):
    try:
        return (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return b""
