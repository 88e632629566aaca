"""The course as a student's process sees it: a copy without exercises, solutions, questions and
judges, in a folder of its own. What is not named here is not there.
"""

import compileall
import functools
import os
import shutil
import tempfile
from pathlib import Path

import matplotlib

HERE = Path(__file__).resolve().parent
COURSE = HERE.parent
AS_IT_IS = """cards.py claims.py environment.py explorers form interactive pages.py pictures.py
    playground predict.py records referee stubs.py values.py grading/__init__.py grading/peer.py
    grading/tape.py grading/wire.py grading/inside""".split()
INSTEAD = {  # of what knows answers
    "__init__.py": "course.py",
    "answers.py": "answers.py",
    "inventory/__init__.py": "inventory.py",
    "progress.py": "progress.py",
    "quiz.py": "quiz.py",
    "referee/__init__.py": "referee.py",
}


@functools.cache
def copied():
    """The folder, a TemporaryDirectory: `tinymaf_course`, and `settings` for matplotlib."""
    folder = tempfile.TemporaryDirectory(prefix="tinymaf-course-", ignore_cleanup_errors=True)
    target = Path(folder.name) / "tinymaf_course"
    for name in AS_IT_IS:
        _copy(COURSE / name, target / name)
    for name, by in INSTEAD.items():
        _copy(HERE / "inside" / by, target / name)
    settings = Path(folder.name) / "settings"
    settings.mkdir()
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
        _copy(fonts, settings / fonts.name)
    compileall.compile_dir(target, quiet=2)
    os.chmod(folder.name, 0o755)  # in a sandbox, one is nobody
    return folder


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
