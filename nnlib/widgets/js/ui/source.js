/** The line of nnlib that computes a step: its names are tied to the tensors they hold, the line to its result. */

import { h } from "./dom.js";
import { rove } from "./rove.js";

/** @typedef {import("./types.js").Spec} Spec */
/** @typedef {import("./types.js").Trace} Trace */
/** @typedef {import("./numbers.js").NumberGroup} NumberGroup */

/**
 * @param {Spec} spec @param {Trace} trace @param {NumberGroup} group
 * @param {number} step @param {number} [input]  the argument whose gradient is meant; without it, the forward line
 * @returns {HTMLElement | null}
 */
export function sourceLine(spec, trace, group, step, input) {
  const source = spec.sources.get(trace.steps[step].op);
  const line = input === undefined ? source?.forward : source?.vjp?.[input];
  if (!line) return null;
  const names = namesOf(source?.vjp?.find((rule) => rule) ?? "", trace, step);
  const code = h("code", { class: "ex-source", title: input === undefined ? "the line of nnlib that computes this" : "the line of nnlib that computes this gradient" });
  for (const word of line.match(/[A-Za-z_]\w*|[^A-Za-z_]+|\d+/g) ?? []) code.append(token(word, names, group));
  rove(code);
  const result = input === undefined ? step : trace.steps[step].contributions[input];
  if (result !== null) group.mark(code, result);
  return code;
}

/** @param {string} word @param {Map<string, number>} names @param {NumberGroup} group */
function token(word, names, group) {
  const step = names.get(word);
  if (step === undefined) return document.createTextNode(word);
  const element = h("span", {}, word);
  group.mark(element, step);
  return element;
}

/** What a rule of several lines calls them. */
const USUAL = ["g", "y", "x"];

/**
 * A rule is written `lambda g, y, x, W: ...`: the gradient, the output, then the inputs.
 * @param {string} rule @param {Trace} trace @param {number} step
 * @returns {Map<string, number>}
 */
function namesOf(rule, trace, step) {
  const { inputs, gradient } = trace.steps[step];
  const steps = [gradient, step, ...inputs];
  const parameters = /^\s*lambda ([^:]*):/.exec(rule)?.[1].split(",").map((name) => name.trim()) ?? USUAL;
  const names = new Map();
  parameters.forEach((name, i) => {
    const held = steps[i];
    if (/^[A-Za-z_]\w*$/.test(name) && typeof held === "number") names.set(name, held);
  });
  return names;
}
