"""Pictures of the results, in tinymaf's style."""

import math

from matplotlib.lines import Line2D

from tinymaf import plotting

from .cases import PEERS, SIZES, TINYMAF
from .timing import median

MARKS = dict(
    zip(
        (*TINYMAF, *PEERS),
        [
            (plotting.BLUE, "s"),
            (plotting.BLUE, "o"),
            (plotting.ORANGE, "^"),
            (plotting.GREEN, "v"),
            (plotting.PINK, "D"),
            (plotting.GREY, "P"),
        ],
    )
)


def times(results, path):
    """One panel for each work, with the sizes side by side.

    Each implementation has its own mark; ms are on a logarithmic axis.
    """
    works = [
        w
        for w in ("training", "log_prob", "sampling")
        if any(k.startswith(w) for k in results["times"])
    ]
    if not works:
        return None
    plotting.use_style()
    fig, axes = plotting.new_figure(len(works), size=(3.4, 3.4), squeeze=False)
    for ax, work in zip(axes[0], works):
        found = {size: results["times"].get(f"{work} maf {size}", {}) for size in SIZES}
        there = [size for size in SIZES if found[size]]
        for name, (color, mark) in MARKS.items():
            x = [k for k, size in enumerate(there) if found[size].get(name)]
            hollow = name == TINYMAF[0]
            ax.plot(
                x,
                [1e3 * median(found[there[k]][name]) for k in x],
                mark,
                color=color,
                ms=6,
                alpha=0.9,
                mfc="none" if hollow else color,
            )
        ax.set_yscale("log")
        ax.set_xticks(range(len(there)), there)
        ax.set_xlim(-0.5, len(there) - 0.5)
        ax.set_title(
            {"training": "training step", "log_prob": "log_prob", "sampling": "samples"}[work]
        )
    axes[0][0].set_ylabel("ms")
    handles = [
        Line2D(
            [],
            [],
            marker=mark,
            color=color,
            ls="",
            mfc="none" if name == TINYMAF[0] else color,
            label=name,
        )
        for name, (color, mark) in MARKS.items()
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    fig.savefig(path)
    return path


def scaling(curves, path):
    """The upper row is against D, the lower row against the hidden width; one panel for each work.

    The slopes come from the largest three.
    """
    if not curves:
        return None
    plotting.use_style()
    works, againsts = ("training", "log_prob", "sampling"), ("D", "hidden width")
    fig, axes = plotting.new_figure(3, 2, size=(3.2, 2.8))
    for row, against in zip(axes, againsts):
        for ax, work in zip(row, works):
            shown = [c for c in curves if (c["work"], c["against"]) == (work, against)]
            for k, c in enumerate(shown):
                color, mark = MARKS[c["name"]]
                y = [1e3 * t for t in c["seconds"]]
                ax.loglog(c["x"], y, mark + "-", color=color, label=c["name"])
                ax.annotate(
                    f"slope {c['slope_end']:.1f}",
                    (c["x"][-1], y[-1]),
                    (5, 5 - 10 * k),
                    color=color,
                    va="center",
                    textcoords="offset points",
                    fontsize=8,
                )
            low, high = ax.get_ylim()
            ax.set_ylim(10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)))
            ax.set_xticks(shown[0]["x"], shown[0]["x"])
            ax.minorticks_off()
            ax.set_xlim(0.7 * shown[0]["x"][0], 3.5 * shown[0]["x"][-1])
            ax.set_xlabel(against)
            ax.set_ylabel("ms")
            ax.set_title(work)
    fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    fig.savefig(path)
    return path
