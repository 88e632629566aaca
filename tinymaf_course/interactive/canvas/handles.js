// Points to drag: buttons over the canvas, so that they take focus and keys as well as a pointer.

function handles(stage, send) {
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

  function make(name) {
    const button = document.createElement("div");
    button.className = "tm-handle";
    button.tabIndex = 0;
    button.setAttribute("role", "slider");
    button.setAttribute("aria-roledescription", "point to move with the arrow keys");
    button.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      button.focus({ preventScroll: true });
      button.setPointerCapture(event.pointerId);
    });
    button.addEventListener("pointermove", (event) => {
      if (!button.hasPointerCapture(event.pointerId)) return;
      const frame = stage.getBoundingClientRect(), s = scales(find(name).place);
      move(name, s.dx(event.clientX - frame.left), s.dy(event.clientY - frame.top));
    });
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
