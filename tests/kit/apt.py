"""A program of the system's that tests need: installed with Debian's apt where that takes no asking
(as root), once for all worker processes of a run.
"""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

RUN = "TINYMAF_TEST_RUN"  # names a folder that all processes of one run of pytest share
APT = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]
SECONDS = 240


def folder_of(config):
    """The folder of this run; the process that starts the others makes it."""
    if not hasattr(config, "workerinput") and not Path(os.environ.get(RUN, "/no/folder")).is_dir():
        folder = tempfile.TemporaryDirectory(prefix="tinymaf-tests-")
        config.add_cleanup(folder.cleanup)
        os.environ[RUN] = folder.name


def _install(package, there):
    """Why it is not there; "" where it is now."""
    if there():
        return ""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return "none is installed, and only root may install one, with apt"
    install = [*APT, "install", "-y", "--no-install-recommends", package]
    for command in ([*APT, "update"], install):
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
        except (subprocess.SubprocessError, OSError) as error:
            return f"apt-get: {error}"
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["failed"]
            return f"apt-get {command[3]}: {said[-1]}"
    return "" if there() else "apt-get installed none"


def missing(package, there):
    """Why a program is missing, "" where it is not: `there()` says whether it is installed. The
    first process of a run that asks installs it; the others wait for it.
    """
    folder = Path(os.environ[RUN])
    told = folder / package
    try:
        (folder / f"{package}.lock").mkdir()
    except FileExistsError:
        end = time.monotonic() + 2 * SECONDS
        while not told.exists():
            if time.monotonic() > end:
                return "its installation does not end"
            time.sleep(0.1)
        return told.read_text(encoding="utf-8")
    why = _install(package, there)
    (folder / f"{package}.new").write_text(why, encoding="utf-8")
    (folder / f"{package}.new").rename(told)
    return why
