"""The small task of notebook 00: one line of the change of variables, judged with a word to each usual mistake."""

import numpy as np

from .verdict import judge


def judge_log_prob(answer, flow, params, x):
    """Judge a function x (N, D) -> log p(x) (N,) for a flow on a standard normal base.

    >>> from tinymaf import maf
    >>> flow = maf(2)
    >>> judge_log_prob(lambda x: None, flow, flow.init(np.random.default_rng(0)), np.ones((3, 2)))
    Not attempted yet. That is fine: the rest of the notebook does not need it.
    """
    u, log_det = flow.bijection.x_to_u(params["bijection"], x)
    base, base_of_x = (flow.base.log_prob(params["base"], z) for z in (u, x))
    judge(answer(x), base + log_det, {
        "log_det is missing: this is the density of u, not of x.": base,
        "log_det has the wrong sign: where du/dx is large, much noise falls on little room, so p(x) is high.":
            base - log_det,
        "that is log_det alone: add the log-density of u.": log_det,
        "the base density belongs at u, the point that x came from, not at x.": base_of_x + log_det,
        "add the two, do not multiply them: these are logarithms.": base * log_det,
        "each row has a log_det of its own: do not sum them over the batch.": base + log_det.sum(),
        "each row has a log_det of its own: do not average them over the batch.": base + log_det.mean(),
        "that is the density itself: log_prob is its logarithm.": np.exp(base + log_det),
    })
