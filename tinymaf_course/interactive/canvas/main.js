// The widget's view: it puts the parts together and redraws when the model, the page's width or its theme changes.

function make(tag, name, parent, attributes = {}) {
  const element = document.createElement(tag);
  element.className = name;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

// Keys are for the controls: the notebook would change the cell at an arrow, and insert one at a letter.
function keepKeys(event) {
  const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
  if (!command && event.key !== "Tab" && event.key !== "Escape") event.stopPropagation();
}

function render({ model, el }) {
  const root = make("div", "tm-figure", el, { role: "group", "aria-label": model.get("title") });
  const row = make("div", "tm-scrub", root), words = make("span", "", row);
  const range = make("input", "", row, { type: "range", min: 0, step: 1 }), value = make("output", "", row);
  const terms = make("div", "tm-formula", root, { hidden: "" });
  const stage = make("div", "tm-stage", root);
  const canvas = make("canvas", "tm-canvas", stage, { tabindex: 0, role: "img", "aria-label": model.get("title") });
  const cross = make("div", "tm-cross", stage, { hidden: "" });
  const alert = make("div", "tm-error", stage, { role: "alert", hidden: "" });
  const busy = make("div", "tm-busy", stage, { role: "status", hidden: "" });
  const says = make("div", "tm-says", root), read = make("div", "tm-readout", root);
  const live = make("div", "tm-live", root, { "aria-live": "polite" });

  const bytes = model.get("colors"), tables = {};
  model.get("maps").forEach((name, k) => {
    tables[name] = new Uint8Array(bytes.buffer.slice(bytes.byteOffset + 1024 * k, bytes.byteOffset + 1024 * (k + 1)));
  });

  const night = turned(tables.greys);
  let lit = { part: null, spot: null }, pinned = false, hint = "\u00a0";
  let specs = [], places = [], due = false, drawn = 0, painted = "", aloud, refining, looking;

  function speak(text, wait = 500) {            // aloud only once things stand still
    clearTimeout(aloud);
    aloud = setTimeout(() => { live.textContent = text; }, wait);
  }

  const figure = {
    places: () => places,
    read(text, loud) {
      if (pinned && !text) return;
      read.textContent = text || hint;
      if (loud && text) speak(text);
    },
    spots: () => spotsOf(places),
    lit: () => lit.spot,
    light(spot) {                               // a spot, or null: the picture as it is
      if (pinned || key(lit.spot) === key(spot)) return;
      lit = { part: spot?.part ?? null, spot };
      canvas.style.cursor = spot ? "pointer" : "";
      draw();
    },
    press() {                                   // a spot that sets something sets it, another one stays lit
      if (!lit.spot) return;
      if (!lit.spot.sets) pinned = true;
      else {
        model.set("pressed", { sets: lit.spot.sets, count: (model.get("pressed").count ?? 0) + 1 });
        model.save_changes();
      }
    },
    unpin() { pinned = false; },
    cross(at) {
      cross.hidden = !at;
      if (at) [cross.style.left, cross.style.top] = [`${at[0]}px`, `${at[1]}px`];
    },
  };
  const write = formula(terms, (part, says) => {
    pinned = false;
    lit = { part, spot: null };
    figure.read(says, true);
    draw();
  });
  const grips = handles(stage, canvas, (moved, count) => {
    model.set("held", { places: moved, count });
    model.save_changes();
  });
  grips.start(model.get("answered"));
  probe(canvas, figure);

  const index = () => (row.hidden ? 0 : Number(range.value));

  const film = player(row, range, index, (k) => { model.set("place", k); });

  function draw() {                             // once, however many things of one message ask for it
    if (!due) queueMicrotask(drawNow);
    due = true;
  }

  function drawNow() {
    due = false;
    const frames = model.get("frames"), k = index();
    if (!frames.specs?.length || !root.isConnected) return;     // its observer will call once it is on the page
    (root.closest(".tm-explorer") ?? root).addEventListener("keydown", keepKeys);       // again and again is once
    const spec = (specs[k] ??= revive(frames.specs[k], frames.buffers));
    const page = Math.floor(Math.min(el.clientWidth || root.clientWidth, spec.width));
    if (page < 40) return;
    const rows = wrapped(spec.rows, page);      // panels below one another are read one by one: they need not fit
    const width = rows.length > spec.rows.length ? page : fitting(rows, page, model.get("tallest"));
    const plan = layout(rows, width);
    stage.style.width = `${width}px`;
    const look = theme(root, model.get("ink"));
    painted = JSON.stringify(look);
    places = plan.places;
    if (lit.spot) {                             // the same spot in a new picture, if it is still there
      const now = figure.spots().find((spot) => key(spot) === key(lit.spot));
      if (now && now.says !== lit.spot.says) read.textContent = now.says;
      lit = { part: now?.part ?? null, spot: now ?? null };
      pinned &&= Boolean(now);
    }
    const before = hint;
    hint = spec.hint || "\u00a0";
    if (read.textContent === before) read.textContent = hint;
    write(spec.formula, lit.part);
    paint(canvas, plan, width, look, { ...tables, cells: look.dark ? night : tables.greys }, lit);
    canvas.dataset.lit = lit.part ?? key(lit.spot) ?? "";
    grips.update(places, model.get("answered"));
    const text = model.get("says")[k] ?? "";
    if (says.textContent !== text) {
      says.textContent = text;
      if (drawn) speak(text);
    }
    canvas.dataset.panels = JSON.stringify(places.map(({ panel, x, y, width: w, height: h }) => (
      { x, y, width: w, height: h, xlim: panel.x, ylim: panel.y })));
    canvas.dataset.frame = ++drawn;
    canvas.dataset.says = text;
  }

  function onFrames() {
    specs = [];
    draw();
    clearTimeout(refining);
    const serial = model.get("coarse");
    if (serial) refining = setTimeout(() => model.send({ kind: "refine", serial }), 180);
  }

  function onWorking() { busy.textContent = model.get("working") || "Python is computing ..."; }

  const forget = watchKernel(model, (computes) => { busy.hidden = !computes; });

  function onError() {
    alert.textContent = model.get("error");
    alert.hidden = !alert.textContent;
  }

  function onScrub(place) {
    const { label: text, texts, start } = model.get("scrub");
    row.hidden = !texts;
    film.setup(model.get("scrub"));
    if (!texts) return;
    words.textContent = text;
    range.max = texts.length - 1;
    value.style.flex = "none";
    value.style.width = `${Math.max(...texts.map((t) => t.length))}ch`;    // or the range would jump with it
    range.value = place ?? start;
    range.setAttribute("aria-label", text);
    showPlace();
  }

  function showPlace() {
    const text = model.get("scrub").texts[index()];
    value.textContent = text;
    range.setAttribute("aria-valuetext", text);
  }

  function onPlace() {                          // the model keeps the place, for other views of it
    range.value = model.get("place");
    showPlace();
    draw();
  }

  range.addEventListener("input", () => model.set("place", index()));    // and is not told: there may be no kernel
  const listeners = { "change:scrub": () => { onScrub(); draw(); }, "change:place": onPlace, "change:frames": onFrames,
                      "change:error": onError, "change:working": onWorking, "change:answered": draw, "change:says": draw };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);

  const size = new ResizeObserver(draw);
  size.observe(el);

  // A new theme: its colours may arrive before what tells of it, or after. So look at once, and once more.
  function freshen() {
    if (drawn && JSON.stringify(theme(root, model.get("ink"))) !== painted) draw();
  }
  function freshenTwice() {
    freshen();
    clearTimeout(looking);
    looking = setTimeout(freshen, 300);
  }
  for (const event of ["transitionend", "transitioncancel"]) {          // of the ink, see canvas.css
    root.addEventListener(event, ({ target }) => { if (target === root) freshenTwice(); });
  }
  const page = new MutationObserver(freshenTwice);         // JupyterLab and other hosts name the theme there
  for (const element of [document.documentElement, document.body]) page.observe(element, { attributes: true });
  const sight = new IntersectionObserver(freshen);         // a theme that came while the figure was out of sight
  sight.observe(root);
  window.addEventListener("resize", draw);      // a browser's zoom changes the number of pixels in a pixel

  figure.read("", false);
  onWorking();
  onScrub(model.get("place") ?? undefined);
  onError();
  onFrames();

  return () => {                                // the view goes: nothing of it stays
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    for (const timer of [aloud, refining, looking]) clearTimeout(timer);
    film.pause();
    forget();
    size.disconnect();
    page.disconnect();
    sight.disconnect();
    window.removeEventListener("resize", draw);
    specs = places = [];
    root.remove();
  };
}

export default { render };
