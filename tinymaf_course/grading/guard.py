"""What a student's notebook may not do while it is graded: Python's audit hook, which cannot be taken off again.

It forbids writing, deleting and renaming outside the scratch folder, reading what holds solutions, other processes,
sockets, ctypes, signals to others, and rummaging in all objects. It is a fence against accidents and pranks, no prison:
native code that calls the operating system itself does not pass here.
"""

import math
import os
import sys
import time

try:
    import resource
except ImportError:         # Windows
    resource = None

FORBIDDEN = {
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn"),
    *("os.startfile", "os.startfile/2", "_winapi.CreateProcess", "_winapi.OpenProcess", "_winapi.TerminateProcess"),
    *("os.kill", "os.killpg", "signal.pthread_kill", "os.chroot", "resource.setrlimit", "resource.prlimit"),
    *("socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg"),
    *("ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function", "ctypes.cdata"),
    *("ctypes.string_at", "ctypes.wstring_at", "ctypes.PyObj_FromPtr", "ctypes.memoryview_at"),
    *("gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys.settrace", "sys.setprofile"),
}
# Events that change files: where in their arguments the paths stand, and the folders that those are relative to.
CHANGES = {
    "os.remove": [(0, 1)], "os.rmdir": [(0, 1)], "os.mkdir": [(0, 2)], "os.rename": [(0, 2), (1, 3)],
    "os.link": [(0, 2), (1, 3)], "os.symlink": [(1, 2)], "os.truncate": [(0, None)], "os.chmod": [(0, 2)],
    "os.chown": [(0, 3)], "os.utime": [(0, 3)], "os.chflags": [(0, None)], "os.setxattr": [(0, None)],
    "os.removexattr": [(0, None)], "sqlite3.connect": [(0, None)], "shutil.rmtree": [(0, None)],
}
IPYTHONS_OWN = {"exit", "quit", "help", "display", "get_ipython"}        # builtins that come and go with each cell
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Refused(PermissionError):
    """What a cell meets that tries something forbidden."""


def limit(seconds, memory, file_size=2 ** 28):
    """Limit this process's processor time (s), memory and files (bytes). On Windows nothing is limited here."""
    if resource is None:
        return
    processor = math.ceil(time.process_time() + seconds) + 5
    for what, value in [("RLIMIT_CPU", processor), ("RLIMIT_AS", memory), ("RLIMIT_FSIZE", file_size),
                        ("RLIMIT_CORE", 0)]:
        try:
            resource.setrlimit(getattr(resource, what), (value, value))
        except (AttributeError, ValueError, OSError):   # macOS knows RLIMIT_AS and refuses it
            pass


def arm(scratch, hidden):
    """From now on: change files below `scratch` alone, and read nothing below the paths in `hidden`."""
    realpath, isdir, fspath, sep = os.path.realpath, os.path.isdir, os.fspath, os.sep
    readlink = getattr(os, "readlink", None)

    def real(path, folder=None):
        """The path with all links followed, as one text; None for a file that is open already."""
        if isinstance(path, int):
            return None
        path = os.fsdecode(fspath(path))
        if isinstance(folder, int) and folder >= 0 and not path.startswith(sep):
            path = readlink(f"/proc/self/fd/{folder}") + sep + path         # OSError elsewhere: forbidden then
        return realpath(path).casefold()            # there are file systems on which Exercises is exercises

    def below(path, folders):
        return any(path == folder or path.startswith(folder + sep) for folder in folders)

    own, secret = [real(scratch)], [real(path) for path in hidden]
    nothing = real(os.devnull)

    def hook(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            path = real(path)
            if path is None or path == nothing:
                return
            writes = (flags or 0) & WRITES or any(letter in (mode or "") for letter in "wax+")
            if below(path, secret):
                raise Refused("This file is not open to a notebook that is graded.")
            if (writes or (mode is None and isdir(path))) and not below(path, own):
                raise Refused("A notebook that is graded may write in its own folder alone.")
        elif event in CHANGES:
            for k, folder in CHANGES[event]:
                path = real(arguments[k], arguments[folder] if folder and folder < len(arguments) else None)
                if path is not None and not below(path, own) and path != ":memory:":
                    raise Refused("A notebook that is graded may change files in its own folder alone.")
        elif event in FORBIDDEN:
            raise Refused(f"A notebook that is graded may not do this: {event}.")

    sys.addaudithook(hook)


def snapshot(modules):
    """What the functions in the modules' namespaces are now; hand it to `changed`."""
    return [(names, [(name, value, getattr(value, "__code__", None)) for name, value in names.items()
                     if callable(value) and name not in IPYTHONS_OWN]) for names in modules]


def changed(kept):
    """Has a function been replaced since? (A loop: `any` may be one of them.)"""
    for now, before in kept:
        for name, value, code in before:
            if now.get(name) is not value or getattr(value, "__code__", None) is not code:
                return True
    return False
