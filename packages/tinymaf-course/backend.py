"""Builds tinymaf-course with flit_core, which wants a package in one folder.

Here the package and the learner's pages lie at several places of the checkout. So a folder is made
up of them, which is a plain project of flit's, and flit builds that. An sdist is such a folder: it
is built without this file.
"""

import contextlib
import importlib.util
import os
import re
import shutil
import tempfile
from pathlib import Path

from flit_core import buildapi
from flit_core.wheel import WheelBuilder

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


def filled_in(text):
    """The text of pyproject.toml for a folder that flit builds alone."""
    (version,) = VERSION.findall((ROOT / "tinymaf" / "__init__.py").read_text(encoding="utf-8"))
    changes = {
        r'^build-backend = "backend".*\nbackend-path = .*$': 'build-backend = "flit_core.buildapi"',
        r'^dynamic = \["version"\].*$': f'version = "{version}"',
        r'^    "tinymaf",$': f'    "tinymaf=={version}",',
        r"^\[tool\.uv\](.|\n)*": "",  # the last two tables: they speak of the checkout
    }
    for old, new in changes.items():
        text, found = re.subn(old, new, text, flags=re.MULTILINE)
        if found != 1:
            raise ValueError(f"pyproject.toml must have {old} once, has it {found} times")
    return text.rstrip() + "\n"


def pages():
    """tinymaf_course/pages.py, without the package around it, which needs what is not here yet."""
    spec = importlib.util.spec_from_file_location("pages", ROOT / "tinymaf_course" / "pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def project():
    """A plain project of flit's in a temporary folder, which is the current one meanwhile."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory(prefix="tinymaf-course-") as folder:
        folder = Path(folder)
        text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
        (folder / "pyproject.toml").write_text(filled_in(text), encoding="utf-8", newline="\n")
        shutil.copy(HERE / "README.md", folder)
        shutil.copy(ROOT / "LICENSE", folder)
        package = shutil.copytree(
            ROOT / "tinymaf_course",
            folder / "tinymaf_course",
            ignore=shutil.ignore_patterns("__pycache__", ".*"),
        )
        for name, file in pages().found(ROOT).items():
            target = Path(package, pages().PACKED.name, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(here)


def get_requires_for_build_wheel(config_settings=None):
    return []


get_requires_for_build_sdist = get_requires_for_build_editable = get_requires_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    wheel_directory = Path(wheel_directory).resolve()
    with project():
        return buildapi.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    sdist_directory = Path(sdist_directory).resolve()
    with project():
        return buildapi.build_sdist(sdist_directory, config_settings)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """As flit does it, with the checkout as the folder that the package is imported from."""
    wheel_directory = Path(wheel_directory).resolve()
    with project() as folder, open(folder / "editable.whl", "wb") as file:
        builder = WheelBuilder.from_ini_path(folder / "pyproject.toml", file)
        builder.module.source_dir = ROOT
        builder.build(editable=True)
        file.flush()
        shutil.copy(folder / "editable.whl", wheel_directory / builder.wheel_filename)
        return builder.wheel_filename
