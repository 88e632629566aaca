"""Masks: no illegal dependency, every legal one, and a count of what is lost; by hypothesis and by
hand.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinymaf import MADE, AffineAutoregressive
from tinymaf.checks import check_autoregressive, random_params
from tinymaf.masks import (
    as_order,
    dependency_matrix,
    hidden_degrees,
    input_degrees,
    lost_dependencies,
    made_masks,
)
from tinymaf.nets import MaskedNet


@st.composite
def nets(draw, wide=True):
    dim = draw(st.integers(1, 9))
    order = draw(st.permutations(range(dim)))
    context_dim = draw(st.integers(0, 2))
    low = dim if wide else 1
    hidden = tuple(draw(st.lists(st.integers(low, 2 * dim + 2), min_size=1, max_size=3)))
    return dim, order, context_dim, hidden


def masks_of(dim, order, context_dim, hidden):
    net = MaskedNet(dim, 1, hidden, order=order, context_dim=context_dim)
    inputs = np.concatenate([net.degrees, np.zeros(context_dim, int)])
    return net, inputs, net.masks


@settings(max_examples=300, deadline=None)
@given(nets())
def test_wide_nets_have_every_legal_dependency_and_no_other(given_net):
    net, inputs, masks = masks_of(*given_net)
    dim, context_dim = net.dim, net.context_dim
    depends = dependency_matrix(masks)
    place = np.argsort(given_net[1])  # where each variable comes in the order
    for i, j in itertools.product(range(dim), range(dim)):
        assert depends[i, j] == (place[j] < place[i])
    assert depends[:, dim:].all() and depends.shape == (dim, dim + context_dim)
    allowed = dim * (dim - 1) // 2 + dim * context_dim
    assert lost_dependencies(masks, inputs, net.degrees) == (0, allowed)


@pytest.mark.filterwarnings("ignore:the masks lose")
@settings(max_examples=300, deadline=None)
@given(nets(wide=False), st.integers(0, 5))
def test_narrow_and_random_masks_never_leak_and_losses_are_counted(given_net, seed):
    dim, order, context_dim, hidden = given_net
    net = MaskedNet(dim, 1, hidden, order=order, context_dim=context_dim, mask_seed=seed)
    inputs = np.concatenate([net.degrees, np.zeros(context_dim, int)])
    allowed = net.degrees[:, None] > inputs
    paths = np.linalg.multi_dot(
        [np.eye(len(inputs)), *[m.astype(float) for m in net.masks], np.eye(dim)]
    ).T
    assert not (paths > 0)[~allowed].any()
    lost = (allowed & (paths == 0)).sum()
    assert lost_dependencies(net.masks, inputs, net.degrees) == (lost, allowed.sum())


@pytest.mark.filterwarnings("ignore:the masks lose")
@settings(max_examples=200, deadline=None)
@given(nets(wide=False), st.integers(0, 2**32 - 1))
def test_the_round_trip_holds_for_any_order_and_width(given_net, seed):
    dim, order, context_dim, hidden = given_net
    rng = np.random.default_rng(seed)
    layer = AffineAutoregressive(dim, hidden, order=order, context_dim=context_dim)
    params = random_params(layer, rng, 0.5)
    x = rng.standard_normal((4, dim))
    context = rng.standard_normal((4, context_dim)) if context_dim else None
    u, log_det = layer.x_to_u(params, x, context)
    back, log_det_back = layer.u_to_x(params, u, context)
    assert np.abs(back - x).max() < 1e-10 and np.abs(log_det + log_det_back).max() < 1e-10


@pytest.mark.parametrize("order", ([0, 1, 2, 3], [3, 2, 1, 0], [1, 2, 0, 3], [2, 0, 3, 1]))
@pytest.mark.parametrize("activation", ("relu", "tanh"))
def test_the_network_itself_depends_on_what_the_masks_say(order, activation):
    """Not the masks' product but the numeric Jacobian: of mu, of alpha, of u with its diagonal."""
    rng = np.random.default_rng(0)
    layer = AffineAutoregressive(4, (32, 32), order=order, activation=activation)
    params, x = random_params(layer, rng), rng.standard_normal((30, 4))
    for k in range(2):
        check_autoregressive(
            lambda z, k=k: layer.mu_alpha(params, z)[k], x, layer.net.degrees, diagonal="zero"
        )
    check_autoregressive(
        lambda z: layer.x_to_u(params, z)[0], x, layer.net.degrees, diagonal="nonzero"
    )


