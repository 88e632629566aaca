// A scrub that plays by itself, in the browser alone: play and pause, the speed, and whether it begins anew at its end.

const SPEEDS = { "½ ×": 0.5, "1 ×": 1, "2 ×": 2 }, HELD = 0.7;         // seconds that the last frame stays

// `step(k)` shows frame k, `at()` is the frame that stands. Returns { setup, pause }.
function player(row, range, at, step) {
  const button = make("button", "tm-play", row, { type: "button" });
  row.prepend(button);
  const speed = make("select", "tm-speed", row, { "aria-label": "speed" });
  for (const name of Object.keys(SPEEDS)) speed.append(new Option(name, name, name === "1 ×", name === "1 ×"));
  const again = make("label", "tm-again", row), loop = make("input", "", again, { type: "checkbox" });
  again.append(" loop");
  let film = null, due = 0;

  function mark(playing) {
    button.textContent = playing ? "❚❚" : "▶";
    button.setAttribute("aria-label", playing ? "pause" : "play");
    row.dataset.playing = playing;
  }

  function pause() {
    clearTimeout(due);
    due = 0;
    mark(false);
  }

  function next() {
    const last = Number(range.max), k = at() === last ? 0 : at() + 1;
    if (k === 0 && !loop.checked) return pause();
    step(k);
    wait();
  }

  function wait() {
    const last = Number(range.max), each = film.seconds / last + (at() === last ? HELD : 0);
    due = setTimeout(next, (1000 * each) / SPEEDS[speed.value]);
  }

  function toggle() {
    if (due) return pause();
    if (at() === Number(range.max)) step(0);
    mark(true);
    wait();
  }

  button.addEventListener("click", (event) => {
    event.preventDefault();                     // or the label that it stands in would click the slider
    toggle();
  });
  row.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target === loop || event.target === speed || !film) return;
    event.preventDefault();
    toggle();
  });
  row.addEventListener("keyup", (event) => { if (event.key === " " && event.target === button) event.preventDefault(); });
  range.addEventListener("input", pause);
  mark(false);
  return {
    pause,
    setup(scrub) {
      film = scrub.seconds ? scrub : null;
      for (const element of [button, speed, again]) element.hidden = !film;
      if (!film) pause();
    },
  };
}
