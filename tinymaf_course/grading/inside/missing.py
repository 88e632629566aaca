"""What stands where an answer was not given."""


class NotAttempted(Exception):
    """What a cell meets that needs an answer which was not given."""


class Missing:
    """Stands where the notebook goes on with an answer that was not given."""

    def __init__(self, id):
        self.id = id

    def __call__(self, *arguments, **named):
        raise NotAttempted(f"{self.id} was not attempted, so that what needs it cannot run.")
