"""Figures of single notebooks whose code a reader can do without. Each returns a `Figure`."""

import numpy as np

from tinymaf.datasets import digits
from tinymaf.plotting import BLUE, GREY, ORANGE, label_axes, new_figure, plot_images, use_style

from .pictures import plot_pattern
from .records.gaussian import FullGaussian


def pixel_by_pixel(picture, steps=(1, 16, 32, 48, 64)):
    """How a MAF and an IAF draw `picture`, (64,): after each of `steps`; and at once."""
    use_style()
    fig, axes = new_figure(len(steps), 2, size=(1.25, 1.45))
    for k, step in enumerate(steps):
        for row, known in enumerate((step, 64)):
            shown = np.where(np.arange(64) < known, picture + 0.5, 0.0)
            plot_images(axes[row, k], shown[None], columns=1)
            axes[row, k].set_title(f"{('MAF', 'IAF')[row]}, step {step}", fontsize=9)
            axes[row, k].set_visible(row == 0 or step == 1)
    return fig


def clouds(panels, letter="x", size=(2.7, 2.9)):
    """Clouds of points side by side.

    `panels` is a list of `(title, points, colors, limits)`: points (N, 2), colors (N, 3) or None,
    limits `(xlim, ylim)` or None.
    """
    use_style()
    fig, axes = new_figure(len(panels), size=size)
    for ax, (title, points, colors, limits) in zip(axes, panels):
        ax.scatter(*points.T, c=colors, s=4, alpha=0.8, linewidths=0)
        ax.set_title(title)
        label_axes(ax, letter)
        if limits:
            ax.set(xlim=limits[0], ylim=limits[1])
    return fig


def dots_of_folds(folds, models):
    """Ten scores of each of `models` ({id: name}) on red and white wine: `folds(colour, id)`."""
    use_style()
    fig, axes = new_figure(2, size=(4.4, 2.6))
    for ax, colour in zip(axes, ("red", "white")):
        for k, model in enumerate(models):
            scores = folds(colour, model)
            height = np.full(len(scores), k) + np.linspace(-0.2, 0.2, len(scores))
            ax.plot(scores, height, "o", color=BLUE, markersize=3, alpha=0.6)
            ax.plot(scores.mean(), k, "|", color=ORANGE, markersize=16, markeredgewidth=2)
        ax.set_yticks(range(len(models)), models.values())
        ax.invert_yaxis()
        ax.set(title=f"{colour} wine", xlabel="test log-likelihood, nats")
    return fig


def worth_of_labels(paper):
    """Nats that labels bring, for each model of the paper's table (the module `records.paper`)."""
    use_style()
    fig, axes = new_figure(2, size=(4.6, 2.7))
    for ax, name in zip(axes, ("MNIST", "CIFAR-10")):
        plain, labelled = paper.column(name), paper.column(f"{name} cond.")
        for k, model in enumerate(paper.TABLE):
            ax.plot(labelled[model] - plain[model], k, "o", color=BLUE, markersize=6)
        for model, value in paper.as_first_printed(f"{name} cond.").items():
            place = list(paper.TABLE).index(model)
            ax.plot(
                value - plain[model],
                place,
                "D",
                color=ORANGE,
                markersize=8,
                fillstyle="none",
                markeredgewidth=2,
            )
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set_yticks(range(len(paper.TABLE)), paper.TABLE)
        ax.invert_yaxis()
        ax.set(title=name, xlabel="nats that labels bring")
    return fig


def ten_gaussians():
    """A digit of each class; below, two draws of ten Gaussians, one a class, in logit space."""
    use_style()
    few, rng = digits(a=0.05), np.random.default_rng(0)
    classes = [few.train_pixels[few.train_labels == digit] for digit in range(10)]
    drawn = []
    for pixels in classes:
        bell = FullGaussian(64).init(None, few.to_logits(np.concatenate([pixels] * 5), rng))
        drawn.append(few.to_pixels(bell["mean"] + rng.standard_normal((2, 64)) @ bell["factor"].T))
    fig, ax = new_figure(size=(7.5, 2.4))
    real = np.stack([pixels[0] for pixels in classes]) + 0.5
    plot_images(ax, np.concatenate([real, *np.swapaxes(drawn, 0, 1)]), 10)
    return fig


def bands_over_context(x, y, line, conditionals, titles):
    """x1 against the context, and p(x1 | y) of several models: mean, and two deviations around it.

    `conditionals` holds `(mu, alpha)` of each, at the contexts `line`, (M, 1).
    """
    use_style()
    fig, axes = new_figure(len(titles), size=(3.6, 3.0), sharey=True)
    for ax, (mu, alpha), title in zip(axes, conditionals, titles):
        ax.scatter(y[:, 0], x[:, 0], s=5, color=GREY, alpha=0.5, linewidths=0)
        ax.plot(line[:, 0], mu, color=ORANGE)
        low, high = mu - 2 * np.exp(alpha), mu + 2 * np.exp(alpha)
        ax.fill_between(line[:, 0], low, high, color=ORANGE, alpha=0.2, linewidth=0)
        ax.set(title=title, xlabel="context $y$", ylim=(-11, 11))
    axes[0].set_ylabel("$x_1$")
    return fig


def sheets(named, columns=12):
    """Sheets of pictures side by side: `{title: images}`."""
    use_style()
    fig, axes = new_figure(len(named), size=(3.8, 3.3))
    for ax, (title, images) in zip(axes, named.items()):
        plot_images(ax, images, columns=columns)
        ax.set_title(title)
    return fig


def titled_digits(pixels, titles):
    """Digits in a row, each with its title."""
    use_style()
    fig, axes = new_figure(len(titles), size=(1.5, 1.9))
    for ax, picture, title in zip(np.atleast_1d(axes), pixels, titles):
        plot_images(ax, picture[None] + 0.5, columns=1)
        ax.set_title(title, fontsize=9)
    return fig


def two_scores(named):
    """A level bar for each of two scores, in nats: `{name: score}`."""
    use_style()
    fig, ax = new_figure(size=(6.4, 1.5))
    ax.barh(list(named), list(named.values()), color=[BLUE, ORANGE])
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set(xlabel="mean log-density of test rows, nats")
    return fig


def patterns(as_found, promised):
    """What each block looks at, as found (above) and as promised (below): lists of (D, D) bools."""
    use_style()
    fig, axes = new_figure(len(as_found), 2, size=(2.3, 2.5))
    for row, (blocks, name) in enumerate(((as_found, "as found"), (promised, "as promised"))):
        for k, pattern in enumerate(blocks):
            ax = axes[row, k]
            plot_pattern(ax, pattern, row="m")
            ax.set_xlabel("is looked at")
            ax.set_title(f"block {k}, {name}: {pattern.sum()}", fontsize=9)
    return fig


def short_of_the_truth(gaps):
    """Bars of `{name: nats short of the true density}`; what is below zero is impossible."""
    use_style()
    fig, ax = new_figure(size=(6.4, 2.6))
    shown = [max(value, -0.6) for value in gaps.values()]
    for name, length, value in zip(gaps, shown, gaps.values()):
        (bar,) = ax.barh(name, length, color=ORANGE if value < 0 else BLUE, height=0.6)
        bar.set_hatch("///" if value < 0 else None)
        words = f"{value:.0f}: impossible" if value < 0 else f"{value:.1f}"
        ax.text(max(length, 0) + 0.04, name, words, va="center")
    ax.axvline(0, color="black", linewidth=1)
    ax.set(xlabel="nats a row short of the true density", xlim=(-0.6, 2.4))
    ax.invert_yaxis()
    return fig
