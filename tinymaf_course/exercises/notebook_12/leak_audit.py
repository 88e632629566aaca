"""Does a training look at the test rows? Train twice, with other test rows, and compare what was
learned."""

import numpy as np

from .. import Complaint, edit, right, wrong
from ._planting import Maker

OPTIONAL = False
HINTS = (
    "A derivative by the test rows, in spirit: change them, change nothing else, and see "
    "whether what was learned changes.",
    "Two fresh flows from make(). Fit one on (train, valid, test), the other on (train, valid, "
    "other test rows). Then compare log_prob of both on the SAME rows.",
    "Try test rows that are quite different, such as test + 5 and `10 * test`: for a leak may "
    "show with some and not with others. for other in `(test + 5, 10 * test, -test)`: ...",
)


def leak_audit(make, train, valid, test):
    """Does what is learned depend on the test rows? Return True or False.

    make() gives a fresh untrained flow, the same each time. flow.fit(train, valid, test) trains
    it and returns the test score. After that, flow.log_prob(x) is the learned density. The
    three sets are (N, D).
    """
    flow = make()
    flow.fit(train, valid, test)
    for other in (test + 5, 10 * test, -test, 0 * test):
        again = make()
        again.fit(train, valid, other)
        if np.abs(again.log_prob(train) - flow.log_prob(train)).max() > 1e-9:
            return True
    return False


def cases():
    rng = np.random.default_rng(1204)
    sets = [
        {"leak": "as found"},
        {},
        {"leak": "early stopping"},
        {"same order": "as found", "mask": "as found"},
        {"leak": "early stopping", "mask": "as found"},
    ]
    made = []
    for k in rng.permutation(len(sets)):
        dim = int(rng.integers(2, 4))
        rows = rng.standard_normal((90, dim)) * rng.uniform(0.5, 2, dim) + rng.normal(0, 1, dim)
        made.append((Maker(sets[k], dim, int(rng.integers(1000))), *np.split(rows, [30, 60])))
    return made


def judge(answer, make, train, valid, test):
    tested = (
        f"a flow of {train.shape[1]} variables, {len(train)} rows to train on, {len(test)} test "
        "rows"
    )
    found = answer(make, train, valid, test)
    really = "leak" in make.forms
    if not isinstance(found, (bool, np.bool_)):
        return Complaint("Return True or False.", tested, got=repr(found)[:80])
    if found and not really:
        return Complaint(
            "False alarm: this training never looks at the test rows.",
            tested,
            got="True",
            look=(
                "What else did you change between the two trainings? On which rows did you compare?"
            ),
        )
    if really and not found:
        early = make.forms["leak"] == "early stopping"
        how = "when it chooses the epoch" if early else "when it standardises"
        return Complaint(
            f"Missed: this training uses the test rows {how}.",
            tested,
            got="False",
            look="Are the other test rows different enough? Did you compare what was learned?",
        )
    return None


WRONG_EDITS = [
    edit(
        "shuffled",
        "The same test rows in another order: their mean, their spread and their score stay the "
        "same, so no leak can show. Other VALUES are needed.",
        ("(test + 5, 10 * test, -test, 0 * test)", "(test[::-1],)"),
    ),
]


@wrong(
    "You compared the two flows on their own test rows, or their test scores. Of course these "
    "differ: they are other rows. Compare what was learned, on rows that stayed the same."
)
def compared_scores(make, train, valid, test):
    one, other = (make().fit(train, valid, rows) for rows in (test, test + 5))
    return bool(abs(one - other) > 1e-9)


@wrong(
    "You changed the validation rows as well. Training may use those: that is what they are for. "
    "Change the test rows alone."
)
def changed_validation_too(make, train, valid, test):
    flow, again = make(), make()
    flow.fit(train, valid, test)
    again.fit(train, valid + 5, test + 5)
    return bool(np.abs(again.log_prob(train) - flow.log_prob(train)).max() > 1e-9)


@wrong(
    "You looked at one leak that you know, mean and std of all rows. The training can peek in "
    "other ways, by its choice of the epoch for instance. Compare what was learned."
)
def looked_at_the_mean(make, train, valid, test):
    flow = make()
    flow.fit(train, valid, test)
    return bool(np.abs(flow.mean - train.mean(axis=0)).max() > 1e-9)


@right
def by_learned_scores(make, train, valid, test):
    scores = []
    for rows in (test, test + 5, 10 * test, -test, 0 * test):
        flow = make()
        flow.fit(train, valid, rows)
        scores.append(flow.log_prob(valid))
    return bool(np.ptp(scores, axis=0).max() > 1e-9)


@right
def by_any(make, train, valid, test):
    def learned(rows):
        flow = make()
        flow.fit(train, valid, rows)
        return flow.log_prob(np.concatenate([train, valid]))

    honest = learned(test)
    others = [test * scale + shift for scale in (-1, 0, 10) for shift in (0, 5)]
    return any(not np.allclose(learned(rows), honest, rtol=0, atol=1e-9) for rows in others)


@right
def two_extremes(make, train, valid, test):
    flows = []
    for rows in (np.zeros_like(test) + 4, np.zeros_like(test) - 9, test * 15, train + 2):
        flows.append(make())
        flows[-1].fit(train, valid, rows)
    first = flows[0].log_prob(train)
    return bool(max(np.abs(flow.log_prob(train) - first).max() for flow in flows[1:]) > 1e-9)
