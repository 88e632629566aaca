"""What once gave wrong numbers without a word: other models' parameters, other runs' checkpoints,
masked data, batches without a variance.
"""

import os
import stat
import warnings

import numpy as np
import pytest
import scipy.sparse

import tinymaf as t
from tinymaf.definition import plain
from tinymaf.structure import Structure, register
from tinymaf.variational import log_weights

RNG = np.random.default_rng
X = RNG(0).standard_normal((60, 4))
WIDE, NARROW = (16,), (8,)

# (a) Parameters of another model

TWINS = {  # one model, and another one of the same layers
    "maf, width": (t.maf(4, 2, WIDE), t.maf(4, 2, NARROW)),
    "maf, depth of the nets": (t.maf(4, 2, (8, 8)), t.maf(4, 2, (8,))),
    "maf, layers": (t.maf(4, 2, WIDE), t.maf(4, 3, WIDE)),
    "maf, context": (t.maf(4, 2, WIDE), t.maf(4, 2, WIDE, context_dim=1)),
    "maf, variables": (t.maf(4, 2, WIDE), t.maf(5, 2, WIDE)),
    "maf, batch norm": (t.maf(4, 1, WIDE), t.maf(4, 1, WIDE, batch_norm=True)),
    "maf_mog, components": (
        t.maf_mog(4, 1, WIDE, components=3),
        t.maf_mog(4, 1, WIDE, components=2),
    ),
    "maf for maf_mog": (t.maf(4, 1, WIDE), t.maf_mog(4, 1, WIDE)),
    "iaf, width": (t.iaf(4, 2, WIDE), t.iaf(4, 2, NARROW)),
    "nsf, bins": (t.nsf(4, 1, WIDE, bins=4), t.nsf(4, 1, WIDE, bins=5)),
    "realnvp, width": (t.realnvp(4, 2, WIDE), t.realnvp(4, 2, NARROW)),
    "realnvp, two nets": (t.realnvp(4, 2, WIDE), t.realnvp(4, 2, WIDE, scale_activation="tanh")),
    "glow, width": (t.glow(4, 2, WIDE), t.glow(4, 2, NARROW)),
    "nice, layers": (t.nice(4, 2, WIDE), t.nice(4, 3, WIDE)),
    "MADE, width": (t.MADE(4, WIDE), t.MADE(4, NARROW)),
    "MADE, head": (t.MADE(4, WIDE), t.MADE(4, WIDE, conditional=t.MixtureOfGaussians(2))),
    "ensemble, width": (t.OrderEnsemble(4, 2, WIDE), t.OrderEnsemble(4, 2, NARROW)),
    "ActNorm": (
        t.Flow(t.Chain([t.ActNorm(4), t.AffineAutoregressive(4, NARROW)])),
        t.Flow(t.Chain([t.Scale(4), t.AffineAutoregressive(4, NARROW)])),
    ),
}
VAES = t.VAE(4, 2, WIDE, likelihood="gaussian"), t.VAE(4, 3, WIDE, likelihood="gaussian")


def every_use(model, params, x):
    """{name: a call} of all that a model does with parameters."""
    context = np.zeros((len(x), model.context_dim)) if model.context_dim else None
    calls = {
        "log_prob": lambda: model.log_prob(params, x, context),
        "sample": lambda: model.sample(params, RNG(0), 3, context and context[:3]),
        "fit": lambda: t.fit(model, x, rng=RNG(0), params=params, epochs=1, progress=False),
        "Trainer": lambda: t.Trainer(model, params),
        "save": lambda: t.save(os.devnull, model, params),
    }
    if isinstance(model, t.Flow):
        calls["to_noise"] = lambda: model.to_noise(params, x)
        calls["sample_and_log_prob"] = lambda: model.sample_and_log_prob(params, RNG(0), 3)
        calls["freeze"] = lambda: model.freeze(params, x)
    return calls


@pytest.mark.parametrize("way", ["engine", "definitions"])
@pytest.mark.parametrize("name", TWINS)
def test_parameters_of_another_model_are_refused_by_every_use(name, way):
    for right, other in (TWINS[name], TWINS[name][::-1]):
        if right.context_dim:
            continue
        params = other.init(RNG(1))
        params = params if isinstance(params, dict) else list(params)
        for use, call in every_use(right, params, RNG(2).standard_normal((9, right.dim))).items():
            with pytest.raises(ValueError, match="^params are not") as raised:
                if way == "definitions":
                    with plain():
                        call()
                else:
                    call()
            assert "\n" not in str(raised.value), use


