"""Every mistake is one line that names the argument: thousands of them, at every public name."""

import os
import warnings

import numpy as np
import pytest
import scipy.sparse

import tinymaf as t
from tinymaf import checks, masks, uses, variational
from tinymaf.datasets import TOYS
from tinymaf.nets import MLP, MaskedNet
from tinymaf.structure import register

RNG = np.random.default_rng
X, CONTEXT = RNG(0).standard_normal((20, 3)), RNG(1).standard_normal((20, 2))
LONGEST = 300  # letters of a message


class Odd:
    """What no function takes, and whose `repr` is two lines."""

    def __repr__(self):
        return "an odd\nthing"


def a_matrix():
    with warnings.catch_warnings():  # NumPy warns whoever makes one
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.matrix(np.eye(4))


BAD = {
    "None": None,
    "True": True,
    "minus one": -1,
    "zero": 0,
    "a half": 1.5,
    "nan": float("nan"),
    "infinity": float("inf"),
    "a word": "abc",
    "a long word": "x" * 500,
    "bytes": b"ab",
    "an empty list": [],
    "an empty tuple": (),
    "an empty dict": {},
    "odd": Odd(),
    "a function": lambda *args: 0,
    "a class": int,
    "a NumPy class": np.float16,
    "an ellipsis": ...,
    "a set": {1, 2},
    "a generator": RNG(0),
    "an array without axes": np.array(3.0),
    "a row": np.zeros(2),
    "two rows": np.zeros((2, 3)),
    "three axes": np.zeros((2, 2, 2)),
    "a large array": np.arange(4000.0).reshape(80, 50),
    "whole numbers": np.arange(15).reshape(5, 3),
    "complex": np.zeros((5, 3), complex),
    "letters": np.full((5, 3), "a"),
    "objects": np.full((5, 3), None),
    "booleans": np.ones((5, 3), bool),
    "dates": np.array(["2020-01-01"], "M8[D]"),
    "ragged": [[1.0], [1.0, 2.0]],
    "not finite": np.full((5, 3), np.nan),
    "masked": np.ma.masked_array(np.zeros((5, 3)), np.eye(5, 3)),
    "sparse": scipy.sparse.csr_matrix(np.eye(3)),
    "a matrix": a_matrix(),
    "a long list": list(range(1000)),
    "negative numbers": [-1, -2],
    "halves": [1.5, 2.5],
    "words": ["a", "b"],
    "nested": [[[]]],
}


def log_target(x):
    return -0.5 * np.sum(x**2, axis=1)


def constructors():
    net = {"hidden": (8,), "context_dim": 0, "activation": "relu"}
    orders = {"dim": 3, "n_layers": 2, "orders": "reversed", "alpha_bound": 5.0, **net}
    masked = {"dim": 3, "order": "natural", "degrees": None, "mask_seed": None, **net}
    mask = {"mask": [True, False, True], **net}
    return {
        "maf": (t.maf, {**orders, "batch_norm": False, "rng": RNG(0)}),
        "maf_mog": (t.maf_mog, {**orders, "components": 2, "batch_norm": False, "rng": None}),
        "iaf": (t.iaf, orders),
        "nice": (t.nice, {"dim": 3, "n_layers": 2, **net}),
        "realnvp": (
            t.realnvp,
            {"dim": 3, "n_layers": 2, "alpha_bound": 5.0, "scale_activation": "tanh", **net},
        ),
        "glow": (t.glow, {"dim": 3, "n_layers": 2, "alpha_bound": 5.0, **net}),
        "nsf": (
            t.nsf,
            {"dim": 3, "orders": "same", "bins": 4, "limit": 5.0, "coupling": False, **net},
        ),
        "MADE": (t.MADE, {**masked, "conditional": t.Gaussian()}),
        "OrderEnsemble": (
            t.OrderEnsemble,
            {"dim": 3, "members": 2, "seed": 0, "fresh_masks": True, **net},
        ),
        "Autoregressive": (t.Autoregressive, {**masked, "elementwise": t.Affine()}),
        "AffineAutoregressive": (t.AffineAutoregressive, {**masked, "alpha_bound": 5.0}),
        "SplineAutoregressive": (t.SplineAutoregressive, {**masked, "bins": 4, "limit": 5.0}),
        "Coupling": (t.Coupling, {**mask, "elementwise": t.Affine(), "scale_activation": None}),
        "AffineCoupling": (t.AffineCoupling, {**mask, "alpha_bound": None}),
        "AdditiveCoupling": (t.AdditiveCoupling, mask),
        "SplineCoupling": (t.SplineCoupling, {**mask, "bins": 4, "limit": 5.0}),
        "alternating_mask": (t.alternating_mask, {"dim": 3, "k": 1}),
        "Permute": (t.Permute, {"order": [2, 0, 1]}),
        "Inverse": (t.Inverse, {"bijection": t.Permute([1, 0])}),
        "Chain": (t.Chain, {"layers": [t.Permute([1, 0])]}),
        "Flow": (t.Flow, {"bijection": t.Permute([1, 0]), "base": t.StandardNormal(2)}),
        "StandardNormal": (t.StandardNormal, {"dim": 3}),
        "Scale": (t.Scale, {"dim": 3}),
        "ActNorm": (t.ActNorm, {"dim": 3}),
        "BatchNorm": (t.BatchNorm, {"dim": 3, "eps": 1e-5}),
        "LULinear": (t.LULinear, {"dim": 3, "order": "reversed"}),
        "Logit": (t.Logit, {"dim": 3, "a": 0.05}),
        "Affine": (t.Affine, {"alpha_bound": 5.0}),
        "RationalQuadratic": (t.RationalQuadratic, {"bins": 4, "limit": 5.0}),
        "MixtureOfGaussians": (t.MixtureOfGaussians, {"components": 3, "alpha_bound": 5.0}),
        "VAE": (
            t.VAE,
            {"dim": 3, "latent": 2, "hidden": (8,), "likelihood": "gaussian", "posterior": None}
            | {"prior": None, "scale": 1.0, "activation": "relu"},
        ),
    }


