"""scikit-learn's handwritten digits, which are installed with it: small real data that needs no
download.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..validation import as_generator


@dataclass(frozen=True)
class Digits:
    """8 x 8 pictures of handwritten digits as 64 real numbers: dequantised, then through the logit.

        y = (pixel + noise) / 17,  noise ~ U[0, 1),      x = logit(a + (1 - 2a) y)

    Pixels are whole numbers 0..16. `log_prob` of a model on `x` is in nats, in logit space, as in
    the MAF paper (section 4.3); `log_det` turns it into a density of y: `log p(y) = log p(x) +
    log_det(x)`.
    """

    train_pixels: np.ndarray
    val_pixels: np.ndarray
    test_pixels: np.ndarray
    train_labels: np.ndarray
    val_labels: np.ndarray
    test_labels: np.ndarray
    a: float

    def to_logits(self, pixels, rng):
        """Fresh dequantisation noise, then the logit: whole numbers (N, 64) -> x (N, 64)."""
        y = (pixels + as_generator(rng).random(pixels.shape)) / 17
        z = self.a + (1 - 2 * self.a) * y
        return np.log(z) - np.log1p(-z)

    def to_pixels(self, x):
        """Back to the grey scale 0..17, for pictures."""
        return 17 * (1 / (1 + np.exp(-x)) - self.a) / (1 - 2 * self.a)

    def log_det(self, x):
        """`log|det dx/dy| = sum_i [log(1 - 2a) - log z_i - log(1 - z_i)]` with z = sigmoid(x),
        shape (N,).
        """
        softplus = np.logaddexp(0, x) + np.logaddexp(0, -x)  # -log z - log(1 - z)
        return np.sum(math.log1p(-2 * self.a) + softplus, axis=1)


def digits(a=1e-6):
    """scikit-learn's 1,797 digits as `Digits`, split 1437 / 180 / 180 by a fixed permutation.

    Raises ImportError with the remedy where scikit-learn is missing.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError("the digits come with scikit-learn: pip install scikit-learn") from error
    if not 0 < a < 0.5:
        raise ValueError(f"a must lie between 0 and 0.5, got {a}")
    pixels, labels = load_digits(return_X_y=True)
    shuffled = np.random.default_rng(0).permutation(len(pixels))
    rows = np.split(shuffled, [1437, 1617])
    return Digits(*(pixels[r] for r in rows), *(labels[r] for r in rows), a)
