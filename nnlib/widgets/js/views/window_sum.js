// One number spelled out: a product for each pair, the middle of a long sum left out and counted, as the microscope does it.
import { product, sum, terms } from "../engine/nodes.js";
import { unravel } from "../engine/array.js";
import { latexOf } from "../engine/symbols.js";
import { Writer, signature } from "../ui/expression.js";
import { onOneLine } from "../ui/latex.js";
import { html } from "./svg.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Place} Place */

/** @param {Context} context */
export function sumLine(context) {
  const element = html("div", { class: "nn-window-sum" });
  /** @type {Map<string, Element>} */
  const numbers = new Map();
  /** @type {Map<string, Element>} */
  const names = new Map();
  let drawn = "";

  /** @param {Place} place */
  function numberOf({ step, offset }) {
    const key = `${step}:${offset}`;
    const made = numbers.get(key) ?? context.number(step, offset, { button: true });
    numbers.set(key, made);
    return made;
  }

  /** @param {Place} place */
  function nameOf({ step, offset }) {
    const key = `${step}:${offset}`;
    const label = context.trace.labelOf(step, offset);
    const made = names.get(key) ?? html("span", { class: "nn-window-name" }, html("span", { class: "ex-hidden" }, label), html("span", { "aria-hidden": "true" }, context.math(latexAt(context.trace.steps[step], offset, label))));
    if (!names.has(key)) context.tie(made, step, offset);
    names.set(key, made);
    return made;
  }

  /** @param {State} state @param {Place} target @param {[Place, Place][]} pairs @param {Place | null} rest a bias */
  function update(state, target, pairs, rest) {
    const known = state.shown(target.step);
    const node = known ? nodeOf(state, pairs, rest) : null;
    const key = `${target.step}:${target.offset}=${node ? signature(node, true) : "unknown"}`;
    if (key === drawn) return;
    drawn = key;
    const writer = new Writer(numberOf, { numeric: true });
    element.replaceChildren(nameOf(target), " = ", ...(node ? [writer.line(node), " = "] : []), resultOf(target));
  }

  /** @param {Place} place the result stands beside its own parts, so it is not one of theirs */
  function resultOf({ step, offset }) {
    const key = `= ${step}:${offset}`;
    const made = numbers.get(key) ?? context.number(step, offset, { button: true });
    numbers.set(key, made);
    return made;
  }

  return { element, update };
}

/** @param {State} state @param {[Place, Place][]} pairs @param {Place | null} rest */
function nodeOf(state, pairs, rest) {
  const value = (/** @type {Place} */ { step, offset }) => state.values[step].data[offset];
  const ref = (/** @type {Place} */ place) => /** @type {any} */ ({ kind: "ref", ...place, label: "", latex: "", value: value(place) });
  const list = terms(pairs.length, (k) => product(ref(pairs[k][0]), ref(pairs[k][1])), (k) => value(pairs[k][0]) * value(pairs[k][1]));
  return sum(rest ? [...list, ref(rest)] : list);
}

/** @param {import("../engine/step.js").Step} step @param {number} offset @param {string} label */
function latexAt({ symbol, shape, labels }, offset, label) {
  return symbol === null || labels ? onOneLine(latexOf(label)) : `${onOneLine(symbol)}[${unravel(shape, offset).join(",")}]`;
}
