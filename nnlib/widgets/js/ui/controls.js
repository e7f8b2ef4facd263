/** A slider and a number field for each quantity that the reader may change, or a box to tick. */

import { h, setText } from "./dom.js";
import { numberField } from "./field.js";
import { format } from "./numbers.js";
import { latexOf } from "../engine/symbols.js";
import { math } from "./math.js";

/** @typedef {import("./types.js").Control} Control */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {{session: Session, set: (target: string, value: number) => void, settle: () => void}} App */
/** @typedef {{parts: HTMLElement[], update: (value: number) => void}} Knob */

/**
 * `set` is called while a slider moves; `settle` when the reader lets go of it.
 * @param {App & {spec: {controls: Control[]}}} app
 */
export function controls(app) {
  const rows = app.spec.controls.map((control) => row(control, app));
  const element = h("div", { class: "ex-controls", role: "group", "aria-label": "Change a number" }, ...folded(app, rows.map((r) => r.element)));
  element.hidden = rows.length === 0;
  return { element, update: () => rows.forEach((r) => r.update()) };
}

const MANY = 16;

/** The controls of a tensor that has many, such as the pixels of an image that is painted, are folded away.
 * @param {App & {spec: {controls: Control[]}}} app @param {HTMLElement[]} rows */
function folded({ spec, session }, rows) {
  /** @type {Map<string, HTMLElement[]>} */
  const groups = new Map();
  spec.controls.forEach(({ target }, i) => {
    const place = session.trace.find(target);
    const name = place ? session.trace.steps[place.step].name : target;
    groups.set(name, [...(groups.get(name) ?? []), rows[i]]);
  });
  return [...groups].flatMap(([name, own]) => (own.length <= MANY ? own
    : [h("details", { class: "ex-folded" }, h("summary", {}, `${own.length} numbers of ${name}`), h("div", { class: "ex-controls" }, ...own))]));
}

/** @param {Control} control @param {App} app */
function row(control, app) {
  const { target } = control;
  const knob = isSwitch(control) ? tick(control, app) : slide(control, app);
  const element = h("div", { class: "ex-control" }, h("span", { class: "ex-control-name", "aria-hidden": "true" }, math(latexOf(target))), ...knob.parts);

  function update() {
    const known = app.session.has(target);
    if (element.hidden === known) element.hidden = !known;
    if (known) knob.update(app.session.get(target));
  }

  return { element, update };
}

/** A number that is 0 or 1. @param {Control} control */
export function isSwitch({ min, max, step }) {
  return min === 0 && max === 1 && step === 1;
}

/** @param {Control} control @param {App} app @returns {Knob} */
function tick({ target }, app) {
  const box = h("input", { type: "checkbox", role: "switch", "aria-label": target, oninput: () => app.set(target, Number(box.checked)), onchange: () => app.settle() });
  const shown = h("span", { class: "ex-switch-value", "aria-hidden": "true" });

  /** Any other number, say from Python, shows as itself. @param {number} value */
  function update(value) {
    if (box.checked !== value > 0) box.checked = value > 0;
    setText(shown, format(value));
  }

  return { parts: [h("label", { class: "ex-switch" }, box, shown)], update };
}

/** @param {Control} control @param {App} app @returns {Knob} */
function slide({ target, min, max, step }, app) {
  const sentence = h("p", { class: "ex-sentence", role: "status" });
  const slider = h("input", { type: "range", "aria-label": target, min, max, step, oninput: () => app.set(target, slider.valueAsNumber), onchange: () => app.settle() });
  const field = numberField({
    name: `${target} as a number`, target, settle: () => app.settle(),
    get: () => app.session.get(target),
    set: (value) => {
      slider.value = String(value);
      app.set(target, value);
    },
    say: (text) => setText(sentence, text),
  });

  /** @param {number} value */
  function update(value) {
    if (field.update(value)) slider.value = String(value);
  }

  return { parts: [field.element, slider, sentence], update };
}
