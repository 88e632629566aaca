"""Flows as a scikit-learn estimator, for pipelines, cross-validation and grid search. Needs
scikit-learn.

Reading order: elliptical.py (mixtures and kernels), stack.py (how they and the flow are weighed),
choices.py (defaults), flow_density.py (the estimator).
"""

try:
    from .choices import MODELS
    from .flow_density import FlowDensity
except ImportError as error:
    raise ImportError(
        "tinymaf.estimator needs scikit-learn 1.6 or later: pip install -U scikit-learn"
    ) from error

__all__ = ["MODELS", "FlowDensity"]