def models():
    return {
        "maf": t.maf(3, 2, (8,)),
        "a conditional maf": t.maf(3, 2, (8,), context_dim=2),
        "nsf": t.nsf(3, 1, (8,), bins=4),
        "iaf": t.iaf(3, 1, (8,)),
        "glow": t.glow(3, 2, (8,)),
        "batch norm": t.maf(3, 2, (8,), batch_norm=True),
        "made": t.MADE(3, (8,)),
        "ensemble": t.OrderEnsemble(3, 2, (8,)),
        "maf_mog": t.maf_mog(3, 1, (8,), components=2),
    }


def methods():
    found = {}
    for name, model in models().items():
        params = model.init(RNG(0))
        context = {"context": CONTEXT if model.context_dim else None}
        if model.needs_statistics:
            found[f"{name}.freeze"] = model.freeze, {"params": params, "x": X, **context}
        params = model.freeze(params, X, context["context"])
        rows, draws = {"params": params, "x": X}, {"params": params, "rng": RNG(0), "n": 20}
        found[f"{name}.init"] = model.init, {"rng": RNG(0), "x": X, "dtype": float}
        found[f"{name}.log_prob"] = model.log_prob, {**rows, **context}
        found[f"{name}.sample"] = model.sample, {**draws, **context}
        found[f"{name}.thaw"] = model.thaw, {"params": params}
        if isinstance(model, t.Flow):
            layers, inner = model.bijection, {"params": params["bijection"]}
            found[f"{name}.to_noise"] = model.to_noise, {**rows, **context}
            found[f"{name}.sample_and_log_prob"] = model.sample_and_log_prob, {**draws, **context}
            found[f"{name}.x_to_u"] = layers.x_to_u, {**inner, "x": X, **context}
            found[f"{name}.u_to_x"] = layers.u_to_x, {**inner, "u": X, **context}
            found[f"{name}.steps"] = layers.steps, {**inner, "x": X, **context}
    vae = t.VAE(3, 2, (8,), likelihood="gaussian")
    rows = {"params": vae.init(RNG(0)), "x": X, "rng": RNG(0)}
    found["elbo"] = vae.elbo, {**rows, "n_samples": 1}
    found["importance_bound"] = vae.importance_bound, {**rows, "k": 2}
    found["encode"], found["reconstruct"] = (vae.encode, rows), (vae.reconstruct, rows)
    found["decode"] = vae.decode, {"params": rows["params"], "z": np.zeros((4, 2))}
    return found


