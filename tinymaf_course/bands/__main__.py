"""Compare the claims of notebooks and tests with other seeds, BLAS kernels and threads.

    python course.py bands                  all of them, 20 seeds; goes on where it was stopped
    python course.py bands 07 tests         only notebooks whose names begin so, and the tests
    python course.py bands --table          draw nothing: write the page of what has been drawn

An hour on two cores. The page is docs/bands.md, written when nothing was left out. Exits with 1
where a claim has no room.
"""

import argparse
import sys

from ..build import SOURCE
from .draws import ROOT, Store, all_subjects, kernels, plan, run_all
from .table import collect, in_all, page, summary

PAGE = ROOT / "docs" / "bands.md"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="course.py bands", description=__doc__.split("\n")[0])
    parser.add_argument(
        "names",
        nargs="*",
        help="beginnings of notebooks' names, such as 07, or tests; all by default",
    )
    parser.add_argument(
        "--seeds", type=int, default=20, help="how many seeds, the notebooks' own among them"
    )
    parser.add_argument("--fresh", action="store_true", help="forget what has been drawn before")
    parser.add_argument("--table", action="store_true", help="draw nothing")
    parser.add_argument(
        "--folder", default=ROOT / ".artefacts" / "bands", help="where draws are kept"
    )
    options = parser.parse_args(arguments)
    subjects = all_subjects(sorted(SOURCE.glob("[0-9][0-9]_*.py")))
    chosen = [
        one for one in subjects if not options.names or one.name.startswith(tuple(options.names))
    ]
    if not chosen:
        parser.error(f"nothing has a name that begins with {' or '.join(options.names)}")
    names, remark = kernels()
    if remark:
        print(f"*** {remark} ***", flush=True)
    stores = [Store(options.folder, subject, options.fresh) for subject in chosen]
    if not options.table:
        run_all(stores, plan(options.seeds, names))
    stores = [store for store in stores if store.draws]
    claims, troubles = collect(stores)
    made = {store.subject.name: in_all(store.draws) for store in stores}
    draws = min((len(store.draws) for store in stores), default=0)
    if len(stores) == len(subjects):
        PAGE.write_text(page(claims, troubles, draws, made), encoding="utf-8")
    else:
        print(page(claims, troubles, draws, made).partition("\n## ")[2])
    print(summary(claims, troubles, draws))
    sys.exit(1 if troubles or not all(claim.holds for claim in claims) else 0)


if __name__ == "__main__":
    main()
