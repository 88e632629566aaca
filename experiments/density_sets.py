"""FlowDensity beside a Gaussian mixture, a kernel density estimate and a Gaussian, on real sets of
20 to 40,000 rows.

    python -m experiments.density_sets run [SET ...] --data FOLDER
    python -m experiments.density_sets table --into docs/density.md

Five splits of 80/20 each, standardised by the training rows; everyone gets the same arrays, all
with their defaults or as is customary: the mixture with full covariances and 1 to 20 components,
chosen by BIC; the kernel estimate Gaussian, its bandwidth by cross-validation; the Gaussian with
its full covariance. Scores are the mean log-density of the test rows, in nats. Many of these tables
are rounded (wines, iris, power plant): a value that repeats has no density, and all four may put
spikes on it. Nothing is dequantised, but for the digits.

What is run is appended to `density_sets.jsonl`, one line for each set, split and method; what has a
line there is not run again.
"""

import argparse
import datetime
import json
import platform
import time
import warnings
from pathlib import Path

import numpy as np

from .data.files import data_folder

RESULTS = Path(__file__).with_name("density_sets.jsonl")
SPLITS = 5
METHODS = ("flow", "mixture", "kernels", "gaussian")


# The sets


def _sklearn(name):
    from sklearn import datasets

    return np.asarray(getattr(datasets, f"load_{name}")().data, float)


def _digits():
    x = _sklearn("digits")
    x = (x + np.random.default_rng(0).random(x.shape)) / 17
    x = 0.05 + 0.9 * x
    return np.log(x) - np.log1p(-x)


def _file(name, key="x"):
    def read(folder):
        with np.load(Path(folder) / f"{name}.npz") as file:
            return np.asarray(file[key], float)

    return read


FILES = {
    name: _file(name)
    for name in ("old_faithful", "power_plant", "protein", "wine_red", "wine_white")
}
FILES["miniboone"] = _file("miniboone_val_standardised", "val")

# name: (source, rows or None for all, columns or None for all)
SETS = {
    "linnerud": ("linnerud", None, None),
    "iris, 30 rows": ("iris", 30, None),
    "iris": ("iris", None, None),
    "wine": ("wine", None, None),
    "old faithful": ("old_faithful", None, None),
    "old faithful, eruptions": ("old_faithful", None, [0]),
    "protein, 300 rows": ("protein", 300, None),
    "diabetes": ("diabetes", None, None),
    "miniboone, 500 rows of 20": ("miniboone", 500, list(range(20))),
    "breast cancer": ("breast_cancer", None, None),
    "breast cancer, area": ("breast_cancer", None, [3]),
    "wine, red": ("wine_red", None, None),
    "wine, red, distinct rows": ("wine_red", None, None),
    "digits": ("digits", None, None),
    "power plant, vacuum": ("power_plant", 2000, [1]),
    "protein, F3": ("protein", 3000, [3]),
    "miniboone": ("miniboone", None, None),
    "miniboone, two columns": ("miniboone", None, [2, 11]),
    "wine, white": ("wine_white", None, None),
    "wine, white, three columns": ("wine_white", None, [3, 7, 10]),
    "protein, 6,000 rows": ("protein", 6000, None),
    "power plant": ("power_plant", None, None),
    "protein, 40,000 rows": ("protein", 40000, None),
}


def load(name, folder=None):
    """The rows of a set, (N, D): of those that are asked for, drawn once for all splits."""
    source, rows, columns = SETS[name]
    if source == "digits":
        x = _digits()
    else:
        x = FILES[source](data_folder(folder)) if source in FILES else _sklearn(source)
    if name.endswith("distinct rows"):
        x = np.unique(x, axis=0)
    if rows is not None:
        x = x[np.random.default_rng(0).permutation(len(x))[:rows]]
    return x if columns is None else x[:, columns]


def split(x, k):
    """`(train, test)` of the k-th split, 80/20, standardised by the mean and deviation of train."""
    rows = np.random.default_rng(k).permutation(len(x))
    n = round(0.8 * len(x))
    mean, std = x[rows[:n]].mean(axis=0), x[rows[:n]].std(axis=0)
    x = (x - mean) / np.where(std > 0, std, 1)
    return x[rows[:n]], x[rows[n:]]


# The methods: (train, seed) -> (a function x -> log-density (N,), a few facts)


def flow(train, seed):
    from tinymaf.estimator import FlowDensity

    model = FlowDensity(random_state=seed).fit(train)
    return model.score_samples, {
        "weights": {k: round(float(w), 4) for k, w in model.weights_.items()}
    }


def gaussian(train, seed):
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(1, random_state=seed).fit(train).score_samples, {}


def mixture(train, seed):
    from sklearn.mixture import GaussianMixture

    sizes = range(1, min(20, len(train) - 1) + 1)
    fits = [GaussianMixture(k, random_state=seed).fit(train) for k in sizes]
    best = min(fits, key=lambda fit: fit.bic(train))
    return best.score_samples, {"components": best.n_components}


def kernels(train, seed):
    """The bandwidth of the best mean log-density in five folds: of 20, in steps of 1.25 around
    Scott's rule.
    """
    n, d = train.shape
    rows = np.random.default_rng(seed).permutation(n)
    folds = [rows[k::5] for k in range(5)] if n <= 3000 else [rows[:1000]]
    widths = n ** (-1 / (d + 4)) * 1.25 ** np.arange(-14, 6)
    score = np.zeros(len(widths))
    for fold in folds:
        others = np.delete(train, fold, axis=0)
        score += [kernel_log_prob(others, h, train[fold]).sum() for h in widths]
    h = widths[np.argmax(score)]
    return lambda x: kernel_log_prob(train, h, x), {"bandwidth": float(h)}


