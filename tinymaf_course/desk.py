"""Jupyter's servers as the course starts them: two lines on the terminal, and nothing of the
machine's that need not be touched.

What Jupyter says about itself (warnings about tokens, hooks, trust) is held back. It is all there
with `--debug`.
"""

import logging
import os
import re
import sys
import tempfile
import warnings
from pathlib import Path

from . import pages
from .copies import HIDDEN

# In a container one is root, mostly.
AS_ROOT = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
EXPECTED = re.compile("To access the server|received signal|Shutdown confirmed")
STOP = "To stop it, press Ctrl-C twice here." if os.name != "nt" else "To stop it, press Ctrl-C."


def prepare(folder):
    """The environment of a server, and of the kernels that it starts.

    Where the home folder cannot be had, Jupyter's files go beside the installed packages.
    """
    os.environ.setdefault("JUPYTER_CONFIG_PATH", str(pages.HERE / "lab"))
    if not _home_can_be_had():
        there = Path(sys.prefix) if os.access(sys.prefix, os.W_OK) else Path(tempfile.mkdtemp())
        places = {
            f"JUPYTER_{kind}_DIR": there / "jupyter" / kind.lower()
            for kind in ("CONFIG", "DATA", "RUNTIME")
        }
        places |= {"IPYTHONDIR": there / "ipython", "MPLCONFIGDIR": there / "matplotlib"}
        places |= {"TINYMAF_PROGRESS": Path(folder).resolve() / HIDDEN / "progress.json"}
        for name, place in places.items():
            os.environ[name] = os.environ.get(name) or str(place)


def _home_can_be_had():
    from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir, jupyter_runtime_dir

    try:
        for place in (jupyter_config_dir(), jupyter_data_dir(), jupyter_runtime_dir()):
            Path(place).mkdir(parents=True, exist_ok=True)
            if not os.access(place, os.W_OK):
                return False
    except OSError:
        return False
    return True


def open_already(folder):
    """The addresses of the servers that run on the folder."""
    from jupyter_server.serverapp import list_running_servers

    return [
        server["url"]
        for server in list_running_servers()
        if Path(server.get("root_dir", "")).resolve() == Path(folder).resolve()
    ]


def lab(folder, first, options):
    """Run JupyterLab in the folder, on the notebook `first`, to its end."""
    from jupyter_server.serverapp import ServerApp
    from jupyterlab.labapp import LabApp

    class Server(ServerApp):
        name = ServerApp.name

        def start_app(self):
            self.log.addFilter(lambda record: not EXPECTED.search(record.getMessage()))
            super().start_app()
            self.io_loop.add_callback(lambda: say_address(self.display_url.split()[0]))

    class Lab(LabApp):
        name = LabApp.name
        serverapp_class = Server

    return _run(
        Lab,
        [
            *_quiet(options, "ServerApp", "LabApp"),
            f"--ServerApp.root_dir={Path(folder).resolve()}",
            f"--LabApp.default_url=/lab/tree/{first}",
            f"--LabApp.workspaces_dir={forget_tabs(folder)}",
            *AS_ROOT,
            *options,
        ],
    )


def forget_tabs(folder):
    """Where the open tabs are kept; last time's are gone, because each would start a kernel."""
    workspaces = Path(folder).resolve() / HIDDEN / "workspaces"
    if not open_already(folder):
        for file in workspaces.glob("*.jupyterlab-workspace"):
            file.unlink()
    return workspaces


def app(notebook, options):
    """Serve a notebook as a page without code, to its end."""
    from voila.app import Voila

    class Page(Voila):
        name = Voila.name

        def setup_template_dirs(self):
            super().setup_template_dirs()
            self.template_paths.insert(0, str(pages.HERE / "lab" / "page"))

        def listen(self):
            self.log.setLevel(logging.INFO)
            self.log.addFilter(self.heard)
            super().listen()

        def heard(self, record):  # its address is a message among others
            if "running at" in record.getMessage():
                say_address(self.display_url)
            return record.levelno >= logging.ERROR

    return _run(Page, [str(notebook), *_quiet(options, "Voila"), *options])


def say_address(address):
    print(f"The course is open at {address}\n{STOP}", flush=True)


def _quiet(options, *names):
    """Options that hold back what Jupyter says about itself, unless somebody asks for it."""
    if "--debug" in options or any("log_level" in one or "log-level" in one for one in options):
        return []
    warnings.simplefilter("ignore")
    logging.getLogger("tornado").setLevel(logging.ERROR)
    _quiet_kernels()
    return [f"--{name}.log_level=ERROR" for name in names]


def _quiet_kernels():
    """Let kernels say on the terminal what stops them, and nothing less."""
    from jupyter_client.manager import KernelManager

    command = KernelManager.format_kernel_cmd

    def quiet_command(self, extra_arguments=None):
        quiet = ["--IPKernelApp.log_level=40"] if self.ipykernel else []
        return command(self, [*(extra_arguments or []), *quiet])

    KernelManager.format_kernel_cmd = quiet_command


def _run(application, options):
    try:
        application.launch_instance(options)
    except KeyboardInterrupt:
        return 130
    return 0
