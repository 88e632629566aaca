"""A pytest plugin for nbval: a chapter's two notebooks, for students and with solutions, share the
cells that they share.

Both are validated strictly and in full. But their cells are the same except those with an exercise,
and what follows an exercise sees the same function: the solution's text is the learner's cell in
the one, and what `check` hands back in the other (tests/setup/test_notebooks.py proves all three).
So one kernel runs the student's notebook, and in the place of each exercise the solution's cell
first; what a shared cell gave is compared with both committed outputs.

A notebook with solutions that is validated alone, or with --full, has a kernel of its own. With
--full that one computes as another processor would: see `other_kernels`.
"""

import os
from pathlib import Path

import nbformat
import pytest
from nbval import plugin
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel

TWINS = pytest.StashKey()
FIRST = "notebooks", "00_start_here.ipynb"
SECOND = "The solutions' notebooks ran on OpenBLAS' {} kernels."
NO_SECOND = (
    "*** NO SECOND PROCESSOR'S KERNELS: {}. The solutions' notebooks ran on this one's own. ***"
)


def other_kernels(environment=os.environ, features=None, own=None):
    """`(name, why not)`: OpenBLAS' kernels of another processor that this one can run too.

    >>> other_kernels({}, {"AVX": True}, "SkylakeX")
    ('Nehalem', '')
    >>> other_kernels({"OPENBLAS_CORETYPE": "Haswell"})
    ('', 'OPENBLAS_CORETYPE is pinned to Haswell on this machine')
    """
    if environment.get("OPENBLAS_CORETYPE"):
        return (
            "",
            f"OPENBLAS_CORETYPE is pinned to {environment['OPENBLAS_CORETYPE']} on this machine",
        )
    if features is None:
        import numpy  # noqa: F401  (loads its BLAS)
        from numpy._core._multiarray_umath import __cpu_features__ as features
        from threadpoolctl import threadpool_info

        own = next(
            (
                info.get("architecture")
                for info in threadpool_info()
                if info["internal_api"] == "openblas"
            ),
            None,
        )
    if own is None or "AVX" not in features:
        return "", "the BLAS here has no kernels of other processors"
    if own != "Nehalem":
        return "Nehalem", ""
    return (
        ("Sandybridge", "")
        if features["AVX"]
        else ("", "this processor runs the oldest kernels alone")
    )


class Recorder(RunningKernel):
    """A kernel that keeps what each cell gave, and runs the twin's cells where they differ from its
    own.
    """

    def __init__(self, *arguments, mine, twin, seconds, **named):
        self.mine, self.twin, self.seconds = mine, twin, seconds
        # messages, cell by cell; the id of a shared cell that runs
        self.told = []
        self.shared = None
        super().__init__(*arguments, **named)

    def execute_cell_input(self, cell_input, allow_stdin=None):
        number, self.shared = len(self.told), None
        # where they differ, somebody runs a part of the notebook
        if self.mine[number : number + 1] == [cell_input]:
            self.told.append([])
            if self.twin[number] != cell_input:
                self._run_twin(self.twin[number], self.told[-1])
            else:
                self.shared = super().execute_cell_input(cell_input, allow_stdin)
                return self.shared
        return super().execute_cell_input(cell_input, allow_stdin)

    def _run_twin(self, cell_input, told):
        """Run a cell that this notebook does not have, and keep what it gives."""
        id = super().execute_cell_input(cell_input, allow_stdin=False)
        self.await_reply(id, timeout=self.seconds)
        while not ends(told):
            message = super().get_message("iopub", timeout=self.seconds)
            if message["parent_header"].get("msg_id") == id:
                told.append(message)

    def get_message(self, stream, timeout=None):
        message = super().get_message(stream, timeout)
        if (
            stream == "iopub"
            and self.shared
            and message["parent_header"].get("msg_id") == self.shared
        ):
            self.told[-1].append(message)
        return message

    @property
    def complete(self):
        return len(self.told) == len(self.mine) and all(map(ends, self.told))


class Told:
    """Stands in for the kernel of the twin: tells what the recorder was told."""

    def __init__(self, told):
        self.rest, self.now = list(told), []

    def execute_cell_input(self, cell_input, allow_stdin=None):
        self.now = self.rest.pop(0)
        return self.now[0]["parent_header"]["msg_id"]

    def await_reply(self, msg_id, timeout=None):
        pass

    def get_message(self, stream, timeout=None):
        return self.now.pop(0)

    def await_idle(self, msg_id, timeout=None):
        self.now.clear()

    def is_alive(self):
        return True

    def stop(self):
        pass


def ends(messages):
    """Whether these are all messages of a cell: the last one says that the kernel is idle."""
    return (
        bool(messages)
        and messages[-1]["msg_type"] == "status"
        and messages[-1]["content"]["execution_state"] == "idle"
    )


def code_of(path):
    return [
        cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"
    ]


class Notebook(plugin.IPyNbFile):
    """nbval's file, with the kernels of this module."""

    def setup(self):
        path, full = Path(self.path), self.config.getoption("full", False)
        here, twin = path.parent.name == "solutions", path.parent / "solutions" / path.name
        told = self.config.stash.setdefault(TWINS, {}).pop(path.name, None) if here else None
        if told is not None:
            self.kernel = Told(told)
            self.setup_sanitize_files()
        elif here and full:
            name, _ = other_kernels()
            with pytest.MonkeyPatch.context() as patch:
                if name:
                    patch.setenv("OPENBLAS_CORETYPE", name)
                super().setup()
        elif not here and not full and twin.exists():
            self.kernel = Recorder(
                CURRENT_ENV_KERNEL_NAME,
                cwd=str(path.parent),
                mine=code_of(path),
                twin=code_of(twin),
                startup_timeout=self.config.option.nbval_kernel_startup_timeout,
                seconds=self.config.option.nbval_cell_timeout,
            )
            self.setup_sanitize_files()
        else:
            super().setup()

    def teardown(self):
        if isinstance(self.kernel, Recorder) and self.kernel.complete:
            self.config.stash.setdefault(TWINS, {})[self.path.name] = self.kernel.told
        super().teardown()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    found = yield
    return [
        Notebook.from_parent(parent, path=file_path) if type(one) is plugin.IPyNbFile else one
        for one in found
    ]


def pytest_itemcollected(item):
    """--quick runs the first notebook, as students get it."""
    if isinstance(item, plugin.IPyNbCell) and item.path.parts[-2:] != FIRST:
        item.add_marker("long")


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("full", False) and not hasattr(config, "workerinput"):
        name, why = other_kernels()
        line = SECOND.format(name) if name else NO_SECOND.format(why)
        terminalreporter.write_line(line, red=not name, bold=not name)
