"""check, hint and solution, where a notebook is graded: the answer is judged elsewhere."""

from .grading.inside.missing import Missing


def check(id, answer):
    """Have the answer judged, and give it back as it is."""
    from .grading.inside.student import here

    return answer if here().check(id, answer) else Missing(id)


def hint(id, number=None):
    print("Hints are not to be had while a notebook is graded.")


def solution(id):
    print("Solutions are not to be had while a notebook is graded.")
