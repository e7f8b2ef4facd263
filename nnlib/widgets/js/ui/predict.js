/** The next number, asked before it is shown; a wrong answer is told which slip it was. */

import { isRight, questions, readAnswer } from "../engine/questions.js";
import { slips } from "../engine/slips.js";
import { h, textButton } from "./dom.js";
import { Writer } from "./expression.js";
import { named } from "./math.js";
import { format } from "./numbers.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("../engine/asked.js").Part} Part */

/**
 * @param {{session: import("./session.js").Session, numbers: import("./numbers.js").Numbers, state: State, slug: string,
 *   variant: number, go: (stop: number) => void, invalidate: () => void}} app
 */
export function predict(app) {
  const group = app.numbers.group();
  const ask = h("label", { for: `${app.slug}-predict` });
  const field = h("input", { id: `${app.slug}-predict`, type: "text", inputmode: "decimal", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  const check = h("button", { type: "submit", class: "ex-button" }, "Check");
  const verdict = h("p", { class: "ex-verdict", role: "status" });
  const hint = h("p", { class: "ex-hint", hidden: true });
  const formula = textButton("Formula", showFormula, { "aria-expanded": "false" });
  const show = textButton("Show it", () => reveal(""));
  const another = textButton("Another number", () => choose(at + 1));
  const onward = textButton("Go on", goOn);
  const form = h("form", { class: "ex-guess" }, field, check, onward);
  const body = h("div", { class: "ex-predict-body" }, ask, form, hint, verdict, h("div", { class: "ex-moves" }, formula, show, another));
  const element = h("details", { class: "ex-predict", ontoggle: toggle }, h("summary", {}, "Predict"), body);
  /** @type {Place[]} */
  let places = [];
  let at = 0;
  let drawn = "";
  let value = NaN;
  let told = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (told) goOn();
    else answer();
  });
  field.addEventListener("input", () => { if (told) say(""); });

  /** Numbers of later stops are hidden while one is asked for. */
  function toggle() {
    drawn = "";
    app.invalidate();
  }

  /** A question for each stop; where a slider changes the answer, what was said of the old one goes. @param {State} state */
  function update(state) {
    if (!element.open) return;
    const key = [app.variant, state.size, state.stop].join();
    if (key !== drawn) pose(state);
    drawn = key;
    const now = places.length ? state.values[places[at].step].data[places[at].offset] : NaN;
    if (!Object.is(now, value)) say("");
    value = now;
  }

  /** A zero teaches little, so the first question is about another number if there is one. @param {State} state */
  function pose({ stop, stops, values }) {
    const next = stops[stop + 1];
    places = next ? questions(app.session.trace, next) : [];
    const telling = places.findIndex(({ step, offset }) => values[step].data[offset] !== 0);
    for (const part of [field, check, formula, show]) part.hidden = places.length === 0;
    another.hidden = places.length < 2;
    onward.textContent = next ? "Go on" : "Start over";
    if (places.length) return choose(Math.max(telling, 0));
    group.clear();
    delete ask.dataset.asked;
    ask.textContent = next ? "The next step hands the gradient on unchanged: there is nothing new to predict." : "This is the last step.";
    say("");
    fold();
  }

  /** @param {number} which */
  function choose(which) {
    at = which % places.length;
    group.clear();
    const { step, offset } = places[at];
    const { name, index } = app.session.describe(step, offset);
    ask.replaceChildren("Next: what is ", symbol(places[at]), "?");
    ask.dataset.asked = `${name}[${index}]`;
    field.value = "";
    value = app.session.replay.values[step].data[offset];
    say("");
    fold();
  }

  function fold() {
    hint.hidden = true;
    formula.setAttribute("aria-expanded", "false");
  }

  function showFormula() {
    hint.hidden = !hint.hidden;
    formula.setAttribute("aria-expanded", String(!hint.hidden));
    const { step, offset } = places[at];
    if (!hint.hidden) hint.replaceChildren(symbol(places[at]), " = ", new Writer(symbol, { numeric: false }).line(app.session.explain(step, offset)));
  }

  /** What stands for an element in a sentence: its symbol to see, its name to hear. @param {Place} place */
  function symbol({ step, offset }) {
    const mark = h("span", { class: "ex-quoted" }, ...named(spoken(step, offset), app.session.elementLatex(step, offset)));
    group.tie(mark, step, offset);
    return mark;
  }

  /** The name of an element; of an unnamed step, what it is. @param {number} step @param {number} offset */
  function spoken(step, offset) {
    const { session } = app;
    const { steps } = session.trace;
    if (session.isNamed(step)) return session.trace.labelOf(step, offset);
    if (steps[step].op === "constant") return format(session.replay.values[step].data[offset]);
    const owner = steps.find(({ gradient }) => gradient === step);
    const what = owner ? `the gradient of ${owner.op.replace("_", " ")}` : `the result of ${steps[step].op.replace("_", " ")}`;
    const { index } = session.describe(step, offset);
    return index ? `${what} [${index}]` : what;
  }

  function answer() {
    const typed = readAnswer(field.value);
    if (!typed) return say("Type a number, such as 0.35 or −2e-3; nan and inf count too.");
    if (isRight(typed, value)) return reveal("Right: ");
    const slip = slips(app.session.trace, app.session.replay.values, places[at].step, places[at].offset).find((s) => isRight(typed, s.value));
    if (slip) return say(...slip.parts);
    if (!Number.isFinite(typed.value)) return say("Not yet: it is a finite number.");
    say(Number.isFinite(value) ? "Not yet." : "Not yet: look for 0/0, ∞ − ∞ or an overflow on the way.");
  }

  /** @param {string} word */
  function reveal(word) {
    const { step, offset } = places[at];
    const full = String(value).replace("-", "−");
    const short = format(value);
    say(word, symbol(places[at]), " = ", group.html(step, offset, { always: "told" }), Number.isFinite(value) && full !== short ? `, in full ${full}.` : ".");
    told = true;
    if (word) verdict.classList.add("is-right");
  }

  /** @param {...(Part | globalThis.Node)} parts */
  function say(...parts) {
    told = false;
    verdict.classList.remove("is-right");
    verdict.replaceChildren(...parts.map((part) => (typeof part === "string" || part instanceof Node ? part : new Writer(symbol, { numeric: false }).line(part))));
  }

  /** The keyboard stays where the next answer is typed. */
  function goOn() {
    const { stop, stops } = app.state;
    const typing = form.contains(document.activeElement);
    app.go(stop + 1 < stops.length ? stop + 1 : 0);
    if (typing) field.focus();
  }

  /** A new variant has new tensors. */
  function reset() {
    group.clear();
    drawn = "";
  }

  return { element, update, reset };
}
