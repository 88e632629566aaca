// Where things are: the layout of the panels, the axes' scales and ticks, the theme. sheet.py does the same on paper.

const GAP = 14, NARROWEST = 200;

function margins(panel) {
  const bar = panel.layers.some((layer) => layer.bar);
  const ticks = (given, room) => (given && !given.length ? 8 : room);
  return {
    left: panel.axes ? ticks(panel.y_ticks, 34) + (panel.y_label ? 18 : 2) : 6,
    right: 12 + (bar ? 62 : 0),
    top: panel.title ? 28 : 10,
    bottom: panel.axes ? ticks(panel.x_ticks, 22) + (panel.x_label ? 18 : 4) : 6,
  };
}

function wrapped(rows, width) {                 // on a narrow page, panels go below one another
  const columns = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
  return rows.flatMap((row) => {
    const parts = [];
    for (let k = 0; k < row.length; k += columns) parts.push(row.slice(k, k + columns));
    const last = parts.at(-1), full = parts[0].reduce((sum, panel) => sum + panel.share, 0);
    const alone = parts.length > 1 && columns > 1 && last.length === 1 && last[0].equal;    // it keeps its size
    last.part = alone ? Math.max(NARROWEST / width, last[0].share / full) : 1;
    return parts;
  });
}

// Of rows that are wrapped: a list of {panel, x, y, width, height, left, room}: the plots' rectangles in CSS pixels, what is at their left, and
// the width of it all; and the height.
function layout(rows, width) {
  const places = [];
  let top = 0;
  for (const row of rows) {
    const shares = row.reduce((sum, panel) => sum + panel.share, 0);
    const room = width * (row.part ?? 1) - GAP * (row.length - 1);
    const edges = row.map(margins), above = Math.max(...edges.map((m) => m.top));
    const below = Math.max(...edges.map((m) => m.bottom));
    const widths = row.map((panel, k) => (room * panel.share) / shares - edges[k].left - edges[k].right);
    const shapes = row.map((panel) => panel.equal
      ? Math.abs((panel.y[1] - panel.y[0]) / (panel.x[1] - panel.x[0])) : panel.aspect);
    const heights = row.map((panel, k) => (shapes[k] ? shapes[k] * widths[k] : 0));
    const height = Math.max(...heights) || 0.66 * Math.max(...widths);
    let left = 0;
    row.forEach((panel, k) => {
      const own = heights[k] || height;
      places.push({ panel, x: left + edges[k].left, y: top + above + (height - own) / 2, width: widths[k],
                    height: own, left: edges[k].left, room: (room * panel.share) / shares });
      left += (room * panel.share) / shares + GAP;
    });
    top += above + height + below;
  }
  return { places, height: Math.ceil(top) };
}

// The greatest width at which rows of panels are not higher than `tallest`.
function fitting(rows, width, tallest) {
  let low = 1, high = width;
  while (low < high) {
    const middle = layout(rows, high).height <= tallest ? high : Math.ceil((low + high) / 2);
    if (layout(rows, middle).height <= tallest) low = middle; else high = middle - 1;
  }
  return low;
}

// Data to pixels and back, for one place.
function scales({ panel, x, y, width, height }) {
  const [x0, x1] = panel.x, [y0, y1] = panel.y;
  return {
    px: (v) => x + ((v - x0) / (x1 - x0)) * width,
    py: (v) => y + height - ((v - y0) / (y1 - y0)) * height,
    dx: (p) => x0 + ((p - x) / width) * (x1 - x0),
    dy: (p) => y0 + ((y + height - p) / height) * (y1 - y0),
  };
}

// Round numbers within a range, six at most: [[value, text], ...].
function ticks([a, b], most = 5) {
  const low = Math.min(a, b), high = Math.max(a, b), rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((s) => s * power >= rough * (1 - 1e-9)) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    found.push([k * step, (k * step).toFixed(Math.min(digits, 12)).replace(/^-(0(\.0*)?)$/, "$1").replace("-", "−")]);
  }
  return found;
}

const brief = (v) => (Number.isFinite(v) ? String(Number(v.toPrecision(3))).replace("-", "−") : "none");

// On a dark ground, the two dark colours of the palette are lifted.
const LIFTED = { "#0072B2": "#3D9FDC", "#6B6B6B": "#A3A3A3" };

// The theme's colours: JupyterLab's where they are, those of the page elsewhere.
function theme(element, paper) {
  const style = getComputedStyle(element);
  const get = (name, other) => style.getPropertyValue(name).trim() || other;
  return {
    ink: get("--jp-ui-font-color1", style.color), muted: get("--jp-ui-font-color2", paper.muted),
    faint: get("--jp-border-color1", paper.faint), paper: get("--jp-layout-color0", paper.paper),
    font: get("--jp-ui-font-family", "system-ui, sans-serif"),
    ...(isLight(get("--jp-ui-font-color1", style.color)) ? { ...LIFTED, dark: true } : {}),
  };
}

function turned(table) {                        // ink on paper, where ink is light and paper dark; transparent stays last
  const made = table.slice();
  for (let k = 0; k < 255; k++) made.set(table.subarray(4 * (254 - k), 4 * (255 - k)), 4 * k);
  return made;
}

// As in light ink on a dark ground. A pixel knows what any of CSS' ways to write a colour means; it lies on mid-grey,
// for inks that are not quite opaque.
const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function isLight(color) {
  for (const style of ["#808080", color]) {
    pixel.fillStyle = style;
    pixel.fillRect(0, 0, 1, 1);
  }
  const [r, g, b] = pixel.getImageData(0, 0, 1, 1).data;
  return 0.3 * r + 0.59 * g + 0.11 * b > 128;
}
