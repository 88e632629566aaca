// Points to drag: buttons over the canvas, so that they take focus and keys as well as a pointer. The whole plot in which
// such a point lies is its handle: a click fetches it, and it can be dragged from anywhere.

// Does a place have the axis along which the handle of another place moves, in the same position on the page?
function aligned(place, other, axis) {
  const same = (a, b) => a[0] === b[0] && a[1] === b[1];
  if (place === other) return true;
  if (!axis || !place.panel.axes) return false;
  return axis === "x" ? same(place.panel.x, other.panel.x) && Math.abs(place.x - other.x) < 1
    : same(place.panel.y, other.panel.y) && Math.abs(place.y - other.y) < 1;
}

function handles(stage, canvas, send) {
  const buttons = new Map();
  let places = [], held = {}, count = 0, answered = 0;

  function constrained({ axis, box, at }, x, y) {
    const [bx, by] = box, clip = (v, [low, high]) => Math.max(low, Math.min(high, v));
    return [axis === "y" ? at[0] : clip(x, bx), axis === "x" ? at[1] : clip(y, by)];
  }

  const find = (name) => places.flatMap((place) => place.panel.handles.map((handle) => ({ place, handle })))
    .find(({ handle }) => handle.name === name);

  function move(name, x, y) {
    const { handle } = find(name), now = held[name] ?? handle.at, next = constrained(handle, x, y);
    if (next[0] === now[0] && next[1] === now[1]) return;
    held = { ...held, [name]: next };
    count += 1;
    put();
    send(Object.fromEntries(Object.entries(held)), count);
  }

  // The handle that a pointer at (x, y) takes hold of: the nearest one of those that move there.
  function grabbed(x, y) {
    const here = places.find((place) => inside(place, x, y));
    if (!here) return null;
    const found = places.flatMap((place) => place.panel.handles.filter(({ axis }) => aligned(here, place, axis))
      .map((handle) => {
        const s = scales(place), [hx, hy] = held[handle.name] ?? handle.at, { axis } = handle;
        return { handle, far: Math.hypot(axis === "y" ? 0 : s.px(hx) - x, axis === "x" ? 0 : s.py(hy) - y) };
      }));
    return found.sort((a, b) => a.far - b.far)[0]?.handle ?? null;
  }

  function follow(element, nameOf) {            // `nameOf(event)`: the handle that a press on the element takes, or null
    let name = null;
    const to = (event) => {
      const frame = stage.getBoundingClientRect(), s = scales(find(name).place);
      move(name, s.dx(event.clientX - frame.left), s.dy(event.clientY - frame.top));
    };
    element.addEventListener("pointerdown", (event) => {
      name = event.button === 0 ? nameOf(event) : null;
      if (name === null) return;
      event.preventDefault();
      buttons.get(name).focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
      if (element === canvas) to(event);
    });
    element.addEventListener("pointermove", (event) => {
      if (name !== null && element.hasPointerCapture(event.pointerId)) to(event);
    });
  }

  const CURSORS = { x: "ew-resize", y: "ns-resize" };
  canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
    if (!buttons.size) return;
    const handle = grabbed(offsetX, offsetY);
    canvas.style.cursor = handle ? CURSORS[handle.axis] ?? "grab" : "";
  });
  follow(canvas, ({ offsetX, offsetY }) => grabbed(offsetX, offsetY)?.name ?? null);

  function make(name) {
    const button = document.createElement("div");
    button.className = "tm-handle";
    button.tabIndex = 0;
    button.setAttribute("role", "slider");
    button.setAttribute("aria-roledescription", "point to move with the arrow keys");
    follow(button, () => name);
    button.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const { place: { panel }, handle } = find(name), [x, y] = held[name] ?? handle.at;
      const part = event.shiftKey ? 0.1 : 0.02;
      move(name, x + step[0] * part * (panel.x[1] - panel.x[0]), y + step[1] * part * (panel.y[1] - panel.y[0]));
    });
    stage.append(button);
    buttons.set(name, button);
    return button;
  }

  function put() {
    const seen = new Set();
    for (const place of places) {
      const s = scales(place);
      for (const handle of place.panel.handles) {
        const [x, y] = held[handle.name] ?? handle.at, button = buttons.get(handle.name) ?? make(handle.name);
        seen.add(handle.name);
        button.style.left = `${s.px(x)}px`;
        button.style.top = `${s.py(y)}px`;
        button.style.setProperty("--tm-handle", handle.color);
        button.dataset.axis = handle.axis ?? "both";
        button.dataset.name = handle.name;
        const [main, range] = handle.axis === "y" ? [y, handle.box[1]] : [x, handle.box[0]];
        const names = [place.panel.x_label || "x", place.panel.y_label || "y"];
        const texts = [`${names[0]} ${brief(x)}`, `${names[1]} ${brief(y)}`];
        for (const [what, value] of Object.entries({
          label: handle.label, valuenow: main, valuemin: range[0], valuemax: range[1],
          valuetext: handle.axis ? texts[handle.axis === "x" ? 0 : 1] : texts.join(", "),
        })) button.setAttribute(`aria-${what}`, value);
      }
    }
    for (const [name, button] of buttons) {
      if (!seen.has(name)) { button.remove(); buttons.delete(name); }
    }
  }

  return {
    update(newPlaces, newAnswer) {              // the kernel's word counts again once it has seen the last move
      places = newPlaces;
      answered = Math.max(answered, newAnswer);
      if (answered >= count) held = {};
      put();
    },
    start(seen) { count = answered = seen; },   // a second view counts on from the first one's moves
  };
}
