"""The course's explorers: `from tinymaf_course.explorers import made_masks; made_masks()`.

A module is one explorer. All of them have the same parts, in this order:

    constants and computation   what the figure shows
    draw(...)                   a pure function of the controls' values, by name, to a Picture
    say(...)                    from the same values to the sentence under the picture
    controls(...)               what the reader can move, by name
    SHEET                       the frames on paper; `sheet_for(...)` where they depend on the model
    ALT                         these frames in words; or `alt_for(...)`
    made_masks(...)             the function of the module's name: it ends with `explore(draw=...,
                                controls=..., sheet=..., alt=..., say=..., title=..., columns=...)`

`draw` and `say` are methods of one class where they need a model and what was computed from it.
`tests/course/test_explorers_shape.py` checks this shape. A module whose name begins with an
underscore holds what several explorers use.
"""

from .anomaly import anomaly
from .components import components
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
    "components",
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
