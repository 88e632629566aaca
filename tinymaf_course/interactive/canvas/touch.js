// What can be touched in a picture: spots (units, wires) and the terms of its formula. One of them may be lit: its part of
// the picture stands out, the rest fades. All of that needs no kernel; only a spot that sets a control tells it.

const FADED = 0.22, NEAR = 6;       // pixels from a wire

function distance([x, y], [a, b]) {             // from a point to a segment, in pixels
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]], length = dx * dx + dy * dy;
  const t = length ? Math.max(0, Math.min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / length)) : 0;
  return Math.hypot(x - a[0] - t * dx, y - a[1] - t * dy);
}

// All spots of a picture, with their pixels: units before wires, which end under them.
function spotsOf(places) {
  const found = places.flatMap((place) => {
    const s = scales(place);
    return place.panel.spots.map((spot) => ({ ...spot, place, pixels: spot.at.map(([x, y]) => [s.px(x), s.py(y)]) }));
  });
  return [...found.filter((spot) => spot.pixels.length === 1), ...found.filter((spot) => spot.pixels.length > 1)];
}

const key = (spot) => spot && JSON.stringify(spot.at);

function spotAt(spots, x, y) {
  const unit = spots.find(({ pixels, reach }) => pixels.length === 1 && Math.hypot(pixels[0][0] - x, pixels[0][1] - y) <= reach);
  if (unit) return unit;
  const wires = spots.filter(({ pixels }) => pixels.length > 1).map((spot) => [distance([x, y], spot.pixels), spot]);
  const [far, wire] = wires.sort((a, b) => a[0] - b[0])[0] ?? [Infinity];
  return far <= NEAR ? wire : null;
}

// Where an arrow key leads from a unit: to the nearest one on that side. With shift: to the next wire that ends here.
function nextSpot(spots, now, [dx, dy], shift) {
  const units = spots.filter(({ pixels }) => pixels.length === 1);
  if (!now) return units[0];
  const home = now.pixels.length === 1 ? now : units.find((unit) => key(unit) === JSON.stringify([now.at[1]])) ?? units[0];
  if (shift) {
    const wires = spots.filter(({ at }) => at.length > 1 && JSON.stringify([at[1]]) === key(home));
    const k = wires.findIndex((wire) => key(wire) === key(now)), step = dx + dy;
    return wires[(k < 0 ? (step > 0 ? 0 : wires.length - 1) : k + step + wires.length) % wires.length] ?? now;
  }
  const [x, y] = home.pixels[0];
  const ways = units.map((unit) => [(unit.pixels[0][0] - x) * dx + (unit.pixels[0][1] - y) * dy,
                                    Math.abs((unit.pixels[0][0] - x) * dy + (unit.pixels[0][1] - y) * dx), unit]);
  return ways.filter(([along]) => along > 4).sort((a, b) => a[0] + 2 * a[1] - b[0] - 2 * b[1])[0]?.[2] ?? home;
}

// How a layer is drawn while a part is lit: as it is, faded, or (null) not at all. "*" belongs to every part.
function underLight(layer, part, known) {
  if (layer.only) return layer.part === part ? layer : null;
  if (!part || !known.has(part) || layer.part === part || layer.part === "*") return layer;
  return layer.kind === "density" || layer.kind === "text" ? layer : { ...layer, alpha: layer.alpha * FADED };
}

function drawSpot(ctx, { pixels, reach, barred }, look) {
  ctx.save();
  ctx.strokeStyle = pixels.length > 1 ? "#D55E00" : look.ink;
  ctx.lineWidth = 3;
  ctx.beginPath();
  if (pixels.length === 1) {
    ctx.lineWidth = 2;
    ctx.arc(...pixels[0], reach + 2, 0, 2 * Math.PI);
  } else {
    const [[x0, y0], [x1, y1]] = pixels, middle = [(x0 + x1) / 2, (y0 + y1) / 2];
    if (barred) ctx.setLineDash([5, 5]);
    ctx.moveTo(x0, y0);
    ctx.lineTo(x1, y1);
    if (barred) {                               // a cross as well: not by colour and dash alone
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.beginPath();
      mark(ctx, "x", ...middle, 9);
    }
  }
  ctx.stroke();
  ctx.restore();
}

// The formula over a picture: each term that names a part is a button that lights it.
function formula(row, light) {
  let shown = "";
  return (terms, lit) => {
    const text = JSON.stringify(terms ?? []);
    if (text !== shown) {
      shown = text;
      row.hidden = !terms?.length;
      row.replaceChildren(...(terms ?? []).map(([string, part, says]) => {
        const made = document.createElement(part ? "button" : "span");
        made.textContent = string;
        if (!part) return made;
        made.type = "button";
        made.className = "tm-term";
        made.dataset.part = part;
        for (const event of ["pointerenter", "focus"]) made.addEventListener(event, () => light(part, says));
        for (const event of ["pointerleave", "blur"]) made.addEventListener(event, () => light(null, ""));
        return made;
      }));
    }
    for (const term of row.querySelectorAll(".tm-term")) term.classList.toggle("tm-lit", term.dataset.part === lit);
  };
}
