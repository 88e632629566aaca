"""What the notebooks need and a flow does not: exercises, quizzes, predictions, explorers, verdicts, the build."""

from threadpoolctl import threadpool_limits

from .answers import check, hint, solution
from .environment import check_environment
from .explore import Explorer, explore
from .pictures import show
from .predict import predict, reveal
from .progress import progress
from .quiz import quiz
from .verdict import in_band, verdict

__all__ = ["Explorer", "check", "check_environment", "explore", "hint", "in_band", "predict", "progress", "quiz",
           "reveal", "show", "solution", "verdict"]

# The course's networks are small: beside a busy browser, two BLAS threads that wait for each other are slower than one.
threadpool_limits(1)