def test_the_layers_alone_refuse_them_too():
    right, other = (flow.bijection for flow in TWINS["maf, width"])
    params = other.init(RNG(0))
    for call in (
        lambda: right.x_to_u(params, X),
        lambda: right.u_to_x(params, X),
        lambda: right.steps(params, X),
        lambda: right.layers[0].mu_alpha(params[0], X),
        lambda: right.layers[0].net(params[0], X),
    ):
        with pytest.raises(ValueError, match="params are not those of this model"):
            call()


def test_a_vae_and_variational_inference_refuse_them_too():
    vae, other = VAES
    params = other.init(RNG(0))
    for call in (
        lambda: vae.elbo(params, X, RNG(0)),
        lambda: vae.importance_bound(params, X, RNG(0), 2),
        lambda: vae.encode(params, X),
        lambda: vae.decode(params, np.zeros((2, 2))),
        lambda: vae.sample(params, RNG(0), 2),
        lambda: t.fit(vae, X, rng=RNG(0), params=params, epochs=1, progress=False),
    ):
        with pytest.raises(ValueError, match="params are not those of this model"):
            call()
    flow, wrong = t.iaf(4, 2, WIDE), t.iaf(4, 2, NARROW).init(RNG(0))

    def log_target(x):
        return -np.sum(x**2, axis=1)

    for call in (
        lambda: log_weights(flow, wrong, log_target, X),
        lambda: t.fit_reverse_kl(flow, log_target, rng=RNG(0), params=wrong, steps=1),
    ):
        with pytest.raises(ValueError, match="params are not those of this model"):
            call()


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: {**p, "more": ()},
        lambda p: {"bijection": p["bijection"]},
        lambda p: p["bijection"],
        lambda p: {**p, "bijection": {}},
        lambda p: {**p, "bijection": [*p["bijection"][:1], [1.0, 2.0]]},
        lambda p: {
            **p,
            "bijection": [p["bijection"][0], [(w, b[None]) for w, b in p["bijection"][1]]],
        },
        lambda p: {**p, "bijection": [p["bijection"][0], [(w.T, b) for w, b in p["bijection"][1]]]},
        lambda p: {
            **p,
            "bijection": [p["bijection"][0], [(w, list(b)) for w, b in p["bijection"][1]]],
        },
    ],
)
def test_a_damaged_tree_is_refused(damage):
    flow = t.maf(4, 2, NARROW)
    with pytest.raises(ValueError, match="params"):
        flow.log_prob(damage(flow.init(RNG(0))), X)


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, int, complex, object])
def test_a_model_computes_in_float32_or_float64(dtype):
    made = t.MADE(4, NARROW)
    params = [tuple(a.astype(dtype) for a in layer) for layer in made.init(RNG(0))]
    with pytest.raises(ValueError, match="params must hold arrays of float32 or float64"):
        made.log_prob(params, X)
    (w, b), last = made.init(RNG(0))
    with pytest.raises(ValueError, match="expected an array of shape .* dtype float64, got .*32"):
        made.log_prob([(w, b.astype(np.float32)), last], X)


def test_what_a_learner_makes_is_taken_as_it_is():
    """Their parameters may depend on the data, so only the library's own are looked at."""

    class Knots(t.Bijection):
        dim = 4

        def init(self, rng, x=None, dtype=float):
            return {"knots": np.zeros(3 if x is None else len(x), dtype)}

        def x_to_u(self, params, x, context=None):
            return x + params["knots"].sum(), np.zeros(len(x))

        def u_to_x(self, params, u, context=None):
            return u - params["knots"].sum(), np.zeros(len(u))

    class Extra(t.AffineAutoregressive):
        def init(self, rng, x=None, dtype=float):
            return {"net": super().init(rng, x, dtype), "extra": np.ones(1)}

        def x_to_u(self, params, x, context=None):
            u, log_det = super().x_to_u(params["net"], x, context)
            return u * params["extra"], log_det

    flow = t.Flow(t.Chain([Knots(), t.ActNorm(4), Extra(4, NARROW)]))
    assert flow.log_prob(flow.init(RNG(0), X), X).shape == (60,)


def test_a_learners_parameters_may_be_plain_numbers():
    class Shift(t.Bijection):
        dim = 4

        def init(self, rng, x=None, dtype=float):
            return {"by": 2, "name": None}

        def x_to_u(self, params, x, context=None):
            return x - params["by"], np.zeros(len(x))

        def u_to_x(self, params, u, context=None):
            return u + params["by"], np.zeros(len(u))

    flow = t.Flow(Shift())
    params = flow.init(RNG(0))
    np.testing.assert_allclose(
        flow.log_prob(params, X), t.StandardNormal(4).log_prob((), X - 2), atol=1e-12
    )
    mixed = t.Flow(t.Chain([Shift(), t.AffineAutoregressive(4, NARROW)]))
    for dtype in (np.float32, np.float64):
        assert mixed.log_prob(mixed.init(RNG(0), dtype=dtype), X.astype(dtype)).shape == (60,)


