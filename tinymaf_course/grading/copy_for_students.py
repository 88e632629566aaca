"""The course as a student's process sees it: a copy without exercises, solutions, questions and
judges, in a folder of its own. What is not named here is not there.
"""

import compileall
import functools
import shutil
import tempfile
from pathlib import Path

import matplotlib

HERE = Path(__file__).resolve().parent
COURSE = HERE.parent
AS_IT_IS = """cards.py claims.py drawings.py environment.py explorers films form interactive
    medium.py pages.py pictures.py playground records referee stubs.py values.py whose.py
    grading/__init__.py grading/peer.py grading/tape.py grading/wire.py grading/inside""".split()
INSTEAD = HERE / "instead"  # of what knows answers


@functools.cache
def copied():
    """The folder, a TemporaryDirectory: `tinymaf_course`, and `settings` for matplotlib."""
    folder = tempfile.TemporaryDirectory(prefix="tinymaf-course-", ignore_cleanup_errors=True)
    target = Path(folder.name) / "tinymaf_course"
    for name in AS_IT_IS:
        _copy(COURSE / name, target / name)
    _copy(INSTEAD, target)
    settings = Path(folder.name) / "settings"
    settings.mkdir()
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
        _copy(fonts, settings / fonts.name)
    compileall.compile_dir(target, quiet=2)
    for path in [Path(folder.name), *Path(folder.name).rglob("*")]:  # in a sandbox, one is nobody
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
