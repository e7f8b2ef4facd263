// What stands in a pixel: a number of the trace, a field where the reader may change it, a zero of the padding, or a product.
import { unravel } from "../engine/array.js";
import { numberField } from "../ui/field.js";
import { html, set } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {{element: HTMLElement, update: (value: number) => void}} Content */

/** @param {Context} context @param {number} step @param {number} offset @param {boolean} editable @param {(sentence: string) => void} say @returns {Content} */
export function contentOf(context, step, offset, editable, say) {
  const control = editable ? context.controls.find(step, offset) : null;
  if (control) return fieldOf(context, step, offset, control.target, say);
  return { element: context.number(step, offset), update: () => {} };
}

/** @param {Context} context @param {number} step @param {number} offset @param {string} target @param {(sentence: string) => void} say @returns {Content} */
function fieldOf({ controls, replay, trace, tie }, step, offset, target, say) {
  const { element, update } = numberField({
    name: `${target} in the picture`, target, say, get: () => replay.get(target), set: (value) => controls.set(target, value), settle: controls.settle,
  });
  set(element, "data-of", trace.steps[step].name);
  set(element, "data-index", unravel(trace.steps[step].shape, offset).join(","));
  set(element, "tabindex", -1); // Enter on its cell begins typing
  tie(element, step, offset);
  return {
    element,
    update(value) {
      update(value);
      set(element, "data-number", String(value));
      set(element, "title", String(value));
    },
  };
}

/** A zero that is no number of the trace. @param {string} text */
export function zero(text) {
  return html("span", { class: "nn-px-zero" }, text);
}
