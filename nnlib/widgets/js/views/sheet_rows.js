// The rows of a sheet: which element stands in which, and the formula of each, in names. No DOM.
import { explain } from "../engine/terms.js";
import { signature } from "../ui/expression.js";

/** @typedef {import("../engine/trace.js").Trace} Trace */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {{step: number, offset: number, gradient: Place | null}} Row */

export const MOST = 64;

/** One group for each tensor; `rest` counts the elements without a row. @param {Trace} trace @param {number[]} steps
 * @returns {{step: number, rows: Row[], rest: number}[]} */
export function groupsOf(trace, steps) {
  return steps.map((step) => {
    const { size, shape, gradient } = trace.steps[step];
    const paired = gradient !== null && String(trace.steps[gradient].shape) === String(shape);
    const rows = Array.from({ length: Math.min(size, MOST) }, (_, offset) => ({ step, offset, gradient: paired ? { step: gradient, offset } : null }));
    return { step, rows, rest: size - rows.length };
  });
}

/** The formula of an element, or null where it is given. What a long sum leaves out is counted, not added up: a formula
 * holds no number that changes. @param {Trace} trace @param {any[]} values @param {Row} row @returns {{node: any, key: string} | null} */
export function formulaOf(trace, values, { step, offset }) {
  if (trace.steps[step].value !== null) return null;
  const node = withoutSums(explain(trace, values, step, offset));
  return { node, key: signature(node, false) };
}

/** @param {any} node @returns {any} */
function withoutSums(node) {
  if (node.kind === "ellipsis") return { kind: "ref", step: -1, offset: node.count, count: node.count, value: NaN };
  return node.args ? { ...node, args: node.args.map(withoutSums) } : node;
}
