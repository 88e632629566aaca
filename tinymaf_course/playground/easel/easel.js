// The easel: a sheet over the figure's first panel that turns strokes into puffs of the brush, and the row of files.

const EVERY = 50;               // ms between two messages of a stroke

function easel({ model, el }) {
  const close = render({ model, el });
  const root = el.querySelector(".tm-figure"), stage = el.querySelector(".tm-stage");
  const canvas = stage.querySelector("canvas"), live = el.querySelector(".tm-live");
  const sheet = make("div", "tp-easel", stage, { tabindex: 0, role: "application", "aria-roledescription": "sheet to draw on",
    "aria-label": "Sheet to draw on. Arrow keys move the brush, Shift makes larger steps, Space sprays or erases." });
  const brush = make("div", "tp-brush", sheet, { hidden: "" });
  let panel, at = null, puffs = [], timer, down = false, first = true, spoken;

  const clip = (v, [low, high]) => Math.max(low, Math.min(high, v));
  const unit = () => panel.width / (panel.xlim[1] - panel.xlim[0]);      // pixels to one of the data's

  function place() {
    panel = JSON.parse(canvas.dataset.panels ?? "[]")[0];
    sheet.hidden = !panel;
    if (!panel) return;
    for (const side of ["width", "height"]) sheet.style[side] = `${panel[side]}px`;
    [sheet.style.left, sheet.style.top] = [`${panel.x}px`, `${panel.y}px`];
    showBrush();
  }

  function showBrush() {
    brush.hidden = !at;
    sheet.dataset.tool = model.get("tool");
    if (!at || !panel) return;
    const size = Math.max(6, model.get("brush") * unit());
    brush.style.width = brush.style.height = `${size}px`;
    brush.style.left = `${(at[0] - panel.xlim[0]) * unit()}px`;
    brush.style.top = `${(panel.ylim[1] - at[1]) * unit()}px`;
  }

  function flush() {
    if (puffs.length) model.send({ kind: "puffs", at: puffs, first });
    if (puffs.length) first = false;
    puffs = [];
  }

  function to(event) {                          // where the pointer is, in data units
    const frame = sheet.getBoundingClientRect();
    return [clip(panel.xlim[0] + (event.clientX - frame.left) / unit(), panel.xlim),
            clip(panel.ylim[1] - (event.clientY - frame.top) / unit(), panel.ylim)];
  }

  function within(event) {
    const { left, right, top, bottom } = sheet.getBoundingClientRect();
    return event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
  }

  function along(a, b) {                        // puffs on the way from a to b, a third of a brush apart
    const n = Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / (model.get("brush") / 3));
    for (let k = 1; k <= n; k++) puffs.push([0, 1].map((i) => a[i] + ((b[i] - a[i]) * k) / n));
  }

  sheet.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    sheet.focus({ preventScroll: true });
    sheet.setPointerCapture(event.pointerId);
    at = to(event);
    puffs.push(at);
    [down, first] = [true, true];
    showBrush();
    clearInterval(timer);
    timer = setInterval(() => { if (!puffs.length && at) puffs.push(at); flush(); }, EVERY);    // it sprays while it rests
  });
  sheet.addEventListener("pointermove", (event) => {
    const next = within(event) ? to(event) : null;        // a stroke ends at the border, and begins there anew
    if (down && next) at ? along(at, next) : puffs.push(next);
    at = next;
    showBrush();
  });
  const up = () => {
    clearInterval(timer);
    flush();
    down = false;
  };
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) sheet.addEventListener(name, up);
  sheet.addEventListener("pointerleave", () => {
    if (down || document.activeElement === sheet) return;
    at = null;
    showBrush();
  });

  function speak(text) {
    clearTimeout(spoken);
    spoken = setTimeout(() => { live.textContent = text; }, 400);
  }

  sheet.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    const middle = ([low, high]) => (low + high) / 2;
    at ??= [middle(panel.xlim), middle(panel.ylim)];
    if (step) {
      const size = (event.shiftKey ? 0.08 : 0.02) * (panel.xlim[1] - panel.xlim[0]);
      at = [clip(at[0] + size * step[0], panel.xlim), clip(at[1] + size * step[1], panel.ylim)];
      speak(`brush at ${brief(at[0])}, ${brief(at[1])}`);
    } else {
      first = !event.repeat;
      puffs.push(at, at);
      flush();
      speak(`${model.get("tool") === "draw" ? "sprayed" : "erased"} at ${brief(at[0])}, ${brief(at[1])}`);
    }
    showBrush();
  });
  sheet.addEventListener("focus", () => {
    if (!at && panel) at = [0, 1].map((k) => (k ? panel.ylim : panel.xlim).reduce((a, b) => a + b) / 2);
    showBrush();
  });
  sheet.addEventListener("blur", () => { if (!down) { at = null; showBrush(); } });

  // The files. The kernel makes them on demand; the view that asked saves them.
  const row = make("div", "tp-files", root, { role: "group", "aria-label": "Take home" });
  make("span", "tp-files-title", row).textContent = "Take home";
  const titles = { picture: "Picture (PNG)", samples: "Samples (CSV)", model: "Model (.npz)" };
  let asked = 0, link;
  const buttons = Object.entries(titles).map(([what, title]) => {
    const button = make("button", "jupyter-button widget-button tp-file", row, { type: "button", "data-what": what });
    button.textContent = title;
    button.addEventListener("click", () => {
      asked += 1;
      model.send({ kind: "export", what });
    });
    return button;
  });
  const wrote = make("span", "tp-wrote", row, { role: "status" });

  function enable() {
    for (const button of buttons) button.disabled = !model.get("ready");
    if (!link) wrote.textContent = model.get("ready") ? "" : "once a model has been trained";
  }

  function onFile(message, buffers) {
    if (message.kind !== "file" || !asked) return;
    asked -= 1;
    if (!message.name) return;                  // it failed, and the figure says why
    const b = buffers[0], bytes = new Uint8Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength));
    if (link) URL.revokeObjectURL(link.href);
    wrote.textContent = "Saved ";
    link = make("a", "tp-link", wrote, { download: message.name,
      href: URL.createObjectURL(new Blob([bytes], { type: message.type })) });
    link.textContent = message.name;
    wrote.append(` to your downloads: ${message.says}, ${Math.max(1, Math.round(bytes.length / 1000))} KB.`);
    link.click();
  }

  // Tell the kernel when a frame is on the screen, so that it never sends faster than it is drawn.
  let told = -1;
  const seen = new MutationObserver(() => {
    place();
    const turn = model.get("turn");
    if (turn === told) return;
    told = turn;
    requestAnimationFrame(() => model.send({ kind: "drawn", turn }));
  });
  seen.observe(canvas, { attributes: true, attributeFilter: ["data-frame", "data-panels"] });
  const listeners = { "change:brush": showBrush, "change:tool": showBrush, "change:ready": enable, "msg:custom": onFile };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  place();
  enable();

  return () => {
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    clearInterval(timer);
    clearTimeout(spoken);
    seen.disconnect();
    if (link) URL.revokeObjectURL(link.href);
    close();
  };
}

export default { render: easel };
