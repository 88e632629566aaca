"""From draws to the page: each claim's band, what was seen, and how much room there is."""

from dataclasses import dataclass

import numpy as np

from ..claims import band
from .draws import in_words, inside

LEAST = 3.0  # standard deviations from the median to each end of a band
PAGE = """# How sure are the bands?

A number that comes out of training depends on the seed, and on the processor: BLAS libraries
choose other kernels on other chips, and after some hundred steps the digits differ. So the
notebooks state *bands*, and this page shows what stands behind each. Every notebook was run many
times: with its own seeds on several of OpenBLAS' kernels, on one thread or two, and with other
seeds throughout (data, first weights, batches, samples). So were the tests that say something of a
trained model. How many draws were made stands under each heading; 29 are planned (20 seeds; five
kernels with one thread and two).

A band holds when every draw lies inside, and when the median is at least {least:g} standard
deviations from each end that it has; *room* is the smaller of the two distances. The standard
deviation is estimated from quantiles, towards each side: 1.4826 times the median absolute
deviation, or the distance from the median to the 10 % or 90 % quantile over 1.2816, whichever is
larger. Draws that share a seed count together as one: some numbers hardly differ between kernels,
and ten times the same value is not ten draws. How far positive numbers are above a positive
lower end is judged by their logarithms.

Exact statements (`confirm`: an error that rounding makes) have tables of their own, with the worst
error.

`python course.py bands` makes the draws and writes this page; `--help` says how to do a part of it.

{summary}
"""


def quantile(values, share, weights=None):
    """The smallest value whose cumulative weight reaches this share. NaN counts as large.

    >>> quantile([1, 1, 1, 2, 3], 0.5), quantile([1, 1, 1, 2, 3], 0.5, [1 / 3, 1 / 3, 1 / 3, 1, 1])
    (1.0, 2.0)
    """
    values = np.asarray(values, float)
    weights = np.ones(len(values)) if weights is None else np.asarray(weights)
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / np.sum(weights)
    return float(values[order][np.searchsorted(reached, share - 1e-9)])


def spread(values, share, weights=None):
    """A robust standard deviation towards one side.

    It is the larger of two: from the median absolute deviation, and from the distance between the
    median and the quantile `share` (0.1 or 0.9).

    >>> round(spread(np.random.default_rng(0).normal(size=100_000), 0.9), 2)
    1.0
    """
    edge = quantile(values, share, weights)
    median = quantile(values, 0.5, weights)
    with np.errstate(invalid="ignore"):  # some may be infinite
        deviation = quantile(np.abs(values - median), 0.5, weights)
        estimates = 1.4826 * deviation, abs(edge - median) / 1.2816
    return float(np.nanmax([0.0, *estimates]))


def _room(way, sd):
    return float(way / sd) if 0 < sd < np.inf else np.inf if way > 0 else 0.0


@dataclass
class Claim:
    """A claim of a cell or a test, with all values seen."""

    subject: str
    at: int | str
    what: str
    low: float | None
    high: float | None
    exact: bool
    values: np.ndarray
    seeds: np.ndarray | None = None  # of each value; None: all differ

    @property
    def weights(self):
        """The weight of each value: all values of one seed weigh 1 together."""
        if self.seeds is None:
            return np.ones(len(self.values))
        _, which, counts = np.unique(self.seeds, return_inverse=True, return_counts=True)
        return 1 / counts[which]

    @property
    def median(self):
        return quantile(self.values, 0.5, self.weights)

    @property
    def sd(self):
        """A robust standard deviation: the larger of the two sides'."""
        return max(spread(self.values, share, self.weights) for share in (0.1, 0.9))

    @property
    def room(self):
        """Standard deviations from the median to the nearer end of the band.

        Infinite if nothing varies.
        """
        rooms = [np.inf]
        if self.high is not None:
            rooms.append(_room(self.high - self.median, spread(self.values, 0.9, self.weights)))
        if self.low is not None:
            by_logs = self.low > 0 and self.values.min() > 0
            values, median, low = (
                (np.log([*self.values, 1])[:-1], np.log(self.median), np.log(self.low))
                if by_logs
                else (self.values, self.median, self.low)
            )
            rooms.append(_room(median - low, spread(values, 0.1, self.weights)))
        return min(rooms)

    @property
    def holds(self):
        ends = {"low": self.low, "high": self.high}
        return all(inside({**ends, "value": value}) for value in self.values) and self.room >= LEAST