def test_the_check_finds_both_faults():
    degrees, x = np.array([1, 2, 3]), np.random.default_rng(0).standard_normal((5, 3))
    with pytest.raises(AssertionError, match="dependencies are missing"):
        check_autoregressive(lambda z: 0 * z, x, degrees)
    with pytest.raises(AssertionError, match="sees input"):
        check_autoregressive(lambda z: z[:, ::-1], x, degrees)
    with pytest.raises(AssertionError, match="sees input"):
        check_autoregressive(lambda z: z * np.nan, x, degrees)
    untrained = MADE(3)
    params = untrained.init(np.random.default_rng(0))
    with pytest.raises(AssertionError, match="3 of 3 dependencies are missing"):
        check_autoregressive(lambda z: untrained.net(params, z)[:, 0], x, degrees, diagonal="zero")


def test_the_order_is_not_its_inverse():
    """In the order 2, 0, 1 variable 2 comes first: its degree is 1. Mixing the two up shows only in
    a 3-cycle.
    """
    assert input_degrees([2, 0, 1]).tolist() == [2, 3, 1]
    found = dependency_matrix(MaskedNet(3, 1, (8,), order=[2, 0, 1]).masks)
    assert found.astype(int).tolist() == [[0, 0, 1], [1, 0, 1], [0, 0, 0]]


def test_even_degrees_in_narrow_layers_lose_few():
    """D = 784, H = 512: cyclic degrees 1, 2, ... would lose 12 % of the dependencies; evenly spread
    ones 0.1 %.
    """
    inputs = np.arange(1, 785)
    lost, allowed = lost_dependencies(
        made_masks(inputs, [hidden_degrees(512, 784)], inputs), inputs, inputs
    )
    cyclic = 1 + np.arange(512) % 783
    lost_cyclic, _ = lost_dependencies(made_masks(inputs, [cyclic], inputs), inputs, inputs)
    assert lost / allowed < 0.001 and 0.11 < lost_cyclic / allowed < 0.13


def test_lost_dependencies_warn_with_their_count():
    with pytest.warns(UserWarning, match=r"lose 2 of 10 dependencies \(20.0%\)"):
        MADE(5, hidden=(2,))
    with pytest.warns(UserWarning, match="lose"):
        # drawn at random, 31 units do not hit 29 degrees
        AffineAutoregressive(30, (31,), mask_seed=0)


@pytest.mark.parametrize(
    "width, highest, lowest", list(itertools.product((1, 2, 5, 31), (1, 2, 7), (0, 1)))
)
def test_hidden_degrees_are_spread_evenly(width, highest, lowest):
    even = hidden_degrees(width, highest, lowest)
    assert (np.diff(even) >= 0).all()
    assert even.min() == lowest
    assert even.max() < max(highest, lowest + 1)
    counts = np.bincount(even)[lowest:]
    if width >= highest:
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(
    "order, message",
    [
        ([0, 0, 1], r"permutation of 0..2, got \[0, 0, 1\]"),
        ([1, 2, 3], r"permutation of 0..2"),
        ([0, 1], r"permutation of 0..2"),
        ([0.0, 1.0, 2.0], r"permutation of 0..2"),
        ("backwards", '"natural", "reversed" or a permutation'),
    ],
)
def test_a_bad_order_is_one_line(order, message):
    with pytest.raises(ValueError, match=message):
        as_order(order, 3)
    with pytest.raises(ValueError, match=message):
        MADE(3, order=order)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(hidden=(0,)), "hidden width must be a whole number of at least 1, got 0"),
        (dict(hidden=(4, -1)), "at least 1, got -1"),
        (dict(hidden=64), r"sequence of widths such as \(64, 64\), got 64"),
        (dict(hidden=(2.5,)), "got 2.5"),
        (dict(activation="gelu"), "activation must be one of"),
        (dict(context_dim=-1), "context_dim must be a whole number of at least 0"),
    ],
)
def test_a_bad_net_is_one_line(arguments, message):
    with pytest.raises(ValueError, match=message):
        MADE(3, **arguments)
    with pytest.raises(ValueError, match="dim must be a whole number of at least 1, got 0"):
        MADE(0)
