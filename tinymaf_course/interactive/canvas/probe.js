// What lies under the pointer, in words: the place, the density's value there, and what else the picture knows.

function inside(place, x, y) {
  return x >= place.x && x <= place.x + place.width && y >= place.y && y <= place.y + place.height;
}

// The cell of a density layer that holds (x, y): its value, or null outside.
function cellValue(layer, x, y) {
  const [[x0, x1], [y0, y1]] = layer.box, [rows, columns] = layer.shape;
  if (x < x0 || x > x1 || y < y0 || y > y1) return null;
  const i = Math.min(rows - 1, Math.floor(((y - y0) / (y1 - y0)) * rows));
  const j = Math.min(columns - 1, Math.floor(((x - x0) / (x1 - x0)) * columns));
  const v = layer.values[i * columns + j];
  if (!(layer.values instanceof Uint8Array)) return v;
  return v === 255 ? NaN : layer.vmin + (v / 254) * (layer.vmax - layer.vmin);
}

// Linear in between: the grid's outer points lie on the edges of its box.
function gridValue({ values, shape: [rows, columns], box: [[x0, x1], [y0, y1]] }, x, y) {
  const s = ((x - x0) / (x1 - x0)) * (columns - 1), t = ((y - y0) / (y1 - y0)) * (rows - 1);
  if (!(s >= 0 && t >= 0 && s <= columns - 1 && t <= rows - 1)) return null;
  const j = Math.min(columns - 2, Math.floor(s)), i = Math.min(rows - 2, Math.floor(t)), a = s - j, b = t - i;
  const at = (r, c) => values[r * columns + c];
  return (1 - b) * ((1 - a) * at(i, j) + a * at(i, j + 1)) + b * ((1 - a) * at(i + 1, j) + a * at(i + 1, j + 1));
}

// One sentence for the point (x, y) in data units of a panel.
function readout(panel, x, y) {
  const found = panel.axes ? [`${panel.x_label || "x"} = ${brief(x)}`, `${panel.y_label || "y"} = ${brief(y)}`] : [];
  const numbers = [];
  for (const layer of panel.layers) {
    if (layer.kind !== "density") continue;
    const v = cellValue(layer, x, y), [rows, columns] = layer.shape;
    if (layer.borders && v !== null) {
      found.splice(0, 2, `row ${Math.min(rows, Math.floor(y) + 1)}`, `column ${Math.min(columns, Math.floor(x) + 1)}`);
    }
    if (v !== null) numbers.push([layer.label, v, layer.values instanceof Uint8Array && !layer.borders]);
  }
  for (const grid of panel.readouts) {
    const v = gridValue(grid, x, y);
    if (v !== null) numbers.push([grid.label, v, false]);
  }
  for (const [name, v, rough] of numbers) found.push(`${name} ${rough ? "≈" : "="} ${brief(v)}`);
  return found.join(",  ");
}

// The pointer over the canvas, or its arrow keys: `figure` gives places and takes words.
function probe(canvas, figure) {
  let at = null;                                // the keyboard's cross, in pixels
  const say = (x, y, aloud) => {
    const spot = spotAt(figure.spots(), x, y);
    figure.light(spot);
    if (spot) return figure.read(spot.says, aloud);
    const place = figure.places().find((p) => inside(p, x, y));
    if (!place) return figure.read("", aloud);
    const s = scales(place);
    figure.read(readout(place.panel, s.dx(x), s.dy(y)), aloud);
  };
  const move = (event) => {
    at = null;
    figure.cross(null);
    say(event.offsetX, event.offsetY, false);
  };
  const leave = () => {
    figure.light(null);
    figure.read("", false);
  };
  const key = (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const spots = figure.spots();
    if (spots.length && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      return figure.press();
    }
    if (!step) return;
    event.preventDefault();
    if (spots.length) {
      const spot = nextSpot(spots, figure.lit(), step, event.shiftKey);
      figure.light(spot);
      return figure.read(spot.says, true);
    }
    const first = figure.places()[0];
    at ??= [first.x + first.width / 2, first.y + first.height / 2];
    const size = event.shiftKey ? 40 : 8;
    at = [at[0] + size * step[0], at[1] + size * step[1]];
    at = [Math.max(0, Math.min(canvas.clientWidth, at[0])), Math.max(0, Math.min(canvas.clientHeight, at[1]))];
    figure.cross(at);
    say(...at, true);
  };
  const blur = () => { at = null; figure.cross(null); leave(); };
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerdown", (event) => {
    figure.unpin();
    move(event);
    figure.press();
  });
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("keydown", key);
  canvas.addEventListener("blur", blur);
}
