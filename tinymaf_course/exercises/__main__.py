"""Try out exercises of one's own: python -m tinymaf_course.exercises FOLDER

For each file: the untouched stub must be not attempted, the solution right, and each wrong answer
wrong, with its own sentence. Then the cell to paste into the notebook is shown.
"""

import sys
from pathlib import Path

from ..judging import verdict_on
from ..source import exercise_cell
from . import load_file, own_files


def faults(exercise):
    """What is wrong with an exercise, in sentences."""
    space, found = dict(exercise.names), []
    exec(exercise.stub, space)
    due = [("the stub", space[exercise.name], "not attempted", "")]
    due += [("the solution", exercise.solution, "right", "")]
    due += [(f"the wrong answer {w.name}", w.answer, "wrong", w.sentence) for w in exercise.wrong]
    for what, answer, state, sentence in due:
        verdict = verdict_on(exercise, answer)
        if verdict.state != state:
            found.append(f"{what} must be {state}, and is {verdict.state}")
        elif verdict.sentence != sentence:
            found.append(f"{what} gets another one's sentence: {verdict.sentence!r}")
    return found


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or not own_files(arguments[0]):
        sys.exit("Name a folder with exercises: python -m tinymaf_course.exercises FOLDER")
    code = 0
    for id, path in own_files(Path(arguments[0])).items():
        exercise = load_file(path)
        found = faults(exercise)
        code = code or int(bool(found))
        count = f"{len(exercise.wrong)} wrong answer{'s' * (len(exercise.wrong) != 1)}"
        print(f"{id}: {'; '.join(found) or f'as it should be, with {count}'}")
        if not found:
            print(f"\n{exercise_cell(exercise, solved=False)}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
