"""Is this the Python that the course was made for? `check_environment` says what to do."""

import html
import sys
from importlib import metadata

import ipywidgets as widgets
from packaging.requirements import Requirement

from .pages import INSTALLED
from .pictures import show_bundle

OLDEST_PYTHON = (3, 11)
USED = ["numpy", "autograd", "matplotlib", "ipywidgets", "jupyterlab", "scikit-learn", "tqdm"]
REMEDY = (
    "Close JupyterLab and start it again with `python course.py lab`: that installs what is needed."
)
if INSTALLED:
    REMEDY = "Close JupyterLab, run `pip install --upgrade tinymaf-course`, and start it again."


def problems(needed, installed, python=sys.version_info):
    """One sentence for each thing that is missing or too old.

    `needed` lists requirements such as "numpy>=2.0". `installed` maps a name to its version, or to
    None.

    >>> problems(["numpy>=2.0", "tqdm>=4"], {"numpy": "1.26.4", "tqdm": None}.get, python=(3, 11))
    ['numpy is 1.26.4, the course needs >=2.0.', 'tqdm is missing.']
    """
    found = []
    if tuple(python[:2]) < OLDEST_PYTHON:
        found.append(
            "Python is {}.{}, the course needs {}.{} or newer.".format(*python[:2], *OLDEST_PYTHON)
        )
    for requirement in map(Requirement, needed):
        version = installed(requirement.name)
        if version is None:
            found.append(f"{requirement.name} is missing.")
        elif not requirement.specifier.contains(version, prereleases=True):
            found.append(
                f"{requirement.name} is {version}, the course needs {requirement.specifier}."
            )
    return found


def check_environment():
    """Print whether Python and the packages are new enough, and show a slider to try."""
    found = problems(needed(), installed)
    if found:
        print("\n".join([*found, REMEDY]))
    else:
        print(
            f"Python and the {len(USED)} packages that the course leans on: all there, all new "
            "enough."
        )
    view = slider()._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
    show_bundle(
        {"application/vnd.jupyter.widget-view+json": view},
        "Do you see a slider here? It appears when this cell runs in JupyterLab.",
    )


def needed():
    """What the library's and the course's pyproject.toml require of the packages in `USED`."""
    try:
        declared = metadata.requires("tinymaf") + metadata.requires("tinymaf-course")
    except metadata.PackageNotFoundError:
        declared = USED  # a checkout that nobody installed: that they are there must do
    # What only an extra asks for has a marker.
    return [line for line in declared if Requirement(line).name in USED and ";" not in line]


def installed(name):
    """The version of a package, or None if it is missing."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def slider():
    """A slider that answers."""
    control = widgets.IntSlider(value=0, min=0, max=10, description="Drag me")
    answer = widgets.HTML("Drag it, or click on it and press the arrow keys.")

    def reply(change):
        text = f"It works: you moved it to {change['new']}."
        answer.value = f'<span role="status" aria-live="polite">{html.escape(text)}</span>'

    control.observe(reply, "value")
    return widgets.VBox([control, answer])