def test_a_fit_is_no_tree_of_parameters():
    flow = t.maf(4, 1, NARROW)
    result = t.fit(flow, X, rng=RNG(0), epochs=1, progress=False)
    for call in (
        lambda: flow.log_prob(result, X),
        lambda: flow.sample(result, RNG(0), 2),
        lambda: t.Trainer(flow, result),
    ):
        with pytest.raises(TypeError, match=r"got a Fit: pass its \.params"):
            call()


# (b) Checkpoints of another run

OTHER = {
    "x": {"x": X + 1e-9},
    "x, fewer rows": {"x": X[:-1]},
    "dtype": {"x": X.astype(np.float32), "x_val": X[:30].astype(np.float32)},
    "x_val": {"x_val": X[:30] + 1},
    "no x_val": {"x_val": None},
    "lr": {"lr": 2e-3},
    "batch_size": {"batch_size": 21},
    "schedule": {"schedule": "cosine"},
    "weight_decay": {"weight_decay": 1e-5},
    "clip_norm": {"clip_norm": None},
    "params": {"params": t.maf(4, 2, NARROW).init(RNG(3))},
    "rng": {"rng": RNG(4)},
    "epochs, fewer": {"epochs": 1},
}


def run(path, **changes):
    options = {"x": X, "x_val": X[:30], "rng": RNG(0), "epochs": 2, "batch_size": 20, "lr": 1e-3}
    options.update(changes)
    return t.fit(t.maf(4, 2, NARROW), **options, checkpoint=path, progress=False)


@pytest.mark.parametrize("name", OTHER)
def test_a_checkpoint_is_of_one_run(tmp_path, name):
    run(tmp_path / "run")
    before = (tmp_path / "run").read_bytes()
    with pytest.raises(ValueError, match=name.split(",")[0].removeprefix("no ")) as raised:
        run(tmp_path / "run", **OTHER[name])
    assert "\n" not in str(raised.value) and "run" in str(raised.value)
    assert (tmp_path / "run").read_bytes() == before


def test_a_context_and_a_function_are_looked_at_too(tmp_path):
    flow, c = t.maf(4, 1, NARROW, context_dim=1), X[:, :1]
    options = {"rng": RNG(0), "epochs": 1, "progress": False, "checkpoint": tmp_path / "run"}
    t.fit(flow, X, c, **options)
    with pytest.raises(ValueError, match="other context"):
        t.fit(flow, X, c + 1, **options)
    with pytest.raises(ValueError, match="other context, other x"):
        t.fit(flow, lambda rng: (X, c), **options)


def test_a_generator_that_nobody_seeded_may_go_on(tmp_path):
    run(tmp_path / "run", rng=RNG())
    assert len(run(tmp_path / "run", rng=RNG(), epochs=3).history) == 3
    assert len(run(tmp_path / "run", rng=RNG(7), epochs=4).history) == 4


# (c) What is no array of numbers


def quietly(make, x):
    """NumPy's matrices warn whoever makes one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return make(x)


CONTAINERS = {
    "a list": lambda x: x.tolist(),
    "a matrix": lambda x: quietly(np.matrix, x),
    "an array of a subclass": lambda x: x.view(np.recarray),
    "masked, with nothing masked": lambda x: np.ma.masked_array(x, np.zeros(x.shape, bool)),
    "Fortran's order": np.asfortranarray,
    "every other row of a view": lambda x: np.repeat(x, 2, axis=0)[::2],
    "big-endian": lambda x: x.astype(">f8"),
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_other_containers_of_numbers_give_the_same(name):
    flow = t.maf(4, 2, NARROW)
    params, other = flow.init(RNG(0)), CONTAINERS[name](X)
    found = flow.log_prob(params, other)
    np.testing.assert_array_equal(found, flow.log_prob(params, X))
    assert type(found) is np.ndarray and found.dtype == np.float64
    one, two = (
        t.fit(flow, x, rng=RNG(0), epochs=1, progress=False).params
        for x in (X, CONTAINERS[name](X))
    )
    np.testing.assert_array_equal(one["bijection"][1][0][0], two["bijection"][1][0][0])


class Frame:
    """As other libraries' tables and tensors do it."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


