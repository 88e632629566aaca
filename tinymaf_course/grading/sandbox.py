"""Where a student's process runs: in bubblewrap, in a container, or in nothing but a folder of its
own.

    bwrap    Linux: namespaces of its own for users, processes, network, IPC; read-only mounts of
             Python alone, an empty home of limited size in memory, an empty environment
    podman   the same mounts in a rootless container, without an image's files
    docker   the same with docker
    none     a process group and a temporary folder: against accidents only
"""

import functools
import json
import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import tinymaf

from .copy_for_students import COURSE, copied

KINDS = ("bwrap", "podman", "docker", "none")
HOME = "/home/student"
INSIDE = "/course"
SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/fonts")
SYSTEM += ("/etc/ld.so.cache", "/etc/localtime")
PROBE = "import numpy, tinymaf"
IMAGE = "tinymaf-grade-nothing"
SECONDS = 30  # to see whether one works
HOW = {
    "bwrap": "install bubblewrap (apt install bubblewrap) and allow user namespaces; root needs "
    "setpriv, and a Python that all may read",
    "podman": "install podman, and see that `podman run` works",
    "docker": "start docker's daemon, and see that `docker run` works",
}


@dataclass
class Place:
    """A process that is to be started: `argv`, where, in which environment; `end` cleans up."""

    argv: list
    env: dict
    folder: str | None = None
    end: list = field(default_factory=list)  # commands
    scratch: object = None


def choose(asked="auto"):
    """The kind that is asked for, or the best there is. ValueError where it is not to be had."""
    if asked == "auto":
        return next(kind for kind in KINDS if not missing(kind))
    if why := missing(asked):
        raise ValueError(f"the sandbox {asked} is not to be had ({why}): {HOW[asked]}")
    return asked


