// Slides one at a time: arrow keys, space, Page Up and Down, Home, End; n shows the notes. Printing shows all.
const slides = [...document.querySelectorAll("section")], steps = 22;
const size = () => matchMedia("print").matches ? 36 : Math.min(innerHeight / 20, innerWidth / 35.6);    // of letters
let now = 0;
const fit = slide => {                              // text that is too long for its slide gets smaller
  const box = slide.querySelector(".fit");
  for (let k = 0; k <= steps; k++) {
    box.style.fontSize = size() * (1 - k / 36) + "px";
    for (const formula of box.querySelectorAll(".formula")) {           // a wide formula by itself, not all with it
      formula.style.fontSize = "1em";
      const wide = formula.firstElementChild.getBoundingClientRect().width / formula.clientWidth;
      if (wide > 1) formula.style.fontSize = Math.max(0.6, 0.98 / wide) + "em";
    }
    if (box.scrollHeight <= box.clientHeight + 1 && box.scrollWidth <= box.clientWidth + 1) break;
  }
};
const go = k => {
  now = Math.max(0, Math.min(slides.length - 1, k));
  slides.forEach((slide, i) => slide.classList.toggle("now", i === now));
  fit(slides[now]);
  history.replaceState(null, "", "#" + (now + 1));
  slides[now].focus({preventScroll: true});
};
const moves = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1,
               Home: -slides.length, End: slides.length};
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const notes = slides[now].querySelector("aside:not([hidden])"), line = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (notes && line) { notes.scrollBy(0, 80 * line); event.preventDefault(); }            // longer than their place
  else if (event.key === "n") slides[now].querySelectorAll("aside").forEach(note => { note.hidden = !note.hidden; });
  else if (event.key in moves) { go(now + (event.key === " " && event.shiftKey ? -1 : moves[event.key])); event.preventDefault(); }
});
addEventListener("click", event => { if (!event.target.closest("a, aside")) go(now + 1); });
addEventListener("resize", () => fit(slides[now]));
addEventListener("hashchange", () => go((parseInt(location.hash.slice(1)) || 1) - 1));
document.body.classList.add("live");
matchMedia("print").addEventListener("change", event => { if (event.matches) slides.forEach(fit); });
go((parseInt(location.hash.slice(1)) || 1) - 1);
