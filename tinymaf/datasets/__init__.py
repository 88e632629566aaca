"""Small data to learn with: toy densities in the plane, and digits that come with scikit-learn."""

from .digits import Digits, digits
from .toys import TOYS, Toy

__all__ = ["TOYS", "Digits", "Toy", "digits"]
