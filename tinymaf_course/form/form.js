// Questions with radio buttons or a number field. Each is a form of its own: Enter or the button hands the answer in, and
// what Python replies is read aloud. All texts go in as text, never as HTML.

let forms = 0;

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function rich(text) {       // `code` between backticks, and formulas set outside of it, as in cards.py
  return text.split("`").flatMap((part, k) => (k % 2 ? [element("code", {}, part)] : formulas(part)));
}

const GREEK = { alpha: "\u03b1", beta: "\u03b2", gamma: "\u03b3", theta: "\u03b8", mu: "\u03bc", pi: "\u03c0",
                sigma: "\u03c3", Phi: "\u03a6" };
const SYMBOL = new RegExp(
  `((?<![\\w.])(?:${Object.keys(GREEK).join("|")}|[A-Za-z]|d[xuhz](?=_)|\\d+)|\\)(?=\\^))` +
  "(?:_(\\{[^{}]+\\}|\\([^()]+\\)|[A-Za-z]|\\d+))?" +
  "(?:\\^(\\([^()]+\\)|[A-Za-z]|-?\\d+|(?=[\\s),]|$)))?(?![A-Za-z0-9_])", "g");

function formulas(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(SYMBOL)) {
    const [all, head, index, power] = found;
    if (index === undefined && power === undefined && !(head in GREEK)) continue;
    parts.push(words(text.slice(end, found.index)), ...slanted((GREEK[head] ?? head) + (power === "" ? "\u0302" : "")));
    for (const [tag, part] of [["sub", index], ["sup", power]])
      if (part) parts.push(element(tag, {}, ...slanted(part.replace(/^[({]|[)}]$/g, ""))));
    end = found.index + all.length;
  }
  return [...parts, words(text.slice(end))].filter((part) => part !== "");
}

const words = (text) => text.replaceAll(" .. ", " \u2026 ");

function slanted(text) {    // letters in italics, signs as signs
  return text.split(/((?:\p{L}\u0302?)+)/u).filter(Boolean)
    .map((part) => (/^\p{L}/u.test(part) ? element("i", {}, part) : part.replaceAll("-", "\u2212")));
}

function keepKeys(event) {      // or JupyterLab takes arrows and Enter for itself
  const command = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
  if (!command && event.key !== "Tab" && event.key !== "Escape") event.stopPropagation();
}

function question(model, field, name) {
  const form = element("form", { class: "tm-question" });
  const set = element("fieldset", {}, element("legend", {}, ...rich(field.legend)));
  if (field.choices) {
    for (const [key, text] of field.choices) {
      const input = element("input", { type: "radio", name, value: key });
      set.append(element("label", {}, input, element("span", {}, ...rich(text))));
    }
  } else {
    const input = element("input", { type: "text", inputmode: "decimal", name, autocomplete: "off",
                                     placeholder: field.unit === "percent" ? "0 to 100" : "a number",
                                     "aria-label": `your number ${field.unit}` });
    set.append(element("label", { class: "tm-number" }, input, ` ${field.unit}`));
  }
  const button = element("button", { type: "submit" }, field.button);
  const reply = element("p", { class: "tm-reply", role: "status", "aria-live": "polite", tabindex: -1 });
  form.append(set, button, reply);

  form.addEventListener("keydown", keepKeys);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = new FormData(form).get(name);
    if (value === null || value.trim() === "") {
      reply.replaceChildren(field.choices ? "Choose one first." : "Type a number first.");
      return;
    }
    model.set("answer", { id: field.id, value, count: (model.get("answer").count ?? 0) + 1 });
    model.save_changes();
  });

  const show = () => {
    const said = model.get("replies")[field.id];
    if (!said) return;
    reply.dataset.state = said.state;
    const icon = element("span", { "aria-hidden": "true", class: "tm-icon" }, said.icon);
    reply.replaceChildren(icon, element("strong", {}, ` ${said.word} `), ...rich(said.text));
    const inside = form.contains(document.activeElement);
    set.disabled = button.hidden = Boolean(said.locked);
    if (said.locked && inside) reply.focus();           // or the keyboard's place in the page would be lost
  };
  model.on("change:replies", show);
  show();
  return { form, stop: () => model.off("change:replies", show) };
}

function render({ model, el }) {
  const number = forms++;
  const parts = model.get("fields").map((field, k) => question(model, field, `tm-${number}-${k}`));
  const busy = element("div", { class: "tm-busy", role: "status", hidden: "" });
  el.append(element("div", { class: "tm-form" }, ...parts.map((part) => part.form), busy));
  const write = () => {
    busy.textContent = `${model.get("working") || "Python is computing ..."} An answer waits until it is done.`;
  };
  model.on("change:working", write);
  write();
  const forget = watchKernel(model, (computes) => { busy.hidden = !computes; });
  return () => {
    parts.forEach((part) => part.stop());
    model.off("change:working", write);
    forget();
  };
}

export default { render };
