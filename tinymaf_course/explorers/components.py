"""How many Gaussians a conditional needs: a MADE's density, one of its slices, and nats lost."""

import numpy as np
from ipywidgets import SelectionSlider

from tinymaf.distributions import normal_log_prob

from ..interactive import BLUE, ORANGE, Handle, Panel, Picture, cells, explore, plane

LINE = np.linspace(-7, 7, 281)


class Components:
    """MADEs of two variables in the natural order, `{components: (model, params)}`, beside the
    truth, a toy of tinymaf.datasets.
    """

    def __init__(self, models, truth, seed=1):
        self.models, self.truth, self.counts = models, truth, list(models)
        x_test = truth.sample(np.random.default_rng(seed), 20_000)
        true = truth.log_prob(x_test)
        self.pixels, self.lost = {}, {}
        for count, (model, params) in models.items():
            log_p = model.log_prob(params, cells(truth.box, 100))
            self.pixels[count] = np.exp(log_p).reshape(100, 100)
            self.lost[count] = (true - model.log_prob(params, x_test)).mean()

    def slice_at(self, x1, count):
        """The model's p(x2 | x1) on the line, and each component of it, weights included."""
        model, params = self.models[count]
        theta = model.net(params, np.array([[x1, 0.0]]))[0, :, 1].reshape(1, 3, count)
        logits, (mu, alpha) = theta[0, 0], model.conditional.affine.mu_alpha(theta[:, 1:])
        weight = np.exp(logits - np.logaddexp.reduce(logits))
        z = (LINE - mu.T) * np.exp(-alpha.T)
        parts = weight[:, None] * np.exp(normal_log_prob(z) - alpha.T)
        return parts.sum(axis=0), parts

    def draw(self, place, components):
        """The model, its slice beside the true one, and nats lost for each number."""
        x1, box = place[0], self.truth.box
        total, parts = self.slice_at(x1, components)
        true = np.exp(self.truth.log_prob(np.stack([np.full(len(LINE), x1), LINE], axis=1)))
        true = true / (true.sum() * (LINE[1] - LINE[0]))
        left = plane(box, f"the model, {components} component{'s' * (components > 1)}")
        left.density(self.pixels[components], vmax=0.08).handle("place", (x1, 0), axis="x")
        left.lines(np.array([[x1, box[1][0]], [x1, box[1][1]]]), color=ORANGE, width=2)
        middle = Panel((-7, 7), (0, 0.75), f"p(x₂ | x₁ = {x1:.1f})", "x₂", aspect=0.85)
        middle.lines([np.stack([LINE, part], axis=1) for part in parts], color=BLUE, width=1)
        middle.lines(np.stack([LINE, total], axis=1), color=ORANGE, width=2.5, label="model")
        middle.lines(np.stack([LINE, true], axis=1), color="ink", dash=(6, 4), label="truth")
        return Picture([left, middle, self.bars(components)], width=940)

    def bars(self, components):
        """Nats lost for each number of components."""
        places, k = np.arange(1, len(self.counts) + 1), self.counts.index(components)
        heights = np.array([max(self.lost[count], 0) for count in self.counts])
        panel = Panel(
            (0.4, len(places) + 0.6),
            (0, 0.36),
            "nats lost",
            "components",
            aspect=0.85,
            x_ticks=dict(zip(places.tolist(), self.counts)),
        )
        panel.bars(places, heights, color=BLUE, alpha=0.35)
        return panel.bars(places[[k]], heights[[k]], color=ORANGE)

    def say(self, place, components):
        return (
            f"Components: {components}, {self.lost[components]:.3f} nats lost. The cut is at x1 = "
            f"{place[0]:.1f}"
        )


def controls(counts):
    return {
        "components": SelectionSlider(options=counts, value=counts[1], description="components"),
        "place": Handle(5.0, 0.0),
    }


def sheet_for(counts):
    few, two, many = counts[0], counts[1], counts[-1]
    shown = ((few, 5.0), (two, 5.0), (two, 1.0), (many, 5.0))
    return [{"place": (x1, 0.0), "components": count} for count, x1 in shown]


ALT = (
    "Four frames, each with the density of a MADE with x₁ first, one of its slices and a bar chart "
    "of nats lost. One component: a filled trumpet; the slice at x₁ = 5 is one wide hump over the "
    "two narrow ones of the truth. Two: the boomerang, and a slice with both humps. At x₁ = 1 two "
    "overlapping components make one broad hump with a dent. Eight: the boomerang. The bars fall "
    "from a third of a nat to next to nothing."
)


def components(models, truth, alt=ALT):
    """Show what more Gaussians in each conditional buy.

    `models` is `{number of components: (MADE, params)}`, `truth` a toy of the plane.
    """
    figure = Components(models, truth)
    explore(
        draw=figure.draw,
        controls=controls(figure.counts),
        sheet=sheet_for(figure.counts),
        alt=alt,
        say=figure.say,
        title="The number of components",
        columns=2,
    )
