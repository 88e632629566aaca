"""Fused kernels and the one-pass sampling against their definitions in plain autograd: values,
gradients, and beyond.
"""

import gc
import warnings
import weakref

import autograd.numpy as np
import pytest
from autograd import elementwise_grad, grad, jacobian
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.battery import BINARY, DENSITIES, FLOWS, LAYERS

import tinymaf as t
from tinymaf.checks import random_params
from tinymaf.definition import plain
from tinymaf.engine import chain, made, sampling
from tinymaf.engine.products import blocks, products_of
from tinymaf.engine.solve_order import solve_order_of
from tinymaf.engine.tape import Remembering
from tinymaf.nets import MaskedNet
from tinymaf.trees import leaves, map_tree

RNG = np.random.default_rng
ALL = {**LAYERS, **FLOWS, **DENSITIES, **BINARY}


def known(model):
    """Whether the engine knows the whole of a model, so that it needs no tape but one node."""
    if isinstance(model, t.OrderEnsemble):
        return all(map(known, model.members))
    if isinstance(model, t.MADE):
        return made.known(model) is not None
    if isinstance(model, t.Flow):
        return chain.known_flow(model) is not None
    found = chain.known_layers if isinstance(model, t.Chain) else chain.known
    return isinstance(model, t.Bijection) and found(model) is not None


FUSABLE = [name for name, maker in ALL.items() if known(maker(3, 0))]
TRAINED = {**FLOWS, **DENSITIES, **BINARY}
del TRAINED["standard normal"]


@pytest.fixture(autouse=True)
def narrow_nets_are_meant():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="the masks lose")
        # with D = 2, random orders may
        warnings.filterwarnings("ignore", message=".* share one order")
        yield


def close(a, b, rtol, atol):
    return all(
        np.allclose(p, q, rtol=rtol, atol=atol) for p, q in zip(leaves(a), leaves(b), strict=True)
    )


def case(name, dim, context_dim, seed):
    """A model, random parameters, rows and context; batch norm frozen."""
    rng = RNG([seed, dim, context_dim])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = ALL[name](dim, context_dim)
    x = rng.random((4, dim)) if name == "logit" else rng.standard_normal((4, dim))
    x = 1.0 * (x > 0) if name in BINARY else x
    context = rng.standard_normal((4, context_dim)) if model.context_dim else None
    return model, model.freeze(random_params(model, rng, 0.3), x, context), x, context


def summary(model, params, x, context):
    """One number that depends on everything the model computes from x."""
    if isinstance(model, t.Bijection):
        u, log_det = model.x_to_u(params, x, context)
        return np.sum(np.sin(u)) + np.sum(np.cos(log_det))
    return np.sum(np.sin(model.log_prob(params, x, context)))


