"""What the notebooks need and a flow does not: pictures with words, explorers, verdicts, and the notebooks' build."""

from threadpoolctl import threadpool_limits

from .environment import check_environment
from .explore import Explorer, explore
from .pictures import show
from .verdict import feedback, in_band, judge, verdict

__all__ = ["Explorer", "check_environment", "explore", "feedback", "in_band", "judge", "show", "verdict"]

# The course's networks are small: beside a busy browser, two BLAS threads that wait for each other are slower than one.
threadpool_limits(1)
