"""Mutants of solutions that may be judged right.

{exercise: {"line  =>  the line with its fault": why it may live}}
"""

WASTE = "a hidden unit of degree D feeds no output: wasted, but no dependency is wrong or lost"


def _to(line, *faulty):
    """`line` with each of its faults, as the names of mutants are written."""
    return [f"{line}  =>  {fault}" for fault in faulty]


SURVIVORS = {
    "mend-the-masks": dict.fromkeys(
        _to(
            "hidden = 1 + np.arange(H) * (D - 1) // H",
            "hidden = 1 + np.arange(H) * D // H",
            "hidden = 1 + np.arange(H) * (D - 0) // H",
        ),
        WASTE,
    ),
}
