"""check, hint and solution, where a notebook is graded: the answer is judged elsewhere."""


class NotAttempted(Exception):
    """What a cell meets that needs an answer which was not given."""


class Missing:
    """Stands where the notebook goes on with an answer that was not given."""

    def __init__(self, id):
        self.id = id

    def __call__(self, *arguments, **named):
        raise NotAttempted(f"{self.id} was not attempted, so that what needs it cannot run.")


def check(id, answer):
    """Have the answer judged, and give it back as it is."""
    from .grading.inside.student import here

    return answer if here().check(id, answer) else Missing(id)


def hint(id, number=None):
    print("Hints are not to be had while a notebook is graded.")


def solution(id):
    print("Solutions are not to be had while a notebook is graded.")
