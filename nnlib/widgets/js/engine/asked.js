/** An element that is asked for, taken apart: its terms, the paths of its gradient, and what a sentence can quote of them. */
import { splitOff, termsOf, valueOf } from "./nodes.js";
import { elementLatex, explain } from "./terms.js";

/** @typedef {import("./nodes.js").Node} Node */
/** @typedef {import("./nodes.js").Ref} Ref */
/** @typedef {import("./nodes.js").Term} Term */
/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./array.js").NDArray} NDArray */
/** @typedef {string | Node} Part text, or an expression to be set as one */

const MOST_TOLD = 3;
const LONGEST = 9; // nodes of an expression inside a sentence

/** @typedef {{sign: "+" | "−", upstream: Ref, local: Node}} Path */

/** The element asked for, and what makes it. */
export class Asked {
  /** @param {Trace} trace @param {NDArray[]} values @param {number} id @param {number} offset */
  constructor(trace, values, id, offset) {
    const step = trace.steps[id];
    this.trace = trace;
    this.values = values;
    this.step = step;
    this.offset = offset;
    this.right = values[id].data[offset];
    this.backward = step.phase === "backward";
    this.upstream = step.of === null ? null : trace.steps[step.of].gradient;
    this.node = explain(whole(trace, this.upstream === id ? null : this.upstream), values, id, offset, {});
    this.terms = termsOf(this.node);
    this.paths = this.backward ? this.#paths() : null;
    /** Of how many numbers the loss is the mean, or 0. */
    this.averaged = meanOf(trace);
  }

  /** Each term as a gradient that arrives times a local slope; null where a term is no such product. @returns {Path[] | null} */
  #paths() {
    const paths = this.terms.map(({ sign, node }) => {
      const split = splitOff(flat(node), (leaf) => this.isGradient(leaf));
      return split && { sign, ...split };
    });
    return paths.includes(null) ? null : /** @type {Path[]} */ (paths);
  }

  /** @param {Ref} leaf */
  isGradient({ step }) {
    const { phase, op } = this.trace.steps[step];
    return phase === "backward" && (op !== "constant" || this.trace.steps.some(({ gradient }) => gradient === step));
  }

  /** @param {Node} node */
  isConstant(node) {
    return node.kind === "number" || (node.kind === "ref" && this.trace.steps[node.step].op === "constant" && !this.isGradient(node));
  }

  /** @param {number} step @param {number} offset @returns {Ref} */
  ref(step, offset) {
    const label = this.trace.labelOf(step, offset);
    return { kind: "ref", step, offset, label, latex: elementLatex(this.trace.steps[step], offset, label), value: this.values[step].data[offset] };
  }
}

/** A trace in which one step, although it has no name, is left whole. @param {Trace} trace @param {number | null} id @returns {Trace} */
function whole(trace, id) {
  if (id === null) return trace;
  const steps = trace.steps.slice();
  steps[id] = { ...steps[id], symbol: steps[id].symbol ?? "g" };
  return Object.assign(Object.create(trace), { steps });
}

/** The 1/N of the loss: a sum of N terms over the constant N. @param {Trace} trace */
function meanOf({ steps }) {
  for (const { op, inputs, phase, gradient } of steps) {
    if (op !== "div" || phase !== "forward" || gradient === null) continue;
    const [top, count] = inputs.map((id) => steps[id]);
    if (top.op !== "sum" || count.op !== "constant" || !count.value) continue;
    const n = steps[top.inputs[0]].size / top.size;
    if (n > 1 && count.value[0] === n) return n;
  }
  return 0;
}

/** Products inside products become one. @param {Node} node @returns {Node} */
function flat(node) {
  if (node.kind !== "product") return node;
  return { kind: "product", args: node.args.map(flat).flatMap((arg) => (arg.kind === "product" ? arg.args : [arg])) };
}

/** @param {Node} node @returns {Node[]} */
const inside = (node) => ("args" in node ? /** @type {Node[]} */ (node.args) : []);

/** The node and all below it. @param {Node} node @returns {Node[]} */
export const all = (node) => [node, ...inside(node).flatMap(all)];

/** The tree with each node replaced for which there is something else. @param {Node} node @param {(node: Node) => Node | null | undefined} other @returns {Node} */
export function replaced(node, other) {
  const found = other(node);
  if (found) return found;
  return "args" in node ? /** @type {Node} */ ({ ...node, args: inside(node).map((arg) => replaced(arg, other)) }) : node;
}

/** @param {Term} term @returns {Node} */
export const signed = ({ sign, node }) => (sign === "+" ? node : { kind: "negative", args: [node] });

/** What terms come to. @param {Term[]} terms */
export const total = (terms) => terms.reduce((value, term) => value + valueOf(signed(term)), 0);

/** Expressions with commas between them; those too long to read are only hinted at. @param {Node[]} nodes @returns {Part[]} */
export function listed(nodes) {
  const told = nodes.slice(0, MOST_TOLD).flatMap((node, i) => [...(i ? [", "] : []), all(node).length > LONGEST ? "…" : node]);
  return nodes.length > MOST_TOLD ? [...told, ", …"] : told;
}
