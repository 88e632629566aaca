"""The explorers of the first half of the course: what they show is true, and showing them works."""

import importlib

import numpy as np
import pytest

pytest.importorskip("anywidget")

from autograd import grad  # noqa: E402
from kit.claims import claim  # noqa: E402
from kit.shows import shows_itself  # noqa: E402

from tinymaf import fit, maf  # noqa: E402
from tinymaf.checks import check_autoregressive  # noqa: E402
from tinymaf.datasets import TOYS  # noqa: E402
from tinymaf.engine import sampling  # noqa: E402
from tinymaf.masks import dependency_matrix  # noqa: E402
from tinymaf_course import explorers  # noqa: E402
from tinymaf_course.explorers._diagram import columns  # noqa: E402
from tinymaf_course.explorers.equal_mass import MAPS, areas, densities  # noqa: E402
from tinymaf_course.explorers.equal_mass import draw as draw_equal_mass  # noqa: E402
from tinymaf_course.explorers.layers import Layers, trained  # noqa: E402
from tinymaf_course.explorers.made_masks import (  # noqa: E402
    ORDERS,
    network,
    order_of,
    paths,
    rule,
    through,
)
from tinymaf_course.explorers.made_masks import draw as draw_masks  # noqa: E402
from tinymaf_course.explorers.made_masks import say as say_masks  # noqa: E402
from tinymaf_course.explorers.sampling import HIDDEN, run_of  # noqa: E402
from tinymaf_course.explorers.sampling import draw as draw_sampling  # noqa: E402
from tinymaf_course.explorers.sampling import say as say_sampling  # noqa: E402
from tinymaf_course.explorers.slice_density import Slices, moments  # noqa: E402
from tinymaf_course.explorers.warp import MAPS as WARPS  # noqa: E402
from tinymaf_course.explorers.warp import SIDE, area, local  # noqa: E402
from tinymaf_course.explorers.warp import draw as draw_warp  # noqa: E402
from tinymaf_course.explorers.warp import say as say_warp  # noqa: E402
from tinymaf_course.interactive import Picture  # noqa: E402
from tinymaf_course.interactive.wire import pack  # noqa: E402

pytestmark = pytest.mark.long

NAMES = ["slice_density", "equal_mass", "warp", "made_masks", "layers", "sampling"]


@pytest.fixture(scope="module")
def figure1():
    return Slices(TOYS["figure1"].log_prob, TOYS["figure1"].box)


@pytest.fixture(scope="module")
def moons():
    return Layers(
        *trained(), TOYS["two moons"].sample(np.random.default_rng(1), 300), TOYS["two moons"].box
    )


def layer(panel, kind, k=0):
    return [found for found in panel.layers if found["kind"] == kind][k]


def same(draw, *values):
    """Drawn twice, with something else in between."""
    first, _, again = (
        pack([Picture(p) if not isinstance(p, Picture) else p])
        for p in (draw(*values[0]), draw(*values[1]), draw(*values[0]))
    )
    return first == again and first != _


# The package


def test_a_name_is_the_function_however_the_module_came_in():
    importlib.import_module("tinymaf_course.explorers.warp")
    from tinymaf_course.explorers import warp

    assert callable(warp) and warp is explorers.warp and warp.__name__ == "warp"
    assert set(NAMES) <= set(dir(explorers))
    with pytest.raises(AttributeError, match="no_such"):
        explorers.no_such


@pytest.mark.parametrize("name", NAMES)
def test_each_shows_itself_with_no_arguments(name, monkeypatch):
    shows_itself(monkeypatch, getattr(explorers, name))


def test_drawing_is_pure(figure1, moons):
    assert same(figure1.draw, ((1, 2), "natural"), ((1, 2), "reversed"))
    assert same(draw_equal_mass, ("cubic", 1.0, (0.5, 0), 0.5), ("affine", 1.0, (0.5, 0), 0.5))
    assert same(draw_warp, ("smooth", (0, 1), 1, 0, 1, 1), ("linear", (0, 1), 1, 0, 1, 1))
    assert same(draw_masks, (3, 1, 4, "natural", False, 3), (3, 1, 4, "natural", False, 2))
    assert same(moons.draw, (1.5, "x to u"), (1.5, "u to x"))
    assert same(draw_sampling, (3, 1), (3, 2))


