"""A ring that is drawn into the playground, and how much of the learned density is along it."""

import numpy as np

ANGLES = np.linspace(0, 2 * np.pi, 90)
RING = 2 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
# how opaque the density is: on the ring, the palest 8th of it, in the middle
RING_LIGHT = """canvas => {
  const p = JSON.parse(canvas.dataset.panels)[1], ratio = canvas.width / canvas.clientWidth;
  const ctx = canvas.getContext("2d");
  const light = (x, y) => {
    const at = [p.x + (x - p.xlim[0]) / (p.xlim[1] - p.xlim[0]) * p.width,
                p.y + (p.ylim[1] - y) / (p.ylim[1] - p.ylim[0]) * p.height];
    const pixel = at.map((v) => Math.round(v * ratio));
    return ctx.getImageData(...pixel, 1, 1).data[3];
  };
  const ring = [];
  for (let k = 0; k < 48; k++) {
    const t = 2 * Math.PI * k / 48;
    ring.push(Math.max(...[1.85, 2, 2.15].map((r) => light(r * Math.cos(t), r * Math.sin(t)))));
  }
  ring.sort((a, b) => a - b);
  return { ring: ring[24], gap: ring[6], middle: light(0.5, 0.5), corner: light(3.6, 3.6) };
}"""


def learned(light):
    """Is what `RING_LIGHT` found a ring?"""
    return light["ring"] > 130 and light["gap"] > 45 and max(light["middle"], light["corner"]) < 40