def kernel_log_prob(centres, h, x):
    """What `KernelDensity(bandwidth=h).fit(centres).score_samples(x)` gives, by matrix products."""
    out, half = np.empty(len(x)), 0.5 * (centres**2).sum(axis=1)
    size = max(1, 4_000_000 // len(centres))
    for k in range(0, len(x), size):
        rows = x[k : k + size]
        a = (rows @ centres.T - half - 0.5 * (rows**2).sum(axis=1)[:, None]) / h**2
        top = a.max(axis=1)
        out[k : k + size] = top + np.log(np.exp(a - top[:, None]).sum(axis=1))
    return out - np.log(len(centres)) - x.shape[1] * (np.log(h) + 0.5 * np.log(2 * np.pi))


# Running them


def run(name, k, method, folder=None, x=None):
    """One line of the results."""
    train, test = split(load(name, folder) if x is None else x, k)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log_prob, facts = globals()[method](train, k)
        fitted = time.perf_counter() - start
        scores = log_prob(test)
    return {
        "set": name,
        "split": k,
        "method": method,
        "n": len(train),
        "d": train.shape[1],
        "test": float(scores.mean()),
        "worst": float(scores.min()),
        "seconds": round(fitted, 2),
        **facts,
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
    }


def read(path=RESULTS):
    """`{(set, split, method): line}`; of several, the last."""
    if not Path(path).exists():
        return {}
    lines = map(json.loads, Path(path).read_text(encoding="utf-8").splitlines())
    return {(line["set"], line["split"], line["method"]): line for line in lines}


# The table


def lines(results, splits=SPLITS):
    """A dictionary for each set: means over its splits, and the gain over the best other."""
    found = []
    for name in SETS:
        done = [k for k in range(splits) if all((name, k, method) in results for method in METHODS)]
        if done:
            rows = [[results[name, k, method] for k in done] for method in METHODS]
            test = np.array([[row["test"] for row in of] for of in rows])
            best = 1 + int(np.argmax(test[1:].mean(axis=1)))
            gain = test[0] - test[best]
            found.append(
                {
                    "set": name,
                    "n": rows[0][0]["n"],
                    "d": rows[0][0]["d"],
                    **dict(zip(METHODS, test.mean(axis=1).tolist())),
                    "gain": float(gain.mean()),
                    "splits": len(done),
                    "error": float(2 * gain.std(ddof=1) / np.sqrt(len(done)))
                    if len(done) > 1
                    else float("inf"),
                    "over_gaussian": float((test[0] - test[3]).mean()),
                    "seconds": float(np.median([row["seconds"] for row in rows[0]])),
                    "share": float(np.mean([row["weights"]["flow"] for row in rows[0]])),
                }
            )
    return found


def markdown(found):
    head = "| set | rows x columns | FlowDensity | mixture | kernels | Gaussian "
    head += "| gain over the best | the flow's weight | s |"
    rows = [head, "|---" * 9 + "|"]
    for one in found:
        # A mixture with a spike can have any score: below -1,000 the digits say nothing
        scores = " | ".join(f"{one[m]:.2f}" if one[m] > -1000 else "below -1,000" for m in METHODS)
        name = (
            one["set"]
            if one["splits"] == SPLITS
            else f"{one['set']} ({one['splits']} of {SPLITS} splits)"
        )
        rows.append(
            f"| {name} | {one['n']:,} x {one['d']} | {scores} "
            f"| {one['gain']:+.2f} ± {one['error']:.2f} "
            f"| {one['share']:.2f} | {one['seconds']:.0f} |"
        )
    return "\n".join(rows)


def write_table(page, text):
    """Put the table in its place in a Markdown page, between the two comments."""
    before, _, rest = page.read_text(encoding="utf-8").partition("<!-- table -->\n")
    after = rest.partition("<!-- end of table -->")[2]
    page.write_text(
        f"{before}<!-- table -->\n{text}\n<!-- end of table -->{after}", encoding="utf-8"
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(
        "python -m experiments.density_sets",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["run", "table"])
    parser.add_argument("sets", nargs="*", help="parts of the sets' names; all by default")
    parser.add_argument("--data", help="the folder of the files (default: TINYMAF_DATA)")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="the file of results (JSON lines)"
    )
    parser.add_argument(
        "--into", type=Path, help="table: put it in the place of the one in this Markdown page"
    )
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--splits", type=int, default=SPLITS)
    options = parser.parse_intermixed_args(arguments)
    if options.command == "table":
        text = markdown(lines(read(options.results)))
        print(text)
        if options.into:
            write_table(options.into, text)
        return
    names = [
        name for name in SETS if not options.sets or any(part in name for part in options.sets)
    ]
    done = read(options.results)
    for name in names:
        x = load(name, options.data)
        for k in range(options.splits):
            for method in options.methods:
                if (name, k, method) not in done:
                    line = run(name, k, method, x=x)
                    with options.results.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line) + "\n")
                    print(
                        f"{name}, split {k}, {method}: {line['test']:.2f} nats, "
                        f"{line['seconds']} s",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
