"""The results as Markdown: tables of medians, and the goals with their outcomes."""

import math

from .cases import PEERS, SIZES, TINYMAF
from .timing import fastest, median

TITLES = {
    "training": "Training step, ms",
    "log_prob": "`log_prob` of 10,000 points (T784: 1,000), ms",
    "sampling": "Sampling 1,000 points (T784: 100), and `log_prob` of 1,000, ms",
    "frame": "A 200 x 200 density frame, ms",
    "plain": "The fused step and its twin in plain autograd, ms",
    "start": "Start of the process to the end of the first training step, s",
    "memory": "Peak memory of training, MB",
    "moons": (
        "Two moons to within 0.02 nats of the converged MAF(5), from the start of the process, s"
    ),
}
UNITS = {"start": 1, "moons": 1, "memory": 1}  # the rest in ms
KIND_NAMES = {"maf": "MAF", "realnvp": "RealNVP"}


def number(x):
    """Three digits, or a word where there is no number.

    >>> number(12345.6), number(0.01234), number(1.0), number(float("inf"))
    ('12346', '0.0123', '1.00', 'never')
    """
    if x is None or math.isnan(x):
        return "-"
    if math.isinf(x):
        return "never"
    if x == 0:
        return "0"
    return f"{x:.{max(0, 2 - math.floor(math.log10(abs(x))))}f}"


