// How each kind of layer is drawn: (ctx, layer, scales, colour), where colour(name) knows the theme's names.

const LAYERS = {
  density(ctx, layer, s, colour, tables) {
    if (layer.table !== tableOf(layer, tables)) {       // it is new, or the theme is
      layer.table = tableOf(layer, tables);
      layer.bitmap = bitmap(layer, tables);
    }
    const [[x0, x1], [y0, y1]] = layer.box;
    ctx.save();
    ctx.imageSmoothingEnabled = layer.smooth;
    ctx.translate(s.px(x0), s.py(y0));          // row 0 of the bitmap lies at the lowest y, wherever that is
    ctx.scale(s.px(x1) - s.px(x0), s.py(y1) - s.py(y0));
    ctx.drawImage(layer.bitmap, 0, 0, 1, 1);
    ctx.restore();
    if (layer.borders) borders(ctx, layer, s);
    const [rows, columns] = layer.shape;
    for (const [i, j, text] of layer.marks ?? []) {
      const x = s.px(x0 + ((x1 - x0) * (j + 0.5)) / columns), y = s.py(y0 + ((y1 - y0) * (i + 0.5)) / rows);
      const [r, g, b, a] = tableAt(layer, tables, i * columns + j);
      const light = (0.3 * r + 0.59 * g + 0.11 * b - 255) * (a / 255) + 255;
      const cell = Math.abs(s.px(x1) - s.px(x0)) / columns;
      label(ctx, text, x, y, { color: light < 140 ? "#FFFFFF" : "#222222",
                               size: Math.max(7, Math.min(14, cell * 0.5)), most: Math.max(6, cell - 2) });
    }
  },

  points(ctx, layer, s, colour) {
    const { xy, index, palette, size, marker } = layer, stroked = marker === "x" || marker === "+";
    ctx.globalAlpha = layer.alpha;
    ctx.lineWidth = Math.max(1, size / 2.5);
    const paint = (c) => { ctx[stroked ? "strokeStyle" : "fillStyle"] = colour(c); };
    if (!index) paint(layer.color);
    for (let k = 0, last = -1; k < xy.length / 2; k++) {
      if (!Number.isFinite(xy[2 * k]) || !Number.isFinite(xy[2 * k + 1])) continue;
      if (index && index[k] !== last) paint(palette[(last = index[k])]);
      ctx.beginPath();
      mark(ctx, marker, s.px(xy[2 * k]), s.py(xy[2 * k + 1]), size);
      stroked ? ctx.stroke() : ctx.fill();
    }
  },

  lines(ctx, layer, s, colour) {
    ctx.globalAlpha = layer.alpha;
    ctx.strokeStyle = colour(layer.color);
    ctx.lineWidth = layer.width;
    ctx.lineJoin = "round";
    ctx.setLineDash(layer.dash);
    paths(ctx, layer, s, () => ctx.stroke());
  },

  polygons(ctx, layer, s, colour) {
    paths(ctx, layer, s, () => {
      ctx.closePath();
      ctx.globalAlpha = layer.alpha;
      ctx.fillStyle = colour(layer.color);
      ctx.fill();
      ctx.globalAlpha = 1;
      outline(ctx, layer, colour, () => ctx.stroke());
    });
  },

  bars(ctx, layer, s, colour) {
    for (let k = 0; k < layer.x.length; k++) {
      const left = s.px(layer.x[k] - layer.width / 2), right = s.px(layer.x[k] + layer.width / 2);
      const low = s.py(layer.base), high = s.py(layer.height[k]);
      ctx.globalAlpha = layer.alpha;
      ctx.fillStyle = colour(layer.color);
      ctx.fillRect(left, high, right - left, low - high);
      ctx.globalAlpha = 1;
      outline(ctx, { ...layer, width: 1 }, colour, () => ctx.strokeRect(left, high, right - left, low - high));
    }
  },

  text(ctx, layer, s, colour) {
    label(ctx, layer.text, s.px(layer.x), s.py(layer.y), {
      color: colour(layer.color), size: layer.size, align: layer.align, bold: layer.bold,
      halo: layer.halo && colour("paper") });
  },
};

