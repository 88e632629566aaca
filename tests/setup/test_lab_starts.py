"""`course.py lab` on a real terminal: two lines, and Ctrl-C at any time without a traceback."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from kit import ROOT

for name in ("ipywidgets", "jupyterlab"):
    pytest.importorskip(name)
pty = pytest.importorskip("pty", reason="there are no such terminals on Windows")

START = ROOT / "tinymaf_course" / "lab" / "start.py"
ADDRESS = re.compile(r"http://\S+")


class Terminal:
    """A command in a terminal of its own, and what it has written."""

    def __init__(self, *command, **environment):
        self.screen, other = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, START, *map(str, command)],
            stdin=other,
            stdout=other,
            stderr=other,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as course.py does
            start_new_session=True,
        )
        os.close(other)
        self.said = ""

    def wait_for(self, word, seconds=90):
        end = time.monotonic() + seconds
        while word not in self.said and time.monotonic() < end:
            self.read()
        assert word in self.said, self.said

    def read(self):
        if select.select([self.screen], [], [], 0.1)[0]:
            try:
                self.said += os.read(self.screen, 65536).decode()
            except OSError:  # its end
                time.sleep(0.1)

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self):
        """The exit code, once it has ended."""
        while self.process.poll() is None:
            self.read()
        self.read()
        return self.process.returncode


@pytest.fixture
def terminal(tmp_path):
    """Starts a `Terminal` with folders of its own."""
    opened = []
    folders = {
        f"JUPYTER_{kind}_DIR": str(tmp_path / kind.lower())
        for kind in ("CONFIG", "DATA", "RUNTIME")
    }

    def start(*command, **environment):
        opened.append(Terminal(*command, **{**folders, **environment}))
        return opened[-1]

    yield start
    for one in opened:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        os.close(one.screen)


@pytest.mark.long
def test_two_lines_a_warning_to_a_second_one_and_two_times_ctrl_c(terminal, tmp_path):
    lab = terminal("lab", tmp_path / "mine", "--no-browser")
    lab.wait_for("Ctrl-C")
    first, second, *rest = lab.said.splitlines()
    assert ADDRESS.search(first) and "Ctrl-C twice" in second and "".join(rest) == ""
    address = ADDRESS.search(first)[0]
    assert "/lab/tree/notebooks/00_start_here.ipynb" in address
    with urllib.request.urlopen(address, timeout=30) as page:
        assert b"jupyter" in page.read()
    again = terminal("lab", tmp_path / "mine", "--no-browser")
    again.wait_for("Ctrl-C")
    warning, *rest = again.said.splitlines()
    assert "open on these notebooks already" in warning and len(rest) == 2
    for one in (again, lab):
        one.interrupt()
        one.wait_for("Shut down this Jupyter server")
        one.interrupt()
        assert one.end() == 0
        assert "Traceback" not in one.said and len(one.said.splitlines()) < 6


@pytest.mark.parametrize("seconds", [0.05, 0.5, 1.2, 2.0])
def test_ctrl_c_in_the_first_seconds(terminal, tmp_path, seconds):
    lab = terminal("lab", tmp_path / "mine", "--no-browser")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lab.read()
    if "Ctrl-C" not in lab.said:
        lab.interrupt()
    while lab.process.poll() is None and "Ctrl-C" not in lab.said:
        lab.read()  # it ignores Ctrl-C for a moment, or it was just about to be ready
    assert "Traceback" not in lab.said


@pytest.mark.long
def test_a_home_that_cannot_be_made(terminal, tmp_path):
    (tmp_path / "file").write_text("")
    places = {"HOME": str(tmp_path / "file" / "home"), "MPLCONFIGDIR": str(tmp_path)}
    nothing = {f"JUPYTER_{kind}_DIR": "" for kind in ("CONFIG", "DATA", "RUNTIME")}
    lab = terminal("lab", tmp_path / "mine", "--no-browser", **places, **nothing)
    lab.wait_for("Ctrl-C")
    assert "Traceback" not in lab.said and len(lab.said.splitlines()) == 2
