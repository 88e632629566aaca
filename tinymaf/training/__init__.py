"""What moves parameters: maximum likelihood by `fit`, and the parts that other training shares.

Reading order: adam.py, rates.py (the learning rate), trainer.py (one step), loop.py (all rounds),
standardized.py, advice.py, fitting.py (`fit`), checkpoint.py, progress.py.
"""

from .adam import Adam
from .fitting import fit
from .loop import Fit
from .standardized import Standardized
from .trainer import Trainer

__all__ = ["Adam", "Fit", "Standardized", "Trainer", "fit"]