# slice_density


@pytest.mark.parametrize("name", ["figure1", "two moons", "eight gaussians", "checkerboard"])
def test_every_factor_integrates_to_one_and_their_product_is_the_density(name):
    toy = TOYS[name]
    slices, place = Slices(toy.log_prob, toy.box), toy.sample(np.random.default_rng(3), 1)[0]
    for order in ("natural", "reversed"):
        (_, marginal, first), (_, given, second) = slices.factors(place, order)
        assert abs(np.trapezoid(given[1], given[0]) - 1) < 1e-3
        assert abs(np.trapezoid(marginal[1], marginal[0]) - 1) < (
            0.02 if name == "checkerboard" else 1e-3
        )
        assert first * second == pytest.approx(np.exp(toy.log_prob(place[None])[0]), rel=5e-3)


def test_figure_1_is_gaussian_in_one_order_and_not_in_the_other(figure1):
    t, p = figure1.marginals[1]
    np.testing.assert_allclose(moments(t, p), (0, 2, 0), atol=1e-3)
    for x2 in (-4, 0, 2.5):  # x1 | x2 ~ N(x2^2 / 4, 1)
        np.testing.assert_allclose(
            moments(*figure1.conditional(1, x2)[0]), (x2**2 / 4, 1, 0), atol=1e-4
        )
    assert (
        moments(*figure1.marginals[0])[2] > 0.1 and moments(*figure1.conditional(0, 4.0)[0])[2] > 1
    )


def test_the_distance_to_the_gaussian_is_the_kl_of_a_known_case():
    t = np.linspace(-0.5, 1.5, 20_001)
    uniform = ((t > 0) & (t < 1)).astype(float)
    assert moments(t, uniform)[2] == pytest.approx(0.5 * np.log(2 * np.pi * np.e / 12), abs=1e-3)


def test_the_handle_slides_along_the_variable_that_comes_first(figure1):
    for order, axis in (("natural", "x"), ("reversed", "y")):
        (handle,) = figure1.draw((1, 2), order).panels[0].handles
        assert handle["axis"] == axis and handle["at"] == [1, 2]


def test_a_line_without_mass_is_said():
    slices = Slices(TOYS["checkerboard"].log_prob, TOYS["checkerboard"].box)
    assert "No mass at x₁ = 4.50" in slices.say((4.5, 0), "natural")
    slices.draw((4.5, 0), "natural")


def test_a_model_can_be_sliced():
    flow = maf(2, 2, hidden=(8,))
    params = flow.init(np.random.default_rng(0))
    slices = Slices(lambda x: flow.log_prob(params, x), ((-4, 4), (-4, 4)), n=80)
    np.testing.assert_allclose(moments(*slices.conditional(0, 0.5)[0]), (0, 1, 0), atol=1e-6)


# equal_mass


@pytest.mark.parametrize("kind", MAPS)
def test_both_strips_hold_the_same_mass_and_it_is_the_normal_one(kind):
    from math import erf, sqrt

    for s in (0.5, 1.3, 2):
        for centre, width in ((-2.5, 0.4), (0, 2), (1.1, 1)):
            area_u, area_x = areas(kind, s, centre, width)
            exact = (erf((centre + width / 2) / sqrt(2)) - erf((centre - width / 2) / sqrt(2))) / 2
            assert abs(area_u - area_x) < 1e-3 and abs(area_u - exact) < 1e-5


@pytest.mark.parametrize("kind", MAPS)
def test_the_slope_at_zero_is_s_and_the_density_is_that_of_mapped_samples(kind):
    x, p_u, p_x, slope = densities(kind, 1.4, np.array([-0.5, 0.0, 0.5]))
    assert abs(slope[1]) == pytest.approx(1.4)
    draws = MAPS[kind][1](np.random.default_rng(0).standard_normal(200_000), 1.4)
    low, high = sorted((x[0], x[2]))
    t = np.linspace(-0.5, 0.5, 801)
    x, _, p_x, _ = densities(kind, 1.4, t)
    assert np.mean((draws > low) & (draws < high)) == pytest.approx(
        abs(np.trapezoid(p_x, x)), abs=0.005
    )


