// Temperature, top-k and the seed of the draws.
import { numberField } from "../ui/field.js";
import { format } from "../ui/format.js";
import { html, set, setText } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./generation_acts.js").Acts} Acts */
/** @typedef {import("./generation_acts.js").Now} Now */
/** @typedef {{name: string, get: () => number, set: (value: number) => void, fault: (value: number) => string}} Knob */

/** @param {Context} context @param {Acts} acts */
export function knobs({ view }, acts) {
  const V = view.vocabulary.length;
  const sentence = html("p", { class: "ex-sentence", role: "status" });
  const say = (/** @type {string} */ text) => setText(sentence, text);
  const temperature = slide({ name: "temperature", get: () => acts.read().temperature, set: (value) => acts.change({ temperature: value }),
    fault: (value) => (value > 0 ? "" : "The temperature must be above 0.") }, { min: -1, max: 1, step: 0.01, to: (at) => Number((10 ** at).toPrecision(3)), from: Math.log10 }, say);
  const k = slide({ name: "top-k", get: () => acts.read().k, set: (value) => acts.change({ k: value }),
    fault: (value) => (Number.isInteger(value) && value >= 1 && value <= V ? "" : `top-k is a whole number from 1 to ${V}.`) }, { min: 1, max: V, step: 1, to: (at) => at, from: (value) => value }, say);
  const seed = typed({ name: "seed", get: () => acts.read().seed, set: (value) => acts.change({ seed: value, u: null }),
    fault: (value) => (Number.isSafeInteger(value) ? "" : "The seed is a whole number.") }, say);
  const element = html("div", { class: "nn-gen-knobs", role: "group", "aria-label": "How a token is drawn" }, temperature.element, k.element,
    html("div", { class: "nn-gen-knob" }, html("span", { "aria-hidden": "true" }, "seed"), seed.element), sentence);

  /** @param {Now} now */
  function update({ text }) {
    temperature.update(text.temperature);
    k.update(text.k);
    seed.update(text.seed);
  }

  return { element, update };
}

/** A field beside which a number that does not fit is explained. @param {Knob} knob @param {(text: string) => void} say */
function typed({ name, get, set: put, fault }, say) {
  return numberField({
    name: name === "seed" ? "seed" : `${name} as a number`, target: name, get, settle() {}, say,
    set: (value) => (fault(value) ? say(`${fault(value)} It is still ${format(get())}.`) : put(value)),
  });
}

/** @param {Knob} knob @param {{min: number, max: number, step: number, to: (at: number) => number, from: (value: number) => number}} scale @param {(text: string) => void} say */
function slide(knob, { min, max, step, to, from }, say) {
  const slider = html("input", { type: "range", "aria-label": knob.name, min, max, step });
  slider.addEventListener("input", () => knob.set(to(slider.valueAsNumber)));
  const field = typed(knob, say);
  const element = html("div", { class: "nn-gen-knob" }, html("span", { "aria-hidden": "true" }, knob.name), field.element, slider);

  /** @param {number} value */
  function update(value) {
    if (field.update(value)) slider.value = String(from(value));
    set(slider, "aria-valuetext", format(value));
  }

  return { element, update };
}
