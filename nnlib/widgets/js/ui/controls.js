/** A slider and a number field for each quantity that the reader may change. */

import { h, setText } from "./dom.js";
import { format } from "./numbers.js";
import { latexOf } from "../engine/symbols.js";
import { math } from "./math.js";

/** @typedef {import("./types.js").Control} Control */
/** @typedef {import("./session.js").Session} Session */

/**
 * `set` is called while a slider moves; `settle` when the reader lets go of it.
 * @param {{spec: {controls: Control[]}, session: Session, set: (target: string, value: number) => void, settle: () => void}} app
 */
export function controls(app) {
  const rows = app.spec.controls.map((control) => row(control, app));
  const element = h("div", { class: "ex-controls", role: "group", "aria-label": "Change a number" }, ...rows.map((r) => r.element));
  element.hidden = rows.length === 0;
  return { element, update: () => rows.forEach((r) => r.update()) };
}

/**
 * @param {Control} control
 * @param {{session: Session, set: (target: string, value: number) => void, settle: () => void}} app
 */
function row({ target, min, max, step }, app) {
  const slider = h("input", { type: "range", "aria-label": target, min, max, step, oninput: () => app.set(target, slider.valueAsNumber), onchange: app.settle });
  const field = h("input", { type: "number", "aria-label": `${target} as a number`, step: "any", onfocus: keep, oninput: read, onchange: leave, onblur: leave });
  const sentence = h("p", { class: "ex-sentence", role: "status" });
  const element = h("div", { class: "ex-control" }, h("span", { class: "ex-control-name", "aria-hidden": "true" }, math(latexOf(target))), field, slider, sentence);
  let shown = NaN;
  let before = NaN;

  function keep() {
    before = app.session.get(target);
  }

  /** Any finite number is taken, also one beyond the slider's ends; anything else leaves the number from before. */
  function read() {
    const typed = field.valueAsNumber;
    const usable = Number.isFinite(typed);
    setText(sentence, usable ? "" : `${target} needs a number such as 0.35; it is still ${format(before)}.`);
    shown = usable ? typed : before;
    slider.value = String(shown);
    app.set(target, shown);
  }

  /** What cannot be read is replaced by the value that is in force. */
  function leave() {
    app.settle();
    if (Number.isFinite(field.valueAsNumber)) return keep();
    shown = NaN;
    update();
  }

  function update() {
    const known = app.session.has(target);
    if (element.hidden === known) element.hidden = !known;
    const value = known ? app.session.get(target) : NaN;
    if (!known || Object.is(value, shown)) return;
    shown = value;
    slider.value = String(value);
    field.value = String(Number.isFinite(value) ? Number(value.toPrecision(5)) : "");
    setText(sentence, "");
  }

  return { element, update };
}
