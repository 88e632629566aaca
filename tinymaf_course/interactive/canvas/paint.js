// A frame onto a canvas: frames of axes, layers, ticks, titles, legends, colour bars.

const KINDS = { f4: Float32Array, u1: Uint8Array, u4: Uint32Array };

// The spec with typed arrays in place of {"$": k, "as": kind}.
function revive(value, buffers) {
  if (Array.isArray(value)) return value.map((inner) => revive(inner, buffers));
  if (value === null || typeof value !== "object") return value;
  if ("$" in value) {
    const b = buffers[value.$];
    return new KINDS[value.as](b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength));
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revive(inner, buffers)]));
}

// Draws at once, in one go: the browser never shows a half drawn or an empty canvas.
function paint(canvas, { places, height }, width, look, tables, lit = {}) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext("2d"), colour = (name) => look[name] ?? name;
  ctx.family = look.font;
  ctx.setTransform(w / width, 0, 0, h / height, 0, 0);
  ctx.clearRect(0, 0, width, height);
  const known = new Set(places.flatMap(({ panel }) => panel.layers.map((layer) => layer.part)));
  for (const place of places) {
    const s = scales(place), { panel } = place;
    ctx.save();
    ctx.beginPath();
    ctx.rect(place.x, place.y, place.width, place.height);
    if (panel.axes) ctx.clip();
    for (const layer of panel.layers) {
      const shown = underLight(layer, lit.part, known);
      if (!shown) continue;
      ctx.save();
      if (lit.part && known.has(lit.part) && ![lit.part, "*"].includes(layer.part)) ctx.globalAlpha = FADED;
      LAYERS[layer.kind](ctx, shown, s, colour, tables);
      ctx.restore();
    }
    if (lit.spot?.place.panel === panel) drawSpot(ctx, lit.spot, look);
    ctx.restore();
    if (panel.axes) axes(ctx, place, s, look);
    if (panel.title) title(ctx, place, look);
    legend(ctx, place, look, colour);
    const bar = panel.layers.find((layer) => layer.bar);
    if (bar) colourBar(ctx, place, bar, look, tables);
  }
}

// Over the middle of the plot, or as near to it as the panel's own room allows: no neighbour and no edge cuts it.
function title(ctx, { panel, x, y, width, left, room }, look) {
  ctx.font = `600 13px ${ctx.family}`;
  const half = Math.min(ctx.measureText(panel.title).width, room) / 2, from = x - left;
  const middle = Math.max(from + half, Math.min(x + width / 2, from + room - half));
  label(ctx, panel.title, middle, y - 9, { color: look.ink, size: 13, base: "alphabetic", bold: true, most: room });
}

function axes(ctx, place, s, look) {
  const { panel, x, y, width, height } = place;
  ctx.strokeStyle = look.muted;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x, y + height);
  ctx.lineTo(x + width, y + height);
  const across = panel.x_ticks ?? ticks(panel.x), up = panel.y_ticks ?? ticks(panel.y);
  for (const [v] of across) {
    ctx.moveTo(s.px(v), y + height);
    ctx.lineTo(s.px(v), y + height + 4);
  }
  for (const [v] of up) {
    ctx.moveTo(x, s.py(v));
    ctx.lineTo(x - 4, s.py(v));
  }
  ctx.stroke();
  const color = look.ink;
  for (const [v, text] of across) label(ctx, text, s.px(v), y + height + 7, { color, size: 11, base: "top" });
  const most = place.left - 7;
  for (const [v, text] of up) label(ctx, text, x - 7, s.py(v), { color, size: 11, align: "right", most });
  if (panel.x_label) {
    const below = across.length ? 23 : 8;
    label(ctx, panel.x_label, x + width / 2, y + height + below, { color, size: 12.5, base: "top" });
  }
  if (panel.y_label) {
    ctx.save();
    ctx.translate(x - place.left + 10, y + height / 2);
    if (panel.y_label.length > 3) ctx.rotate(-Math.PI / 2);
    label(ctx, panel.y_label, 0, 0, { color, size: 12.5 });
    ctx.restore();
  }
}

function legend(ctx, place, look, colour) {
  const named = place.panel.layers.filter((layer) => layer.label && layer.kind !== "density" && !layer.only);
  if (!named.length) return;
  ctx.font = `11.5px ${ctx.family}`;
  const line = 17, wide = Math.max(...named.map((layer) => ctx.measureText(layer.label).width)) + 34;
  const tall = line * named.length + 6, [vertical, side] = place.panel.legend.split(" ");
  const x = side === "left" ? place.x + 6 : place.x + place.width - wide - 4;
  const y = vertical === "upper" ? place.y + 4 : place.y + place.height - tall - 6;
  ctx.save();
  ctx.globalAlpha = 0.82;
  ctx.fillStyle = look.paper;
  ctx.fillRect(x, y, wide, tall);
  ctx.restore();
  named.forEach((layer, k) => {
    const middle = y + 3 + line * (k + 0.5), color = colour(layer.color ?? layer.palette?.[0]);
    ctx.save();
    ctx.globalAlpha = Math.max(layer.alpha, 0.4);
    ctx.fillStyle = ctx.strokeStyle = color;
    ctx.beginPath();
    if (layer.kind === "points") {
      ctx.lineWidth = 1.5;
      mark(ctx, layer.marker, x + 14, middle, Math.max(3, Math.min(5, layer.size)));
      "x+".includes(layer.marker) ? ctx.stroke() : ctx.fill();
    } else if (layer.kind === "lines") {
      ctx.lineWidth = layer.width;
      ctx.setLineDash(layer.dash);
      ctx.moveTo(x + 5, middle);
      ctx.lineTo(x + 24, middle);
      ctx.stroke();
    } else {
      ctx.fillRect(x + 7, middle - 5, 14, 10);
      ctx.globalAlpha = 1;
      outline(ctx, { ...layer, width: 1 }, colour, () => ctx.strokeRect(x + 7, middle - 5, 14, 10));
    }
    ctx.restore();
    label(ctx, layer.label, x + 29, middle, { color: look.ink, size: 11.5, align: "left" });
  });
}

function colourBar(ctx, place, layer, look, tables) {
  const x = place.x + place.width + 10, { y, height } = place, table = tables[layer.cmap];
  const gradient = ctx.createLinearGradient(0, y + height, 0, y);
  for (let k = 0; k <= 32; k++) {
    const at = 4 * Math.round((k * 254) / 32);
    gradient.addColorStop(k / 32, `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]} / ${table[at + 3] / 255})`);
  }
  ctx.fillStyle = gradient;
  ctx.fillRect(x, y, 11, height);
  for (const [v, text] of ticks([layer.vmin, layer.vmax], 4)) {
    const at = y + height - ((v - layer.vmin) / (layer.vmax - layer.vmin)) * height;
    label(ctx, text, x + 15, at, { color: look.ink, size: 10.5, align: "left" });
  }
  ctx.save();
  ctx.translate(x + 56, y + height / 2);
  ctx.rotate(-Math.PI / 2);
  label(ctx, layer.label, 0, 0, { color: look.ink, size: 12 });
  ctx.restore();
}
