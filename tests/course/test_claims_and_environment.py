"""The course's words: bands, verdicts, the check of the environment."""

import io

import numpy as np
import pytest

for name in ("ipywidgets", "jupytext", "threadpoolctl"):
    pytest.importorskip(name)

from ipywidgets.widgets.widget import _instances  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from PIL import Image  # noqa: E402

from tinymaf import maf  # noqa: E402
from tinymaf.checks import random_params  # noqa: E402
from tinymaf.plotting import between, grid_lines  # noqa: E402
from tinymaf_course import confirm, environment, in_band, show  # noqa: E402
from tinymaf_course.interactive import film  # noqa: E402
from tinymaf_course.pictures import png  # noqa: E402
from tinymaf_course.source import include  # noqa: E402


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("TINYMAF_QUIET", "1")


@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan, np.inf])
def test_outside_the_band_is_an_error_that_says_the_value(value):
    with pytest.raises(AssertionError, match=f"nats: {value:.4g} on this computer, not bet"):
        in_band(value, 0, 1, "nats")


@pytest.mark.parametrize(
    "value, low, high, says",
    [
        (1.01, None, 1, "1.01 on this computer, not at most 1"),
        (np.nan, None, 1, "nan on this computer, not at most 1"),
        (0.9, 1, None, "0.9 on this computer, not at least 1"),
        (np.nan, 1, None, "nan on this computer, not at least 1"),
    ],
)
def test_a_band_with_an_open_side_has_one_end(value, low, high, says):
    with pytest.raises(AssertionError, match=says):
        in_band(value, low, high, "nats")
    in_band(1, low, high, "nats")


@pytest.mark.parametrize("error", [1e-10, np.nan])
def test_too_large_an_error_is_an_error(error):
    with pytest.raises(AssertionError, match="round trip: max error .* computer, not below"):
        confirm("round trip", error, below=1e-10)


@pytest.fixture
def learner(monkeypatch):
    """Outside the build and the tests; in a notebook. What is displayed, output by output."""
    bundles = []
    monkeypatch.delenv("TINYMAF_QUIET", raising=False)
    monkeypatch.setattr("IPython.get_ipython", lambda: True)
    monkeypatch.setattr("tinymaf_course.cards.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_the_learner_sees_the_number_and_the_file_keeps_words(learner):
    in_band(11.6931, 8, 16, "nats that <it> gains")
    confirm("x_1 there and back", 3.1e-15, below=1e-10)
    said = ["nats that <it> gains: between 8 and 16", "x_1 there and back: max error below 1e-10"]
    assert [b.pop("text/plain") for b in learner] == [f"{words}, as expected" for words in said]
    views = [bundle.pop("application/vnd.jupyter.widget-view+json") for bundle in learner]
    assert learner == [{}, {}]
    live = [_instances[view["model_id"]].value for view in views]
    assert live == [
        "nats that &lt;it&gt; gains: <strong>11.7</strong> (between 8 and 16, as expected)",
        "<i>x</i><sub>1</sub> there and back: max error <strong>3.1e-15</strong> (below 1e-10, "
        "as expected)",
    ]


def test_a_claim_that_fails_for_a_learner_is_a_card_and_no_exception(learner):
    in_band(0.481, 0, 0.4, "KL, nats")
    confirm("there and back", 0.2, below=1e-10)
    band, exact = learner
    assert band["text/plain"].startswith("KL, nats: 0.481 on this computer, not between 0 and 0.4.")
    assert "go on" in band["text/html"] and "as expected" not in band["text/plain"]
    assert "max error 0.2 on this computer, not below 1e-10. That is more" in exact["text/plain"]


def test_the_words_do_not_depend_on_the_numbers(capsys):
    for value in (0.1, 0.2):
        in_band(value, 0, 1, "nats")
        confirm("round trip", value * 1e-14, below=1e-10)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == lines[2:]


flow = maf(2, 2, hidden=(8,))
params = random_params(flow, np.random.default_rng(0))
x = np.random.default_rng(1).standard_normal((5, 2))
u, log_det = flow.bijection.x_to_u(params["bijection"], x)


def test_the_environment_of_this_checkout_has_no_problems():
    assert environment.problems(environment.needed(), environment.installed) == []


def test_an_environment_with_problems_is_told_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(environment, "installed", lambda name: None if name == "tqdm" else "0.1")
    monkeypatch.setattr(environment, "needed", lambda: ["numpy>=2.0", "tqdm>=4"])
    monkeypatch.setattr(environment, "show_bundle", lambda *given: None)
    environment.check_environment()
    assert capsys.readouterr().out.splitlines() == [
        "numpy is 0.1, the course needs >=2.0.",
        "tqdm is missing.",
        environment.REMEDY,
    ]
    found = environment.problems([], None, python=(3, 9))
    assert "Python is 3.9, the course needs 3.11 or newer." in found


def test_the_slider_answers():
    control, answer = environment.slider().children
    control.value = 7
    assert "you moved it to 7" in answer.value


def test_a_figure_is_the_same_bytes_every_time_and_carries_its_words(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "tinymaf_course.pictures.display", lambda bundle, **options: shown.append((bundle, options))
    )
    for _ in range(2):
        fig = Figure(figsize=(2, 1))
        fig.subplots().plot([0, 1])
        show(fig, "a line that rises")
    assert shown[0] == shown[1]
    bundle, options = shown[0]
    assert bundle["text/plain"] == options["metadata"]["image/png"]["alt"] == "a line that rises"
    assert Image.open(io.BytesIO(bundle["image/png"])).info.keys() <= {"transparency"}
    assert b"matplotlib" not in png(fig).lower()


def test_include_replaces_whole_lines_only(tmp_path):
    (tmp_path / "card.md").write_text("the card\n")
    assert include("a\n{{card}}\nb {{card}}", tmp_path) == "a\nthe card\nb {{card}}"


def test_between_layers_points_move_on_straight_lines():
    steps = [np.zeros((1, 2)), np.ones((1, 2)), np.full((1, 2), 3.0)]
    assert [float(between(steps, t)[0, 0]) for t in (0, 0.5, 1, 1.5, 2)] == [0, 0.5, 1, 2, 3]


def test_the_film_begins_with_data_and_ends_with_noise():
    picture = film(flow, params, x, ((-2.0, 2.0), (-1.0, 1.0)))
    for t, points, title in [(0, x, "data"), (2, u, "noise"), (1.5, None, "after 1.5 of 2 layers")]:
        panel = picture(t)
        assert title in panel.title
        if points is not None:
            np.testing.assert_allclose(panel.layers[1]["xy"], points, atol=1e-6)


def test_grid_lines():
    lines = grid_lines(((-2.0, 2.0), (-1.0, 1.0)), lines=3, points=5)
    assert lines.shape == (6, 5, 2)
    assert np.ptp(lines[:3, :, 0], axis=1).max() == 0 == np.ptp(lines[3:, :, 1], axis=1).max()
    assert lines.reshape(-1, 2).min(axis=0).tolist() == [-2, -1]
    assert lines.reshape(-1, 2).max(axis=0).tolist() == [2, 1]
