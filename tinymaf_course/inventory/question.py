"""What a question of the inventory is."""

from dataclasses import dataclass

LETTERS = "abcd"


@dataclass(frozen=True)
class Question:
    """One question about one misconception.

    `choices` maps each of four choices to a note for teachers: why a learner picks it. `right` is
    one of them; `because` is what learners read when they have finished.
    """

    misconception: str
    question: str
    choices: dict
    right: str
    because: str

    def __post_init__(self):
        if self.right not in self.choices or len(self.choices) != len(LETTERS):
            raise ValueError(
                f"{self.misconception}: four choices, one of them the right one, got "
                f"{list(self.choices)}"
            )

    @property
    def letter(self):
        """The letter of the right choice."""
        return LETTERS[list(self.choices).index(self.right)]
