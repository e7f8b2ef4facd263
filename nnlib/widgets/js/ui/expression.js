/**
 * An expression of the engine as a line of HTML. It is not one formula in MathML, because the leaves must be
 * buttons, long sums must break between their terms, and a slider may change a number without rebuilding the rest.
 */

import { isEmpty, termsOf } from "../engine/nodes.js";
import { h } from "./dom.js";
import { format } from "./numbers.js";

export { termsOf };

/** @typedef {any} Node_   a node of engine/terms.js */
/** @typedef {(node: Node_) => globalThis.Node} Leaf */

const SUM = 1, PRODUCT = 2, POWER = 3, ATOM = 4;
const LEVELS = /** @type {Record<string, number>} */ ({
  sum: SUM, difference: SUM, negative: SUM, ellipsis: SUM, product: PRODUCT, quotient: ATOM, power: POWER,
});
const FUNCTIONS = /** @type {Record<string, string>} */ ({ sigmoid: "σ" });

/** How tightly a node holds together; a negative number is as loose as a sum. @param {Node_} node @param {boolean} numeric */
function level(node, numeric) {
  if (isNumber(node, numeric)) return node.value < 0 ? SUM : ATOM;
  return LEVELS[node.kind] ?? ATOM;
}

/** @param {Node_} node @param {boolean} numeric */
const isNumber = (node, numeric) => node.kind === "number" || (numeric && node.kind === "ref");

/**
 * What decides the shape of the line: while it stays the same, only numbers change.
 * @param {Node_} node @param {boolean} numeric @returns {string}
 */
export function signature(node, numeric) {
  switch (node.kind) {
    case "ref": return `${node.step}:${node.offset}${numeric && node.value < 0 ? "-" : ""}`;
    case "number": return String(node.value);
    case "ellipsis": return `...${node.count}=${format(node.value)}`;
    default: return `${node.kind}${node.name ?? ""}${node.exponent ?? ""}(${node.args.map((/** @type {Node_} */ a) => signature(a, numeric)).join(",")})`;
  }
}

/** Writes expressions with a given way of drawing their leaves. */
export class Writer {
  /** @param {Leaf} leaf @param {{numeric: boolean}} options */
  constructor(leaf, { numeric }) {
    this.leaf = leaf;
    this.numeric = numeric;
  }

  /** The whole line: each term may move to the next line as a piece. @param {Node_} node @returns {HTMLElement} */
  line(node) {
    const line = h("span", { class: "ex-expression" });
    termsOf(node).forEach(({ sign, node: term }, i) => {
      const lead = i > 0 ? `${sign} ` : sign === "−" ? "−" : "";
      line.append(i > 0 ? " " : "", h("span", { class: "ex-term" }, lead, ...this.#inside(term, i > 0 || sign === "−" ? PRODUCT : SUM)));
    });
    return line;
  }

  /** In parentheses where the surroundings bind tighter. @param {Node_} node @param {number} least @returns {(globalThis.Node | string)[]} */
  #inside(node, least) {
    const parts = this.#parts(node);
    return level(node, this.numeric) < least ? ["(", ...parts, ")"] : parts;
  }

  /** @param {Node_} node @returns {(globalThis.Node | string)[]} */
  #parts(node) {
    const { kind, args } = node;
    switch (kind) {
      case "ref": return [this.leaf(node)];
      case "number": return [format(node.value)];
      case "ellipsis": return [`… ${node.count} more: ${format(node.value)}`];
      case "sum": case "difference": case "negative": return [this.line(node)];
      case "product": return args.flatMap((/** @type {Node_} */ a, /** @type {number} */ i) => [...(i ? [" · "] : []), ...this.#inside(a, i ? POWER : PRODUCT)]);
      case "quotient": return [this.#fraction(args[0], args[1])];
      case "power": return [...this.#inside(args[0], ATOM), h("sup", {}, format(node.exponent))];
      default: return [this.#call(node)];
    }
  }

  /** @param {Node_} top @param {Node_} bottom */
  #fraction(top, bottom) {
    return h("span", { class: "ex-fraction" }, h("span", {}, this.line(top)), h("span", { class: "ex-hidden" }, " over "), h("span", {}, this.line(bottom)));
  }

  /** 1 where the element is above all before it and not below those after it, else 0. @param {Node_[]} args */
  #firstMax([element, before, after]) {
    const left = isEmpty(before) ? [] : [this.line(before), " < "];
    const right = isEmpty(after) ? [] : [" ≥ ", this.line(after)];
    return h("span", { class: "ex-call" }, "[", ...left, this.line(element), ...right, "]");
  }

  /** @param {Node_} node */
  #call({ name, args }) {
    if (name === "first_max") return this.#firstMax(args);
    const list = args.flatMap((/** @type {Node_} */ a, /** @type {number} */ i) => [...(i ? [", "] : []), this.line(a)]);
    return h("span", { class: "ex-call" }, FUNCTIONS[name] ?? name, "(", ...list, ")");
  }
}
