"""What the estimator chooses where nothing else is asked for: columns, folds, flow, epochs."""

import numpy as np
from sklearn.utils import check_random_state

from .. import flows
from ..validation import is_number, one_of, short

MODELS = ("maf", "maf_mog", "iaf", "nice", "realnvp", "glow", "nsf")


def generator(random_state):
    """scikit-learn's random_state as a Generator."""
    try:
        state = check_random_state(random_state)
    except (TypeError, ValueError) as error:
        said = (
            f"random_state must be a whole number, a RandomState or None, got {short(random_state)}"
        )
        raise ValueError(said) from error
    return np.random.default_rng(state.randint(np.iinfo(np.int32).max, size=4))


def columns(context, seen):
    """The numbers of the context's columns, then those of the others; and how many the former are.

    Args:
        context: numbers or names, or None.
        seen: an estimator that has seen data: it knows how many columns there are, and their names.
    """
    names, d = list(getattr(seen, "feature_names_in_", [])), seen.n_features_in_
    if context is not None and not isinstance(context, (list, tuple)):
        raise ValueError(f"context must be a list of columns or None, got {short(context)}")
    given = list(context or [])
    numbers = [names.index(c) if c in names else c for c in given]
    good = [isinstance(c, (int, np.integer)) and 0 <= c < d for c in numbers]
    if not all(good) or len(set(numbers)) < len(numbers) or len(numbers) >= d:
        raise ValueError(f"context must name some of the {d} columns, got {short(context)}")
    others = [k for k in range(d) if k not in numbers]
    return np.array([*numbers, *others], int), len(numbers)


def folds(n, share, defensive, rng):
    """The numbers of the rows that are held out, for each flow.

    >>> [len(rows) for rows in folds(100, "auto", True, np.random.default_rng(0))]
    [20, 20, 20, 20, 20]
    """
    rows = rng.permutation(n)
    if share is None:
        return [rows[:0]]
    if isinstance(share, str) and share == "auto":
        if defensive and n <= 1500:
            return [rows[k::5] for k in range(min(5, n))]
        if defensive:
            return [rows[: min(n // 5, 1000)]]
        share = 0.1
    if not (is_number(share) and 0 < share < 1):
        raise ValueError(
            f'validation_fraction must lie between 0 and 1 or be None or "auto", got {short(share)}'
        )
    return [rows[: min(max(round(share * n), 1), n - 1)]]


def flow(model, d, size, options, rng):
    """The flow of d variables: `size` is {"n_layers", "hidden", "context_dim"}, None by default."""
    if model is not None:
        one_of("model", model, MODELS)
    if options is not None and not isinstance(options, dict):
        raise ValueError(f"options must be a dictionary or None, got {short(options)}")
    options, model = {**size, **(options or {})}, model or "maf_mog"
    if options["n_layers"] is None:
        options["n_layers"] = 2 if model == "maf_mog" else 5
    if options["hidden"] is None:
        options["hidden"] = (max(64, 2 * d),)
    if options.get("orders") == "random":
        options.setdefault("rng", rng)
    return getattr(flows, model)(d, **options)


def epochs(n, batch_size):
    """Some 4,000 steps, but not more than 60 rounds where 400 steps are done by then."""
    steps = max(1, n // batch_size)
    return min(max(4000 // steps, 15), max(60, 400 // steps))
