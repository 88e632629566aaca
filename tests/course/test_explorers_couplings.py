"""The explorers on couplings: equal parameters are equal, counts are counted, and the models are as
good as is said.
"""

import numpy as np
import pytest

pytest.importorskip("anywidget")

from kit.claims import claim  # noqa: E402
from kit.shows import shows_itself  # noqa: E402

from tinymaf.checks import random_params  # noqa: E402
from tinymaf.definition import plain  # noqa: E402
from tinymaf_course import explorers  # noqa: E402
from tinymaf_course.explorers.couplings import COUNTS, model  # noqa: E402
from tinymaf_course.explorers.equal_parameters import (  # noqa: E402
    DIMS,
    LAYERS,
    STYLES,
    Waves,
    nets,
    pair,
    parameters,
    sees,
    shortfall,
    steps,
)
from tinymaf_course.explorers.price import CountedNet  # noqa: E402
from tinymaf_course.interactive import cells  # noqa: E402

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", ["couplings", "equal_parameters"])
def test_each_shows_itself_with_no_arguments(name, monkeypatch):
    shows_itself(monkeypatch, getattr(explorers, name))


# couplings


@pytest.mark.trained
def test_masks_that_alternate_help_and_masks_that_do_not_change_do_not():
    short = {
        masks: [model(count, masks, anew=True)[2] for count in COUNTS]
        for masks in ("alternating", "always x1 stays")
    }
    claim(
        short["alternating"][0] - short["always x1 stays"][0],
        -0.05,
        0.05,
        "one coupling is one: nats between both",
    )
    claim(short["alternating"][-1], None, 0.2, "eight that alternate: nats short")
    claim(min(short["always x1 stays"]), 0.35, None, "that do not: nats short, the least")
    claim(np.ptp(short["always x1 stays"]), None, 0.08, "that do not: nats between them")


def test_what_always_stays_is_standard_normal_in_the_model():
    flow, params, _ = model(8, "always x1 stays")
    line, side = np.linspace(-2, 2, 9), np.linspace(-8, 8, 2001)
    points = (
        np.stack(np.meshgrid(line, side, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.float32)
    )
    alone = np.exp(flow.log_prob(params, points)).reshape(9, -1).sum(axis=1) * (side[1] - side[0])
    np.testing.assert_allclose(alone, np.exp(-0.5 * line**2) / np.sqrt(2 * np.pi), atol=2e-3)


# equal_parameters


def test_the_waves_know_their_density():
    box = ((-7, 7), (-7, 7))
    waves = Waves(2)
    assert np.exp(waves.log_prob(cells(box, 400))).sum() * (14 / 400) ** 2 == pytest.approx(
        1, abs=1e-3
    )
    for dim in (3, 8):
        waves, rng = Waves(dim), np.random.default_rng(0)
        x = waves.sample(rng, 50_000)
        noise = waves.log_prob(x) + 0.5 * dim * (1 + np.log(2 * np.pi))
        z = x[:, np.argsort(waves.places)]
        log_sd = np.log(0.4) + 0.5 * np.tanh(z[:, :-1])
        assert noise.mean() == pytest.approx(
            -log_sd.sum(axis=1).mean(), abs=0.03
        )  # the entropy, conditional wise


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("layers", LAYERS)
def test_parameters_are_as_equal_as_widths_allow_and_are_those_that_matter(dim, layers):
    flows = pair(dim, layers)
    one, two = (parameters(flows[name]) for name in STYLES)
    assert abs(one - two) < 0.03 * one
    for flow in flows.values():
        params = flow.init(np.random.default_rng(0))
        hidden = sum(
            mask.size - mask.sum()
            for layer in flow.bijection.layers
            for net in nets(layer)
            for mask in getattr(net, "masks", [])
        )
        every = sum(np.size(a) for layer in params["bijection"] for a in leaves(layer))
        assert parameters(flow) == every - hidden


def leaves(tree):
    return (
        [leaf for part in tree for leaf in leaves(part)]
        if isinstance(tree, (list, tuple))
        else [tree]
    )


@pytest.mark.parametrize("name", STYLES)
def test_calls_for_a_sample_are_those_that_are_made(name):
    flow = pair(4, 2)[name]
    params, counted = random_params(flow, np.random.default_rng(0)), []
    for layer in flow.bijection.layers:
        counting = [CountedNet(net) for net in nets(layer)]
        counted += counting
        if name == "MAF":
            layer.net = counting[0]
        else:
            layer.nets = counting
    try:
        with plain():
            flow.sample(params, np.random.default_rng(1), 3)
    finally:
        pair.cache_clear()
    assert sum(net.calls for net in counted) == steps(4, 2, name)


def test_who_sees_whom():
    assert np.array_equal(sees(4, "MAF"), np.tril(np.ones((4, 4), bool)))
    assert sees(4, "RealNVP").astype(int).tolist() == [
        [1, 0, 0, 0],
        [1, 1, 1, 0],
        [0, 0, 1, 0],
        [1, 0, 1, 1],
    ]


@pytest.mark.trained
def test_the_gap_opens_with_the_number_of_variables():
    gaps = [shortfall(dim, 4, "RealNVP") - shortfall(dim, 4, "MAF") for dim in (2, 8, 16)]
    claim(abs(gaps[0]), None, 0.04, "D = 2: nats between RealNVP and MAF")
    claim(gaps[2], 0.2, None, "D = 16: RealNVP behind MAF, nats")
    claim(gaps[2] - gaps[1], 0.1, None, "by how much more than at D = 8, nats")