def table(header, rows):
    """A Markdown table, with its numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def work_table(work, times):
    """One line for each kind and size, one column for each implementation.

    The last column is the ratio of tinymaf float32 to the fastest peer.
    """
    there = {k: v for k, v in times.items() if k.split()[0] == work}
    names = [n for n in (*TINYMAF, *PEERS) if any(n in found for found in there.values())]
    names += sorted({n for found in there.values() for n in found} - set(names))
    rows = []
    for place, found in there.items():
        _, kind, size = place.split()
        cells = [number(median(found.get(n, [])) * UNITS.get(work, 1e3)) for n in names]
        peer = fastest(found, PEERS)
        ratio = (
            number(median(found[TINYMAF[1]]) / median(found[peer]))
            if peer and found.get(TINYMAF[1])
            else "-"
        )
        rows.append([f"{KIND_NAMES[kind]}, {size}", *cells, f"{ratio} ({peer})" if peer else "-"])
    return table(["", *names, "float32 / fastest peer"], rows) if rows else ""


def goals_table(goals):
    rows = []
    for v in goals:
        values = ", ".join(
            (f"{size} " if len(v["values"]) > 1 else "") + number(x)
            for size, x in v["values"].items()
        )
        rows.append(
            [
                v["what"],
                v["against"],
                values,
                (">= " if v["at_least"] else "<= ") + f"{v['limit']:.2f}",
                v["outcome"],
            ]
        )
    return table(["work", "against", "ratio", "limit", "outcome"], rows)


def sameness_table(rows):
    def matrices(row):
        return ", ".join(" x ".join(map(str, shape)) for shape in row["matrices"])

    lines = [
        [
            f"{KIND_NAMES[r['kind']]}, {r['size']}",
            r["name"],
            f"{r['params']:,}",
            matrices(r),
            f"{r['integral']:.4f}" if "integral" in r else "-",
            f"{r['change of variables']:.0e}" if "change of variables" in r else "-",
        ]
        for r in rows
    ]
    return table(
        [
            "",
            "implementation",
            "parameters",
            "matrices of the first layer",
            "integral",
            "error a dimension",
        ],
        lines,
    )


def scaling_table(curves):
    return table(
        ["work", "against", "implementation", "slope", "of the largest three"],
        [
            [c["work"], c["against"], c["name"], number(c["slope"]), number(c["slope_end"])]
            for c in curves
        ],
    )


def tape_table(found):
    """One line for each thing that a step spends time on; plain and fused stand side by side."""
    groups = list(next(iter(found.values()))["groups"])
    rows = [
        [group, *(f"{facts['groups'][group]:.2f}" for facts in found.values())] for group in groups
    ]
    rows += [
        ["nodes of the tape", *(sum(facts["nodes"].values()) for facts in found.values())],
        ["a step without the watch", *(f"{facts['ms']:.2f}" for facts in found.values())],
    ]
    return table(["T2, float64, ms a step", *found], rows)


def tape_words(found):
    """The picture of the tape, in words."""
    return "Two bars, a training step's time by what it goes to: " + "; ".join(
        f"{name}, {sum(facts['nodes'].values())} nodes, {facts['ms']:.1f} ms, most of it "
        f"{max(facts['groups'], key=facts['groups'].get)}"
        for name, facts in found.items()
    )


def markdown(results):
    """The whole of RESULTS.md."""
    m, s = results["machine"], results["settings"]
    runs = [[f"`{r['command']}`", r["date"], r["repeats"], *r["load"]] for r in results["runs"]]
    parts = [
        "# Benchmarks",
        "Each line of a table below was measured within one run, all implementations in turn.",
        table(["run", "began", "repetitions", "load before", "load after"], runs),
        "\n".join(
            [
                f"* Machine: {m['cpu']}, {m['cores']} cores, {m['memory']}, {m['system']}",
                f"* Threads: {m['threads']}; {m['threads_how']}",
                f"* Python {m['python']}, "
                + ", ".join(f"{k} {v}" for k, v in m["versions"].items()),
                f"* Not installed, and skipped: {', '.join(results['missing']) or 'none'}",
                "* Sizes: "
                + "; ".join(str(SIZES[size]) for size in s["sizes"])
                + ". RealNVP has as many couplings.",
                (
                    "* tinymaf in both precisions, the others in float32; Adam in all, PyTorch's "
                    "with its default settings"
                ),
                "* In each repetition every implementation has its turn; medians. The ratio at "
                "the end of a line is of medians, those of the goals are medians of the ratios "
                "within the repetitions",
            ]
        ),
        "## Goals",
        goals_table(results["goals"]),
    ]
    for work, title in TITLES.items():
        lines = work_table(work, results["times"])
        parts += [f"## {title}", lines] if lines else []
        if work == "plain" and lines:
            parts += ["Why the tape costs what it costs: `docs/speed.md`."]
            if "tape" in results:
                parts += [
                    tape_table(results["tape"]),
                    f"![{tape_words(results['tape'])}](tape.png)",
                ]
        if work == "training" and lines:
            parts += [
                "`products`: the dense matrix products of such a step alone. FlowJAX: the whole "
                "step in one `jax.jit`, its arrays donated; FlowJAX's own step is the one that "
                "its `fit_to_data` takes."
            ]
        if work == "moons" and "moons" in results:
            f = results["moons"]
            parts.append(
                f"Converged, {f['converged_steps']} steps: {f['converged']:.3f} nats (the true "
                f"density: {f['truth']:.3f}). Steps needed, of {f['of_steps']}: "
                + "; ".join(
                    f"{name} {', '.join(map(str, steps))}" for name, steps in f["steps"].items()
                )
                + "."
            )
    if results["first_calls"]:
        parts += [
            "## FlowJAX's first call (tracing, compiling, running), s",
            table(
                ["", "first call"],
                [[place, number(t)] for place, t in results["first_calls"].items()],
            ),
        ]
    if results["scaling"]:
        parts += [
            "## Cost against D and the hidden width",
            "Slopes in log-log: 1 is linear, 2 quadratic.",
            scaling_table(results["scaling"]),
            (
                "![Six curves of time against D and against hidden width, on logarithmic "
                "axes](scaling.png)"
            ),
        ]
    parts += [
        (
            "![Median times of each implementation for each work and size, on a logarithmic "
            "axis](times.png)"
        ),
        "## Are they the same flows?",
        "At random parameters: the integral of exp(log_prob) over the plane, and the largest "
        "difference of log_prob from base density and Jacobian of the library's own map.",
        sameness_table(results["sameness"]),
    ]
    return "\n\n".join(parts) + "\n"