def functions():
    flow, conditional = t.maf(3, 2, (8,)), t.maf(3, 1, (8,), context_dim=2)
    iaf, line = t.iaf(3, 1, (8,)), t.nsf(1, 1, (4,))
    params, of_iaf, given = flow.init(RNG(0)), iaf.init(RNG(0)), conditional.init(RNG(0))
    proof = {"bijection": flow.bijection, "params": params["bijection"], "x": X[:2]}
    proof |= {"context": None, "tol": 1e-8}
    kl = {"flow": iaf, "params": of_iaf, "log_target": log_target, "context": None}
    classes = {"density": conditional, "params": given, "x": X, "n_classes": 2, "log_prior": None}

    def step(**named):
        return t.Trainer(flow, params).step(**named)

    def conditional_step(**named):
        return t.Trainer(conditional, given).step(**named)

    once = {"rng": RNG(0), "epochs": 1, "progress": False}
    return {
        "fit": (
            t.fit,
            {"density": flow, "x": X, "context": None, "params": params, "x_val": X, **once}
            | {"context_val": None, "batch_size": 10, "lr": 1e-3, "schedule": "constant"}
            | {"weight_decay": 0.0, "clip_norm": 1.0, "patience": 3, "checkpoint": None}
            | {"callback": None},
        ),
        "a conditional fit": (
            lambda **named: t.fit(conditional, **named),
            {"x": X, "context": CONTEXT, "x_val": X, "context_val": CONTEXT, **once},
        ),
        "Trainer": (
            t.Trainer,
            {"density": flow, "params": params, "rng": RNG(0), "clip_norm": 1.0}
            | {"weight_decay": 0.0, "loss": None},
        ),
        "Trainer.step": (step, {"x": X, "context": None, "lr": 1e-3}),
        "a conditional step": (conditional_step, {"x": X, "context": CONTEXT, "lr": 1e-3}),
        "Adam": (t.Adam, {"params": params, "lr": 1e-3, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8}),
        "fit_reverse_kl": (
            t.fit_reverse_kl,
            {**kl, "rng": RNG(0), "steps": 1, "n_samples": 4, "lr": 1e-3, "schedule": "constant"}
            | {"clip_norm": 1.0, "sticking_the_landing": False, "progress": False}
            | {"callback": None},
        ),
        "log_z": (variational.log_z, {**kl, "rng": RNG(0), "n": 10}),
        "log_weights": (variational.log_weights, {**kl, "u": X}),
        "classify": (uses.classify, classes),
        "class_marginal_log_prob": (uses.class_marginal_log_prob, classes),
        "one_hot": (uses.one_hot, {"labels": [0, 1], "n_classes": 2, "dtype": float}),
        "anomaly_score": (
            uses.anomaly_score,
            {"density": flow, "params": params, "x": X, "context": None},
        ),
        "anomaly_threshold": (
            uses.anomaly_threshold,
            {"normal_scores": [1.0, 2.0, 3.0], "false_alarm_rate": 0.4},
        ),
        "check_round_trip": (checks.check_round_trip, proof),
        "check_log_det": (checks.check_log_det, proof),
        "check_normalised": (
            checks.check_normalised,
            {"density": line, "params": line.init(RNG(0)), "context": None, "tol": 1.0, "n": 50},
        ),
        "random_params": (
            checks.random_params,
            {"model": flow, "rng": RNG(0), "scale": 0.5, "dtype": float},
        ),
        "save": (t.save, {"path": "here", "density": flow, "params": params}),
        "load": (t.load, {"path": "here"}),
    }


def parts():
    degrees, moons = [1, 2, 3], TOYS["two moons"]
    made = masks.made_masks(degrees, [[1, 2]], degrees)
    return {
        "MLP": (MLP, {"n_in": 2, "n_out": 3, "hidden": (4,), "activation": "relu"}),
        "MaskedNet": (
            MaskedNet,
            {"dim": 3, "n_params": 2, "hidden": (4,), "order": "natural", "context_dim": 0}
            | {"activation": "tanh", "degrees": None, "mask_seed": 1},
        ),
        "as_order": (masks.as_order, {"order": [1, 0], "dim": 2}),
        "input_degrees": (masks.input_degrees, {"order": [2, 0, 1]}),
        "hidden_degrees": (
            masks.hidden_degrees,
            {"width": 4, "highest": 3, "lowest": 1, "rng": RNG(0)},
        ),
        "made_masks": (
            masks.made_masks,
            {"inputs": degrees, "hidden": [[1, 2]], "outputs": degrees},
        ),
        "dependency_matrix": (masks.dependency_matrix, {"masks": made}),
        "lost_dependencies": (
            masks.lost_dependencies,
            {"masks": made, "inputs": degrees, "outputs": degrees},
        ),
        "a toy's draws": (moons.sample, {"rng": RNG(0), "n": 3}),
        "a toy's density": (moons.log_prob, {"x": X[:, :2]}),
        "register": (register, {"cls": Swap}),
    }


class Swap(t.Permute):
    """A class of a learner's own."""


CALLS = {**constructors(), **methods(), **functions(), **parts()}
TRIALS = sum(len(good) for _, good in CALLS.values()) * len(BAD)


def test_there_are_many():
    assert TRIALS >= 15_000


@pytest.mark.parametrize("name", CALLS)
def test_a_bad_argument_is_named_in_one_line(name, tmp_path, monkeypatch):
    """Taken, or refused by ValueError or TypeError with its name; never an error from within."""
    monkeypatch.chdir(tmp_path)
    t.save("here", t.Scale(1), t.Scale(1).init(RNG(0)))
    function, good = CALLS[name]
    troubles = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function(**good)
        for argument in good:
            for kind, value in BAD.items():
                said = complaint(function, {**good, argument: value})
                if said is not None and not is_good(said, argument):
                    troubles.append(f"{argument} = {kind}: {said!r}")
    assert not troubles, "\n".join(troubles[:20])


def complaint(function, named):
    try:
        function(**named)
    except OSError:  # of the file system, which speaks for itself
        return None
    except (TypeError, ValueError) as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}\n{error}"
    return None


def is_good(said, argument):
    return argument in said and "\n" not in said and len(said) <= LONGEST + len(os.getcwd())
