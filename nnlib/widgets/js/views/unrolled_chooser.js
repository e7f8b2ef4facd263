// One of a few, as buttons; one of many, as a list; nothing where there is no choice.
import { choice } from "../ui/dom.js";
import { html, show, uniqueId } from "./svg.js";

const MOST_BUTTONS = 8;

/** @param {string} legend @param {number} count
 * @param {(i: number) => string} label @param {(i: number) => void} choose @returns {{element: HTMLElement, set: (i: number) => void}} */
export function chooser(legend, count, label, choose) {
  const options = Array.from({ length: count }, (_, i) => ({ value: String(i), label: label(i) }));
  if (count <= MOST_BUTTONS) {
    const made = choice({ legend, name: uniqueId("choice"), options, choose: (value) => choose(Number(value)) });
    show(made.element, count > 1);
    return { element: made.element, set: (i) => made.set(String(i)) };
  }
  const list = html("select", { "aria-label": legend }, ...options.map(({ value, label: text }) => html("option", { value }, text)));
  list.addEventListener("change", () => choose(Number(list.value)));
  return { element: html("label", { class: "nn-seq-list" }, `${legend} `, list), set: (i) => {
    if (list.value !== String(i)) list.value = String(i);
  } };
}
