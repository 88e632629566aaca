"""The learner's own state: while a notebook is graded there is none."""


def state():
    return {}


def record(kind, key, value):
    pass


def progress(notebook=None):
    print("There is no progress while a notebook is graded.")
