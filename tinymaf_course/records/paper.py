"""The MAF paper's tables as data: the mean log-likelihood of test rows, in nats.

Papamakarios et al. 2017, tables 1 and 2 (arXiv 1705.07057), collected from secondary texts. Those
agree with one another; the four columns of images stand in one of them alone. Values only: the
paper gives error bars beside them.
"""

import math

COLUMNS = (
    "POWER",
    "GAS",
    "HEPMASS",
    "MINIBOONE",
    "BSDS300",
    "MNIST",
    "MNIST cond.",
    "CIFAR-10",
    "CIFAR-10 cond.",
)
DIMS = dict(zip(COLUMNS, (6, 8, 21, 43, 63, 784, 784, 3072, 3072)))  # variables
LABELS = 10  # numbers in the context of the two "cond."
TABLE = {  # model: an entry for each column; in brackets the number of layers
    "Gaussian": (-7.74, -3.58, -27.93, -37.24, 96.67, -1366.9, -1344.7, 2367, 2030),
    "MADE": (-3.08, 3.56, -20.98, -15.59, 148.85, -1380.8, -1361.9, 147, 187),
    "MADE MoG": (0.40, 8.47, -15.15, -12.27, 153.71, -1038.5, -1030.3, -397, -119),
    "RealNVP (5)": (-0.02, 4.78, -19.62, -13.55, 152.97, -1323.2, -1326.3, 2576, 2642),
    "RealNVP (10)": (0.17, 8.33, -18.71, -13.84, 153.28, -1370.7, -1371.3, 2568, 2475),
    "MAF (5)": (0.14, 9.07, -17.70, -11.75, 155.69, -1300.5, -1302.9, 2936, 2983),
    "MAF (10)": (0.24, 10.08, -17.73, -12.24, 154.93, -1313.1, -1316.8, 3049, 3058),
    "MAF MoG (5)": (0.30, 9.59, -17.39, -11.68, 156.36, -1100.3, -1092.3, 2911, 2936),
}
# An early version had four wrong entries, those of one class of the code: conditional MAF of five
# layers and of ten, in two columns. Two of the four were found in public texts.
WRONG_AT_FIRST = ("MAF (5)", "MAF (10)")
EARLY = {"MNIST cond.": -591.7, "CIFAR-10 cond.": 5872}
# The captions say what is in bold: the best of a column, and what a paired t-test does not
# distinguish from it.
TIED = {"MINIBOONE": ("MAF (5)",)}
# Uria et al. 2013, ten folds of the wines: a model that is older than MADE and not the same.
RNADE_MOG = {"Red wine": -9.36, "White wine": -10.23}


def column(name):
    """`{model: nats}` of one column.

    >>> column("GAS")["MAF (10)"]
    10.08
    """
    if name not in COLUMNS:
        raise ValueError(f"column must be one of {', '.join(COLUMNS)}, got {name!r}")
    return {model: values[COLUMNS.index(name)] for model, values in TABLE.items()}


def best(name):
    """The model with the highest entry of a column.

    >>> best("POWER")
    'MADE MoG'
    """
    return max(column(name), key=column(name).get)


def bold(name):
    """The models that the paper prints in bold in a column, the best one first.

    >>> bold("MINIBOONE")
    ['MAF MoG (5)', 'MAF (5)']
    """
    return [best(name), *TIED.get(name, ())]


def as_first_printed(name):
    """`{model: nats}` of the entries of a column that were wrong in an early version.

    Its code counted `log 2 pi` over the context and not over x. The constant is added here to
    today's entries, so the digits are good to the last one printed.

    >>> as_first_printed("CIFAR-10 cond.")
    {'MAF (5)': 5796.8, 'MAF (10)': 5871.8}
    """
    off = (DIMS[name] - LABELS) / 2 * math.log(2 * math.pi)
    return {model: round(column(name)[model] + off, 1) for model in WRONG_AT_FIRST}


def beats(one, other):
    """The columns in which `one` has the higher entry.

    >>> beats("MAF (10)", "MAF (5)")
    ['POWER', 'GAS', 'CIFAR-10', 'CIFAR-10 cond.']
    """
    return [name for name, a, b in zip(COLUMNS, TABLE[one], TABLE[other]) if a > b]
