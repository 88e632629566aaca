"""A user's server on a JupyterHub, with the course's settings: tinymaf-course hub

The hub starts it in the place of jupyterhub-singleuser, whose options it takes. It copies the
lessons into the user's home, where they are not yet, and becomes that server.
"""

import os
import sys
from pathlib import Path

from . import pages
from .copies import Copy

FOLDER = "tinymaf-course"


def main(options):
    """Copy, and become the server. What cannot be copied is said in the server's log."""
    try:
        Copy(Path.home() / FOLDER).add()
    except (OSError, ValueError) as error:
        print(f"tinymaf-course hub: {error}", file=sys.stderr, flush=True)
    os.environ.setdefault("JUPYTER_CONFIG_PATH", str(pages.HERE / "lab"))
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub.singleuser", *options])
