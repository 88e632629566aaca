"""Results of several runs in one report. One run measures all of one work at one size."""

from .cases import KINDS, SIZES, WORKS
from .goals import outcomes


def merge(old, new):
    """`new` results on top of `old` ones: where both have measured something, `new` counts."""
    asked, before = new["settings"], old["settings"]
    rows = {
        (row["kind"], row["size"], row["name"]): row for row in old["sameness"] + new["sameness"]
    }
    times = {**old["times"], **new["times"]}
    order = {
        f"{work} {kind} {size}": k
        for k, (work, kind, size) in enumerate(
            (work, kind, size) for work in WORKS for kind in KINDS for size in SIZES
        )
    }
    return {
        **old,
        **new,
        "runs": old["runs"] + new["runs"],
        "sameness": list(rows.values()),
        "times": dict(sorted(times.items(), key=lambda item: order[item[0]])),
        "first_calls": {**old["first_calls"], **new["first_calls"]},
        "scaling": new["scaling"] or old["scaling"],
        "missing": sorted({*old["missing"], *new["missing"]}),
        "goals": outcomes(times),
        "settings": {
            "repeats": asked["repeats"],
            "sizes": [size for size in SIZES if size in (*before["sizes"], *asked["sizes"])],
            "kinds": [kind for kind in KINDS if kind in (*before["kinds"], *asked["kinds"])],
            "only": [work for work in WORKS if work in (*before["only"], *asked["only"])],
        },
    }
