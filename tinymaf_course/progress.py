"""What the learner has done so far, in a small JSON file on the learner's machine and nowhere else.

The file is TINYMAF_PROGRESS, or progress.json in the user's data folder. A file that is damaged or
cannot be written never stops a notebook: the kernel remembers what happened since it started.
With TINYMAF_QUIET set (the notebooks' build, the tests) nothing is read or written.
"""

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

from .cards import card, rich, say

ORDER = ["not attempted", "wrong", "right"]  # a better state is not lost to a worse one
ICONS = {"right": "&#10003;", "wrong": "&#10007;", "not attempted": "&#9675;"}
_memory = {}


def path():
    """Where the state is kept, or None for memory alone."""
    if os.environ.get("TINYMAF_PROGRESS"):
        named = Path(os.environ["TINYMAF_PROGRESS"])
        # A file must not replace a device.
        return None if named.exists() and not named.is_file() else named
    if os.environ.get("TINYMAF_QUIET"):
        return None
    with contextlib.suppress(RuntimeError):  # there is no home folder
        home = Path.home()
        if os.name == "nt":
            folder = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
        elif sys.platform == "darwin":
            folder = home / "Library" / "Application Support"
        else:
            folder = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        return folder / "tinymaf" / "progress.json"
    return None


def state():
    """All that is known: {"exercises": {id: state}, "hints": {id: number}, "quizzes": ...}."""
    return _joined(_read(), _memory)


def record(kind, key, value):
    """Remember one thing. Never raises."""
    with contextlib.suppress(Exception):
        _memory.setdefault(kind, {})[key] = _better(kind, _memory.get(kind, {}).get(key), value)
        if path() is not None:
            _write(state())


def _better(kind, old, new):
    if kind == "exercises" and old in ORDER and new in ORDER:
        return max(old, new, key=ORDER.index)
    if kind == "hints" and isinstance(old, int):
        return max(old, new)
    return new


def _joined(old, new):
    joined = {kind: dict(entries) for kind, entries in old.items()}
    for kind, entries in new.items():
        for key, value in entries.items():
            there = joined.setdefault(kind, {})
            there[key] = _better(kind, there.get(key), value)
    return joined


def _read():
    """What the file holds, or {} if it is missing or makes no sense."""
    try:
        found = json.loads(path().read_text(encoding="utf-8"))
        return {kind: entries for kind, entries in found.items() if isinstance(entries, dict)}
    except Exception:
        return {}


def _write(found):
    """Replace the file at once: whoever reads it, even after a loss of power, meets a whole one."""
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".new")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1, sort_keys=True)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def forget():
    """Forget everything, here and in the file."""
    _memory.clear()
    with contextlib.suppress(Exception):
        path().unlink(missing_ok=True)


def progress(notebook=None):
    """Show how far all lessons are, and what is next; or one notebook's exercises, such as "03"."""
    return _overview() if notebook is None else _exercises(notebook)


KINDS = {"exercises": "Exercises", "predictions": "Predictions", "quiz": "Quiz"}
FINISHED = "You have done all of it. The playground and the concept inventory are left."


def rows_of_lessons():
    """`(lesson, {kind: (done, of)})` for each lesson, and the sentence about what is next."""
    from .lessons import lessons, what_is_next

    known = state()
    found = [
        (
            lesson,
            {kind: (len(lesson.done(known)[kind]), len(getattr(lesson, kind))) for kind in KINDS},
        )
        for lesson in lessons()
    ]
    following = what_is_next(known)
    return found, following


def in_words():
    """The overview as plain text."""
    found, following = rows_of_lessons()
    lines = [f"{'':40}" + "".join(f"{title:>13}" for title in KINDS.values())]
    for lesson, counts in found:
        line = f"{lesson.number} {lesson.title}"[:39]
        lines.append(f"{line:40}" + "".join(f"{f'{a} of {b}':>13}" for a, b in counts.values()))
    return "\n".join([*lines, _next_in_words(following)])


def _next_in_words(following):
    if following is None:
        return FINISHED
    lesson, what = following
    return f"Next: {lesson.number} {lesson.title}, {what}."


def _overview():
    found, following = rows_of_lessons()
    cell = "<td style='text-align: left; padding: 2px 14px 2px 0'>{}</td>"
    lines = [
        "<tr>" + "".join(cell.format(title) for title in ("Lesson", *KINDS.values())) + "</tr>"
    ]
    for lesson, counts in found:
        link = f"<a href='{lesson.file}'>{lesson.number} {rich(lesson.title)}</a>"
        shares = [_share(*count) for count in counts.values()]
        lines.append("<tr>" + "".join(cell.format(part) for part in (link, *shares)) + "</tr>")
    if following is None:
        title = FINISHED
    else:
        lesson, what = following
        title = (
            f"Next: <a href='{lesson.file}'>{lesson.number} {rich(lesson.title)}</a>, {rich(what)}"
        )
    say(in_words(), card("told", title, f"<table>{''.join(lines)}</table>"))


def _share(done, of):
    """A count with a bar. The words alone are enough."""
    if not of:
        return ""
    bar = (
        "<span aria-hidden='true' style='display: inline-block; width: 60px; height: 6px; "
        "margin-right: 8px; border-radius: 3px; background: linear-gradient(90deg, "
        f"var(--jp-success-color1, #1a8754) {100 * done // of}%, "
        f"var(--jp-border-color2, #8888) {100 * done // of}%)'></span>"
    )
    mark = " <span aria-hidden='true'>&#10003;</span>" if done == of else ""
    return f"{bar}{done} of {of}{mark}"


def _exercises(notebook):
    from .exercises import ids, load  # only here: there may be many files

    known, found = state().get("exercises", {}), {}
    for exercise in map(load, ids(notebook)):
        found.setdefault(exercise.notebook, []).append(exercise)
    words, lines = [], []
    for number in sorted(found):
        states = {exercise: known.get(exercise.id, "not attempted") for exercise in found[number]}
        needed = [states[exercise] for exercise in states if not exercise.optional]
        head = f"Notebook {number}: {needed.count('right')} of {len(needed)} right"
        words.append(head)
        lines.append(f'<div style="margin-top: 6px"><strong>{rich(head)}</strong></div>')
        for exercise, now in states.items():
            line = f"{now}{' (optional)' if exercise.optional else ''}"
            words.append(f"  {exercise.id}: {line}")
            lines.append(
                f'<div><span aria-hidden="true">{ICONS.get(now, "")}</span> '
                f"<code>{rich(exercise.id)}</code>: {rich(line)}</div>"
            )
    say(
        "\n".join(words) or "There are no exercises here.",
        card("told", "Your progress" if words else "There are no exercises here.", "".join(lines)),
    )