def test_the_drawn_strips_have_the_printed_areas():
    middle, beside, below, words = draw_equal_mass("exponential", 1.5, (0.4, 0), 0.8).panels
    printed = {found["text"] for found in words.layers}
    for panel in (beside, below):
        assert f"{area(layer(panel, 'polygons')['xy'].astype(float)):.4f}" in printed


# warp


@pytest.mark.parametrize("kind", WARPS)
def test_the_parallelogram_has_the_area_of_the_determinant(kind):
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = rng.uniform(-1.5, 1.5, 6)
        J, parallelogram, image = local(kind, tuple(values[:2]), *values[2:])
        assert abs(area(parallelogram) / SIDE**2 - abs(np.linalg.det(J))) < 1e-10
        if kind == "linear":
            assert area(image) == pytest.approx(area(parallelogram), abs=1e-9)
            np.testing.assert_allclose(J, [[values[2], values[3]], [values[4], values[5]]])


@pytest.mark.parametrize("kind", WARPS)
def test_below_the_diagonal_the_area_does_not_care(kind):
    sizes = [area(local(kind, (0.7, -0.4), 1.2, 0.0, c, 0.8)[1]) for c in (-1.5, 0, 0.3, 1.5)]
    np.testing.assert_allclose(sizes, sizes[0], atol=1e-12)
    assert local(kind, (0.7, -0.4), 1.2, 0.0, 1.0, 0.8)[0][0, 1] == 0
    assert area(local(kind, (0.7, -0.4), 1.2, 0.5, 1.0, 0.8)[1]) != pytest.approx(
        sizes[0], abs=1e-3
    )
    assert "not triangular" in say_warp(kind, (0.7, -0.4), 1.2, 0.5, 1.0, 0.8)


# made_masks

SETTINGS = [
    (dim, layers, width, order, strict)
    for dim in range(2, 7)
    for layers in (1, 2)
    for width in (1, 2, 5, 8)
    for order in ORDERS
    for strict in (False, True)
]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("dim", range(2, 7))
def test_the_masks_and_the_derivatives_have_one_pattern_and_the_lost_are_counted(dim, layers):
    for setting in [s for s in SETTINGS if s[:2] == (dim, layers)]:
        degrees, masks, J, lost, allowed = network(*setting)
        seen = dependency_matrix(masks)
        assert np.array_equal(seen, J != 0), setting
        legal = degrees[0][:, None] > degrees[0]
        assert not (seen & ~legal).any() and allowed == dim * (dim - 1) // 2
        assert lost == sum(legal[i, j] and not J[i, j] for i in range(dim) for j in range(dim))
        assert ("the same pattern" in say_masks(*setting, 1)) and f"{lost} of the {allowed}" in (
            say_masks(*setting, 1)
        )


def test_a_strict_network_of_two_variables_is_dead():
    for width in (1, 4, 8):
        assert not network(2, 1, width, "natural", True)[2].any()
        said = say_masks(2, 1, width, "natural", True, 2)
        assert f"{width} hidden unit{'s see' if width > 1 else ' sees'} no input" in said
    assert network(2, 1, 4, "natural", False)[2][1, 0] > 0


def test_the_rotated_order_is_no_involution():
    order = order_of("rotated", 3)
    assert order.tolist() == [2, 0, 1] and not np.array_equal(order[order], np.arange(3))


def test_highlighted_are_all_connections_on_paths_and_no_others():
    for setting in SETTINGS[::7]:
        _, masks, _, _, _ = network(*setting)
        for output in range(setting[0]):
            lit, _, _ = paths(masks, output)
            for k, mask in enumerate(masks):
                for i, j in np.argwhere(mask):
                    cut = [
                        m.copy() for m in masks
                    ]  # on a path: reached from an input, and leads there
                    before = (
                        np.ones(len(masks[0]), bool)
                        if k == 0
                        else dependency_matrix(cut[:k]).any(axis=1)
                    )
                    after = (
                        np.eye(setting[0], dtype=bool)[output]
                        if k == len(masks) - 1
                        else (dependency_matrix(cut[k + 1 :])[output])
                    )
                    assert lit[k][i, j] == (before[i] and after[j])