def test_the_right_models_are_fused():
    # maf as a whole, the others in part
    assert {"maf", "iaf", "nice", "realnvp", "glow", "nsf"} & set(FUSABLE) == {"maf"}
    assert "affine coupling" in FUSABLE and "additive coupling" in FUSABLE
    assert {
        "made",
        "made, mixtures",
        "made, Bernoulli",
        "order ensemble",
        "order ensemble, Bernoulli",
    } <= set(FUSABLE)
    assert known(t.realnvp(2)) and not known(t.nsf(2)) and not known(t.maf(2, batch_norm=True))


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(sorted(ALL)), st.integers(1, 8), st.integers(0, 2), st.integers(0, 10**6))
def test_fused_and_plain_agree(name, dim, context_dim, seed):
    model, params, x, context = case(name, dim, context_dim, seed)

    def results():
        value = summary(model, params, x, context)
        of_x = grad(lambda x: summary(model, params, x, context))(x)
        of_params = grad(lambda p: summary(model, p, x, context))(params) if leaves(params) else ()
        of_context = (
            () if context is None else grad(lambda c: summary(model, params, x, c))(context)
        )
        return value, of_x, of_params, of_context

    fused = results()
    with plain():
        definition = results()
    assert fused[0] == pytest.approx(definition[0], rel=1e-12, abs=1e-12)
    for one, other in zip(fused[1:], definition[1:]):
        size = max([np.abs(leaf).max() for leaf in leaves(other) if leaf.size], default=0)
        assert close(one, other, 1e-8, 1e-10 * (1 + size))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(TRAINED)), st.integers(1, 8), st.integers(0, 2), st.integers(0, 10**6)
)
def test_a_step_without_a_tape_is_the_step_with_it(name, dim, context_dim, seed):
    model, params, x, context = case(name, dim, context_dim, seed)
    params = model.thaw(params)

    def step():
        trainer = t.Trainer(model, params, rng=RNG(0))
        before = trainer.flat.copy()
        losses = [
            trainer.step(rows, None if context is None else context[: len(rows)], lr=0.01)
            for rows in (x, x[:3])
        ]
        return losses, trainer.flat - before, trainer.grads

    fused = step()
    with plain():
        definition = step()
    assert fused[0] == pytest.approx(definition[0], rel=1e-11, abs=1e-11)
    size = np.abs(definition[2]).max() if definition[2].size else 0
    assert np.allclose(fused[2], definition[2], rtol=1e-7, atol=1e-9 * (1 + size))
    assert np.allclose(fused[1], definition[1], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("hidden", [(70, 300), (300, 300), (300,)])
@pytest.mark.parametrize("order", ["natural", "reversed", "shuffled"])
def test_they_agree_where_masks_are_cut_into_blocks(hidden, order):
    dim = 150
    order = RNG(0).permutation(dim) if order == "shuffled" else order
    layer = t.AffineAutoregressive(dim, hidden, order=order, context_dim=3)
    in_blocks = any(len(product.down) > 1 for product in products_of(layer.net))
    assert in_blocks or (len(hidden) == 1 and len(order) == dim)
    rng = RNG(1)
    params = random_params(layer, rng)
    x = rng.standard_normal((7, dim))
    context = rng.standard_normal((7, 3))

    def results():
        return layer.x_to_u(params, x, context), grad(lambda p: summary(layer, p, x, context))(
            params
        )

    fused = results()
    with plain():
        definition = results()
    assert close(fused, definition, 1e-9, 1e-11)


def test_many_points_through_finer_blocks_and_wide_mixtures():
    """Ways that narrow nets never take: `fine` blocks from 512 points on, and tiles, one for each
    of many outputs.
    """
    rng = RNG(2)
    made = t.MADE(60, (300, 300))
    second = products_of(made.net)[1]
    assert len(second.fine) > len(second.down) > 1
    wide = t.MADE(610, (70,), conditional=t.MixtureOfGaussians(2))
    assert len(products_of(wide.net)[1].down) == 6 * 4
    for model, n in ((made, 520), (wide, 5)):
        params, x = random_params(model, rng, 0.1), rng.standard_normal((n, model.dim))

        def results(model=model, params=params, x=x):
            trainer = t.Trainer(model, params)
            return (
                model.log_prob(params, x),
                trainer.loss(x, None, None),
                trainer.grads.copy(),
                grad(lambda x: summary(model, params, x, None))(x),
            )

        fused = results()
        with plain():
            definition = results()
        shown = np.concatenate(
            [np.append(mask, np.ones(mask.shape[1], bool)) for mask in model.net.masks]
        )
        assert not fused[2][~shown].any() and fused[2][shown].any()
        assert close(fused, definition, 1e-8, 1e-9)


def test_blocks_hold_every_entry_and_skip_where_it_pays():
    rng = RNG(0)
    for tiles, mask in [
        (1, MaskedNet(40, 1, (400, 400)).masks[1]),
        (2, MaskedNet(40, 2, (400,), order="reversed").masks[1]),
        (1, rng.random((200, 300)) < 0.5),
        (1, np.zeros((300, 200), bool)),
        (1, np.ones((2, 3), bool)),
    ]:
        rest = mask.copy()
        for columns, rows in blocks(mask, tiles):
            rest[rows, columns] = False
        assert not rest.any()
    skipping = blocks(MaskedNet(40, 1, (400, 400)).masks[1])
    work = sum(
        (rows.stop - rows.start) * (columns.stop - columns.start) for columns, rows in skipping
    )
    assert work < 0.7 * 400 * 400
    assert len(blocks(MaskedNet(2, 1, (64, 64)).masks[1])) == 1
    assert len(blocks(rng.random((200, 300)) < 0.5)) == 1


@pytest.mark.parametrize("n", [4096, 5000])
@pytest.mark.parametrize("threads", [1, 2])
def test_many_rows_go_through_in_chunks(n, threads, monkeypatch):
    from tinymaf.engine import runtime

    monkeypatch.setattr(runtime, "n_threads", lambda: threads)
    monkeypatch.setattr(runtime, "WORTH_THREADS", 1)
    flow, rng = t.maf(3, 2, (8,), context_dim=1), RNG(0)
    params = random_params(flow, rng)
    x = rng.standard_normal((n, 3))
    context = rng.standard_normal((n, 1))
    whole = (
        flow.log_prob(params, x, context),
        flow.bijection.x_to_u(params["bijection"], x, context),
    )
    for rows in (slice(0, 10), slice(2040, 2060), slice(n - 5, n)):
        part = flow.log_prob(params, x[rows], context[rows])
        assert np.allclose(whole[0][rows], part, rtol=1e-13, atol=1e-13)
        u, log_det = flow.bijection.x_to_u(params["bijection"], x[rows], context[rows])
        assert np.allclose(whole[1][0][rows], u) and np.allclose(whole[1][1][rows], log_det)


@pytest.mark.parametrize("name", ["maf", "affine coupling", "affine autoregressive", "made"])
def test_second_derivatives_go_through_the_definition(name):
    model, params, x, context = case(name, 3, 2, 5)

    def slope(x):
        return np.sum(np.sin(grad(lambda z: summary(model, params, z, context))(x)))

    def slope_of_params(p):
        return (
            np.sum(grad(lambda q: summary(model, q, x, context))(p)[-1][1] ** 2)
            if name == "made"
            else 0.0 * x[0, 0]
        )

    second = grad(slope)(x)
    with plain():
        assert np.allclose(second, grad(slope)(x), rtol=1e-9, atol=1e-11)
    assert np.abs(second).max() > 1e-3
    if name == "made":
        fused = grad(slope_of_params)(params)
        with plain():
            assert close(fused, grad(slope_of_params)(params), 1e-9, 1e-11)


def test_layers_of_one_s_own_mix_with_fused_ones():
    class Sinh(t.Bijection):
        """u = sinh(x), written in plain autograd by somebody who never heard of kernels."""

        dim = 3

        def x_to_u(self, params, x, context=None):
            return np.sinh(x), np.sum(np.log(np.cosh(x)), axis=1)

        def u_to_x(self, params, u, context=None):
            return np.arcsinh(u), -0.5 * np.sum(np.log1p(u**2), axis=1)

    coupling = t.AffineCoupling([True, False, True], (9,))
    flow = t.Flow(t.Chain([t.AffineAutoregressive(3, (9,)), Sinh(), coupling, Sinh()]))
    rng = RNG(0)
    params, x = random_params(flow, rng), 0.5 * rng.standard_normal((5, 3))
    fused = flow.log_prob(params, x), grad(lambda p: np.sum(flow.log_prob(p, x)))(params)
    with plain():
        definition = flow.log_prob(params, x), grad(lambda p: np.sum(flow.log_prob(p, x)))(params)
    assert close(fused, definition, 1e-10, 1e-12)


@pytest.mark.parametrize("name", ["maf", "realnvp", "affine autoregressive", "made", "iaf"])
def test_gradients_of_float32_models_are_float32(name):
    model, params, x, context = case(name, 5, 2, 0)
    params, x, context = (
        map_tree(lambda a: a.astype(np.float32), part) for part in (params, x, context)
    )
    gradient = grad(lambda p: summary(model, p, x, context))(params)
    assert {leaf.dtype for leaf in leaves(gradient)} == {np.dtype(np.float32)}


def test_one_way_back_does_not_spoil_the_next():
    """A Jacobian walks the same tape once a row; two forwards may precede one backward."""
    flow = t.maf(3, 2, (8,))
    params, x = random_params(flow, RNG(0)), RNG(1).standard_normal((4, 3))
    rows = jacobian(lambda x: flow.log_prob(params, x))(x)
    gradients = elementwise_grad(lambda x: flow.log_prob(params, x))(x)
    assert np.allclose(rows[np.arange(4), np.arange(4)], gradients)
    assert np.allclose(rows[0, 1:], 0)
    both = grad(lambda p: np.sum(flow.log_prob(p, x)) - np.sum(flow.log_prob(p, x)))(params)
    assert all((leaf == 0).all() for leaf in leaves(both))


def test_what_the_way_back_needs_is_forgotten_with_the_result():
    seen = []

    class Canary:
        pass

    class Watched(Remembering):
        def __init__(self, *args):
            self.canary = Canary()
            seen.append(weakref.ref(self.canary))

    flow = t.maf(2, 2, (8,))
    params, x = flow.init(RNG(0)), np.ones((3, 2))
    original, chain.Remembering = chain.Remembering, Watched
    try:
        from autograd.builtins import SequenceBox, TupleVSpace

        SequenceBox.register(Watched)
        TupleVSpace.register(Watched)
        grad(lambda p: np.sum(flow.log_prob(p, x)))(params)
    finally:
        chain.Remembering = original
    gc.collect()
    assert seen and all(ref() is None for ref in seen)


# The sampler


@st.composite
def layers(draw):
    dim = draw(st.integers(1, 12))
    hidden = tuple(draw(st.lists(st.integers(1, 2 * dim + 3), max_size=3)))
    options = {"order": draw(st.permutations(range(dim)))}
    if draw(st.booleans()):
        options = {"degrees": draw(st.lists(st.integers(1, dim), min_size=dim, max_size=dim))}
    seed = draw(st.none() | st.integers(0, 99))
    return t.AffineAutoregressive(
        dim,
        hidden,
        context_dim=draw(st.integers(0, 2)),
        mask_seed=seed,
        activation=draw(st.sampled_from(["relu", "tanh"])),
        **options,
    )


@settings(max_examples=250, deadline=None)
@given(layers(), st.integers(0, 10**6))
def test_the_one_pass_inverse_is_that_of_d_passes(layer, seed):
    rng = RNG(seed)
    params, u = random_params(layer, rng, 0.4), rng.standard_normal((3, layer.dim))
    context = rng.standard_normal((3, layer.context_dim)) if layer.context_dim else None
    once = layer.u_to_x(params, u, context)
    with plain():
        textbook = layer.u_to_x(params, u, context)
    assert close(once, textbook, 1e-12, 1e-12)


@settings(max_examples=100, deadline=None)
@given(layers(), st.integers(0, 10**6))
def test_its_gradient_is_that_of_d_taped_passes(layer, seed):
    rng = RNG(seed)
    params, u = random_params(layer, rng, 0.4), rng.standard_normal((3, layer.dim))
    context = rng.standard_normal((3, layer.context_dim)) if layer.context_dim else None

    def value(p, u, context):
        x, log_det = layer.u_to_x(p, u, context)
        return np.sum(np.sin(x)) + np.sum(np.cos(log_det))

    def gradients():
        found = [grad(value, 0)(params, u, context), grad(value, 1)(params, u, context)]
        return found if context is None else [*found, grad(value, 2)(params, u, context)]

    implicit = gradients()
    with plain():
        assert close(implicit, gradients(), 1e-8, 1e-10)


@pytest.mark.parametrize(
    "dim, hidden, order",
    [(43, (60, 50), "reversed"), (150, (170,), "natural"), (20, (), "natural")],
)
def test_it_is_exact_across_blocks_and_its_gradient_by_finite_differences(dim, hidden, order):
    layer = t.AffineAutoregressive(dim, hidden, order=order, context_dim=2)
    assert len(solve_order_of(layer.net).blocks) < dim
    rng = RNG(dim)
    params = random_params(layer, rng, 0.3)
    u = rng.standard_normal((2, dim))
    context = rng.standard_normal((2, 2))
    once = layer.u_to_x(params, u, context)
    with plain():
        assert close(once, layer.u_to_x(params, u, context), 1e-11, 1e-11)

    def value(p, u):
        x, log_det = layer.u_to_x(p, u, context)
        return np.sum(np.sin(x)) + np.sum(log_det**2)

    of_params, of_u = grad(value)(params, u), grad(value, 1)(params, u)
    direction = map_tree(lambda a: rng.standard_normal(a.shape), params)
    du, h = rng.standard_normal(u.shape), 1e-7
    numeric = (
        value(map_tree(lambda a, d: a + h * d, params, direction), u + h * du)
        - value(map_tree(lambda a, d: a - h * d, params, direction), u - h * du)
    ) / (2 * h)
    exact = sum(np.vdot(g, d) for g, d in zip(leaves(of_params), leaves(direction))) + np.vdot(
        of_u, du
    )
    assert exact == pytest.approx(numeric, rel=1e-5)


@pytest.mark.parametrize(
    "conditional",
    [t.Gaussian(), t.MixtureOfGaussians(3), t.Bernoulli()],
    ids=["gaussian", "mixture", "bernoulli"],
)
def test_every_head_samples_the_same_in_one_pass(conditional):
    made = t.MADE(9, (20, 15), order=RNG(0).permutation(9), conditional=conditional, context_dim=2)
    params, context = random_params(made, RNG(1), 0.5), RNG(2).standard_normal((50, 2))
    once = made.sample(params, RNG(3), 50, context)
    with plain():
        assert np.allclose(once, made.sample(params, RNG(3), 50, context), rtol=1e-11, atol=1e-11)


def test_each_hidden_unit_is_computed_once(monkeypatch):
    """The multiply-adds of one masked pass, counted: D passes would be D times as many."""
    layer = t.AffineAutoregressive(24, (60, 60))
    count, product = 0, sampling._product

    def counting(w, rows, columns, h, out=None):
        nonlocal count
        result = product(w, rows, columns, h, out)
        count += len(h[rows]) * len(result)
        return result

    monkeypatch.setattr(sampling, "_product", counting)
    layer.u_to_x(random_params(layer, RNG(0)), np.zeros((1, 24)))
    dense = 24 * 60 + 60 * 60 + 60 * 48
    assert 0.3 * dense < count <= dense
