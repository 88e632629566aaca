"""The course's explorers: `from tinymaf_course.explorers import made_masks; made_masks()`.

One module, one explorer: a function of the same name, below what it draws (`draw`) and says (`say`).
"""

from .anomaly import anomaly
from .couplings import couplings
from .density import density
from .depth import depth
from .digit_classes import digit_classes
from .digit_path import digit_path
from .equal_mass import equal_mass
from .equal_parameters import equal_parameters
from .film_strip import film_strip
from .latent_space import latent_space
from .layers import layers
from .live_training import live_training
from .made_masks import made_masks
from .morph import morph
from .overfitting import overfitting
from .patience import patience
from .pixels import pixels
from .posterior import posterior
from .price import price
from .sampling import sampling
from .slice_density import slice_density
from .training_film import training_film
from .warp import warp

__all__ = [
    "anomaly",
    "couplings",
    "density",
    "depth",
    "digit_classes",
    "digit_path",
    "equal_mass",
    "equal_parameters",
    "film_strip",
    "latent_space",
    "layers",
    "live_training",
    "made_masks",
    "morph",
    "overfitting",
    "patience",
    "pixels",
    "posterior",
    "price",
    "sampling",
    "slice_density",
    "training_film",
    "warp",
]
