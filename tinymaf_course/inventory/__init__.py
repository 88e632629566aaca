"""The concept inventory: 18 questions, one a misconception, to be answered before the course and
after it.

* `take("before")` or `take("after")` in a notebook shows them, and says nothing about right or
  wrong until the last one.
* `python -m tinymaf_course.inventory` writes the printed pages, with the key for teachers
  (pages.py).

The questions differ from those of the notebooks' quizzes, and the right letters are spread evenly.
"""

from .first_half import QUESTIONS as FIRST
from .form import take
from .question import LETTERS, Question
from .second_half import QUESTIONS as SECOND

QUESTIONS = [*FIRST, *SECOND]

__all__ = ["LETTERS", "QUESTIONS", "Question", "take"]