def test_lost_dependencies_are_crossed_and_no_other_cell_is():
    for setting in SETTINGS[::5]:
        degrees, masks, J, lost, _ = network(*setting)
        for panel in draw_masks(*setting, 1).panels[1:]:
            marks = {(i, j): text for i, j, text in layer(panel, "density")["marks"]}
            for i, j in np.ndindex(J.shape):
                legal = degrees[-1][i] > degrees[0][j]
                assert marks.get((i, j)) == ("●" if J[i, j] else "✕" if legal else None)
            assert list(marks.values()).count("✕") == lost
            assert len(layer(panel, "polygons")["ends"]) == lost


def test_what_a_unit_carries_is_what_is_lost_without_it():
    degrees, masks, *_ = network(5, 2, 4, "rotated", False)
    for k, i in [(k, i) for k in (1, 2) for i in range(4)]:
        _, on = through(masks, k, i)
        alone = [mask.copy() for mask in masks]
        for j in set(range(4)) - {i}:
            alone[k][j] = False
        assert np.array_equal(dependency_matrix(alone), on[3][:, None] & on[0])


def test_a_wires_sentence_is_the_rule_of_its_mask():
    for strict in (False, True):
        degrees, masks, *_ = network(4, 2, 5, "reversed", strict)
        for k, mask in enumerate(masks):
            for i, j in np.ndindex(mask.shape):
                says, holds = rule(k, i, j, degrees, strict)
                assert holds == mask[i, j]
                assert ("allowed" in says, "is true" in says) == (holds, holds)
                assert f"{degrees[k][i]} {'<' if strict or k == 2 else '≤'} " in says


def test_a_click_on_a_hidden_unit_goes_through_all_degrees():
    degrees, seen = ((1, 1, 2, 2),), set()
    for _ in range(3):
        (spot,) = [
            spot
            for spot in draw_masks(3, 1, 4, "natural", False, 3, degrees).panels[0].spots
            if spot["says"].startswith("hidden 2,")
        ]
        degrees = tuple(map(tuple, spot["sets"]["degrees"]))
        seen.add(degrees[0][1])
        assert degrees[0][0] == 1 and f"degree {degrees[0][1]}." in spot["says"]
    assert seen == {0, 1, 2} and degrees == ((1, 1, 2, 2),)
    assert network(3, 1, 4, "natural", False, ((1, 1, 1, 1),))[3] == 1


def test_both_matrices_carry_the_same_dots():
    _, left, right = draw_masks(5, 2, 6, "rotated", False, 9).panels
    marks = [[mark[:2] for mark in layer(panel, "density")["marks"]] for panel in (left, right)]
    assert marks[0] == marks[1] and len(marks[0]) == 10


# layers


def test_the_frames_are_what_comes_out_of_the_layers(moons):
    flow, params = trained()
    x = moons.points["x to u"][0]
    np.testing.assert_allclose(moons.points["x to u"][-1], flow.to_noise(params, x), atol=1e-10)
    u = moons.points["u to x"][0]
    back, _ = flow.bijection.u_to_x(params["bijection"], u)
    np.testing.assert_allclose(moons.points["u to x"][-1], back, atol=1e-10)
    for k, z in enumerate(flow.bijection.steps(params["bijection"], back)):
        np.testing.assert_allclose(moons.points["u to x"][5 - k], z, atol=1e-6)
    z = layer(moons.draw(2.5, "x to u"), "points")["xy"]
    np.testing.assert_allclose(
        z, (moons.points["x to u"][2] + moons.points["x to u"][3]) / 2, atol=1e-5
    )


@pytest.mark.trained
def test_the_trained_flow_makes_noise(moons):
    u = moons.points["x to u"][-1]
    claim(np.abs(u.mean(axis=0)).max(), None, 0.3, "largest |mean| of u")
    claim(np.abs(u.std(axis=0) - 1).max(), None, 0.3, "largest |standard deviation of u - 1|")
    assert f"sds {u[:, 0].std():.2f}, {u[:, 1].std():.2f}" in moons.say(5.0, "x to u")


