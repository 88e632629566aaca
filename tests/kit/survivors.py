"""Mutants of solutions that may be judged right.

{exercise: {"line  =>  the line with its fault": why it may live}}
"""

WASTE = "a hidden unit of degree D feeds no output: wasted, but no dependency is wrong or lost"

SURVIVORS = {
    "mend-the-masks": {
        "hidden = 1 + np.arange(H) * (D - 1) // H  =>  hidden = 1 + np.arange(H) * D // H": WASTE,
        "hidden = 1 + np.arange(H) * (D - 1) // H"
        "  =>  hidden = 1 + np.arange(H) * (D - 0) // H": WASTE,
    },
}