def collect(stores):
    """`(claims, troubles)`: claims in order, and a line for each error or missing claim."""
    claims, troubles = [], []
    for store in stores:
        found = {}
        bands = {}
        place = store.subject.place
        for draw in store.draws:
            where = (
                f"{store.subject.name}, {in_words((draw['seed'], draw['kernel'], draw['threads']))}"
            )
            troubles += [
                f"{where}, {place} {error['at']}: {error['error']}" for error in draw["errors"]
            ]
            for claim in draw["claims"]:
                key = tuple(claim[name] for name in ("at", "what", "exact"))
                found.setdefault(key, []).append((claim["value"], draw["seed"]))
                # Other draws may come from code with another band.
                if draw["bands"] == store.subject.bands:
                    bands[key] = claim["low"], claim["high"]
        for (at, what, exact), values in found.items():
            low, high = bands.get((at, what, exact), (np.nan, np.nan))  # no band, no room
            name = store.subject.name
            seen, seeds = map(np.array, zip(*values))
            claims.append(Claim(name, at, what, low, high, exact, seen, seeds))
            if len(values) % len(store.draws):  # a claim in a loop is made several times
                troubles.append(
                    f"{store.subject.name}, {place} {at}: {what!r} "
                    f"was claimed {len(values)} times in "
                    f"{len(store.draws)} draws"
                )
    return claims, troubles


def _row(claim):
    what = claim.what.strip().replace("|", "\\|")
    mark = "" if claim.holds else " **no**"
    if claim.exact:
        return f"| {claim.at} | {what} | {claim.high:g} | {claim.values.max():.1g}{mark} |"
    room = "∞" if claim.room > 999 else f"{claim.room:.1f}"
    low = claim.values.min()
    median = claim.median
    high = claim.values.max()
    return (
        f"| {claim.at} | {what} | {band(claim.low, claim.high)} "
        f"| {low:.3g} | {median:.3g} | {high:.3g} "
        f"| {claim.sd:.2g} | {room}{mark} |"
    )


def in_all(draws):
    """The number of draws in words.

    >>> one = {"seed": 0, "kernel": "Zen", "threads": 1}
    >>> in_all([one, {**one, "seed": 1}])
    '2 draws: 2 seeds; its own seeds on 1 pairs of kernels and threads.'
    """
    seeds = {draw["seed"] for draw in draws}
    pairs = {(draw["kernel"], draw["threads"]) for draw in draws if draw["seed"] == 0}
    return (
        f"{len(draws)} draws: {len(seeds)} seeds; "
        f"its own seeds on {len(pairs)} pairs of kernels and threads."
    )


def summary(claims, troubles, draws):
    """One sentence with all counts."""
    loose = sum(not claim.exact for claim in claims)
    return (
        f"At least {draws} draws of each, {loose} bands and {len(claims) - loose} "
        f"exact statements; "
        f"{sum(not claim.holds for claim in claims)} without room, {len(troubles)} other troubles."
    )


def page(claims, troubles, draws, made):
    """The page as Markdown. `made`: {subject: its draws in words}."""
    parts = [PAGE.format(least=LEAST, summary=summary(claims, troubles, draws))]
    for subject in dict.fromkeys(claim.subject for claim in claims):
        own = [claim for claim in claims if claim.subject == subject]
        parts.append(f"## {subject}\n\n{made[subject]}\n")
        for exact, head in (
            (False, ["at", "claim", "band", "min", "median", "max", "sd", "room"]),
            (True, ["at", "exact statement", "allowed", "worst"]),
        ):
            rows = [_row(claim) for claim in own if claim.exact == exact]
            if rows:
                parts += [
                    "\n".join([f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *rows]) + "\n"
                ]
    return "\n".join([*parts, *(f"* {trouble}" for trouble in troubles)]).rstrip() + "\n"
