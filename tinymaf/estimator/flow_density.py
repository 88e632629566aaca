"""The estimator: a flow, and beside it what guards its tails."""

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import training
from ..engine.runtime import one_blas_thread
from ..layers.standardize import center_and_scale
from ..training.standardized import a_way_to_standardize
from ..training.trainer import as_weights
from ..trees import dtype_of
from ..validation import flag, whole_number
from . import stack
from .choices import columns, epochs, flow, folds, generator

FAR = 30.0  # rows that lie so many scales off are not for the flow


class FlowDensity(DensityMixin, BaseEstimator):
    """A density of real-valued rows that scikit-learn can fit, score, sample from, clone, search
    and put into a pipeline: normalizing flows, and beside them mixtures and kernel densities.

        p(x) = w_0 p_flow(x) + sum_k w_k p_k(x)

    A flow alone can be sharp in the middle and absurd in the tails, or have too few rows to learn
    from. Here the weights are those that maximise the likelihood of held-out rows, so that the
    whole is hardly ever much worse than its best part, and often better than each; a Student's t
    has 1 % at least. Up to 1,500 rows five flows are fitted, each without a fifth of the rows,
    which then judge it, and averaged; of more rows a fifth, at most 1,000, judge one flow.

    Args:
        model: "maf", "maf_mog", "iaf", "nice", "realnvp", "glow" or "nsf", a constructor of
            `tinymaf.flows`; None for "maf_mog", which is good for one column, too.
        n_layers, hidden: see there; None for what suits the data, 2 layers for "maf_mog".
        options: a dictionary of further arguments of the constructor, such as `{"activation":
            "tanh"}`; None for none. `{"orders": "random"}` follows `random_state`.
        epochs, batch_size, lr, patience: see `tinymaf.fit`; epochs None for what suits the number
            of rows. The rate falls to zero in half a cosine.
        weight_decay: see `tinymaf.fit`.
        validation_fraction: the share of the rows that judges, once, instead of what is said
            above; at least one row and at most all but one. None to train a flow alone, on all
            rows for all epochs.
        standardize: "robust" for the median and the spread of the middle 80 %, True for mean and
            standard deviation, False for nothing. A constant feature is only shifted: it has no
            density, and its log-density rises as far as scales go.
        defensive: False for the flow alone.
        context: numbers or names of columns that are conditioned on: `score_samples` gives
            `log p(the others | these)`, and `sample` takes their values.
        random_state: an int for results that repeat, a `numpy.random.RandomState`, or None.
        verbose: whether to show a progress bar.

    After `fit`: `weights_` ({name: weight}, "flow" first), `parts_` ({name: density} of the others,
    on data standardised by all rows), `flow_` and `params_` (a `tinymaf.Flow` on the standardised
    data and its parameters, those of the first of `members_`), `mean_`, `scale_`, `history_` (a row
    for each epoch), `n_iter_` (epochs run), `n_features_in_`, and `feature_names_in_` where X has
    names.

    Log-densities are those of X itself, with the Jacobian of the standardisation, `log p(x) =
    log p_z((x - mean) / scale) - sum_i log scale_i`. Rows that repeat, rounded columns: where the
    data are not continuous, any density estimate may put spikes on the values, and so do the
    kernels here; add uniform noise of the rounding's width first where that is not wanted. float32
    data are fitted in float32.

    >>> x = np.random.default_rng(0).normal(5, 2, (200, 2))
    >>> density = FlowDensity(n_layers=2, hidden=(8,), epochs=3, random_state=0).fit(x)
    >>> density.score_samples(x[:3]).shape, density.sample(4).shape
    ((3,), (4, 2))
    >>> given = FlowDensity(context=[1], epochs=3, random_state=0).fit(x)
    >>> given.score_samples(x).shape, given.sample(3, context=[[4.0], [5.0], [6.0]]).shape
    ((200,), (3, 1))
    """

    def __init__(
        self,
        model=None,
        n_layers=None,
        hidden=None,
        options=None,
        epochs=None,
        batch_size=100,
        lr=3e-3,
        weight_decay=1e-4,
        validation_fraction="auto",
        patience=30,
        standardize="robust",
        defensive=True,
        context=None,
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
        self.weight_decay = weight_decay
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.standardize = standardize
        self.defensive = defensive
        self.context = context
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y=None, sample_weight=None):
        """Fit to the rows of X, shape (n_samples, n_features), by maximum likelihood; y is ignored.

        `sample_weight` (n_samples,): a row of weight 2 counts as two, of weight 0 not at all.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        n = len(X)
        w = np.ones(n) if sample_weight is None else as_weights("sample_weight", sample_weight, n)
        flag("defensive", self.defensive)
        if (w > 0).sum() < 2:
            raise ValueError(f"sample_weight must be above 0 in two rows, got {(w > 0).sum()}")
        self.columns_, self.n_context_ = columns(self.context, self)
        x, w = X[w > 0][:, self.columns_], w[w > 0]
        rng = generator(self.random_state)
        parts = folds(len(x), self.validation_fraction, self.defensive, rng)
        size = {"n_layers": self.n_layers, "hidden": self.hidden, "context_dim": self.n_context_}
        self.flow_ = flow(self.model, x.shape[1] - self.n_context_, size, self.options, rng)
        self.members_, held, judged = [], [], self.defensive and len(parts[0]) > 0
        self.parts_, self.weights_ = {}, {"flow": 1.0}
        with one_blas_thread():
            for fold in parts:
                others = np.delete(np.arange(len(x)), fold)
                held.append(self._fit_fold(x, w, others, fold, rng, judged))
            if judged:
                self._weigh(x, w, held, w[np.concatenate(parts)], rng)
        self.params_, self.mean_, self.scale_ = self.members_[0]
        return self

    def _fit_fold(self, x, w, others, fold, rng, judged):
        """Fit a flow, and with `judged` the other parts; the held-out rows' log-densities."""
        c, train = self.n_context_, x[others]
        shift, scale = self._moments(train, w[others])
        z, z_val = ((x[rows] - shift) / scale for rows in (others, fold))
        near = (abs(z) < FAR).all(axis=1)
        near = near if near.any() else slice(None)
        fit, val = z[near].astype(x.dtype), np.clip(z_val, -FAR, FAR).astype(x.dtype)
        uneven = np.ptp(w) > 0
        rounds = epochs(len(fit), self.batch_size) if self.epochs is None else self.epochs
        result = training.fit(
            self.flow_,
            fit[:, c:],
            fit[:, :c] if c else None,
            rng=rng,
            x_val=val[:, c:] if len(fold) else None,
            context_val=val[:, :c] if c and len(fold) else None,
            sample_weight=w[others][near] if uneven else None,
            sample_weight_val=w[fold] if uneven and len(fold) else None,
            epochs=rounds,
            batch_size=self.batch_size,
            lr=self.lr,
            schedule="cosine",
            weight_decay=self.weight_decay,
            patience=self.patience,
            progress=flag("verbose", self.verbose),
        )
        self.members_.append((result.params, shift, scale))
        self.history_, self.n_iter_ = result.history, len(result.history)
        if not judged:
            return None
        parts = stack.fit_parts(z, w[others], rng)
        log_prob = stack.log_probs(parts, z_val, c) - np.log(scale[c:]).sum()
        log_prob = np.column_stack([self._flow_log_prob(x[fold], self.members_[-1:]), log_prob])
        return dict(zip(["flow", *parts], log_prob.T))

    def _weigh(self, x, w, held, w_held, rng):
        """The weights of the parts that every fold has, and those that count fitted to all rows."""
        names = [name for name in held[0] if all(name in fold for fold in held)]
        table = np.column_stack([np.concatenate([f[name] for f in held]) for name in names])
        weights = stack.choose_weights(table, w_held, names.index(stack.GUARD))
        stack.warn_of_far_rows(stack.mixed(table, weights))
        found = dict(zip(names, weights))
        wanted = {name for name in names if found[name] >= 0.003 or name in ("flow", stack.GUARD)}
        self.shift_ = self._moments(x, w)
        z = (x - self.shift_[0]) / self.shift_[1]
        self.parts_ = stack.fit_parts(z, w, rng, wanted)
        total = found["flow"] + sum(found[name] for name in self.parts_)
        self.weights_ = {name: float(found[name] / total) for name in ("flow", *self.parts_)}

    def score_samples(self, X):
        """The log-density of each row of X, shape (n_samples,), in nats; with `context` that of the
        other columns, given those.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        x, c = X[:, self.columns_], self.n_context_
        log_prob = self._flow_log_prob(x, self.members_)
        if self.parts_:
            shift, scale = self.shift_
            others = stack.log_probs(self.parts_, (x - shift) / scale, c) - np.log(scale[c:]).sum()
            weights = np.array(list(self.weights_.values()))
            log_prob = stack.mixed(np.column_stack([log_prob, others]), weights)
        return log_prob.astype(dtype_of(self.params_), copy=False)

    def score(self, X, y=None):
        """The *mean* log-density of the rows of X, as GaussianMixture has it (KernelDensity gives
        the sum).
        """
        return float(np.mean(self.score_samples(X)))

    def sample(self, n_samples=1, random_state=None, context=None):
        """`n_samples` draws, shape (n_samples, n_features); `random_state` as in KernelDensity, not
        the estimator's. With `context` columns their values, (n_samples, C) or (C,) for all, in
        the order in which they were named; the draws have the other columns.
        """
        check_is_fitted(self)
        n_samples = whole_number("n_samples", n_samples, 1)
        rng, c = generator(random_state), self.n_context_
        if bool(c) != (context is not None):
            raise ValueError(f"context must hold {c} columns, got {'none' if c else 'some'}")
        given = np.broadcast_to(
            np.asarray([] if context is None else context, float), (n_samples, c)
        )
        members = np.array([self.weights_["flow"]] * len(self.members_)) / len(self.members_)
        shares = [*members, *(self.weights_[name] for name in self.parts_)]
        which = rng.choice(len(shares), n_samples, p=np.array(shares) / sum(shares))
        x = np.empty((n_samples, len(self.columns_)), dtype_of(self.params_))
        for k, source in enumerate([*self.members_, *self.parts_.values()]):
            rows = np.flatnonzero(which == k)
            x[rows] = self._draw(source, rng, given[rows])
        return x[:, c:] if c else x

    def _draw(self, source, rng, given):
        c, n = self.n_context_, len(given)
        if not isinstance(source, tuple):
            shift, scale = self.shift_
            z = (given - shift[:c]) / scale[:c] if c else None
            return shift + scale * source.sample(rng, n, z)
        params, shift, scale = source
        z = ((given - shift[:c]) / scale[:c]).astype(dtype_of(params))
        z = np.concatenate([z, self.flow_.sample(params, rng, n, z if c else None)], axis=1)
        return shift + scale * z

    def _flow_log_prob(self, x, members):
        """The mean density of the members, as logarithm."""
        found, c = [], self.n_context_
        for params, shift, scale in members:
            z = ((x - shift) / scale).astype(dtype_of(params))
            log_prob = self.flow_.log_prob(params, z[:, c:], z[:, :c] if c else None)
            found.append(log_prob.astype(float) - np.log(scale[c:]).sum())
        return stack.log_sum_exp(np.stack(found, axis=1)) - np.log(len(found))

    def _moments(self, x, w):
        a_way_to_standardize(self.standardize)
        if not self.standardize:
            return np.zeros(x.shape[1]), np.ones(x.shape[1])
        return center_and_scale(x, self.standardize == "robust", w if np.ptp(w) else None)
