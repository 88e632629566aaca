"""Run the benchmarks: `python -m benchmarks`, `--help` for the options."""

import argparse
import json
from pathlib import Path

from . import setting
from .cases import KINDS, PEERS, SIZES, TINYMAF, WORKS
from .merge import merge
from .models import missing

HERE = Path(__file__).parent


def options(arguments=None):
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="MAF at T2 alone, three repetitions, no moons and no scaling",
    )
    parser.add_argument("--only", type=lambda s: s.split(","), help="of " + ",".join(WORKS))
    parser.add_argument("--sizes", type=lambda s: s.split(","), help="of " + ",".join(SIZES))
    parser.add_argument("--kinds", type=lambda s: s.split(","), help="of " + ",".join(KINDS))
    parser.add_argument(
        "--peers",
        type=lambda s: s.split(",") if s else [],
        default=list(PEERS),
        help="of " + ",".join(PEERS) + "; empty for none",
    )
    parser.add_argument("--threads", type=int, help="cores for everybody (default: all)")
    parser.add_argument("--repeats", type=int, help="repetitions (default 15; quick 3)")
    parser.add_argument(
        "--out",
        type=Path,
        default=HERE / "results",
        help="folder for results.json, RESULTS.md and the plots",
    )
    parser.add_argument(
        "--add",
        action="store_true",
        help="add to the results that are in the folder: an hour's work in pieces, for quiet "
        "moments",
    )
    o = parser.parse_args(arguments)
    o.only = o.only or [w for w in WORKS if not (o.quick and w in ("moons", "scaling"))]
    o.kinds = o.kinds or (["maf"] if o.quick else list(KINDS))
    o.sizes = o.sizes or (["T2"] if o.quick else list(SIZES))
    o.repeats = o.repeats or (3 if o.quick else 15)
    for given, known in ((o.only, WORKS), (o.sizes, SIZES), (o.kinds, KINDS), (o.peers, PEERS)):
        if set(given) - set(known):
            parser.error(
                f"unknown: {', '.join(sorted(set(given) - set(known)))}; choose from "
                f"{', '.join(known)}"
            )
    return o


def installed(names, say):
    """`(peers, absent)`: those that we can measure, and those that we cannot; says why not."""
    absent = {name: packages for name in names if (packages := missing(name))}
    for name, packages in absent.items():
        say(f"{name} is skipped: not installed: {', '.join(packages)}")
    return [name for name in names if name not in absent], sorted(absent)


def run(o, say=print):
    """Measure what the options ask for; return the results as a dictionary."""
    threads, how = setting.set_threads(o.threads)  # before the first import of a library
    from . import goals, sameness
    from .parts import PARTS

    peers, absent = installed(o.peers, say)
    machine = setting.describe(threads, how)
    results = {
        "machine": machine,
        "missing": absent,
        "times": {},
        "first_calls": {},
        "scaling": [],
        "settings": {"sizes": o.sizes, "repeats": o.repeats, "kinds": o.kinds, "only": o.only},
    }
    load = machine["load_at_start"]
    if load and load > 0.5:
        say(f"The machine is busy (load {load}): these numbers will be noise.")
    results["sameness"] = sameness.check([*TINYMAF, *peers], o.kinds, o.sizes)
    for measure in PARTS:
        measure(o, peers, results, say)
    results["runs"] = [
        {
            "command": machine.pop("command"),
            "date": machine.pop("date"),
            "repeats": o.repeats,
            "load": [machine.pop("load_at_start"), setting.load()],
        }
    ]
    results["goals"] = goals.outcomes(results["times"])
    return results


def main(arguments=None, say=print):
    o = options(arguments)
    results = run(o, say)
    from . import plots, report, tape

    o.out.mkdir(parents=True, exist_ok=True)
    if o.add and (o.out / "results.json").exists():
        results = merge(json.loads((o.out / "results.json").read_text(encoding="utf-8")), results)
    (o.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    plots.times(results, o.out / "times.png")
    plots.scaling(results["scaling"], o.out / "scaling.png")
    if "tape" in results:
        tape.picture(results["tape"], o.out / "tape.png")
    text = report.markdown(results)
    (o.out / "RESULTS.md").write_text(text, encoding="utf-8")
    say(text)
    return results


if __name__ == "__main__":
    main()
