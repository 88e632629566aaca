"""Predictions ask a learner: while a notebook is graded there is none."""


def predict(id, answer=None):
    pass


def reveal(id, truth=None):
    pass