class Tensor:
    """As a tensor that records gradients."""

    dtype = "float32"

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on a Tensor that requires grad.\nUse detach().")


REFUSED = {
    "masked": (np.ma.masked_less(X, 0), TypeError, "masked values.*fill them in"),
    "masked, one value": (np.ma.masked_array(X, X == X.max()), TypeError, "1 masked values"),
    "sparse": (scipy.sparse.csr_matrix(X), TypeError, "toarray"),
    "a sparse array": (scipy.sparse.coo_array(X), TypeError, "toarray"),
    "complex": (X + 0j, TypeError, "complex128"),
    "words": (np.full((3, 4), "1.0"), TypeError, "dtype <U3"),
    "objects": (X.astype(object), TypeError, "dtype object"),
    "a tensor": (Tensor(), TypeError, "got Tensor: .*requires grad"),
    "ragged": ([[1.0], [1.0, 2.0]], TypeError, "got list: "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_lost_on_the_way_is_refused(name):
    value, kind, message = REFUSED[name]
    flow, conditional = t.maf(4, 1, NARROW), t.maf(4, 1, NARROW, context_dim=4)
    params, given = flow.init(RNG(0)), conditional.init(RNG(0))
    for argument, call in {
        "x": lambda: flow.log_prob(params, value),
        "x_val": lambda: t.fit(flow, X, rng=RNG(0), x_val=value, epochs=1),
        "context": lambda: conditional.log_prob(given, X, value),
        "u": lambda: flow.bijection.u_to_x(params["bijection"], value),
    }.items():
        with pytest.raises(kind, match=f"^{argument} .*{message}") as raised:
            call()
        assert "\n" not in str(raised.value)
    with pytest.raises(kind, match=message):
        t.Trainer(flow, params).step(value)


def test_a_table_of_another_library_is_converted():
    flow = t.maf(4, 1, NARROW)
    params = flow.init(RNG(0))
    np.testing.assert_array_equal(flow.log_prob(params, Frame(X)), flow.log_prob(params, X))


@pytest.mark.parametrize("given, computed", [("float16", "float32"), ("longdouble", "float64")])
def test_other_precisions_are_computed_in_the_next_one(tmp_path, given, computed):
    x = (10 * X).astype(given)
    flow = t.maf(4, 1, NARROW)
    result = t.fit(
        flow, x, rng=RNG(0), epochs=3, lr=1e-2, checkpoint=tmp_path / "run", progress=False
    )
    assert np.isfinite(result.column("train")).all() and len(result.history) == 3
    assert flow.log_prob(result.params, x).dtype == computed


# (d) Batch norm needs a variance


def test_batch_norm_refuses_what_has_no_variance():
    flow = t.maf(4, 2, NARROW, batch_norm=True)
    params = flow.init(RNG(0))
    with pytest.raises(ValueError, match="batch_size must be at least 2 for batch norm"):
        t.fit(flow, X, rng=RNG(0), batch_size=1, epochs=1)
    for call in (
        lambda: t.fit(flow, X[:1], rng=RNG(0), epochs=1),
        lambda: t.Trainer(flow, params).step(X[:1]),
        lambda: flow.log_prob(params, X[:1]),
        lambda: t.BatchNorm(4).x_to_u(t.BatchNorm(4).init(RNG(0)), X[:1]),
    ):
        with pytest.raises(ValueError, match="two rows"):
            call()
    assert flow.log_prob(flow.freeze(params, X), X[:1]).shape == (1,), "its own are there"
    single = flow.freeze(params, X.astype(np.float32))
    assert {a.dtype.name for a in single["bijection"][1].values()} == {"float64"}


# (e) One step checks what it is given


@pytest.mark.parametrize(
    "given, kind, message",
    [
        (dict(x=X, context=X[:, :1]), ValueError, "context was given"),
        (dict(x=X[:, :3]), ValueError, r"x must have shape \(N, 4\)"),
        (dict(x=X[:0]), ValueError, "at least one row"),
        (dict(x=X + 0j), TypeError, "complex"),
        (dict(x=np.full((2, 4), np.nan)), ValueError, "not finite"),
        (dict(x=X, lr=-1e-3), ValueError, "lr must be"),
        (dict(x=X, lr="fast"), ValueError, "lr must be"),
    ],
)
def test_a_step_names_the_mistake_and_changes_nothing(given, kind, message):
    trainer = t.Trainer(t.maf(4, 1, NARROW), t.maf(4, 1, NARROW).init(RNG(0)))
    before = trainer.flat.copy()
    with pytest.raises(kind, match=message):
        trainer.step(**given)
    np.testing.assert_array_equal(trainer.flat, before)


def test_a_conditional_step_misses_its_context():
    flow = t.maf(4, 1, NARROW, context_dim=1)
    with pytest.raises(ValueError, match="context is missing"):
        t.Trainer(flow, flow.init(RNG(0))).step(X)


# (f) Variables that nothing moves


STAY = [True, False, True]


@pytest.mark.parametrize(
    "make, names",
    [
        (lambda: t.realnvp(2, 1), r"\[0\]"),
        (lambda: t.nice(3, 1), r"\[0, 2\]"),
        (lambda: t.nsf(3, 1, coupling=True), r"\[0, 2\]"),
        (lambda: t.Flow(t.Chain([t.AffineCoupling([False, True]) for _ in range(3)])), r"\[1\]"),
        (
            lambda: t.Flow(
                t.Chain([t.AffineCoupling([True, True, False]), t.Permute([1, 0, 2])] * 2)
            ),
            r"\[0, 1\]",
        ),
        (lambda: t.Flow(t.Inverse(t.AffineCoupling([True, False]))), r"\[0\]"),
        (
            lambda: t.Flow(
                t.Chain(
                    [
                        t.Inverse(t.Chain([t.Permute([1, 2, 0]), t.AffineCoupling(STAY)])),
                        t.AffineCoupling([True, True, False]),
                    ]
                )
            ),
            r"\[0, 2\]",
        ),
    ],
)
def test_a_variable_that_no_coupling_moves_is_named(make, names):
    with pytest.warns(UserWarning, match=f"variables {names} are moved by no coupling"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: t.realnvp(2, 2),
        lambda: t.realnvp(5, 3, batch_norm=True),
        lambda: t.glow(3, 1),
        lambda: t.maf(3, 1),
        lambda: t.Flow(t.Chain([t.AffineCoupling([True, False]), t.Permute([1, 0])] * 2)),
        lambda: t.Flow(t.AffineCoupling([True, False]), t.MADE(2)),
    ],
)
def test_where_all_are_moved_there_is_no_warning(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make()


# (g) Smaller ones


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_logit_without_a_margin_has_no_ends(value):
    with pytest.raises(ValueError, match="both excluded where a is 0"):
        t.Logit(1, a=0.0).x_to_u((), np.array([[0.5], [value]]))
    for a in (1e-6, 0.05):
        for dtype in (np.float32, np.float64):
            u, log_det = t.Logit(1, a=a).x_to_u((), np.array([[value]], dtype))
            assert np.isfinite(u).all() and np.isfinite(log_det).all()


def test_the_logit_takes_what_it_gave():
    layer = t.Logit(1)
    u = np.linspace(-60, 60, 241, dtype=np.float32)[:, None]
    x, _ = layer.u_to_x((), u)
    again, log_det = layer.x_to_u((), x)
    assert np.isfinite(again).all() and np.isfinite(log_det).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sharp_splines_give_numbers_in_both_directions(dtype):
    spline = t.RationalQuadratic(8)
    worst = 0.0
    for seed in range(60):
        rng = RNG(seed)
        shape = (200, spline.n_params, 2)
        theta = (rng.choice([1, 5, 20, 60]) * rng.standard_normal(shape)).astype(dtype)
        u = rng.uniform(-5, 5, (200, 2)).astype(dtype)
        x, log_slope = spline.u_to_x(theta, u)
        back, minus = spline.x_to_u(theta, x)
        for a in (x, log_slope, back, minus):
            assert np.isfinite(a).all() and a.dtype == dtype
        worst = max(worst, np.abs(back - u).max())
    assert worst < (1e-10 if dtype is np.float64 else 5e-2)


def test_a_cell_with_a_class_may_run_twice():
    cell = (
        "@register\nclass Twice(Permute):\n    def __init__(self):\n"
        "        super().__init__([1, 0])\n"
    )
    for _ in range(2):
        space = {"register": register, "Permute": t.Permute, "__name__": "__main__"}
        exec(cell, space)
        assert Structure.known["Twice"] is space["Twice"]
    del Structure.known["Twice"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_file_keeps_its_mode(tmp_path, mode):
    path, made = tmp_path / "made", t.MADE(2, NARROW)
    t.save(path, made, made.init(RNG(0)))
    path.chmod(mode)
    t.save(path, made, made.init(RNG(1)))
    assert stat.S_IMODE(path.stat().st_mode) == mode
    np.testing.assert_array_equal(t.load(path)[1][0][0], made.init(RNG(1))[0][0])
