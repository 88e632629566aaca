"""What notebooks need beside the library: exercises, quizzes, predictions, explorers, claims."""

from threadpoolctl import threadpool_limits

from .answers import check, hint, solution
from .claims import confirm, in_band
from .environment import check_environment
from .interactive import Explorer, explore
from .pictures import show, show_film
from .predict import predict, reveal
from .progress import progress
from .quiz import quiz
from .whose import whose

__all__ = [
    "Explorer",
    "check",
    "check_environment",
    "confirm",
    "explore",
    "hint",
    "in_band",
    "predict",
    "progress",
    "quiz",
    "reveal",
    "show",
    "show_film",
    "solution",
    "whose",
]

# The course's networks are small: beside a busy browser, two BLAS threads that wait for each other
# are slower than one.
threadpool_limits(1)