def test_any_flow_can_be_shown(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "tinymaf_course.pictures.display", lambda bundle, **options: shown.append(bundle)
    )
    x = np.random.default_rng(0).normal(size=(200, 2)) @ [[1, 1], [0, 1]]
    flow = maf(2, 1, hidden=(8,))
    explorers.layers(flow, fit(flow, x, rng=np.random.default_rng(0), epochs=10, lr=0.05).params, x)
    assert "image/png" in shown[0]


# sampling


@pytest.mark.parametrize("dim", range(2, 9))
def test_multiply_adds_are_those_of_a_count_one_by_one(dim):
    run = run_of(dim)
    net = run.layer.net
    one_pass = sum(1 for mask in net.masks for allowed in mask.ravel() if allowed)
    assert run.multiply_adds(0).tolist() == [k * one_pass for k in range(dim + 1)]
    done = np.zeros(dim + 1, int)
    last = net.hidden_degrees[-1]
    for k in range(
        1, dim + 1
    ):  # outputs of degree k, then hidden units of degree k: each of their inputs
        done[k] = done[k - 1] + sum(
            net.n_params * int((last < d).sum()) for d in net.degrees if d == k
        )
        for below, above in zip([net.degrees, *net.hidden_degrees], net.hidden_degrees):
            done[k] += sum(int((below <= d).sum()) for d in above if d == k)
    assert run.multiply_adds(1).tolist() == done.tolist() and done[-1] == one_pass


@pytest.mark.parametrize("dim", range(2, 9))
def test_the_library_does_as_many_as_the_figure_says(dim, monkeypatch):
    run, counted = run_of(dim), []

    def count(outputs, rows, columns, h):
        counted.append(outputs * np.arange(len(h))[rows].size * columns)

    def product(w, rows, columns, h, out=None, real=sampling._product):
        count(1, rows, np.arange(w.shape[1])[columns].size, h)
        return real(w, rows, columns, h, out)

    def theta(out, rows, variables, h, real=sampling._theta):
        count(out.shape[1], rows, np.arange(len(out))[variables].size, h)
        return real(out, rows, variables, h)

    monkeypatch.setattr(sampling, "_product", product)
    monkeypatch.setattr(sampling, "_theta", theta)
    x, _ = run.layer.u_to_x(run.params, run.u)
    assert sum(counted) == run.multiply_adds(1)[-1]
    np.testing.assert_allclose(run.states[-1], x, atol=1e-10)


@pytest.mark.parametrize("dim", [2, 5, 8])
def test_after_k_calls_k_variables_are_right_and_the_next_is_not(dim):
    run = run_of(dim)
    assert (
        np.array_equal(run.degrees[0], np.arange(1, dim + 1)) and len(run.masks) == len(HIDDEN) + 1
    )
    for k, x in enumerate(run.states):
        np.testing.assert_allclose(x[:, :k], run.states[-1][:, :k], atol=1e-12)
        assert not x[:, k:].any()
    check_autoregressive(
        lambda x: run.layer.x_to_u(run.params, x)[0], run.u[:3], run.degrees[0], diagonal="nonzero"
    )


def test_once_means_once_and_only_when_the_inputs_are_known():
    run = run_of(6)
    for times, degrees in zip(run.when(1), run.degrees[1:]):
        assert times[:, -1].tolist() == [1] * len(degrees)
        for row, degree in zip(times, degrees):
            assert np.flatnonzero(row)[0] == max(degree, 1)
    assert all((times == np.arange(7)).all() for times in run.when(0))


def test_the_sentence_has_the_counts():
    run = run_of(5)
    said = say_sampling(5, 2)
    assert f"textbook {run.multiply_adds(0)[2]}, each unit once {run.multiply_adds(1)[2]};" in said
    assert say_sampling(2, 8) == say_sampling(2, 2)


def test_columns_have_one_height():
    places = columns([2, 6])
    assert [len(p) for p in places] == [2, 6] and places[0][:, 1].mean() == places[1][
        :, 1
    ].mean() == 3


def test_equal_mass_slopes_are_autograds():
    for kind, (_, f) in MAPS.items():
        assert densities(kind, 1.2, np.array([0.3]))[3][0] == pytest.approx(grad(f)(0.3, 1.2))
