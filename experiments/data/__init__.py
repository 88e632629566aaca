"""The sets of the MAF and MADE papers, prepared as the papers prepare them.

They are read from a folder that you name (an argument, or the environment variable TINYMAF_DATA);
nothing is ever downloaded. Reading order: files.py (finding and checking files), then tables.py,
images.py, binary.py and wine.py, which prepare one kind of data each.
"""

from .binary import binary
from .files import Split
from .images import cifar10, mnist
from .tables import bsds300, gas, hepmass, miniboone, power
from .wine import wine

__all__ = [
    "Split",
    "binary",
    "bsds300",
    "cifar10",
    "gas",
    "hepmass",
    "miniboone",
    "mnist",
    "power",
    "wine",
]