@functools.cache
def missing(kind):
    """Why a kind does not work on this machine; "" where it does."""
    if kind == "none":
        return ""
    if sys.platform != "linux":
        return "this is not Linux"
    if not shutil.which(kind):
        return "it is not installed"
    try:
        if kind != "bwrap":
            _image(kind)
        there = place(kind, 2**20, code=["-c", PROBE])
        done = subprocess.run(
            there.argv,
            env=there.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return " ".join(str(error).split())[:200]
    said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it fails"]
    return said[-1][:200] if done.returncode else ""


def place(kind, disk, task=None, code=None):
    """The Place of a student's process in a sandbox of this kind; `disk` in bytes."""
    code = code or ["-m", "tinymaf_course.grading.inside", json.dumps(task)]
    if kind == "none":
        return _in_a_folder(code)
    python = [os.path.abspath(sys.executable), *code]
    if kind == "bwrap":
        return Place([*_bwrap(disk), *python], {})
    name = f"tinymaf-{uuid.uuid4().hex}"
    env = {key: os.environ[key] for key in ("PATH", "HOME", "XDG_RUNTIME_DIR") if key in os.environ}
    return Place([*_container(kind, disk, name), *python], env, end=[[kind, "rm", "-f", name]])


def environment(home, path):
    """All variables that the process has."""
    homes = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "APPDATA"), home)
    return {
        **homes,
        "PATH": os.pathsep.join([os.path.dirname(os.path.abspath(sys.executable)), os.defpath]),
        "LANG": "C.UTF-8",
        "USER": "student",
        "PYTHONPATH": path,
        "PYTHONSAFEPATH": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "",
        "IPYTHONDIR": os.path.join(home, ".ipython"),
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": os.path.join(home, ".matplotlib"),
        "TINYMAF_QUIET": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def mounts():
    """`[(path, where it is seen, or None for an empty folder)]`, the upper ones first.

    Python, its packages, the libraries of the system, the library tinymaf and the students' copy of
    the course. Where the true course, or the checkout, lies below one of them it is hidden.
    """
    python = {sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages()}
    python |= {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    if site.ENABLE_USER_SITE:
        python.add(site.getusersitepackages())
    seen = {os.path.realpath(path) for path in python} | {os.path.abspath(path) for path in python}
    hidden = {COURSE, COURSE.resolve()}
    hidden |= {Path(path, COURSE.name) for path in seen if Path(path, COURSE.name).is_dir()}
    if (COURSE.parent / "notebooks").is_dir():
        hidden.add(COURSE.parent.resolve())
    found = [(path, path) for path in sorted(seen | set(SYSTEM)) if os.path.exists(path)]
    below = [path for path in hidden if any(_under(path, there) for _, there in found)]
    found += [(None, str(path)) for path in below]
    found.sort(key=lambda pair: len(Path(pair[1]).parts))
    found = [pair for k, pair in enumerate(found) if not _covered(pair, found[:k])]
    library = Path(tinymaf.__file__).resolve().parent
    return [*found, (copied().name, INSIDE), (str(library), "/library/tinymaf")]


def _under(path, folder):
    return Path(path) == Path(folder) or Path(folder) in Path(path).parents


def _covered(pair, above):
    """Is it seen already, in the nearest folder above it?"""
    near = [other for other in above if _under(pair[1], other[1])]
    return bool(near) and pair[0] is not None and near[-1][0] is not None


def _bwrap(disk):
    """As root without a user namespace, but as nobody: else what root owns were the student's, such
    as the modes of devices."""
    return _as_nobody(disk) if os.geteuid() == 0 else _in_a_user_namespace(disk)


def _as_nobody(disk):
    apart = ["pid", "net", "ipc", "uts", "cgroup-try"]
    rights = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    command = [_path("bwrap"), *(f"--unshare-{one}" for one in apart), *rights, *_view(disk)]
    nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all"]
    return [*command, "--", _path("setpriv"), *nobody, "--no-new-privs"]


def _in_a_user_namespace(disk):
    command = [_path("bwrap"), "--unshare-all", "--unshare-user", "--cap-drop", "ALL"]
    command += ["--uid", "65534", "--gid", "65534"]
    command += ["--disable-userns"] * _knows("--disable-userns")
    return [*command, *_view(disk), "--"]


def _view(disk):
    """What is there to be seen."""
    command = ["--die-with-parent", "--new-session", "--hostname", "student", "--clearenv"]
    for name, value in environment(HOME, f"{INSIDE}:/library").items():
        command += ["--setenv", name, value]
    perms = ["--perms", "0755"] * _knows("--perms")
    for source, target in mounts():
        for folder in reversed(Path(target).parents[:-1]):
            command += [*perms, "--dir", str(folder)]
        if source is None:
            command += [*perms, "--tmpfs", target]
        elif os.path.islink(target) and target in SYSTEM:
            command += ["--symlink", os.readlink(target), target]
        else:
            command += ["--ro-bind", source, target]
    for target in (target for source, target in mounts() if source is None):
        command += ["--remount-ro", target]
    size = ["--perms", "1777"] * _knows("--perms") + ["--size", str(disk)] * _knows("--size")
    command += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
    command += [*size, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    command += [*size, "--tmpfs", HOME, "--symlink", HOME, "/tmp", "--remount-ro", "/"]
    return [*command, "--chdir", HOME]


def _path(program):
    return shutil.which(program) or program


@functools.cache
def _knows(option):
    done = subprocess.run([_path("bwrap"), "--help"], capture_output=True, text=True)
    return option in done.stdout + done.stderr


def _container(kind, disk, name):
    command = [kind, "run", "--rm", "-i", "--name", name, "--network", "none", "--read-only"]
    command += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "128"]
    command += ["--user", "65534:65534", "--hostname", "student", "--workdir", HOME, "--pull=never"]
    size = f"rw,nosuid,nodev,mode=1777,size={disk}"
    command += ["--tmpfs", f"{HOME}:{size}", "--tmpfs", f"/tmp:{size}", "--shm-size", str(disk)]
    for key, value in environment(HOME, f"{INSIDE}:/library").items():
        command += ["--env", f"{key}={value}"]
    for source, target in mounts():
        if source is None:
            command += ["--tmpfs", f"{target}:ro,size=4096"]
        else:
            command += ["--volume", f"{source}:{target}:ro"]
    return [*command, IMAGE]


def _image(kind):
    """An image without any file: all that a process sees are the mounts."""
    if subprocess.run([kind, "image", "inspect", IMAGE], capture_output=True).returncode:
        empty = bytes(10240)  # a tar archive of nothing
        subprocess.run(
            [kind, "import", "-", IMAGE],
            input=empty,
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )


def _in_a_folder(code):
    scratch = tempfile.mkdtemp(prefix="tinymaf-grade-")
    library = Path(tinymaf.__file__).resolve().parents[1]
    env = environment(scratch, os.pathsep.join([copied().name, str(library)]))
    kept = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    env.update((name, os.environ[name]) for name in kept if name in os.environ)
    argv = [sys.executable, *code]
    if os.name == "posix":  # who ends its parent ends this shell, not the grader
        argv = ["/bin/sh", "-c", '"$@"; exit $?', "sh", *argv]
    return Place(argv, env, scratch, scratch=scratch)


def remove(folder):
    """Delete a scratch folder, however deep, and whatever may not be opened in it."""
    if os.name == "posix":
        for command in (["chmod", "-R", "u+rwx", folder], ["rm", "-rf", folder]):
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