function tableOf(layer, tables) {               // the grey of a matrix follows the theme, that of a picture does not
  return tables[layer.marks && layer.cmap === "greys" ? "cells" : layer.cmap];
}

function tableAt(layer, tables, k) {            // the colour of one value, as bytes of the table
  const v = layer.values[k];
  const level = layer.values instanceof Uint8Array ? v : Number.isNaN(v) ? 255
    : Math.max(0, Math.min(254, Math.round(((v - layer.vmin) / (layer.vmax - layer.vmin)) * 254)));
  return tableOf(layer, tables).subarray(4 * level, 4 * level + 4);
}

function bitmap(layer, tables) {
  const [rows, columns] = layer.shape, canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const data = new Uint8ClampedArray(4 * rows * columns);
  const words = new Uint32Array(data.buffer), table = new Uint32Array(tableOf(layer, tables).slice().buffer);
  const { values, vmin, vmax } = layer, bytes = values instanceof Uint8Array;
  for (let k = 0; k < words.length; k++) {
    const v = values[k];
    words[k] = table[bytes ? v : v !== v ? 255
      : Math.max(0, Math.min(254, Math.round(((v - vmin) / (vmax - vmin)) * 254)))];
  }
  canvas.getContext("2d").putImageData(new ImageData(data, columns, rows), 0, 0);
  return canvas;
}

function borders(ctx, layer, s) {
  const [rows, columns] = layer.shape, [[x0, x1], [y0, y1]] = layer.box;
  ctx.strokeStyle = "#808080";                  // seen on white cells and on black ones, in both themes
  ctx.globalAlpha = 0.6;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let j = 0; j <= columns; j++) {
    const x = s.px(x0 + ((x1 - x0) * j) / columns);
    ctx.moveTo(x, s.py(y0));
    ctx.lineTo(x, s.py(y1));
  }
  for (let i = 0; i <= rows; i++) {
    const y = s.py(y0 + ((y1 - y0) * i) / rows);
    ctx.moveTo(s.px(x0), y);
    ctx.lineTo(s.px(x1), y);
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function mark(ctx, marker, x, y, r) {
  if (marker === "o") return ctx.arc(x, y, r, 0, 2 * Math.PI);
  if (marker === "s") return ctx.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  const [dx, dy] = marker === "x" ? [0.8 * r, 0.8 * r] : [r, r];
  if (marker === "^") {
    ctx.moveTo(x, y - 1.15 * r);
    ctx.lineTo(x + r, y + 0.75 * r);
    ctx.lineTo(x - r, y + 0.75 * r);
    return ctx.closePath();
  }
  for (const [a, b, c, d] of marker === "x" ? [[-dx, -dy, dx, dy], [-dx, dy, dx, -dy]] : [[-dx, 0, dx, 0], [0, -dy, 0, dy]]) {
    ctx.moveTo(x + a, y + b);
    ctx.lineTo(x + c, y + d);
  }
}

function paths(ctx, { xy, ends }, s, finish) {
  let k = 0;
  for (const end of ends) {
    ctx.beginPath();
    for (let pen = false; k < end; k++) {
      const x = s.px(xy[2 * k]), y = s.py(xy[2 * k + 1]);
      if (!Number.isFinite(x) || !Number.isFinite(y)) pen = false;
      else if (pen) ctx.lineTo(x, y);
      else { ctx.moveTo(x, y); pen = true; }
    }
    finish();
  }
}

function outline(ctx, layer, colour, stroke) {
  if (!layer.edge) return;
  ctx.strokeStyle = colour(layer.edge);
  ctx.lineWidth = layer.width;
  stroke();
}

function label(ctx, text, x, y, { color, size = 12, align = "center", base = "middle", bold, halo, most }) {
  ctx.font = `${bold ? "600 " : ""}${size}px ${ctx.family}`;
  ctx.textAlign = align;
  ctx.textBaseline = base;
  const fit = most && ctx.measureText(text).width > most ? [most] : [];      // narrower letters, rather than beyond it
  if (halo) {
    ctx.strokeStyle = halo;
    ctx.lineWidth = 3.5;
    ctx.lineJoin = "round";
    ctx.setLineDash([]);
    ctx.strokeText(text, x, y, ...fit);
  }
  ctx.fillStyle = color;
  ctx.fillText(text, x, y, ...fit);
}
