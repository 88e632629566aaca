"""Flows as a scikit-learn estimator, for pipelines, cross-validation and grid search. Needs
scikit-learn.
"""

import numpy as np

from . import flows, training
from .trees import dtype_of

try:
    from sklearn.base import BaseEstimator, DensityMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        "tinymaf.estimator needs scikit-learn 1.6 or later: pip install -U scikit-learn"
    ) from error

MODELS = ("maf", "maf_mog", "iaf", "nice", "realnvp", "glow", "nsf")


class FlowDensity(DensityMixin, BaseEstimator):
    """A normalizing flow that scikit-learn can fit, score, sample from, clone, search and put into
    a pipeline.

    Args:
        model: "maf", "maf_mog", "iaf", "nice", "realnvp", "glow" or "nsf", a constructor of
            `tinymaf.flows`.
        n_layers, hidden: see there.
        options: a dictionary of further arguments of the constructor, such as `{"activation":
            "tanh"}`; None for none.
        epochs, batch_size, lr, patience: see `tinymaf.fit`.
        validation_fraction: the share of the rows that is held out to choose the best epoch, at
            least one row and at most all but one; None to train on all rows for all epochs.
        standardize: subtract each feature's mean and divide by its standard deviation before the
            flow. A constant feature is only shifted: it has no density, and its log-density rises
            as far as the flow's scales go.
        random_state: an int for results that repeat, a `numpy.random.RandomState`, or None.
        verbose: whether to show a progress bar.

    After `fit`: `flow_` and `params_` (a `tinymaf.Flow` on the standardised data and its
    parameters), `mean_`, `scale_`, `history_` (a row for each epoch), `n_iter_` (epochs run),
    `n_features_in_`, and `feature_names_in_` where X has names.

    Log-densities are those of X itself: with `standardize` they contain the Jacobian, `log p(x) =
    log p_flow((x - mean) / scale) - sum_i log scale_i`. After a scaler in a pipeline they are those
    of the scaled data: such scores compare with one another only where all have the same scaler.
    float32 data are fitted in float32.

    >>> x = np.random.default_rng(0).normal(5, 2, (200, 2))
    >>> density = FlowDensity(n_layers=2, hidden=(8,), epochs=3, random_state=0).fit(x)
    >>> density.score_samples(x[:3]).shape, density.sample(4).shape
    ((3,), (4, 2))
    """

    def __init__(
        self,
        model="maf",
        n_layers=5,
        hidden=(64, 64),
        options=None,
        epochs=300,
        batch_size=100,
        lr=1e-3,
        validation_fraction=0.1,
        patience=30,
        standardize=True,
        random_state=None,
        verbose=False,
    ):
        self.model = model
        self.n_layers = n_layers
        self.hidden = hidden
        self.options = options
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.standardize = standardize
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y=None):
        """Fit the flow to the rows of X, shape (n_samples, n_features), by maximum likelihood; y is
        ignored.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        if self.model not in MODELS:
            raise ValueError(f"model must be one of {list(MODELS)}, got {self.model!r}")
        n_val = self._rows_held_out(len(X))
        rng = _generator(self.random_state)
        make = getattr(flows, self.model)
        self.flow_ = make(
            X.shape[1], n_layers=self.n_layers, hidden=self.hidden, **(self.options or {})
        )
        self.mean_, self.scale_ = (
            _moments(X) if self.standardize else (np.zeros(X.shape[1]), np.ones(X.shape[1]))
        )
        z = self._standardized(X, X.dtype)
        rows = rng.permutation(len(z))
        result = training.fit(
            self.flow_,
            z[rows[n_val:]],
            rng=rng,
            x_val=z[rows[:n_val]] if n_val else None,
            epochs=self.epochs,
            batch_size=self.batch_size,
            lr=self.lr,
            patience=self.patience,
            progress=bool(self.verbose),
        )
        self.params_, self.history_, self.n_iter_ = (
            result.params,
            result.history,
            len(result.history),
        )
        return self

    def score_samples(self, X):
        """The log-density of each row of X, shape (n_samples,), in nats."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        log_prob = self.flow_.log_prob(self.params_, self._standardized(X, dtype_of(self.params_)))
        return log_prob - np.log(self.scale_).sum().astype(log_prob.dtype)

    def score(self, X, y=None):
        """The *mean* log-density of the rows of X, as GaussianMixture has it (KernelDensity gives
        the sum).
        """
        return float(np.mean(self.score_samples(X)))

    def sample(self, n_samples=1, random_state=None):
        """`n_samples` draws, shape (n_samples, n_features); `random_state` as in KernelDensity, not
        the estimator's.
        """
        check_is_fitted(self)
        z = self.flow_.sample(self.params_, _generator(random_state), n_samples)
        return (self.mean_ + self.scale_ * z).astype(z.dtype)

    def _standardized(self, X, dtype):
        return ((X - self.mean_) / self.scale_).astype(dtype, copy=False)

    def _rows_held_out(self, n):
        if self.validation_fraction is None:
            return 0
        share = self.validation_fraction
        if not 0 < share < 1:
            raise ValueError(
                f"validation_fraction must lie between 0 and 1 or be None, got {share!r}"
            )
        return min(max(round(share * n), 1), n - 1)


def _generator(random_state):
    """scikit-learn's random_state as a Generator."""
    return np.random.default_rng(
        check_random_state(random_state).randint(np.iinfo(np.int32).max, size=4)
    )


def _moments(X):
    """Mean and standard deviation of each feature in float64; 1 where what varies is only rounding
    error.
    """
    mean, std = X.mean(axis=0, dtype=float), X.std(axis=0, dtype=float)
    return mean, np.where(std > 10 * np.finfo(X.dtype).eps * np.abs(mean), std, 1.0)
