"""Data: toy densities in the plane, digits that come with scikit-learn, and the sets of the MAF and
MADE papers.

The papers' sets are read from a folder that you name (an argument, or the environment variable
TINYMAF_DATA); nothing is ever downloaded. Reading order: toys.py, digits.py, then files.py (finding
and checking files), tables.py, images.py, binary.py, wine.py, which prepare one kind of data each.
"""

from .binary import binary
from .digits import Digits, digits
from .files import Split
from .images import cifar10, mnist
from .tables import bsds300, gas, hepmass, miniboone, power
from .toys import TOYS, Toy
from .wine import wine

__all__ = [
    "TOYS",
    "Digits",
    "Split",
    "Toy",
    "binary",
    "bsds300",
    "cifar10",
    "digits",
    "gas",
    "hepmass",
    "miniboone",
    "mnist",
    "power",
    "wine",
]
