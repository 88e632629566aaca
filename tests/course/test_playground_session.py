"""An hour at the playground in a moment: after every round as much is held as before it, and
nothing runs on.
"""

import asyncio
import gc
import threading

import numpy as np
import pytest

for name in ("anywidget", "ipywidgets", "matplotlib"):
    pytest.importorskip(name)

import ipywidgets.widgets.widget as registry  # noqa: E402

from tinymaf_course.playground import Playground  # noqa: E402
from tinymaf_course.playground.models import Model  # noqa: E402
from tinymaf_course.playground.run import Run  # noqa: E402

pytestmark = pytest.mark.long

ANGLES = np.linspace(0, 2 * np.pi, 90)


async def session_round(play, kind):
    """Draw, train, pause, redraw, train, keep, take home, erase, switch the model."""
    c = play.controls
    c.clear.click()
    c.kind.value, c.layers.value, c.width.value = kind, 2, 8
    for radius in (2.0, 1.0):
        ring = radius * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
        play.easel._handle_custom_msg({"kind": "puffs", "at": ring.tolist(), "first": True}, [])
        c.train.click()
        while play.run.step < 12:
            await asyncio.sleep(0.005)
            play.easel._handle_custom_msg({"kind": "drawn", "turn": play.easel.turn}, [])
        c.train.click()
        assert play.task is None and play.easel.error == ""
    c.samples.value = not c.samples.value
    c.keep.click()
    for what in ("picture", "samples", "model"):
        play.easel._handle_custom_msg({"kind": "export", "what": what}, [])
        assert play.easel.error == ""
    play.easel.held = {"places": {"probe": [0.5, play.easel.turn / 1e4]}, "count": play.easel.turn}
    c.tool.value = "erase"
    play.easel._handle_custom_msg({"kind": "puffs", "at": [[1.0, 0.0]], "first": True}, [])
    c.tool.value = "draw"
    assert play.easel.error == "" and play.run is None


def held():
    gc.collect()
    things = gc.get_objects()
    return {
        "widgets": len(registry._instances),
        "threads": threading.active_count(),
        "arrays": sum(isinstance(thing, np.ndarray) and thing.nbytes > 0 for thing in things),
        **{
            kind.__name__: sum(isinstance(thing, kind) for thing in things) for kind in (Run, Model)
        },
    }


def test_round_after_round_nothing_grows_and_nothing_runs_on(monkeypatch):
    sent, before = [], held()
    play = Playground()
    monkeypatch.setattr(play.easel, "send", lambda content, buffers: sent.append(content["name"]))

    async def session():
        found = []
        for _ in range(3):
            for kind in ("MAF", "RealNVP"):
                await session_round(play, kind)
            await asyncio.sleep(0.02)  # a turn for what was cancelled
            found.append(held())
        assert len(asyncio.all_tasks()) == 1, "a training runs on"
        return found

    found = asyncio.run(session())
    assert len(sent) == 18 and found[0] == found[1] == found[2], found
    assert found[0]["Run"] <= 1 and found[0]["Model"] <= 2
    play.close()
    play = None
    after = held()
    assert after["widgets"] == before["widgets"], after
    assert after["threads"] == before["threads"], after
    assert after["Run"] == 0, after
