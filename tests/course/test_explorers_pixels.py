"""The explorer of binary pictures: what it draws is what the model would draw, and what it counts
is true.
"""

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("sklearn")

from kit.shows import shows_itself  # noqa: E402

from tinymaf import MADE, Bernoulli, Gaussian  # noqa: E402
from tinymaf.checks import random_params  # noqa: E402
from tinymaf.nets import MaskedNet  # noqa: E402
from tinymaf_course import explorers  # noqa: E402
from tinymaf_course.explorers.pixels import Drawing, Pixels, binary_digits, pixel_orders  # noqa: E402
from tinymaf_course.interactive.wire import pack  # noqa: E402

pytestmark = pytest.mark.long

CYCLE = [3, 0, 2, 1, 8, 4, 5, 6, 7]  # not its own inverse


def model(order=CYCLE, seed=0):
    made = MADE(9, hidden=(20,), order=order, conditional=Bernoulli())
    return made, random_params(made, np.random.default_rng(seed), scale=3)


def drawing(seed=1, given=0):
    real = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1.0])
    return Drawing(*model(), np.random.default_rng(seed).random(9), real, given), real


def test_the_numbers_are_those_of_the_model():
    made, params = model()
    for given in (0, 4):
        drawn, _ = drawing(given=given)
        each = made.conditional.log_prob(made.net(params, drawn.x[None]), drawn.x[None])[0]
        p = 1 / (1 + np.exp(-made.net(params, drawn.x[None])[0, 0]))
        mine = drawn.order[given:]
        np.testing.assert_allclose(drawn.p[mine], p[mine])
        np.testing.assert_allclose(drawn.log_p[-1], each[mine].sum())
        np.testing.assert_allclose(
            np.diff(drawn.log_p), np.where(np.arange(9) < given, 0, each[drawn.order])
        )
    assert drawing()[0].log_p[-1] == pytest.approx(made.log_prob(params, drawing()[0].x[None])[0])


def test_every_call_of_the_network_is_counted(monkeypatch):
    called, call = [], MaskedNet.__call__
    monkeypatch.setattr(MaskedNet, "__call__", lambda *args: (called.append(1), call(*args))[1])
    for given in (0, 4, 9):
        called.clear()
        assert drawing(given=given)[0].calls == len(called) == 9 - given


def test_the_order_is_the_model_s_and_what_is_given_stays():
    drawn, real = drawing(given=4)
    assert drawn.order.tolist() == CYCLE
    assert (
        drawn.x[CYCLE[:4]].tolist() == real[CYCLE[:4]].tolist()
        and np.isnan(drawn.p[CYCLE[:4]]).all()
    )
    assert np.isfinite(drawn.p[CYCLE[4:]]).all()


def test_pictures_come_as_often_as_the_model_says():
    made, params = model()
    rng = np.random.default_rng(7)
    drawn = np.array([Drawing(made, params, u).x for u in rng.random((3000, 9))])
    for k in range(9):  # a pixel, and whether it equals its neighbour
        for f in (lambda x, k=k: x[:, k], lambda x, k=k: x[:, k] == x[:, k - 1]):
            theirs = made.sample(params, rng, 30_000)
            assert f(drawn).mean() == pytest.approx(f(theirs).mean(), abs=0.04)


def test_a_frame_shows_what_is_drawn_so_far():
    show = Pixels({"cycle": model()}, np.ones((5, 9)))
    drawn = show.drawing("cycle", 3, 0)
    for k in (0, 4, 9):
        left, right, score = show.draw("cycle", 3, 0, k).panels
        ink, chance = left.layers[0], right.layers[0]
        shown = np.flatnonzero(chance["values"].ravel() != 255)
        assert sorted(shown) == sorted(CYCLE[:k])
        assert [int(v) for v in ink["values"].ravel()[CYCLE[:k]]] == [
            int(254 * v) for v in drawn.x[CYCLE[:k]]
        ]
        assert set(ink["values"].ravel()[CYCLE[k:]].tolist()) <= {76}  # grey
        assert score.layers[2]["xy"][0].tolist() == pytest.approx([k, drawn.log_p[k]], abs=1e-5)
        assert score.layers[3]["text"] == f"network calls: {k}"
    one, _, again = (pack([show.draw("cycle", 3, given, 5)]) for given in (0, 4, 0))
    assert one == again != _


def test_its_words():
    show = Pixels({"cycle": model()}, np.ones((5, 9)))
    drawn, words = show.drawing("cycle", 3, 0), show.say("cycle", 3, 0, 5)
    assert (
        "5 of 9 pixels, 5 network calls" in words and "Row 3, column 3" in words
    )  # pixel 8 comes fifth
    assert (
        f"probability {drawn.p[8]:.3f}" in words
        and f"{drawn.log_p[5]:.2f}".replace("-", "−") in words
    )
    assert "first 4" in show.say("cycle", 3, 4, 4) and "0 network calls" in show.say(
        "cycle", 3, 4, 2
    )


def test_orders_are_permutations_and_digits_are_binary():
    for order in pixel_orders().values():
        assert sorted(order) == list(range(64))
    assert set(pixel_orders()["from the middle"][:4]) == {27, 28, 35, 36}
    assert [len(x) for x in binary_digits()] == [1437, 180, 180]
    assert all(set(np.unique(x)) == {0, 1} for x in binary_digits())


def test_it_shows_itself_with_no_arguments_and_with_one_model(monkeypatch):
    alone = shows_itself(monkeypatch, explorers.pixels)
    given = shows_itself(monkeypatch, lambda: explorers.pixels({"cycle": model()}, np.eye(9)))
    for explorer in (alone, given):
        assert len(explorer.sheet) == 4 and len(explorer.canvas.says) == len(
            explorer.controls["k"].values
        )
    assert "order" in alone.controls and "order" not in given.controls


def test_what_does_not_fit_is_said():
    made = MADE(9, conditional=Gaussian())
    with pytest.raises(
        ValueError, match="Bernoulli conditionals over square pictures, got MADE with D=9"
    ):
        explorers.pixels({"it": (made, made.init(np.random.default_rng(0)))}, np.ones((1, 9)))
    with pytest.raises(ValueError, match=r"real must have shape \(N, 9\)"):
        explorers.pixels({"it": model()}, np.ones((2, 8)))
