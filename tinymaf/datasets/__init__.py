"""Data: toy densities in the plane, digits that come with scikit-learn, and the sets of the MAF and MADE papers.

The papers' sets are read from a folder that you name (an argument, or the environment variable TINYMAF_DATA); nothing
is ever downloaded. Reading order: toys.py, digits.py, then files.py (finding and checking files), tables.py, images.py,
binary.py, wine.py, which prepare one kind of data each.
"""

from .digits import Digits, digits
from .toys import TOYS, Toy

__all__ = ["TOYS", "Digits", "Toy", "digits"]
