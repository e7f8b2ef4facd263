/** Expression trees of the microscope as LaTeX, with names or with numbers. */
import { isEmpty } from "../../nnlib/widgets/js/engine/nodes.js";

/** @typedef {import("../../nnlib/widgets/js/engine/nodes.js").Node} Node */
/** @typedef {{text: string, level: number}} Piece level: how tightly the text holds together */
/** @typedef {(node: Node) => Piece} Leaf */

const SUM = 1;
const PRODUCT = 2;
const FACTOR = 3; // a fraction or a power: needs no brackets in a product, but does as a base
const ATOM = 4;

/** @param {Node} node */
export function toLatex(node) {
  return render(node, named).text;
}

/** @param {Node} node */
export function toNumbersLatex(node) {
  return render(node, numbered).text;
}

/** @type {Leaf} */
function named(node) {
  if (node.kind !== "ref") return node.kind === "number" ? numberPiece(node.value) : dots();
  const { latex } = node;
  return { text: latex, level: /^\\frac|\^/.test(latex) ? FACTOR : ATOM };
}

/** @type {Leaf} */
function numbered(node) {
  if (node.kind === "ref" || node.kind === "number") return numberPiece(node.value);
  if (node.kind !== "ellipsis") return dots();
  // What was left out stands there as one number, so that the reader's own addition comes out right.
  return { text: `\\underbrace{${numberPiece(node.value).text}}_{${node.count}\\text{ more}}`, level: ATOM };
}

/** @returns {Piece} */
const dots = () => ({ text: "\\cdots ", level: ATOM });

/**
 * Four significant digits; 1.2e-5 as 1.2\times10^{-5}.
 * @param {number} value
 * @returns {Piece}
 */
function numberPiece(value) {
  if (value !== value) return { text: "\\mathrm{NaN}", level: ATOM };
  const sign = value < 0 ? "-" : "";
  if (!Number.isFinite(value)) return { text: `${sign}\\infty `, level: sign ? SUM : ATOM };
  const [digits, exponent] = Math.abs(value).toExponential(3).split("e").map(Number);
  const plain = value === 0 || (exponent >= -4 && exponent < 5);
  if (plain) return { text: String(Number.isInteger(value) ? value + 0 : Number(value.toPrecision(4))), level: sign ? SUM : ATOM };
  return { text: `${sign}${digits}\\times10^{${exponent}}`, level: sign ? SUM : PRODUCT };
}

/** @param {Node} node @param {Leaf} leaf @returns {Piece} */
function render(node, leaf) {
  /** @param {Node} arg @param {number} level @returns {string} */
  const at = (arg, level) => {
    const piece = render(arg, leaf);
    return piece.level < level ? bracket(piece.text) : piece.text;
  };
  switch (node.kind) {
    case "sum":
      return { text: node.args.map((arg, i) => addend(arg, i, at)).join(""), level: SUM };
    case "difference":
      return { text: `${at(node.args[0], 0)}-${at(node.args[1], PRODUCT)}`, level: SUM };
    case "negative":
      return { text: `-${at(node.args[0], PRODUCT)}`, level: SUM };
    case "product":
      return { text: node.args.map((arg) => at(arg, PRODUCT)).join("\\cdot "), level: PRODUCT };
    case "quotient":
      return { text: `\\frac{${at(node.args[0], 0)}}{${at(node.args[1], 0)}}`, level: FACTOR };
    case "power":
      return powerOf(node.args[0], node.exponent, at);
    case "call":
      return callOf(node, at);
    default:
      return leaf(node);
  }
}

/** @typedef {(arg: Node, level: number) => string} At */

/** @param {Node} arg @param {number} i @param {At} at */
function addend(arg, i, at) {
  if (i === 0) return at(arg, 0);
  if (arg.kind === "negative") return `-${at(arg.args[0], PRODUCT)}`;
  return `+${at(arg, PRODUCT)}`;
}

/** @param {Node} base @param {number} exponent @param {At} at @returns {Piece} */
function powerOf(base, exponent, at) {
  if (exponent === -1) return { text: `\\frac{1}{${at(base, 0)}}`, level: FACTOR };
  if (exponent === 0.5) return { text: `\\sqrt{${at(base, 0)}}`, level: ATOM };
  if (exponent === -0.5) return { text: `\\frac{1}{\\sqrt{${at(base, 0)}}}`, level: FACTOR };
  return { text: `${at(base, ATOM)}^{${numberPiece(exponent).text}}`, level: FACTOR };
}

/** @type {Map<string, string>} */
const NAMES = new Map([
  ["log", "\\log"], ["log1p", "\\operatorname{log1p}"], ["tanh", "\\tanh"], ["sigmoid", "\\sigma"], ["erf", "\\operatorname{erf}"],
  ["max", "\\max"], ["maximum", "\\max"],
]);

/** @param {import("../../nnlib/widgets/js/engine/nodes.js").Call} call @param {At} at @returns {Piece} */
function callOf({ name, args }, at) {
  if (name === "exp") return { text: `e^{${at(args[0], 0)}}`, level: FACTOR };
  if (name === "greater") return { text: `[${at(args[0], 0)}>${at(args[1], 0)}]`, level: ATOM };
  if (name === "first_max") return { text: firstMax(args, at), level: ATOM };
  return { text: `${NAMES.get(name)}${bracket(args.map((arg) => at(arg, 0)).join(",\\,"))}`, level: ATOM };
}

/** 1 where the statement in brackets is true, else 0. @param {Node[]} args @param {At} at */
function firstMax([element, before, after], at) {
  const x = at(element, 0);
  const parts = [];
  if (!isEmpty(before)) parts.push(`${x}>${at(before, 0)}`);
  if (!isEmpty(after)) parts.push(`${x}\\ge ${at(after, 0)}`);
  return parts.length === 0 ? "1" : `[${parts.join("\\ \\text{and}\\ ")}]`;
}

/** @param {string} text */
function bracket(text) {
  return /\\frac|\\sqrt|\\underbrace/.test(text) ? `\\left(${text}\\right)` : `(${text})`;
}
